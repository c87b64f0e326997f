package nse

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/solverbench/solverbench/plugins"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	nsev1 "github.com/solverbench/solverbench/plugins/proto/solverbench/nse/v1"
)

// TestDataChangeBetweenSolves: what was prepared for one initial value solves others as if prepared for them,
// whether they ask for the same resolution or for another.
func TestDataChangeBetweenSolves(t *testing.T) {
	task := func(f func(x, y float64) float64) *nsev1.Task {
		k := problem("kolmogorov", 0.05, 0.1)
		k.Tolerance, k.OutputPoints = 1e-2, 24
		k.Vorticity = commonv1.Float64(field(32, k.Length, f), 32, 32)
		return k
	}
	flow := func(x, y float64) float64 { return math.Sin(x)*math.Cos(2*y) + 0.5*math.Cos(3*x-y) }
	first := task(flow)
	others := []*nsev1.Task{
		task(func(x, y float64) float64 { return flow(x+math.Pi/2, y) }),
		task(func(x, y float64) float64 { return 9 * flow(x, y) }),
		task(func(x, y float64) float64 { return flow(x, y) + math.Sin(11*x+9*y) }),
		first,
	}
	for name, fresh := range map[string]func() solver{
		"ifrk4":   func() solver { return &Spectral{Dealias: "two-thirds", method: ifrk4} },
		"cnab2":   func() solver { return &Spectral{Dealias: "three-halves", method: cnab2} },
		"arakawa": func() solver { return &Arakawa{} },
	} {
		s, run := fresh(), plugins.NewTestRun(1, nil)
		if err := s.Prepare(context.Background(), run, first); err != nil {
			t.Fatal(err)
		}
		for i, other := range append([]*nsev1.Task{first}, others...) {
			solution, err := s.Solve(context.Background(), run, other)
			if err != nil {
				t.Fatal(err)
			}
			w, err := solution.Vorticity.Float64s()
			if err != nil {
				t.Fatal(err)
			}
			if want := solve(t, fresh(), 1, other); !slices.Equal(w, want) {
				t.Errorf("%s: solve %d differs from that of a fresh solver by %.2g", name, i, relative(w, want))
			}
		}
	}
}
