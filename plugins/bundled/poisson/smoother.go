package poisson

import "math"

// operator is what a smoother needs of a level.
type operator interface {
	size() int
	residual(r, f, u []float64)
	// gaussSeidel does sweeps of a coloured Gauss–Seidel; reverse makes them the adjoint.
	gaussSeidel(u, f []float64, sweeps int, reverse bool)
	// inverseDiagonal returns a bound of the spectrum of D⁻¹A, and D⁻¹: one value for each
	// unknown, or one for all.
	inverseDiagonal() (bound float64, inverse []float64)
}

// smoother damps the errors that a coarser grid cannot see.
type smoother interface {
	relax(u, f []float64, sweeps int, post bool)
}

// newSmoother makes the smoother of that name for a level.
func newSmoother(name string, op operator, adjoint bool) smoother {
	if name == "rbgs" {
		return &redBlack{op, adjoint}
	}
	bound, inverse := op.inverseDiagonal()
	scaled := scaledResidual{op: op, inverse: inverse, r: make([]float64, op.size())}
	switch name {
	case "jacobi":
		return &dampedJacobi{scaled, bound}
	case "chebyshev":
		return &chebyshev{scaled, bound, make([]float64, op.size())}
	default:
		panic("poisson: unknown smoother " + name) // the option's choices admit no other
	}
}

// redBlack is Gauss–Seidel by colours, with the sweeps after the coarse-grid correction in the opposite
// order if the cycle is to be symmetric.
type redBlack struct {
	op      operator
	adjoint bool
}

func (s *redBlack) relax(u, f []float64, sweeps int, post bool) {
	if sweeps > 0 {
		s.op.gaussSeidel(u, f, sweeps, post && s.adjoint)
	}
}

// scaledResidual computes D⁻¹(f − Au).
type scaledResidual struct {
	op      operator
	inverse []float64
	r       []float64
}

func (s *scaledResidual) compute(f, u []float64) []float64 {
	s.op.residual(s.r, f, u)
	if len(s.inverse) == 1 {
		scale(s.r, s.inverse[0])
	} else {
		multiply(s.r, s.inverse)
	}
	return s.r
}

// dampedJacobi is u += ω D⁻¹(f − Au), with ω = 8/5 of the inverse of the spectral bound, the
// classical 4/5 for the 5-point stencil.
type dampedJacobi struct {
	scaledResidual
	bound float64
}

func (s *dampedJacobi) relax(u, f []float64, sweeps int, _ bool) {
	for range sweeps {
		axpy(u, 1.6/s.bound, s.compute(f, u))
	}
}

// chebyshev is the Chebyshev iteration of as many steps as there are sweeps on the upper part of the
// spectrum (Adams, Brezina, Hu & Tuminaro 2003).
type chebyshev struct {
	scaledResidual
	bound float64
	d     []float64
}

func (s *chebyshev) relax(u, f []float64, sweeps int, _ bool) {
	const lowest = 0.2 // of the bound: what a grid coarsened along every axis leaves
	theta, delta := s.bound*(1+lowest)/2, s.bound*(1-lowest)/2
	sigma := theta / delta
	rho := 1 / sigma
	for k := range sweeps {
		r := s.compute(f, u)
		if k == 0 {
			for i, v := range r {
				s.d[i] = v / theta
			}
		} else {
			next := 1 / (2*sigma - rho)
			a, b := next*rho, 2*next/delta
			d := s.d[:len(r)]
			for i, v := range r {
				d[i] = a*d[i] + b*v
			}
			rho = next
		}
		axpy(u, 1, s.d)
	}
}

func scale(v []float64, a float64) {
	for i := range v {
		v[i] *= a
	}
}

func (m *constant) gaussSeidel(u, f []float64, sweeps int, reverse bool) {
	m.sweep(u, f, sweeps, reverse)
}

func (m *constant) inverseDiagonal() (float64, []float64) { return 2, []float64{1 / m.diag} }

func (r *relaxer) gaussSeidel(u, f []float64, sweeps int, reverse bool) {
	for range sweeps {
		r.sweep(u, f, reverse)
	}
}

// inverseDiagonal bounds the spectrum by Gershgorin's theorem.
func (r *relaxer) inverseDiagonal() (float64, []float64) {
	bound := 1.0
	for z := range r.n[0] {
		for y := range r.n[1] {
			for x := range r.n[2] {
				sum := 0.0
				r.visit(z, y, x, func(_ int, v float64) { sum += math.Abs(v) })
				i := (z*r.n[1]+y)*r.n[2] + x
				bound = max(bound, 1+sum*r.inverse[i])
			}
		}
	}
	return bound, r.inverse
}
