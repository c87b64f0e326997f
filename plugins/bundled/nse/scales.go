package nse

import (
	"math"
	"math/cmplx"
)

// tol is the tolerance, within what double precision can give.
func (e *equation) tol() float64 {
	if !(e.tolerance > 0) {
		return 1e-6
	}
	return min(max(e.tolerance, 1e-11), 0.1)
}

// forced estimates the vorticity and the speed that the forcing leads to by the last time: its
// strongest mode held against viscosity and drag, or acting all the while.
func (e *equation) forced() (vorticity, speed float64) {
	if e.forcing == nil {
		return 0, 0
	}
	unit := 2 * math.Pi / e.length
	end := e.times[len(e.times)-1]
	f := e.forcing
	for r := range f.rows() {
		for kx, c := range f.c[r*f.kept:][:f.kept] {
			k := unit * math.Hypot(float64(kx), float64(f.ky(r)))
			if k == 0 {
				continue
			}
			w := 2 * cmplx.Abs(c) * min(end, 1/(e.viscosity*k*k+e.drag))
			if w > vorticity {
				vorticity, speed = w, w/k
			}
		}
	}
	return vorticity, speed
}

// cutoff chooses the highest wave number to keep: what the data need, and what strain of the strength of
// the vorticity makes of them against viscosity, where the spectrum falls exponentially.
func (e *equation) cutoff() int {
	digits := -math.Log10(e.tol())
	forced, _ := e.forced()
	viscous := 0.0
	if e.viscosity > 0 {
		viscous = 0.4 * (digits + 1) * math.Sqrt(max(e.strength, forced)/e.viscosity) * e.length / (2 * math.Pi)
	}
	data := max(e.resolved(e.vorticity), e.resolved(e.forcing))
	return int(math.Ceil(min(max(viscous, 1.2*float64(data), 8), 4096)))
}

// resolved is the highest wave number of s that matters at the tolerance.
func (e *equation) resolved(s *spectrum) int {
	if s == nil {
		return 0
	}
	lo, hi := 0, s.kept // tail(lo) matters, tail(hi) does not
	for hi-lo > 1 {
		mid := (lo + hi) / 2
		if s.tail(mid) > 0.01*e.tol() {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// step chooses the time step of a method: by accuracy, factor·tol^(1/order) in units of the turn of the
// strongest vortex, and by stability, the time a wave of the finest kept kind takes to pass,
// times courant.
func (e *equation) step(m *method, speed float64, kept int) float64 {
	forced, more := e.forced()
	dt := e.times[len(e.times)-1]
	if strength := max(e.strength, forced); strength > 0 {
		dt = min(dt, m.factor*math.Pow(e.tol(), 1/m.order)/strength)
	}
	if speed += more; speed > 0 {
		dt = min(dt, m.courant*e.length/(2*math.Pi*speed*float64(kept)))
	}
	return max(dt, math.SmallestNonzeroFloat64)
}

// size returns the least even 2^a 3^b 5^c that is at least n.
func size(n int) int {
	for n += n % 2; ; n += 2 {
		m := n
		for _, p := range []int{2, 3, 5} {
			for m%p == 0 {
				m /= p
			}
		}
		if m == 1 {
			return n
		}
	}
}
