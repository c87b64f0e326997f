package report

import (
	"cmp"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
	"github.com/solverbench/solverbench/results/stats"
)

// tone is what a cell means, for those who ask for colour.
type tone int

const (
	plain tone = iota
	best
	bad
)

type cell struct {
	text   string
	tone   tone
	doubts []rank.Warning
	marks  string // of the footnotes with the doubts
}

type column struct {
	head   string
	name   bool // a solver or instance, as it is written in selections; wrapped where lines are narrow
	left   bool // aligned; numbers are at the right
	values bool // of which the best are marked
	drop   int  // columns with the highest go first where a line is too narrow; 0 stays, and less only goes if names would have no room
	marks  int  // characters of the longest marks in it
}

// grid is a table before it is drawn; one of its columns has names.
type grid struct {
	columns []column
	rows    [][]cell
}

// failure is a line under a table.
type failure struct{ status, solver, reason string }

// name of a row's configuration, with what tells it apart from others on the board.
func name(r *rank.Row, b *rank.Board) string {
	return display(r.Configuration, r.Plugin, r.Threads, b)
}

func display(configuration, plugin string, threads int, b *rank.Board) string {
	s := clean(configuration, longestName)
	if len(b.Plugins) > 1 {
		s += " (" + clean(plugin, longestName) + ")"
	}
	if b.Threads == 0 && threads > 0 {
		s += ", " + Plural(threads, "thread")
	}
	return s
}

// shownMetrics returns the metrics that are asked for, or else the primary and then the secondary ones of a table, in the order of
// their first run.
func shownMetrics(t *rank.Table, most int, asked []string) []results.Measurement {
	var shown []results.Measurement
	for _, name := range asked {
		m, _ := metricOf(t, name)
		m.Name = name
		shown = append(shown, m)
	}
	if len(asked) > 0 {
		return shown
	}
	for _, role := range []results.Role{results.Primary, results.Secondary} {
		for _, r := range t.Rows {
			for _, m := range r.Measurements {
				known := slices.ContainsFunc(shown, func(s results.Measurement) bool { return s.Name == m.Name })
				if m.Role == role && !known {
					shown = append(shown, m)
				}
			}
		}
	}
	return shown[:min(len(shown), most)]
}

// metricOf returns a metric as some row of a table has it.
func metricOf(t *rank.Table, name string) (results.Measurement, bool) {
	for i := range t.Rows {
		for _, m := range t.Rows[i].Measurements {
			if m.Name == name {
				return m, true
			}
		}
	}
	return results.Measurement{}, false
}

func metricHead(m results.Measurement) string {
	s := clean(m.Name, longestName)
	if m.Unit != "" {
		s += " [" + clean(m.Unit, longestName) + "]"
	}
	switch m.Better {
	case results.Lower:
		s += " ↓"
	case results.Higher:
		s += " ↑"
	}
	return s
}

// tableGrids lays out the rankings of a board, as many at a time as there are processors.
func tableGrids(b *rank.Board, most int, v View) []grid {
	all := make([]grid, len(b.Tables))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(all)) {
		workers.Go(func() {
			for k := next.Add(1) - 1; k < int64(len(all)); k = next.Add(1) - 1 {
				all[k] = tableGrid(&b.Tables[k], b, most, v)
			}
		})
	}
	workers.Wait()
	return all
}

// tableGrid lays out the ranking on an instance with at most so many metrics, or with everything if wide.
func tableGrid(t *rank.Table, b *rank.Board, most int, v View) grid {
	if v.Wide {
		most = math.MaxInt
	}
	metrics := shownMetrics(t, most, v.Metrics)
	front := hasFront(t)
	g := grid{columns: []column{{head: "rank"}, {head: "solver", name: true, left: true}, {head: timeName(b.Settings), values: true},
		{head: "×fastest", drop: 1}}}
	for i, m := range metrics {
		c := column{head: metricHead(m), values: true}
		switch {
		case i > 0:
			c.drop = 4 + i
		case byTime(t):
			c.drop = -1
		default:
			g.columns[timeColumn].drop = -1
		}
		g.columns = append(g.columns, c)
	}
	g.columns = append(g.columns, column{head: "evals", drop: 4}, column{head: "set-up", drop: 3},
		column{head: "memory", drop: 2})
	if v.Wide {
		for _, head := range wideHeads {
			g.columns = append(g.columns, column{head: head, drop: 1})
		}
	}
	g.rows = make([][]cell, 0, len(t.Rows))
	cells := make([]cell, 0, len(t.Rows)*len(g.columns))
	for i := range t.Rows {
		r := &t.Rows[i]
		row := leading(cells[len(cells):], r, b)
		for i, m := range metrics {
			text := metricValue(r, m.Name)
			if i == 0 && front && r.Pareto {
				text = frontSign + " " + text
			}
			row = append(row, cell{text: text})
		}
		row = append(row, cell{text: count(r.Evaluations)}, cell{text: maybe(&r.SetupSeconds, seconds)},
			cell{text: memory(r.PeakMemoryBytes), doubts: doubts(r, rank.Memory)})
		if v.Wide {
			row = append(row, wideCells(r)...)
		}
		cells = cells[:len(cells)+len(row)]
		g.rows = append(g.rows, slices.Clip(row))
	}
	markBest(&g, t, metrics)
	return g.withoutEmpty()
}

// frontSign marks the rows of the Pareto front.
const frontSign = "◆"

// hasFront says whether there is a choice between speed and accuracy: some rows are on the front and some are not, or it has more
// than one.
func hasFront(t *rank.Table) bool {
	on, timed := 0, 0
	for i := range t.Rows {
		if r := &t.Rows[i]; r.MedianSeconds != nil {
			timed++
			if r.Pareto {
				on++
			}
		}
	}
	return on > 1 || on == 1 && timed > 1
}

// timeName is what the times of a board are called.
func timeName(s rank.Settings) string {
	if s.ChargeSetup {
		return "time + set-up"
	}
	return "time"
}

// leading returns the cells of a row that every table has.
func leading(row []cell, r *rank.Row, b *rank.Board) []cell {
	place, ratio := cell{text: "–", doubts: doubts(r, rank.Place)}, "–"
	time := cell{text: interval(r, b.Settings.Confidence), doubts: doubts(r, rank.Time)}
	if r.Rank != nil {
		place.text = fmt.Sprint(*r.Rank)
		if *r.Rank == 1 {
			place.tone = best
		}
	}
	if r.Status != results.Solved {
		place.tone, time.tone, time.text = bad, bad, string(r.Status)
	}
	if r.Ratio != nil {
		ratio = times(*r.Ratio)
	}
	return append(row, place, cell{text: name(r, b), tone: place.tone}, time, cell{text: ratio})
}

// wideHeads name the columns of how a run was measured.
var wideHeads = []string{"memory by", "n", "batch", "stopped by", "precision", "first", "start-up", "CPU", "transport",
	"verified", "noise", "cores"}

func wideCells(r *rank.Row) []cell {
	verified := "–"
	if r.Answers > 0 {
		verified = fmt.Sprintf("%d/%d", r.Verified, r.Answers)
	}
	cores := "–"
	if len(r.CPUs) > 0 {
		cores = ranges(r.CPUs)
	}
	var all []cell
	for _, text := range []string{
		cmp.Or(clean(string(r.PeakMemorySource), longestName), "–"), count(int64(r.Repetitions)), maybe(r.Batch, batches),
		cmp.Or(clean(string(r.Stopped), longestName), "–"), maybe(r.Precision, percent), maybe(r.FirstSeconds, seconds),
		maybe(r.StartupSeconds, seconds), maybe(r.CPUSeconds, seconds), maybe(r.TransportShare, percent), verified,
		maybe(r.Noise, ratio), cores,
	} {
		all = append(all, cell{text: text})
	}
	return all
}

// maybe formats what may be unknown.
func maybe(x *float64, format func(float64) string) string {
	if x == nil || *x == 0 {
		return "–"
	}
	return format(*x)
}

func batches(x float64) string { return digits(x, 1) }
func ratio(x float64) string   { return "×" + digits(x, 3) }

// ranges writes numbers in order as 0-3,8.
func ranges(all []int) string {
	sorted := slices.Sorted(slices.Values(all))
	var parts []string
	for i := 0; i < len(sorted); {
		j := i
		for j+1 < len(sorted) && sorted[j+1] == sorted[j]+1 {
			j++
		}
		part := fmt.Sprint(sorted[i])
		if j > i {
			part += "-" + fmt.Sprint(sorted[j])
		}
		parts = append(parts, part)
		i = j + 1
	}
	return strings.Join(parts, ",")
}

func metricValue(r *rank.Row, metric string) string {
	for _, m := range r.Measurements {
		if m.Name == metric {
			return number(m.Value)
		}
	}
	return "–"
}

// withoutEmpty leaves out the columns that may be dropped and have nothing to say.
func (g grid) withoutEmpty() grid {
	for c := len(g.columns) - 1; c >= 0; c-- {
		said := slices.ContainsFunc(g.rows, func(row []cell) bool { return row[c].text != "–" })
		if g.columns[c].drop > 0 && !said {
			g.remove(c)
		}
	}
	return g
}

func (g *grid) remove(c int) {
	g.columns = slices.Delete(g.columns, c, c+1)
	for i := range g.rows {
		g.rows[i] = slices.Delete(g.rows[i], c, c+1)
	}
}

func failures(t *rank.Table, b *rank.Board) []failure {
	var all []failure
	for i := range t.Rows {
		if r := &t.Rows[i]; r.Status != results.Solved {
			all = append(all, failure{string(r.Status), name(r, b), cmp.Or(clean(r.Reason, longestReason), "no reason given")})
		}
	}
	return all
}

// summaryGrid lays out the standings over all instances of a board.
func summaryGrid(b *rank.Board, s *rank.Summary) grid {
	g := grid{columns: []column{{head: "rank"}, {head: "solver", name: true, left: true}, {head: "solved"}, {head: "mean ×fastest"},
		{head: "mean rank", drop: 2}, {head: "group", drop: 3}, {head: "first in", drop: 1}, {head: "rank of", drop: 4}, {head: "within ×2", drop: 5},
		{head: "PAR-2", drop: 6}, {head: "×memory", drop: 8}, {head: "set-up", drop: 7}}}
	for i := range s.Standings {
		y := &s.Standings[i]
		solved := fmt.Sprintf("%d/%d", y.Solved, y.Attempted)
		if y.Attempted < y.Instances {
			solved += fmt.Sprintf(" of %d", y.Instances)
		}
		first, between := "–", "–"
		if len(b.Tables) > 1 {
			first, between = percent(y.First), fmt.Sprintf("%d–%d", y.RankLo, y.RankHi)
		}
		place := cell{text: fmt.Sprint(y.Rank)}
		if y.Rank == 1 {
			place.tone = best
		}
		mean := y.Place
		if s.Agreement != nil {
			mean = y.MeanRank // what groups are of
		}
		g.rows = append(g.rows, []cell{place, {text: display(y.Configuration, y.Plugin, y.Threads, b), tone: place.tone}, {text: solved},
			{text: maybe(y.Ratio, times)}, {text: maybe(mean, func(x float64) string { return digits(x, 2) })}, {text: cmp.Or(y.Groups, "–")},
			{text: first}, {text: between}, {text: percent(stats.ShareAt(y.Profile, 2))}, {text: maybe(y.PAR2, seconds)},
			{text: maybe(y.Memory, times)}, {text: maybe(y.Setup, times)}})
	}
	return g.withoutEmpty()
}
