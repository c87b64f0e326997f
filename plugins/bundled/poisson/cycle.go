package poisson

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// level is one grid of a hierarchy: the operator, and the way to the next coarser grid and back.
type level interface {
	size() int
	// relax improves u: before the visit to coarser grids, or after it, then as the adjoint.
	relax(u, f []float64, sweeps int, post bool)
	// down sets coarse to the restricted residual f − Au; relaxed says that relax(…, false) came
	// just before.
	down(coarse, f, u []float64, relaxed bool)
	// up adds the interpolated correction to u; relaxing says that relax(…, true) is next.
	up(u, coarse []float64, relaxing bool)
}

// hierarchy is a multigrid method: levels from fine to coarse, and a direct solver at the end.
type hierarchy struct {
	levels []level
	u, f   [][]float64 // by level, from 1 on
	bottom *dense

	// Levels from symmetricAt on are in symmetric form, those before in row form; weight holds
	// the trapezoidal weights on the grid of that level, nil if all are 1.
	symmetricAt int
	weight      []float64

	pre, post int
	cycle     string // V, W or F

	ctx context.Context // of the solve: once it ends, cycles are cut short
}

// visit does one cycle on level l, improving u.
func (h *hierarchy) visit(l int, u, f []float64, cycle string) {
	if l == h.symmetricAt && h.weight != nil && l > 0 {
		multiply(f, h.weight)
	}
	h.visitWeighted(l, u, f, cycle)
}

func (h *hierarchy) visitWeighted(l int, u, f []float64, cycle string) {
	if l == len(h.levels) {
		h.bottom.solve(u, f)
		return
	}
	v := h.levels[l]
	v.relax(u, f, h.pre, false)
	if h.ctx.Err() != nil {
		return
	}
	cu, cf := h.u[l+1], h.f[l+1]
	v.down(cf, f, u, h.pre > 0)
	clear(cu)
	h.visit(l+1, cu, cf, cycle)
	if cycle != "V" && l+1 < len(h.levels) {
		next := cycle
		if cycle == "F" {
			next = "V"
		}
		h.visitWeighted(l+1, cu, cf, next)
	}
	if h.ctx.Err() != nil {
		return
	}
	v.up(u, cu, h.post > 0)
	v.relax(u, f, h.post, true)
}

// nested sets u to a first guess by nested iteration: the problem is solved on the coarser grid
// first, and one cycle follows on every grid (full multigrid; Brandt 1977). The right-hand
// sides of the coarser grids are restrictions of f.
func (h *hierarchy) nested(l int, u, f []float64) {
	clear(u)
	if l == len(h.levels) {
		h.bottom.solve(u, f)
		return
	}
	v := h.levels[l]
	own := h.f[l+1]
	v.down(own, f, u, false)
	if l+1 == h.symmetricAt && h.weight != nil {
		multiply(own, h.weight)
	}
	// The cycle on this level overwrites the coarser level's arrays, after they have served.
	h.nested(l+1, h.u[l+1], own)
	v.up(u, h.u[l+1], false)
	h.visitWeighted(l, u, f, "V")
}

func multiply(v, w []float64) {
	w = w[:len(v)]
	for i := range v {
		v[i] *= w[i]
	}
}

// dense solves a small symmetric system exactly. A singular one, with the constants as
// kernel, is made regular by adding a multiple of 11ᵀ, which leaves the solution without
// constant part unchanged.
type dense struct {
	factor mat.Cholesky
}

func newDense(m *stencil, singular bool) (*dense, error) {
	n := m.size()
	a := mat.NewSymDense(n, nil)
	largest := 0.0
	for i, d := range m.d {
		largest = max(largest, d)
		if d <= 0 {
			d = 1 // an unknown without equation is 0
		}
		a.SetSym(i, i, d)
	}
	for z := range m.n[0] {
		for y := range m.n[1] {
			for x := range m.n[2] {
				i := (z*m.n[1]+y)*m.n[2] + x
				m.visit(z, y, x, func(j int, v float64) {
					if j > i {
						a.SetSym(i, j, a.At(i, j)+v)
					}
				})
			}
		}
	}
	if singular {
		shift := largest / float64(n)
		for i := range n {
			for j := i; j < n; j++ {
				a.SetSym(i, j, a.At(i, j)+shift)
			}
		}
	}
	d := &dense{}
	if !d.factor.Factorize(a) {
		return nil, fmt.Errorf("the matrix of the coarsest grid (%d unknowns) is not positive definite", n)
	}
	return d, nil
}

func (d *dense) solve(u, f []float64) {
	x := mat.NewVecDense(len(u), u)
	// Factorize has checked the condition; an ill-conditioned solution is still the best there is.
	_ = d.factor.SolveVecTo(x, mat.NewVecDense(len(f), f))
}
