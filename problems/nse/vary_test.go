package nse

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/metrics"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/arrayio"
)

func variation(t *testing.T, in *instance, k int) *instance {
	t.Helper()
	v, err := in.Vary(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	return v.(*instance)
}

// TestVariationsAreSolutions integrates forced variations anew.
func TestVariationsAreSolutions(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	for problem, params := range map[string]map[string]string{
		"kolmogorov":  {"T": "0.2", "tol": "1e-4"},
		"fno-forcing": {"T": "0.5", "tol": "1e-4", "nu": "0.01"},
	} {
		v := variation(t, build(t, problem, params), 1)
		got, err := compute(context.Background(), flowOf(t, v), v.task.Times, points, 1e-7)
		if err != nil {
			t.Fatal(err)
		}
		last := len(got.Fields) - 1
		if e, err := metrics.RelativeL2(v.truth.Fields[last], got.Fields[last]); err != nil || e > 2e-6 {
			t.Errorf("%s: the truth is off by %.2g, %v", problem, e, err)
		}
	}
}

// TestAnswersDoNotCarryOver: the answer to a variation solves it as the instance's does the instance, and nothing
// else.
func TestAnswersDoNotCarryOver(t *testing.T) {
	for problem, want := range map[string]int{
		"taylor-green": 64*64/8 - 1, // of period π in x and y, and in (½π, ½π)
		"shear-layer":  64*64 - 1,
		"kolmogorov":   64*4 - 1,
		"fno-forcing":  64 - 1,
		"decay":        64*64 - 1,
	} {
		in := build(t, problem, nil)
		if n := len(in.shifts().all); n != want {
			t.Errorf("%s has %d variations, expected %d", problem, n, want)
		}
		all := []*instance{in}
		for k := 1; k <= 12; k++ {
			all = append(all, variation(t, in, k))
		}
		if !proto.Equal(all[1].task, variation(t, all[5], want+1).task) {
			t.Errorf("%s: variations do not start again after the last", problem)
		}
		// A bit of error, so that metrics are no rounding.
		spoil := func(w []float64) {
			for i := range w {
				w[i] *= 1 + 1e-7
			}
		}
		_, original := evaluate(t, in, answer(in, spoil))
		for i, from := range all {
			e, m := evaluate(t, from, answer(from, spoil))
			if e.Verdict != problems.Solved {
				t.Errorf("%s: answer to %d: %s", problem, i, e.Reason)
			}
			for name, v := range m {
				if math.Abs(v-original[name]) > 1e-6*math.Abs(original[name])+1e-14 {
					t.Errorf("%s %d: %s is %g, the instance's %g", problem, i, name, v, original[name])
				}
			}
			for j, to := range all {
				if e, m := evaluate(t, to, answer(from, func([]float64) {})); i != j && (e.Verdict != problems.Inaccurate || m["rel-l2"] < 0.01) {
					t.Fatalf("%s: answer to %d, judged as one to %d: %s, error %.2g", problem, i, j, e.Verdict, m["rel-l2"])
				}
			}
		}
	}
}

func TestNothingToVary(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, n int) string {
		path := filepath.Join(dir, name)
		w := onGrid(n, 2*math.Pi, func(x, y float64) float64 { return math.Cos(x) * math.Cos(y) })
		if err := arrayio.WriteNPY(path, metrics.Array{Shape: []int{n, n}, Values: w}); err != nil {
			t.Fatal(err)
		}
		return path
	}
	in := build(t, "custom", map[string]string{"file": write("w0.npy", 8), "truth": write("w.npy", 9)})
	if _, err := in.Vary(t.Context(), 1); !errors.Is(err, problems.ErrNoVariation) {
		t.Errorf("on grids without points in common: error is %v", err)
	}
}
