package poisson

import (
	"fmt"
	"math"
	"slices"
)

// factored is the preconditioner M⁻¹ = T⁻ᵀ S T⁻¹ with a lower triangular T and a diagonal S.
type factored struct {
	*lower            // the strict lower part of T
	inverse []float64 // of the diagonal of T
	middle  []float64 // S, nil for the identity
}

// apply sets z = M⁻¹r.
func (p *factored) apply(z, r []float64) {
	row := p.row
	for i := range z {
		from, to := row[i], row[i+1]
		columns, values := p.column[from:to], p.value[from:to]
		values = values[:len(columns)]
		s := r[i]
		for k, j := range columns {
			s -= values[k] * z[j]
		}
		z[i] = s * p.inverse[i]
	}
	if p.middle != nil {
		multiply(z, p.middle)
	}
	for i := len(z) - 1; i >= 0; i-- {
		from, to := row[i], row[i+1]
		columns, values := p.column[from:to], p.value[from:to]
		values = values[:len(columns)]
		s := z[i] * p.inverse[i]
		z[i] = s
		for k, j := range columns {
			z[j] -= values[k] * s
		}
	}
}

// newSSOR is symmetric successive over-relaxation: T = D/ω + L, S = (2/ω − 1)D (Saad 2003, § 10.2).
func newSSOR(l *lower, omega float64) *factored {
	p := &factored{lower: l, inverse: make([]float64, len(l.d)), middle: make([]float64, len(l.d))}
	for i, d := range l.d {
		if d != 0 {
			p.inverse[i] = omega / d
			p.middle[i] = (2/omega - 1) * d
		}
	}
	return p
}

// newIC0 is the incomplete Cholesky factorisation A ≈ TTᵀ without fill: TTᵀ equals A where A has
// entries (Meijerink & van der Vorst 1977). If a pivot is not positive, the diagonal of A is raised by
// a growing multiple of itself (Manteuffel 1980), until the factor is also stable.
func newIC0(a *lower) (*factored, error) {
	p := &factored{lower: &lower{row: a.row, column: a.column, value: make([]float64, len(a.value))}, inverse: make([]float64, len(a.d))}
	for shift := 0.0; shift < 10; shift = max(1e-3, 2*shift) {
		if p.factorise(a, shift) && (shift == 0 || p.stable(a.d, shift)) {
			return p, nil
		}
	}
	return nil, fmt.Errorf("no incomplete Cholesky factorisation, even of the matrix with ten times the diagonal")
}

// stable says whether the factor's inverse is about as small as that of A with the raised diagonal. Just
// above the least shift with positive pivots it can be larger by ten orders of magnitude, and worse
// than no preconditioner. The estimate is by one solution, M⁻¹D·1 (Chow & Saad 1997); as (A+sD)⁻¹D
// is at most 1/s in the norm of D, a factor that is much above is not that of A+sD.
func (p *factored) stable(d []float64, shift float64) bool {
	const slack = 10
	z := make([]float64, len(d))
	p.apply(z, d)
	grown, total := 0.0, 0.0
	for i, v := range z {
		grown += d[i] * v * v
		total += d[i]
	}
	return math.Sqrt(grown/total)*shift <= slack
}

// factorise computes the factor row by row; false if a pivot is not positive.
func (p *factored) factorise(a *lower, shift float64) bool {
	copy(p.value, a.value)
	for i, d := range a.d {
		from, to := a.row[i], a.row[i+1]
		pivot := d * (1 + shift)
		for k := from; k < to; k++ {
			j := int(a.column[k])
			// l_ij = (a_ij − Σ l_ik l_jk) / l_jj over the common k < j of both rows
			s := p.value[k]
			for x, y := from, a.row[j]; x < k && y < a.row[j+1]; {
				switch cx, cy := a.column[x], a.column[y]; {
				case cx == cy:
					s -= p.value[x] * p.value[y]
					x++
					y++
				case cx < cy:
					x++
				default:
					y++
				}
			}
			s *= p.inverse[j]
			p.value[k] = s
			pivot -= s * s
		}
		switch {
		case d == 0:
			p.inverse[i] = 0 // an unknown without equation
		case !(pivot > 1e-14*d):
			return false
		default:
			p.inverse[i] = 1 / math.Sqrt(pivot)
		}
	}
	return true
}

// newPreconditioner makes the preconditioner of that name from the lower triangle of A.
func newPreconditioner(name string, l func() *lower, d []float64, omega float64, singular bool) (func(z, r []float64), error) {
	switch name {
	case "none":
		return func(z, r []float64) { copy(z, r) }, nil
	case "jacobi":
		inverse := invert(d)
		return func(z, r []float64) {
			copy(z, r)
			multiply(z, inverse)
		}, nil
	case "ssor":
		return newSSOR(l(), omega).apply, nil
	default:
		a := l()
		if singular {
			// The last pivot would be 0 up to rounding.
			a.d = slices.Clone(a.d)
			a.d[len(a.d)-1] *= 1 + 1e-3
		}
		p, err := newIC0(a)
		if err != nil {
			return nil, err
		}
		return p.apply, nil
	}
}
