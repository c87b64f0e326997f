package poisson

import (
	"fmt"

	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

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
		// Compensated summation: rows of real matrices mix magnitudes, and the residual is what is left.
		sum, lost := b[i], 0.0
		for k := rows[i]; k < rows[i+1]; k++ {
			term := -values[k]*u[columns[k]] - lost
			next := sum + term
			lost = (next - sum) - term
			sum = next
		}
		r[i] = sum
	}
	return r, nil
}
