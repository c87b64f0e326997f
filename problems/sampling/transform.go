package sampling

import (
	"math"
	"math/bits"
)

// transform is the discrete Fourier transform of n×n complex numbers, n a power of two, not normalised. The forward one
// decimates in frequency and leaves the coefficients in bit-reversed order and with the axes exchanged; the inverse
// takes them so. Diagonal operators that treat the axes alike then need no reordering.
type transform struct {
	n                int
	re, im           []float64 // [n][n]
	otherRe, otherIm []float64
	cos, sin         []float64 // e^(−2πi k/n), k < n/2
}

func newTransform(n int) *transform {
	take := func() []float64 { return make([]float64, n*n) }
	t := &transform{n: n, re: take(), im: take(), otherRe: take(), otherIm: take(), cos: make([]float64, n/2), sin: make([]float64, n/2)}
	for k := range t.cos {
		t.sin[k], t.cos[k] = math.Sincos(-2 * math.Pi * float64(k) / float64(n))
	}
	return t
}

// frequency returns the signed frequency, in cycles over the axis, of position i in transform order.
func frequency(i, n int) int {
	k := int(bits.Reverse64(uint64(i)) >> (65 - bits.Len64(uint64(n))))
	if k > n/2 {
		return k - n
	}
	return k
}

func (t *transform) forward() {
	t.forwardRows()
	t.exchange()
	t.forwardRows()
}

func (t *transform) inverse() {
	t.inverseRows()
	t.exchange()
	t.inverseRows()
}

// row returns the i-th row, a vector that a butterfly takes as a whole.
func (t *transform) row(i int) (re, im []float64) {
	return t.re[i*t.n:][:t.n], t.im[i*t.n:][:t.n]
}

// forwardRows transforms along the first axis.
func (t *transform) forwardRows() {
	for half := t.n / 2; half >= 1; half /= 2 {
		stride := t.n / 2 / half
		for start := 0; start < t.n; start += 2 * half {
			for k := range half {
				c, s := t.cos[k*stride], t.sin[k*stride]
				ar, ai := t.row(start + k)
				br, bi := t.row(start + k + half)
				ai, br, bi = ai[:len(ar)], br[:len(ar)], bi[:len(ar)]
				for j, x := range ar {
					y, u, v := ai[j], br[j], bi[j]
					ar[j], ai[j] = x+u, y+v
					x, y = x-u, y-v
					br[j], bi[j] = x*c-y*s, x*s+y*c
				}
			}
		}
	}
}

// inverseRows is the inverse of forwardRows times n.
func (t *transform) inverseRows() {
	for half := 1; half < t.n; half *= 2 {
		stride := t.n / 2 / half
		for start := 0; start < t.n; start += 2 * half {
			for k := range half {
				c, s := t.cos[k*stride], -t.sin[k*stride]
				ar, ai := t.row(start + k)
				br, bi := t.row(start + k + half)
				ai, br, bi = ai[:len(ar)], br[:len(ar)], bi[:len(ar)]
				for j, x := range ar {
					y, u, v := ai[j], br[j], bi[j]
					u, v = u*c-v*s, u*s+v*c
					ar[j], ai[j] = x+u, y+v
					br[j], bi[j] = x-u, y-v
				}
			}
		}
	}
}

// exchange exchanges the axes.
func (t *transform) exchange() {
	n := t.n
	for i := range n {
		re, im := t.row(i)
		for j, v := range re {
			t.otherRe[j*n+i] = v
			t.otherIm[j*n+i] = im[j]
		}
	}
	t.re, t.otherRe = t.otherRe, t.re
	t.im, t.otherIm = t.otherIm, t.im
}
