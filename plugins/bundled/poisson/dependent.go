package poisson

import "math"

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
}

// parents are the coarse indices along one axis that a fine index depends on, with the steps from
// them; an unused one is −1.
type parents [2]struct{ coarse, step int }

// newDependent chooses the axes to coarsen and computes the interpolation; nil if nothing can
// be coarsened.
func newDependent(m *stencil, lo [3]bool) *dependent {
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
				t.offs = append(t.offs, offset{z, y, x})
				t.weight = append(t.weight, make([]float64, t.coarseSize()))
			}
		}
	}
	t.interpolate()
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
	none := parents{{-1, 0}, {-1, 0}}
	if !t.halve[a] {
		none[0].coarse = i
		return none
	}
	r := i - t.first[a]
	if r >= 0 && r%2 == 0 {
		none[0].coarse = r / 2
		return none
	}
	left := (r+1)/2 - 1
	right := left + 1
	if left >= 0 {
		none[0].coarse, none[0].step = left, 1
	}
	if right >= t.n[a] && t.fine.wrap[a] {
		right = 0
	}
	if right < t.n[a] {
		none[1].coarse, none[1].step = right, -1
	}
	return none
}

// odd says that fine index i of axis a lies between coarse ones.
func (t *dependent) odd(a, i int) bool { return t.halve[a] && (i-t.first[a])&1 != 0 }

// interpolate computes the weights: coarse unknowns, then those between two, four, and eight.
func (t *dependent) interpolate() {
	n := t.fine.n
	for level := range 4 {
		for z := range n[0] {
			for y := range n[1] {
				for x := range n[2] {
					i := [3]int{z, y, x}
					var odd [3]bool
					count := 0
					for a := range odd {
						if odd[a] = t.odd(a, i[a]); odd[a] {
							count++
						}
					}
					if count == level {
						t.interpolateAt(i, odd)
					}
				}
			}
		}
	}
}

// collapsed is a stencil at one unknown as a 3×3×3 block, entries projected along the axes
// that are not odd.
type collapsed [27]float64

func (o offset) at() int { return (o[0]+1)*9 + (o[1]+1)*3 + o[2] + 1 }

func (m *stencil) collapse(i [3]int, odd [3]bool) (c collapsed) {
	p := (i[0]*m.n[1]+i[1])*m.n[2] + i[2]
	c[offset{}.at()] = m.d[p]
	for k, o := range m.offsets {
		for range 2 {
			j, ok := m.moved(i, o)
			if ok {
				v := m.a[k][p]
				if o != m.offsets[k] {
					v = m.a[k][j]
				}
				q := o
				for a := range q {
					if !odd[a] {
						q[a] = 0
					}
				}
				c[q.at()] += v
			}
			o = o.opposite()
		}
	}
	return c
}

// moved returns the unknown at offset o from i.
func (m *stencil) moved(i [3]int, o offset) (int, bool) {
	z, y, x := m.step(0, i[0], o[0]), m.step(1, i[1], o[1]), m.step(2, i[2], o[2])
	return (z*m.n[1]+y)*m.n[2] + x, z >= 0 && y >= 0 && x >= 0
}

func (t *dependent) interpolateAt(i [3]int, odd [3]bool) {
	c := t.fine.collapse(i, odd)
	centre := c[offset{}.at()]
	if centre <= 0 || math.IsNaN(centre) {
		centre = math.Inf(1) // no equation to speak of: interpolate nothing
	}
	ps := [3]parents{t.parentsOf(0, i[0]), t.parentsOf(1, i[1]), t.parentsOf(2, i[2])}
	t.eachParent(ps, func(coarse int, step offset) {
		k := t.offsetIndex(step)
		if step == (offset{}) {
			t.weight[k][coarse] = 1
			return
		}
		// The way to the coarse unknown from here is −step. Sum over the neighbours towards it.
		sum := 0.0
		toward := step.opposite()
		for mask := 1; mask < 8; mask++ {
			var d, rest offset
			ok := true
			for a := range 3 {
				if mask>>a&1 == 0 {
					rest[a] = step[a]
					continue
				}
				d[a] = toward[a]
				ok = ok && toward[a] != 0
			}
			if ok {
				sum += c[d.at()] * t.weight[t.offsetIndex(rest)][coarse]
			}
		}
		t.weight[k][coarse] = -sum / centre
	})
}

// eachParent calls f for each combination of the parents along the axes.
func (t *dependent) eachParent(ps [3]parents, f func(coarse int, step offset)) {
	for _, z := range ps[0] {
		for _, y := range ps[1] {
			for _, x := range ps[2] {
				if z.coarse >= 0 && y.coarse >= 0 && x.coarse >= 0 {
					f((z.coarse*t.n[1]+y.coarse)*t.n[2]+x.coarse, offset{z.step, y.step, x.step})
				}
			}
		}
	}
}

func (t *dependent) offsetIndex(o offset) int {
	k := 0
	for a := range 3 {
		if t.halve[a] {
			k = 3*k + o[a] + 1
		}
	}
	return k
}

// galerkin returns PᵀAP, the operator on the coarse grid.
func (t *dependent) galerkin() *stencil {
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
		for y := range m.n[1] {
			for x := range m.n[2] {
				i := [3]int{z, y, x}
				p := (z*m.n[1]+y)*m.n[2] + x
				nr := t.gather(i, &rows)
				c.addProducts(rows[:nr], rows[:nr], m.d[p], &index)
				for k, o := range m.offsets {
					if m.a[k][p] == 0 {
						continue
					}
					j := [3]int{m.step(0, z, o[0]), m.step(1, y, o[1]), m.step(2, x, o[2])}
					nc := t.gather(j, &columns)
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

// gather collects the coarse unknowns that fine unknown i depends on.
func (t *dependent) gather(i [3]int, to *[8]parent) int {
	n := 0
	pz, py, px := t.parentsOf(0, i[0]), t.parentsOf(1, i[1]), t.parentsOf(2, i[2])
	for _, z := range pz {
		if z.coarse < 0 {
			continue
		}
		for _, y := range py {
			if y.coarse < 0 {
				continue
			}
			for _, x := range px {
				if x.coarse < 0 {
					continue
				}
				coarse := (z.coarse*t.n[1]+y.coarse)*t.n[2] + x.coarse
				w := t.weight[t.offsetIndex(offset{z.step, y.step, x.step})][coarse]
				if w != 0 {
					to[n] = parent{[3]int{z.coarse, y.coarse, x.coarse}, coarse, w}
					n++
				}
			}
		}
	}
	return n
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
