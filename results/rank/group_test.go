package rank

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solverbench/solverbench/results"
)

// tagged gives a run's solver tags and its plugin a language.
func tagged(r results.Run, language string, tags ...string) results.Run {
	c := *r.Configuration
	c.Tags, c.Plugin.Language = tags, language
	r.Configuration = &c
	return r
}

func sized(r results.Run, n int) results.Run {
	i := *r.Instance
	i.Label, i.Params, i.Unknowns = fmt.Sprintf("poisson/unit-2d[n=%d]", n), map[string]any{"n": n}, int64(n*n)
	r.Instance = &i
	return r
}

func TestGroups(t *testing.T) {
	elsewhere := tagged(run("a", 1), "Go", "direct")
	elsewhere.Machine = other
	runs := []results.Run{tagged(run("a", 1), "Go", "direct", "spectral"), sized(tagged(run("b", 2), "C", "iterative"), 127),
		sized(tagged(run("b", 3), "C", "iterative"), 1023), run("c", 3), elsewhere}
	boards := func(by ...Key) (names []string) {
		s := Defaults
		s.GroupBy = by
		for _, b := range Boards(runs, s) {
			rows := 0
			for _, table := range b.Tables {
				rows += len(table.Rows)
			}
			names = append(names, fmt.Sprintf("%s %s %d", b.Machine.Hostname, b.Group, rows))
		}
		return names
	}
	want(t, boards(), "box  4", "other  1")
	// a is on two boards, c without tags on none.
	want(t, boards(Tag), "box tag=direct 1", "box tag=iterative 2", "box tag=spectral 1", "other tag=direct 1")
	want(t, boards(Language, Threads), "box language=C, threads=1 2", "box language=Go, threads=1 1", "box language=unknown, threads=1 1",
		"other language=Go, threads=1 1")
	want(t, boards(Size), "box size=1e3..1e4 2", "box size=1e4..1e5 1", "box size=1e6..1e7 1", "other size=1e3..1e4 1")
	want(t, boards(Machine, Family), "box machine=box, family=poisson 4", "other machine=other, family=poisson 1")
	s := Defaults
	s.GroupBy = []Key{Tag}
	if rows := Rows(Boards(runs, s)); rows[0].Group != "tag=direct" {
		t.Errorf("the row is of group %q", rows[0].Group)
	}

	var left []string
	for _, r := range Having(Having(runs, Tag, []string{"direct", "iterative"}), Language, []string{"C"}) {
		left = append(left, r.Instance.Label)
	}
	want(t, left, "poisson/unit-2d[n=127]", "poisson/unit-2d[n=1023]")
	if n := len(Having(runs, Threads, []string{"1"})); n != len(runs) || runs[0].Configuration.Solver != "a" {
		t.Errorf("%d runs have one thread", n)
	}
}

func TestScales(t *testing.T) {
	var runs []results.Run
	for _, n := range []int{16, 32, 64, 128} {
		x := float64(n)
		runs = append(runs, sized(run("quadratic", around(1e-6*x*x, 8)...), n), sized(run("cubic", around(1e-7*x*x*x, 8)...), n))
		if n < 64 {
			runs = append(runs, sized(run("short", 1e-3*x), n))
		} else {
			runs = append(runs, sized(failed("short", results.OutOfMemory, "1 GB"), n))
		}
	}
	runs = append(runs, on(run("elsewhere", 1), "jump"))
	all := Scales(runs, "n", Defaults)
	var got []string
	for _, s := range all {
		e := "-"
		if s.Exponent != nil {
			e = fmt.Sprintf("%.3f [%.3f, %.3f]", s.Exponent.Value, s.Exponent.Lo, s.Exponent.Hi)
		}
		got = append(got, fmt.Sprintf("%s %s %s %d/%d", s.Instances, s.Solver, e, len(s.Points), s.Attempted))
	}
	want(t, got, "poisson/unit-2d[n=…] quadratic 2.000 [2.000, 2.000] 4/4", "poisson/unit-2d[n=…] cubic 3.000 [3.000, 3.000] 4/4",
		"poisson/unit-2d[n=…] short - 2/4")
	if unknowns := Scales(runs[:len(runs)-1], Unknowns, Defaults); math.Abs(unknowns[0].Exponent.Value-1) > 1e-9 {
		t.Errorf("against unknowns the exponent is %v", unknowns[0].Exponent.Value)
	}
	if HasParam(runs, "m") || !HasParam(runs, "n") {
		t.Error("n is a parameter, m is none")
	}
	if len(Scales(nil, "n", Defaults)) != 0 {
		t.Error("nothing scales")
	}
}

// climber has checkpoints of these errors at 1, 2, … seconds, with 10 evaluations a second, and ends with a last one.
func climber(solver string, errors ...float64) results.Run {
	r := run(solver, float64(len(errors)))
	r.FirstSeconds, r.Evaluations = float64(len(errors)), int64(10*len(errors))
	for i, e := range errors {
		m := []results.Measurement{{Name: "residual", Value: e, Better: results.Lower, Role: results.Primary}}
		if i == len(errors)-1 {
			r.Measurements = m
			break
		}
		r.Checkpoints = append(r.Checkpoints, results.Checkpoint{Index: i, Seconds: float64(i + 1), Evaluations: int64(10 * (i + 1)), Measurements: m})
	}
	return r
}

func TestLadders(t *testing.T) {
	rungs := func(*results.Instance) []float64 { return []float64{1e-4, 1e-1, 1e-2} }
	ladders := Ladders([]results.Run{climber("steady", 0.05, 0.009, 5e-5), climber("fast", 0.005, 0.02), climber("direct", 1e-9), on(run("none", 1), "jump")}, rungs)
	if len(ladders) != 1 {
		t.Fatalf("%d ladders, want that of the instance with checkpoints", len(ladders))
	}
	if diff := cmp.Diff([]float64{1e-1, 1e-2, 1e-4}, ladders[0].Rungs); diff != "" {
		t.Error(diff)
	}
	var got []string
	for _, c := range ladders[0].Climbs {
		line := c.Solver
		for _, r := range c.Rungs {
			if r.Seconds == nil {
				line += " -"
			} else {
				line += fmt.Sprintf(" %g(%d)", *r.Seconds, *r.Evaluations)
			}
		}
		got = append(got, line)
	}
	want(t, got, "direct 1(10) 1(10) 1(10)", "steady 1(10) 2(20) 3(30)", "fast 1(10) 1(10) -")
}

// A metric of which more is better is climbed upwards.
func TestLadderUpwards(t *testing.T) {
	r := climber("tv", 3, 5)
	for i := range r.Checkpoints {
		r.Checkpoints[i].Measurements[0].Better = results.Higher
	}
	r.Measurements[0].Better = results.Higher
	l := Ladders([]results.Run{r}, func(*results.Instance) []float64 { return []float64{6, 0, 4} })[0]
	if diff := cmp.Diff([]float64{0, 4, 6}, l.Rungs); diff != "" {
		t.Error(diff)
	}
	if c := l.Climbs[0].Rungs; *c[0].Seconds != 1 || *c[1].Seconds != 2 || c[2].Seconds != nil {
		t.Errorf("%+v", c)
	}
}

func TestAtBudget(t *testing.T) {
	runs := []results.Run{climber("late", 0.5, 0.4, 1e-9), climber("early", 0.1, 0.05), climber("direct", 1e-12)}
	runs[2].FirstSeconds, runs[2].Evaluations = 9, 90
	for _, evaluations := range []bool{false, true} {
		limit := 2.5
		if evaluations {
			limit = 25
		}
		at := AtBudget(runs, limit, evaluations)
		want(t, order(t, at...), "1 early solved", "2 late solved", "- direct inaccurate")
		k := slices.IndexFunc(at, func(r results.Run) bool { return r.Configuration.Solver == "late" })
		if at[k].Measurements[0].Value != 0.4 {
			t.Errorf("late had %v by then, want 0.4", at[k].Measurements[0].Value)
		}
	}
	if runs[0].Instance.RankBy != results.ByTime || runs[0].Measurements[0].Value != 1e-9 {
		t.Error("the runs were changed")
	}
}

func TestByQuantities(t *testing.T) {
	for _, quantity := range Quantities() {
		var runs []results.Run
		for i, solver := range []string{"third", "first", "first-too"} {
			r := run(solver, 1)
			in := *r.Instance
			in.RankBy = quantity
			r.Instance = &in
			x := []int64{30, 10, 10}[i]
			r.Evaluations, r.PeakMemoryBytes, r.SetupSeconds = x, x, float64(x)
			runs = append(runs, r)
		}
		want(t, order(t, runs...), "1 first solved", "1 first-too solved", "3 third solved")
	}
}
