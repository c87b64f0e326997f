package reference

import (
	"context"
	"errors"
	"math"
	"math/cmplx"
	"testing"
)

// logistic is z' = z − z², whose solution from z0 is z0 e^t / (1 + z0 (e^t − 1)).
func logistic(z0 complex128, t float64) complex128 {
	e := complex(math.Exp(t), 0)
	return z0 * e / (1 + z0*(e-1))
}

func TestRadauOrder(t *testing.T) {
	z0 := complex(0.1, 0.05)
	at := func(h float64) float64 {
		var got complex128
		err := Radau(context.Background(), []float64{1}, func(dst, v [][]complex128) {
			for i, s := range v {
				dst[i][0] = -s[0] * s[0]
			}
		}, []complex128{z0}, h, []float64{8}, func(_ int, v []complex128) { got = v[0] })
		if err != nil {
			t.Fatal(err)
		}
		return cmplx.Abs(got - logistic(z0, 8))
	}
	// Order 13: halving the step divides the error by 8192; the coarse step must be long for rounding not to show.
	coarse, fine := at(2), at(1)
	if order := math.Log2(coarse / fine); order < 11.5 {
		t.Errorf("errors %.3g and %.3g: observed order %.2f, expected about 13", coarse, fine, order)
	}
	if e := at(0.25); e > 1e-14 {
		t.Errorf("error with step 1/4 is %.3g, expected rounding", e)
	}
}

func TestRadauIsStiff(t *testing.T) {
	// λ h = −1e6 in one component, forced by the square of the other: y' = −λ(y − x²) + 2x x', x' = −x.
	const stiff = 1e7
	var got []complex128
	err := Radau(context.Background(), []float64{-1, -stiff}, func(dst, v [][]complex128) {
		for i, s := range v {
			x := s[0]
			dst[i][0] = 0
			dst[i][1] = stiff*x*x - 2*x*x
		}
	}, []complex128{1, 1}, 0.1, []float64{0.5, 2}, func(_ int, v []complex128) { got = append(got, v...) })
	if err != nil {
		t.Fatal(err)
	}
	for i, time := range []float64{0.5, 2} {
		want := math.Exp(-2 * time)
		if e := math.Abs(real(got[2*i+1])-want) / want; e > 1e-12 {
			t.Errorf("t = %g: stiff component is off by %.2g relative", time, e)
		}
	}
}

func TestRadauReportsLongSteps(t *testing.T) {
	err := Radau(context.Background(), []float64{0}, func(dst, v [][]complex128) {
		for i, s := range v {
			dst[i][0] = s[0] * s[0] // blows up at t = 1
		}
	}, []complex128{1}, 0.5, []float64{3}, func(int, []complex128) {})
	if !errors.Is(err, ErrStep) {
		t.Errorf("error is %v, expected ErrStep", err)
	}
}

func TestRadauCancels(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := Radau(ctx, []float64{0}, func(_, _ [][]complex128) {}, []complex128{1}, 0.1, []float64{1}, func(int, []complex128) {})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, expected context.Canceled", err)
	}
}

func TestDOP853Order(t *testing.T) {
	z0 := complex(0.1, 0.05)
	f := func(dst, v []complex128) { dst[0] = v[0] - v[0]*v[0] }
	at := func(h float64) float64 {
		d := newDOP(f, []complex128{z0})
		for range int(math.Round(8 / h)) {
			if _, err := d.try(context.Background(), h); err != nil {
				t.Fatal(err)
			}
			d.accept()
		}
		return cmplx.Abs(d.v[0] - logistic(z0, 8))
	}
	coarse, fine := at(1), at(0.5)
	if order := math.Log2(coarse / fine); order < 7.5 || order > 10 {
		t.Errorf("errors %.3g and %.3g: observed order %.2f, expected about 8", coarse, fine, order)
	}
}

func TestDOP853KeepsTolerance(t *testing.T) {
	z0 := complex(0.1, 0.05)
	times := []float64{0.3, 1, 1.000001, 8}
	for _, tolerance := range []float64{1e-6, 1e-9, 1e-13} {
		err := DOP853(context.Background(), func(dst, v []complex128) { dst[0] = v[0] - v[0]*v[0] },
			[]complex128{z0}, tolerance, times, func(i int, v []complex128) {
				if e := cmplx.Abs(v[0] - logistic(z0, times[i])); e > 10*tolerance {
					t.Errorf("tolerance %g, t = %g: error %.3g", tolerance, times[i], e)
				}
			})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestDOP853CancelsWithinAStep(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	calls := 0
	err := DOP853(ctx, func(dst, v []complex128) {
		if calls++; calls == 30 {
			cancel()
		}
		dst[0] = -v[0]
	}, []complex128{1}, 1e-12, []float64{100}, func(int, []complex128) {})
	if !errors.Is(err, context.Canceled) || calls != 30 {
		t.Errorf("error is %v after %d evaluations, expected context.Canceled after 30", err, calls)
	}
}

func TestDOP853ReportsBlowUp(t *testing.T) {
	err := DOP853(context.Background(), func(dst, v []complex128) { dst[0] = v[0] * v[0] },
		[]complex128{1}, 1e-8, []float64{3}, func(int, []complex128) {})
	if !errors.Is(err, ErrStep) {
		t.Errorf("error is %v, expected ErrStep", err)
	}
}
