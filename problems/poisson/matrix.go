package poisson

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/solverbench/solverbench/plugins/option"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/arrayio"
	"github.com/solverbench/solverbench/problems/random"
)

type matrixMarket struct {
	File string `opt:"file,path" doc:"symmetric positive definite matrix, .mtx or .mtx.gz in coordinate format"`
	RHS  string `opt:"rhs,path" doc:"right-hand side, .mtx or .mtx.gz in array format, or .npy; without one it is A·1"`
}

func matrixMarketProblem() problems.Problem {
	p := problems.Define("matrix-market", problems.Doc{
		Summary:  "any symmetric positive definite system from a Matrix Market file, as SuiteSparse has them",
		Equation: "Au = b; without rhs b = A·1, so that u = 1",
		Domain: "square, finite, symmetric to 1e-10·√(a_ii a_jj), a_ii > 0 and |a_ij| < √(a_ii a_jj), all checked; " +
			"definite beyond that is not, and a solver may find out",
		Truth: discreteTruth + "; rel-l2 against u = 1 beside it where b = A·1",
		Accuracy: "rounding of u to float64 leaves a relative residual of up to 1e-16·‖A‖‖u‖/‖b‖; b = A·1 is rounded too, " +
			"so rel-l2 is sure to within 1e-16 times the condition number",
		Ladder: residualLadder,
		Source: "Boisvert, Pozo & Remington 1996 (the format); Davis & Hu 2011 (SuiteSparse)",
	}, relResidual, 1e-8, matrixMarket{}, buildMatrixMarket)
	p.NeedsFile = true
	return p
}

func buildMatrixMarket(ctx context.Context, p matrixMarket, c problems.Common) (problems.Instance, error) {
	a, err := readMatrix(ctx, p.File)
	if err != nil {
		return nil, err
	}
	n := a.Rows
	in := &instance{shape: []int{n}, task: &poissonv1.Task{
		Kind: poissonv1.Kind_KIND_MATRIX, Tolerance: c.Tolerance,
		Matrix: &poissonv1.CsrMatrix{
			RowPointers: commonv1.Int64(a.RowPointers, n+1),
			Columns:     commonv1.Int32(a.Columns, len(a.Columns)),
			Values:      commonv1.Float64(a.Values, len(a.Values)),
		},
	}}
	var b []float64
	if p.RHS != "" {
		b, err = readRHS(p.RHS, n)
	} else {
		in.exact = slices.Repeat([]float64{1}, n)
		b, err = rowSums(a, p.File)
	}
	if err != nil {
		return nil, err
	}
	in.task.Rhs = commonv1.Float64(b, n)
	in.vary = func(k int) (*instance, error) { return in.roughened(a, random.New(c.Seed, uint64(k))) }
	return in, nil
}

// readMatrix reads a matrix and checks that it may be symmetric positive definite.
func readMatrix(ctx context.Context, path string) (*arrayio.CSR, error) {
	bad := func(format string, args ...any) (*arrayio.CSR, error) {
		expected := "a path to a symmetric positive definite matrix in Matrix Market coordinate format"
		if format != "" {
			expected += " (" + fmt.Sprintf(format, args...) + ")"
		}
		return nil, &option.Error{Name: "file", Value: path, Expected: expected}
	}
	if path == "" {
		return bad("")
	}
	a, err := arrayio.ReadMatrix(path)
	if err != nil {
		return bad("%v", err)
	}
	if a.Rows != a.Cols || a.Rows == 0 {
		return bad("it is %d×%d", a.Rows, a.Cols)
	}
	// In messages rows and columns count from 1, as they do in the file.
	root := make([]float64, a.Rows)
	for i := range root {
		d := entry(a, i, i)
		if !(d > 0) || math.IsInf(d, 0) {
			return bad("diagonal entry (%d, %[1]d) is %g", i+1, d)
		}
		root[i] = math.Sqrt(d)
	}
	for i := range root {
		if i%4096 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		for k := a.RowPointers[i]; k < a.RowPointers[i+1]; k++ {
			j, v := int(a.Columns[k]), a.Values[k]
			if j == i {
				continue
			}
			const slack = 1e-10 // what assembly in floating point may leave
			mirror := entry(a, j, i)
			if math.Abs(v-mirror) > slack*root[i]*root[j] {
				return bad("entry (%d, %d) is %g and (%d, %d) is %g", i+1, j+1, v, j+1, i+1, mirror)
			}
			if !(math.Abs(v)/root[i]/root[j] < 1) {
				return bad("entry (%d, %d) is %g, not below √(a_ii a_jj) = %g", i+1, j+1, v, root[i]*root[j])
			}
		}
	}
	return a, nil
}

// entry returns a_ij.
func entry(a *arrayio.CSR, i, j int) float64 {
	from, to := a.RowPointers[i], a.RowPointers[i+1]
	k, found := slices.BinarySearch(a.Columns[from:to], int32(j))
	if !found {
		return 0
	}
	return a.Values[from+int64(k)]
}

// readRHS reads a vector of n numbers that are not all zero.
func readRHS(path string, n int) ([]float64, error) {
	read := arrayio.ReadDense
	if strings.EqualFold(filepath.Ext(path), ".npy") {
		read = arrayio.Read
	}
	bad := func(format string, args ...any) ([]float64, error) {
		return nil, &option.Error{
			Name: "rhs", Value: path,
			Expected: fmt.Sprintf("a path to a vector of %d numbers, .mtx in array format or .npy (%s)", n, fmt.Sprintf(format, args...)),
		}
	}
	b, err := read(path)
	if err != nil {
		return bad("%v", err)
	}
	if len(b.Values) != n || len(b.Shape) == 0 || b.Shape[0] != n {
		return bad("its shape is %v", b.Shape)
	}
	if p := firstNotFinite(b.Values); p >= 0 {
		return bad("element %d is %g", p+1, b.Values[p])
	}
	if maxAbs(b.Values) == 0 {
		return bad("all of it is zero")
	}
	return b.Values, nil
}

// rowSums returns A·1, which must be more than rounding.
func rowSums(a *arrayio.CSR, path string) ([]float64, error) {
	b := make([]float64, a.Rows)
	minusOne := slices.Repeat([]float64{-1}, a.Rows)
	largest := 0.0
	for i := range b {
		from, to := a.RowPointers[i], a.RowPointers[i+1]
		b[i] = rowResidual(0, a.Columns[from:to], a.Values[from:to], minusOne)
		size := 0.0
		for _, v := range a.Values[from:to] {
			size += math.Abs(v)
		}
		largest = max(largest, size)
	}
	if maxAbs(b) <= 1e-12*largest {
		return nil, &option.Error{
			Name: "rhs", Value: "", Expected: fmt.Sprintf("a right-hand side: the rows of %s sum to zero, so A·1 is none", path),
		}
	}
	return b, nil
}

// matrixResidual returns b − Au of KIND_MATRIX.
func matrixResidual(task *poissonv1.Task, u []float64) ([]float64, error) {
	b, err := task.Rhs.Float64s()
	if err != nil {
		return nil, fmt.Errorf("rhs: %w", err)
	}
	rows, err := task.Matrix.RowPointers.Int64s()
	if err != nil {
		return nil, fmt.Errorf("matrix row pointers: %w", err)
	}
	columns, err := task.Matrix.Columns.Int32s()
	if err != nil {
		return nil, fmt.Errorf("matrix columns: %w", err)
	}
	values, err := task.Matrix.Values.Float64s()
	if err != nil {
		return nil, fmt.Errorf("matrix values: %w", err)
	}
	r := make([]float64, len(b))
	for i := range b {
		from, to := rows[i], rows[i+1]
		r[i] = rowResidual(b[i], columns[from:to], values[from:to], u)
	}
	return r, nil
}

// rowResidual returns b − Σ values_k u[columns_k] as if computed in twice the precision (Ogita, Rump & Oishi 2005,
// algorithm Dot2): rows of real matrices mix magnitudes, and a residual is the little that is left of them.
func rowResidual(b float64, columns []int32, values, u []float64) float64 {
	sum, lost := b, 0.0
	values = values[:len(columns)]
	for k, j := range columns {
		v, x := -values[k], u[j]
		term := v * x
		lost += math.FMA(v, x, -term)
		next := sum + term
		part := next - sum
		lost += (sum - (next - part)) + (term - part)
		sum = next
	}
	return sum + lost
}
