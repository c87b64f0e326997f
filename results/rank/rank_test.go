package rank

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/stats"
)

var (
	box   = &results.Machine{Hostname: "box", CPU: "A"}
	other = &results.Machine{Hostname: "other", CPU: "B"}
	epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

// run returns a solved run of a solver on poisson/unit-2d with these seconds a solve, after a slow warm-up.
func run(solver string, seconds ...float64) results.Run {
	r := results.Run{
		ID: 1, ExperimentUID: "e1", Machine: box, Status: results.Solved, Threads: 1, Started: epoch,
		Configuration: &results.Configuration{Plugin: results.Plugin{Name: "bundled"}, Solver: solver, Label: solver},
		Instance: &results.Instance{Family: "poisson", Problem: "unit-2d", Label: "poisson/unit-2d[n=63]",
			Primary: "residual", RankBy: results.ByTime, Tolerance: 1e-10, Unknowns: 3969},
		Repetitions: []results.Repetition{{Warmup: true, WallSeconds: 100}},
	}
	for i, s := range seconds {
		r.Repetitions = append(r.Repetitions, results.Repetition{Index: i + 1, WallSeconds: s})
	}
	return r
}

func failed(solver string, status results.Status, reason string) results.Run {
	r := run(solver)
	r.Status, r.Reason = status, reason
	return r
}

func by(r results.Run, metric string, better results.Better, value float64) results.Run {
	i := *r.Instance
	i.RankBy, i.Primary = metric, metric
	r.Instance = &i
	r.Measurements = []results.Measurement{{Name: metric, Value: value, Better: better, Role: results.Primary}}
	return r
}

func on(r results.Run, problem string) results.Run {
	i := *r.Instance
	i.Problem, i.Label = problem, "poisson/"+problem
	r.Instance = &i
	return r
}

// around returns n values that spread a little around a middle.
func around(middle float64, n int) []float64 {
	var all []float64
	for i := range n {
		all = append(all, middle*(1+0.001*float64(i-n/2)))
	}
	return all
}

// order tells the rows of the only table as "rank solver status".
func order(t *testing.T, runs ...results.Run) []string {
	t.Helper()
	boards := Boards(runs, Defaults)
	if len(boards) != 1 || len(boards[0].Tables) != 1 {
		t.Fatalf("%d boards, want one with one table", len(boards))
	}
	var all []string
	for _, r := range boards[0].Tables[0].Rows {
		rank := "-"
		if r.Rank != nil {
			rank = fmt.Sprint(*r.Rank)
		}
		all = append(all, rank+" "+r.Solver+" "+string(r.Status))
	}
	return all
}

func want(t *testing.T, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestByTime(t *testing.T) {
	want(t, order(t,
		failed("sor", results.Timeout, "longer than 60 s"),
		run("slow", around(3, 8)...),
		run("alike", 1.0005, 0.9985, 1.0015, 0.9995, 1.0025, 0.9975, 1.0035, 1.0045),
		failed("odd", results.Inaccurate, "residual 1e-3"),
		run("best", around(1, 8)...),
		run("untimed"),
	), "1 best solved", "1 alike solved", "3 slow solved", "- untimed solved", "- odd inaccurate", "- sor timeout")
}

// Eight clearly separate times differ; the same numbers, of which only two were measured, differ if their ranges do.
func TestFewRepetitions(t *testing.T) {
	want(t, order(t, run("a", 1, 1.1), run("b", 1.05, 1.3), run("c", 1.2, 1.4)),
		"1 a solved", "1 b solved", "3 c solved")
	want(t, order(t, run("a", 1), run("b", 1.01)), "1 a solved", "2 b solved")
	want(t, order(t, run("a", 1), run("b", 1)), "1 a solved", "1 b solved")
	// The least P of 5 and 5 is 0.008, which six comparisons make 0.048; of ten it is too much, which is said unless it has been said
	// that repetitions are few.
	warned := func(n, repetitions int) (codes []string) {
		var runs []results.Run
		for i := range n {
			runs = append(runs, run(fmt.Sprint(i), around(math.Pow(1.1, float64(i)), repetitions)...))
		}
		for i, r := range Boards(runs, Defaults)[0].Tables[0].Rows {
			if *r.Rank != i+1 {
				t.Errorf("%d runs of %d: place %d, want %d", n, repetitions, *r.Rank, i+1)
			}
			for _, w := range r.Warnings {
				codes = append(codes, w.Code)
			}
		}
		slices.Sort(codes)
		return slices.Compact(codes)
	}
	want(t, warned(5, 5), TooFewSamples)
	want(t, warned(7, 6)) // 21 comparisons of at least 2/924
	want(t, warned(8, 6), ByRange)
	want(t, warned(mostTested+1, 10), ByRange) // a million comparisons of at least 2/184756
	want(t, warned(mostTested+1, 20))
}

// Ten alike runs share a place though one of 45 tests by itself would tell two of them apart.
func TestCorrectedForManyComparisons(t *testing.T) {
	base := []float64{1.00, 1.01, 1.02, 1.03, 1.04, 1.05, 1.06, 1.07, 1.08, 1.09}
	late := []float64{1.035, 1.055, 1.065, 1.075, 1.085, 1.086, 1.087, 1.088, 1.095, 1.096}
	if p := stats.MannWhitney(base, late); p > 0.05 || p*45 <= 0.05 {
		t.Fatalf("P is %v", p)
	}
	runs := []results.Run{run("a", base...), run("late", late...)}
	want(t, order(t, runs...), "1 a solved", "2 late solved")
	for i := range 8 {
		runs = append(runs, run(fmt.Sprintf("b%d", i), base...))
	}
	for _, line := range order(t, runs...) {
		if line[:2] != "1 " {
			t.Errorf("%s, want all in the first place", line)
		}
	}
}

// Samples that do not overlap are told apart without the U test, and those without ties by what it said of others like them; it would
// say the same.
func TestApartAsTheTestSays(t *testing.T) {
	c := newComparer(Defaults)
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.IntRange(0, rapid.SampledFrom([]int{5, 200}).Draw(t, "values")) // with ties, and mostly without
		draw := func(name string, from int) *Row {
			r := &Row{}
			for _, v := range rapid.SliceOfN(value, 1, exactUpTo).Draw(t, name) {
				r.times = append(r.times, float64(from+v))
			}
			slices.Sort(r.times)
			return r
		}
		a, b := draw("a", 0), draw("b", rapid.IntRange(-8, 8).Draw(t, "shift"))
		p := stats.MannWhitney(a.times, b.times)
		if got := c.uTest(a, b); math.Abs(got-p) > 1e-12 {
			t.Errorf("P is %v, the test says %v", got, p)
		}
	})
}

// Places are of the stated rate: where ten solvers are the same program, they are all in the first place in at least 95 % of
// experiments.
func TestFalsePlaces(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const rounds = 1000
	alarms := 0
	for range rounds {
		var runs []results.Run
		for i := range 10 {
			times := make([]float64, 10)
			for k := range times {
				times[k] = 1 + 0.1*random.ExpFloat64()
			}
			runs = append(runs, run(fmt.Sprint(i), times...))
		}
		for _, r := range Boards(runs, Defaults)[0].Tables[0].Rows {
			if *r.Rank > 1 {
				alarms++
				break
			}
		}
	}
	if share := float64(alarms) / rounds; share > 0.05 {
		t.Errorf("false places in %.3f of the experiments", share)
	}
}

// Overlapping ranges, but shifted so that the test tells them apart, do not share a place.
func TestSignificantThoughOverlapping(t *testing.T) {
	a := []float64{1, 1.01, 1.02, 1.03, 1.04, 1.05, 1.06, 1.07, 1.08, 1.3}
	b := []float64{1.07, 1.2, 1.21, 1.22, 1.23, 1.24, 1.25, 1.26, 1.27, 1.28}
	want(t, order(t, run("a", a...), run("b", b...)), "1 a solved", "2 b solved")
}

// In a chain of small differences a place ends where a run differs from its leader.
func TestChainDoesNotSharePlace(t *testing.T) {
	shifted := func(by float64) (all []float64) {
		for i := range 8 {
			all = append(all, 1+0.01*float64(i)+by)
		}
		return all
	}
	want(t, order(t, run("a", shifted(0)...), run("b", shifted(0.02)...), run("c", shifted(0.06)...), run("d", shifted(0.08)...)),
		"1 a solved", "1 b solved", "3 c solved", "3 d solved")
}

func TestByMetric(t *testing.T) {
	want(t, order(t,
		by(run("a", 1), "psnr", results.Higher, 30),
		by(run("b", 2), "psnr", results.Higher, 31),
		by(run("c", 3), "psnr", results.Higher, 30),
		by(run("d", 4), "psnr", results.Higher, math.Inf(1)),
		by(run("e", 5), "psnr", results.Higher, 29),
		by(run("nan", 1), "psnr", results.Higher, math.NaN()),
		by(failed("bad", results.Crashed, "signal"), "psnr", results.Higher, 99),
	), "1 d solved", "2 b solved", "3 a solved", "3 c solved", "5 e solved", "- nan solved", "- bad crashed")
	want(t, order(t,
		by(run("a", 1), "error", results.Lower, 0.2),
		by(run("b", 2), "error", results.Lower, 0.1),
	), "1 b solved", "2 a solved")
}

func TestSummary(t *testing.T) {
	times := []float64{5, 1, 4, 2, 3, 6, 8, 7, 9, 10}
	row := Boards([]results.Run{run("a", times...)}, Defaults)[0].Tables[0].Rows[0]
	// Order statistics 2 and 9 of 10 cover the median with probability 1 - 2·11/1024 = 0.9785.
	if *row.MedianSeconds != 5.5 || *row.LoSeconds != 2 || *row.HiSeconds != 9 || math.Abs(row.Confidence-(1-22.0/1024)) > 1e-12 || len(row.Warnings) != 0 {
		t.Errorf("median %v [%v, %v] with %v, warnings %v", *row.MedianSeconds, *row.LoSeconds, *row.HiSeconds, row.Confidence, row.Warnings)
	}
	row = Boards([]results.Run{run("a", 3, 1, 2)}, Defaults)[0].Tables[0].Rows[0]
	if *row.MedianSeconds != 2 || *row.LoSeconds != 1 || *row.HiSeconds != 3 || row.Confidence != 0.75 {
		t.Errorf("median %v [%v, %v] with %v", *row.MedianSeconds, *row.LoSeconds, *row.HiSeconds, row.Confidence)
	}
	if len(row.Warnings) != 1 || row.Warnings[0].Code != TooFewSamples || row.Warnings[0].Number != Time {
		t.Errorf("warnings %q", row.Warnings)
	}
}

func TestNewestRunCounts(t *testing.T) {
	old, new, elsewhere, threaded := run("a", 9), run("a", 1), run("a", 5), run("a", 2)
	old.ID, old.Configuration = 7, &results.Configuration{Plugin: results.Plugin{Name: "bundled", Version: "0.0.1"}, Solver: "a", Label: "a"}
	new.Started, new.ExperimentUID = epoch.Add(time.Hour), "e2"
	elsewhere.Machine = other
	threaded.Threads = 4
	boards := Boards([]results.Run{new, old, elsewhere, threaded}, Defaults)
	if len(boards) != 2 || boards[0].Machine.Hostname != "box" || boards[1].Machine.Hostname != "other" {
		t.Fatalf("boards %+v, want one a machine", boards)
	}
	rows := Rows(boards)
	var got []string
	for _, r := range rows {
		got = append(got, fmt.Sprintf("%s %v %d %v", r.Machine, *r.MedianSeconds, r.Threads, *r.Ratio))
	}
	want(t, got, "box 1 1 1", "box 2 4 2", "other 5 1 1")
	if boards[0].Threads != 0 || boards[1].Threads != 1 {
		t.Errorf("threads %d and %d", boards[0].Threads, boards[1].Threads)
	}
	if diff := cmp.Diff([]string{"e1", "e2"}, boards[0].Experiments); diff != "" {
		t.Errorf("experiments (-want +got):\n%s", diff)
	}
}

func TestStandings(t *testing.T) {
	boards := Boards([]results.Run{
		run("a", 1), on(run("a", 4), "jump"), on(run("a", 1), "aniso"),
		run("b", 2), on(run("b", 2), "jump"), on(run("b", 8), "aniso"),
		run("c", 0.5), on(failed("c", results.Diverged, "NaN"), "jump"),
	}, Defaults)
	got := boards[0].Summary().Standings
	// a: ratios 2, 2, 1; b: 4, 1, 8; c: 1 on the only one of three that it solved.
	shifted := func(ratios ...float64) float64 {
		product := 1.0
		for _, r := range ratios {
			product *= r + 1
		}
		return math.Pow(product, 1/float64(len(ratios))) - 1
	}
	for i, w := range []struct {
		solver            string
		solved, attempted int
		ratio, place      float64
	}{
		{"a", 3, 3, shifted(2, 2, 1), (2 + 2 + 1) / 3.0},
		{"b", 3, 3, shifted(4, 1, 8), (3 + 1 + 2) / 3.0},
		{"c", 1, 2, shifted(1), 1},
	} {
		g := got[i]
		if g.Solver != w.solver || g.Solved != w.solved || g.Attempted != w.attempted || g.Instances != 3 ||
			math.Abs(*g.Ratio-w.ratio) > 1e-12 || math.Abs(*g.Place-w.place) > 1e-12 || g.Share != float64(w.solved)/3 {
			t.Errorf("standing %d: %+v ratio %v place %v, want %+v", i, g, *g.Ratio, *g.Place, w)
		}
	}
	var tables []string
	for _, table := range boards[0].Tables {
		tables = append(tables, table.Instance.Problem)
	}
	want(t, tables, "aniso", "jump", "unit-2d")
}

func TestRowJSON(t *testing.T) {
	r := run("cg", 1, 2, 3)
	r.Configuration.Options = map[string]any{"precond": "ic0"}
	r.Measurements = []results.Measurement{{Name: "residual", Value: 1e-11}, {Name: "growth", Value: math.NaN()}}
	b, err := json.Marshal(Rows(Boards([]results.Run{r, failed("sor", results.Timeout, "too slow")}, Defaults)))
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]json.RawMessage
	if err := json.Unmarshal(b, &rows); err != nil {
		t.Fatal(err)
	}
	for i, fields := range []map[string]string{
		{"family": `"poisson"`, "problem": `"unit-2d"`, "instance": `"poisson/unit-2d[n=63]"`, "plugin": `"bundled"`,
			"solver": `"cg"`, "options": `{"precond":"ic0"}`, "status": `"solved"`, "reason": `""`, "rank": `1`,
			"median_seconds": `2`, "lo_seconds": `1`, "hi_seconds": `3`, "metrics": `{"growth":null,"residual":1e-11}`},
		{"solver": `"sor"`, "options": `{}`, "status": `"timeout"`, "reason": `"too slow"`, "rank": `null`,
			"median_seconds": `null`, "lo_seconds": `null`, "hi_seconds": `null`, "metrics": `{}`, "ratio": `null`},
	} {
		for k, v := range fields {
			if string(rows[i][k]) != v {
				t.Errorf("row %d: %s is %s, want %s", i, k, rows[i][k], v)
			}
		}
	}
	if b, err := json.Marshal(Rows(nil)); err != nil || string(b) != "[]" {
		t.Errorf("no rows: %s, %v", b, err)
	}
}

func ExampleBoards() {
	instance := &results.Instance{Family: "poisson", Problem: "unit-2d", Label: "poisson/unit-2d[n=63]", RankBy: results.ByTime}
	var runs []results.Run
	for solver, seconds := range map[string]float64{"cg": 0.5, "multigrid": 0.1} {
		runs = append(runs, results.Run{
			Configuration: &results.Configuration{Solver: solver, Label: solver}, Instance: instance,
			Status: results.Solved, Repetitions: []results.Repetition{{WallSeconds: seconds}},
		})
	}
	for _, row := range Rows(Boards(runs, Defaults)) {
		fmt.Println(*row.Rank, row.Configuration, *row.MedianSeconds)
	}
	// Output:
	// 1 multigrid 0.1
	// 2 cg 0.5
}

// Whoever watched the interval while repeating gets a wider one at the same confidence.
func TestIntervalOfWatchedRuns(t *testing.T) {
	var seconds []float64
	for i := range 16 {
		seconds = append(seconds, 1+float64(i)/100)
	}
	fixed, watched := run("a", seconds...), run("b", seconds...)
	fixed.Stopped, watched.Stopped = results.StopRepetitions, results.StopPrecise
	rows := Rows(Boards([]results.Run{fixed, watched}, Defaults))
	if len(rows) != 2 {
		t.Fatalf("%d rows", len(rows))
	}
	// Of 16 values, as many as fall below the median are binomial: [4th, 12th] covers it with 95.1 %, [3rd, 14th] with 99.6 %
	// and nothing narrower with 99.2 %.
	for i, want := range [][2]float64{{1.03, 1.11}, {1.02, 1.13}} {
		r := rows[i]
		if *r.LoSeconds != want[0] || *r.HiSeconds != want[1] || r.Confidence < 0.95 {
			t.Errorf("%s: [%v, %v] at %v, want %v at 95 %%", r.Solver, *r.LoSeconds, *r.HiSeconds, r.Confidence, want)
		}
	}
}
