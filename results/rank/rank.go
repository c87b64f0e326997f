package rank

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strings"
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
}

// Defaults are the usual thresholds.
var Defaults = Settings{Confidence: 0.95, Alpha: 0.05, Shift: 1}

// Board is the leaderboard of a family on a machine.
type Board struct {
	Family      string
	Machine     *results.Machine
	Experiments []string // the UIDs of the experiments that runs are from, sorted
	Newest      time.Time
	Threads     int      // if all runs had as many, 0 otherwise
	Settings    Settings // that it was ranked with
	Tables      []Table
	Standings   []Standing
}

// Table is the ranking on one instance.
type Table struct {
	Instance *results.Instance
	Rows     []Row // ranked ones, then those that are solved but have nothing to rank by, then the failures
}

// Row is one run in a leaderboard. Its JSON form is stable.
type Row struct {
	Family        string              `json:"family"`
	Problem       string              `json:"problem"`
	Instance      string              `json:"instance"`
	Plugin        string              `json:"plugin"`
	Solver        string              `json:"solver"`
	Options       map[string]any      `json:"options"`
	Status        results.Status      `json:"status"`
	Reason        string              `json:"reason"`
	Rank          *int                `json:"rank"`           // nil if not ranked
	MedianSeconds *float64            `json:"median_seconds"` // nil if not ranked or not timed
	LoSeconds     *float64            `json:"lo_seconds"`
	HiSeconds     *float64            `json:"hi_seconds"`
	Metrics       map[string]*float64 `json:"metrics"` // nil if not finite

	Configuration   string   `json:"configuration"` // solver[option=value]
	RankBy          string   `json:"rank_by"`
	Ratio           *float64 `json:"ratio"`      // median to the best median on the instance
	Confidence      float64  `json:"confidence"` // that the true median is between lo and hi
	Repetitions     int      `json:"repetitions"`
	Tolerance       float64  `json:"tolerance"`
	Evaluations     int64    `json:"evaluations"`
	SetupSeconds    float64  `json:"setup_seconds"`
	PeakMemoryBytes int64    `json:"peak_memory_bytes"`
	Threads         int      `json:"threads"`
	Flags           []string `json:"flags"`
	Warnings        []string `json:"warnings"`
	Machine         string   `json:"machine"`
	Experiment      string   `json:"experiment"`
	Run             int64    `json:"run"`

	Measurements []results.Measurement `json:"-"` // with units and directions

	times []float64 // seconds a solve of the repetitions that count, sorted
	score *results.Measurement
}

// Boards ranks runs. Boards are in order of family and then of machine.
func Boards(runs []results.Run, s Settings) []Board {
	type place struct{ family, machine string }
	groups := make(map[place][]*results.Run)
	for _, r := range newest(runs) {
		p := place{r.Instance.Family, machine(r)}
		groups[p] = append(groups[p], r)
	}
	boards := make([]Board, 0, len(groups))
	for _, group := range groups {
		boards = append(boards, board(group, s))
	}
	slices.SortFunc(boards, func(a, b Board) int {
		return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Machine.Hostname, b.Machine.Hostname),
			a.Newest.Compare(b.Newest))
	})
	return boards
}

// Rows returns the rows of all tables, never nil so that its JSON is an array.
func Rows(boards []Board) []Row {
	rows := []Row{}
	for _, b := range boards {
		for _, t := range b.Tables {
			rows = append(rows, t.Rows...)
		}
	}
	return rows
}

// newest keeps the newest run of each configuration on each instance, machine and number of threads.
func newest(runs []results.Run) []*results.Run {
	type key struct {
		machine, instance, configuration string
		threads                          int
	}
	kept := make(map[key]*results.Run)
	for i := range runs {
		r := &runs[i]
		k := key{machine(r), instance(r.Instance), configuration(r.Configuration), r.Threads}
		old := kept[k]
		if old == nil || cmp.Or(r.Started.Compare(old.Started), cmp.Compare(r.ID, old.ID)) > 0 {
			kept[k] = r
		}
	}
	all := make([]*results.Run, 0, len(kept))
	for _, r := range kept {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b *results.Run) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

func board(runs []*results.Run, s Settings) Board {
	b := Board{Family: runs[0].Instance.Family, Machine: runs[0].Machine, Threads: runs[0].Threads, Settings: s}
	if b.Machine == nil {
		b.Machine = &results.Machine{}
	}
	groups := make(map[string][]*results.Run)
	for _, r := range runs {
		k := instance(r.Instance)
		groups[k] = append(groups[k], r)
		if !slices.Contains(b.Experiments, r.ExperimentUID) {
			b.Experiments = append(b.Experiments, r.ExperimentUID)
		}
		if r.Started.After(b.Newest) {
			b.Newest = r.Started
		}
		if r.Threads != b.Threads {
			b.Threads = 0
		}
	}
	slices.Sort(b.Experiments)
	for _, group := range groups {
		b.Tables = append(b.Tables, table(group, s))
	}
	slices.SortFunc(b.Tables, func(x, y Table) int {
		i, j := x.Instance, y.Instance
		return cmp.Or(cmp.Compare(i.Problem, j.Problem), cmp.Compare(i.Unknowns, j.Unknowns),
			cmp.Compare(i.Label, j.Label), cmp.Compare(i.Tolerance, j.Tolerance), cmp.Compare(instance(i), instance(j)))
	})
	b.Standings = standings(b.Tables, s)
	return b
}

func table(runs []*results.Run, s Settings) Table {
	t := Table{Instance: runs[0].Instance}
	for _, r := range runs {
		t.Rows = append(t.Rows, newRow(r, s))
	}
	byTime := runs[0].Instance.RankBy == "" || runs[0].Instance.RankBy == results.ByTime
	if byTime {
		rankByTime(t.Rows, s)
	} else {
		rankByMetric(t.Rows)
	}
	best := math.Inf(1)
	for _, r := range t.Rows {
		if r.MedianSeconds != nil {
			best = min(best, *r.MedianSeconds)
		}
	}
	for i := range t.Rows {
		if r := &t.Rows[i]; r.MedianSeconds != nil && best > 0 {
			ratio := *r.MedianSeconds / best
			r.Ratio = &ratio
		}
	}
	order := results.Statuses()
	slices.SortStableFunc(t.Rows, func(a, b Row) int {
		return cmp.Or(compare(a.Rank, b.Rank),
			cmp.Compare(slices.Index(order, a.Status), slices.Index(order, b.Status)),
			compare(a.MedianSeconds, b.MedianSeconds), cmp.Compare(a.Plugin, b.Plugin),
			cmp.Compare(a.Configuration, b.Configuration), cmp.Compare(a.Threads, b.Threads))
	})
	return t
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

// byEvaluations ranks by what every run has beside its metrics: how often it called an oracle.
const byEvaluations = "evaluations"

func newRow(r *results.Run, s Settings) Row {
	i, c := r.Instance, r.Configuration
	row := Row{
		Family: i.Family, Problem: i.Problem, Instance: i.Label, Plugin: c.Plugin.Name, Solver: c.Solver,
		Options: c.Options, Status: r.Status, Reason: r.Reason, Metrics: make(map[string]*float64),
		Configuration: c.Label, RankBy: cmp.Or(i.RankBy, results.ByTime), Tolerance: i.Tolerance,
		Evaluations: r.Evaluations, SetupSeconds: r.SetupSeconds, PeakMemoryBytes: r.PeakMemoryBytes,
		Threads: r.Threads, Flags: append([]string{}, r.Flags...), Warnings: []string{}, Experiment: r.ExperimentUID,
		Run: r.ID, Measurements: r.Measurements,
	}
	if r.Machine != nil {
		row.Machine = r.Machine.Hostname
	}
	if row.Options == nil {
		row.Options = map[string]any{}
	}
	for k := range r.Measurements {
		m := &r.Measurements[k]
		row.Metrics[m.Name] = nil
		if finite(m.Value) {
			row.Metrics[m.Name] = &m.Value
		}
		if m.Name == row.RankBy {
			row.score = m
		}
	}
	if row.score == nil && row.RankBy == byEvaluations {
		row.score = &results.Measurement{Name: byEvaluations, Value: float64(r.Evaluations), Better: results.Lower}
	}
	for _, p := range r.Repetitions {
		if !p.Warmup {
			row.times = append(row.times, p.WallSeconds)
		}
	}
	slices.Sort(row.times)
	row.Repetitions = len(row.times)
	if row.Status == results.Solved {
		row.summarise(s)
	}
	return row
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// machine and instance fall back to a name where there is no identity, which no run from a store lacks.
func machine(r *results.Run) string {
	if r.Machine == nil {
		return ""
	}
	if id, err := r.Machine.Identity(); err == nil {
		return id
	}
	return r.Machine.Hostname
}

func instance(i *results.Instance) string {
	if id, err := i.Identity(); err == nil {
		return id
	}
	return i.Label
}

// configuration identifies a configuration over versions of its plugin.
func configuration(c *results.Configuration) string {
	options, err := json.Marshal(c.Options)
	if err != nil || len(c.Options) == 0 {
		options = []byte("{}")
	}
	return strings.Join([]string{c.Plugin.Name, c.Solver, string(options)}, "\x00")
}
