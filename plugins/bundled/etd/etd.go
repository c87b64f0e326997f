// Package etd integrates semilinear systems v′ = L v + N(v) in time, where L is diagonal: spectral
// discretisations of evolution equations. An equation is its diagonal and a function; an
// integrator knows nothing else of it.
//
// The linear part is treated exactly or implicitly, so that the step is bound by the nonlinear
// part alone.
package etd

import "math"

// Nonlinear computes dst = N(v). It must not keep or change v, and must fill all of dst.
type Nonlinear func(dst, v []complex128)

// Stepper advances v by its step. Multistep methods remember earlier steps until Reset.
type Stepper interface {
	Step(v []complex128)
	// Reset says that the next v is not the one that the last Step left.
	Reset()
}

// Scheme makes a stepper for the diagonal linear and the step dt.
type Scheme func(linear []complex128, dt float64, f Nonlinear) Stepper

// Steps returns how many equal steps, none longer than dt, divide an interval.
func Steps(interval, dt float64) int {
	// A quotient that is whole but for rounding is whole.
	return max(1, int(math.Ceil(interval/dt*(1-1e-12))))
}

// exponentials returns exp(dt·linear).
func exponentials(linear []complex128, dt float64) []complex128 {
	e := make([]complex128, len(linear))
	for k, l := range linear {
		e[k] = expComplex(l * complex(dt, 0))
	}
	return e
}
