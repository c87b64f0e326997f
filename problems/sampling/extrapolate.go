package sampling

import (
	"context"
	"errors"
	"math"
)

// columns is the number of midpoint integrations that a step extrapolates from: order 2·columns.
const columns = 8

// extrapolate moves y from time a to b along dy/dt = f by the method of Gragg, Bulirsch & Stoer (Hairer, Nørsett & Wanner,
// Solving ordinary differential equations I, 1993, § II.9): the smoothed midpoint rule with 2, 4, …, 16 substeps,
// extrapolated in the square of the substep. Steps are chosen so that the last two diagonal entries differ
// by at most tolerance·(1 + |y|) in every component.
func extrapolate(ctx context.Context, f func(dst, y []float64, t float64), y []float64, a, b, tolerance float64) error {
	n := len(y)
	work := make([]float64, (columns+5)*n)
	take := func() []float64 {
		w := work[:n:n]
		work = work[n:]
		return w
	}
	var table [columns][]float64
	for j := range table {
		table[j] = take()
	}
	f0, z0, z1, rate, previous := take(), take(), take(), take(), take()
	for t, h := a, (b-a)/16; t != b; {
		if err := ctx.Err(); err != nil {
			return err
		}
		next := t + h
		if math.Abs(h) >= math.Abs(b-t)*(1-1e-12) {
			next = b
		}
		h = next - t
		if math.Abs(h) < 1e-12*math.Abs(b-a) {
			return errors.New("the step has become too small: the tolerance cannot be met")
		}
		f(f0, y, t)
		worst := 0.0
		for j := range columns {
			midpoint(f, table[j], y, f0, z0, z1, rate, t, h, 2*(j+1))
			if j == columns-1 {
				copy(previous, table[0])
			}
			// Neville's scheme in place: afterwards table[i] holds the entry of the substep numbers
			// from i to j, and table[0] that of highest order.
			for i := j - 1; i >= 0; i-- {
				q := float64(j+1) / float64(i+1)
				q = 1 / (q*q - 1)
				low, high := table[i], table[i+1]
				for k := range low {
					low[k] = high[k] + (high[k]-low[k])*q
				}
			}
		}
		for k, v := range table[0] {
			worst = max(worst, math.Abs(v-previous[k])/(1+math.Abs(v)))
			if v != v {
				return errors.New("the solution is not finite")
			}
		}
		// The difference is the error of order 2·columns−2, so of that of one less in the step.
		factor := 0.9 * math.Pow(tolerance/max(worst, 1e-30), 1.0/(2*columns-1))
		h *= min(max(factor, 0.1), 3)
		if worst <= tolerance {
			t = next
			copy(y, table[0])
		}
	}
	return nil
}

// midpoint sets dst to the smoothed midpoint rule's y(t+h) with the given even number of substeps.
func midpoint(f func(dst, y []float64, t float64), dst, y, f0, z0, z1, rate []float64, t, h float64, substeps int) {
	s := h / float64(substeps)
	copy(z0, y)
	for k := range z1 {
		z1[k] = y[k] + s*f0[k]
	}
	for i := 1; i < substeps; i++ {
		f(rate, z1, t+float64(i)*s)
		for k := range z0 {
			z0[k], z1[k] = z1[k], z0[k]+2*s*rate[k]
		}
	}
	f(rate, z1, t+h)
	for k := range dst {
		dst[k] = 0.5 * (z0[k] + z1[k] + s*rate[k])
	}
}
