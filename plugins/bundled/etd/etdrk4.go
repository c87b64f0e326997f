package etd

// ETDRK4 is the exponential Runge–Kutta method of order 4 of Cox & Matthews, Exponential time
// differencing for stiff systems, 2002, eq. 26–29, with the coefficients computed as in Kassam &
// Trefethen, Fourth-order time-stepping for stiff PDEs, 2005.
func ETDRK4(linear []complex128, dt float64, f Nonlinear) Stepper {
	n := len(linear)
	s := &etdrk4{f: f, e: exponentials(linear, dt), half: exponentials(linear, dt/2)}
	for _, c := range []*[]complex128{&s.q, &s.f1, &s.f2, &s.f3, &s.a, &s.b, &s.n1, &s.n2, &s.n3} {
		*c = make([]complex128, n)
	}
	h := complex(dt, 0)
	seen := make(map[complex128]int) // many modes share an eigenvalue in more than one dimension
	for k, l := range linear {
		if j, ok := seen[l]; ok {
			s.q[k], s.f1[k], s.f2[k], s.f3[k] = s.q[j], s.f1[j], s.f2[j], s.f3[j]
			continue
		}
		seen[l] = k
		z := h * l
		s.q[k], s.f1[k], s.f2[k], s.f3[k] = h*mean(cmQ, z), h*mean(cm1, z), 2*h*mean(cm2, z), h*mean(cm3, z)
	}
	if f1, ok := reals(s.f1); ok { // then all are
		r := &realETDRK4{etdrk4: *s, rf1: f1}
		r.re, _ = reals(s.e)
		r.rhalf, _ = reals(s.half)
		r.rq, _ = reals(s.q)
		r.rf2, _ = reals(s.f2)
		r.rf3, _ = reals(s.f3)
		return r
	}
	return s
}

type etdrk4 struct {
	f                      Nonlinear
	e, half, q, f1, f2, f3 []complex128
	a, b, n1, n2, n3       []complex128
}

func (s *etdrk4) Reset() {}

func (s *etdrk4) Step(v []complex128) {
	n := len(v)
	half, q := s.half[:n], s.q[:n]
	a, b, n1, n2, n3 := s.a[:n], s.b[:n], s.n1[:n], s.n2[:n], s.n3[:n]
	s.f(n1, v)
	for k := range v {
		a[k] = half[k]*v[k] + q[k]*n1[k]
	}
	s.f(n2, a)
	for k := range v {
		b[k] = half[k]*v[k] + q[k]*n2[k]
	}
	s.f(n3, b)
	for k := range v {
		b[k] = half[k]*a[k] + q[k]*(2*n3[k]-n1[k])
		n2[k] += n3[k]
	}
	s.f(n3, b)
	e, f1, f2, f3 := s.e[:n], s.f1[:n], s.f2[:n], s.f3[:n]
	for k := range v {
		v[k] = e[k]*v[k] + f1[k]*n1[k] + f2[k]*n2[k] + f3[k]*n3[k]
	}
}

// realETDRK4 is etdrk4 for a real linear part, with half the arithmetic.
type realETDRK4 struct {
	etdrk4
	re, rhalf, rq, rf1, rf2, rf3 []float64
}

func (s *realETDRK4) Step(v []complex128) {
	n := len(v)
	half, q := s.rhalf[:n], s.rq[:n]
	a, b, n1, n2, n3 := s.a[:n], s.b[:n], s.n1[:n], s.n2[:n], s.n3[:n]
	s.f(n1, v)
	for k := range v {
		a[k] = combine(half[k], v[k], q[k], n1[k])
	}
	s.f(n2, a)
	for k := range v {
		b[k] = combine(half[k], v[k], q[k], n2[k])
	}
	s.f(n3, b)
	for k := range v {
		c := n3[k]
		n2[k] += c
		b[k] = combine(half[k], a[k], q[k], c+c-n1[k])
	}
	s.f(n3, b)
	e, f1, f2, f3 := s.re[:n], s.rf1[:n], s.rf2[:n], s.rf3[:n]
	for k := range v {
		v[k] = combine(e[k], v[k], f1[k], n1[k]) + combine(f2[k], n2[k], f3[k], n3[k])
	}
}

// combine returns a·x + b·y with real a and b.
func combine(a float64, x complex128, b float64, y complex128) complex128 {
	return complex(a*real(x)+b*real(y), a*imag(x)+b*imag(y))
}

// reals returns the real parts, if they are all there is.
func reals(c []complex128) ([]float64, bool) {
	r := make([]float64, len(c))
	for k, v := range c {
		if imag(v) != 0 {
			return nil, false
		}
		r[k] = real(v)
	}
	return r, true
}
