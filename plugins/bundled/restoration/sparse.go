package restoration

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
)

// sparse is a symmetric positive definite matrix and its incomplete Cholesky factor (Meijerink &
// van der Vorst 1977), the lower triangle by rows with the diagonal last.
type sparse struct {
	start         []int32 // of each row, and the end
	column        []int32
	value, factor []float64
	r, z, p, ap   []float64
}

// newSparse builds the matrix of order n; row visits the entries of row i up to the diagonal.
func newSparse(n int, row func(i int, visit func(j int, v float64))) (*sparse, error) {
	type entry struct {
		column int32
		value  float64
	}
	m := &sparse{start: make([]int32, 1, n+1)}
	var entries []entry
	for i := range n {
		entries = entries[:0]
		row(i, func(j int, v float64) { entries = append(entries, entry{int32(j), v}) })
		slices.SortFunc(entries, func(a, b entry) int { return int(a.column - b.column) })
		for _, e := range entries {
			m.column = append(m.column, e.column)
			m.value = append(m.value, e.value)
		}
		m.start = append(m.start, int32(len(m.column)))
	}
	m.factor = make([]float64, len(m.value))
	for _, v := range []*[]float64{&m.r, &m.z, &m.p, &m.ap} {
		*v = make([]float64, n)
	}
	// An incomplete factor need not exist; of a matrix with a larger diagonal it does (Manteuffel 1980).
	for shift := 0.0; shift < 1; shift = max(2*shift, 0.01) {
		if m.incomplete(shift) {
			return m, nil
		}
	}
	return nil, fmt.Errorf("biharmonic: no incomplete factor of a matrix of order %d", n)
}

// incomplete factors the matrix with its diagonal enlarged by shift, in its own pattern.
func (m *sparse) incomplete(shift float64) bool {
	for i := range len(m.start) - 1 {
		columns := m.column[m.start[i]:m.start[i+1]]
		row := m.factor[m.start[i]:m.start[i+1]]
		copy(row, m.value[m.start[i]:m.start[i+1]])
		last := len(row) - 1
		pivot := row[last] * (1 + shift)
		for k, j := range columns[:last] {
			others := m.column[m.start[j]:m.start[j+1]]
			other := m.factor[m.start[j]:m.start[j+1]]
			sum := row[k]
			for a, b := 0, 0; a < k && b < len(others)-1; {
				switch {
				case columns[a] < others[b]:
					a++
				case columns[a] > others[b]:
					b++
				default:
					sum -= row[a] * other[b]
					a++
					b++
				}
			}
			row[k] = sum / other[len(other)-1]
			pivot -= row[k] * row[k]
		}
		if !(pivot > 1e-3*row[last]) {
			return false
		}
		row[last] = math.Sqrt(pivot)
	}
	return true
}

// precondition solves (factor · factorᵀ) z = r.
func (m *sparse) precondition(z, r []float64) {
	for i := range z {
		from, last := m.start[i], m.start[i+1]-1
		columns, row := m.column[from:last], m.factor[from:last]
		sum := r[i]
		for k, j := range columns {
			sum -= row[k] * z[j]
		}
		z[i] = sum / m.factor[last]
	}
	for i := len(z) - 1; i >= 0; i-- {
		from, last := m.start[i], m.start[i+1]-1
		columns, row := m.column[from:last], m.factor[from:last]
		v := z[i] / m.factor[last]
		z[i] = v
		for k, j := range columns {
			z[j] -= row[k] * v
		}
	}
}

// multiply sets y = m x.
func (m *sparse) multiply(y, x []float64) {
	for i, v := range x {
		from, last := m.start[i], m.start[i+1]-1
		columns, row := m.column[from:last], m.value[from:last]
		sum := m.value[last] * v
		for k, j := range columns {
			sum += row[k] * x[j]
			y[j] += row[k] * v
		}
		y[i] = sum
	}
}

// solve sets x to the solution of m x = b by preconditioned conjugate gradients from 0, until the residual
// is below tolerance of b, and returns how many iterations that took.
func (m *sparse) solve(ctx context.Context, x, b []float64, tolerance float64) (int, error) {
	clear(x)
	copy(m.r, b)
	clear(m.p)
	goal := tolerance * tolerance * dot(b, b)
	rz := 0.0
	for k := range 20 * (100 + len(x)) {
		rr := dot(m.r, m.r)
		if rr <= goal {
			return k, nil
		}
		if !finite(rr) {
			return k, errDiverged("biharmonic", k)
		}
		if k%16 == 0 && ctx.Err() != nil {
			return k, ctx.Err()
		}
		m.precondition(m.z, m.r)
		before := rz
		rz = dot(m.r, m.z)
		beta := 0.0
		if k > 0 {
			beta = rz / before
		}
		for i, v := range m.z {
			m.p[i] = v + beta*m.p[i]
		}
		m.multiply(m.ap, m.p)
		step := rz / dot(m.p, m.ap)
		addScaled(x, m.p, step)
		addScaled(m.r, m.ap, -step)
	}
	return 0, errors.New("biharmonic: conjugate gradients reached the limit of iterations")
}
