package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
)

// tone is what a cell means, for those who ask for colour.
type tone int

const (
	plain tone = iota
	best
	bad
)

type cell struct {
	text string
	tone tone
}

type column struct {
	head string
	left bool // aligned; numbers are at the right
	drop int  // columns with the highest go first where a line is too narrow; 0 stays
}

// grid is a table before it is drawn; the column called solver has the names.
type grid struct {
	columns []column
	rows    [][]cell
}

// solverColumn is where the solver's name is in every grid.
const solverColumn = 1

// failure is a line under a table.
type failure struct{ status, solver, reason string }

// name of a row's configuration, with what tells it apart from others on the board.
func name(r *rank.Row, b *rank.Board) string {
	return display(r.Configuration, r.Plugin, r.Threads, b)
}

func display(configuration, plugin string, threads int, b *rank.Board) string {
	s := clean(configuration, longestName)
	for _, other := range b.Standings {
		if other.Plugin != plugin {
			s += " (" + clean(plugin, longestName) + ")"
			break
		}
	}
	if b.Threads == 0 && threads > 0 {
		s += ", " + plural(threads, "thread")
	}
	return s
}

// shownMetrics returns the primary and then the secondary metrics of a table, in the order of their first run.
func shownMetrics(t *rank.Table, most int) []results.Measurement {
	var shown []results.Measurement
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

// tableGrid lays out the ranking on an instance with at most so many metrics.
func tableGrid(t *rank.Table, b *rank.Board, most int) grid {
	metrics := shownMetrics(t, most)
	g := grid{columns: []column{{head: "rank"}, {head: "solver", left: true}, {head: "time"}, {head: "×fastest", drop: 1}}}
	for i, m := range metrics {
		c := column{head: metricHead(m)}
		if i > 0 {
			c.drop = 1 + i
		}
		g.columns = append(g.columns, c)
	}
	g.columns = append(g.columns, column{head: "evals", drop: most + 1}, column{head: "set-up", drop: most + 2},
		column{head: "memory", drop: most + 3})
	for i := range t.Rows {
		r := &t.Rows[i]
		place, ratio, time := cell{text: "–"}, "–", cell{text: interval(r, b.Settings.Confidence)}
		tone := plain
		if r.Rank != nil {
			place.text = fmt.Sprint(*r.Rank)
			if *r.Rank == 1 {
				tone = best
			}
		}
		if r.Status != results.Solved {
			tone = bad
			time.text = string(r.Status)
		}
		place.tone, time.tone = tone, tone
		if r.Ratio != nil {
			ratio = times(*r.Ratio)
		}
		row := []cell{place, {name(r, b), tone}, time, {text: ratio}}
		for _, m := range metrics {
			row = append(row, cell{text: metricValue(r, m.Name)})
		}
		setup := "–"
		if r.SetupSeconds > 0 {
			setup = seconds(r.SetupSeconds)
		}
		g.rows = append(g.rows, append(row, cell{text: count(r.Evaluations)}, cell{text: setup},
			cell{text: memory(r.PeakMemoryBytes)}))
	}
	return g.withoutEmpty()
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

// caveats returns the warnings and flags of a table's rows, each once with the rows that it is about.
func caveats(t *rank.Table, b *rank.Board) []string {
	about := make(map[string][]string)
	var order []string
	for i := range t.Rows {
		r := &t.Rows[i]
		var doubts []string
		for _, w := range r.Warnings {
			if !strings.HasPrefix(w, rank.TooFew) { // the time itself shows that
				doubts = append(doubts, w)
			}
		}
		for _, f := range r.Flags {
			doubts = append(doubts, "flagged "+f)
		}
		for _, d := range doubts {
			d = clean(d, longestReason)
			if about[d] == nil {
				order = append(order, d)
			}
			about[d] = append(about[d], name(r, b))
		}
	}
	var all []string
	for _, d := range order {
		who := strings.Join(about[d], ", ")
		if n := len(about[d]); n > 1 && n == ranked(t) {
			who = "all"
		}
		all = append(all, who+": "+d)
	}
	return all
}

func ranked(t *rank.Table) (n int) {
	for _, r := range t.Rows {
		if r.Rank != nil {
			n++
		}
	}
	return n
}

// standingsGrid lays out the standings over all instances of a board.
func standingsGrid(b *rank.Board) grid {
	g := grid{columns: []column{{head: "rank"}, {head: "solver", left: true}, {head: "solved"}, {head: "mean ×fastest"},
		{head: "mean rank"}}}
	for i, s := range b.Standings {
		ratio, place := "–", "–"
		if s.Ratio != nil {
			ratio = times(*s.Ratio)
		}
		if s.Place != nil {
			place = digits(*s.Place, 2)
		}
		solved := fmt.Sprintf("%d/%d", s.Solved, s.Attempted)
		if s.Attempted < s.Instances {
			solved += fmt.Sprintf(" of %d", s.Instances)
		}
		g.rows = append(g.rows, []cell{{text: fmt.Sprint(i + 1)},
			{text: display(s.Configuration, s.Plugin, s.Threads, b)}, {text: solved}, {text: ratio}, {text: place}})
	}
	return g
}
