package poisson

import (
	"context"
	"math"
)

// refinement is one step of iterative refinement of a direct solution (Wilkinson 1963): the residual,
// computed more accurately than the solution was, gives a correction. What is left is the
// rounding of u itself.
type refinement struct {
	*constant
	r []float64
}

// accurate says that the problem is so well conditioned that the direct solution meets the tolerance: rounding leaves a residual of the order of ε‖A‖‖u‖ ≤ ε·condition·‖rhs‖, for smooth
// right-hand sides on up to a million unknowns 0.2 to 2 times that.
func accurate(w *workspace, condition float64) bool {
	const epsilon, safety = 0x1p-53, 2
	return safety*epsilon*condition*norm(w.rhs) <= w.tolerance*w.reference
}

func newRefinement(w *workspace, threads int) *refinement {
	return &refinement{constant: newConstant(w.grid, 1, threads), r: make([]float64, len(w.rhs))}
}

// condition returns the ratio of the largest to the smallest eigenvalue other than 0 of a sum of
// operators along axes, from those of each.
func condition(values [3][]float64) float64 {
	largest, smallest, next := 0.0, 0.0, math.Inf(1)
	for _, list := range values {
		if len(list) == 0 {
			continue
		}
		low, high := math.Inf(1), 0.0
		for _, v := range list {
			low, high = min(low, v), max(high, v)
			if v > 0 {
				next = min(next, v)
			}
		}
		smallest, largest = smallest+low, largest+high
	}
	if smallest == 0 {
		smallest = next // the kernel apart, the slowest mode varies along one axis
	}
	return largest / smallest
}

// improve corrects u if its residual misses the target to reach, and says whether it did; solve replaces a
// right-hand side by its solution.
func (m *refinement) improve(ctx context.Context, u, rhs []float64, target float64, solve func(context.Context, []float64) error) (bool, error) {
	if m.differences(m.r, rhs, u) <= target {
		return false, nil
	}
	if err := solve(ctx, m.r); err != nil {
		return false, err
	}
	axpy(u, 1, m.r)
	return true, nil
}

// differences sets r = f − Au by sums of differences of neighbours, like stencil.residualByDifferences,
// and returns ‖r‖₂.
func (m *refinement) differences(r, f, u []float64) float64 {
	inParallel(len(m.lines), len(m.scratch), func(worker, from, to int) {
		sum := 0.0
		for i := range m.lines[from:to] {
			l := &m.lines[from+i]
			row := m.rowAt(r, l.at)
			m.differencesRow(row, m.rowAt(f, l.at), u, l)
			sum += dot(row, row)
		}
		m.scratch[worker].sum = sum
	})
	return math.Sqrt(m.sum())
}

// differencesRow sets r to the residual of a row with right-hand side f.
func (m *refinement) differencesRow(r, f, u []float64, l *line) {
	row, up, down := m.rowAt(u, l.at), m.rowAt(u, l.up), m.rowAt(u, l.down)
	n := len(row)
	r, f, up, down = r[:n], f[:n], up[:n], down[:n]
	kx, ky, kz := m.c[2], m.c[1], m.c[0]
	left, right := m.ends(row)
	v := row[0]
	for i, next := range row[1:] {
		r[i] = f[i] + kx*((left-v)+(next-v)) + ky*((up[i]-v)+(down[i]-v))
		left, v = v, next
	}
	r[n-1] = f[n-1] + kx*((left-v)+(right-v)) + ky*((up[n-1]-v)+(down[n-1]-v))
	if kz == 0 {
		return
	}
	front, back := m.rowAt(u, l.front)[:n], m.rowAt(u, l.back)[:n]
	for i, v := range row {
		r[i] += kz * ((front[i] - v) + (back[i] - v))
	}
}
