package fft

// trigKernel applies one kind of transform to the s complex columns of an n×s tile. It is immutable.
type trigKernel struct {
	kind   Kind
	n      int
	levels []quarter // DST1 and DCT1: the halves split off; the others: one
	base   *kernel   // DST1 and DCT1: what is left at the end; HC: the transform
	odd    int       // DST1 and DCT1: number of intervals left
}

func newTrigKernel(kind Kind, n int) *trigKernel {
	t := &trigKernel{kind: kind, n: n}
	switch kind {
	case HC, HC2R:
		t.base = newKernel(n)
	case DST1, DCT1:
		t.odd = n + 1
		if kind == DCT1 {
			t.odd = n - 1
		}
		for t.odd%2 == 0 {
			t.odd /= 2
			t.levels = append(t.levels, newQuarter(t.odd))
		}
		t.base = newKernel(2 * t.odd)
	default:
		t.levels = []quarter{newQuarter(n)}
	}
	return t
}

// workLen is the workspace, in elements, that run needs for s columns.
func (t *trigKernel) workLen(s int) int {
	n := 0
	for i := range t.levels {
		n = max(n, (t.levels[i].n+t.levels[i].workRows(s))*s)
	}
	if t.base != nil {
		n = max(n, t.base.n*s+t.base.workLen(s))
	}
	return n
}

// run transforms the columns of x, which it overwrites, into those of y.
func (t *trigKernel) run(y, x []complex128, s int, work []complex128) {
	switch t.kind {
	case DST1:
		t.sine1(y, x, s, work)
	case DCT1:
		t.cosine1(y, x, s, work)
	case DST3: // DCT3 of the reversed sequence, with alternating signs
		reverseRows(x, s)
		t.levels[0].cosine3(y, 0, 1, x, s, work)
		alternate(y, s)
	case DCT3:
		t.levels[0].cosine3(y, 0, 1, x, s, work)
	case DST2:
		alternate(x, s)
		t.levels[0].cosine2(y, x, s, work)
		reverseRows(y, s)
	case DCT2:
		t.levels[0].cosine2(y, x, s, work)
	case HC:
		t.halfComplex(y, x, s, work)
	case HC2R:
		t.fromHalfComplex(y, x, s, work)
	}
}

// sine1 splits the transform over N intervals by the parity of the wave number: the even ones are
// the same transform over N/2 intervals of x_j − x_{N−j}, the odd ones a DST3 of x_j + x_{N−j}. What
// is left at odd N is done as a complex transform of the odd extension.
func (t *trigKernel) sine1(y, x []complex128, s int, work []complex128) {
	intervals, step := t.n+1, 1
	for i := range t.levels {
		level := &t.levels[i]
		h := level.n // x_j lies in row j−1
		sums, rest := work[:h*s], work[h*s:]
		for j := 1; j < h; j++ {
			a, b := x[(j-1)*s:][:s], x[(intervals-j-1)*s:][:s]
			to := sums[(h-j)*s:][:s] // a DST3 is a DCT3 of the reversed sequence
			for q := range a {
				u, v := a[q], b[q]
				a[q], to[q] = u-v, u+v
			}
		}
		mid := x[(h-1)*s:][:s]
		for q, u := range mid {
			sums[q] = 2 * u
		}
		// Wave number 2l+1 of this level is step·(2l+1) of the whole, in row one less.
		level.cosine3(y, step-1, 2*step, sums, s, rest)
		for l := 1; l < h; l += 2 {
			negate(y[(step*(2*l+1)-1)*s:][:s])
		}
		intervals, step = h, 2*step
	}
	n := t.odd
	z, rest := work[:2*n*s], work[2*n*s:]
	clear(z[:s])
	clear(z[n*s : (n+1)*s])
	for j := 1; j < n; j++ {
		from, to, mirror := x[(j-1)*s:][:s], z[j*s:][:s], z[(2*n-j)*s:][:s]
		for q, v := range from {
			to[q], mirror[q] = v, -v
		}
	}
	t.base.run(view{z, s}, view{z, s}, s, false, rest)
	for k := 1; k < n; k++ {
		from, to := z[k*s:][:s], y[(k*step-1)*s:][:s]
		for q, v := range from {
			to[q] = complex(-imag(v), real(v))
		}
	}
}

// cosine1 splits the transform over N intervals like sine1: even wave numbers are the same
// transform of x_j + x_{N−j}, odd ones a DCT3 of x_j − x_{N−j}.
func (t *trigKernel) cosine1(y, x []complex128, s int, work []complex128) {
	intervals, step := t.n-1, 1
	for i := range t.levels {
		level := &t.levels[i]
		h := level.n
		differences, rest := work[:h*s], work[h*s:]
		for j := range h {
			a, b, to := x[j*s:][:s], x[(intervals-j)*s:][:s], differences[j*s:][:s]
			for q := range a {
				u, v := a[q], b[q]
				a[q], to[q] = u+v, u-v
			}
		}
		mid := x[h*s:][:s]
		for q := range mid {
			mid[q] *= 2
		}
		level.cosine3(y, step, 2*step, differences, s, rest)
		intervals, step = h, 2*step
	}
	n := t.odd
	z, rest := work[:2*n*s], work[2*n*s:]
	copy(z, x[:(n+1)*s])
	for j := 1; j < n; j++ {
		copy(z[(2*n-j)*s:][:s], x[j*s:][:s])
	}
	t.base.run(view{z, s}, view{z, s}, s, false, rest)
	for k := range n + 1 {
		copy(y[k*step*s:][:s], z[k*s:][:s])
	}
}

func (t *trigKernel) halfComplex(y, x []complex128, s int, work []complex128) {
	t.base.run(view{x, s}, view{x, s}, s, false, work)
	copy(y[:s], x[:s])
	for k := 1; 2*k <= t.n; k++ {
		a, b := x[k*s:][:s], x[(t.n-k)*s:][:s]
		re, im := y[k*s:][:s], y[(t.n-k)*s:][:s]
		for q := range a {
			u, v := a[q], b[q]
			d := u - v
			im[q] = complex(0.5*imag(d), -0.5*real(d))
			re[q] = complex(0.5*(real(u)+real(v)), 0.5*(imag(u)+imag(v))) // last: it stands at k = n/2
		}
	}
}

func (t *trigKernel) fromHalfComplex(y, x []complex128, s int, work []complex128) {
	for k := 1; 2*k < t.n; k++ {
		re, im := x[k*s:][:s], x[(t.n-k)*s:][:s]
		for q := range re {
			u, v := re[q], complex(-imag(im[q]), real(im[q]))
			re[q], im[q] = u+v, u-v
		}
	}
	t.base.run(view{y, s}, view{x, s}, s, true, work)
}

// quarter does DCT2 and DCT3 of n points by a complex transform of n points (Makhoul, A fast cosine
// transform in one and two dimensions, 1980).
type quarter struct {
	*kernel
	twist []complex128 // exp(πi k/2n)
}

func newQuarter(n int) quarter {
	q := quarter{newKernel(n), make([]complex128, n)}
	for k := range q.twist {
		w := root(k, 4*n)
		q.twist[k] = complex(real(w), -imag(w))
	}
	return q
}

// workRows is the workspace of cosine2 and cosine3 beside their arguments, in rows of s.
func (c *quarter) workRows(s int) int { return c.n + (c.workLen(s)+s-1)/s }

// cosine3 puts Y_k in row first + k·step of y. It overwrites x.
func (c *quarter) cosine3(y []complex128, first, step int, x []complex128, s int, work []complex128) {
	n := c.n
	for k := 1; 2*k <= n; k++ {
		a, b := x[k*s:][:s], x[(n-k)*s:][:s]
		w, v := c.twist[k], c.twist[n-k]
		for q := range a {
			t, u := a[q], b[q]
			b[q] = complex(real(u)+imag(t), imag(u)-real(t)) * v
			a[q] = complex(real(t)+imag(u), imag(t)-real(u)) * w // last: it stands at k = n/2
		}
	}
	z := work[:n*s]
	c.run(view{z, s}, view{x, s}, s, true, work[n*s:])
	for j := 0; 2*j < n; j++ {
		copy(y[(first+2*j*step)*s:][:s], z[j*s:][:s])
	}
	for j := 0; 2*j+1 < n; j++ {
		copy(y[(first+(2*j+1)*step)*s:][:s], z[(n-1-j)*s:][:s])
	}
}

func (c *quarter) cosine2(y, x []complex128, s int, work []complex128) {
	n := c.n
	z := work[:n*s]
	for j := 0; 2*j < n; j++ {
		copy(z[j*s:][:s], x[2*j*s:][:s])
	}
	for j := 0; 2*j+1 < n; j++ {
		copy(z[(n-1-j)*s:][:s], x[(2*j+1)*s:][:s])
	}
	c.run(view{z, s}, view{z, s}, s, false, work[n*s:])
	for q, v := range z[:s] {
		y[q] = 2 * v
	}
	for k := 1; k < n; k++ {
		w := c.twist[k]
		a, b, to := z[k*s:][:s], z[(n-k)*s:][:s], y[k*s:][:s]
		for q := range a {
			// conj(w)·a + w·b
			u, v := a[q]+b[q], b[q]-a[q]
			to[q] = complex(real(w)*real(u)-imag(w)*imag(v), real(w)*imag(u)+imag(w)*real(v))
		}
	}
}

func reverseRows(x []complex128, s int) {
	n := len(x) / s
	for i := range n / 2 {
		a, b := x[i*s:][:s], x[(n-1-i)*s:][:s]
		for q := range a {
			a[q], b[q] = b[q], a[q]
		}
	}
}

// alternate changes the sign of the odd rows.
func alternate(x []complex128, s int) {
	for i := s; i < len(x); i += 2 * s {
		negate(x[i:][:s])
	}
}

func negate(row []complex128) {
	for q, v := range row {
		row[q] = -v
	}
}
