package poisson

import (
	"fmt"
	"slices"

	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

// csr is a sparse symmetric matrix by rows, both triangles stored.
type csr struct {
	row    []int64
	column []int32
	value  []float64
	d      []float64 // the diagonal
}

func readCSR(m *poissonv1.CsrMatrix, n int) (*csr, error) {
	var a csr
	var err error
	if a.row, err = m.GetRowPointers().Int64s(); err != nil {
		return nil, fmt.Errorf("row pointers: %w", err)
	}
	if a.column, err = m.GetColumns().Int32s(); err != nil {
		return nil, fmt.Errorf("columns: %w", err)
	}
	if a.value, err = m.GetValues().Float64s(); err != nil {
		return nil, fmt.Errorf("values: %w", err)
	}
	if len(a.row) != n+1 || a.row[0] != 0 || !slices.IsSorted(a.row) {
		return nil, fmt.Errorf("%d row pointers, expected %d ascending ones from 0", len(a.row), n+1)
	}
	if nnz := int(a.row[n]); len(a.column) != nnz || len(a.value) != nnz {
		return nil, fmt.Errorf("%d columns and %d values, expected %d of each", len(a.column), len(a.value), nnz)
	}
	a.d = make([]float64, n)
	for i := range n {
		previous := int32(-1)
		for k := a.row[i]; k < a.row[i+1]; k++ {
			j := a.column[k]
			if j <= previous || int(j) >= n {
				return nil, fmt.Errorf("row %d has column %d after %d, expected ascending ones below %d", i, j, previous, n)
			}
			previous = j
			if int(j) == i {
				a.d[i] = a.value[k]
			}
		}
		if a.d[i] <= 0 {
			return nil, fmt.Errorf("diagonal entry %d is %g, expected a positive one", i, a.d[i])
		}
	}
	return &a, nil
}

// mul sets v = Au.
func (a *csr) mul(v, u []float64) {
	for i := range v {
		from, to := a.row[i], a.row[i+1]
		columns, values := a.column[from:to], a.value[from:to]
		values = values[:len(columns)]
		s := 0.0
		for k, j := range columns {
			s += values[k] * u[j]
		}
		v[i] = s
	}
}

// sor relaxes every unknown once in the order of the rows.
func (a *csr) sor(u, f []float64, omega float64) {
	for i, d := range a.d {
		from, to := a.row[i], a.row[i+1]
		columns, values := a.column[from:to], a.value[from:to]
		values = values[:len(columns)]
		s := f[i]
		for k, j := range columns {
			s -= values[k] * u[j]
		}
		u[i] += omega * s / d
	}
}

// lower is the strict lower triangle by rows, beside the diagonal.
type lower struct {
	row    []int
	column []int32
	value  []float64
	d      []float64
}

func (a *csr) lower() *lower {
	l := &lower{row: make([]int, 1, len(a.d)+1), d: slices.Clone(a.d)}
	for i := range a.d {
		for k := a.row[i]; k < a.row[i+1] && int(a.column[k]) < i; k++ {
			l.column = append(l.column, a.column[k])
			l.value = append(l.value, a.value[k])
		}
		l.row = append(l.row, len(l.column))
	}
	return l
}

func (m *stencil) lower() *lower {
	n := m.size()
	l := &lower{row: make([]int, 1, n+1), d: slices.Clone(m.d), column: make([]int32, 0, n*len(m.offsets)), value: make([]float64, 0, n*len(m.offsets))}
	type entry struct {
		column int32
		value  float64
	}
	var row []entry
	i := 0
	for z := range m.n[0] {
		for y := range m.n[1] {
			for x := range m.n[2] {
				row = row[:0]
				m.visit(z, y, x, func(j int, v float64) {
					if j < i && v != 0 {
						row = append(row, entry{int32(j), v})
					}
				})
				slices.SortFunc(row, func(a, b entry) int { return int(a.column - b.column) })
				for _, e := range row {
					l.column = append(l.column, e.column)
					l.value = append(l.value, e.value)
				}
				l.row = append(l.row, len(l.column))
				i++
			}
		}
	}
	return l
}
