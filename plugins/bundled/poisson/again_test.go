package poisson

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/solverbench/solverbench/plugins"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

// otherData is a task that differs in data alone, of seeded numbers.
func otherData(task *poissonv1.Task, seed random) *poissonv1.Task {
	again := func(a *commonv1.Array) *commonv1.Array {
		if a == nil {
			return nil
		}
		v, err := a.Float64s()
		if err != nil {
			panic(err)
		}
		v = slices.Clone(v)
		seed.fill(v)
		return commonv1.Float64(v, a.Dims()...)
	}
	out := &poissonv1.Task{Kind: task.Kind, Rhs: again(task.Rhs), Tolerance: task.Tolerance, CrossCoefficient: task.CrossCoefficient, Matrix: task.Matrix}
	for _, a := range task.Axes {
		out.Axes = append(out.Axes, &poissonv1.Axis{
			Points: a.Points, Lower: a.Lower, Upper: a.Upper, LowerBoundary: a.LowerBoundary, UpperBoundary: a.UpperBoundary,
			LowerValues: again(a.LowerValues), UpperValues: again(a.UpperValues), Coefficient: a.Coefficient, FaceCoefficients: a.FaceCoefficients,
		})
	}
	makeCompatible(out)
	return out
}

// TestDataChangeBetweenSolves: what was prepared for one right-hand side and boundary solves others as if prepared
// for them.
func TestDataChangeBetweenSolves(t *testing.T) {
	cross := newTask(poissonv1.Kind_KIND_DISCRETE, []int{9, 12}, []sides{allSides[0], allSides[4]})
	cross.CrossCoefficient = -0.4
	f := make([]float64, 36)
	seed := random(3)
	seed.fill(f)
	tasks := slices.Concat(
		gridCases(1, func(sides) []int { return []int{9} }),
		gridCases(2, func(sides) []int { return []int{8, 9} }),
		gridCases(3, func(sides) []int { return []int{4} }),
		[]*poissonv1.Task{cross, jumpTask(15, 100), sparseTask(biharmonic(6), f), unitTask(2, 31)})
	solvers := map[string]func() plugins.Solver[*poissonv1.Task, *poissonv1.Solution]{
		"cg": func() plugins.Solver[*poissonv1.Task, *poissonv1.Solution] {
			return &CG{Precond: "jacobi", MaxIterations: 5000}
		},
		"sor": func() plugins.Solver[*poissonv1.Task, *poissonv1.Solution] {
			return &SOR{Ordering: "auto", MaxIterations: 50000}
		},
		"fast": func() plugins.Solver[*poissonv1.Task, *poissonv1.Solution] {
			return &FastPoisson{Symbol: "auto", Direct: "auto"}
		},
		"fast, tri": func() plugins.Solver[*poissonv1.Task, *poissonv1.Solution] {
			return &FastPoisson{Symbol: "difference", Direct: "tridiagonal"}
		},
		"multigrid":  func() plugins.Solver[*poissonv1.Task, *poissonv1.Solution] { return multigridWith("none") },
		"multigrid+": func() plugins.Solver[*poissonv1.Task, *poissonv1.Solution] { return multigridWith("cg") },
	}
	compared := map[string]int{}
	for name, fresh := range solvers {
		for i, task := range tasks {
			s, run := fresh(), plugins.NewTestRun(1, nil)
			if err := s.(plugins.Preparer[*poissonv1.Task]).Prepare(context.Background(), run, task); err != nil {
				continue // not for this solver, see agree_test.go
			}
			for k := range 3 {
				other := otherData(task, random(100+k))
				want, err := solveWith(t, fresh(), other)
				if err != nil {
					t.Fatalf("%s, task %d: %v", name, i, err)
				}
				x, err := s.Solve(context.Background(), run, other)
				if err != nil {
					t.Fatalf("%s, task %d again: %v", name, i, err)
				}
				if got, err := x.U.Float64s(); err != nil || !slices.Equal(got, want) {
					t.Errorf("%s, task %d, data %d: differs from a fresh solver's by %.2g, %v", name, i, k, difference(got, want), err)
				}
				compared[name]++
			}
		}
	}
	for name := range solvers {
		if compared[name] < 12 {
			t.Errorf("%s: %d comparisons", name, compared[name])
		}
	}
	t.Log(fmt.Sprint(compared))
}

func multigridWith(krylov string) *Multigrid {
	return &Multigrid{Smoother: "rbgs", Cycle: "V", Pre: 2, Post: 2, Omega: 1, Krylov: krylov, MaxIterations: 500}
}
