package reference

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mat"
)

// ErrStep says that a step of the given size could not be taken: the stage equations did not
// converge, or the solution is not finite.
var ErrStep = errors.New("time step too long")

// radauStages is the number of collocation points; the order of the method is 2·radauStages − 1.
const radauStages = 7

// Radau integrates v' = λv + N(v) for complex coefficients v, with a real diagonal λ, by the Radau
// IIA collocation method of order 13 with 7 stages (Hairer & Wanner, Solving Ordinary Differential Equations
// II, 1996, §IV.5), which is L-stable. The stage equations are solved to rounding by fixed-point
// iteration with λ kept implicit.
//
// It starts from v at time 0, takes equal steps no longer than h to each of the times, ascending, and
// calls emit with the index of the time and v, valid during the call.
// nonlinear computes N of every stage of v into dst. An error wraps ErrStep or is ctx's.
func Radau(ctx context.Context, lambda []float64, nonlinear func(dst, v [][]complex128),
	v []complex128, h float64, times []float64, emit func(i int, v []complex128)) error {
	r := newRadau(lambda, nonlinear, v)
	t := 0.0
	for i, end := range times {
		steps := max(1, int(math.Ceil((end-t)/h*(1-1e-12))))
		r.setStep((end - t) / float64(steps))
		for n := range steps {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := r.step(); err != nil {
				return fmt.Errorf("step at t = %.6g of length %.3g: %w", t+float64(n)*r.h, r.h, err)
			}
		}
		t = end
		emit(i, r.v)
	}
	return nil
}

// radau holds the state of an integration and the matrices of its step length.
type radau struct {
	lambda    []float64
	nonlinear func(dst, v [][]complex128)
	v         []complex128
	h         float64

	nodes       []float64
	a           *mat.Dense // Butcher matrix
	extrapolate *mat.Dense // N at the nodes of the next step from N at those of the last one
	start       []float64  // (I − hλA)⁻¹ 1, [mode][stage]
	apply       []float64  // (I − hλA)⁻¹ hA, [mode][stage][stage]
	stages      [][]complex128
	slopes      [][]complex128 // N(stages)
	guess       [][]complex128
	started     bool
}

func newRadau(lambda []float64, nonlinear func(dst, v [][]complex128), v []complex128) *radau {
	const s = radauStages
	r := &radau{lambda: lambda, nonlinear: nonlinear, v: append([]complex128(nil), v...), nodes: radauNodes(s)}
	r.a = mat.NewDense(s, s, nil)
	r.extrapolate = mat.NewDense(s, s, nil)
	x, w := make([]float64, s), make([]float64, s)
	for i, c := range r.nodes {
		quad.Legendre{}.FixedLocations(x, w, 0, c)
		for j := range s {
			sum := 0.0
			for k := range x {
				sum += w[k] * lagrange(r.nodes, j, x[k])
			}
			r.a.Set(i, j, sum)
			r.extrapolate.Set(i, j, lagrange(r.nodes, j, 1+c))
		}
	}
	r.start = make([]float64, s*len(v))
	r.apply = make([]float64, s*s*len(v))
	for range s {
		r.stages = append(r.stages, make([]complex128, len(v)))
		r.slopes = append(r.slopes, make([]complex128, len(v)))
		r.guess = append(r.guess, make([]complex128, len(v)))
	}
	return r
}

// radauNodes returns the right Radau points of (0, 1]: zeros of P_s − P_{s−1} at 2c − 1.
func radauNodes(s int) []float64 {
	f := func(x float64) float64 {
		p, q := 1.0, x // P_0, P_1
		for k := 1; k < s; k++ {
			p, q = q, (float64(2*k+1)*x*q-float64(k)*p)/float64(k+1)
		}
		return q - p
	}
	var nodes []float64
	const scan = 1000
	for i := range scan - 1 { // the last zero is at 1 itself
		lo, hi := -1+2*float64(i)/scan, -1+2*float64(i+1)/scan
		if (f(lo) > 0) == (f(hi) > 0) {
			continue
		}
		for range 60 {
			if mid := (lo + hi) / 2; (f(lo) > 0) == (f(mid) > 0) {
				lo = mid
			} else {
				hi = mid
			}
		}
		nodes = append(nodes, (1+lo)/2)
	}
	return append(nodes, 1)
}

func lagrange(nodes []float64, j int, x float64) float64 {
	p := 1.0
	for k, c := range nodes {
		if k != j {
			p *= (x - c) / (nodes[j] - c)
		}
	}
	return p
}

func (r *radau) setStep(h float64) {
	if h == r.h {
		return
	}
	const s = radauStages
	r.h, r.started = h, false
	ones := mat.NewVecDense(s, nil)
	for i := range s {
		ones.SetVec(i, 1)
	}
	var ha, m, inverse mat.Dense
	ha.Scale(h, r.a)
	for k, lambda := range r.lambda {
		m.Scale(-lambda, &ha)
		for i := range s {
			m.Set(i, i, m.At(i, i)+1)
		}
		// The eigenvalues of A have positive real parts: for λ ≤ 0 the matrix is never singular, for λ > 0
		// it is not while hλ is small, which the convergence of the iteration implies.
		_ = inverse.Inverse(&m)
		var product mat.Dense
		product.Mul(&inverse, &ha)
		copy(r.apply[k*s*s:], product.RawMatrix().Data)
		var start mat.VecDense
		start.MulVec(&inverse, ones)
		copy(r.start[k*s:], start.RawVector().Data)
	}
}

// step advances v by h.
func (r *radau) step() error {
	if r.started {
		r.predict()
	} else {
		for i := range r.stages {
			copy(r.stages[i], r.v)
		}
		r.nonlinear(r.slopes, r.stages)
		r.started = true
	}
	r.solve()
	last := math.Inf(1)
	for range 100 {
		r.nonlinear(r.slopes, r.stages)
		change, norm := r.solve()
		switch {
		case math.IsNaN(change) || math.IsInf(change, 0):
			return ErrStep
		case change <= 1e-15*norm, change <= 1e-12*norm && change > last/2: // converged, or down to rounding
			copy(r.v, r.stages[radauStages-1])
			return nil
		}
		last = change
	}
	return ErrStep
}

// predict extrapolates the slopes of the last step to this one.
func (r *radau) predict() {
	for i := range r.guess {
		clear(r.guess[i])
		for j, slope := range r.slopes {
			e := complex(r.extrapolate.At(i, j), 0)
			for k, v := range slope {
				r.guess[i][k] += e * v
			}
		}
	}
	r.slopes, r.guess = r.guess, r.slopes
}

// solve finds the stages for the given slopes, and returns the norms of their change and of themselves.
func (r *radau) solve() (change, norm float64) {
	const s = radauStages
	var n [s]complex128
	for k := range r.v {
		for j := range n {
			n[j] = r.slopes[j][k]
		}
		m := r.apply[k*s*s:][:s*s]
		for i := range s {
			re, im := real(r.v[k])*r.start[k*s+i], imag(r.v[k])*r.start[k*s+i]
			for j, c := range m[i*s:][:s] {
				re += c * real(n[j])
				im += c * imag(n[j])
			}
			old := r.stages[i][k]
			dr, di := re-real(old), im-imag(old)
			change += dr*dr + di*di
			norm += re*re + im*im
			r.stages[i][k] = complex(re, im)
		}
	}
	return math.Sqrt(change), math.Sqrt(norm)
}
