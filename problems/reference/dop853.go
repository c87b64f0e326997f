package reference

import (
	"context"
	"fmt"
	"math"
)

// DOP853 integrates the autonomous system v' = f(v) for complex coefficients v by the explicit
// Runge–Kutta method of order 8 of Dormand & Prince with error estimates of order 5 and 3 and step
// control (Hairer, Nørsett & Wanner 1993, §II.10). The estimated error of each step is kept below
// tolerance times the Euclidean norm of v.
//
// It starts from v at time 0 and calls emit with the index of each of the times, ascending, and v there, valid
// during the call. An error wraps ErrStep or is ctx's.
func DOP853(ctx context.Context, f func(dst, v []complex128), v []complex128, tolerance float64,
	times []float64, emit func(i int, v []complex128)) error {
	d := newDOP(f, v)
	end := times[len(times)-1]
	t, h := 0.0, d.firstStep(end)
	for i, next := range times {
		for t < next {
			if h < 1e-10*end {
				return fmt.Errorf("step at t = %.6g of length %.3g: %w", t, h, ErrStep)
			}
			step, landing := h, false
			if t+h*(1+1e-9) >= next {
				step, landing = next-t, true
			}
			estimate, err := d.try(ctx, step)
			if err != nil {
				return err
			}
			ratio := estimate / tolerance
			if !(ratio <= 1) { // NaN too
				h = step * max(0.2, 0.9*math.Pow(ratio, -1./8))
				if math.IsNaN(h) {
					h = step * 0.2
				}
				continue
			}
			d.accept()
			t += step
			if landing {
				t = next
			}
			// The step before an output time may be short by accident: it does not shorten those after.
			if grown := step * min(3, 0.9*math.Pow(max(ratio, 1e-10), -1./8)); !landing || grown > h {
				h = grown
			}
		}
		emit(i, d.v)
	}
	return nil
}

type dop struct {
	f       func(dst, v []complex128)
	v       []complex128
	next    []complex128
	k       [dopStages][]complex128
	errors3 [dopStages]float64
}

func newDOP(f func(dst, v []complex128), v []complex128) *dop {
	d := &dop{f: f, v: append([]complex128(nil), v...), next: make([]complex128, len(v)), errors3: dopB}
	for j, w := range dopE3 {
		d.errors3[j] -= w
	}
	for i := range d.k {
		d.k[i] = make([]complex128, len(v))
	}
	f(d.k[0], d.v)
	return d
}

// firstStep is the time in which v would change by a hundredth.
func (d *dop) firstStep(end float64) float64 {
	slope := norm(d.k[0])
	if slope == 0 {
		return end
	}
	return min(end, max(0.01*norm(d.v)/slope, 1e-6*end))
}

// try computes a step and returns its estimated error relative to the norm of v. It fails only when ctx ends, which
// is looked at before each stage: a step of a large system may take seconds.
func (d *dop) try(ctx context.Context, h float64) (float64, error) {
	for i, a := range dopA {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		copy(d.next, d.v)
		d.add(h, a)
		d.f(d.k[i+1], d.next)
	}
	var sum3, sum5 float64
	for m := range d.v {
		var e3, e5 complex128
		for j, k := range d.k {
			if dopB[j] != 0 || dopE5[j] != 0 {
				e3 += scaled(d.errors3[j], k[m])
				e5 += scaled(dopE5[j], k[m])
			}
		}
		sum3 += real(e3)*real(e3) + imag(e3)*imag(e3)
		sum5 += real(e5)*real(e5) + imag(e5)*imag(e5)
	}
	copy(d.next, d.v)
	d.add(h, dopB[:])
	size := norm(d.next)
	if sum5 == 0 || size == 0 {
		return 0, nil
	}
	return h * sum5 / math.Sqrt(sum5+0.01*sum3) / size, nil
}

// add adds h Σ w_j k_j to next.
func (d *dop) add(h float64, weights []float64) {
	for j, w := range weights {
		if w == 0 {
			continue
		}
		hw, next := h*w, d.next
		for m, k := range d.k[j][:len(next)] {
			next[m] += scaled(hw, k)
		}
	}
}

// accept makes the step that try computed.
func (d *dop) accept() {
	d.v, d.next = d.next, d.v
	d.f(d.k[0], d.v)
}

func scaled(a float64, z complex128) complex128 { return complex(a*real(z), a*imag(z)) }

func norm(v []complex128) float64 {
	sum := 0.0
	for _, z := range v {
		sum += real(z)*real(z) + imag(z)*imag(z)
	}
	return math.Sqrt(sum)
}
