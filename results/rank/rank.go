package rank

import (
	"cmp"
	"maps"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/solverbench/solverbench/results"
)

// Settings are the thresholds of a ranking.
type Settings struct {
	// Confidence of the interval around a median.
	Confidence float64

	// Alpha is the level of significance below which two runs differ.
	Alpha float64

	// Shift is what is added to each ratio to the best before the geometric mean of a [Standing] is taken, and
	// subtracted after. It keeps one instance that a solver does badly on, or one that all do nearly alike, from
	// deciding the mean.
	Shift float64

	// GroupBy makes a board for each combination of values of these keys. A solver is on the boards of all of its tags.
	GroupBy []Key

	// Accuracy is the metric that the Pareto front is of, beside time; the primary one of each instance if empty.
	Accuracy string

	// ChargeSetup makes the time of a run that of setting up and one solve. Set-up is measured once a run, so every
	// repetition is shifted by the same number: intervals and tests know how solves vary and not how set-up does.
	ChargeSetup bool

	// Transport is the largest share that transport may have in a time without a warning.
	Transport float64

	// Resamples is how many times instances are drawn anew to see how much a [Summary] depends on them, by numbers that
	// depend on Seed alone; of many thousand rows it is fewer, at least 200.
	Resamples int
	Seed      uint64

	// Verified is how many timed answers, if there are as many, must have been verified for no warning.
	Verified int
}

// Defaults are the usual thresholds.
var Defaults = Settings{Confidence: 0.95, Alpha: 0.05, Shift: 1, Resamples: 1000, Seed: 1, Transport: 0.01, Verified: 3}

// Board is the leaderboard of a family on a machine.
type Board struct {
	Family      string
	Group       string // what its runs have in common by [Settings.GroupBy]; empty if there is nothing to group by
	Machine     *results.Machine
	Experiments []string // the UIDs of the experiments that runs are from, sorted
	Plugins     []string // names, sorted
	Newest      time.Time
	Threads     int      // if all runs had as many, 0 otherwise
	Settings    Settings // that it was ranked with
	Warnings    []Warning
	Tables      []Table
}

// Table is the ranking on one instance.
type Table struct {
	Instance *results.Instance
	Rows     []Row   // ranked ones, then those that are solved but have nothing to rank by, then the failures
	Limit    float64 // seconds, the longest time limit that a run had; 0 if none had one
}

// Boards ranks runs. Boards are in order of family, then of machine, then of group.
func Boards(runs []results.Run, s Settings) []Board {
	type place struct {
		family  string
		machine int
		group   string
	}
	ids := newIdentifiers()
	places := make(map[place][]entry)
	machines := make(map[string]map[int]bool) // that a family was run on
	for _, r := range newest(runs, ids) {
		if machines[r.Instance.Family] == nil {
			machines[r.Instance.Family] = make(map[int]bool)
		}
		machines[r.Instance.Family][r.machine] = true
		for _, g := range groups(r.Run, s.GroupBy) {
			p := place{r.Instance.Family, r.machine, g}
			places[p] = append(places[p], r)
		}
	}
	boards := make([]Board, 0, len(places))
	for p, group := range places {
		b := board(group, s)
		b.Group = p.group
		if len(machines[p.family]) > 1 {
			b.Warnings = append(b.Warnings, Warning{OtherMachine, Time, "there is another board of this family, made on " +
				"another machine or on this one with another kernel, governor or clock. Do not compare times between them."})
		}
		boards = append(boards, b)
	}
	slices.SortFunc(boards, func(a, b Board) int {
		return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Machine.Hostname, b.Machine.Hostname), compareGroups(a.Group, b.Group),
			a.Newest.Compare(b.Newest))
	})
	return boards
}

// Rows returns the rows of all tables, with the warnings of their boards; never nil so that its JSON is an array.
func Rows(boards []Board) []Row {
	rows := []Row{}
	for _, b := range boards {
		for _, t := range b.Tables {
			for _, r := range t.Rows {
				r.Warnings = append(slices.Clip(r.Warnings), b.Warnings...) // the table keeps its own
				r.Group = b.Group
				rows = append(rows, r)
			}
		}
	}
	return rows
}

// entry is a run with the numbers of what it has in common with others.
type entry struct {
	*results.Run
	machine, instance, configuration int
}

// newest keeps the newest run of each configuration on each instance, machine and number of threads. A cancelled run, such
// as one in flight, takes the place of none that ended.
func newest(runs []results.Run, ids *identifiers) []entry {
	type key struct{ machine, instance, configuration, threads int }
	kept := make(map[key]int, len(runs))
	all := make([]entry, 0, len(runs))
	for i := range runs {
		r := &runs[i]
		e := entry{r, ids.machines.of(r.Machine), ids.instances.of(r.Instance), ids.configurations.of(r.Configuration)}
		k := key{e.machine, e.instance, e.configuration, r.Threads}
		at, again := kept[k]
		switch {
		case !again:
			kept[k] = len(all)
			all = append(all, e)
		case cmp.Or(ended(r)-ended(all[at].Run), r.Started.Compare(all[at].Started), cmp.Compare(r.ID, all[at].ID)) > 0:
			all[at] = e
		}
	}
	slices.SortFunc(all, func(a, b entry) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// ended is 1 for a run that ended as what it was, 0 for one that was cancelled.
func ended(r *results.Run) int {
	if r.Status == results.Cancelled {
		return 0
	}
	return 1
}

func board(runs []entry, s Settings) Board {
	b := Board{Family: runs[0].Instance.Family, Machine: runs[0].Machine, Threads: runs[0].Threads, Settings: s}
	if b.Machine == nil {
		b.Machine = &results.Machine{}
	}
	groups := make(map[int][]entry)
	experiments, plugins := make(map[string]bool), make(map[string]bool)
	for _, r := range runs {
		groups[r.instance] = append(groups[r.instance], r)
		experiments[r.ExperimentUID], plugins[r.Configuration.Plugin.Name] = true, true
		if r.Started.After(b.Newest) {
			b.Newest = r.Started
		}
		if r.Threads != b.Threads {
			b.Threads = 0
		}
	}
	b.Experiments, b.Plugins = slices.Sorted(maps.Keys(experiments)), slices.Sorted(maps.Keys(plugins))
	b.Tables = tables(slices.Collect(maps.Values(groups)), s)
	slices.SortFunc(b.Tables, func(x, y Table) int {
		i, j := x.Instance, y.Instance
		if c := cmp.Or(cmp.Compare(i.Problem, j.Problem), cmp.Compare(i.Unknowns, j.Unknowns),
			cmp.Compare(i.Label, j.Label), cmp.Compare(i.Tolerance, j.Tolerance)); c != 0 {
			return c
		}
		return cmp.Compare(instance(i), instance(j))
	})
	return b
}

// tables ranks the runs on each instance, as many instances at a time as there are processors.
func tables(groups [][]entry, s Settings) []Table {
	all := make([]Table, len(groups))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(groups)) {
		workers.Go(func() {
			c := newComparer(s)
			for k := next.Add(1) - 1; k < int64(len(groups)); k = next.Add(1) - 1 {
				all[k] = table(groups[k], c)
			}
		})
	}
	workers.Wait()
	return all
}

func table(runs []entry, c *comparer) Table {
	made, rows := c.scratch(len(runs)), make([]*Row, len(runs))
	for i, r := range runs {
		made[i] = NewRow(r.Run, c.s)
		made[i].configuration = r.configuration
		rows[i] = &made[i]
	}
	if byTime := runs[0].Instance.RankBy == "" || runs[0].Instance.RankBy == results.ByTime; byTime {
		rankByTime(rows, c)
	} else {
		rankByMetric(rows)
	}
	compareToFastest(rows)
	markFront(rows)
	order := results.Statuses()
	slices.SortStableFunc(rows, func(a, b *Row) int {
		if c := compare(a.Rank, b.Rank); c != 0 {
			return c
		}
		return cmp.Or(cmp.Compare(slices.Index(order, a.Status), slices.Index(order, b.Status)),
			compare(a.MedianSeconds, b.MedianSeconds), cmp.Compare(a.Plugin, b.Plugin),
			cmp.Compare(a.Configuration, b.Configuration), cmp.Compare(a.Threads, b.Threads))
	})
	t := Table{Instance: runs[0].Instance, Rows: make([]Row, len(rows))}
	for i, r := range rows {
		t.Rows[i] = *r
	}
	for _, r := range runs {
		t.Limit = max(t.Limit, r.Timeout)
	}
	return t
}

// compareToFastest fills in the ratios, and warns of rows that were not measured together with the fastest.
func compareToFastest(rows []*Row) {
	var fastest *Row
	for _, r := range rows {
		if r.MedianSeconds != nil && (fastest == nil || *r.MedianSeconds < *fastest.MedianSeconds) {
			fastest = r
		}
	}
	for _, r := range rows {
		if r.MedianSeconds == nil {
			continue
		}
		if best := *fastest.MedianSeconds; best > 0 {
			ratio := *r.MedianSeconds / best
			r.Ratio = &ratio
		}
		if r.Experiment != fastest.Experiment {
			r.warn(OtherExperiment, Time, "measured in another experiment than the fastest, so that the two were not "+
				"interleaved and the machine may have changed in between. To tell small differences, run both together.")
		}
	}
}

// markFront marks the rows than which none is both faster and more accurate, or as good in one and better in the other. Accuracy is the
// primary metric.
func markFront(rows []*Row) {
	var all []*Row
	for _, r := range rows {
		if r.MedianSeconds != nil && r.accuracy != nil && !math.IsNaN(r.accuracy.Value) {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b *Row) int {
		return cmp.Or(cmp.Compare(*a.MedianSeconds, *b.MedianSeconds), cmp.Compare(cost(a.accuracy), cost(b.accuracy)))
	})
	for i, best := 0, math.Inf(1); i < len(all); i++ {
		r := all[i]
		equal := i > 0 && all[i-1].Pareto && *all[i-1].MedianSeconds == *r.MedianSeconds && cost(all[i-1].accuracy) == cost(r.accuracy)
		r.Pareto = i == 0 || cost(r.accuracy) < best || equal
		best = min(best, cost(r.accuracy))
	}
}

// compare puts nil last.
func compare[T cmp.Ordered](a, b *T) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	return cmp.Compare(*a, *b)
}

// Newest returns, of each configuration on each instance, machine and number of threads, the run that leaderboards show: the newest
// that was not cancelled.
func Newest(runs []results.Run) []results.Run {
	kept := newest(runs, newIdentifiers())
	all := make([]results.Run, len(kept))
	for i, r := range kept {
		all[i] = *r.Run
	}
	return all
}
