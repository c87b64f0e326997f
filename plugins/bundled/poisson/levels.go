package poisson

import "context"

// constantLevel is a level with constant coefficients.
type constantLevel struct {
	*constant
	smoother
	halves  bool // red-black without over-relaxation: after it one colour has no residual
	adjoint bool
}

func (l *constantLevel) down(coarse, f, u []float64, relaxed bool) {
	l.restrict(coarse, f, u, relaxed && l.halves)
}

func (l *constantLevel) up(u, coarse []float64, relaxing bool) {
	colour := -1
	if relaxing && l.halves {
		// Only the colour that is not relaxed first is read again.
		colour = l.lead ^ 1
		if l.adjoint {
			colour = l.lead
		}
	}
	l.prolong(u, coarse, colour)
}

// stencilLevel is a level in symmetric form with any coefficients.
type stencilLevel struct {
	*relaxer
	smoother
	transfer *dependent
	r        []float64
}

func (l *stencilLevel) down(coarse, f, u []float64, _ bool) {
	l.residual(l.r, f, u)
	l.transfer.restrict(coarse, l.r)
}

func (l *stencilLevel) up(u, coarse []float64, _ bool) { l.transfer.prolong(u, coarse) }

// method are the choices that make a hierarchy.
type method struct {
	smoother  string
	cycle     string
	pre, post int
	omega     float64
	adjoint   bool // make the cycle a symmetric operator
	threads   int
}

const (
	smallest = 150  // unknowns not worth another grid
	largest  = 2000 // unknowns that the direct solver may have to deal with
)

// newHierarchy coarsens the system's grid: exactly, with the constant-coefficient operator
// discretised again, as long as every second vertex is a vertex of the coarser grid; from there, or from the
// start if coefficients vary, with operator-dependent interpolation and Galerkin operators.
func newHierarchy(ctx context.Context, s *system, m method) (*hierarchy, error) {
	h := &hierarchy{ctx: ctx, pre: m.pre, post: m.post, cycle: m.cycle}
	g := s.grid
	for !s.variable() && s.cross == 0 && g.colourable() && g.size() > smallest {
		c := newConstant(g, m.omega, m.threads)
		coarse, ok := c.coarsen()
		if !ok {
			break
		}
		h.levels = append(h.levels, &constantLevel{
			constant: c, smoother: newSmoother(m.smoother, c, m.adjoint),
			halves: m.smoother == "rbgs" && m.omega == 1, adjoint: m.adjoint,
		})
		g = coarse
	}
	h.symmetricAt, h.weight = len(h.levels), g.weights()
	var lo [3]bool
	for a := range g {
		lo[a] = g[a].lo == dirichlet
	}
	a := newStencil(&system{grid: g, faces: s.faces, cross: s.cross})
	for a.size() > smallest {
		t := newDependent(ctx, a, lo)
		if t == nil {
			break
		}
		r := newRelaxer(a, 1, m.threads)
		h.levels = append(h.levels, &stencilLevel{
			relaxer: r, smoother: newSmoother(m.smoother, r, m.adjoint),
			transfer: t, r: make([]float64, a.size()),
		})
		a = t.galerkin(ctx)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	if a.size() > largest {
		return nil, unsupported("a grid that cannot be coarsened below %d unknowns, expected at most %d", a.size(), largest)
	}
	var err error
	if h.bottom, err = newDense(a, s.grid.singular()); err != nil {
		return nil, err
	}
	h.u, h.f = make([][]float64, len(h.levels)+1), make([][]float64, len(h.levels)+1)
	for l := 1; l <= len(h.levels); l++ {
		n := a.size()
		if l < len(h.levels) {
			n = h.levels[l].size()
		}
		h.u[l], h.f[l] = make([]float64, n), make([]float64, n)
	}
	return h, nil
}
