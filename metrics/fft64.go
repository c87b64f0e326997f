package metrics

import "math"

// The Fourier transform of 64×64 complex planes, real and imaginary parts apart: Stockham's, by 8·8
// along each axis. An index of the plane has four octal digits, y = 8y₁ + y₀ and x = 8x₁ + x₀. A
// pass transforms over the first digit and moves the other three up; the new digit becomes the last, or
// the last but one, whichever leads back to the natural order after four passes
//
//	(y₁ y₀ x₁ x₀) → (y₀ x₁ x₀ k₀) → (x₁ x₀ k₁ k₀) → (x₀ k₁ k₀ l₀) → (k₁ k₀ l₁ l₀).

const side = 64 // of a patch

type plane [side * side]float64

// twiddles[g][o] is e^{2πi g o/64}.
var twiddles = func() (t [8][8]struct{ re, im float64 }) {
	for g := range t {
		for o := range t[g] {
			t[g][o].im, t[g][o].re = math.Sincos(2 * math.Pi * float64(g*o) / side)
		}
	}
	return t
}()

// forward replaces a plane by its transform Σ x e^{−2πi(…)/64}, unnormalised. The other planes are work space.
func forward(re, im, workRe, workIm *plane) {
	// Exchanging the parts conjugates the kernel.
	backward(im, re, workIm, workRe)
}

// backward is the inverse of forward, up to the factor 64².
func backward(re, im, workRe, workIm *plane) {
	for range 2 { // axes
		pass(workRe, workIm, re, im, 1)
		pass(re, im, workRe, workIm, 8)
	}
}

// pass makes 512 transforms of length 8, with the kernel e^{+2πi/8}, over the first digit of the index. With
// step 1 the new digit o becomes the last, and the elements are multiplied by the twiddle factors
// e^{2πi g o/64}, where g is the first of the other digits; with step 8 it becomes the last but one.
func pass(dstRe, dstIm, srcRe, srcIm *plane, step int) {
	const h = math.Sqrt2 / 2
	const mask = side*side - 1 // no index exceeds it; this tells the compiler
	for j := range 512 {
		// Even elements: a transform of length 4.
		ar, ai := srcRe[j]+srcRe[j+2048], srcIm[j]+srcIm[j+2048]
		br, bi := srcRe[j]-srcRe[j+2048], srcIm[j]-srcIm[j+2048]
		cr, ci := srcRe[j+1024]+srcRe[j+3072], srcIm[j+1024]+srcIm[j+3072]
		dr, di := srcRe[j+1024]-srcRe[j+3072], srcIm[j+1024]-srcIm[j+3072]
		e0r, e0i, e2r, e2i := ar+cr, ai+ci, ar-cr, ai-ci
		e1r, e1i, e3r, e3i := br-di, bi+dr, br+di, bi-dr

		// Odd elements: another, turned by e^{2πi o/8}.
		ar, ai = srcRe[j+512]+srcRe[j+2560], srcIm[j+512]+srcIm[j+2560]
		br, bi = srcRe[j+512]-srcRe[j+2560], srcIm[j+512]-srcIm[j+2560]
		cr, ci = srcRe[j+1536]+srcRe[j+3584], srcIm[j+1536]+srcIm[j+3584]
		dr, di = srcRe[j+1536]-srcRe[j+3584], srcIm[j+1536]-srcIm[j+3584]
		o0r, o0i, o2r, o2i := ar+cr, ai+ci, ci-ai, ar-cr
		pr, pi, qr, qi := br-di, bi+dr, br+di, bi-dr
		o1r, o1i, o3r, o3i := h*(pr-pi), h*(pr+pi), -h*(qr+qi), h*(qr-qi)

		if step == 1 {
			t := &twiddles[j>>6]
			re, im := (*[8]float64)(dstRe[8*j:]), (*[8]float64)(dstIm[8*j:])
			re[0], im[0] = e0r+o0r, e0i+o0i
			re[1], im[1] = multiply(e1r+o1r, e1i+o1i, t[1].re, t[1].im)
			re[2], im[2] = multiply(e2r+o2r, e2i+o2i, t[2].re, t[2].im)
			re[3], im[3] = multiply(e3r+o3r, e3i+o3i, t[3].re, t[3].im)
			re[4], im[4] = multiply(e0r-o0r, e0i-o0i, t[4].re, t[4].im)
			re[5], im[5] = multiply(e1r-o1r, e1i-o1i, t[5].re, t[5].im)
			re[6], im[6] = multiply(e2r-o2r, e2i-o2i, t[6].re, t[6].im)
			re[7], im[7] = multiply(e3r-o3r, e3i-o3i, t[7].re, t[7].im)
			continue
		}
		i := (j>>3)<<6 | j&7
		re, im := (*[57]float64)(dstRe[i&mask:]), (*[57]float64)(dstIm[i&mask:])
		re[0], im[0], re[32], im[32] = e0r+o0r, e0i+o0i, e0r-o0r, e0i-o0i
		re[8], im[8], re[40], im[40] = e1r+o1r, e1i+o1i, e1r-o1r, e1i-o1i
		re[16], im[16], re[48], im[48] = e2r+o2r, e2i+o2i, e2r-o2r, e2i-o2i
		re[24], im[24], re[56], im[56] = e3r+o3r, e3i+o3i, e3r-o3r, e3i-o3i
	}
}

func multiply(ar, ai, br, bi float64) (re, im float64) { return ar*br - ai*bi, ar*bi + ai*br }
