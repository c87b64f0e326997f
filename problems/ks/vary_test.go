package ks

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
	"github.com/solverbench/solverbench/problems/random"
)

func unchanged([]float64) {}

func variation(t *testing.T, in *instance, k int) *instance {
	t.Helper()
	v, err := in.Vary(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	return v.(*instance)
}

// TestVariationsAreSolutions integrates variations anew, shifted and mirrored ones.
func TestVariationsAreSolutions(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	in := build(t, "extensive", map[string]string{"T": "5", "tol": "1e-8"}).(*instance)
	seen := map[bool]bool{}
	for k := 1; len(seen) < 2; k++ {
		m := in.motions()[random.Spread(k, len(in.motions()))]
		if seen[m.mirror] {
			continue
		}
		seen[m.mirror] = true
		v := variation(t, in, k)
		u0, err := v.task.Initial.Float64s()
		if err != nil {
			t.Fatal(err)
		}
		got, err := compute(context.Background(), u0, v.task.Length, v.task.Times, int(v.task.OutputPoints), 1e-10)
		if err != nil {
			t.Fatal(err)
		}
		if e, err := metrics.RelativeL2(v.truth.Fields[0], got.Fields[0]); err != nil || e > 1e-9 {
			t.Errorf("variation %d, %+v: the truth is off by %.2g, %v", k, m, e, err)
		}
	}
}

// TestAnswersDoNotCarryOver: the answer to a variation solves it as the instance's does the instance, and nothing
// else.
func TestAnswersDoNotCarryOver(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	// The initial values of the first two are their own mirror images, shifted.
	for problem, want := range map[string]int{"kassam-trefethen": 127, "l22": 63, "extensive": 255} {
		params := map[string]string{}
		if problem == "extensive" {
			params["T"] = "1"
		}
		in := build(t, problem, params).(*instance)
		if n := len(in.motions()); n != want {
			t.Errorf("%s has %d variations, expected %d", problem, n, want)
		}
		all := []*instance{in}
		for k := range want {
			all = append(all, variation(t, in, k+1))
		}
		if !proto.Equal(all[1].task, variation(t, all[5], want+1).task) {
			t.Errorf("%s: variations do not start again after the last", problem)
		}
		// A bit of error, so that metrics are no rounding.
		spoil := func(u []float64) {
			for i := range u {
				u[i] *= 1 + 1e-7
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
				if e, m := evaluate(t, to, answer(from, unchanged)); i != j && (e.Verdict != problems.Inaccurate || m["rel-l2"] < 0.01) {
					t.Fatalf("%s: answer to %d, judged as one to %d: %s, error %.2g", problem, i, j, e.Verdict, m["rel-l2"])
				}
			}
		}
	}
}

func TestNothingToVary(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, values ...float64) string {
		path := filepath.Join(dir, name)
		if err := arrayio.WriteNPY(path, metrics.Array{Shape: []int{len(values)}, Values: values}); err != nil {
			t.Fatal(err)
		}
		return path
	}
	// Odd about 0 and of 5 and 4 points: there is one point in common, and the mirror image is the same.
	in := build(t, "custom", map[string]string{"file": write("u0.npy", 0, 1, 2, -2, -1), "truth": write("u.npy", 0, 1, 0, -1)}).(*instance)
	if _, err := in.Vary(t.Context(), 1); !errors.Is(err, problems.ErrNoVariation) {
		t.Errorf("error is %v", err)
	}
}
