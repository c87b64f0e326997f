package fft

import "slices"

// Kind is a real transform of n points along an axis. X is what goes in, Y what comes out;
// sums are over all j unless said. The names in brackets are FFTW's.
type Kind int

const (
	// DST1 [RODFT00] has Dirichlet ends outside the points, x_j = (j+1)/(n+1):
	// Y_k = 2 Σ X_j sin(π(j+1)(k+1)/(n+1)). It is its own inverse.
	DST1 Kind = iota
	// DCT1 [REDFT00] has Neumann ends on the points, x_j = j/(n−1), n ≥ 2:
	// Y_k = X_0 + (−1)^k X_{n−1} + 2 Σ_{0<j<n−1} X_j cos(πjk/(n−1)). It is its own inverse.
	DCT1
	// DST3 [RODFT01] has a Dirichlet end before the first point and a Neumann end on the last,
	// x_j = (j+1)/n: Y_k = (−1)^k X_{n−1} + 2 Σ_{j<n−1} X_j sin(π(j+1)(k+½)/n). Its inverse is DST2.
	DST3
	// DCT3 [REDFT01] has a Neumann end on the first point and a Dirichlet end after the last,
	// x_j = j/n: Y_k = X_0 + 2 Σ_{j>0} X_j cos(πj(k+½)/n). Its inverse is DCT2.
	DCT3
	// DST2 [RODFT10] has Dirichlet ends half a cell outside: Y_k = 2 Σ X_j sin(π(j+½)(k+1)/n).
	// Its inverse is DST3.
	DST2
	// DCT2 [REDFT10] has Neumann ends half a cell outside: Y_k = 2 Σ X_j cos(π(j+½)k/n).
	// Its inverse is DCT3.
	DCT2
	// HC [R2HC] is periodic: of the complex transform, the real parts of k = 0 … n/2, then the
	// imaginary parts of k = (n−1)/2 … 1. So Y_k and Y_{n−k} belong to wave number k. Its inverse is
	// HC2R.
	HC
	// HC2R is the inverse of HC.
	HC2R
)

// inverse returns the kind that undoes k, but for its scale.
func (k Kind) inverse() Kind {
	return [...]Kind{DST1: DST1, DCT1: DCT1, DST3: DST2, DCT3: DCT2, DST2: DST3, DCT2: DCT3, HC: HC2R, HC2R: HC}[k]
}

// period is the length of the complex transform that the kind is a part of: transforming back and
// forth multiplies by it.
func (k Kind) period(n int) int {
	switch k {
	case DST1:
		return 2 * (n + 1)
	case DCT1:
		return 2 * (n - 1)
	case HC, HC2R:
		return n
	}
	return 2 * n
}

// Trig transforms real arrays in place, by its own kind of transform along each axis.
type Trig struct {
	size              int
	scale             float64
	forward, backward []trigAxis
	work              [][]complex128
}

// NewTrig plans transforms of arrays of the given shape, with a kind for each axis. It panics if
// the lengths differ, if an extent is not positive, or for DCT1 on fewer than two points.
func NewTrig(o Options, kinds []Kind, shape ...int) *Trig {
	if len(kinds) != len(shape) {
		panic("fft: as many kinds as axes are needed")
	}
	p := &Trig{size: product(shape), scale: 1}
	inner, need := 1, 0
	for i, n := range slices.Backward(shape) {
		if kinds[i] == DCT1 && n < 2 {
			panic("fft: DCT1 needs at least two points")
		}
		outer := p.size / (n * inner)
		f := newTrigAxis(kinds[i], outer, n, inner)
		b := newTrigAxis(kinds[i].inverse(), outer, n, inner)
		p.forward, p.backward = append(p.forward, f), append(p.backward, b)
		need = max(need, f.workLen(), b.workLen())
		p.scale /= float64(kinds[i].period(n))
		inner *= n
	}
	p.work = workspaces(o.Threads, need)
	return p
}

// Clone returns a plan that shares the tables, for use by another goroutine.
func (p *Trig) Clone() *Trig {
	c := *p
	c.work = workspaces(len(p.work), len(p.work[0]))
	return &c
}

// Scale is what x must be multiplied by after Forward and Inverse to be itself again.
func (p *Trig) Scale() float64 { return p.scale }

// Forward transforms x along each axis.
func (p *Trig) Forward(x []float64) { p.run(p.forward, x) }

// Inverse undoes Forward, but for the scale.
func (p *Trig) Inverse(x []float64) { p.run(p.backward, x) }

func (p *Trig) run(axes []trigAxis, x []float64) {
	for i := range axes {
		axes[i].transform(x[:p.size], p.work)
	}
}

// trigAxis transforms an array of shape [outer][n][inner] along its middle axis. The real columns are
// transformed in pairs, as complex ones: all the algorithms are linear over the complex numbers.
type trigAxis struct {
	kernel       *trigKernel
	n            int
	outer, inner int
	tiles        int
	width        int // of the widest tile, in pairs
}

// trigTile is how many pairs of columns are transformed at once.
const trigTile = 8

func newTrigAxis(kind Kind, outer, n, inner int) trigAxis {
	a := trigAxis{kernel: newTrigKernel(kind, n), n: n, outer: outer, inner: inner}
	columns := inner
	if inner == 1 { // rows: the columns of a tile are different rows
		columns = outer
	}
	a.tiles = max(1, columns/(2*trigTile))
	a.width = (columns + a.tiles - 1) / a.tiles
	a.width = (a.width + 1) / 2
	return a
}

func (a *trigAxis) jobs() int {
	if a.inner == 1 {
		return a.tiles
	}
	return a.outer * a.tiles
}

func (a *trigAxis) workLen() int {
	return 2*a.n*a.width + a.kernel.workLen(a.width)
}

// transform does the whole array, by the goroutines that own the workspaces.
func (a *trigAxis) transform(x []float64, work [][]complex128) {
	if len(work) == 1 {
		a.do(x, 0, a.jobs(), work[0])
		return
	}
	share(a.jobs(), len(work), func(w, lo, hi int) { a.do(x, lo, hi, work[w]) })
}

func (a *trigAxis) do(x []float64, lo, hi int, work []complex128) {
	for job := lo; job < hi; job++ {
		// Element i of column c of the tile is x[start + i·step + c·apart].
		columns, step, apart, start := a.inner, a.inner, 1, job/a.tiles*a.n*a.inner
		if a.inner == 1 {
			columns, step, apart, start = a.outer, 1, a.n, 0
		}
		t := job % a.tiles
		first, end := t*columns/a.tiles, (t+1)*columns/a.tiles
		s := (end - first + 1) / 2
		in, out, rest := work[:a.n*s], work[a.n*s:2*a.n*s], work[2*a.n*s:]
		tile := x[start+first*apart:]
		if apart == 1 {
			loadColumns(in, tile, step, end-first)
		} else {
			loadRows(in, tile, apart, end-first, a.n)
		}
		a.kernel.run(out, in, s, rest)
		if apart == 1 {
			storeColumns(tile, out, step, end-first)
		} else {
			storeRows(tile, out, apart, end-first, a.n)
		}
	}
}

func loadColumns(tile []complex128, x []float64, step, columns int) {
	s := (columns + 1) / 2
	for i := range len(tile) / s {
		to, from := tile[i*s:][:s], x[i*step:][:columns]
		for q := range columns / 2 {
			to[q] = complex(from[2*q], from[2*q+1])
		}
		if columns%2 == 1 {
			to[s-1] = complex(from[columns-1], 0)
		}
	}
}

func storeColumns(x []float64, tile []complex128, step, columns int) {
	s := (columns + 1) / 2
	for i := range len(tile) / s {
		from, to := tile[i*s:][:s], x[i*step:][:columns]
		for q := range columns / 2 {
			to[2*q], to[2*q+1] = real(from[q]), imag(from[q])
		}
		if columns%2 == 1 {
			to[columns-1] = real(from[s-1])
		}
	}
}

// chunk is how many points of each row are moved before the next row's, so that the lines of the
// tile stay in cache.
const chunk = 32

func loadRows(tile []complex128, x []float64, apart, rows, n int) {
	s := (rows + 1) / 2
	for lo := 0; lo < n; lo += chunk {
		m := min(chunk, n-lo)
		for q := range s {
			a := x[2*q*apart+lo:][:m]
			to := tile[lo*s+q:]
			if 2*q+1 == rows {
				for i, v := range a {
					to[i*s] = complex(v, 0)
				}
				continue
			}
			b := x[(2*q+1)*apart+lo:][:len(a)]
			for i, v := range a {
				to[i*s] = complex(v, b[i])
			}
		}
	}
}

func storeRows(x []float64, tile []complex128, apart, rows, n int) {
	s := (rows + 1) / 2
	for lo := 0; lo < n; lo += chunk {
		m := min(chunk, n-lo)
		for q := range s {
			a := x[2*q*apart+lo:][:m]
			from := tile[lo*s+q:]
			if 2*q+1 == rows {
				for i := range a {
					a[i] = real(from[i*s])
				}
				continue
			}
			b := x[(2*q+1)*apart+lo:][:len(a)]
			for i := range a {
				v := from[i*s]
				a[i], b[i] = real(v), imag(v)
			}
		}
	}
}
