package ks

import (
	"context"
	"math"

	"github.com/solverbench/solverbench/problems/reference"
	"github.com/solverbench/solverbench/problems/reference/spectral"
)

// equation is a Galerkin truncation of the Kuramoto–Sivashinsky equation to wave numbers 0 … modes−1
// on [0, length): v'_k = (κ² − κ⁴) v_k − ½ iκ (u²)_k, κ = 2πk/length.
type equation struct {
	lambda []float64
	wave   []float64 // κ
	fft    *spectral.FFT
	pair   []complex128
}

func newEquation(length float64, modes int) *equation {
	e := &equation{lambda: make([]float64, modes), wave: make([]float64, modes)}
	for k := range modes {
		q := 2 * math.Pi * float64(k) / length
		e.wave[k] = q
		e.lambda[k] = q * q * (1 - q*q)
	}
	n := smoothLength(3*modes - 2) // so that no product of two modes aliases onto one that is kept
	e.fft = spectral.NewFFT(n)
	e.pair = make([]complex128, n)
	return e
}

// smoothLength returns the smallest 2^a or 3·2^a that is at least n.
func smoothLength(n int) int {
	p := 4
	for p < n {
		p *= 2
	}
	if p/4*3 >= n {
		return p / 4 * 3
	}
	return p
}

// nonlinear computes the nonlinear term of each field in v, two in one transform.
func (e *equation) nonlinear(dst, v [][]complex128) {
	for i := 0; i+1 < len(v); i += 2 {
		e.two(dst[i], dst[i+1], v[i], v[i+1])
	}
	if i := len(v) - 1; len(v)%2 == 1 {
		e.two(dst[i], dst[i], v[i], v[i])
	}
}

// two handles the real fields a and b as the complex field a + ib.
func (e *equation) two(dstA, dstB, a, b []complex128) {
	z, n := e.pair, len(e.pair)
	clear(z)
	for k := range a {
		conjA, conjB := complex(real(a[k]), -imag(a[k])), complex(real(b[k]), -imag(b[k]))
		z[(n-k)%n] = conjA + 1i*conjB
		z[k] = a[k] + 1i*b[k]
	}
	z[0] = complex(real(a[0]), real(b[0]))
	e.fft.Inverse(z, 1)
	for i, v := range z {
		z[i] = complex(real(v)*real(v), imag(v)*imag(v))
	}
	e.fft.Forward(z, 1)
	scale := 0.5 / float64(n)
	for k, q := range e.wave {
		plus, minus := z[k], z[(n-k)%n]
		minus = complex(real(minus), -imag(minus))
		half := complex(0, -0.5*q*scale)
		sum, difference := plus+minus, -1i*(plus-minus)
		dstA[k] = half * sum
		dstB[k] = half * difference
	}
}

// levels is how often compute may refine.
const levels = 7

// compute integrates u0 to the times and samples on points, to the relative accuracy target
// if that can be had. It starts from wave numbers up to 5, where spectra of the attractor have fallen to
// about 1e-7, or those that u0 holds, and steps of 1/8.
func compute(ctx context.Context, u0 []float64, length float64, times []float64, points int, target float64) (*reference.Trajectory, error) {
	initial := spectral.Coefficients(u0)
	least := max(24, int(5*length/(2*math.Pi)), occupied(initial))
	return reference.Refine(ctx, levels, target, func(ctx context.Context, level int) (*reference.Trajectory, error) {
		modes := int(float64(least) * (1 + 0.5*float64(level)))
		e := newEquation(length, modes)
		v := make([]complex128, modes)
		copy(v, initial)
		t := &reference.Trajectory{
			Times: times, Shape: []int{points}, Accuracy: make([]float64, len(times)),
			Method: "Galerkin, Radau IIA of order 13, at two resolutions and steps",
		}
		step := 1 / (8 + 4*float64(level))
		err := reference.Radau(ctx, e.lambda, e.nonlinear, v, step, times, func(_ int, v []complex128) {
			t.Fields = append(t.Fields, spectral.Sample(v, points))
		})
		return t, err
	})
}

// occupied returns how many wave numbers hold anything but rounding.
func occupied(c []complex128) int {
	largest, n := 0.0, 0
	for _, v := range c {
		largest = max(largest, math.Hypot(real(v), imag(v)))
	}
	for k, v := range c {
		if math.Hypot(real(v), imag(v)) > 1e-15*largest {
			n = k + 1
		}
	}
	return n
}
