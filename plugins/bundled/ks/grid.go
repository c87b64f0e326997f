package ks

import (
	"math"

	"github.com/solverbench/solverbench/plugins/bundled/fft"
)

// grid evaluates the nonlinear term −(a/2) ∂_x u² of a function with few coefficients on enough
// points. Coefficients are normalised as by the function coefficients.
type grid struct {
	plan  *fft.Real
	u     []complex128 // values at the points 2i and 2i+1, as real and imaginary part
	slope []complex128 // −(a/2) i k, times the plan's scale
}

// newGrid makes a grid of n points, an even number, for kept coefficients.
func newGrid(e *equation, n, kept int) *grid {
	g := &grid{plan: fft.NewReal(fft.Options{Kept: kept}, n), u: make([]complex128, n/2), slope: make([]complex128, kept)}
	for k := range g.slope {
		g.slope[k] = complex(0, -e.advection/2*2*math.Pi*float64(k)/e.length*g.plan.Scale())
	}
	return g
}

func (g *grid) nonlinear(dst, v []complex128) {
	g.plan.InversePairs(g.u, v)
	for i, u := range g.u {
		g.u[i] = complex(real(u)*real(u), imag(u)*imag(u))
	}
	g.plan.ForwardPairs(dst, g.u)
	for k, s := range g.slope {
		dst[k] = complex(-imag(s)*imag(dst[k]), imag(s)*real(dst[k]))
	}
}

// sampler evaluates a Fourier sum on an output grid of any size.
type sampler struct {
	plan   *fft.Real
	folded []complex128
	n      int
}

func newSampler(n int) *sampler {
	p := fft.NewReal(fft.Options{}, n)
	return &sampler{plan: p, folded: make([]complex128, p.SpectrumLen()), n: n}
}

// sample sets dst to the values of the sum at the points: waves too short for the grid are folded on
// those with the same values there.
func (s *sampler) sample(dst []float64, v []complex128) {
	clear(s.folded)
	s.folded[0] = v[0]
	for k := 1; k < len(v); k++ {
		c := v[k]
		m := k % s.n
		if 2*m > s.n {
			m, c = s.n-m, complex(real(c), -imag(c))
		}
		if m == 0 || 2*m == s.n { // its own mirror image
			c = complex(2*real(c), 0)
		}
		s.folded[m] += c
	}
	s.plan.Inverse(dst, s.folded)
}

// size returns the number of points, the least even 2^a 3^b 5^c, that is at least n.
func size(n int) int {
	for n += n % 2; ; n += 2 {
		m := n
		for _, p := range []int{2, 3, 5} {
			for m%p == 0 {
				m /= p
			}
		}
		if m == 1 {
			return n
		}
	}
}
