package etd

// IFRK4 is the classical Runge–Kutta method of order 4 on the integrating-factor variable
// exp(−Lt) v (Canuto, Hussaini, Quarteroni & Zang, Spectral Methods, 2006, appendix D).
func IFRK4(linear []complex128, dt float64, f Nonlinear) Stepper {
	n := len(linear)
	s := &ifrk4{f: f, dt: dt, half: exponentials(linear, dt/2)}
	s.stage, s.slope, s.sum, s.start = make([]complex128, n), make([]complex128, n), make([]complex128, n), make([]complex128, n)
	return s
}

type ifrk4 struct {
	f                        Nonlinear
	dt                       float64
	half                     []complex128 // exp(L dt/2)
	stage, slope, sum, start []complex128 // start is half·v
}

func (s *ifrk4) Reset() {}

func (s *ifrk4) Step(v []complex128) {
	n := len(v)
	half, stage, slope, sum, start := s.half[:n], s.stage[:n], s.slope[:n], s.sum[:n], s.start[:n]
	h2, h3, h6 := s.dt/2, s.dt/3, s.dt/6
	s.f(slope, v)
	for k := range v {
		w, p := v[k]*half[k], slope[k]*half[k]
		start[k] = w
		stage[k] = axpy(w, h2, p)
		sum[k] = axpy(w, h6, p)
	}
	s.f(slope, stage)
	for k := range v {
		stage[k] = axpy(start[k], h2, slope[k])
		sum[k] = axpy(sum[k], h3, slope[k])
	}
	s.f(slope, stage)
	for k := range v {
		stage[k] = axpy(start[k], s.dt, slope[k]) * half[k]
		sum[k] = axpy(sum[k], h3, slope[k])
	}
	s.f(slope, stage)
	for k := range v {
		v[k] = axpy(sum[k]*half[k], h6, slope[k])
	}
}

// axpy returns y + a·x with real a.
func axpy(y complex128, a float64, x complex128) complex128 {
	return complex(real(y)+a*real(x), imag(y)+a*imag(x))
}
