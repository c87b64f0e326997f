package poisson

// relaxer is Gauss–Seidel on a stencil: rows in four colours (parity of z and y), even and odd
// unknowns within a row. For the 5- and 7-point stencils this decouples like red-black ordering does;
// for the 9- and 27-point stencils of coarse grids it is the four- and eight-colour ordering.
type relaxer struct {
	*stencil
	inverse []float64   // of the diagonal; 0 for an unknown without equation
	inRow   []float64   // the coupling with the next in the row
	acc     [][]float64 // a row for each worker
	omega   float64
}

func newRelaxer(m *stencil, omega float64, threads int) *relaxer {
	r := &relaxer{stencil: m, omega: omega, inverse: invert(m.d)}
	n := workers(m.size(), threads)
	for a := range 2 {
		if m.wrap[a] && m.n[a]%2 != 0 {
			n = 1 // rows of one colour meet at the seam
		}
	}
	for range n {
		r.acc = append(r.acc, make([]float64, m.n[2]))
	}
	for k, o := range m.offsets {
		if o == (offset{0, 0, 1}) {
			r.inRow = m.a[k]
		}
	}
	if r.inRow == nil {
		r.inRow = make([]float64, m.size())
	}
	return r
}

// invert returns the reciprocals, 0 for 0.
func invert(d []float64) []float64 {
	v := make([]float64, len(d))
	for i, x := range d {
		if x != 0 {
			v[i] = 1 / x
		}
	}
	return v
}

// sweep relaxes every unknown once; reversed, in exactly the opposite order, which makes the
// two together a symmetric operator.
func (r *relaxer) sweep(u, f []float64, reverse bool) {
	for c := range 4 {
		if reverse {
			c = 3 - c
		}
		r.colour(u, f, c>>1, c&1, reverse)
	}
}

func (r *relaxer) colour(u, f []float64, pz, py int, reverse bool) {
	nz, ny := (r.n[0]-pz+1)/2, (r.n[1]-py+1)/2
	inParallel(nz*ny, len(r.acc), func(worker, from, to int) {
		for k := from; k < to; k++ {
			row := k
			if reverse {
				row = nz*ny - 1 - k
			}
			r.relaxRow(u, f, pz+2*(row/ny), py+2*(row%ny), reverse, r.acc[worker])
		}
	})
}

// lexicographic relaxes every unknown once in the order of memory.
func (r *relaxer) lexicographic(u, f []float64) {
	for z := range r.n[0] {
		for y := range r.n[1] {
			acc := r.acc[0]
			r.others(acc, r.row(f, z, y), u, z, y)
			row, a, inv := r.row(u, z, y), r.row(r.inRow, z, y), r.row(r.inverse, z, y)
			for i := range row {
				r.relaxOne(row, acc, a, inv, i)
			}
		}
	}
}

func (r *relaxer) relaxRow(u, f []float64, z, y int, reverse bool, acc []float64) {
	r.others(acc, r.row(f, z, y), u, z, y)
	row, a, inv := r.row(u, z, y), r.row(r.inRow, z, y), r.row(r.inverse, z, y)
	n := len(row)
	if !reverse {
		for p := range min(2, n) {
			if p == 0 {
				r.relaxOne(row, acc, a, inv, 0)
			}
			r.relaxInner(row, acc, a, inv, 2-p)
			if last := n - 1; last > 0 && last%2 == p {
				r.relaxOne(row, acc, a, inv, last)
			}
		}
		return
	}
	for p := min(2, n) - 1; p >= 0; p-- {
		// The last unknown first: it meets the first one across a periodic seam of odd length.
		if last := n - 1; last > 0 && last%2 == p {
			r.relaxOne(row, acc, a, inv, last)
		}
		r.relaxInner(row, acc, a, inv, 2-p)
		if p == 0 {
			r.relaxOne(row, acc, a, inv, 0)
		}
	}
}

// relaxInner relaxes start, start+2, … short of the last unknown; none couples with another.
func (r *relaxer) relaxInner(u, acc, a, inv []float64, start int) {
	n := len(u)
	acc, a, inv = acc[:n], a[:n], inv[:n]
	keep, w := 1-r.omega, r.omega
	if keep == 0 {
		for i := start; i < n-1; i += 2 {
			u[i] = (acc[i] - a[i-1]*u[i-1] - a[i]*u[i+1]) * inv[i]
		}
		return
	}
	for i := start; i < n-1; i += 2 {
		u[i] = keep*u[i] + w*(acc[i]-a[i-1]*u[i-1]-a[i]*u[i+1])*inv[i]
	}
}

// relaxOne relaxes one unknown of a row wherever it is.
func (r *relaxer) relaxOne(u, acc, a, inv []float64, i int) {
	n := len(u)
	s := acc[i]
	if i > 0 {
		s -= a[i-1] * u[i-1]
	} else if r.wrap[2] {
		s -= a[n-1] * u[n-1]
	}
	if i < n-1 {
		s -= a[i] * u[i+1]
	} else if r.wrap[2] {
		s -= a[i] * u[0]
	}
	u[i] = (1-r.omega)*u[i] + r.omega*s*inv[i]
}
