package poisson

// linear is full weighting and (bi-, tri-)linear interpolation between a grid and the one with twice
// the spacing along some axes.
type linear struct {
	coarse grid
	halve  [3]bool
	first  [3]int
}

// coarsen sets up the transfer to the next coarser grid and returns that grid; false if no axis can
// be halved.
func (m *constant) coarsen() (grid, bool) {
	var may [3]bool
	for a := range m.grid {
		may[a] = m.grid[a].k != 0 && m.grid[a].halves()
	}
	t := linear{coarse: m.grid, halve: strong(m.c, may)}
	for a, h := range t.halve {
		if h {
			t.coarse[a] = m.grid[a].half()
			t.first[a] = m.grid[a].first()
		}
	}
	for w := range m.scratch {
		m.scratch[w].coarse = make([]float64, t.coarse[2].n)
	}
	m.transfer = t
	m.lead = (t.first[0] + t.first[1] + t.first[2]) & 1
	return t.coarse, t.halve != [3]bool{}
}

// share is one coarse index that a fine index of an axis gives to or takes from, with the weight.
type share struct {
	index  int
	weight float64
}

// toCoarse returns where the residual at fine index i of axis a goes.
func (m *constant) toCoarse(a, i int) (s [2]share, n int) {
	t := &m.transfer
	if !t.halve[a] {
		return [2]share{{i, 1}}, 1
	}
	r := i - t.first[a]
	if r&1 == 0 {
		return [2]share{{r / 2, 0.5}}, 1
	}
	ax := &t.coarse[a]
	for _, index := range [2]int{(r+1)/2 - 1, (r + 1) / 2} {
		weight := 0.25
		switch {
		case index >= 0 && index < ax.n:
			if index == 0 && ax.lo == neumann {
				weight += 0.25 // the mirror image gives as much
			}
			if index == ax.n-1 && ax.hi == neumann {
				weight += 0.25
			}
		case ax.lo == periodic:
			index = 0 // the only way out is beyond the last
		default:
			continue
		}
		s[n] = share{index, weight}
		n++
	}
	return s, n
}

// fromCoarse returns what fine index i of axis a is interpolated from.
func (m *constant) fromCoarse(a, i int) (s [2]share, n int) {
	s, n = m.toCoarse(a, i)
	weight := 1.0
	if m.transfer.odd(a, i) {
		weight = 0.5
	}
	for k := range s[:n] {
		s[k].weight = weight
	}
	return s, n
}

func (t *linear) odd(a, i int) bool { return t.halve[a] && (i-t.first[a])&1 != 0 }

// restrict sets coarse to the full weighting of f − Au. If only the lead colour has a
// residual, as after a forward sweep without over-relaxation, half the work is left out.
func (m *constant) restrict(coarse, f, u []float64, leadOnly bool) {
	slow := m.slow()
	n := m.transfer.coarse[slow].n
	slab := len(coarse) / n
	inParallel(n, len(m.scratch), func(worker, from, to int) {
		clear(coarse[from*slab : to*slab])
		m.restrictTo(coarse, f, u, leadOnly, slow, from, to, &m.scratch[worker])
	})
}

// restrictTo adds what goes to the coarse indices [from, to) of the slow axis. The residual of a row on the
// border between two workers is computed by both.
func (m *constant) restrictTo(coarse, f, u []float64, leadOnly bool, slow, from, to int, w *scratch) {
	nxc := m.transfer.coarse[2].n
	nyc := m.transfer.coarse[1].n
	q := w.coarse
	mine := func(a, i int) (s [2]share, n int) {
		all, count := m.toCoarse(a, i)
		for _, x := range all[:count] {
			if a != slow || from <= x.index && x.index < to {
				s[n] = x
				n++
			}
		}
		return s, n
	}
	for z := range m.grid[0].n {
		zs, nz := mine(0, z)
		if nz == 0 {
			continue
		}
		for y := range m.grid[1].n {
			ys, ny := mine(1, y)
			if ny == 0 {
				continue
			}
			m.restrictedRow(q, f, u, &m.lines[z*m.grid[1].n+y], leadOnly, w)
			for _, sz := range zs[:nz] {
				for _, sy := range ys[:ny] {
					at := (sz.index*nyc + sy.index) * nxc
					axpy(coarse[at:at+nxc], sz.weight*sy.weight, q)
				}
			}
		}
	}
}

// restrictedRow sets q to a row's residual, weighted along x.
func (m *constant) restrictedRow(q, f, u []float64, l *line, leadOnly bool, w *scratch) {
	start, step, r := 0, 1, w.work
	if leadOnly {
		start, step = (m.lead^l.parity)&1, 2
		r = w.rowOf[start]
	}
	m.residualRow(r, m.rowAt(f, l.at), u, l, start, step)
	t := &m.transfer
	first := t.first[2]
	switch {
	case !t.halve[2]:
		copy(q, r)
	case leadOnly && start == first:
		for i := range q {
			q[i] = 0.5 * r[2*i+first]
		}
	default:
		m.weightRow(q, r, first)
	}
}

// weightRow sets q to the weighting [¼ ½ ¼] of r about every second entry from first.
func (m *constant) weightRow(q, r []float64, first int) {
	n, last := len(r), len(q)-1
	left, right := m.ends(r)
	at := func(i int) float64 {
		switch {
		case i < 0:
			return left
		case i >= n:
			return right
		}
		return r[i]
	}
	q[0] = 0.5*r[first] + 0.25*(at(first-1)+at(first+1))
	for i := 1; i < last; i++ {
		w := r[2*i+first-1 : 2*i+first+2]
		q[i] = 0.5*w[1] + 0.25*(w[0]+w[2])
	}
	if last > 0 {
		c := 2*last + first
		q[last] = 0.5*r[c] + 0.25*(at(c-1)+at(c+1))
	}
}

// prolong adds the linear interpolant of coarse to u: at the unknowns of one colour, if the next
// half-sweep is about to relax the other one anyway, or at all if colour is −1.
func (m *constant) prolong(u, coarse []float64, colour int) {
	inParallel(len(m.lines), len(m.scratch), func(worker, from, to int) {
		for i := from; i < to; i++ {
			l := &m.lines[i]
			only := -1
			if colour >= 0 {
				only = (colour ^ l.parity) & 1
			}
			e := m.betweenRows(coarse, i/m.grid[1].n, i%m.grid[1].n, m.scratch[worker].coarse)
			m.prolongRow(m.rowAt(u, l.at), e, only)
		}
	})
}

// betweenRows returns the interpolant at row (z, y), at the coarse indices of x: a coarse row itself, or a
// mean of several made in work.
func (m *constant) betweenRows(coarse []float64, z, y int, work []float64) []float64 {
	nyc, nxc := m.transfer.coarse[1].n, m.transfer.coarse[2].n
	zs, nz := m.fromCoarse(0, z)
	ys, ny := m.fromCoarse(1, y)
	if nz == 1 && ny == 1 && zs[0].weight*ys[0].weight == 1 {
		at := (zs[0].index*nyc + ys[0].index) * nxc
		return coarse[at : at+nxc]
	}
	clear(work)
	for _, sz := range zs[:nz] {
		for _, sy := range ys[:ny] {
			at := (sz.index*nyc + sy.index) * nxc
			axpy(work, sz.weight*sy.weight, coarse[at:at+nxc])
		}
	}
	return work
}

// prolongRow adds the interpolant of a coarse row to a row: at all unknowns, or those of parity
// only if that is 0 or 1.
func (m *constant) prolongRow(u, e []float64, only int) {
	t := &m.transfer
	if !t.halve[2] {
		start, step := 0, 1
		if only >= 0 {
			start, step = only, 2
		}
		for i := start; i < len(u); i += step {
			u[i] += e[i]
		}
		return
	}
	first, n := t.first[2], len(u)
	if only < 0 || only == first {
		for i, v := range e {
			u[2*i+first] += v
		}
	}
	if only < 0 || only != first {
		wrap := 0.0
		if m.grid[2].lo == periodic {
			wrap = e[0]
		}
		if first == 1 {
			u[0] += 0.5 * e[0]
		}
		for i := 1; i < len(e); i++ {
			u[2*i+first-1] += 0.5 * (e[i-1] + e[i])
		}
		if last := 2*len(e) - 1 + first; last < n {
			u[last] += 0.5 * (e[len(e)-1] + wrap)
		}
	}
}

// axpy adds a·x to y.
func axpy(y []float64, a float64, x []float64) {
	x = x[:len(y)]
	for i := range y {
		y[i] += a * x[i]
	}
}
