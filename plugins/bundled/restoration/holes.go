package restoration

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// holes are the missing pixels of an h×w image with their biharmonic equations, in groups that do
// not share an equation.
type holes struct {
	h, w    int
	known   []uint8
	groups  []*hole
	laplace []float64 // workspace
	rhs     []float64 // likewise
}

// hole is one group: the symmetric positive definite matrix (Δ²) restricted to its pixels, as
// a banded Cholesky factor or, if that would be large, sparse with an incomplete one.
type hole struct {
	pixels []int // indices into the plane, in order of elimination
	width  int   // of the band, without the diagonal
	banded []float64
	sparse *sparse
	x, b   []float64
}

// bandedWork is how many multiplications a banded factor may take.
const bandedWork = 1.5e8

// newHoles groups the pixels where known is 0 and factors their equations.
func newHoles(ctx context.Context, known []uint8, h, w int) (*holes, error) {
	s := &holes{h: h, w: w, known: known, laplace: make([]float64, h*w), rhs: make([]float64, h*w)}
	position := make([]int, h*w) // in the order of the group
	seen := make([]bool, h*w)
	for p := range known {
		if known[p] != 0 || seen[p] {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		g := &hole{pixels: s.flood(p, seen)}
		s.order(g, position)
		n := len(g.pixels)
		g.x, g.b = make([]float64, n), make([]float64, n)
		var err error
		if float64(n)*float64(g.width)*float64(g.width) <= bandedWork {
			g.banded, err = s.factor(g, position)
		} else {
			g.sparse, err = newSparse(n, func(i int, visit func(j int, v float64)) {
				s.row(g.pixels[i], func(q int, v float64) {
					if j := position[q]; known[q] == 0 && j <= i {
						visit(j, v)
					}
				})
			})
		}
		if err != nil {
			return nil, err
		}
		s.groups = append(s.groups, g)
	}
	return s, nil
}

// flood returns the missing pixels coupled with p.
func (s *holes) flood(p int, seen []bool) []int {
	seen[p] = true
	group := []int{p}
	for next := 0; next < len(group); next++ {
		s.row(group[next], func(q int, _ float64) {
			if s.known[q] == 0 && !seen[q] {
				seen[q] = true
				group = append(group, q)
			}
		})
	}
	return group
}

// order sorts the pixels by rows or by columns, whichever makes the narrower band.
func (s *holes) order(g *hole, position []int) {
	place := func() {
		for i, p := range g.pixels {
			position[p] = i
		}
		g.width = 0
		for i, p := range g.pixels {
			s.row(p, func(q int, _ float64) {
				if s.known[q] == 0 {
					g.width = max(g.width, i-position[q])
				}
			})
		}
	}
	slices.SortFunc(g.pixels, func(p, q int) int {
		if c := p%s.w - q%s.w; c != 0 {
			return c
		}
		return p - q
	})
	place()
	columns := g.width
	byColumns := slices.Clone(g.pixels)
	slices.Sort(g.pixels)
	place()
	if columns < g.width {
		g.pixels = byColumns
		place()
	}
}

// row visits the nonzeros of row p of Δ², those twice where two paths lead once.
func (s *holes) row(p int, visit func(q int, v float64)) {
	y, x := p/s.w, p%s.w
	if y >= 2 && y < s.h-2 && x >= 2 && x < s.w-2 {
		w := s.w
		visit(p-2*w, 1)
		visit(p-w-1, 2)
		visit(p-w, -8)
		visit(p-w+1, 2)
		visit(p-2, 1)
		visit(p-1, -8)
		visit(p, 20)
		visit(p+1, -8)
		visit(p+2, 1)
		visit(p+w-1, 2)
		visit(p+w, -8)
		visit(p+w+1, 2)
		visit(p+2*w, 1)
		return
	}
	var sum [25]float64 // offsets −2 … 2
	s.laplacianRow(p, func(q int, v float64) {
		s.laplacianRow(q, func(r int, u float64) {
			sum[(r/s.w-y+2)*5+r%s.w-x+2] += u * v
		})
	})
	for i, v := range sum {
		if v != 0 {
			visit(p+(i/5-2)*s.w+i%5-2, v)
		}
	}
}

// laplacianRow visits row p of Δ.
func (s *holes) laplacianRow(p int, visit func(q int, v float64)) {
	y, x := p/s.w, p%s.w
	degree := 0.0
	neighbour := func(inside bool, q int) {
		if inside {
			visit(q, 1)
			degree++
		}
	}
	neighbour(y > 0, p-s.w)
	neighbour(x > 0, p-1)
	neighbour(x < s.w-1, p+1)
	neighbour(y < s.h-1, p+s.w)
	visit(p, -degree)
}

// applyLaplacian sets dst = Δx.
func (s *holes) applyLaplacian(dst, x []float64) {
	h, w := s.h, s.w
	for y := range h {
		row, out := x[y*w:(y+1)*w], dst[y*w:(y+1)*w]
		above, below := row, row
		if y > 0 {
			above = x[(y-1)*w : y*w]
		}
		if y < h-1 {
			below = x[(y+1)*w : (y+2)*w]
		}
		above, below, out = above[:len(row)], below[:len(row)], out[:len(row)]
		last := len(row) - 1
		for j := 1; j < last; j++ {
			out[j] = above[j] + below[j] + row[j-1] + row[j+1] - 4*row[j]
		}
		out[0] = above[0] + below[0] + row[min(1, last)] - 3*row[0]
		out[last] = above[last] + below[last] + row[max(last-1, 0)] - 3*row[last]
	}
}

// fill replaces the missing pixels of x and returns the most iterations that took.
func (s *holes) fill(ctx context.Context, x []float64, tolerance float64) (int, error) {
	low, high := math.Inf(1), math.Inf(-1)
	for p, v := range x {
		if s.known[p] == 0 {
			x[p] = 0
			continue
		}
		low, high = min(low, v), max(high, v)
	}
	s.applyLaplacian(s.laplace, x)
	s.applyLaplacian(s.rhs, s.laplace)
	most := 0
	for _, g := range s.groups {
		for i, p := range g.pixels {
			g.b[i] = -s.rhs[p]
		}
		if g.sparse != nil {
			k, err := g.sparse.solve(ctx, g.x, g.b, tolerance)
			if err != nil {
				return k, err
			}
			most = max(most, k)
		} else {
			solveBanded(g.x, g.b, g.banded, g.width)
		}
		for i, p := range g.pixels {
			x[p] = min(max(g.x[i], low), high)
		}
	}
	return most, ctx.Err()
}

// factor returns the Cholesky factor of a group, rows of width + 1 with the diagonal last.
func (s *holes) factor(g *hole, position []int) ([]float64, error) {
	n, stride := len(g.pixels), g.width+1
	f := make([]float64, n*stride)
	for i, p := range g.pixels {
		s.row(p, func(q int, v float64) {
			if j := position[q]; s.known[q] == 0 && j <= i {
				f[i*stride+g.width-i+j] += v
			}
		})
	}
	for i := range n {
		row := f[i*stride : (i+1)*stride]
		first := max(i-g.width, 0)
		for j := first; j < i; j++ {
			// Columns first … j − 1 of both rows.
			other := f[j*stride : (j+1)*stride]
			from := max(first, j-g.width)
			a := row[g.width-i+from : g.width-i+j]
			b := other[g.width-j+from : g.width]
			row[g.width-i+j] = (row[g.width-i+j] - dot(a, b)) / other[g.width]
		}
		pivot := row[g.width] - dot(row[:g.width], row[:g.width])
		if !(pivot > 0) {
			return nil, fmt.Errorf("biharmonic: pivot %d of a group of %d pixels is %g, expected above 0", i, n, pivot)
		}
		row[g.width] = math.Sqrt(pivot)
	}
	return f, nil
}

// solveBanded solves f fᵀ x = b.
func solveBanded(x, b, f []float64, width int) {
	n, stride := len(x), width+1
	for i := range n {
		row := f[i*stride : (i+1)*stride]
		first := max(i-width, 0)
		x[i] = (b[i] - dot(row[width-i+first:width], x[first:i])) / row[width]
	}
	for i := n - 1; i >= 0; i-- {
		row := f[i*stride : (i+1)*stride]
		first := max(i-width, 0)
		x[i] /= row[width]
		addScaled(x[first:i], row[width-i+first:width], -x[i])
	}
}
