package poisson

// stencil is a symmetric matrix on a grid, in symmetric form: each unknown is coupled with its
// neighbours at the offsets and at their opposites.
type stencil struct {
	n       [3]int
	wrap    [3]bool // periodic axes
	offsets []offset
	a       [][]float64 // a[k][i] is the entry of i and i + offsets[k]; 0 where that is off the grid
	d       []float64   // the diagonal
	excess  []float64   // the sum of each row, which is 0 away from Dirichlet sides; nil if not kept
}

// offset is a step to a neighbour, slowest axis first, each −1, 0 or 1.
type offset [3]int

func (o offset) opposite() offset { return offset{-o[0], -o[1], -o[2]} }

// forward says that the step goes to a later unknown, wrapping apart.
func (o offset) forward() bool {
	for _, s := range o {
		if s != 0 {
			return s > 0
		}
	}
	return false
}

// newStencil assembles the operator of the system in symmetric form.
func newStencil(s *system) *stencil {
	g := &s.grid
	m := &stencil{d: make([]float64, g.size()), excess: make([]float64, g.size())}
	for a := range g {
		m.n[a] = g[a].n
		m.wrap[a] = g[a].lo == periodic
	}
	for a := range g {
		if g[a].k != 0 {
			m.addAxis(s, a)
		}
	}
	if s.cross != 0 {
		m.addCross(s)
	}
	return m
}

// addAxis adds the differences along axis a.
func (m *stencil) addAxis(s *system, a int) {
	g := &s.grid
	ax := g[a]
	coupling := make([]float64, len(m.d))
	inner := s.inner(a)
	for o := range s.outer(a) {
		for in := range inner {
			// The weight of the line: that of its place along the other axes.
			w, rest, outer := 1/(ax.h*ax.h), in, o
			for b := 2; b > a; b-- {
				w *= g[b].weight(rest % g[b].n)
				rest /= g[b].n
			}
			for b := a - 1; b >= 0; b-- {
				w *= g[b].weight(outer % g[b].n)
				outer /= g[b].n
			}
			for i := 0; i <= ax.n; i++ {
				c := w * s.face(a, o, i, in)
				here, before := (o*ax.n+i)*inner+in, (o*ax.n+i-1)*inner+in
				switch {
				case i > 0 && i < ax.n:
					coupling[before] = -c
					m.d[before] += c
					m.d[here] += c
				case i == 0 && ax.lo == dirichlet:
					m.d[here] += c
					m.excess[here] += c
				case i == ax.n && ax.hi == dirichlet:
					m.d[before] += c
					m.excess[before] += c
				case i == ax.n && ax.hi == periodic:
					coupling[before] = -c
					m.d[before] += c
					m.d[o*ax.n*inner+in] += c
				}
			}
		}
	}
	var off offset
	off[a] = 1
	m.offsets = append(m.offsets, off)
	m.a = append(m.a, coupling)
}

// addCross adds −2c·u_xy, on Dirichlet or periodic sides.
func (m *stencil) addCross(s *system) {
	y, x := s.grid[1], s.grid[2]
	e := s.cross / (2 * y.h * x.h)
	up, down := make([]float64, len(m.d)), make([]float64, len(m.d))
	for j := range y.n {
		if y.neighbour(j, 1) < 0 {
			continue
		}
		for i := range x.n {
			here := j*x.n + i
			if k := x.neighbour(i, 1); k >= 0 {
				up[here] = -e
				m.excess[here] -= e
				m.excess[y.neighbour(j, 1)*x.n+k] -= e
			}
			if k := x.neighbour(i, -1); k >= 0 {
				down[here] = e
				m.excess[here] += e
				m.excess[y.neighbour(j, 1)*x.n+k] += e
			}
		}
	}
	m.offsets = append(m.offsets, offset{0, 1, 1}, offset{0, 1, -1})
	m.a = append(m.a, up, down)
}

func (m *stencil) size() int { return len(m.d) }

// step returns the index along axis a one step from i, or −1 off the grid.
func (m *stencil) step(a, i, by int) int {
	j := i + by
	switch {
	case j >= 0 && j < m.n[a]:
		return j
	case !m.wrap[a]:
		return -1
	case j < 0:
		return m.n[a] - 1
	default:
		return 0
	}
}

// row returns row (z, y) of v.
func (m *stencil) row(v []float64, z, y int) []float64 {
	nx := m.n[2]
	i := (z*m.n[1] + y) * nx
	return v[i : i+nx : i+nx]
}

// residual sets r = f − Au.
func (m *stencil) residual(r, f, u []float64) {
	for z := range m.n[0] {
		for y := range m.n[1] {
			rr := m.row(r, z, y)
			m.others(rr, m.row(f, z, y), u, z, y)
			ur, dr := m.row(u, z, y), m.row(m.d, z, y)
			for i, d := range dr {
				rr[i] -= d * ur[i]
			}
			for k, o := range m.offsets {
				if o == (offset{0, 0, 1}) {
					m.subtractForward(rr, m.row(m.a[k], z, y), ur, 1)
					m.subtractBackward(rr, m.row(m.a[k], z, y), ur, 1)
				}
			}
		}
	}
}

// residualByDifferences is residual with sums of differences of neighbours in place of differences of
// large sums: where coefficients are large and u is flat it is more accurate by orders of
// magnitude, and slower.
func (m *stencil) residualByDifferences(r, f, u []float64) {
	copy(r, f)
	for i, e := range m.excess {
		r[i] -= e * u[i]
	}
	for k, o := range m.offsets {
		a := m.a[k]
		i := 0
		for z := range m.n[0] {
			z1 := m.step(0, z, o[0])
			for y := range m.n[1] {
				y1 := m.step(1, y, o[1])
				for x := range m.n[2] {
					if x1 := m.step(2, x, o[2]); z1 >= 0 && y1 >= 0 && x1 >= 0 {
						j := (z1*m.n[1]+y1)*m.n[2] + x1
						flux := a[i] * (u[i] - u[j])
						r[i] += flux
						r[j] -= flux
					}
					i++
				}
			}
		}
	}
}

// mul sets v = Au.
func (m *stencil) mul(v, u []float64) {
	clear(v)
	m.residual(v, v, u)
	for i := range v {
		v[i] = -v[i]
	}
}

// others sets acc to f less the couplings of row (z, y) with other rows.
func (m *stencil) others(acc, f, u []float64, z, y int) {
	copy(acc, f)
	for k, o := range m.offsets {
		if o[0] == 0 && o[1] == 0 {
			continue
		}
		if z1, y1 := m.step(0, z, o[0]), m.step(1, y, o[1]); z1 >= 0 && y1 >= 0 {
			m.subtractForward(acc, m.row(m.a[k], z, y), m.row(u, z1, y1), o[2])
		}
		if z1, y1 := m.step(0, z, -o[0]), m.step(1, y, -o[1]); z1 >= 0 && y1 >= 0 {
			m.subtractBackward(acc, m.row(m.a[k], z1, y1), m.row(u, z1, y1), o[2])
		}
	}
}

// subtractForward takes a[i]·u[i+dx] off acc[i].
func (m *stencil) subtractForward(acc, a, u []float64, dx int) {
	n := len(acc)
	a, u = a[:n], u[:n]
	switch dx {
	case 0:
		for i := range acc {
			acc[i] -= a[i] * u[i]
		}
	case 1:
		for i := 1; i < n; i++ {
			acc[i-1] -= a[i-1] * u[i]
		}
		if m.wrap[2] {
			acc[n-1] -= a[n-1] * u[0]
		}
	case -1:
		for i := 1; i < n; i++ {
			acc[i] -= a[i] * u[i-1]
		}
		if m.wrap[2] {
			acc[0] -= a[0] * u[n-1]
		}
	}
}

// subtractBackward takes a[i−dx]·u[i−dx] off acc[i].
func (m *stencil) subtractBackward(acc, a, u []float64, dx int) {
	n := len(acc)
	a, u = a[:n], u[:n]
	switch dx {
	case 0:
		for i := range acc {
			acc[i] -= a[i] * u[i]
		}
	case 1:
		for i := 1; i < n; i++ {
			acc[i] -= a[i-1] * u[i-1]
		}
		if m.wrap[2] {
			acc[0] -= a[n-1] * u[n-1]
		}
	case -1:
		for i := 1; i < n; i++ {
			acc[i-1] -= a[i] * u[i]
		}
		if m.wrap[2] {
			acc[n-1] -= a[0] * u[0]
		}
	}
}

// visit calls f for every stored entry above or below the diagonal of unknown i = (z, y, x).
func (m *stencil) visit(z, y, x int, f func(j int, v float64)) {
	i := (z*m.n[1]+y)*m.n[2] + x
	for k, o := range m.offsets {
		for _, sign := range [2]int{1, -1} {
			z1, y1, x1 := m.step(0, z, sign*o[0]), m.step(1, y, sign*o[1]), m.step(2, x, sign*o[2])
			if z1 < 0 || y1 < 0 || x1 < 0 {
				continue
			}
			j := (z1*m.n[1]+y1)*m.n[2] + x1
			if sign > 0 {
				f(j, m.a[k][i])
			} else {
				f(j, m.a[k][j])
			}
		}
	}
}
