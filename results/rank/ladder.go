package rank

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/solverbench/solverbench/results"
)

// Ladder says when the solvers of an instance reached each of several tolerances on its primary metric, by their checkpoints.
type Ladder struct {
	Instance *results.Instance
	Machine  *results.Machine
	Rungs    []float64 // tolerances, the easiest first
	Better   results.Better
	Climbs   []Climb // who got farthest first, and of those the fastest
}

// Climb is how far a run got, in the time of its first solve; what sending checkpoints took is not in it. Its JSON form is stable.
type Climb struct {
	Family        string         `json:"family"`
	Problem       string         `json:"problem"`
	Instance      string         `json:"instance"`
	Plugin        string         `json:"plugin"`
	Solver        string         `json:"solver"`
	Options       map[string]any `json:"options"`
	Configuration string         `json:"configuration"`
	Threads       int            `json:"threads"`
	Status        results.Status `json:"status"`
	Metric        string         `json:"metric"`
	Checkpoints   int            `json:"checkpoints"`
	Rungs         []Rung         `json:"rungs"`
	Machine       string         `json:"machine"`
	Run           int64          `json:"run"`
}

// Rung is a tolerance, and when the metric first met it; nil if it never did.
type Rung struct {
	Tolerance   float64  `json:"tolerance"`
	Seconds     *float64 `json:"seconds"`
	Evaluations *int64   `json:"evaluations"`
}

// Ladders climbs the rungs that each instance has with the newest runs, by family, machine and instance, where some run has
// checkpoints. One without, as of a direct solver, has its final answer alone.
func Ladders(runs []results.Run, rungs func(*results.Instance) []float64) []Ladder {
	type place struct{ machine, instance int }
	ids := newIdentifiers()
	groups, order := make(map[place][]entry), []place(nil)
	for _, r := range newest(runs, ids) {
		p := place{r.machine, r.instance}
		if groups[p] == nil {
			order = append(order, p)
		}
		groups[p] = append(groups[p], r)
	}
	slices.SortStableFunc(order, func(a, b place) int {
		x, y := groups[a][0].Instance, groups[b][0].Instance
		return cmp.Or(cmp.Compare(x.Family, y.Family), cmp.Compare(a.machine, b.machine), cmp.Compare(x.Problem, y.Problem),
			cmp.Compare(x.Unknowns, y.Unknowns), cmp.Compare(x.Label, y.Label))
	})
	all := make([]Ladder, 0, len(order))
	for _, p := range order {
		if !slices.ContainsFunc(groups[p], func(r entry) bool { return len(r.Checkpoints) > 0 }) {
			continue
		}
		if l := ladder(groups[p], rungs(groups[p][0].Instance)); len(l.Rungs) > 0 {
			all = append(all, l)
		}
	}
	return all
}

func ladder(runs []entry, rungs []float64) Ladder {
	l := Ladder{Instance: runs[0].Instance, Machine: runs[0].Machine, Rungs: slices.Sorted(slices.Values(rungs))}
	for _, r := range runs {
		for _, a := range answers(r.Run) {
			if m := primary(r.Instance, a.Measurements); m != nil {
				l.Better = m.Better
			}
		}
	}
	if l.Better != results.Higher {
		slices.Reverse(l.Rungs)
	}
	for _, r := range runs {
		l.Climbs = append(l.Climbs, climb(r.Run, l.Rungs))
	}
	slices.SortStableFunc(l.Climbs, func(a, b Climb) int {
		for i := len(l.Rungs) - 1; i >= 0; i-- {
			if c := compare(a.Rungs[i].Seconds, b.Rungs[i].Seconds); c != 0 {
				return c
			}
		}
		return cmp.Compare(a.Configuration, b.Configuration)
	})
	return l
}

// primary finds the primary metric of an instance among measurements.
func primary(i *results.Instance, all []results.Measurement) *results.Measurement {
	k := slices.IndexFunc(all, func(m results.Measurement) bool { return m.Name == i.Primary })
	if k < 0 {
		return nil
	}
	return &all[k]
}

func climb(r *results.Run, rungs []float64) Climb {
	i, c := r.Instance, r.Configuration
	climb := Climb{Family: i.Family, Problem: i.Problem, Instance: i.Label, Plugin: c.Plugin.Name, Solver: c.Solver, Options: c.Options,
		Configuration: c.Label, Threads: r.Threads, Status: r.Status, Metric: i.Primary, Checkpoints: len(r.Checkpoints), Rungs: []Rung{}, Run: r.ID}
	if r.Machine != nil {
		climb.Machine = r.Machine.Hostname
	}
	answers := answers(r)
	for _, tolerance := range rungs {
		rung := Rung{Tolerance: tolerance}
		for k := range answers {
			if m := primary(i, answers[k].Measurements); m != nil && meets(m, tolerance) {
				rung.Seconds, rung.Evaluations = &answers[k].Seconds, &answers[k].Evaluations
				break
			}
		}
		climb.Rungs = append(climb.Rungs, rung)
	}
	return climb
}

// answers are the checkpoints of a run, and its final answer if it gave one, in the order of time.
func answers(r *results.Run) []results.Checkpoint {
	all := slices.SortedFunc(slices.Values(r.Checkpoints), func(a, b results.Checkpoint) int { return cmp.Compare(a.Seconds, b.Seconds) })
	if len(r.Measurements) == 0 {
		return all
	}
	seconds := r.FirstSeconds
	if row := NewRow(r, Defaults); seconds == 0 && row.MedianSeconds != nil {
		seconds = *row.MedianSeconds
	}
	if len(all) > 0 {
		seconds = max(seconds, all[len(all)-1].Seconds)
	}
	return append(all, results.Checkpoint{Seconds: seconds, Evaluations: r.Evaluations, Measurements: r.Measurements})
}

// meets says whether a metric meets a tolerance; one without a direction is taken for an error.
func meets(m *results.Measurement, tolerance float64) bool {
	if m.Better == results.Higher {
		return m.Value >= tolerance
	}
	return math.Abs(m.Value) <= tolerance
}

// AtBudget returns runs as they would be if each had been stopped when it had spent so many seconds, or evaluations if that is what is
// counted, of its first solve: with the metrics of the last answer it had by then, from its checkpoints, and ranked by the primary
// metric. A run with no answer by then is unsolved.
func AtBudget(runs []results.Run, limit float64, evaluations bool) []results.Run {
	unit := "s"
	if evaluations {
		unit = "evaluations"
	}
	all := slices.Clone(runs)
	shared := make(map[*results.Instance]*results.Instance)
	for k := range all {
		r := &all[k]
		if shared[r.Instance] == nil {
			i := *r.Instance
			i.RankBy, i.Tolerance = i.Primary, 0
			shared[r.Instance] = &i
		}
		var last *results.Checkpoint
		for _, a := range answers(r) {
			spent := a.Seconds
			if evaluations {
				spent = float64(a.Evaluations)
			}
			if spent <= limit {
				last = &a
			}
		}
		r.Instance = shared[r.Instance]
		if last == nil {
			r.Status, r.Measurements = results.Inaccurate, nil
			r.Reason = fmt.Sprintf("no answer within %g %s: its first checkpoint is later, or it has none (run --checkpoints)", limit, unit)
			continue
		}
		r.Status, r.Reason, r.Measurements, r.Evaluations = results.Solved, "", last.Measurements, last.Evaluations
	}
	return all
}
