package etd

// SBDF3 is the semi-implicit backward differentiation formula of order 3 (Ascher, Ruuth & Wetton
// 1995, eq. 28): backward differences for the derivative, the linear part implicit, the nonlinear part
// extrapolated. Its first two steps are of ETDRK4.
func SBDF3(linear []complex128, dt float64, f Nonlinear) Stepper {
	n := len(linear)
	s := &sbdf3{f: f, dt: dt, first: ETDRK4(linear, dt, f), inverse: make([]complex128, n)}
	for i := range s.v {
		s.v[i], s.slope[i] = make([]complex128, n), make([]complex128, n)
	}
	s.now = make([]complex128, n)
	for k, l := range linear {
		s.inverse[k] = 1 / (11.0/6 - complex(dt, 0)*l)
	}
	return s
}

type sbdf3 struct {
	f        Nonlinear
	dt       float64
	first    Stepper
	inverse  []complex128    // (11/6 − dt L)^−1
	v, slope [2][]complex128 // of the step before and the one before that
	now      []complex128
	done     int // steps taken since Reset, at most 2
}

func (s *sbdf3) Reset() { s.done = 0 }

func (s *sbdf3) Step(v []complex128) {
	n := len(v)
	inverse, now := s.inverse[:n], s.now[:n]
	v1, v2, n1, n2 := s.v[0][:n], s.v[1][:n], s.slope[0][:n], s.slope[1][:n]
	s.f(now, v)
	if s.done < 2 {
		s.done++
		copy(v2, v)
		s.first.Step(v)
	} else {
		h := s.dt
		for k := range v {
			u := v[k]
			d := now[k] - n1[k]
			re := 3*real(u) - 1.5*real(v1[k]) + real(v2[k])/3 + h*(3*real(d)+real(n2[k]))
			im := 3*imag(u) - 1.5*imag(v1[k]) + imag(v2[k])/3 + h*(3*imag(d)+imag(n2[k]))
			v2[k] = u
			v[k] = complex(re, im) * inverse[k]
		}
	}
	s.v[0], s.v[1] = v2, v1
	s.slope[0], s.slope[1], s.now = now, n1, n2
}
