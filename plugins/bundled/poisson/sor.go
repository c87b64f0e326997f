package poisson

import (
	"context"
	"math"

	"github.com/solverbench/solverbench/plugins"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

// SOR is successive over-relaxation.
type SOR struct {
	Omega         float64 `opt:"omega,min=0,max=1.999999" doc:"relaxation factor; 0: the optimal one"`
	Ordering      string  `opt:"ordering,choices=auto|red-black|lexicographic" doc:"order of the unknowns; auto: red-black on grids, lexicographic for sparse matrices, which have no other"`
	MaxIterations int     `opt:"max-iterations,min=1" doc:"give up after this many sweeps"`
	Tol           float64 `opt:"tol,min=0" doc:"relative residual to reach; 0: what the task asks for"`

	w        *workspace
	sweep    func(u, f []float64, omega float64)
	rowForm  bool // of what sweep and residual take
	residual func(u []float64) float64
	omega    float64
}

// Prepare assembles the operator and finds the relaxation factor.
func (s *SOR) Prepare(ctx context.Context, run *plugins.Run, task *poissonv1.Task) error {
	w, err := newWorkspace(task)
	if err != nil {
		return err
	}
	s.w, s.omega = w, s.Omega
	model := w.matrix == nil && !w.variable() && w.cross == 0
	switch {
	case w.matrix != nil:
		if s.Ordering == "red-black" {
			return unsupported("ordering red-black of a sparse matrix, expected auto or lexicographic")
		}
		s.useMatrix(w)
	case model && s.Ordering != "lexicographic" && w.grid.colourable():
		s.useConstant(w, run.Threads())
	default:
		s.useStencil(w, run.Threads())
	}
	if s.omega == 0 {
		if model {
			radius := w.grid.jacobiRadius()
			s.omega = 2 / (1 + math.Sqrt(max(1-radius*radius, 0)))
		} else {
			s.omega = s.estimate(ctx)
		}
	}
	return ctx.Err()
}

func (s *SOR) useMatrix(w *workspace) {
	r := make([]float64, len(w.f))
	s.rowForm, s.sweep = true, w.matrix.sor
	s.residual = func(u []float64) float64 {
		w.matrix.mul(r, u)
		for i, v := range w.rhs {
			r[i] = v - r[i]
		}
		return norm(r)
	}
}

func (s *SOR) useConstant(w *workspace, threads int) {
	m := newConstant(w.grid, 1, threads)
	s.rowForm = true
	s.sweep = func(u, f []float64, omega float64) {
		m.omega = omega
		m.sweep(u, f, 1, false)
	}
	s.residual = func(u []float64) float64 { return m.residualNorm(w.rhs, u, false) }
}

func (s *SOR) useStencil(w *workspace, threads int) {
	m := newRelaxer(newStencil(w.system), 1, threads)
	r := make([]float64, len(w.f))
	lexicographic := s.Ordering == "lexicographic"
	s.rowForm = false
	s.sweep = func(u, f []float64, omega float64) {
		m.omega = omega
		if lexicographic {
			m.lexicographic(u, f)
		} else {
			m.sweep(u, f, false)
		}
	}
	s.residual = func(u []float64) float64 {
		m.residual(r, w.symmetric, u)
		return w.norm(r)
	}
}

// jacobiRadius is the largest eigenvalue below 1 of Jacobi iteration for the constant-coefficient
// operator: the mean of cos θ over the axes, weighted by their couplings, for the smoothest mode.
func (g *grid) jacobiRadius() float64 {
	total, sum, least := 0.0, 0.0, math.Inf(1)
	for _, a := range g {
		if a.k == 0 {
			continue
		}
		total += a.c()
		m := float64(a.intervals())
		switch {
		case a.lo == dirichlet && a.hi == dirichlet:
			sum += a.c() * math.Cos(math.Pi/m)
		case a.lo == dirichlet || a.hi == dirichlet:
			sum += a.c() * math.Cos(math.Pi/(2*m))
		case a.lo == periodic:
			sum += a.c()
			least = min(least, a.c()*(1-math.Cos(2*math.Pi/m)))
		default:
			sum += a.c()
			least = min(least, a.c()*(1-math.Cos(math.Pi/m)))
		}
	}
	if g.singular() {
		sum -= least // constants are in the kernel; the next mode varies along one axis
	}
	return sum / total
}

// estimate finds the optimal factor adaptively: relax zero right-hand side at some ω, starting from 1,
// until the steps shrink at a steady rate λ; this is the spectral radius of SOR, and tells that of
// Jacobi iteration, μ² = (λ+ω−1)²/(λω²), for matrices with property A (Young 1954), from which
// follows a better ω. When the rate is that of an ω beyond the optimum, ω−1, it is found
// (Hageman & Young 1981, ch. 9). The first iterate is 1, near the slowest mode where that does not
// change sign; where 1 is in the kernel, a ramp.
func (s *SOR) estimate(ctx context.Context) float64 {
	const stages = 12
	n := len(s.w.f)
	u, before, zero := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range u {
		u[i] = 1
		if s.w.singular {
			u[i] = float64(i) / float64(len(u))
		}
	}
	omega := 1.0
	for range stages {
		rate, ok := s.rate(ctx, u, before, zero, omega)
		if !ok || rate <= omega-1 {
			break
		}
		mu := (rate + omega - 1) / (math.Sqrt(rate) * omega)
		next := 2 / (1 + math.Sqrt(1-min(mu*mu, 1-1e-10)))
		if next-omega < 0.01*(2-omega) {
			return max(next, omega)
		}
		omega = next
	}
	return omega
}

// rate relaxes until the steps shrink steadily, and returns by how much; false if u has come to rest.
func (s *SOR) rate(ctx context.Context, u, before, zero []float64, omega float64) (float64, bool) {
	const work = 1e8 // unknowns relaxed, or else 100 sweeps
	most := min(50+int(10/(2-omega)), 2000, max(work/len(u), 100))
	last, ratio := 0.0, 0.0
	for k := 0; k < most && ctx.Err() == nil; k++ {
		copy(before, u)
		s.sweep(u, zero, omega)
		step := 0.0
		for i, v := range u {
			step += (v - before[i]) * (v - before[i])
		}
		step = math.Sqrt(step)
		if step < 1e-280 || math.IsNaN(step) {
			return 0, false
		}
		previous := ratio
		if k > 0 {
			ratio = step / last
		}
		last = step
		if k > 20 && math.Abs(ratio-previous) < 1e-4*(1-ratio) {
			break
		}
	}
	return ratio, ratio < 1
}

// Solve iterates from zero.
func (s *SOR) Solve(ctx context.Context, run *plugins.Run, task *poissonv1.Task) (*poissonv1.Solution, error) {
	if err := s.w.load(task); err != nil {
		return nil, err
	}
	const every = 8 // sweeps between residuals, which cost as much as a sweep
	out, u := run.Output(s.w.shape...)
	target := s.w.target(s.Tol)
	rhs := s.w.symmetric
	if s.rowForm {
		rhs = s.w.rhs
	}
	report := s.w.report(run, out, target)
	m := &monitor{ctx: ctx, target: target, reference: s.w.reference, diagonal: s.w.diagonal(), most: s.MaxIterations,
		step: every, report: report}
	for {
		residual := s.residual(u)
		if m.stalled(residual, u) {
			return &poissonv1.Solution{U: out}, nil
		}
		if stop, err := m.done(residual); stop {
			if err != nil {
				return nil, err
			}
			return &poissonv1.Solution{U: out}, nil
		}
		for range every {
			s.sweep(u, rhs, s.omega)
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
		}
	}
}
