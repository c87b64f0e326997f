package nse

import (
	"math"
	"testing"

	"github.com/solverbench/solverbench/plugins"
)

func TestArakawaOrder(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector")
	}
	for _, name := range []string{"taylor-green", "kolmogorov"} {
		want := field(64, 2*math.Pi, taylorGreen(1))
		if name == "kolmogorov" {
			_, fields := reference(t, name)
			want = fields[0]
		}
		last := 0.0
		for _, n := range []int{48, 96, 192} {
			d := relative(solve(t, &Arakawa{N: n}, 2, problem(name, 1)), want)
			order := math.Log2(last / d)
			t.Logf("%s n = %d: error %.1e, order %.2f", name, n, d, order)
			if n == 192 && math.Abs(order-2) > 0.15 {
				t.Errorf("%s: order %.2f, error %.1e", name, order, d)
			}
			last = d
		}
	}
}

// Without viscosity the differences conserve energy Σ ψω and enstrophy Σ ω², whatever the field.
func TestArakawaConserves(t *testing.T) {
	task := problem("decay", 1)
	task.Viscosity = 0
	s := &Arakawa{N: 48}
	if err := s.Prepare(t.Context(), plugins.NewTestRun(1, nil), task); err != nil {
		t.Fatal(err)
	}
	initial, rate := make([]float64, len(s.w)), make([]float64, len(s.w))
	s.initial.sample(initial, s.equation.vorticity)
	s.flow.rate(rate, initial)
	var energy, enstrophy, mean, size float64
	for i, r := range rate {
		energy += s.flow.stream[i] * r
		enstrophy += initial[i] * r
		mean += r
		size += math.Abs(initial[i] * r)
	}
	if max(math.Abs(energy), math.Abs(enstrophy), math.Abs(mean)) > 1e-13*size {
		t.Errorf("rates of energy %.1e, enstrophy %.1e, circulation %.1e of %.1e", energy, enstrophy, mean, size)
	}
}

func BenchmarkArakawaStep(b *testing.B) {
	s := &Arakawa{N: 256}
	if err := s.Prepare(b.Context(), plugins.NewTestRun(1, nil), problem("kolmogorov", 1)); err != nil {
		b.Fatal(err)
	}
	s.initial.sample(s.w, s.equation.vorticity)
	for b.Loop() {
		s.step(1e-3)
	}
}
