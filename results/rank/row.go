package rank

import (
	"cmp"
	"math"
	"slices"

	"github.com/solverbench/solverbench/results"
)

// Row is one run in a leaderboard. Its JSON form is stable; what is nil there was not measured.
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
	MedianSeconds *float64            `json:"median_seconds"` // nil if not solved or not timed; with set-up if SetupCharged
	LoSeconds     *float64            `json:"lo_seconds"`
	HiSeconds     *float64            `json:"hi_seconds"`
	Metrics       map[string]*float64 `json:"metrics"` // nil if not finite

	Configuration string   `json:"configuration"` // solver[option=value]
	RankBy        string   `json:"rank_by"`
	Ratio         *float64 `json:"ratio"`         // median to the best median on the instance
	Confidence    float64  `json:"confidence"`    // that the true median is between lo and hi
	Pareto        bool     `json:"pareto"`        // nothing on the instance is both faster and more accurate by the primary metric
	SetupCharged  bool     `json:"setup_charged"` // the times above are of set-up and a solve
	Tolerance     float64  `json:"tolerance"`
	Evaluations   int64    `json:"evaluations"`
	Threads       int      `json:"threads"`
	CPUs          []int    `json:"cpus"` // the cores it was pinned to, if any

	// How the median was measured.
	Repetitions       int          `json:"repetitions"` // samples of the median, warm-up apart
	Batch             *float64     `json:"batch"`       // solves in a repetition, the median
	Stopped           results.Stop `json:"stopped"`     // why there are no more; empty if unknown
	Precision         *float64     `json:"precision"`   // relative half-width of the interval when it stopped
	Answers           int          `json:"answers"`     // given in timed repetitions
	Verified          int          `json:"verified"`    // of them
	Noise             *float64     `json:"noise"`       // slowest reference kernel beside it, as a ratio to calm
	Attempts          int          `json:"attempts"`    // times the run was made
	TransportSeconds  *float64     `json:"transport_seconds"`
	TransportShare    *float64     `json:"transport_share"`    // of the time of a repetition's call
	BackgroundSeconds float64      `json:"background_seconds"` // CPU time after the answers
	CheckpointSeconds float64      `json:"checkpoint_seconds"` // not part of any time

	// What else it took.
	StartupSeconds   *float64             `json:"startup_seconds"`
	SetupSeconds     float64              `json:"setup_seconds"` // 0 if not measured
	FirstSeconds     *float64             `json:"first_seconds"` // the first solve
	CPUSeconds       *float64             `json:"cpu_seconds"`   // user and system a solve, the median
	PeakMemoryBytes  int64                `json:"peak_memory_bytes"`
	PeakMemorySource results.MemorySource `json:"peak_memory_source"`

	Flags      []string  `json:"flags"`           // as stored
	Warnings   []Warning `json:"warnings"`        // what flags mean and what the ranking found
	Group      string    `json:"group,omitempty"` // what the rows that it was ranked among have in common, if that was asked for
	Machine    string    `json:"machine"`
	Experiment string    `json:"experiment"`
	Run        int64     `json:"run"`

	Measurements []results.Measurement `json:"-"` // with units and directions

	times []float64 // seconds a solve of the repetitions that count, sorted; with set-up if it is charged
	score *results.Measurement

	accuracy *results.Measurement // by the primary metric

	configuration int // its number on the board
}

// Quantities are what runs can be ranked by that every run may have beside its metrics, the less the better: evaluations of
// oracles, peak memory and set-up.
func Quantities() []string { return []string{"evaluations", "memory", "set-up"} }

// quantity returns one of the quantities of a run, nil if it is unknown.
func quantity(r *results.Run, name string) *results.Measurement {
	m := results.Measurement{Name: name, Better: results.Lower}
	switch name {
	case "evaluations":
		m.Value = float64(r.Evaluations)
		return &m
	case "memory":
		m.Value = float64(r.PeakMemoryBytes)
	case "set-up":
		m.Value = r.SetupSeconds
	}
	if m.Value == 0 {
		return nil
	}
	return &m
}

// NewRow summarises a run by itself: everything in a row but its place and its ratio to others.
func NewRow(r *results.Run, s Settings) Row {
	i, c := r.Instance, r.Configuration
	row := Row{
		Family: i.Family, Problem: i.Problem, Instance: i.Label, Plugin: c.Plugin.Name, Solver: c.Solver,
		Options: c.Options, Status: r.Status, Reason: r.Reason, Metrics: make(map[string]*float64, len(r.Measurements)),
		Configuration: c.Label, RankBy: cmp.Or(i.RankBy, results.ByTime), SetupCharged: s.ChargeSetup, Tolerance: i.Tolerance,
		Evaluations: r.Evaluations, Threads: r.Threads, CPUs: append([]int{}, r.CPUs...), Stopped: r.Stopped,
		Precision: known(r.Precision), Answers: r.Answers, Verified: r.Verified, Noise: known(r.Noise),
		Attempts: max(r.Attempts, 1), TransportSeconds: known(r.TransportSeconds), BackgroundSeconds: r.BackgroundSeconds,
		CheckpointSeconds: r.CheckpointSeconds, StartupSeconds: known(r.StartupSeconds), SetupSeconds: r.SetupSeconds,
		FirstSeconds: known(r.FirstSeconds), PeakMemoryBytes: r.PeakMemoryBytes, PeakMemorySource: r.PeakMemorySource,
		Flags: append([]string{}, r.Flags...), Warnings: []Warning{}, Experiment: r.ExperimentUID,
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
		if m.Name == cmp.Or(s.Accuracy, i.Primary) && m.Better != results.Neither {
			row.accuracy = m
		}
	}
	if row.score == nil {
		row.score = quantity(r, row.RankBy)
	}
	row.carry(r)
	row.repetitions(r, s)
	if row.Status == results.Solved {
		row.summarise(s)
		row.doubt(s)
	}
	return row
}

// repetitions fills in what the repetitions that count have in common.
func (r *Row) repetitions(run *results.Run, s Settings) {
	timed := run.Timed()
	n := len(timed)
	r.times = make([]float64, n)
	scratch := make([]float64, 3*n)
	cpu, batches, calls := scratch[:0:n], scratch[n:2*n], scratch[2*n:]
	for i, t := range timed {
		batch := float64(t.Batch)
		r.times[i], batches[i], calls[i] = t.WallSeconds, batch, t.WallSeconds*batch
		if t.CPUSeconds > 0 {
			cpu = append(cpu, t.CPUSeconds)
		}
	}
	r.Repetitions = len(r.times)
	if r.Repetitions == 0 {
		return
	}
	slices.Sort(r.times)
	r.Batch = known(median(batches))
	if len(cpu) == len(r.times) {
		r.CPUSeconds = known(median(cpu))
	}
	if call := median(calls); r.TransportSeconds != nil && call > 0 {
		r.TransportShare = known(*r.TransportSeconds / call)
	}
	if !s.ChargeSetup {
		return
	}
	if !(r.SetupSeconds > 0) {
		r.warn(SetupUnknown, Time, "set-up was not measured, so that none is in this time.")
		return
	}
	for i := range r.times {
		r.times[i] += r.SetupSeconds
	}
}

// median sorts what it is given; it is 0 of nothing.
func median(x []float64) float64 {
	n := len(x)
	if n == 0 {
		return 0
	}
	slices.Sort(x)
	return (x[(n-1)/2] + x[n/2]) / 2
}

// known is nil for what was not measured.
func known(x float64) *float64 {
	if x == 0 || !finite(x) {
		return nil
	}
	return &x
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
