package sampling

import (
	"math"
	"math/cmplx"
	"slices"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/solverbench/solverbench/metrics"
	rng "github.com/solverbench/solverbench/problems/random"
)

func TestSplitMix64(t *testing.T) {
	s := rng.New(0)
	for i, want := range []uint64{0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F} {
		if got := s.Uint64(); got != want {
			t.Errorf("draw %d is %#x, expected %#x", i, got, want)
		}
	}
}

// ε is −σ times the gradient of the logarithm of the density: compare with differences of it.
func TestNoiseIsTheScore(t *testing.T) {
	m := random{Dim: 5, Components: 4, Spread: 1}.mixture(3)
	density := func(x []float64, l level) float64 {
		sum := 0.0
		for k, w := range m.weights {
			p := w
			for j, v := range x {
				s := l.variance(m.variances[k*5+j])
				r := v - l.alpha*m.means[k*5+j]
				p *= math.Exp(-0.5*r*r/s) / math.Sqrt(2*math.Pi*s)
			}
			sum += p
		}
		return math.Log(sum)
	}
	x, eps := make([]float64, 15), make([]float64, 15)
	stream(1, streamStart).normals(x)
	for _, at := range []float64{0.01, 0.2, 0.7, 1} {
		l := standardSchedule().at(at)
		m.noise(eps, x, l)
		for i := range x {
			row := slices.Clone(x[i/5*5:][:5])
			const h = 1e-5
			row[i%5] = x[i] + h
			up := density(row, l)
			row[i%5] = x[i] - h
			want := -l.sigma * (up - density(row, l)) / (2 * h)
			if math.Abs(eps[i]-want) > 1e-7*(1+math.Abs(want)) {
				t.Errorf("t = %g: ε[%d] is %.9g, expected %.9g", at, i, eps[i], want)
			}
		}
	}
}

// Far from all modes the densities underflow; ε does not mind.
func TestNoiseFarAway(t *testing.T) {
	m := ring{Modes: 8, Radius: 4, SD: 0.3}.mixture()
	l := standardSchedule().at(1e-3)
	x := []float64{1e6, 0, -3e8, 1e8}
	eps := make([]float64, 4)
	m.noise(eps, x, l)
	v := l.variance(0.09)
	// One component rules: of the first point that at (4, 0), of the second that at (−4, 0) or
	// (−2.8, 2.8), which is nearer to its direction.
	for i, mean := range []float64{4, 0, -4, 0} {
		if want := l.sigma * (x[i] - l.alpha*mean) / v; math.Abs(eps[i]-want) > 1e-12*math.Abs(want)+1e-12*1e8 {
			t.Errorf("ε[%d] is %g, expected %g", i, eps[i], want)
		}
	}
}

// Many rows go to two goroutines; callers may be several too.
func TestNoiseConcurrently(t *testing.T) {
	m := random{Dim: 16, Components: 10, Spread: 2}.mixture(0)
	l := standardSchedule().at(0.3)
	x := drawStart(0, standardSchedule(), 1001, 16)
	want := make([]float64, len(x))
	g := m.newMarginal()
	m.at(l, g)
	g.noise(want, x, 16)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			got := make([]float64, len(x))
			m.noise(got, x, l)
			if !slices.Equal(got, want) {
				t.Error("rows computed in parallel differ")
			}
		})
	}
	group.Wait()
}

func TestDrawsHaveTheMoments(t *testing.T) {
	l := standardSchedule().at(0.2)
	m := random{Dim: 3, Components: 4, Spread: 2}.mixture(7)
	const n = 40000
	x := m.draw(stream(7, streamReference), n, l)
	got, err := metrics.SampleMoments(metrics.Array{Shape: []int{n, 3}, Values: x})
	if err != nil {
		t.Fatal(err)
	}
	want := m.moments(l)
	for i := range 3 {
		if e := math.Abs(got.Mean[i]-want.Mean[i]) / math.Sqrt(want.Cov[i*4]/n); e > 5 {
			t.Errorf("mean %d is %.1f standard errors off", i, e)
		}
		for j := range 3 {
			// The fourth moments of a mixture are at most a few times those of a Gaussian.
			if e := math.Abs(got.Cov[i*3+j]-want.Cov[i*3+j]) / (math.Sqrt(want.Cov[i*4]*want.Cov[j*4]) * math.Sqrt(2.0/n)); e > 6 {
				t.Errorf("covariance %d, %d is %.1f standard errors off", i, j, e)
			}
		}
	}
}

func TestFlowOfGaussians(t *testing.T) {
	s := standardSchedule()
	one := newMixture([]float64{1}, []float64{1.5, -0.3}, []float64{0.04, 2})
	start := drawStart(1, s, 40, 2)
	numeric, err := one.integrate(t.Context(), s, start, flowTolerance)
	if err != nil {
		t.Fatal(err)
	}
	if d := largestDifference(numeric, one.gaussianFlow(s, start)); !(d < 1e-11) {
		t.Errorf("extrapolation differs from the closed form by %.3g", d)
	}
	// Components that coincide are one Gaussian.
	two := newMixture([]float64{0.3, 0.7}, []float64{1.5, -0.3, 1.5, -0.3}, []float64{0.04, 2, 0.04, 2})
	got, err := two.flow(t.Context(), s, start)
	if err != nil {
		t.Fatal(err)
	}
	if d := largestDifference(got.end, one.gaussianFlow(s, start)); !(d < 1e-11) {
		t.Errorf("two equal components: %.3g from the closed form", d)
	}
}

// On y' = −2ty the extrapolation meets its tolerance, and ten more digits cost few more evaluations.
func TestExtrapolate(t *testing.T) {
	for _, tolerance := range []float64{1e-6, 1e-9, 1e-12} {
		calls := 0
		y := []float64{1, -2}
		err := extrapolate(t.Context(), func(dst, y []float64, t float64) {
			calls++
			for i, v := range y {
				dst[i] = -2 * t * v
			}
		}, y, 0, 3, tolerance)
		if err != nil {
			t.Fatal(err)
		}
		if e := math.Abs(y[0] - math.Exp(-9)); e > 10*tolerance || y[1] != -2*y[0] {
			t.Errorf("tolerance %g: error %.3g, y = %v", tolerance, e, y)
		}
		if calls > 1500 {
			t.Errorf("tolerance %g took %d evaluations", tolerance, calls)
		}
	}
	if err := extrapolate(t.Context(), func(dst, y []float64, _ float64) { dst[0] = y[0] * y[0] }, []float64{1}, 0, 2, 1e-10); err == nil {
		t.Error("a solution with a pole at 1 was integrated to 2")
	}
}

// The filter is the inverse of the covariance matrix, written out.
func TestFieldNoise(t *testing.T) {
	const n = 4
	f := newField(n, 1.3, 0.7)
	l := standardSchedule().at(0.4)
	covariance := mat.NewDense(n*n, n*n, nil)
	for i := range n * n {
		for j := range n * n {
			sum := 0.0
			for k, p := range f.spectrum {
				phase := 2 * math.Pi / n * float64(frequency(k/n, n)*(i/n-j/n)+frequency(k%n, n)*(i%n-j%n))
				sum += l.variance(p) * math.Cos(phase) / (n * n)
			}
			covariance.Set(i, j, sum)
		}
	}
	if v := covariance.At(0, 0); math.Abs(v-l.variance(1)) > 1e-14 {
		t.Errorf("a pixel has variance %g, expected %g", v, l.variance(1))
	}
	x := drawStart(5, standardSchedule(), 3, n*n) // an odd number: the last is alone
	eps := make([]float64, len(x))
	f.noise(eps, x, l)
	for p := 0; p < len(x); p += n * n {
		var want mat.VecDense
		if err := want.SolveVec(covariance, mat.NewVecDense(n*n, x[p:p+n*n])); err != nil {
			t.Fatal(err)
		}
		want.ScaleVec(l.sigma, &want)
		if d := largestDifference(eps[p:p+n*n], want.RawVector().Data); !(d < 1e-13) {
			t.Errorf("image %d differs by %.3g", p/(n*n), d)
		}
	}
}

// The transform against its definition, and back.
func TestTransform(t *testing.T) {
	const n = 8
	tr := newTransform(n)
	x := make([]float64, 2*n*n)
	stream(4, streamStart).normals(x)
	copy(tr.re, x[:n*n])
	copy(tr.im, x[n*n:])
	tr.forward()
	for k := range n * n {
		// The axes are exchanged: the first of the coefficients belongs to the second of the image.
		ky, kx := frequency(k%n, n), frequency(k/n, n)
		var want complex128
		for i := range n * n {
			phase := -2 * math.Pi / n * float64(ky*(i/n)+kx*(i%n))
			want += complex(x[i], x[n*n+i]) * cmplx.Rect(1, phase)
		}
		if got := complex(tr.re[k], tr.im[k]); cmplx.Abs(got-want) > 1e-13*n*n {
			t.Errorf("coefficient (%d, %d) is %v, expected %v", ky, kx, got, want)
		}
	}
	tr.inverse()
	for i := range n * n {
		if math.Abs(tr.re[i]/(n*n)-x[i]) > 1e-14 || math.Abs(tr.im[i]/(n*n)-x[n*n+i]) > 1e-14 {
			t.Fatalf("element %d does not come back", i)
		}
	}
}

func TestFieldConcurrently(t *testing.T) {
	f := newField(32, 3, 1)
	l := standardSchedule().at(0.1)
	x := drawStart(0, standardSchedule(), 129, 1024)
	want := make([]float64, len(x))
	f.filter(want, x, func(p float64) float64 { return l.sigma / l.variance(p) })
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			got := make([]float64, len(x))
			f.noise(got, x, l)
			if d := largestDifference(got, want); d > 1e-13 {
				t.Errorf("images computed in parallel differ by %g", d)
			}
		})
	}
	group.Wait()
}

// The flow's derivative along λ is that of the ODE.
func TestFieldFlow(t *testing.T) {
	f := newField(8, 2, 1)
	s := standardSchedule()
	start := drawStart(2, s, 2, 64)
	y := slices.Clone(start)
	first, last := s.at(s.TStart), s.at(s.TEnd)
	for i := range y {
		y[i] /= first.alpha
	}
	x := make([]float64, len(y))
	err := extrapolate(t.Context(), func(dst, y []float64, lambda float64) {
		l := levelOf(lambda)
		for i, v := range y {
			x[i] = l.alpha * v
		}
		f.noise(dst, x, l)
		for i := range dst {
			dst[i] *= -math.Exp(-lambda)
		}
	}, y, first.lambda(), last.lambda(), 1e-12)
	if err != nil {
		t.Fatal(err)
	}
	for i := range y {
		y[i] *= last.alpha
	}
	exact, err := f.flow(t.Context(), s, start)
	if err != nil {
		t.Fatal(err)
	}
	if d := largestDifference(y, exact.end); !(d < 1e-11) {
		t.Errorf("closed form differs from integration by %.3g", d)
	}
}

func BenchmarkOracle(b *testing.B) {
	l := standardSchedule().at(0.2)
	for _, c := range []struct {
		name  string
		prior prior
		rows  int
	}{
		{"ring/1024", ring{Modes: 8, Radius: 4, SD: 0.3}.mixture(), 1024},
		{"ring/4096", ring{Modes: 8, Radius: 4, SD: 0.3}.mixture(), 4096},
		{"random-16/2048", random{Dim: 16, Components: 10, Spread: 2}.mixture(0), 2048},
		{"random-64/2048", random{Dim: 64, Components: 10, Spread: 2}.mixture(0), 2048},
		{"field-32/256", newField(32, 3, 1), 256},
	} {
		b.Run(c.name, func(b *testing.B) {
			x := drawStart(0, standardSchedule(), c.rows, c.prior.dim())
			eps := make([]float64, len(x))
			b.SetBytes(int64(8 * len(x)))
			b.ReportAllocs()
			for b.Loop() {
				c.prior.noise(eps, x, l)
			}
		})
	}
}

func BenchmarkFlow(b *testing.B) {
	s := standardSchedule()
	m := ring{Modes: 8, Radius: 4, SD: 0.3}.mixture()
	x := drawStart(0, s, 256, 2)
	for b.Loop() {
		if _, err := m.integrate(b.Context(), s, x, flowTolerance); err != nil {
			b.Fatal(err)
		}
	}
}
