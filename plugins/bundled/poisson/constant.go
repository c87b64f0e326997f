package poisson

import "math"

// constant is the operator with constant axis coefficients in row form, kept as six numbers, with
// red-black Gauss–Seidel. A half-sweep relaxes one colour: the parity of z+y+x.
type constant struct {
	grid
	c     [3]float64 // K/h² by axis
	diag  float64
	omega float64
	lead  int // the colour relaxed first

	transfer linear
	zeros    []float64 // the row beyond a Dirichlet side
	lines    []line    // the rows in order
	scratch  []scratch // of the workers
}

// scratch are the work rows of one worker.
type scratch struct {
	work   []float64
	rowOf  [2][]float64 // one for each parity: the other parity stays 0
	coarse []float64    // as long as a row of the coarser grid, set by coarsen
	sum    float64
}

// line is where a row and its neighbours across z and y begin; −1 beyond a Dirichlet side.
type line struct {
	at, up, down, front, back int
	parity                    int
}

func newConstant(g grid, omega float64, threads int) *constant {
	m := &constant{grid: g, omega: omega, zeros: make([]float64, g[2].n), scratch: make([]scratch, workers(g.size(), threads))}
	for a := range g {
		m.c[a] = g[a].c()
		m.diag += 2 * m.c[a]
	}
	for w := range m.scratch {
		m.scratch[w].work = make([]float64, g[2].n)
		for p := range m.scratch[w].rowOf {
			m.scratch[w].rowOf[p] = make([]float64, g[2].n)
		}
	}
	nx, ny := g[2].n, g[1].n
	place := func(z, y int) int {
		if z < 0 || y < 0 {
			return -1
		}
		return (z*ny + y) * nx
	}
	for z := range g[0].n {
		for y := range ny {
			m.lines = append(m.lines, line{
				at:     place(z, y),
				up:     place(z, g[1].neighbour(y, -1)),
				down:   place(z, g[1].neighbour(y, 1)),
				front:  place(g[0].neighbour(z, -1), y),
				back:   place(g[0].neighbour(z, 1), y),
				parity: (z + y) & 1,
			})
		}
	}
	return m
}

func (m *constant) rowAt(v []float64, at int) []float64 {
	if at < 0 {
		return m.zeros
	}
	return v[at : at+len(m.zeros) : at+len(m.zeros)]
}

// ends returns the values beyond both ends of a row.
func (m *constant) ends(u []float64) (left, right float64) {
	n := len(u)
	switch x := &m.grid[2]; {
	case x.lo == periodic:
		return u[n-1], u[0]
	default:
		if x.lo == neumann && n > 1 {
			left = u[1]
		}
		if x.hi == neumann && n > 1 {
			right = u[n-2]
		}
	}
	return left, right
}

// sweep does so many sweeps of red-black Gauss–Seidel, the lead colour first, or last if reversed.
// Half-sweeps follow each other through the slowest axis like waves, so that a slab is relaxed
// by all of them while it is in cache; a seam across that axis rules this out, and several workers
// share the rows of one half-sweep after another instead.
func (m *constant) sweep(u, f []float64, sweeps int, reverse bool) {
	colour := m.lead
	if reverse {
		colour ^= 1
	}
	slow := m.slow()
	n, waves := m.grid[slow].n, 2*sweeps
	slab := len(m.lines) / n
	if m.grid[slow].lo == periodic || len(m.scratch) > 1 {
		for k := range waves {
			inParallel(len(m.lines), len(m.scratch), func(_, from, to int) {
				m.halfSweep(u, f, m.lines[from:to], colour^k&1)
			})
		}
		return
	}
	for s := range n + waves - 1 {
		for k := max(0, s-n+1); k <= min(waves-1, s); k++ {
			at := (s - k) * slab
			m.halfSweep(u, f, m.lines[at:at+slab], colour^k&1)
		}
	}
}

// slow is the slowest axis of more than one row or plane.
func (m *constant) slow() int {
	if m.grid[0].n == 1 {
		return 1
	}
	return 0
}

func (m *constant) halfSweep(u, f []float64, lines []line, colour int) {
	w := m.omega / m.diag
	k := coefficients{x: m.c[2] * w, y: m.c[1] * w, z: m.c[0] * w, f: w, keep: 1 - m.omega}
	flat := m.grid[0].n == 1
	for i := range lines {
		l := &lines[i]
		row, start := m.rowAt(u, l.at), (colour^l.parity)&1
		left, right := m.ends(row)
		up, down := m.rowAt(u, l.up), m.rowAt(u, l.down)
		if flat {
			relax2(row, m.rowAt(f, l.at), up, down, start, left, right, &k)
		} else {
			relax3(row, m.rowAt(f, l.at), up, down, m.rowAt(u, l.front), m.rowAt(u, l.back), start, left, right, &k)
		}
	}
}

// coefficients are the operator's, and the factor of f and of the unknown itself, in one expression.
type coefficients struct{ x, y, z, f, keep float64 }

// relax2 relaxes every second unknown of a row from start, 0 or 1.
func relax2(u, f, up, down []float64, start int, left, right float64, k *coefficients) {
	n := len(u)
	f, up, down = f[:n], up[:n], down[:n]
	kx, ky, kf, keep := k.x, k.y, k.f, k.keep
	if n == 1 {
		if start == 0 {
			u[0] = keep*u[0] + kx*(left+right) + ky*(up[0]+down[0]) + kf*f[0]
		}
		return
	}
	i := 1
	if start == 0 {
		u[0] = keep*u[0] + kx*(left+u[1]) + ky*(up[0]+down[0]) + kf*f[0]
		i = 2
	}
	switch {
	case keep == 0 && kx == ky: // most grids of most problems
		for ; i < n-1; i += 2 {
			u[i] = kx*((u[i-1]+u[i+1])+(up[i]+down[i])) + kf*f[i]
		}
	case keep == 0:
		for ; i < n-1; i += 2 {
			u[i] = kx*(u[i-1]+u[i+1]) + ky*(up[i]+down[i]) + kf*f[i]
		}
	default:
		for ; i < n-1; i += 2 {
			u[i] = keep*u[i] + kx*(u[i-1]+u[i+1]) + ky*(up[i]+down[i]) + kf*f[i]
		}
	}
	if i == n-1 {
		u[i] = keep*u[i] + kx*(u[i-1]+right) + ky*(up[i]+down[i]) + kf*f[i]
	}
}

// relax3 is relax2 in three dimensions.
func relax3(u, f, up, down, front, back []float64, start int, left, right float64, k *coefficients) {
	n := len(u)
	f, up, down, front, back = f[:n], up[:n], down[:n], front[:n], back[:n]
	kx, ky, kz, kf, keep := k.x, k.y, k.z, k.f, k.keep
	if n == 1 {
		if start == 0 {
			u[0] = keep*u[0] + kx*(left+right) + ky*(up[0]+down[0]) + kz*(front[0]+back[0]) + kf*f[0]
		}
		return
	}
	i := 1
	if start == 0 {
		u[0] = keep*u[0] + kx*(left+u[1]) + ky*(up[0]+down[0]) + kz*(front[0]+back[0]) + kf*f[0]
		i = 2
	}
	if keep == 0 && kx == ky && ky == kz {
		for ; i < n-1; i += 2 {
			u[i] = kx*((u[i-1]+u[i+1])+(up[i]+down[i])+(front[i]+back[i])) + kf*f[i]
		}
	} else {
		for ; i < n-1; i += 2 {
			u[i] = keep*u[i] + kx*(u[i-1]+u[i+1]) + ky*(up[i]+down[i]) + kz*(front[i]+back[i]) + kf*f[i]
		}
	}
	if i == n-1 {
		u[i] = keep*u[i] + kx*(u[i-1]+right) + ky*(up[i]+down[i]) + kz*(front[i]+back[i]) + kf*f[i]
	}
}

// residual sets r = f − Au.
func (m *constant) residual(r, f, u []float64) {
	inParallel(len(m.lines), len(m.scratch), func(_, from, to int) {
		for i := range m.lines[from:to] {
			l := &m.lines[from+i]
			m.residualRow(m.rowAt(r, l.at), m.rowAt(f, l.at), u, l, 0, 1)
		}
	})
}

// residualRow sets r to the residual of a row with right-hand side fr, at start, start+step, …
func (m *constant) residualRow(r, fr, u []float64, l *line, start, step int) {
	row := m.rowAt(u, l.at)
	up, down := m.rowAt(u, l.up), m.rowAt(u, l.down)
	left, right := m.ends(row)
	k := coefficients{x: m.c[2], y: m.c[1], z: m.c[0], keep: m.diag}
	if m.grid[0].n == 1 {
		residual2(r, fr, row, up, down, start, step, left, right, &k)
	} else {
		residual3(r, fr, row, up, down, m.rowAt(u, l.front), m.rowAt(u, l.back), start, step, left, right, &k)
	}
}

// residual2 sets r to the residual of a row at start, start+step, …; step is 1 or 2, and k.keep the
// diagonal.
func residual2(r, f, u, up, down []float64, start, step int, left, right float64, k *coefficients) {
	n := len(u)
	r, f, up, down = r[:n], f[:n], up[:n], down[:n]
	d, kx, ky := k.keep, k.x, k.y
	if start == 0 {
		beyond := right
		if n > 1 {
			beyond = u[1]
		}
		r[0] = f[0] - d*u[0] + kx*(left+beyond) + ky*(up[0]+down[0])
	}
	i := 1
	if step == 1 {
		for ; i < n-1; i++ {
			r[i] = f[i] - d*u[i] + kx*(u[i-1]+u[i+1]) + ky*(up[i]+down[i])
		}
	} else {
		if start == 0 {
			i = 2
		}
		for ; i < n-1; i += 2 {
			r[i] = f[i] - d*u[i] + kx*(u[i-1]+u[i+1]) + ky*(up[i]+down[i])
		}
	}
	if i == n-1 {
		r[i] = f[i] - d*u[i] + kx*(u[i-1]+right) + ky*(up[i]+down[i])
	}
}

// residual3 is residual2 in three dimensions.
func residual3(r, f, u, up, down, front, back []float64, start, step int, left, right float64, k *coefficients) {
	n := len(u)
	r, f, up, down, front, back = r[:n], f[:n], up[:n], down[:n], front[:n], back[:n]
	d, kx, ky, kz := k.keep, k.x, k.y, k.z
	if start == 0 {
		beyond := right
		if n > 1 {
			beyond = u[1]
		}
		r[0] = f[0] - d*u[0] + kx*(left+beyond) + ky*(up[0]+down[0]) + kz*(front[0]+back[0])
	}
	i := 1
	if step == 1 {
		for ; i < n-1; i++ {
			r[i] = f[i] - d*u[i] + kx*(u[i-1]+u[i+1]) + ky*(up[i]+down[i]) + kz*(front[i]+back[i])
		}
	} else {
		if start == 0 {
			i = 2
		}
		for ; i < n-1; i += 2 {
			r[i] = f[i] - d*u[i] + kx*(u[i-1]+u[i+1]) + ky*(up[i]+down[i]) + kz*(front[i]+back[i])
		}
	}
	if i == n-1 {
		r[i] = f[i] - d*u[i] + kx*(u[i-1]+right) + ky*(up[i]+down[i]) + kz*(front[i]+back[i])
	}
}

// residualNorm returns ‖f − Au‖₂, of the lead colour only if leadOnly.
func (m *constant) residualNorm(f, u []float64, leadOnly bool) float64 {
	inParallel(len(m.lines), len(m.scratch), func(worker, from, to int) {
		w := &m.scratch[worker]
		w.sum = 0
		for i := range m.lines[from:to] {
			l := &m.lines[from+i]
			start, step, r := 0, 1, w.work
			if leadOnly {
				start, step = (m.lead^l.parity)&1, 2
				r = w.rowOf[start]
			}
			m.residualRow(r, m.rowAt(f, l.at), u, l, start, step)
			w.sum += dot(r, r)
		}
	})
	return math.Sqrt(m.sum())
}

// sum adds up the workers' sums.
func (m *constant) sum() float64 {
	s := 0.0
	for w := range m.scratch {
		s += m.scratch[w].sum
	}
	return s
}

// mul sets v = Au and returns uᵀv.
func (m *constant) mul(v, u []float64) float64 {
	inParallel(len(m.lines), len(m.scratch), func(worker, from, to int) {
		w := &m.scratch[worker]
		w.sum = 0
		for i := range m.lines[from:to] {
			l := &m.lines[from+i]
			row := m.rowAt(v, l.at)
			m.residualRow(row, m.zeros, u, l, 0, 1)
			for k := range row {
				row[k] = -row[k]
			}
			w.sum += dot(row, m.rowAt(u, l.at))
		}
	})
	return m.sum()
}
