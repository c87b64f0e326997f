package poisson

import (
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

const (
	dirichlet = poissonv1.Boundary_BOUNDARY_DIRICHLET
	neumann   = poissonv1.Boundary_BOUNDARY_NEUMANN
	periodic  = poissonv1.Boundary_BOUNDARY_PERIODIC
)

// axis is one direction of a grid of vertices. A direction the problem does not have has one
// vertex, coefficient 0 and Dirichlet sides: it adds nothing anywhere.
type axis struct {
	n      int     // unknowns
	h      float64 // spacing
	k      float64 // constant coefficient
	lo, hi poissonv1.Boundary
}

// c is the coupling of neighbours, K/h².
func (a axis) c() float64 { return a.k / (a.h * a.h) }

// intervals is how many spacings the axis is long.
func (a axis) intervals() int {
	switch {
	case a.lo == periodic:
		return a.n
	case a.lo == dirichlet && a.hi == dirichlet:
		return a.n + 1
	case a.lo == neumann && a.hi == neumann:
		return a.n - 1
	default:
		return a.n
	}
}

// neighbour returns the vertex that the stencil reaches from i by a step of ±1 after mirroring
// and wrapping, or −1 on a Dirichlet side.
func (a axis) neighbour(i, step int) int {
	j := i + step
	if j < 0 {
		switch a.lo {
		case neumann:
			j = -j
		case periodic:
			return a.n - 1
		default:
			return -1
		}
	}
	if j >= a.n {
		switch {
		case a.hi == periodic:
			return 0
		case a.hi == neumann && a.n >= 2:
			return 2*(a.n-1) - j
		default:
			return -1
		}
	}
	return j
}

// weight is the trapezoidal weight of vertex i.
func (a axis) weight(i int) float64 {
	w := 1.0
	if i == 0 && a.lo == neumann {
		w /= 2
	}
	if i == a.n-1 && a.hi == neumann {
		w /= 2
	}
	return w
}

// first is the vertex of the first one of the next coarser grid: every second vertex counted from a
// Neumann or periodic side, or from the Dirichlet boundary vertex.
func (a axis) first() int {
	if a.lo == dirichlet {
		return 1
	}
	return 0
}

// halves says whether the vertices of the axis with twice the spacing are every second one
// exactly, sides included, and enough of them.
func (a axis) halves() bool {
	switch {
	case a.lo == periodic:
		return a.n%2 == 0 && a.n >= 8
	default:
		return a.intervals()%2 == 0 && a.n >= 3
	}
}

// half is the axis with twice the spacing; see halves.
func (a axis) half() axis {
	b := a
	b.h *= 2
	switch {
	case a.lo == periodic:
		b.n = a.n / 2
	case a.lo == dirichlet && a.hi == dirichlet:
		b.n = (a.n - 1) / 2
	case a.lo == neumann && a.hi == neumann:
		b.n = (a.n + 1) / 2
	default:
		b.n = a.n / 2
	}
	return b
}

// grid is three axes, slowest first; unknowns are in C order.
type grid [3]axis

func (g *grid) size() int { return g[0].n * g[1].n * g[2].n }

// singular says that constants are in the kernel: no side is Dirichlet.
func (g *grid) singular() bool {
	for _, a := range g {
		if a.k != 0 && (a.lo == dirichlet || a.hi == dirichlet) {
			return false
		}
	}
	return true
}

// colourable says that neighbours always differ in colour: no periodic axis is of odd length.
func (g *grid) colourable() bool {
	for _, a := range g {
		if a.lo == periodic && a.n%2 != 0 {
			return false
		}
	}
	return true
}

// weights returns the trapezoidal weights of all unknowns, or nil if all are 1.
func (g *grid) weights() []float64 {
	any := false
	for _, a := range g {
		any = any || a.lo == neumann || a.hi == neumann
	}
	if !any {
		return nil
	}
	w := make([]float64, 0, g.size())
	for z := range g[0].n {
		for y := range g[1].n {
			wzy := g[0].weight(z) * g[1].weight(y)
			for x := range g[2].n {
				w = append(w, wzy*g[2].weight(x))
			}
		}
	}
	return w
}

// strong marks the axes to coarsen: those that may and whose coupling is not far below that of the
// strongest that may. Halving strong axes only keeps point smoothers good when the coefficients are
// anisotropic (semicoarsening; Mulder 1989).
func strong(couplings [3]float64, may [3]bool) [3]bool {
	const fraction = 0.3
	top := 0.0
	for a, c := range couplings {
		if may[a] {
			top = max(top, c)
		}
	}
	var s [3]bool
	for a, c := range couplings {
		s[a] = may[a] && c >= fraction*top
	}
	return s
}
