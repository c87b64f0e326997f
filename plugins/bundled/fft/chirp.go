package fft

// chirp is Bluestein's algorithm: with jk = (j² + k² − (k−j)²)/2 a transform of any length is a
// convolution, done by transforms of a smooth length.
type chirp struct {
	n      int
	inner  *kernel
	factor []complex128 // exp(−πi j²/n), j < n
	filter []complex128 // transform of its conjugate, periodically extended, over inner.n
}

func newChirp(n int) *chirp {
	c := &chirp{n: n, inner: newKernel(smooth(2*n - 1)), factor: make([]complex128, n)}
	size := c.inner.n
	c.filter = make([]complex128, size)
	square := 0 // j² mod 2n, without overflow
	for j := range n {
		w := root(square, 2*n)
		square = (square + 2*j + 1) % (2 * n)
		c.factor[j] = w
		w = complex(real(w), -imag(w)) / complex(float64(size), 0)
		c.filter[j] = w
		c.filter[(size-j)%size] = w
	}
	f := view{c.filter, 1}
	c.inner.run(f, f, 1, false, make([]complex128, c.inner.workLen(1)))
	return c
}

// smooth returns the least 2^a 3^b 5^c that is at least n, with a ≥ 1.
func smooth(n int) int {
	for m := n + n%2; ; m += 2 {
		if factor(m) != nil {
			return m
		}
	}
}

func (c *chirp) workLen(s int) int { return c.inner.n*s + c.inner.workLen(s) }

func (c *chirp) run(dst, src view, s int, inverse bool, work []complex128) {
	size := c.inner.n * s
	buffer, rest := work[:size], work[size:]
	for j, w := range c.factor {
		row := buffer[j*s:][:s]
		from := src.data[j*src.stride:][:s]
		if j > 0 && inverse { // the inverse is the forward transform of the reversed sequence
			from = src.data[(c.n-j)*src.stride:][:s]
		}
		for q, x := range from {
			row[q] = x * w
		}
	}
	clear(buffer[c.n*s:])
	b := view{buffer, s}
	c.inner.run(b, b, s, false, rest)
	for j, w := range c.filter {
		row := buffer[j*s:][:s]
		for q := range row {
			row[q] *= w
		}
	}
	c.inner.run(b, b, s, true, rest)
	for j, w := range c.factor {
		row := buffer[j*s:][:s]
		to := dst.data[j*dst.stride:][:s]
		for q, x := range row {
			to[q] = x * w
		}
	}
}
