package etd

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
)

// ErrNotFinite says that the state has become NaN or infinite.
var ErrNotFinite = errors.New("no longer finite")

// System is a semilinear system with a scheme and the longest step it may take.
type System struct {
	Linear    []complex128
	Nonlinear Nonlinear
	Scheme    Scheme
	DT        float64

	steppers []timed
}

// mostSteppers are kept, so that steps that differ from solve to solve do not fill the memory.
const mostSteppers = 32

// timed is an integrator with its step.
type timed struct {
	Stepper
	dt float64
}

// Stepper returns the integrator for an interval of time, and the number of equal steps that
// divide it. The latest are kept: asking before the march takes their making out of it.
func (s *System) Stepper(interval float64) (Stepper, int) {
	n := Steps(interval, s.DT)
	dt := interval / float64(n)
	for _, t := range s.steppers {
		if math.Abs(t.dt-dt) < 1e-13*dt { // intervals that differ by rounding share theirs
			return t.Stepper, n
		}
	}
	if len(s.steppers) == mostSteppers {
		s.steppers = slices.Delete(s.steppers, 0, 1)
	}
	s.steppers = append(s.steppers, timed{s.Scheme(s.Linear, dt, s.Nonlinear), dt})
	return s.steppers[len(s.steppers)-1].Stepper, n
}

// Plan makes the integrators that March needs for the times.
func (s *System) Plan(times []float64) {
	now := 0.0
	for _, t := range times {
		if t > now {
			s.Stepper(t - now)
		}
		now = t
	}
}

// Visitor is told of the march.
type Visitor interface {
	// Arrive is called when v is the state at the i-th of the times.
	Arrive(i int, v []complex128)
	// Pause is called every so many steps, with v the state at t, on the way to the i-th of the
	// times.
	Pause(i int, t float64, v []complex128)
}

// March integrates v from time 0 through the times, which ascend. It pauses every so many steps,
// and returns how many it took. It stops when ctx ends and when v is no longer finite (ErrNotFinite).
func (s *System) March(ctx context.Context, v []complex128, times []float64, every int, visit Visitor) (int, error) {
	taken := 0
	now := 0.0
	var last Stepper
	for i, end := range times {
		steps := 0
		var st Stepper
		if end > now {
			st, steps = s.Stepper(end - now)
			if st != last { // the same one goes on with the steps it remembers
				st.Reset()
			}
			last = st
		}
		for n := range steps {
			st.Step(v)
			taken++
			if err := ctx.Err(); err != nil { // f may have given up within the step
				return taken, err
			}
			if taken%every != 0 || n == steps-1 {
				continue
			}
			t := now + (end-now)*float64(n+1)/float64(steps)
			if !finite(v) {
				return taken, fmt.Errorf("by t = %.4g: %w", t, ErrNotFinite)
			}
			visit.Pause(i, t, v)
		}
		if !finite(v) {
			return taken, fmt.Errorf("at t = %.4g: %w", end, ErrNotFinite)
		}
		visit.Arrive(i, v)
		now = end
	}
	return taken, nil
}

func finite(v []complex128) bool {
	sum := 0.0 // NaN and infinities survive multiplication by zero as NaN
	for _, c := range v {
		sum += 0*real(c) + 0*imag(c)
	}
	return sum == 0
}
