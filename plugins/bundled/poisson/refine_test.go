package poisson

import (
	"context"
	"slices"
	"testing"

	"github.com/solverbench/solverbench/plugins"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

// residualOf is the relative residual in row form, by the assembled operator.
func residualOf(t *testing.T, task *poissonv1.Task, u []float64) float64 {
	t.Helper()
	w, err := newWorkspace(task)
	if err != nil {
		t.Fatal(err)
	}
	r := make([]float64, len(u))
	newStencil(w.system).residualByDifferences(r, w.symmetric, u)
	return w.norm(r) / w.reference
}

// A correction takes the residual from that of the transforms' rounding to that of the rounding of u.
func TestRefinement(t *testing.T) {
	dd, nn, pp := allSides[0], allSides[3], allSides[4]
	for _, c := range []struct {
		points    []int
		sides     []sides
		tolerance float64
	}{
		{[]int{255, 255}, []sides{dd, dd}, 7e-13},
		{[]int{129, 256}, []sides{nn, pp}, 1.5e-12},
		{[]int{129, 129}, []sides{nn, nn}, 8e-13},
		{[]int{31, 63, 32}, []sides{dd, dd, pp}, 4e-14},
	} {
		task := newTask(poissonv1.Kind_KIND_DISCRETE, c.points, c.sides)
		copy(rhsOf(task), smooth(c.points))
		w, err := newWorkspace(task)
		if err != nil {
			t.Fatal(err)
		}
		copy(rhsOf(task), w.rhs) // compatible
		task.Tolerance = c.tolerance
		for _, direct := range []string{"transform", "tridiagonal"} {
			run := plugins.NewTestRun(1, nil)
			s := &FastPoisson{Symbol: "difference", Direct: direct}
			if err := s.Prepare(context.Background(), run, task); err != nil {
				t.Fatal(err)
			}
			u := slices.Clone(s.w.rhs)
			if err := s.direct(context.Background(), u); err != nil {
				t.Fatal(err)
			}
			before := residualOf(t, task, u)
			x, err := s.Solve(context.Background(), run, task)
			if err != nil {
				t.Fatal(err)
			}
			u, _ = x.U.Float64s()
			after := residualOf(t, task, u)
			t.Logf("%s, %s: relative residual %.1e, refined %.1e", name(task), direct, before, after)
			if after > c.tolerance || before < c.tolerance {
				t.Errorf("%s, %s: relative residual %.1e, refined %.1e, expected the tolerance of %.1e between them", name(task), direct, before, after, c.tolerance)
			}
		}
	}
	// Nothing is spent where the solution is good enough in any case.
	s := &FastPoisson{Symbol: "difference", Direct: "auto"}
	if _, err := solveWith(t, s, unitTask(2, 511)); err != nil || s.refine != nil {
		t.Errorf("n = 511: %v, refinement prepared: %v, expected none", err, s.refine != nil)
	}
}

// smooth is a function with most of its weight in the slowest modes: rounding shows most in its solution.
func smooth(points []int) []float64 {
	f := []float64{1}
	for _, n := range points {
		next := make([]float64, 0, len(f)*n)
		for _, v := range f {
			for i := range n {
				x := (float64(i) + 1) / (float64(n) + 1)
				next = append(next, v*(1+x*x))
			}
		}
		f = next
	}
	return f
}

func TestRefinementResidual(t *testing.T) {
	seed := random(6)
	tasks := slices.Concat(
		gridCases(1, func(sides) []int { return []int{3, 9} }),
		gridCases(2, func(sides) []int { return []int{5, 6} }),
		gridCases(3, func(sides) []int { return []int{4} }))
	for _, task := range tasks {
		w, err := newWorkspace(task)
		if err != nil {
			t.Fatal(err)
		}
		n := len(w.rhs)
		u, r, want := make([]float64, n), make([]float64, n), make([]float64, n)
		seed.fill(u)
		m := refinement{constant: newConstant(w.grid, 1, 1)}
		got := m.differences(r, w.rhs, u)
		newStencil(w.system).residualByDifferences(want, w.symmetric, u)
		if w.inverse != nil {
			multiply(want, w.inverse)
		}
		if d := difference(r, want); d > 1e-14 {
			t.Errorf("%s: residuals differ by %.1e", name(task), d)
		}
		if d := got/norm(want) - 1; d > 1e-14 || d < -1e-14 {
			t.Errorf("%s: norm of the residual off by %.1e", name(task), d)
		}
	}
}
