package fft

import "math"

// kernel transforms s interleaved sequences of n elements: element j of sequence q lies at
// row j, column q. It is immutable.
type kernel struct {
	n      int
	passes []pass
	chirp  *chirp // for lengths with other prime factors than 2, 3, 5
}

// pass is one radix of a Stockham transform: m butterflies, each with its twiddle factors
// w^1 … w^(radix−1), for all the sequences that earlier passes have made.
type pass struct {
	radix, m         int
	twiddle, inverse []complex128
}

func newKernel(n int) *kernel {
	k := &kernel{n: n}
	radices := factor(n)
	if radices == nil && n > 1 {
		k.chirp = newChirp(n)
		return k
	}
	m := n
	for _, r := range radices {
		m /= r
		p := pass{radix: r, m: m, twiddle: make([]complex128, 0, m*(r-1))}
		for i := range m {
			for j := 1; j < r; j++ {
				p.twiddle = append(p.twiddle, root(i*j, m*r))
			}
		}
		p.inverse = make([]complex128, len(p.twiddle))
		for i, w := range p.twiddle {
			p.inverse[i] = complex(real(w), -imag(w))
		}
		k.passes = append(k.passes, p)
	}
	return k
}

// factor splits n into radices, the largest powers of two first because the first pass has the
// shortest inner loops; nil if another prime is left over.
func factor(n int) []int {
	var radices []int
	twos, size := 0, n
	for ; n%2 == 0; n /= 2 {
		twos++
	}
	// 4s, and one 8 rather than a lone 2; measured, two 8s rather than three 4s as long as the eight
	// inputs of a butterfly do not all fall in one set of the cache.
	if twos%2 == 1 && twos > 1 {
		radices, twos = append(radices, 8), twos-3
	} else if twos >= 6 && size < 2048 {
		radices, twos = append(radices, 8, 8), twos-6
	}
	for ; twos >= 2; twos -= 2 {
		radices = append(radices, 4)
	}
	for _, r := range []int{5, 3} {
		for ; n%r == 0; n /= r {
			radices = append(radices, r)
		}
	}
	if twos == 1 {
		radices = append(radices, 2)
	}
	if n != 1 {
		return nil
	}
	return radices
}

// root returns exp(−2πi k/n), exact in its symmetries: the angle is reduced to an octant.
func root(k, n int) complex128 {
	k %= n
	octant := 8 * k / n
	// The distance to the nearest multiple of a quarter turn, in 1/(4n) of a turn.
	quarter := (octant + 1) / 2
	sin, cos := math.Sincos(2 * math.Pi * float64(4*k-quarter*n) / float64(4*n))
	switch quarter % 4 {
	case 1:
		sin, cos = cos, -sin
	case 2:
		sin, cos = -sin, -cos
	case 3:
		sin, cos = -cos, sin
	}
	return complex(cos, -sin)
}

// view is a matrix of n rows and s columns in a larger array: row j starts at j·stride.
type view struct {
	data   []complex128
	stride int
}

// workLen is the workspace, in elements, that run needs for s sequences.
func (k *kernel) workLen(s int) int {
	if k.chirp != nil {
		return k.chirp.workLen(s)
	}
	return 2 * k.n * s
}

// run transforms the s columns of src into those of dst, which may be the same view but must not
// otherwise overlap it.
func (k *kernel) run(dst, src view, s int, inverse bool, work []complex128) {
	if k.chirp != nil {
		k.chirp.run(dst, src, s, inverse, work)
		return
	}
	if len(k.passes) == 0 {
		copy(dst.data[:s], src.data[:s])
		return
	}
	size := k.n * s
	a, b := view{work[:size], s}, view{work[size : 2*size], s}
	inPlace := &dst.data[0] == &src.data[0]
	if dst.stride == s && !(inPlace && len(k.passes)%2 == 1) {
		b = dst // one buffer less to keep in cache
	}
	from, done := src, s
	for i := range k.passes {
		p := &k.passes[i]
		last := i == len(k.passes)-1
		to := a
		if (len(k.passes)-1-i)%2 == 0 {
			to = b
		}
		if last {
			to = dst
		}
		p.run(to, from, s, done, inverse, last)
		from, done = to, done*p.radix
	}
}

// run does one pass over s columns; done is s times the product of the radices of earlier passes.
func (p *pass) run(dst, src view, s, done int, inverse, last bool) {
	g := geometry{
		count: p.m, width: done,
		inStep: done, inLeg: p.m * done,
		outStep: p.radix * done, outLeg: done,
		twiddle: p.twiddle, inverse: inverse,
	}
	if inverse {
		g.twiddle = p.inverse
	}
	switch {
	case src.stride != s: // the first pass, reading rows apart from each other
		g.inStep, g.inLeg = src.stride, p.m*src.stride
		if last { // and the only one
			g.outLeg = dst.stride
		}
	case last && dst.stride != s: // writing rows apart from each other: one butterfly a row
		rows := done / s
		g.count, g.width, g.twiddle = rows, s, nil
		g.inStep, g.inLeg = s, done
		g.outStep, g.outLeg = dst.stride, rows*dst.stride
	}
	y, x := dst.data, src.data
	rows := g.width == 1 && g.inStep == 1 && g.count > 1 && g.twiddle != nil
	switch p.radix {
	case 8:
		if rows {
			first8(y, x, &g)
		} else {
			radix8(y, x, &g)
		}
	case 5:
		radix5(y, x, &g)
	case 4:
		if rows {
			first4(y, x, &g)
		} else {
			radix4(y, x, &g)
		}
	case 3:
		radix3(y, x, &g)
	case 2:
		radix2(y, x, &g)
	}
}
