package arrayio

import (
	"fmt"
	"io"
	"math"
)

// triplets are entries of a sparse matrix in any order.
type triplets struct {
	rows, cols []int32
	values     []float64
}

func (t *triplets) add(row, col int32, v float64) {
	t.rows, t.cols, t.values = append(t.rows, row), append(t.cols, col), append(t.values, v)
}

// sparseFreely is up to how many rows a matrix may be mostly empty.
const sparseFreely = 1 << 20

func decodeMatrix(r io.Reader, size int64) (*CSR, error) {
	s, err := newMTXScanner(r, size)
	if err != nil {
		return nil, err
	}
	field, symmetry, err := s.banner("coordinate")
	if err != nil {
		return nil, err
	}
	count := 3 // of fields in a line
	switch field {
	case "real", "integer":
	case "pattern":
		count = 2
	default:
		return nil, fmt.Errorf("line 1: field: %s, expected real, integer or pattern", abbreviate(field))
	}
	if symmetry != "general" && symmetry != "symmetric" {
		return nil, fmt.Errorf("line 1: symmetry: %s, expected general or symmetric", abbreviate(symmetry))
	}
	symmetric := symmetry == "symmetric"
	extents, err := s.size("rows", "columns", "entries")
	if err != nil {
		return nil, err
	}
	rows, cols, entries := extents[0], extents[1], extents[2]
	if err := s.checkEntries(entries, int64(2*count)); err != nil {
		return nil, err
	}
	if most := max(rows, cols); most > math.MaxInt32 || most > sparseFreely && most/16 > entries {
		return nil, s.errorf("size: %d×%d with %d entries, expected at most 2³¹−1 rows and columns, and of more than %d mostly filled ones",
			rows, cols, entries, sparseFreely)
	}
	if symmetric && rows != cols {
		return nil, s.errorf("size: %d×%d, expected a square for a symmetric matrix", rows, cols)
	}
	t, err := s.triplets(rows, cols, entries, count, symmetric)
	if err != nil {
		return nil, err
	}
	return t.compress(rows, cols), nil
}

// triplets reads the entries of a matrix, and adds the other triangle of a symmetric one.
func (s *mtxScanner) triplets(rows, cols, entries, count int, symmetric bool) (*triplets, error) {
	var t triplets
	for k := range entries {
		if err := s.entry(k, entries, count); err != nil {
			return nil, err
		}
		i, err := s.index("row", s.fields[0], rows)
		if err != nil {
			return nil, err
		}
		j, err := s.index("column", s.fields[1], cols)
		if err != nil {
			return nil, err
		}
		v := 1.0
		if count == 3 {
			if v, err = s.value(s.fields[2]); err != nil {
				return nil, err
			}
		}
		t.add(i, j, v)
		if !symmetric || i == j {
			continue
		}
		if i < j {
			return nil, s.errorf("entry (%d, %d) above the diagonal, expected the lower triangle of a symmetric matrix", i+1, j+1)
		}
		t.add(j, i, v)
	}
	return &t, s.end(entries)
}

// compress sorts by column, then stably by row, in linear time, and adds entries of the same place.
func (t *triplets) compress(rows, cols int) *CSR {
	t.sortBy(t.cols, cols)
	starts := t.sortBy(t.rows, rows)
	m := &CSR{Rows: rows, Cols: cols, RowPointers: make([]int64, rows+1), Columns: t.cols, Values: t.values}
	out := 0
	for i := range rows {
		first := out
		for k := starts[i]; k < starts[i+1]; k++ {
			if out > first && m.Columns[out-1] == m.Columns[k] {
				m.Values[out-1] += m.Values[k]
				continue
			}
			m.Columns[out], m.Values[out] = m.Columns[k], m.Values[k]
			out++
		}
		m.RowPointers[i+1] = int64(out)
	}
	m.Columns, m.Values = m.Columns[:out], m.Values[:out]
	return m
}

// sortBy sorts by keys below n, stably, and returns where each key's entries start.
func (t *triplets) sortBy(keys []int32, n int) []int {
	starts := make([]int, n+1)
	for _, k := range keys {
		starts[k+1]++
	}
	for k := range n {
		starts[k+1] += starts[k]
	}
	next := append([]int(nil), starts...)
	sorted := triplets{make([]int32, len(keys)), make([]int32, len(keys)), make([]float64, len(keys))}
	for i, k := range keys {
		at := next[k]
		next[k]++
		sorted.rows[at], sorted.cols[at], sorted.values[at] = t.rows[i], t.cols[i], t.values[i]
	}
	*t = sorted
	return starts
}
