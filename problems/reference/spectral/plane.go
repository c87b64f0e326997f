package spectral

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// FFT2 transforms square arrays [n][n], on all processors. It is not safe for concurrent use.
type FFT2 struct {
	n       int
	workers []worker
}

// worker is what one goroutine needs: a transform of its own and room for a block of columns.
type worker struct {
	line  *FFT
	block []complex128
}

// blockWidth is how many columns are transformed together: rows of them are whole cache lines, and a block
// of some hundred rows stays in the cache.
const blockWidth = 8

// NewFFT2 returns a transform of n×n points.
func NewFFT2(n int) *FFT2 {
	f := &FFT2{n: n}
	processors := 1
	if n >= 128 { // below, starting goroutines costs more than it saves
		processors = runtime.GOMAXPROCS(0)
	}
	for range processors {
		f.workers = append(f.workers, worker{NewFFT(n), make([]complex128, n*blockWidth)})
	}
	return f
}

// Forward replaces x, [n][n], by X_{qp} = Σ_{ji} x_{ji} e^{−2πi(pi+qj)/n}.
func (f *FFT2) Forward(x []complex128) { f.transform(x, false) }

// Inverse is Forward with the opposite sign in the exponent.
func (f *FFT2) Inverse(x []complex128) { f.transform(x, true) }

func (f *FFT2) transform(x []complex128, inverse bool) {
	n := f.n
	f.share((n+blockWidth-1)/blockWidth, func(w *worker, i int) {
		first := i * blockWidth
		width := min(blockWidth, n-first)
		block := w.block[:n*width]
		for j := range n {
			copy(block[j*width:], x[j*n+first:][:width])
		}
		w.line.transform(block, width, inverse)
		for j := range n {
			copy(x[j*n+first:], block[j*width:][:width])
		}
	})
	f.share(n, func(w *worker, j int) {
		w.line.transform(x[j*n:(j+1)*n], 1, inverse)
	})
}

// share calls do for 0 … tasks−1, each once, on the workers.
func (f *FFT2) share(tasks int, do func(w *worker, i int)) {
	if len(f.workers) == 1 {
		for i := range tasks {
			do(&f.workers[0], i)
		}
		return
	}
	var next atomic.Int64
	var group sync.WaitGroup
	for k := range f.workers {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < tasks; i = int(next.Add(1)) - 1 {
				do(&f.workers[k], i)
			}
		})
	}
	group.Wait()
}

// Plane is a real field on a square as Fourier coefficients with |p|, |q| ≤ K:
//
//	u(x, y) = Σ_{pq} c_{pq} e^{2πi(px+qy)/L},  c_{−p,−q} = conj c_{pq},
//
// of which the half p ≥ 0 is kept, c_{pq} at C[(q+K)(K+1) + p].
type Plane struct {
	K int
	C []complex128
}

// NewPlane returns the zero field with modes to K.
func NewPlane(k int) Plane { return Plane{k, make([]complex128, (2*k+1)*(k+1))} }

// PlaneOf returns the trigonometric interpolant of u, [n][n] with row = y, restricted to modes up to k.
// The highest modes of an even number of points are taken as cosines.
func PlaneOf(u []float64, n, k int) Plane {
	z := make([]complex128, n*n)
	for i, v := range u {
		z[i] = complex(v/float64(n*n), 0)
	}
	NewFFT2(n).Forward(z)
	pl := NewPlane(k)
	top := min(k, n/2)
	for q := -top; q <= top; q++ {
		for p := 0; p <= top; p++ {
			v := z[(q+n)%n*n+p]
			if 2*p == n {
				v /= 2
			}
			if 2*q == n || -2*q == n {
				v /= 2
			}
			pl.C[(q+k)*(k+1)+p] = v
		}
	}
	return pl
}

// Sample evaluates the field on m×m equally spaced points from 0, row = y, whether or not they
// resolve it.
func (pl Plane) Sample(m int) []float64 {
	z := make([]complex128, m*m)
	k := pl.K
	for q := -k; q <= k; q++ {
		row, mirror := modulo(q, m)*m, modulo(-q, m)*m
		for p, v := range pl.C[(q+k)*(k+1):][:k+1] {
			z[row+p%m] += v
			if p > 0 {
				z[mirror+modulo(-p, m)] += complex(real(v), -imag(v))
			}
		}
	}
	NewFFT2(m).Inverse(z)
	u := make([]float64, m*m)
	for i, v := range z {
		u[i] = real(v)
	}
	return u
}

func modulo(a, m int) int { return ((a % m) + m) % m }
