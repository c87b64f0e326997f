package metrics

import "math"

// The Fourier transform of 64×64 complex planes, real and imaginary parts apart, by 8·8 along each
// axis. The forward transform leaves frequencies in digit-reversed order and the backward one takes
// them in that order, so nothing is ever permuted: see digitReverse.

const side = 64 // of a patch

type plane [side * side]float64

// digitReverse returns the frequency at a position of a forward transform's output along one axis.
func digitReverse(position int) int { return position/8 + position%8*8 }

// twiddles[g][o] is e^{2πi g o/64}.
var twiddles = func() (t [8][8]struct{ re, im float64 }) {
	for g := range t {
		for o := range t[g] {
			t[g][o].im, t[g][o].re = math.Sincos(2 * math.Pi * float64(g*o) / side)
		}
	}
	return t
}()

// forward replaces a plane by its transform Σ x e^{−2πi(…)/64}, unnormalised, in digit-reversed order.
func forward(re, im *plane) {
	// Exchanging the parts conjugates the transform's kernel.
	columns(im, re, 1, 8, true)
	columns(im, re, 8, 1, false)
	rows(im, re, 1, 8, true)
	rows(im, re, 8, 1, false)
}

// backward is the inverse of forward, up to the factor 64².
func backward(re, im *plane) {
	rows(re, im, 8, 1, true)
	rows(re, im, 1, 8, false)
	columns(re, im, 8, 1, true)
	columns(re, im, 1, 8, false)
}

// columns makes one stage of all 64 transforms along the first axis: butterflies of the 8 elements
// group·g + element·o, o = 0 … 7, for each g, and a twiddle factor on each output if it is the first stage.
func columns(re, im *plane, group, element int, twiddled bool) {
	for g := range 8 {
		for j := range side {
			butterfly(re, im, g*group*side+j, element*side, g, twiddled)
		}
	}
}

// rows is columns along the second axis.
func rows(re, im *plane, group, element int, twiddled bool) {
	for i := range side {
		for g := range 8 {
			butterfly(re, im, i*side+g*group, element, g, twiddled)
		}
	}
}

// butterfly transforms 8 elements, start + step·o, in place with the kernel e^{+2πi/8}; output o is then
// multiplied by e^{2πi g o/64} if twiddled.
func butterfly(re, im *plane, start, step, g int, twiddled bool) {
	const mask = side*side - 1 // no index exceeds it; the compiler knows so too
	i0, i1, i2, i3 := start&mask, (start+step)&mask, (start+2*step)&mask, (start+3*step)&mask
	i4, i5, i6, i7 := (start+4*step)&mask, (start+5*step)&mask, (start+6*step)&mask, (start+7*step)&mask

	// Even elements: a transform of length 4.
	ar, ai := re[i0]+re[i4], im[i0]+im[i4]
	br, bi := re[i0]-re[i4], im[i0]-im[i4]
	cr, ci := re[i2]+re[i6], im[i2]+im[i6]
	dr, di := re[i2]-re[i6], im[i2]-im[i6]
	e0r, e0i, e2r, e2i := ar+cr, ai+ci, ar-cr, ai-ci
	e1r, e1i, e3r, e3i := br-di, bi+dr, br+di, bi-dr

	// Odd elements: another, turned by e^{2πi o/8}.
	ar, ai = re[i1]+re[i5], im[i1]+im[i5]
	br, bi = re[i1]-re[i5], im[i1]-im[i5]
	cr, ci = re[i3]+re[i7], im[i3]+im[i7]
	dr, di = re[i3]-re[i7], im[i3]-im[i7]
	o0r, o0i, o2r, o2i := ar+cr, ai+ci, ci-ai, ar-cr
	pr, pi, qr, qi := br-di, bi+dr, br+di, bi-dr
	const h = math.Sqrt2 / 2
	o1r, o1i, o3r, o3i := h*(pr-pi), h*(pr+pi), -h*(qr+qi), h*(qr-qi)

	if !twiddled || g == 0 {
		re[i0], im[i0], re[i4], im[i4] = e0r+o0r, e0i+o0i, e0r-o0r, e0i-o0i
		re[i1], im[i1], re[i5], im[i5] = e1r+o1r, e1i+o1i, e1r-o1r, e1i-o1i
		re[i2], im[i2], re[i6], im[i6] = e2r+o2r, e2i+o2i, e2r-o2r, e2i-o2i
		re[i3], im[i3], re[i7], im[i7] = e3r+o3r, e3i+o3i, e3r-o3r, e3i-o3i
		return
	}
	t := &twiddles[g&7]
	re[i0], im[i0] = e0r+o0r, e0i+o0i
	re[i1], im[i1] = turn(e1r+o1r, e1i+o1i, t[1].re, t[1].im)
	re[i2], im[i2] = turn(e2r+o2r, e2i+o2i, t[2].re, t[2].im)
	re[i3], im[i3] = turn(e3r+o3r, e3i+o3i, t[3].re, t[3].im)
	re[i4], im[i4] = turn(e0r-o0r, e0i-o0i, t[4].re, t[4].im)
	re[i5], im[i5] = turn(e1r-o1r, e1i-o1i, t[5].re, t[5].im)
	re[i6], im[i6] = turn(e2r-o2r, e2i-o2i, t[6].re, t[6].im)
	re[i7], im[i7] = turn(e3r-o3r, e3i-o3i, t[7].re, t[7].im)
}

// turn multiplies two complex numbers.
func turn(ar, ai, br, bi float64) (re, im float64) { return ar*br - ai*bi, ar*bi + ai*br }
