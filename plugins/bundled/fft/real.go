package fft

import "slices"

// Real transforms real arrays to their spectra and back. Of the last axis the spectrum has only
// the coefficients 0 … Kept−1, at most n/2+1 of n; the others follow from symmetry. Along
// the other axes it has them all, in the usual order 0, 1, …, −2, −1.
type Real struct {
	n, kept, rows int // of the last axis; number of rows
	half          *kernel
	twiddle       []complex128 // exp(−2πi k/n), k ≤ n/4, for even n
	axes          []axis       // the others, from the last but one
	columns       []complex128 // spectrum after their inverse; nil without such axes
	work          [][]complex128
}

// NewReal plans transforms of real arrays of the given shape. It panics if an extent is not
// positive or Kept is more than n/2+1.
func NewReal(o Options, shape ...int) *Real {
	size := product(shape)
	n := shape[len(shape)-1]
	p := &Real{n: n, kept: o.Kept, rows: size / n}
	if p.kept == 0 {
		p.kept = n/2 + 1
	}
	if p.kept > n/2+1 {
		panic("fft: more coefficients kept than there are")
	}
	length := n
	if n%2 == 0 {
		length = n / 2
		for k := range n/4 + 1 {
			p.twiddle = append(p.twiddle, root(k, n))
		}
	}
	p.half = newKernel(length)
	need := length + p.half.workLen(1)
	inner := p.kept
	for _, m := range slices.Backward(shape[:len(shape)-1]) {
		a := newAxis(p.rows*p.kept/(m*inner), m, inner)
		p.axes = append(p.axes, a)
		need = max(need, a.workLen())
		inner *= m
	}
	if len(p.axes) > 0 {
		p.columns = make([]complex128, p.rows*p.kept)
	}
	p.work = workspaces(o.Threads, need)
	return p
}

// Clone returns a plan that shares the tables, for use by another goroutine.
func (p *Real) Clone() *Real {
	c := *p
	c.columns = make([]complex128, len(p.columns))
	c.work = workspaces(len(p.work), len(p.work[0]))
	return &c
}

// Kept is the extent of the last axis of the spectrum.
func (p *Real) Kept() int { return p.kept }

// SpectrumLen is the number of elements of the spectrum.
func (p *Real) SpectrumLen() int { return p.rows * p.kept }

// Scale is what Inverse(Forward(x)) must be multiplied by to be x again.
func (p *Real) Scale() float64 { return 1 / (float64(p.rows) * float64(p.n)) }

// Forward computes the spectrum of src.
func (p *Real) Forward(dst []complex128, src []float64) {
	if len(p.work) == 1 {
		p.forwardRows(dst, src, 0, p.rows, p.work[0])
	} else {
		p.shareRows(func(lo, hi int, work []complex128) { p.forwardRows(dst, src, lo, hi, work) })
	}
	for i := range p.axes {
		p.axes[i].transform(dst, dst, false, p.work)
	}
}

// Inverse computes the array whose spectrum is src, times 1/Scale. Of coefficients that are their
// own mirror image the imaginary part is ignored.
func (p *Real) Inverse(dst []float64, src []complex128) {
	columns := src
	if last := len(p.axes) - 1; last >= 0 { // the rows come last, the reverse of Forward
		columns = p.columns
		p.axes[last].transform(columns, src, true, p.work)
		for i := last - 1; i >= 0; i-- {
			p.axes[i].transform(columns, columns, true, p.work)
		}
	}
	p.inverseAll(dst, columns)
}

// inverseAll does all the rows.
func (p *Real) inverseAll(dst []float64, src []complex128) {
	if len(p.work) == 1 {
		p.inverseRows(dst, src, 0, p.rows, p.work[0])
		return
	}
	p.shareRows(func(lo, hi int, work []complex128) { p.inverseRows(dst, src, lo, hi, work) })
}

// shareRows splits the rows among the goroutines.
func (p *Real) shareRows(do func(lo, hi int, work []complex128)) {
	share(p.rows, len(p.work), func(w, lo, hi int) { do(lo, hi, p.work[w]) })
}

func (p *Real) forwardRows(dst []complex128, src []float64, lo, hi int, work []complex128) {
	z, work := work[:p.half.n], work[p.half.n:]
	for r := lo; r < hi; r++ {
		x, y := src[r*p.n:][:p.n], dst[r*p.kept:][:p.kept]
		if p.n%2 == 1 {
			for i, v := range x {
				z[i] = complex(v, 0)
			}
			p.half.run(view{z, 1}, view{z, 1}, 1, false, work)
			copy(y, z)
			continue
		}
		for i := range z {
			pair := (*[2]float64)(x[2*i:])
			z[i] = complex(pair[0], pair[1])
		}
		p.half.run(view{z, 1}, view{z, 1}, 1, false, work)
		p.split(y, z)
	}
}

// ForwardPairs is Forward for a single axis of even length, with the points 2i and 2i+1 in the real
// and imaginary part of src[i]. It overwrites src. Working on the pairs saves rearranging them.
func (p *Real) ForwardPairs(dst, src []complex128) {
	z := src[:p.half.n]
	p.half.run(view{z, 1}, view{z, 1}, 1, false, p.work[0])
	p.split(dst[:p.kept], z)
}

// InversePairs is Inverse to pairs, see ForwardPairs.
func (p *Real) InversePairs(dst, src []complex128) {
	z := dst[:p.half.n]
	p.join(z, src[:p.kept])
	p.half.run(view{z, 1}, view{z, 1}, 1, true, p.work[0])
}

// split makes the spectrum y of a real row from the transform z of its pairs: with E and O the
// spectra of the even and odd points, z = E + iO and y_k = E_k + w^k O_k.
func (p *Real) split(y, z []complex128) {
	h := len(z)
	y[0] = complex(real(z[0])+imag(z[0]), 0)
	if h < len(y) {
		y[h] = complex(real(z[0])-imag(z[0]), 0)
	}
	top := min((h-1)/2, len(y)-1)
	w := p.twiddle[:top+1]
	for k := 1; k < len(w); k++ {
		a, b := z[k], z[h-k]
		e := complex(0.5*(real(a)+real(b)), 0.5*(imag(a)-imag(b)))
		o := complex(0.5*(imag(a)+imag(b)), 0.5*(real(b)-real(a))) * w[k]
		y[k] = e + o
		if h-k < len(y) {
			y[h-k] = complex(real(e)-real(o), imag(o)-imag(e))
		}
	}
	if h%2 == 0 && h/2 < len(y) {
		y[h/2] = complex(real(z[h/2]), -imag(z[h/2]))
	}
}

func (p *Real) inverseRows(dst []float64, src []complex128, lo, hi int, work []complex128) {
	z, work := work[:p.half.n], work[p.half.n:]
	for r := lo; r < hi; r++ {
		x, y := dst[r*p.n:][:p.n], src[r*p.kept:][:p.kept]
		if p.n%2 == 1 {
			clear(z)
			z[0] = complex(real(y[0]), 0)
			for k := 1; k < len(y); k++ {
				z[k], z[p.n-k] = y[k], complex(real(y[k]), -imag(y[k]))
			}
			p.half.run(view{z, 1}, view{z, 1}, 1, true, work)
			for i, v := range z {
				x[i] = real(v)
			}
			continue
		}
		p.join(z, y)
		p.half.run(view{z, 1}, view{z, 1}, 1, true, work)
		for i, v := range z {
			pair := (*[2]float64)(x[2*i:])
			pair[0], pair[1] = real(v), imag(v)
		}
	}
}

// join is the inverse of split, times 2: coefficients beyond the end of y are zero.
func (p *Real) join(z, y []complex128) {
	h := len(z)
	z[0] = complex(real(y[0]), real(y[0]))
	if h < len(y) {
		z[0] = complex(real(y[0])+real(y[h]), real(y[0])-real(y[h]))
	}
	w := p.twiddle[:(h+1)/2]
	k := 1
	for ; k < len(w) && h-k >= len(y); k++ { // the upper of the two is zero
		var a complex128
		if k < len(y) {
			a = y[k]
		}
		c := w[k]
		o := complex(real(a)*real(c)+imag(a)*imag(c), imag(a)*real(c)-real(a)*imag(c))
		z[k] = complex(real(a)-imag(o), imag(a)+real(o))
		z[h-k] = complex(real(a)+imag(o), real(o)-imag(a))
	}
	for ; k < len(w); k++ {
		a, b, c := y[k], y[h-k], w[k]
		e := complex(real(a)+real(b), imag(a)-imag(b))
		o := complex(real(a)-real(b), imag(a)+imag(b)) * complex(real(c), -imag(c))
		z[k] = complex(real(e)-imag(o), imag(e)+real(o))
		z[h-k] = complex(real(e)+imag(o), real(o)-imag(e))
	}
	if h%2 == 0 {
		z[h/2] = 0
		if h/2 < len(y) {
			z[h/2] = complex(2*real(y[h/2]), -2*imag(y[h/2]))
		}
	}
}
