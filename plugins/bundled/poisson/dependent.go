package poisson

import (
	"context"
	"math/bits"
)

// dependent is operator-dependent interpolation between a stencil's grid and the coarser one of
// every second unknown along some axes: the interpolant satisfies the homogeneous equations,
// collapsed onto the lines (planes) between coarse unknowns, so that it bends where the coefficients
// jump (Alcouffe, Brandt, Dendy & Painter 1981; Dendy 1982, black box multigrid).
// Its transpose restricts.
type dependent struct {
	fine   *stencil
	n      [3]int // coarse unknowns
	halve  [3]bool
	first  [3]int
	offs   []offset    // from a coarse unknown to the fine unknowns it reaches
	weight [][]float64 // weight[k][I] for offs[k], 0 if there is no such fine unknown
	index  [27]int     // of an offset in offs
	family [3][]parents
}

// parents are the coarse indices along one axis that a fine index depends on: the one it is a step
// of 0 or 1 from, and the one it is a step of −1 from; an unused one is −1.
type parents [2]int

// newDependent chooses the axes to coarsen and computes the interpolation; nil if nothing can
// be coarsened.
func newDependent(ctx context.Context, m *stencil, lo [3]bool) *dependent {
	t := &dependent{fine: m, n: m.n}
	var may [3]bool
	for a, n := range m.n {
		may[a] = n >= 3
		if m.wrap[a] {
			may[a] = n >= 5 // the coarser one must not meet itself across the seam
		}
	}
	t.halve = strong(m.strengths(), may)
	if t.halve == [3]bool{} {
		return nil
	}
	for a, n := range m.n {
		if !t.halve[a] {
			continue
		}
		if lo[a] && !m.wrap[a] {
			t.first[a] = 1
		}
		t.n[a] = (n - t.first[a] + 1) / 2
	}
	reach := func(a int) (int, int) {
		if t.halve[a] {
			return -1, 1
		}
		return 0, 0
	}
	z0, z1 := reach(0)
	y0, y1 := reach(1)
	x0, x1 := reach(2)
	for z := z0; z <= z1; z++ {
		for y := y0; y <= y1; y++ {
			for x := x0; x <= x1; x++ {
				t.index[offset{z, y, x}.at()] = len(t.offs)
				t.offs = append(t.offs, offset{z, y, x})
				t.weight = append(t.weight, make([]float64, t.coarseSize()))
			}
		}
	}
	for a, n := range m.n {
		for i := range n {
			t.family[a] = append(t.family[a], t.parentsOf(a, i))
		}
	}
	t.interpolate(ctx)
	return t
}

func (t *dependent) coarseSize() int { return t.n[0] * t.n[1] * t.n[2] }

// strengths returns the mean coupling along each axis, diagonal neighbours projected.
func (m *stencil) strengths() [3]float64 {
	var s [3]float64
	for k, o := range m.offsets {
		sum := 0.0
		for _, v := range m.a[k] {
			sum -= v
		}
		for a := range s {
			if o[a] != 0 {
				s[a] += sum
			}
		}
	}
	return s
}

// parentsOf returns the parents of fine index i along axis a.
func (t *dependent) parentsOf(a, i int) parents {
	if !t.halve[a] {
		return parents{i, -1}
	}
	r := i - t.first[a]
	if r&1 == 0 {
		return parents{r / 2, -1}
	}
	left := (r+1)/2 - 1
	right := left + 1
	if right >= t.n[a] {
		right = -1
		if t.fine.wrap[a] {
			right = 0
		}
	}
	return parents{left, right}
}

// odd says that fine index i of axis a lies between coarse ones.
func (t *dependent) odd(a, i int) bool { return t.halve[a] && (i-t.first[a])&1 != 0 }

// interpolate computes the weights: coarse unknowns, then those between two, four, and eight.
func (t *dependent) interpolate(ctx context.Context) {
	var patterns [8]*pattern
	for p := range patterns {
		patterns[p] = t.newPattern(p)
	}
	n := t.fine.n
	for level := range 4 {
		for z := range n[0] {
			for y := 0; y < n[1] && ctx.Err() == nil; y++ {
				row := 0
				if t.odd(0, z) {
					row |= 1
				}
				if t.odd(1, y) {
					row |= 2
				}
				for x := range n[2] {
					p := row
					if t.odd(2, x) {
						p |= 4
					}
					if bits.OnesCount(uint(p)) == level {
						t.interpolateAt(z, y, x, patterns[p])
					}
				}
			}
		}
	}
}

// pattern is how to interpolate at the fine unknowns that lie between coarse ones along some axes. The
// stencil is collapsed, projected along the other axes, and the weight of a parent is a sum over the
// neighbours towards it, whose own weights are known.
type pattern struct {
	forward, backward []int // for each offset of the stencil and its opposite, the entry it collapses to
	steps             []step
}

// step is one parent of a pattern: its offset in offs, which parent it is along each axis, and the
// collapsed entries and weights to sum up.
type step struct {
	k     int
	which [3]int
	terms []term
}

type term struct{ entry, k int }

// at numbers the entries of a 3×3×3 stencil.
func (o offset) at() int { return (o[0]+1)*9 + (o[1]+1)*3 + o[2] + 1 }

const centre = 13 // offset{}.at()

// newPattern makes the pattern of the axes whose bits are set.
func (t *dependent) newPattern(axes int) *pattern {
	p := &pattern{}
	odd := func(a int) bool { return axes>>a&1 != 0 }
	for _, o := range t.fine.offsets {
		for a := range o {
			if !odd(a) {
				o[a] = 0
			}
		}
		p.forward, p.backward = append(p.forward, o.at()), append(p.backward, o.opposite().at())
	}
	for k, o := range t.offs {
		belongs := true
		s := step{k: k}
		for a := range o {
			belongs = belongs && (o[a] != 0) == odd(a)
			if o[a] < 0 {
				s.which[a] = 1
			}
		}
		if !belongs {
			continue
		}
		for mask := 1; mask < 8; mask++ {
			if mask&axes != mask {
				continue
			}
			// The neighbour at d towards the parent, and its offset from there.
			d, rest := offset{}, o
			for a := range d {
				if mask>>a&1 != 0 {
					d[a], rest[a] = -o[a], 0
				}
			}
			s.terms = append(s.terms, term{d.at(), t.index[rest.at()]})
		}
		p.steps = append(p.steps, s)
	}
	return p
}

// collapse projects the stencil at an unknown.
func (m *stencil) collapse(z, y, x int, p *pattern, c *[27]float64) {
	*c = [27]float64{}
	i := (z*m.n[1]+y)*m.n[2] + x
	c[centre] = m.d[i]
	for k, o := range m.offsets {
		c[p.forward[k]] += m.a[k][i]
		z1, y1, x1 := z-o[0], y-o[1], x-o[2]
		if uint(z1) >= uint(m.n[0]) || uint(y1) >= uint(m.n[1]) || uint(x1) >= uint(m.n[2]) {
			z1, y1, x1 = m.step(0, z, -o[0]), m.step(1, y, -o[1]), m.step(2, x, -o[2])
			if z1 < 0 || y1 < 0 || x1 < 0 {
				continue
			}
		}
		c[p.backward[k]] += m.a[k][(z1*m.n[1]+y1)*m.n[2]+x1]
	}
}

func (t *dependent) interpolateAt(z, y, x int, p *pattern) {
	var c [27]float64
	t.fine.collapse(z, y, x, p, &c)
	diagonal := c[centre]
	fz, fy, fx := &t.family[0][z], &t.family[1][y], &t.family[2][x]
	for i := range p.steps {
		s := &p.steps[i]
		cz, cy, cx := fz[s.which[0]&1], fy[s.which[1]&1], fx[s.which[2]&1]
		if cz < 0 || cy < 0 || cx < 0 {
			continue
		}
		coarse := (cz*t.n[1]+cy)*t.n[2] + cx
		switch {
		case len(s.terms) == 0:
			t.weight[s.k][coarse] = 1
		case diagonal > 0: // otherwise there is no equation to speak of
			sum := 0.0
			for _, q := range s.terms {
				sum += c[q.entry] * t.weight[q.k][coarse]
			}
			t.weight[s.k][coarse] = -sum / diagonal
		}
	}
}

// galerkin returns PᵀAP, the operator on the coarse grid.
func (t *dependent) galerkin(ctx context.Context) *stencil {
	m := t.fine
	c := &stencil{n: t.n, wrap: m.wrap, d: make([]float64, t.coarseSize())}
	var index [27]int
	for o := range 27 {
		index[o] = -1
		off := offset{o/9 - 1, o/3%3 - 1, o%3 - 1}
		if !off.forward() || !t.mayCouple(off) {
			continue
		}
		index[o] = len(c.offsets)
		c.offsets = append(c.offsets, off)
		c.a = append(c.a, make([]float64, len(c.d)))
	}
	var rows, columns [8]parent
	for z := range m.n[0] {
		for y := 0; y < m.n[1] && ctx.Err() == nil; y++ {
			for x := range m.n[2] {
				p := (z*m.n[1]+y)*m.n[2] + x
				nr := t.gather(z, y, x, &rows)
				c.addProducts(rows[:nr], rows[:nr], m.d[p], &index)
				for k, o := range m.offsets {
					if m.a[k][p] == 0 {
						continue
					}
					nc := t.gather(m.step(0, z, o[0]), m.step(1, y, o[1]), m.step(2, x, o[2]), &columns)
					c.addProducts(rows[:nr], columns[:nc], m.a[k][p], &index)
					c.addProducts(columns[:nc], rows[:nr], m.a[k][p], &index)
				}
			}
		}
	}
	return c
}

// mayCouple says that the fine operator and the interpolation can reach across the offset: along an
// axis the problem does not have nothing does.
func (t *dependent) mayCouple(o offset) bool {
	for a := range o {
		if o[a] != 0 && t.n[a] == 1 && !t.fine.wrap[a] {
			return false
		}
	}
	return true
}

type parent struct {
	at     [3]int
	coarse int
	weight float64
}

// gather collects the coarse unknowns that fine unknown (z, y, x) depends on.
func (t *dependent) gather(z, y, x int, to *[8]parent) int {
	n := 0
	fx := &t.family[2][x]
	for iz, cz := range t.family[0][z] {
		if cz < 0 {
			continue
		}
		for iy, cy := range t.family[1][y] {
			if cy < 0 {
				continue
			}
			for ix, cx := range fx {
				if cx < 0 {
					continue
				}
				coarse := (cz*t.n[1]+cy)*t.n[2] + cx
				o := offset{t.stepOf(0, z, iz), t.stepOf(1, y, iy), t.stepOf(2, x, ix)}
				if w := t.weight[t.index[o.at()]][coarse]; w != 0 {
					to[n] = parent{[3]int{cz, cy, cx}, coarse, w}
					n++
				}
			}
		}
	}
	return n
}

// stepOf is the step along axis a from parent 0 or 1 of fine index i to it.
func (t *dependent) stepOf(a, i, which int) int {
	if !t.odd(a, i) {
		return 0
	}
	return 1 - 2*which
}

// addProducts adds v times the outer product of two sets of weights, the half that is stored.
func (m *stencil) addProducts(rows, columns []parent, v float64, index *[27]int) {
	for r := range rows {
		p := &rows[r]
		for q := range columns {
			s := &columns[q]
			if p.coarse == s.coarse {
				m.d[p.coarse] += v * p.weight * s.weight
				continue
			}
			o := offset{m.delta(0, p.at[0], s.at[0]), m.delta(1, p.at[1], s.at[1]), m.delta(2, p.at[2], s.at[2])}
			if k := index[o.at()]; k >= 0 {
				m.a[k][p.coarse] += v * p.weight * s.weight
			}
		}
	}
}

// delta is the step from i to j along axis a, across the seam if that is shorter.
func (m *stencil) delta(a, i, j int) int {
	d := j - i
	if m.wrap[a] && d > 1 {
		return d - m.n[a]
	}
	if m.wrap[a] && d < -1 {
		return d + m.n[a]
	}
	return d
}

// restrict sets coarse = Pᵀ r.
func (t *dependent) restrict(coarse, r []float64) {
	clear(coarse)
	t.eachRowPair(func(k, c, f int) {
		w := t.weight[k][c : c+t.n[2]]
		t.restrictRow(coarse[c:c+t.n[2]], w, r[f:f+t.fine.n[2]], t.offs[k][2])
	})
}

// prolong adds P·coarse to u.
func (t *dependent) prolong(u, coarse []float64) {
	t.eachRowPair(func(k, c, f int) {
		w := t.weight[k][c : c+t.n[2]]
		t.prolongRow(u[f:f+t.fine.n[2]], w, coarse[c:c+t.n[2]], t.offs[k][2])
	})
}

// eachRowPair calls f for every offset, coarse row and the fine row at that offset from it: where the
// rows begin.
func (t *dependent) eachRowPair(f func(k, coarse, fine int)) {
	for z := range t.n[0] {
		for y := range t.n[1] {
			for k, o := range t.offs {
				fz, fy := t.fineIndex(0, z, o[0]), t.fineIndex(1, y, o[1])
				if fz >= 0 && fy >= 0 {
					f(k, (z*t.n[1]+y)*t.n[2], (fz*t.fine.n[1]+fy)*t.fine.n[2])
				}
			}
		}
	}
}

// fineIndex is the fine index a step from coarse index c along axis a, or −1 off the grid.
func (t *dependent) fineIndex(a, c, step int) int {
	if !t.halve[a] {
		return c
	}
	return t.fine.step(a, 2*c+t.first[a], step)
}

// span returns the coarse indices along x whose fine partner at the step lies within the row,
// [from, to), and the index of the one whose partner lies across the seam, or −1.
func (t *dependent) span(step int) (from, to, seam int) {
	n, first := t.fine.n[2], t.first[2]
	from, to, seam = 0, t.n[2], -1
	if first+step < 0 {
		from = 1
		if t.fine.wrap[2] {
			seam = 0
		}
	}
	if 2*(to-1)+first+step >= n {
		to--
		if t.fine.wrap[2] {
			seam = to
		}
	}
	return from, to, seam
}

func (t *dependent) restrictRow(coarse, w, r []float64, step int) {
	if !t.halve[2] {
		for i, v := range w {
			coarse[i] += v * r[i]
		}
		return
	}
	from, to, seam := t.span(step)
	shift := t.first[2] + step
	for i, v := range w[from:to] {
		coarse[from+i] += v * r[2*(from+i)+shift]
	}
	if seam >= 0 {
		coarse[seam] += w[seam] * r[t.fineIndex(2, seam, step)]
	}
}

func (t *dependent) prolongRow(u, w, coarse []float64, step int) {
	if !t.halve[2] {
		for i, v := range w {
			u[i] += v * coarse[i]
		}
		return
	}
	from, to, seam := t.span(step)
	shift := t.first[2] + step
	for i, v := range w[from:to] {
		u[2*(from+i)+shift] += v * coarse[from+i]
	}
	if seam >= 0 {
		u[t.fineIndex(2, seam, step)] += w[seam] * coarse[seam]
	}
}
