package poisson

import (
	"context"

	"github.com/solverbench/solverbench/plugins"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

// CG is the conjugate gradient method with classical preconditioners, on stencils and sparse
// matrices.
type CG struct {
	Precond       string  `opt:"precond,choices=none|jacobi|ssor|ic0" doc:"preconditioner"`
	Omega         float64 `opt:"omega,min=0.01,max=1.99" doc:"relaxation factor of ssor"`
	MaxIterations int     `opt:"max-iterations,min=1" doc:"give up after this many"`
	Tol           float64 `opt:"tol,min=0" doc:"relative residual to reach; 0: what the task asks for"`

	w  *workspace
	cg *conjugateGradient
}

// Prepare assembles the operator and the preconditioner.
func (s *CG) Prepare(_ context.Context, _ *plugins.Run, task *poissonv1.Task) error {
	w, err := newWorkspace(task)
	if err != nil {
		return err
	}
	cg := newConjugateGradient(len(w.f))
	cg.norm, cg.project = w.norm, w.project()
	var triangle func() *lower
	var d []float64
	if w.matrix != nil {
		cg.mul = withDot(w.matrix.mul)
		triangle, d = w.matrix.lower, w.matrix.d
	} else {
		m := newStencil(w.system)
		cg.mul, cg.residual = withDot(m.mul), m.residualByDifferences
		triangle, d = m.lower, m.d
	}
	if cg.precondition, err = newPreconditioner(s.Precond, triangle, d, s.Omega, w.singular); err != nil {
		return err
	}
	s.w, s.cg = w, cg
	return nil
}

// Solve iterates from zero.
func (s *CG) Solve(ctx context.Context, run *plugins.Run, task *poissonv1.Task) (*poissonv1.Solution, error) {
	if err := s.w.load(task); err != nil {
		return nil, err
	}
	out, u := run.Output(s.w.shape...)
	target := s.w.target(s.Tol)
	m := &monitor{ctx: ctx, target: target, reference: s.w.reference, diagonal: s.w.diagonal(), most: s.MaxIterations, report: s.w.report(run, out, target)}
	if err := s.cg.solve(u, s.w.symmetric, m); err != nil {
		return nil, err
	}
	return &poissonv1.Solution{U: out}, nil
}

// withDot makes a product that also returns uᵀAu.
func withDot(mul func(v, u []float64)) func(v, u []float64) float64 {
	return func(v, u []float64) float64 {
		mul(v, u)
		return dot(u, v)
	}
}
