package sampling

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/metrics"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	samplingv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/sampling/v1"
	"github.com/solverbench/solverbench/problems"
)

// build makes an instance, small unless said otherwise, with a cache of its own.
func build(t testing.TB, problem string, params map[string]string) *instance {
	t.Helper()
	in, err := tryBuild(t, problem, params)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func tryBuild(t testing.TB, problem string, params map[string]string) (*instance, error) {
	t.Helper()
	if os.Getenv("XDG_CACHE_HOME") == "" || !strings.Contains(os.Getenv("XDG_CACHE_HOME"), "sampling-test") {
		t.Setenv("XDG_CACHE_HOME", filepath.Join(t.TempDir(), "sampling-test"))
	}
	f := Family()
	spec, err := f.Resolve(problem, params)
	if err != nil {
		return nil, err
	}
	in, err := spec.Build(t.Context())
	if err != nil {
		return nil, err
	}
	return in.(*instance), nil
}

func evaluate(t testing.TB, in *instance, x []float64) problems.Evaluation {
	t.Helper()
	dims := in.SolutionShapes()[0]
	e, err := in.Evaluate(t.Context(), &samplingv1.Solution{Samples: commonv1.Float64(x, dims...)})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func value(t testing.TB, e problems.Evaluation, name string) float64 {
	t.Helper()
	i := slices.IndexFunc(e.Metrics, func(m problems.Metric) bool { return m.Name == name })
	if i < 0 {
		t.Fatalf("no metric %s in %v", name, e.Metrics)
	}
	return e.Metrics[i].Value
}

var smallSets = []struct {
	problem string
	params  map[string]string
}{
	{"mixture-ring", map[string]string{"batch": "512"}},
	{"mixture-ring", map[string]string{"batch": "512", "modes": "1"}},
	{"mixture-random", map[string]string{"batch": "256", "dim": "5", "components": "3"}},
	{"gaussian-field", map[string]string{"batch": "64", "n": "8"}},
}

// The exact flow is the best there is; a scaled one is not.
func TestExactFlowIsSolved(t *testing.T) {
	for _, c := range smallSets {
		in := build(t, c.problem, c.params)
		e := evaluate(t, in, in.truth.end)
		if e.Verdict != problems.Solved || e.Metrics[0].Name != momentError || !(e.Metrics[0].Value < 1e-12) || value(t, e, rmsFlow) != 0 {
			t.Errorf("%s: exact flow is %s, %v", c.problem, e.Verdict, e.Metrics)
		}
		scaled := slices.Clone(in.truth.end)
		for i := range scaled {
			scaled[i] *= 0.8
		}
		e = evaluate(t, in, scaled)
		if e.Verdict != problems.Inaccurate || e.Reason == "" {
			t.Errorf("%s: samples of 0.8 times the size are %s %q, moment error %.3g", c.problem, e.Verdict, e.Reason, e.Metrics[0].Value)
		}
	}
}

// A scaled Gaussian's distance is known: W₂² between N(0, C) and N(0, s²C) is (1 − s)² tr C. The control variates
// leave it free of sampling noise.
func TestMomentErrorIsExact(t *testing.T) {
	in := build(t, "gaussian-field", map[string]string{"batch": "64", "n": "8"})
	x := slices.Clone(in.truth.end)
	for i := range x {
		x[i] *= 1.1
	}
	if got := value(t, evaluate(t, in, x), momentError); math.Abs(got-0.01) > 1e-9 {
		t.Errorf("field: moment error %.12g, expected 0.01", got)
	}
	one := build(t, "mixture-ring", map[string]string{"batch": "512", "modes": "1"})
	last := one.schedule.at(one.schedule.TEnd)
	exact := one.prior.(*mixture).moments(last)
	x = slices.Clone(one.truth.end)
	for i := range x {
		x[i] = 1.1*(x[i]-exact.Mean[i%2]) + exact.Mean[i%2]
	}
	if got := value(t, evaluate(t, one, x), momentError); math.Abs(got-0.01) > 1e-9 {
		t.Errorf("Gaussian: moment error %.12g, expected 0.01", got)
	}
}

// Exact draws of the law, which follow no flow, meet the default tolerances but for one in a few hundred: solvers that
// draw their own noise are not failed for the sampling noise of a batch.
func TestToleranceIsAboveTheSamplingFloor(t *testing.T) {
	ring, random, field := defaultRing(), defaultRandom(), defaultField()
	s := standardSchedule()
	last := s.at(s.TEnd)
	family := Family()
	for i, c := range []struct {
		prior prior
		batch int
	}{
		{ring.mixture(), ring.Batch}, {random.mixture(0), random.Batch}, {newField(field.N, field.Length, field.Smoothness), field.Batch},
	} {
		problem := family.Problems[i]
		r := stream(99, streamReference)
		control := c.prior.draw(r, c.batch, last) // exact too, and as independent as the flow
		var seen []float64
		for range 40 {
			e, err := c.prior.momentErrors(c.prior.draw(r, c.batch, last), control, last)
			if err != nil {
				t.Fatal(err)
			}
			seen = append(seen, e.controlled)
		}
		slices.Sort(seen)
		t.Logf("%s: moment error of exact draws: median %.2g, last but one of 40 %.2g, tolerance %g", problem.Name, seen[20], seen[38], problem.Tolerance)
		if seen[38] > problem.Tolerance {
			t.Errorf("%s: too many exact draws are beyond the tolerance, %.3g", problem.Name, seen[38])
		}
	}
}

// A collapse to one mode is seen by every set metric.
func TestModeCollapse(t *testing.T) {
	in := build(t, "mixture-ring", map[string]string{"batch": "512"})
	good := evaluate(t, in, in.draws)
	m := newMixture([]float64{1}, []float64{4, 0}, []float64{0.09, 0.09})
	bad := evaluate(t, in, m.draw(stream(1, streamStart), 512, in.schedule.at(in.schedule.TEnd)))
	if v := value(t, bad, "mode-coverage"); math.Abs(v-1.0/8) > 1e-12 {
		t.Errorf("coverage %.3g, expected 1/8", v)
	}
	if v := value(t, bad, "mode-tv"); math.Abs(v-35.0/36) > 1e-3 {
		t.Errorf("total variation %.4g, expected 35/36", v)
	}
	for _, name := range []string{momentError, "frechet", "swd", "kid", "mode-tv"} {
		if !(value(t, bad, name) > 5*value(t, good, name)+0.1) {
			t.Errorf("%s: %.3g of one mode, %.3g of exact draws", name, value(t, bad, name), value(t, good, name))
		}
	}
	if value(t, bad, "recall") > 0.5 || value(t, good, "recall") < 0.8 {
		t.Errorf("recall %.3g of one mode, %.3g of exact draws", value(t, bad, "recall"), value(t, good, "recall"))
	}
	if v := value(t, good, "mode-coverage"); v != 1 {
		t.Errorf("exact draws cover %.3g of the modes", v)
	}
}

func TestDivergence(t *testing.T) {
	for _, c := range smallSets {
		in := build(t, c.problem, c.params)
		for _, v := range []float64{math.NaN(), math.Inf(-1), 1e200} {
			x := slices.Clone(in.truth.end)
			x[len(x)-1] = v
			e, err := in.EvaluateRun(t.Context(), &samplingv1.Solution{Samples: commonv1.Float64(x, in.SolutionShapes()[0]...)}, 20)
			if err != nil {
				t.Fatal(err)
			}
			if e.Verdict != problems.Diverged || !strings.Contains(e.Reason, "sample") || value(t, e, "nfe") != 20 {
				t.Errorf("%s with %g: %s %q %v", c.problem, v, e.Verdict, e.Reason, e.Metrics)
			}
		}
		// Large but finite: still judged.
		x := slices.Clone(in.truth.end)
		for i := range x {
			x[i] *= 1e20
		}
		if e := evaluate(t, in, x); e.Verdict != problems.Inaccurate {
			t.Errorf("%s scaled by 1e20: %s %q", c.problem, e.Verdict, e.Reason)
		}
		clear(x)
		if e := evaluate(t, in, x); e.Verdict != problems.Inaccurate {
			t.Errorf("%s, all zero: %s %q", c.problem, e.Verdict, e.Reason)
		}
	}
}

func TestBudget(t *testing.T) {
	in := build(t, "mixture-ring", map[string]string{"batch": "64", "modes": "3", "nfe": "20"})
	if got := in.task.MaxEvaluations; got != 20 {
		t.Errorf("task allows %d evaluations, expected 20", got)
	}
	solution := &samplingv1.Solution{Samples: commonv1.Float64(in.truth.end, 64, 2)}
	for nfe, want := range map[int]problems.Verdict{20: problems.Solved, 21: problems.Inaccurate} {
		e, err := in.EvaluateRun(t.Context(), solution, nfe)
		if err != nil || e.Verdict != want || value(t, e, "nfe") != float64(nfe) {
			t.Errorf("%d evaluations: %s %q, error %v; expected %s", nfe, e.Verdict, e.Reason, err, want)
		}
	}
}

func TestOracle(t *testing.T) {
	in := build(t, "mixture-ring", map[string]string{"batch": "64", "modes": "3"})
	x, eps := []float64{0.5, -1}, make([]float64, 2)
	if err := in.EvaluateOracle(t.Context(), "noise", eps, x, []float64{1}); err != nil || eps[0] == 0 {
		t.Errorf("ε = %v, error %v", eps, err)
	}
	for name, call := range map[string]func() error{
		"name":   func() error { return in.EvaluateOracle(t.Context(), "score", eps, x, []float64{1}) },
		"scalar": func() error { return in.EvaluateOracle(t.Context(), "noise", eps, x, nil) },
		"zero":   func() error { return in.EvaluateOracle(t.Context(), "noise", eps, x, []float64{0}) },
		"nan":    func() error { return in.EvaluateOracle(t.Context(), "noise", eps, x, []float64{math.NaN()}) },
		"shape":  func() error { return in.EvaluateOracle(t.Context(), "noise", eps[:1], x[:1], []float64{1}) },
	} {
		if call() == nil {
			t.Errorf("bad %s: no error", name)
		}
	}
	o := in.task.Noise
	if o.Name != "noise" || len(o.Scalars) != 1 || !slices.Equal(o.InputShape, []int64{64, 2}) || !slices.Equal(o.OutputShape, o.InputShape) {
		t.Errorf("the task's oracle is %v", o)
	}
}

func TestSeeds(t *testing.T) {
	params := map[string]string{"batch": "64", "components": "3"}
	a, b := build(t, "mixture-random", params), build(t, "mixture-random", params)
	if !proto.Equal(a.task, b.task) || !slices.Equal(a.truth.end, b.truth.end) {
		t.Error("one seed makes two instances")
	}
	params["seed"] = "1"
	c := build(t, "mixture-random", params)
	if proto.Equal(a.task, c.task) || slices.Equal(a.prior.(*mixture).means, c.prior.(*mixture).means) {
		t.Error("two seeds make one instance")
	}
}

// A cached flow is the one computed.
func TestFlowCache(t *testing.T) {
	params := map[string]string{"batch": "1024", "dim": "4"}
	a := build(t, "mixture-random", params)
	files, err := filepath.Glob(filepath.Join(os.Getenv("XDG_CACHE_HOME"), "solverbench", "sampling", "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("cache holds %v, error %v; expected one file", files, err)
	}
	b := build(t, "mixture-random", params)
	if !slices.Equal(a.truth.end, b.truth.end) || a.truth.accuracy != b.truth.accuracy || !(a.truth.accuracy < 1e-9) {
		t.Errorf("accuracies %g and %g", a.truth.accuracy, b.truth.accuracy)
	}
}

func TestBuildIsCancelled(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	f := Family()
	spec, err := f.Resolve("mixture-random", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := spec.Build(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestFamily(t *testing.T) {
	f := Family()
	for _, p := range f.Problems {
		for field, text := range map[string]string{
			"summary": p.Doc.Summary, "equation": p.Doc.Equation, "domain": p.Doc.Domain,
			"truth": p.Doc.Truth, "accuracy": p.Doc.Accuracy, "source": p.Doc.Source,
		} {
			if text == "" {
				t.Errorf("%s documents no %s", p.Name, field)
			}
		}
		for _, s := range p.Params {
			if s.Doc == "" {
				t.Errorf("%s: parameter %s is not documented", p.Name, s.Name)
			}
		}
	}
	x := metrics.Array{Shape: []int{2, 3}, Values: []float64{1, 2, 3, 4, 5, 6}}
	m, err := f.Solution(map[string]metrics.Array{f.MainArray: x})
	if err != nil {
		t.Fatal(err)
	}
	back, err := f.Arrays(m)
	if err != nil || !slices.Equal(back[f.MainArray].Shape, x.Shape) || !slices.Equal(back[f.MainArray].Values, x.Values) {
		t.Errorf("arrays %v, error %v", back, err)
	}
	for name, bad := range map[string]map[string]metrics.Array{
		"missing": {}, "flat": {f.MainArray: {Shape: []int{6}, Values: x.Values}},
	} {
		if _, err := f.Solution(bad); err == nil || !strings.Contains(err.Error(), "[batch][d]") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
