package nse

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
	nsev1 "github.com/solverbench/solverbench/plugins/proto/solverbench/nse/v1"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/arrayio"
)

func ExampleFamily() {
	f := Family()
	for _, p := range f.Problems {
		fmt.Printf("%s/%s, %s to %g\n", f.Name, p.Name, p.Primary, p.Tolerance)
	}
	// Output:
	// nse/taylor-green, rel-l2 to 1e-06
	// nse/shear-layer, rel-l2 to 0.0001
	// nse/kolmogorov, rel-l2 to 1e-06
	// nse/fno-forcing, rel-l2 to 1e-06
	// nse/decay, rel-l2 to 0.0001
	// nse/custom, rel-l2 to 0.0001
}

// answer is a solution with the truth itself, changed by change.
func answer(in *instance, change func(w []float64)) *nsev1.Solution {
	w := slices.Concat(in.truth.Fields...)
	change(w)
	return &nsev1.Solution{Vorticity: commonv1.Float64(w, in.SolutionShapes()[0]...)}
}

func evaluate(t *testing.T, in *instance, s *nsev1.Solution) (problems.Evaluation, map[string]float64) {
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
	in := build(t, "kolmogorov", map[string]string{"T": "2"})
	if d := cmp.Diff([][]int{{2, 64, 64}}, in.SolutionShapes()); d != "" {
		t.Fatal(d)
	}
	e, m := evaluate(t, in, answer(in, func([]float64) {}))
	if e.Verdict != problems.Solved || e.Metrics[0].Name != "rel-l2" || m["rel-l2"] != 0 || m["energy-error"] != 0 ||
		m["enstrophy-error"] != 0 || m["spectrum-distance"] != 0 || m["truth-accuracy"] != 4e-11 {
		t.Errorf("the truth itself: %+v", e)
	}
	// A field 1 % too strong has 2.01 % too much energy and enstrophy.
	e, m = evaluate(t, in, answer(in, func(w []float64) {
		for i := range w {
			w[i] *= 1.01
		}
	}))
	if e.Verdict != problems.Inaccurate || math.Abs(m["rel-l2"]-0.01) > 1e-12 || math.Abs(m["rel-l2@1"]-0.01) > 1e-12 ||
		math.Abs(m["energy-error"]-0.0201) > 1e-12 || math.Abs(m["enstrophy-error"]-0.0201) > 1e-12 {
		t.Errorf("a strong field: %+v", e)
	}
	e, m = evaluate(t, in, answer(in, func(w []float64) { w[64*64+5] = math.NaN() }))
	if e.Verdict != problems.Diverged || e.Reason != "value 5 at t = 2 is NaN" || len(m) != 7 {
		t.Errorf("NaN: %+v", e)
	}
}

func TestSampledIntegralsAreThoseOfTheRecord(t *testing.T) {
	// The forced flow is resolved by the output grid, so its samples must give the energy at full resolution.
	in := build(t, "fno-forcing", nil)
	for name, got := range map[string]float64{"energy": in.want.energy, "enstrophy": in.want.enstrophy} {
		if want := in.truth.Integrals[name][0]; math.Abs(got/want-1) > 1e-9 {
			t.Errorf("%s is %.15g, expected %.15g", name, got, want)
		}
	}
}

func TestTaylorGreen(t *testing.T) {
	in := build(t, "taylor-green", map[string]string{"nu": "0.02", "T": "0.5", "U": "2"})
	w := in.truth.Fields[0]
	for _, at := range [][2]int{{0, 0}, {5, 9}, {63, 31}} { // row, column
		x, y := 2*math.Pi*float64(at[1])/64, 2*math.Pi*float64(at[0])/64
		want := 4 * math.Cos(2*(x-1)) * math.Cos(2*(y-0.25)) * math.Exp(-0.08)
		if got := w[at[0]*64+at[1]]; math.Abs(got-want) > 1e-14 {
			t.Errorf("ω at row %d, column %d is %g, expected %g", at[0], at[1], got, want)
		}
	}
	if task := in.task; task.Viscosity != 0.02 || task.MeanFlowX != 2 || task.MeanFlowY != 0.5 || task.Forcing != nil {
		t.Errorf("task is %v", task)
	}
}

func TestSeeds(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	params := map[string]string{"T": "0.1", "tol": "1e-3"}
	first := build(t, "fno-forcing", params)
	params["seed"] = "1"
	second := build(t, "fno-forcing", params)
	if slices.Equal(flowOf(t, first).Vorticity, flowOf(t, second).Vorticity) {
		t.Error("seed 1 gives the same field as seed 0")
	}
	if a := second.truth.Accuracy[0]; a == 0 || a > 1e-4 {
		t.Errorf("accuracy is %g, expected at most a tenth of the tolerance", a)
	}
}

func TestToleranceBelowTheTruthIsRefused(t *testing.T) {
	f := Family()
	spec, err := f.Resolve("decay", map[string]string{"tol": "1e-6"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = spec.Build(context.Background())
	var bad *option.Error
	if !errors.As(err, &bad) || bad.Name != "tol" || !strings.Contains(err.Error(), "a number ≥ 2e-06") {
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
	vortices := build(t, "taylor-green", map[string]string{"T": "0.2"})
	w := flowOf(t, vortices).Vorticity
	file := write("w0.npy", w, 64, 64)
	params := func(more ...string) map[string]string {
		m := map[string]string{"file": file, "nu": "0.01", "U": "1", "V": "0.5", "T": "0.2"}
		for i := 0; i < len(more); i += 2 {
			m[more[i]] = more[i+1]
		}
		return m
	}
	truth := write("truth.npy", vortices.truth.Fields[0], 64, 64)
	for _, p := range []map[string]string{params(), params("truth", truth), params("forcing", write("zero.npy", make([]float64, 25), 5, 5))} {
		in := build(t, "custom", p)
		e, m := evaluate(t, in, answer(vortices, func([]float64) {}))
		if e.Verdict != problems.Solved || m["rel-l2"] > 1e-6 {
			t.Errorf("%v: the exact solution: %+v", p, e)
		}
	}
	if in := build(t, "custom", params("points", "40")); in.task.OutputPoints != 40 || in.Size() != 1600 {
		t.Errorf("output has %d points a side, expected 40", in.task.OutputPoints)
	}

	shifted := slices.Clone(w)
	for i := range shifted {
		shifted[i] += 0.25
	}
	hole := slices.Clone(w)
	hole[130] = math.NaN()
	f := Family()
	for _, c := range []struct{ parameter, value, want string }{
		{"file", write("line.npy", w, 4096), "[4096]"},
		{"file", write("oblong.npy", w, 32, 128), "[32 128]"},
		{"file", write("hole.npy", hole, 64, 64), "element [2][2] is NaN"},
		{"file", write("shifted.npy", shifted, 64, 64), "its mean is 0.25"},
		{"file", filepath.Join(dir, "missing.npy"), "no such file"},
		{"file", "", "a .npy file of [n][n]"},
		{"forcing", filepath.Join(dir, "missing.npy"), "no such file"},
		{"truth", write("cube.npy", make([]float64, 64), 4, 4, 4), "[4 4 4]"},
		{"points", "3", "≥ 4"},
		{"L", "0", "a number in [1e-3, 1e6]"},
		{"nu", "-1", "a number in"},
		{"T", "0", "a number in"},
		{"mu", "-0.1", "a number in"},
	} {
		spec, err := f.Resolve("custom", params(c.parameter, c.value))
		if err == nil {
			_, err = spec.Build(context.Background())
		}
		var bad *option.Error
		if !errors.As(err, &bad) || bad.Name != c.parameter || bad.Value != c.value || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s = %q: error is %v, expected an *option.Error that says %q", c.parameter, c.value, err, c.want)
		}
	}
	spec, err := f.Resolve("custom", params("truth", truth, "points", "32"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = spec.Build(context.Background()); err == nil || !strings.Contains(err.Error(), "0 or the 64 of truth") {
		t.Errorf("points beside truth: %v", err)
	}
	spec, err = f.Resolve("custom", params("file", write("still.npy", make([]float64, 64), 8, 8)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = spec.Build(context.Background()); err == nil || !strings.Contains(err.Error(), "zero") {
		t.Errorf("fluid at rest: %v", err)
	}
}

func TestBuildCancels(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	f := Family()
	spec, err := f.Resolve("decay", map[string]string{"seed": "7"})
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
	values := []float64{1, 2, 3, 4, 5, 6, 7, 8}
	for _, c := range []struct {
		shape []int
		want  []int // nil for an error
	}{{[]int{2, 4}, []int{1, 2, 4}}, {[]int{2, 2, 2}, []int{2, 2, 2}}, {[]int{8}, nil}} {
		m, err := solution(map[string]metrics.Array{"vorticity": {Shape: c.shape, Values: values}})
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
		if d := cmp.Diff(map[string]metrics.Array{"vorticity": {Shape: c.want, Values: values}}, back); d != "" {
			t.Errorf("shape %v (-want +got):\n%s", c.shape, d)
		}
	}
	if _, err := solution(map[string]metrics.Array{"w": {}}); err == nil || !strings.Contains(err.Error(), `["w"]`) {
		t.Errorf("without vorticity: %v", err)
	}
	if _, err := arrays(&nsev1.Solution{}); err == nil {
		t.Error("a solution without vorticity: no error")
	}
}
