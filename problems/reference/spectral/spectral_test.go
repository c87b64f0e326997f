package spectral

import (
	"fmt"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"
)

func noise(n int) []complex128 {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	x := make([]complex128, n)
	for i := range x {
		x[i] = complex(r.NormFloat64(), r.NormFloat64())
	}
	return x
}

func TestFFTMatchesDefinition(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 30, 49, 64, 96, 97, 128, 360} {
		const batch = 3
		x := noise(n * batch)
		want := make([]complex128, n*batch)
		for k := range n {
			for j := range n {
				w := cmplx.Rect(1, -2*math.Pi*float64(j*k%n)/float64(n))
				for b := range batch {
					want[k*batch+b] += w * x[j*batch+b]
				}
			}
		}
		f := NewFFT(n)
		got := append([]complex128(nil), x...)
		f.Forward(got, batch)
		for i := range got {
			if d := cmplx.Abs(got[i] - want[i]); d > 1e-13*float64(n) {
				t.Fatalf("n = %d: element %d is %v, expected %v", n, i, got[i], want[i])
			}
		}
		f.Inverse(got, batch)
		for i := range got {
			if d := cmplx.Abs(got[i]/complex(float64(n), 0) - x[i]); d > 1e-14*float64(n+8) {
				t.Fatalf("n = %d: inverse gives %v, expected %v", n, got[i], x[i])
			}
		}
	}
}

func TestSampleInterpolatesExactly(t *testing.T) {
	field := func(q float64) float64 { return 0.3 + math.Cos(q+1) - 2*math.Sin(3*q) + 0.25*math.Cos(5*q-0.2) }
	for _, n := range []int{11, 12, 16, 31} {
		u := make([]float64, n)
		for i := range u {
			u[i] = field(2 * math.Pi * float64(i) / float64(n))
		}
		c := Coefficients(u)
		for _, m := range []int{1, 2, 4, 7, 8, 64} { // fewer points than modes as well
			for i, got := range Sample(c, m) {
				if want := field(2 * math.Pi * float64(i) / float64(m)); math.Abs(got-want) > 1e-14*20 {
					t.Errorf("%d points to %d: value %d is %g, expected %g", n, m, i, got, want)
				}
			}
		}
	}
}

func TestSampleKeepsHighestMode(t *testing.T) {
	u := []float64{1, -1, 1, -1, 1, -1}
	for i, v := range Sample(Coefficients(u), 6) {
		if math.Abs(v-u[i]) > 1e-15 {
			t.Errorf("value %d is %g, expected %g", i, v, u[i])
		}
	}
}

func TestPlaneSamplesExactly(t *testing.T) {
	field := func(x, y float64) float64 {
		return 0.2 + math.Sin(x+0.3)*math.Cos(2*y) + 0.7*math.Cos(3*x-y+0.5) + 0.4*math.Cos(2*y-x)
	}
	grid := func(n int) []float64 {
		u := make([]float64, n*n)
		for j := range n {
			for i := range n {
				u[j*n+i] = field(2*math.Pi*float64(i)/float64(n), 2*math.Pi*float64(j)/float64(n))
			}
		}
		return u
	}
	for _, n := range []int{8, 9, 16} {
		for _, m := range []int{2, 3, 5, 12} {
			got, want := PlaneOf(grid(n), n, 4).Sample(m), grid(m)
			for i := range got {
				if math.Abs(got[i]-want[i]) > 1e-14*10 {
					t.Fatalf("%d² points to %d²: value %d is %g, expected %g", n, m, i, got[i], want[i])
				}
			}
		}
	}
}

func TestFFT2IsTheProductOfLines(t *testing.T) {
	for _, n := range []int{6, 20, 132} {
		x := noise(n * n)
		want := append([]complex128(nil), x...)
		line := NewFFT(n)
		line.Forward(want, n)
		for j := range n {
			line.Forward(want[j*n:(j+1)*n], 1)
		}
		for _, workers := range []int{1, 3} {
			f := NewFFT2(n)
			f.workers = f.workers[:1]
			for len(f.workers) < workers {
				f.workers = append(f.workers, NewFFT2(n).workers[0])
			}
			got := append([]complex128(nil), x...)
			f.Forward(got)
			for i := range got {
				if got[i] != want[i] {
					t.Fatalf("n = %d, %d workers: element %d is %v, expected %v", n, workers, i, got[i], want[i])
				}
			}
			f.Inverse(got)
			for i := range got {
				if cmplx.Abs(got[i]/complex(float64(n*n), 0)-x[i]) > 1e-13 {
					t.Fatalf("n = %d, %d workers: inverse gives %v, expected %v", n, workers, got[i], x[i])
				}
			}
		}
	}
}

func TestPlaneKeepsHighestModes(t *testing.T) {
	n := 6
	u := make([]float64, n*n)
	r := rand.New(rand.NewPCG(3, 4))
	for i := range u {
		u[i] = r.NormFloat64()
	}
	for i, v := range PlaneOf(u, n, n/2).Sample(n) {
		if math.Abs(v-u[i]) > 1e-14 {
			t.Fatalf("value %d is %g, expected %g", i, v, u[i])
		}
	}
}

func BenchmarkFFT(b *testing.B) {
	for _, n := range []int{128, 768, 1024} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f, x := NewFFT(n), noise(n)
			b.SetBytes(int64(16 * n))
			for b.Loop() {
				f.Forward(x, 1)
				for i := range x { // keep the values bounded
					x[i] *= complex(1/math.Sqrt(float64(n)), 0)
				}
			}
		})
	}
}

func BenchmarkFFT2(b *testing.B) {
	for _, n := range []int{128, 256, 384} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f, x := NewFFT2(n), make([]complex128, n*n)
			b.SetBytes(int64(16 * n * n))
			for b.Loop() {
				f.Forward(x)
			}
		})
	}
}
