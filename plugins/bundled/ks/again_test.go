package ks

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/solverbench/solverbench/plugins"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	semilinearv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/semilinear/v1"
)

// TestDataChangeBetweenSolves: what was prepared for one initial value solves others as if prepared for them,
// whether they ask for the same resolution or for another.
func TestDataChangeBetweenSolves(t *testing.T) {
	task := func(f func(q float64) float64) *semilinearv1.Task {
		u := make([]float64, 64)
		for i := range u {
			u[i] = f(2 * math.Pi * float64(i) / 64)
		}
		return &semilinearv1.Task{Length: 22, Initial: commonv1.Float64(u, 64), Times: []float64{1, 3}, OutputPoints: 48,
			Linear: []float64{0, 0, -1, 0, -1}, Advection: 1, Tolerance: 1e-6}
	}
	first := task(func(q float64) float64 { return math.Cos(q) + 0.3*math.Sin(2*q) })
	others := []*semilinearv1.Task{
		task(func(q float64) float64 { return -math.Cos(q) + 0.3*math.Sin(2*q) }), // shifted by half
		task(func(q float64) float64 { return 5 * math.Cos(q) }),
		task(func(q float64) float64 { return math.Cos(20 * q) }),
		first,
	}
	for _, m := range methods {
		s, run := m.solver(), plugins.NewTestRun(1, nil)
		if err := s.Prepare(context.Background(), run, first); err != nil {
			t.Fatal(err)
		}
		for i, other := range append([]*semilinearv1.Task{first}, others...) {
			solution, err := s.Solve(context.Background(), run, other)
			if err != nil {
				t.Fatal(err)
			}
			u, err := solution.U.Float64s()
			if err != nil {
				t.Fatal(err)
			}
			if want := solve(t, m.solver(), other); !slices.Equal(u, want) {
				t.Errorf("%s: solve %d differs from that of a fresh solver by %.2g", m.name, i, relative(u, want))
			}
		}
	}
}
