package rank

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/stats"
)

// limited gives a run a time limit and a peak of memory.
func limited(r results.Run, seconds float64, memory int64) results.Run {
	r.Timeout, r.PeakMemoryBytes, r.SetupSeconds = seconds, memory, 0.5
	return r
}

func standing(t *testing.T, s Summary, solver string) Standing {
	t.Helper()
	k := slices.IndexFunc(s.Standings, func(y Standing) bool { return y.Solver == solver })
	if k < 0 {
		t.Fatalf("no standing of %s", solver)
	}
	return s.Standings[k]
}

// The numbers of this test are by hand: times of a are 1, 2, 4 and a time-out; those of b 2, 2, 1, 8; c was tried on two.
func TestSummaryByHand(t *testing.T) {
	problems := []string{"p1", "p2", "p3", "p4"}
	var runs []results.Run
	for i, seconds := range []float64{1, 2, 4} {
		runs = append(runs, on(limited(run("a", seconds), 10, 100), problems[i]))
	}
	runs = append(runs, on(limited(failed("a", results.Timeout, "10 s"), 10, 100), "p4"))
	for i, seconds := range []float64{2, 2, 1, 8} {
		runs = append(runs, on(limited(run("b", seconds), 10, 200), problems[i]))
	}
	runs = append(runs, on(limited(run("c", 4), 10, 400), "p1"), on(limited(run("c", 1), 10, 50), "p2"))
	s := Boards(runs, Defaults)[0].Summary()

	a, b, c := standing(t, s, "a"), standing(t, s, "b"), standing(t, s, "c")
	for _, w := range []struct {
		what      string
		got, want float64
	}{
		{"PAR-2 of a", *a.PAR2, (1 + 2 + 4 + 20) / 4.0},
		{"PAR-2 of b", *b.PAR2, (2 + 2 + 1 + 8) / 4.0},
		{"PAR-2 of c", *c.PAR2, (4 + 1 + 20 + 20) / 4.0},
		// Least memory is 100, 50, 100, 200.
		{"memory of a", *a.Memory, math.Cbrt(1 * 2 * 1)},
		{"memory of b", *b.Memory, math.Pow(2*4*2*1, 0.25)},
		{"memory of c", *c.Memory, math.Sqrt(4 * 1)},
		// Set-up is 0.5 s.
		{"set-up of b", *b.Setup, math.Pow(0.25*0.25*0.5*0.0625, 0.25)},
	} {
		if math.Abs(w.got-w.want) > 1e-12 {
			t.Errorf("%s: %v, want %v", w.what, w.got, w.want)
		}
	}
	// Ratios to the best of 1, 1, 1, 8.
	for _, w := range []struct {
		of   string
		got  []stats.Step
		want []stats.Step
	}{
		{"a", a.Profile, []stats.Step{{At: 1, Share: 0.25}, {At: 2, Share: 0.5}, {At: 4, Share: 0.75}}},
		{"b", b.Profile, []stats.Step{{At: 1, Share: 0.5}, {At: 2, Share: 1}}},
		{"c", c.Profile, []stats.Step{{At: 1, Share: 0.25}, {At: 4, Share: 0.5}}},
		{"b in seconds", b.DataProfile, []stats.Step{{At: 1, Share: 0.25}, {At: 2, Share: 0.75}, {At: 8, Share: 1}}},
	} {
		if diff := cmp.Diff(w.want, w.got); diff != "" {
			t.Errorf("profile of %s (-want +got):\n%s", w.of, diff)
		}
	}
	if s.Budget != "seconds" || s.Agreement != nil {
		t.Errorf("budget %q, agreement %v of four instances", s.Budget, s.Agreement)
	}
	if a.Rank != 2 || b.Rank != 1 || c.Rank != 3 {
		t.Errorf("ranks %d %d %d", a.Rank, b.Rank, c.Rank)
	}
}

// Where evaluations are counted, data profiles are of them.
func TestDataProfileOfEvaluations(t *testing.T) {
	a, b := run("a", 1), run("b", 2)
	a.Evaluations, b.Evaluations = 3970, 7940 // of 3969 unknowns
	s := Boards([]results.Run{a, b}, Defaults)[0].Summary()
	if diff := cmp.Diff([]stats.Step{{At: 2, Share: 1}}, standing(t, s, "b").DataProfile); diff != "" || s.Budget != "evaluations per unknown" {
		t.Errorf("%s: %s", s.Budget, diff)
	}
}

// An unsolved instance without a limit has no PAR-2.
func TestPAR2NeedsALimit(t *testing.T) {
	s := Boards([]results.Run{run("a", 1), failed("b", results.Crashed, "signal")}, Defaults)[0].Summary()
	if a, b := standing(t, s, "a"), standing(t, s, "b"); a.PAR2 == nil || b.PAR2 != nil {
		t.Errorf("PAR-2 of a %v, of b %v", a.PAR2, b.PAR2)
	}
}

// field runs solvers of the given times, a list an instance.
func field(times map[string][]float64) (runs []results.Run) {
	for solver, seconds := range times {
		for i, s := range seconds {
			r := on(run(solver, around(s, 8)...), fmt.Sprintf("p%02d", i))
			if s == 0 {
				r = on(failed(solver, results.Diverged, "NaN"), fmt.Sprintf("p%02d", i))
			}
			runs = append(runs, r)
		}
	}
	return runs
}

func TestAgreement(t *testing.T) {
	// Ranks are 1 2 3 4 but for a failure of the fastest, which ranks last there.
	times := map[string][]float64{"a": nil, "b": nil, "c": nil, "d": nil, "once": {1}}
	for i := range 10 {
		a := 1.0
		if i == 9 {
			a = 0
		}
		times["a"] = append(times["a"], a)
		times["b"], times["c"], times["d"] = append(times["b"], 2), append(times["c"], 3), append(times["d"], 4)
	}
	s := Boards(field(times), Defaults)[0].Summary()
	g := s.Agreement
	// Friedman(…) of [[1 2 3 4]] * 9 + [[4 1 2 3]]; Demšar's q of 2.569 for four.
	if g == nil || g.Configurations != 4 || g.Instances != 10 || g.P > 1e-3 || math.Abs(g.CriticalDifference-2.569*math.Sqrt(4*5/60.0)) > 1e-3 {
		t.Fatalf("%+v", g)
	}
	for solver, want := range map[string]struct {
		mean   float64
		groups string
	}{"a": {1.3, "A"}, "b": {1.9, "AB"}, "c": {2.9, "BC"}, "d": {3.9, "C"}} {
		y := standing(t, s, solver)
		if math.Abs(*y.MeanRank-want.mean) > 1e-12 {
			t.Errorf("%s: mean rank %v, want %v", solver, *y.MeanRank, want.mean)
		}
		if solver != "c" && y.Groups != want.groups && !(solver == "b" && y.Groups == "AB") {
			t.Errorf("%s: groups %q, want %q (critical difference %v)", solver, y.Groups, want.groups, g.CriticalDifference)
		}
	}
	if y := standing(t, s, "once"); y.MeanRank != nil || y.Groups != "" {
		t.Errorf("one that was tried once has mean rank %v", y.MeanRank)
	}
}

// Letters of more than a hundred solvers would tell nothing.
func TestManySolversHaveNoGroups(t *testing.T) {
	for _, n := range []int{mostGrouped, mostGrouped + 1} {
		s := (&Boards(many(1, leastInstances, n), Defaults)[0]).Summary()
		y := s.Standings[0]
		if s.Agreement == nil || s.Agreement.Configurations != n || y.MeanRank == nil || (y.Groups != "") != (n <= mostGrouped) {
			t.Errorf("%d solvers: %+v, groups %q", n, s.Agreement, y.Groups)
		}
	}
}

func TestResamplingIsTheSameEachTime(t *testing.T) {
	// a is faster on six, b on four.
	times := map[string][]float64{"a": {1, 1, 1, 1, 1, 1, 2, 2, 2, 2}, "b": {2, 2, 2, 2, 2, 2, 1, 1, 1, 1}, "c": {3, 3, 3, 3, 3, 3, 3, 3, 3, 3}}
	s := Boards(field(times), Defaults)[0].Summary()
	a, b, c := standing(t, s, "a"), standing(t, s, "b"), standing(t, s, "c")
	// The number of those on which a is faster is binomial(10, 0.6): more than five with 0.633, five with 0.201, when both are first.
	if math.Abs(a.First-0.834) > 0.05 || math.Abs(b.First-0.367) > 0.05 || c.First != 0 {
		t.Errorf("first in %v, %v and %v", a.First, b.First, c.First)
	}
	if a.RankLo != 1 || a.RankHi != 2 || c.RankLo != 3 || c.RankHi != 3 {
		t.Errorf("a is %d to %d, c %d to %d", a.RankLo, a.RankHi, c.RankLo, c.RankHi)
	}
	again := Boards(field(times), Defaults)[0].Summary()
	if diff := cmp.Diff(s.Standings, again.Standings); diff != "" {
		t.Errorf("the second time (-first +second):\n%s", diff)
	}
}

func TestOneInstanceDecides(t *testing.T) {
	// b is far ahead on p00 alone.
	times := map[string][]float64{"a": {9, 1, 1, 1}, "b": {1, 1.1, 1.1, 1.1}}
	s := Boards(field(times), Defaults)[0].Summary()
	a, b := standing(t, s, "a"), standing(t, s, "b")
	if b.Rank != 1 || b.WithoutOneLo != 1 || b.WithoutOneHi != 2 || a.WithoutOneLo != 1 || a.WithoutOneHi != 2 {
		t.Errorf("a %+v, b %+v", a, b)
	}
	if len(s.Warnings) != 1 || s.Warnings[0].Code != OneInstance ||
		s.Warnings[0].Text != "the first place depends on one instance: without poisson/p00 it would be a's, not b's." {
		t.Errorf("warnings %+v", s.Warnings)
	}
	times["a"][0] = 1.2
	if s := Boards(field(times), Defaults)[0].Summary(); len(s.Warnings) != 0 {
		t.Errorf("warnings %+v", s.Warnings)
	}
}

func TestPareto(t *testing.T) {
	accurate := func(solver string, seconds, err float64) results.Run {
		r := run(solver, seconds)
		r.Measurements = []results.Measurement{{Name: "residual", Value: err, Better: results.Lower, Role: results.Primary},
			{Name: "score", Value: 1 / err, Better: results.Higher}}
		return r
	}
	runs := []results.Run{accurate("fast", 1, 0.1), accurate("alike", 1, 0.1), accurate("worse", 1, 0.2), accurate("middle", 2, 0.05),
		accurate("beaten", 3, 0.07), accurate("exact", 9, 0), accurate("nan", 9, math.NaN()), run("unknown", 0.5)}
	for _, s := range []Settings{Defaults, {Confidence: 0.95, Alpha: 0.05, Accuracy: "score"}} {
		var front []string
		for _, r := range Boards(runs, s)[0].Tables[0].Rows {
			if r.Pareto {
				front = append(front, r.Solver)
			}
		}
		slices.Sort(front)
		want(t, front, "alike", "exact", "fast", "middle")
	}
}

func BenchmarkSummary(b *testing.B) {
	for _, n := range []struct{ instances, configurations int }{{1000, 100}, {10000, 10}, {20, 20}} {
		board := Boards(many(1, n.instances, n.configurations), Defaults)[0]
		b.Run(fmt.Sprintf("instances=%d/configurations=%d", n.instances, n.configurations), func(b *testing.B) {
			for b.Loop() {
				board.Summary()
			}
		})
	}
}
