package etd

import (
	"context"
	"errors"
	"math"
	"math/cmplx"
	"testing"
)

// v′ = λv + v² has v(t) = λ v0 e^{λt} / (λ + v0 − v0 e^{λt}).
var (
	linear = []complex128{-0.5, -40, complex(0, 3), complex(-1, 2), 0.3, 0}
	start  = []complex128{0.4, 0.5, complex(0.3, 0.2), 0.6, -0.5, 0.25}
)

func exact(t float64) []complex128 {
	v := make([]complex128, len(linear))
	for k, l := range linear {
		e := cmplx.Exp(l * complex(t, 0))
		growth := (e - 1) / l
		v[k] = start[k] * e / (1 - start[k]*growth)
	}
	v[5] = start[5] / (1 - start[5]*complex(t, 0)) // λ = 0
	return v
}

func square(dst, v []complex128) {
	for k, u := range v {
		dst[k] = u * u
	}
}

func TestOrders(t *testing.T) {
	for _, c := range []struct {
		name   string
		scheme Scheme
		order  float64
	}{{"ETDRK4", ETDRK4, 4}, {"IFRK4", IFRK4, 4}, {"SBDF3", SBDF3, 3}, {"CNAB2", CNAB2, 2}} {
		const T = 1.0
		var last float64
		for _, steps := range []int{64, 128, 256} {
			v := append([]complex128(nil), start...)
			s := c.scheme(linear, T/float64(steps), square)
			for range 3 { // Reset must make a fresh start
				copy(v, start)
				s.Reset()
				for range steps {
					s.Step(v)
				}
			}
			var e float64
			for k, w := range exact(T) {
				e = max(e, cmplx.Abs(v[k]-w))
			}
			if order := math.Log2(last / e); last != 0 && math.Abs(order-c.order) > 0.25 {
				t.Errorf("%s, %d steps: order %.2f, error %.1e", c.name, steps, order, e)
			}
			last = e
		}
	}
}

func TestLinearPartIsExact(t *testing.T) {
	zero := func(dst, _ []complex128) { clear(dst) }
	for _, scheme := range []Scheme{ETDRK4, IFRK4} {
		v := append([]complex128(nil), start...)
		scheme(linear, 0.7, zero).Step(v)
		for k, l := range linear {
			if d := cmplx.Abs(v[k] - start[k]*cmplx.Exp(0.7*l)); d > 1e-15 {
				t.Errorf("mode %d is off by %.1e", k, d)
			}
		}
	}
}

// The series of the coefficients at small z is their definition, without cancellation.
func TestCoefficientsNearZero(t *testing.T) {
	for _, z := range []complex128{0, 1e-8, -1e-3, complex(0, 0.02), complex(-0.05, 0.05)} {
		for _, c := range []struct {
			f          func(complex128) complex128
			a, b, c, d complex128
		}{
			{cmQ, 1. / 2, 1. / 8, 1. / 48, 1. / 384},
			{cm1, 1. / 6, 1. / 6, 3. / 40, 1. / 45},
			{cm2, 1. / 6, 1. / 12, 1. / 40, 1. / 180},
			{cm3, 1. / 6, 0, -1. / 120, -1. / 360},
		} {
			want := c.a + z*(c.b+z*(c.c+z*c.d))
			if d := cmplx.Abs(mean(c.f, z) - want); d > 1e-15+math.Pow(cmplx.Abs(z), 4) {
				t.Errorf("z = %v: %v, want %v", z, mean(c.f, z), want)
			}
		}
	}
}

// Both branches of mean must agree where they meet.
func TestCoefficientsAwayFromZero(t *testing.T) {
	for _, f := range []func(complex128) complex128{cmQ, cm1, cm2, cm3} {
		for _, z := range []complex128{-3.9, 2.5, complex(0, 3.5), complex(-2, 2)} {
			if d := cmplx.Abs(mean(f, z)-f(z)) / cmplx.Abs(f(z)); d > 1e-13 {
				t.Errorf("z = %v: differ by %.1e", z, d)
			}
		}
	}
}

func TestSteps(t *testing.T) {
	for _, c := range []struct {
		interval, dt float64
		want         int
	}{{1, 0.1, 10}, {1, 0.3, 4}, {0.1, 1, 1}, {0.3, 0.1, 3}} {
		if n := Steps(c.interval, c.dt); n != c.want {
			t.Errorf("Steps(%v, %v) = %d, want %d", c.interval, c.dt, n, c.want)
		}
	}
}

type recorder struct {
	arrived []complex128
	pauses  int
}

func (r *recorder) Arrive(_ int, v []complex128)           { r.arrived = append(r.arrived, v[0]) }
func (r *recorder) Pause(_ int, _ float64, _ []complex128) { r.pauses++ }

func TestMarch(t *testing.T) {
	s := System{Linear: linear, Nonlinear: square, Scheme: SBDF3, DT: 1e-3}
	times := []float64{0, 0.25, 0.5, 1}
	s.Plan(times)
	if len(s.steppers) != 1 {
		t.Errorf("%d integrators for one step", len(s.steppers))
	}
	for range 2 {
		v := append([]complex128(nil), start...)
		var r recorder
		steps, err := s.March(context.Background(), v, times, 100, &r)
		if err != nil || steps != 1000 || r.pauses < 7 {
			t.Fatal(steps, r.pauses, err)
		}
		for i, at := range times {
			if d := cmplx.Abs(r.arrived[i] - exact(at)[0]); d > 1e-8 {
				t.Errorf("t = %v: off by %.1e", at, d)
			}
		}
	}
}

func TestMarchStops(t *testing.T) {
	s := System{Linear: []complex128{0}, Nonlinear: square, Scheme: IFRK4, DT: 0.01}
	v := []complex128{1} // blows up at t = 1
	if _, err := s.March(context.Background(), v, []float64{2}, 10, &recorder{}); !errors.Is(err, ErrNotFinite) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.March(ctx, []complex128{0}, []float64{2}, 10, &recorder{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// A real linear part takes another path to the same answer.
func TestRealLinearPart(t *testing.T) {
	l := []complex128{-0.5, -40, 0.3, 0, -3}
	v := []complex128{0.4, complex(0.5, 0.1), -0.5, 0.25, complex(0.1, -0.2)}
	w := append([]complex128(nil), v...)
	real := ETDRK4(l, 0.1, square)
	if _, ok := real.(*realETDRK4); !ok {
		t.Fatal("the real path was not taken")
	}
	for range 10 {
		real.Step(v)
		real.(*realETDRK4).etdrk4.Step(w)
	}
	for k := range v {
		if d := cmplx.Abs(v[k] - w[k]); d > 1e-15 {
			t.Errorf("mode %d differs by %.1e", k, d)
		}
	}
}
