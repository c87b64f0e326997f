// Package spectral has the Fourier transforms and trigonometric interpolation with which the
// harness computes and samples reference solutions. No solver uses it.
//
// Fields are periodic and real, sampled from 0 with equal spacing. A one-dimensional field of n points
// is kept as the coefficients c[0..K] of
//
//	u(x) = c[0] + 2 Re Σ_{k=1}^{K} c[k] e^{2πikx/L}.
package spectral

import (
	"math"
	"math/cmplx"
)

// FFT transforms sequences of one length, any length, by Stockham's autosort algorithm with
// radices 4, 2 and then the odd prime factors (Van Loan, Computational Frameworks for the Fast
// Fourier Transform, 1992, §1.7). It is not safe for concurrent use.
type FFT struct {
	n      int
	stages []stage
	work   []complex128
}

// stage is one pass: radix r over what is left, m·r points.
type stage struct {
	r, m     int
	twiddles []complex128 // e^{−2πi jp/(rm)} at [p·r + j]
	roots    []complex128 // e^{−2πi j/r} for generic radices
}

// NewFFT returns a transform of length n ≥ 1.
func NewFFT(n int) *FFT {
	f := &FFT{n: n}
	for left := n; left > 1; {
		r := radix(left)
		m := left / r
		s := stage{r: r, m: m, twiddles: make([]complex128, left), roots: make([]complex128, r)}
		for p := range m {
			for j := range r {
				s.twiddles[p*r+j] = root(j*p, left)
			}
		}
		for j := range r {
			s.roots[j] = root(j, r)
		}
		f.stages = append(f.stages, s)
		left = m
	}
	return f
}

func radix(n int) int {
	switch {
	case n%4 == 0:
		return 4
	case n%2 == 0:
		return 2
	}
	for r := 3; r*r <= n; r += 2 {
		if n%r == 0 {
			return r
		}
	}
	return n
}

func root(k, n int) complex128 {
	sin, cos := math.Sincos(2 * math.Pi * float64(k) / float64(n))
	return complex(cos, -sin)
}

// Len returns the length of the sequences.
func (f *FFT) Len() int { return f.n }

// Forward replaces each of the batch sequences in x, an array [n][batch], by its transform
// X_k = Σ_j x_j e^{−2πijk/n}.
func (f *FFT) Forward(x []complex128, batch int) { f.transform(x, batch, false) }

// Inverse replaces each of the batch sequences in x, an array [n][batch], by
// x_j = Σ_k X_k e^{2πijk/n}: Forward and then Inverse multiplies by n.
func (f *FFT) Inverse(x []complex128, batch int) { f.transform(x, batch, true) }

func (f *FFT) transform(x []complex128, batch int, inverse bool) {
	if len(x) != f.n*batch {
		panic("spectral: length is not that of the transform")
	}
	if len(f.work) < len(x) {
		f.work = make([]complex128, len(x))
	}
	from, to := x, f.work[:len(x)]
	stride := batch
	for i := range f.stages {
		s := &f.stages[i]
		switch s.r {
		case 4:
			s.radix4(to, from, stride, inverse)
		case 2:
			s.radix2(to, from, stride, inverse)
		default:
			s.generic(to, from, stride, inverse)
		}
		stride *= s.r
		from, to = to, from
	}
	if len(f.stages)%2 == 1 {
		copy(x, from)
	}
}

func (s *stage) twiddle(p, j int, inverse bool) complex128 {
	w := s.twiddles[p*s.r+j]
	if inverse {
		return complex(real(w), -imag(w))
	}
	return w
}

func (s *stage) radix2(y, x []complex128, stride int, inverse bool) {
	for p := range s.m {
		w := s.twiddle(p, 1, inverse)
		x0 := x[stride*p:][:stride]
		x1 := x[stride*(p+s.m):][:stride]
		y0 := y[stride*2*p:][:stride]
		y1 := y[stride*(2*p+1):][:stride]
		for q, a := range x0 {
			b := x1[q]
			y0[q] = a + b
			y1[q] = (a - b) * w
		}
	}
}

func (s *stage) radix4(y, x []complex128, stride int, inverse bool) {
	sign := 1.0
	if inverse {
		sign = -1
	}
	for p := range s.m {
		w1, w2, w3 := s.twiddle(p, 1, inverse), s.twiddle(p, 2, inverse), s.twiddle(p, 3, inverse)
		x0 := x[stride*p:][:stride]
		x1 := x[stride*(p+s.m):][:stride]
		x2 := x[stride*(p+2*s.m):][:stride]
		x3 := x[stride*(p+3*s.m):][:stride]
		y0 := y[stride*4*p:][:stride]
		y1 := y[stride*(4*p+1):][:stride]
		y2 := y[stride*(4*p+2):][:stride]
		y3 := y[stride*(4*p+3):][:stride]
		for q, a := range x0 {
			b, c, d := x1[q], x2[q], x3[q]
			ac, bd := a+c, b+d
			amc, t := a-c, b-d
			bmd := complex(sign*imag(t), -sign*real(t)) // ∓i (b − d)
			y0[q] = ac + bd
			y1[q] = (amc + bmd) * w1
			y2[q] = (ac - bd) * w2
			y3[q] = (amc - bmd) * w3
		}
	}
}

func (s *stage) generic(y, x []complex128, stride int, inverse bool) {
	for p := range s.m {
		for j := range s.r {
			w := s.twiddle(p, j, inverse)
			out := y[stride*(s.r*p+j):][:stride]
			clear(out)
			for k := range s.r {
				c := s.roots[j*k%s.r]
				if inverse {
					c = cmplx.Conj(c)
				}
				c *= w
				in := x[stride*(p+k*s.m):][:stride]
				for q, v := range in {
					out[q] += c * v
				}
			}
		}
	}
}
