package etd

// CNAB2 is Crank–Nicolson for the linear part and Adams–Bashforth of order 2 for the nonlinear
// (Ascher, Ruuth & Wetton, Implicit-explicit methods for time-dependent PDEs, 1995, eq. 18). Its
// first step is one of ETDRK4.
func CNAB2(linear []complex128, dt float64, f Nonlinear) Stepper {
	n := len(linear)
	s := &cnab2{f: f, first: ETDRK4(linear, dt, f)}
	s.keep, s.now, s.before, s.slope, s.last = make([]complex128, n), make([]complex128, n), make([]complex128, n), make([]complex128, n), make([]complex128, n)
	h := complex(dt, 0)
	for k, l := range linear {
		d := 1 - h*l/2
		s.keep[k], s.now[k], s.before[k] = (1+h*l/2)/d, 1.5*h/d, -0.5*h/d
	}
	return s
}

type cnab2 struct {
	f                 Nonlinear
	first             Stepper
	keep, now, before []complex128
	slope, last       []complex128
	started           bool
}

func (s *cnab2) Reset() { s.started = false }

func (s *cnab2) Step(v []complex128) {
	if !s.started {
		s.started = true
		s.f(s.last, v)
		s.first.Step(v)
		return
	}
	n := len(v)
	keep, now, before, slope, last := s.keep[:n], s.now[:n], s.before[:n], s.slope[:n], s.last[:n]
	s.f(slope, v)
	for k := range v {
		v[k] = keep[k]*v[k] + now[k]*slope[k] + before[k]*last[k]
	}
	s.slope, s.last = last, slope
}
