package nse

import (
	"context"
	"math"
	"sync"

	"github.com/solverbench/solverbench/plugins/bundled/fft"
)

// transport computes −u·∇ω + f of a vorticity spectrum. By Basdevant, Technical improvements for direct
// numerical simulation of homogeneous three-dimensional turbulence, 1983, in two dimensions
//
//	−u·∇ω = (∂yy − ∂xx)(uv) − ∂xy(v² − u²).
//
// The pair (u, v) is one complex field z = u + iv, and so are the products uv + i(v² − u²): with
// A and B the transforms of z and of conj(z) at kx ≥ 0, the row kx < 0 of z is that of conj(B).
type transport struct {
	kept, n int
	unit    float64 // 2π/L
	forcing []complex128
	rows    []complex128 // n rows of A then B, later of the products
	workers []worker
	ctx     context.Context // of the solve under way: large grids look at it within a step
	dst, w  []complex128    // of the call under way
}

// worker is what one goroutine needs.
type worker struct {
	columns, row *fft.Columns
	a, b         []complex128 // n × tile
	z            []complex128 // n
}

// tile is how many columns are transformed at once.
const tile = 8

// newTransport computes on n×n points; n ≥ 3·kept−2 avoids aliasing.
func newTransport(e *equation, n, kept, threads int) *transport {
	t := &transport{kept: kept, n: n, unit: 2 * math.Pi / e.length, rows: make([]complex128, n*2*kept), ctx: context.Background()}
	if e.forcing != nil {
		f := newSpectrum(kept)
		e.forcing.copyTo(f)
		t.forcing = f.c
	}
	columns, row := fft.NewColumns(n, tile), fft.NewColumns(n, 1)
	for range threads {
		t.workers = append(t.workers, worker{
			columns.Clone(), row.Clone(),
			make([]complex128, n*tile), make([]complex128, n*tile), make([]complex128, n),
		})
	}
	return t
}

// share lets each worker do its share of the jobs.
func (t *transport) share(jobs int, do func(w *worker, lo, hi int)) {
	n := len(t.workers)
	if n == 1 {
		do(&t.workers[0], 0, jobs)
		return
	}
	var wait sync.WaitGroup
	for i := range t.workers {
		wait.Go(func() { do(&t.workers[i], jobs*i/n, jobs*(i+1)/n) })
	}
	wait.Wait()
}

// rate computes dst from the vorticity w, both spectra as they are laid out in type spectrum. When
// the context has ended it leaves dst unfinished.
func (t *transport) rate(dst, w []complex128) {
	t.dst, t.w = dst, w
	tiles := (t.kept + tile - 1) / tile
	t.share(tiles, t.velocityColumns)
	if t.ctx.Err() != nil {
		return
	}
	t.share(t.n, t.productRows)
	if t.ctx.Err() != nil {
		return
	}
	t.share(tiles, t.rateColumns)
}

// velocityColumns makes the columns of A = (kx + i ky) ω/k² and B = (−kx + i ky) ω/k², the
// transforms of u ± iv where u = ψ_y, v = −ψ_x, and transforms them to y.
func (t *transport) velocityColumns(w *worker, lo, hi int) {
	stride := 2 * t.kept
	for first := lo * tile; first < min(hi*tile, t.kept); first += tile {
		s := min(tile, t.kept-first)
		a, b := w.a[:t.n*s], w.b[:t.n*s]
		clear(a[t.kept*s : (t.n-t.kept+1)*s])
		clear(b[t.kept*s : (t.n-t.kept+1)*s])
		for r := range 2*t.kept - 1 {
			ky, at := r, r
			if r >= t.kept {
				ky, at = r-(2*t.kept-1), r-(2*t.kept-1)+t.n
			}
			y := float64(ky)
			from := t.w[r*t.kept+first:][:s]
			toA, toB := a[at*s:][:s], b[at*s:][:s]
			for q, c := range from {
				x := float64(first + q)
				k2 := x*x + y*y
				if k2 == 0 {
					toA[q], toB[q] = 0, 0
					continue
				}
				scale := 1 / (t.unit * k2)
				p := complex(x*scale*real(c), x*scale*imag(c))
				i := complex(-y*scale*imag(c), y*scale*real(c))
				toA[q], toB[q] = p+i, i-p
			}
		}
		w.columns.Inverse(t.rows[first:], stride, a, s, s)
		w.columns.Inverse(t.rows[t.kept+first:], stride, b, s, s)
	}
}

// productRows transforms each row to x, multiplies, and transforms back: the coefficients C of
// p + iq and D of p − iq, with p = uv and q = v² − u².
func (t *transport) productRows(w *worker, lo, hi int) {
	z, n, kept := w.z, t.n, t.kept
	for y := lo; y < hi; y++ {
		a := t.rows[y*2*kept:][:kept]
		b := t.rows[y*2*kept+kept:][:kept]
		t.velocityRow(z, y)
		w.row.Inverse(z, 1, z, 1, 1)
		for i, c := range z {
			u, v := real(c), imag(c)
			z[i] = complex(u*v, (v-u)*(v+u))
		}
		w.row.Forward(z, 1, z, 1, 1)
		copy(a, z)
		b[0] = complex(real(z[0]), -imag(z[0]))
		for k := 1; k < len(b); k++ {
			c := z[n-k]
			b[k] = complex(real(c), -imag(c))
		}
	}
}

// velocityRow sets z to the coefficients of u + iv along x at row y.
func (t *transport) velocityRow(z []complex128, y int) {
	a := t.rows[y*2*t.kept:][:t.kept]
	b := t.rows[y*2*t.kept+t.kept:][:t.kept]
	copy(z, a)
	clear(z[t.kept : t.n-t.kept+1])
	for k := 1; k < len(b); k++ {
		z[t.n-k] = complex(real(b[k]), -imag(b[k]))
	}
}

// rateColumns transforms C and D along y and combines them: with P = (C + D)/2, Q = (C − D)/2i,
// −u·∇ω has the coefficients (kx² − ky²) P + kx ky Q.
func (t *transport) rateColumns(w *worker, lo, hi int) {
	stride := 2 * t.kept
	scale := t.unit * t.unit / 2 / (float64(t.n) * float64(t.n))
	for first := lo * tile; first < min(hi*tile, t.kept); first += tile {
		s := min(tile, t.kept-first)
		c, d := w.a[:t.n*s], w.b[:t.n*s]
		w.columns.Forward(c, s, t.rows[first:], stride, s)
		w.columns.Forward(d, s, t.rows[t.kept+first:], stride, s)
		for r := range 2*t.kept - 1 {
			ky, at := r, r
			if r >= t.kept {
				ky, at = r-(2*t.kept-1), r-(2*t.kept-1)+t.n
			}
			y := float64(ky)
			to := t.dst[r*t.kept+first:][:s]
			fromC, fromD := c[at*s:][:s], d[at*s:][:s]
			for q := range to {
				x := float64(first + q)
				alpha, beta := scale*(x*x-y*y), scale*x*y
				sum, difference := fromC[q]+fromD[q], fromC[q]-fromD[q]
				to[q] = complex(alpha*real(sum)+beta*imag(difference), alpha*imag(sum)-beta*real(difference))
			}
			if t.forcing != nil {
				for q, f := range t.forcing[r*t.kept+first:][:s] {
					to[q] += f
				}
			}
		}
	}
}

// speed is the largest speed of the flow of vorticity w, without the mean flow.
func (t *transport) speed(w []complex128) float64 {
	t.w = w
	t.velocityColumns(&t.workers[0], 0, (t.kept+tile-1)/tile)
	z, largest := t.workers[0].z, 0.0
	for y := range t.n {
		t.velocityRow(z, y)
		t.workers[0].row.Inverse(z, 1, z, 1, 1)
		for _, c := range z {
			largest = max(largest, real(c)*real(c)+imag(c)*imag(c))
		}
	}
	return math.Sqrt(largest)
}
