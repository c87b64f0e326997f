package poisson

import (
	"context"

	"github.com/solverbench/solverbench/plugins"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

// Multigrid is geometric multigrid, by itself or as the preconditioner of conjugate gradients.
type Multigrid struct {
	Smoother      string  `opt:"smoother,choices=rbgs|jacobi|chebyshev" doc:"smoother: red-black (four- or eight-colour) Gauss–Seidel, damped Jacobi, or a Chebyshev polynomial"`
	Cycle         string  `opt:"cycle,choices=V|W|F" doc:"order in which the grids are visited"`
	Pre           int     `opt:"pre,min=0,max=20" doc:"smoothing sweeps before the coarse-grid correction"`
	Post          int     `opt:"post,min=0,max=20" doc:"smoothing sweeps after it"`
	Omega         float64 `opt:"omega,min=0.1,max=1.9" doc:"over-relaxation of rbgs on constant-coefficient grids"`
	Krylov        string  `opt:"krylov,choices=auto|none|cg" doc:"iterate cycles, or precondition conjugate gradients with one; auto: none for constant coefficients"`
	FMG           bool    `opt:"fmg" doc:"first guess by nested iteration (full multigrid)"`
	MaxIterations int     `opt:"max-iterations,min=1" doc:"give up after this many cycles"`
	Tol           float64 `opt:"tol,min=0" doc:"relative residual to reach; 0: what the task asks for"`

	iterations int // of the last solve

	w  *workspace
	h  *hierarchy
	cg *conjugateGradient // nil: cycles alone
}

// Prepare builds the hierarchy.
func (s *Multigrid) Prepare(ctx context.Context, run *plugins.Run, task *poissonv1.Task) error {
	w, err := newWorkspace(task)
	if err != nil {
		return err
	}
	if w.matrix != nil {
		return unsupported("sparse matrices: the method needs a grid")
	}
	krylov := s.Krylov
	if krylov == "auto" {
		krylov = "none"
		if w.variable() || w.cross != 0 {
			krylov = "cg"
		}
	}
	pre, post := s.Pre, s.Post
	if krylov == "cg" {
		pre, post = max(pre, 1), max(pre, 1) // a symmetric cycle has as many after as before
	}
	if pre+post == 0 {
		return unsupported("no smoothing sweeps, expected pre + post > 0")
	}
	h, err := newHierarchy(ctx, w.system, method{
		smoother: s.Smoother, cycle: s.Cycle, pre: pre, post: post, omega: s.Omega, adjoint: krylov == "cg", threads: run.Threads(),
	})
	if err != nil {
		return err
	}
	s.w, s.h, s.cg = w, h, nil
	if krylov == "cg" {
		s.cg = s.newCG()
	}
	return nil
}

// rowForm says that the finest level is in row form.
func (s *Multigrid) rowForm() bool { return s.h.symmetricAt > 0 }

// rhs is the right-hand side in the form of the finest level.
func (s *Multigrid) rhs() []float64 {
	if s.rowForm() {
		return s.w.rhs
	}
	return s.w.symmetric
}

// newCG makes the conjugate gradient method, in symmetric form, around the cycle.
func (s *Multigrid) newCG() *conjugateGradient {
	w, h := s.w, s.h
	cg := newConjugateGradient(len(w.f))
	cg.norm, cg.project = w.norm, w.project()
	cycle := func(z, r []float64) {
		clear(z)
		h.visitWeighted(0, z, r, h.cycle)
	}
	cg.precondition = cycle
	switch {
	case len(h.levels) == 0:
		m := newStencil(w.system)
		cg.mul, cg.residual = withDot(m.mul), m.residualByDifferences
	case !s.rowForm():
		m := h.levels[0].(*stencilLevel)
		cg.mul, cg.residual = withDot(m.mul), m.residualByDifferences
	case w.weight == nil:
		cg.mul = h.levels[0].(*constantLevel).mul
	default:
		row := make([]float64, len(w.f))
		cg.precondition = func(z, r []float64) {
			copy(row, r)
			multiply(row, w.inverse)
			cycle(z, row)
		}
		mul := h.levels[0].(*constantLevel).mul
		cg.mul = withDot(func(v, u []float64) {
			mul(v, u)
			multiply(v, w.weight)
		})
	}
	return cg
}

// Solve iterates from zero, or from the guess of nested iteration.
func (s *Multigrid) Solve(ctx context.Context, run *plugins.Run, task *poissonv1.Task) (*poissonv1.Solution, error) {
	if err := s.w.load(task); err != nil {
		return nil, err
	}
	out, u := run.Output(s.w.shape...)
	target := s.w.target(s.Tol)
	m := &monitor{ctx: ctx, target: target, reference: s.w.reference, diagonal: s.w.diagonal(), most: s.MaxIterations, report: s.w.report(run, out, target)}
	f := s.rhs()
	s.h.ctx = ctx
	if s.FMG {
		s.h.nested(0, u, f)
	}
	var err error
	if s.cg != nil {
		err = s.cg.solve(u, s.w.symmetric, m)
	} else {
		err = s.cycles(u, f, m)
	}
	s.iterations = m.iteration
	if err != nil {
		return nil, err
	}
	return &poissonv1.Solution{U: out}, nil
}

// cycles repeats the cycle until the monitor stops it or rounding keeps the residual from falling.
func (s *Multigrid) cycles(u, f []float64, m *monitor) error {
	for {
		residual := s.residual(u, f, m)
		if m.stalled(residual, u) {
			return nil
		}
		if stop, err := m.done(residual); stop {
			return err
		}
		s.h.visitWeighted(0, u, f, s.h.cycle)
	}
}

// residual returns its norm in row form.
func (s *Multigrid) residual(u, f []float64, m *monitor) float64 {
	if len(s.h.levels) == 0 {
		r := make([]float64, len(u))
		newStencil(s.w.system).residual(r, f, u)
		return s.w.norm(r)
	}
	switch l := s.h.levels[0].(type) {
	case *constantLevel:
		if l.halves && s.h.post > 0 && m.iteration > 0 {
			// A cycle leaves but rounding on the colour relaxed last.
			if r := l.residualNorm(f, u, true); r > m.target {
				return r
			}
		}
		return l.residualNorm(f, u, false)
	case *stencilLevel:
		l.residual(l.r, f, u)
		return s.w.norm(l.r)
	default:
		panic("multigrid: unknown level") // there are no others
	}
}
