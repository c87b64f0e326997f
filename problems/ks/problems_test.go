package ks

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solverbench/solverbench/metrics"
	"github.com/solverbench/solverbench/plugins/option"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	semilinearv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/semilinear/v1"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/arrayio"
	"github.com/solverbench/solverbench/problems/reference/spectral"
)

func ExampleFamily() {
	f := Family()
	for _, p := range f.Problems {
		fmt.Printf("%s/%s: %s\n", f.Name, p.Name, p.Doc.Summary)
	}
	// Output:
	// ks/kassam-trefethen: the test case of Kassam & Trefethen: u0 = cos(x/16)(1 + sin(x/16))
	// ks/l22: the small chaotic domain L = 22: u0 = cos q + ½ sin 2q + ¼ cos 3q, q = 2πx/L
	// ks/extensive: cost against size: L = 22·2^k, a random smooth initial value of the wave numbers of l22
	// ks/custom: an initial value of yours: file holds u(x, 0), uniformly sampled on [0, L) from 0
}

// answer is a solution with the truth itself, changed by change.
func answer(in *instance, change func(u []float64)) *semilinearv1.Solution {
	u := slices.Concat(in.truth.Fields...)
	change(u)
	return &semilinearv1.Solution{U: commonv1.Float64(u, in.SolutionShapes()[0]...)}
}

func evaluate(t *testing.T, in problems.Instance, s *semilinearv1.Solution) (problems.Evaluation, map[string]float64) {
	t.Helper()
	e, err := in.Evaluate(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]float64{}
	for _, v := range e.Metrics {
		m[v.Name] = v.Value
	}
	return e, m
}

func TestEvaluate(t *testing.T) {
	in := build(t, "kassam-trefethen", map[string]string{"T": "30"}).(*instance)
	if d := cmp.Diff([][]int{{2, 128}}, in.SolutionShapes()); d != "" {
		t.Fatal(d)
	}
	e, m := evaluate(t, in, answer(in, func([]float64) {}))
	if e.Verdict != problems.Solved || e.Metrics[0].Name != "rel-l2" || m["rel-l2"] != 0 || m["spectrum-distance"] != 0 || m["mean-drift"] > 1e-13 {
		t.Errorf("the truth itself: %+v", e)
	}
	norm := metrics.L2(in.truth.Fields[1])
	e, m = evaluate(t, in, answer(in, func(u []float64) { u[128+7] += 1e-3; u[3] += 1 }))
	if e.Verdict != problems.Inaccurate || math.Abs(m["rel-l2"]*norm/1e-3-1) > 1e-10 || math.Abs(m["max-error"]/1e-3-1) > 1e-10 ||
		math.Abs(m["mean-drift"]*128/1e-3-1) > 1e-9 || m["spectrum-distance"] == 0 || m["rel-l2@10"] < 1e-3 {
		t.Errorf("one value off: %+v", e)
	}
	e, m = evaluate(t, in, answer(in, func(u []float64) { u[128+7] = math.Inf(1) }))
	if e.Verdict != problems.Diverged || e.Reason != "value 7 at t = 30 is +Inf" || len(m) != 6 {
		t.Errorf("infinity: %+v", e)
	}
}

func TestTask(t *testing.T) {
	in := build(t, "kassam-trefethen", nil)
	task := in.Task().(*semilinearv1.Task)
	if task.Length != 32*math.Pi || task.OutputPoints != 128 || task.Advection != 1 || task.Tolerance != 1e-6 ||
		!slices.Equal(task.Times, []float64{10}) || !slices.Equal(task.Linear, []float64{0, 0, -1, 0, -1}) {
		t.Errorf("task is %v", task)
	}
	u, err := task.Initial.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range u {
		x := 32 * math.Pi * float64(i) / 128
		if want := math.Cos(x/16) * (1 + math.Sin(x/16)); math.Abs(got-want) > 1e-14 {
			t.Fatalf("u0 at %d is %g, expected %g", i, got, want)
		}
	}
}

// A travelling-wave check that needs no reference: the Galilean symmetry u(x − ct, t) + c.
func TestIntegratorIsGalileanInvariant(t *testing.T) {
	const c, end = 0.7, 5.0
	u0 := sample(64, func(q float64) float64 { return math.Cos(q) + 0.5*math.Sin(2*q) })
	moved := make([]float64, len(u0))
	for i, v := range u0 {
		moved[i] = v + c
	}
	ctx := context.Background()
	still, err := compute(ctx, u0, 22, []float64{end}, 64, 1e-11)
	if err != nil {
		t.Fatal(err)
	}
	got, err := compute(ctx, moved, 22, []float64{end}, 64, 1e-11)
	if err != nil {
		t.Fatal(err)
	}
	coefficients := spectral.Coefficients(still.Fields[0])
	for k := range coefficients {
		sin, cos := math.Sincos(-2 * math.Pi * float64(k) / 22 * c * end)
		coefficients[k] *= complex(cos, sin)
	}
	coefficients[0] += c
	e, err := metrics.RelativeL2(got.Fields[0], spectral.Sample(coefficients, 64))
	if err != nil || e > 1e-11 {
		t.Errorf("differs by %.2g, %v", e, err)
	}
}

func TestOtherTimesAreComputed(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	in := build(t, "l22", map[string]string{"T": "12.5"}).(*instance)
	embedded := build(t, "l22", nil).(*instance)
	if !slices.Equal(in.truth.Times, []float64{10, 12.5}) {
		t.Fatalf("times are %v", in.truth.Times)
	}
	e, err := metrics.RelativeL2(in.truth.Fields[0], embedded.truth.Fields[0])
	if err != nil || e > 1e-8 {
		t.Errorf("computed and embedded truth at T = 10 differ by %.2g, %v", e, err)
	}
	if a := in.truth.Accuracy[1]; a == 0 || a > 1e-8 {
		t.Errorf("accuracy is %g, expected at most a hundredth of the tolerance", a)
	}
}

func TestExtensive(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	in := build(t, "extensive", map[string]string{"T": "2"}).(*instance)
	u0, _ := in.task.Initial.Float64s()
	if in.task.Length != 44 || in.Size() != 128 {
		t.Errorf("L = %g on %d points", in.task.Length, in.Size())
	}
	if ms := metrics.L2(u0) / math.Sqrt(float64(len(u0))); math.Abs(ms-1) > 1e-12 || math.Abs(mean(u0)) > 1e-14 {
		t.Errorf("u0 has root mean square %g and mean %g, expected 1 and 0", ms, mean(u0))
	}
	other := build(t, "extensive", map[string]string{"T": "2", "seed": "1"}).(*instance)
	u1, _ := other.task.Initial.Float64s()
	if slices.Equal(u0, u1) {
		t.Error("seed 1 gives the same field as seed 0")
	}
}

func TestToleranceBelowTheTruthIsRefused(t *testing.T) {
	f := Family()
	spec, err := f.Resolve("kassam-trefethen", map[string]string{"T": "100", "tol": "1e-8"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = spec.Build(context.Background())
	var bad *option.Error
	if !errors.As(err, &bad) || bad.Name != "tol" || !strings.Contains(err.Error(), "known to (5.8e-09)") {
		t.Errorf("error is %v", err)
	}
}

func TestCustom(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	dir := t.TempDir()
	write := func(name string, values []float64, shape ...int) string {
		path := filepath.Join(dir, name)
		if err := arrayio.WriteNPY(path, metrics.Array{Shape: shape, Values: values}); err != nil {
			t.Fatal(err)
		}
		return path
	}
	l22 := build(t, "l22", nil).(*instance)
	u0, _ := l22.task.Initial.Float64s()
	file := write("u0.npy", u0, 64)
	truth := write("truth.npy", l22.truth.Fields[0], 64)
	for _, params := range []map[string]string{{"file": file}, {"file": file, "truth": truth}} {
		in := build(t, "custom", params).(*instance)
		e, m := evaluate(t, in, answer(l22, func([]float64) {}))
		if e.Verdict != problems.Solved || m["rel-l2"] > 1e-6 {
			t.Errorf("%v: the truth of l22: %+v", params, e)
		}
	}
	odd := build(t, "custom", map[string]string{"file": write("odd.npy", u0[:51], 51), "T": "0.01", "tol": "1e-3"})
	if odd.Size() != 51 {
		t.Errorf("output has %d points, expected 51", odd.Size())
	}

	f := Family()
	for _, c := range []struct{ parameter, value, want string }{
		{"file", write("square.npy", u0, 8, 8), "[8 8]"},
		{"file", filepath.Join(dir, "missing.npy"), "no such file"},
		{"file", "", "a .npy file of [n]"},
		{"truth", write("bad-truth.npy", append([]float64{1, math.Inf(1)}, u0...), 66), "element [1] is +Inf"},
		{"L", "0", "a number in [0.1, 100000]"},
		{"L", "-3", "a number in"},
		{"T", "0", "a number in [0.001, 1000]"},
		{"T", "-1", "a number in"},
		{"T", "NaN", "a number in"},
	} {
		params := map[string]string{"file": file}
		params[c.parameter] = c.value
		spec, err := f.Resolve("custom", params)
		if err == nil {
			_, err = spec.Build(context.Background())
		}
		var bad *option.Error
		if !errors.As(err, &bad) || bad.Name != c.parameter || bad.Value != c.value || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s = %q: error is %v, expected an *option.Error that says %q", c.parameter, c.value, err, c.want)
		}
	}
}

func TestBuildCancels(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	f := Family()
	spec, err := f.Resolve("extensive", map[string]string{"k": "6", "T": "20"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := spec.Build(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, expected context.Canceled", err)
	}
}

func TestSolutionFromArrays(t *testing.T) {
	values := []float64{1, 2, 3, 4}
	for _, c := range []struct {
		shape []int
		want  []int // nil for an error
	}{{[]int{4}, []int{1, 4}}, {[]int{2, 2}, []int{2, 2}}, {[]int{1, 2, 2}, nil}} {
		m, err := solution(map[string]metrics.Array{"u": {Shape: c.shape, Values: values}})
		if c.want == nil {
			if err == nil {
				t.Errorf("shape %v: no error", c.shape)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		back, err := arrays(m)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(map[string]metrics.Array{"u": {Shape: c.want, Values: values}}, back); d != "" {
			t.Errorf("shape %v (-want +got):\n%s", c.shape, d)
		}
	}
	if _, err := solution(map[string]metrics.Array{"v": {}}); err == nil || !strings.Contains(err.Error(), `["v"]`) {
		t.Errorf("without u: %v", err)
	}
	if _, err := arrays(&semilinearv1.Solution{}); err == nil {
		t.Error("a solution without u: no error")
	}
}
