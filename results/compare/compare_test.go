package compare

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/solverbench/solverbench/results"
)

var (
	box   = &results.Machine{Hostname: "box", CPU: "A"}
	epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

// run returns a solved run of a solver on poisson/unit-2d[n=…].
func run(solver string, n int, seconds ...float64) results.Run {
	r := results.Run{
		ID: int64(n), ExperimentUID: "e1", Machine: box, Status: results.Solved, Threads: 1, Started: epoch,
		Configuration: &results.Configuration{Plugin: results.Plugin{Name: "bundled", Version: "1"}, Solver: solver, Label: solver},
		Instance: &results.Instance{Family: "poisson", Problem: "unit-2d", Label: fmt.Sprintf("poisson/unit-2d[n=%d]", n),
			Params: map[string]any{"n": n}, Primary: "residual", RankBy: results.ByTime, Tolerance: 1e-10},
	}
	for i, s := range seconds {
		r.Repetitions = append(r.Repetitions, results.Repetition{Index: i, WallSeconds: s})
	}
	return r
}

func failed(solver string, n int) results.Run {
	r := run(solver, n)
	r.Status, r.Reason = results.Timeout, "10 s"
	return r
}

// around returns n values that spread by a percent around a middle.
func around(middle float64, n int) (all []float64) {
	for i := range n {
		all = append(all, middle*(1+0.002*float64(i-n/2)))
	}
	return all
}

func sides(t *testing.T, a, b []results.Run, s Settings) Comparison {
	t.Helper()
	all, err := Sides(Side{"a", a}, Side{"b", b}, s)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 {
		t.Fatalf("%d comparisons, want one", len(all))
	}
	return all[0]
}

func verdicts(c Comparison) (all []string) {
	for _, p := range c.Pairs {
		all = append(all, fmt.Sprintf("%s %s", strings.TrimPrefix(p.Instance, "poisson/unit-2d"), p.Verdict))
	}
	return all
}

func TestVerdicts(t *testing.T) {
	a := []results.Run{run("a", 15, around(1, 10)...), run("a", 31, around(1, 10)...), run("a", 127, around(1, 10)...), run("a", 63, around(1, 10)...),
		run("a", 255, around(1, 10)...), failed("a", 511), failed("a", 1023), run("a", 2047, 1)}
	b := []results.Run{run("b", 15, around(2, 10)...), run("b", 31, around(0.5, 10)...), run("b", 127, around(1.001, 10)...),
		run("b", 63, around(1.012, 10)...), failed("b", 255), run("b", 511, around(1, 10)...), failed("b", 1023), run("b", 4095, 1)}
	c := sides(t, a, b, Defaults)
	want := []string{"[n=15] worse", "[n=31] better", "[n=63] same", "[n=127] same", "[n=255] unsolved", "[n=511] solved", "[n=1023] neither"}
	if diff := cmp.Diff(want, verdicts(c)); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
	if c.Wins != 2 || c.Ties != 2 || c.Losses != 2 || c.Neither != 1 || c.OnlyA != 1 || c.OnlyB != 1 {
		t.Errorf("%d wins, %d ties, %d losses, %d neither, only a %d, b %d", c.Wins, c.Ties, c.Losses, c.Neither, c.OnlyA, c.OnlyB)
	}
	if w := math.Pow(2*0.5*1.001*1.012, 0.25); math.Abs(c.Mean.Value-w) > 1e-9 || c.Mean.Lo > w || c.Mean.Hi < w {
		t.Errorf("geometric mean %+v, want %v", c.Mean, w)
	}
	if r := c.Pairs[0].Ratio; math.Abs(r.Value-2) > 1e-9 || r.Lo < 1.9 || r.Hi > 2.1 {
		t.Errorf("ratio %+v", r)
	}
	// Without a margin 1.2 % is a difference; among many pairs it takes more.
	s := Defaults
	s.Margin = 0
	if c := sides(t, a, b, s); c.Pairs[2].Verdict != Worse {
		t.Errorf("without a margin 1.2 %% is %s, P %v of %v", c.Pairs[2].Verdict, *c.Pairs[2].Adjusted, *c.Pairs[2].P)
	}
}

// Of different experiments, a difference has to exceed what the reference kernels were slower by; of the same it does not.
func TestNoiseBetweenExperiments(t *testing.T) {
	a, b := run("a", 31, around(1, 10)...), run("b", 31, around(1.2, 10)...)
	a.Noise, b.Noise = 1.02, 1.3
	if c := sides(t, []results.Run{a}, []results.Run{b}, Defaults); c.Pairs[0].Verdict != Worse || c.Pairs[0].Margin != 0.01 {
		t.Errorf("in an experiment: %s with a margin of %v", c.Pairs[0].Verdict, c.Pairs[0].Margin)
	}
	b.ExperimentUID = "e2"
	if c := sides(t, []results.Run{a}, []results.Run{b}, Defaults); c.Pairs[0].Verdict != Same || math.Abs(c.Pairs[0].Margin-0.31) > 1e-12 {
		t.Errorf("of two: %s with a margin of %v", c.Pairs[0].Verdict, c.Pairs[0].Margin)
	}
}

// itself returns runs of a solver on some instances, each with its own lognormal times, and as much noise from run to run as is
// asked for, seen by the reference kernels if noisy.
func itself(random *rand.Rand, experiment string, instances, n int, drift float64) (runs []results.Run) {
	for i := range instances {
		r := run("a", 16<<i)
		r.ExperimentUID = experiment
		slow := 1 + drift*random.Float64()
		r.Noise = slow
		for k := range n {
			r.Repetitions = append(r.Repetitions, results.Repetition{Index: k, WallSeconds: slow * float64(i+1) * math.Exp(0.05*random.NormFloat64())})
		}
		runs = append(runs, r)
	}
	return runs
}

// A solver against itself: that any of the instances is better or worse, or the mean is, is said in at most 5 % of comparisons, also
// where the machine drifts between them.
func TestFalseAlarms(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const rounds = 600
	for _, drift := range []float64{0, 0.2} {
		s := Defaults
		s.Margin, s.Resamples = 0, 100
		any, mean, slower := 0, 0, 0
		for range rounds {
			c := sides(t, itself(random, "e1", 8, 10, drift), itself(random, "e2", 8, 10, drift), s)
			if c.Ties < len(c.Pairs) {
				any++
			}
			if c.Mean.Lo > 1 || c.Mean.Hi < 1 {
				mean++
			}
			if pairs, means := Slower([]Comparison{c}, 0, s); len(pairs)+len(means) > 0 {
				slower++
			}
		}
		// Four standard deviations above 5 %; a bootstrap of ten values is a little narrow.
		t.Logf("drift %v: verdicts in %.3f, means in %.3f, alarms in %.3f of the comparisons", drift, float64(any)/rounds, float64(mean)/rounds, float64(slower)/rounds)
		for what, n := range map[string]int{"verdicts": any, "means": mean, "alarms": slower} {
			if share := float64(n) / rounds; share > 0.05+4*math.Sqrt(0.05*0.95/rounds) {
				t.Errorf("drift %v: %s in %.3f of the comparisons of a solver with itself", drift, what, share)
			}
		}
	}
}

func TestSlower(t *testing.T) {
	for _, c := range []struct {
		factor, share float64
		alarm         bool
	}{{1.2, 0.05, true}, {1.04, 0.05, false}, {1.2, 0.25, false}, {0.5, 0, false}, {1.055, 0.05, false}} {
		all, err := Sides(Side{"a", []results.Run{run("a", 31, around(1, 10)...)}}, Side{"b", []results.Run{run("a", 31, around(c.factor, 10)...)}}, Defaults)
		if err != nil {
			t.Fatal(err)
		}
		pairs, means := Slower(all, c.share, Defaults)
		if (len(pairs) > 0) != c.alarm || (len(means) > 0) != c.alarm {
			t.Errorf("×%v with %v: %d pairs, %d means", c.factor, c.share, len(pairs), len(means))
		}
	}
	lost, err := Sides(Side{"a", []results.Run{run("a", 31, 1)}}, Side{"b", []results.Run{failed("b", 31)}}, Defaults)
	if err != nil || len(Lost(lost)) != 1 {
		t.Errorf("lost %v, %v", Lost(lost), err)
	}
}

func TestFewRepetitionsAreSaid(t *testing.T) {
	c := sides(t, []results.Run{run("a", 31, 1, 1.1)}, []results.Run{run("b", 31, 9, 9.1)}, Defaults)
	if c.Pairs[0].Verdict != Same || len(c.Warnings) != 1 || c.Warnings[0].Code != TooFewToTell {
		t.Errorf("%s, %+v", c.Pairs[0].Verdict, c.Warnings)
	}
	if pairs, means := Slower([]Comparison{c}, 0.05, Defaults); len(pairs)+len(means) > 0 {
		t.Error("an alarm of two repetitions")
	}
}

func TestByMetric(t *testing.T) {
	with := func(solver string, n int, value float64, better results.Better) results.Run {
		r := run(solver, n, 1)
		r.Measurements = []results.Measurement{{Name: "psnr", Value: value, Better: better}}
		return r
	}
	s := Defaults
	s.By = "psnr"
	c := sides(t, []results.Run{with("a", 15, 30, results.Higher), with("a", 31, 0.1, results.Lower), with("a", 63, 1, results.Higher), with("a", 127, 1, results.Higher)},
		[]results.Run{with("b", 15, 31, results.Higher), with("b", 31, 0.2, results.Lower), with("b", 63, 1, results.Higher), with("b", 127, math.NaN(), results.Higher)}, s)
	if diff := cmp.Diff([]string{"[n=15] better", "[n=31] worse", "[n=63] same", "[n=127] neither"}, verdicts(c)); diff != "" {
		t.Error(diff)
	}
	if c.Mean != nil || c.By != "psnr" {
		t.Errorf("mean %v by %s", c.Mean, c.By)
	}
}

func TestMachinesAreNotMixed(t *testing.T) {
	a, b := run("a", 31, around(1, 10)...), run("b", 31, around(2, 10)...)
	b.Machine = &results.Machine{Hostname: "other", CPU: "B"}
	var machines *MachinesError
	if _, err := Sides(Side{"a", []results.Run{a}}, Side{"b", []results.Run{b}}, Defaults); !errors.As(err, &machines) || machines.B[0] != "other (B)" {
		t.Errorf("%v", err)
	}
	s := Defaults
	s.AnyMachine = true
	if c := sides(t, []results.Run{a}, []results.Run{b}, s); c.Pairs[0].Verdict != Worse || len(c.Warnings) != 1 || c.Warnings[0].Code != DifferentMachines {
		t.Errorf("%s, %+v", c.Pairs[0].Verdict, c.Warnings)
	}
}

func TestConfigurationsPair(t *testing.T) {
	version := func(r results.Run, v string) results.Run {
		c := *r.Configuration
		c.Plugin.Version = v
		r.Configuration = &c
		return r
	}
	old := []results.Run{version(run("cg", 31, around(1, 8)...), "1"), version(run("sor", 31, around(3, 8)...), "1"), version(run("gone", 31, 1), "1")}
	new := []results.Run{version(run("sor", 31, around(2, 8)...), "2"), version(run("cg", 31, around(2, 8)...), "2")}
	s := Defaults
	s.SameOnly = true
	c := sides(t, old, new, s)
	var got []string
	for _, p := range c.Pairs {
		got = append(got, p.A.Configuration+" "+p.B.Configuration+" "+string(p.Verdict))
	}
	if diff := cmp.Diff([]string{"cg cg worse", "sor sor better"}, got); diff != "" || c.OnlyA != 1 {
		t.Errorf("%s only a: %d", diff, c.OnlyA)
	}
	// One configuration each, but not the same: two databases have nothing in common.
	if all, err := Sides(Side{"a", old[:1]}, Side{"b", new[:1]}, s); err != nil || len(all) != 0 {
		t.Errorf("%d comparisons, %v", len(all), err)
	}
	var ambiguous *AmbiguousError
	if _, err := Sides(Side{"a", []results.Run{run("x", 31, 1)}}, Side{"b", new}, Defaults); !errors.As(err, &ambiguous) || ambiguous.Side != "b" ||
		cmp.Diff([]string{"cg", "sor"}, ambiguous.Configurations) != "" {
		t.Errorf("%v", err)
	}
}

func ExampleSides() {
	before := []results.Run{run("multigrid", 63, around(1.0, 10)...)}
	after := []results.Run{run("multigrid", 63, around(1.1, 10)...)}
	all, err := Sides(Side{"before", before}, Side{"after", after}, Defaults)
	if err != nil {
		panic(err)
	}
	pair := all[0].Pairs[0]
	fmt.Printf("%s: ×%.2f, %s\n", pair.Instance, pair.Ratio.Value, pair.Verdict)
	// Output:
	// poisson/unit-2d[n=63]: ×1.10, worse
}
