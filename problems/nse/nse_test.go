package nse

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/solverbench/solverbench/metrics"
	"github.com/solverbench/solverbench/problems/reference"
	"github.com/solverbench/solverbench/problems/reference/spectral"
)

func build(t testing.TB, problem string, params map[string]string) *instance {
	t.Helper()
	f := Family()
	spec, err := f.Resolve(problem, params)
	if err != nil {
		t.Fatal(err)
	}
	in, err := spec.Build(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return in.(*instance)
}

// flowOf is the inverse of what newInstance does to a flow.
func flowOf(t testing.TB, in *instance) flow {
	t.Helper()
	w, err := in.task.Vorticity.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	g, err := in.task.Forcing.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	return flow{Length: in.task.Length, Viscosity: in.task.Viscosity, Drag: in.task.Drag,
		U: in.task.MeanFlowX, V: in.task.MeanFlowY, Vorticity: w, Forcing: g}
}

// TestSlopeMatchesConvolution compares dω/dt with the sum over pairs of wave vectors, term by term as in the equation.
func TestSlopeMatchesConvolution(t *testing.T) {
	const n, k = 16, 5
	random := rand.New(rand.NewPCG(5, 6))
	field := func() []float64 {
		pl := spectral.NewPlane(k)
		for i := range pl.C {
			pl.C[i] = complex(random.NormFloat64(), random.NormFloat64())
		}
		pl.C[k*(k+1)] = 0
		return pl.Sample(n)
	}
	f := flow{Length: 3, Viscosity: 0.02, Drag: 0.3, U: 0.4, V: -0.7, Vorticity: field(), Forcing: field()}
	e := newEquation(f, n)
	if e.modes != k {
		t.Fatalf("%d modes, expected %d", e.modes, k)
	}
	w := spectral.PlaneOf(f.Vorticity, n, k)
	g := spectral.PlaneOf(f.Forcing, n, k)
	coefficient := func(pl spectral.Plane, p, q int) complex128 {
		if p < 0 || p == 0 && q < 0 {
			c := pl.C[(-q+k)*(k+1)-p]
			return complex(real(c), -imag(c))
		}
		return pl.C[(q+k)*(k+1)+p]
	}
	unit := 2 * math.Pi / f.Length
	got := make([]complex128, len(w.C))
	e.slope(got, w.C)
	for q := -k; q <= k; q++ {
		for p := 0; p <= k; p++ {
			if p == 0 && q <= 0 {
				continue // conjugates of others, and the mean
			}
			x, y := unit*float64(p), unit*float64(q)
			c := coefficient(w, p, q)
			want := complex(-f.Viscosity*(x*x+y*y)-f.Drag, -(f.U*x+f.V*y))*c + coefficient(g, p, q)
			for b := -k; b <= k; b++ {
				for a := -k; a <= k; a++ {
					if abs(p-a) > k || abs(q-b) > k || a == 0 && b == 0 {
						continue
					}
					ax, ay := unit*float64(a), unit*float64(b)
					psi := coefficient(w, a, b) / complex(ax*ax+ay*ay, 0)
					rest := coefficient(w, p-a, q-b)
					// u ω_x + v ω_y with u = ψ_y, v = −ψ_x: (i ay)(i rx) − (i ax)(i ry)
					rx, ry := unit*float64(p-a), unit*float64(q-b)
					want -= complex(-ay*rx+ax*ry, 0) * psi * rest
				}
			}
			if d := got[(q+k)*(k+1)+p] - want; math.Hypot(real(d), imag(d)) > 1e-10 {
				t.Fatalf("mode (%d, %d): %v, expected %v", p, q, got[(q+k)*(k+1)+p], want)
			}
		}
	}
}

func abs(i int) int { return max(i, -i) }

func TestIntegratorMeetsExactSolution(t *testing.T) {
	in := build(t, "taylor-green", map[string]string{"nu": "0.05", "U": "-2", "V": "3", "T": "0.3"})
	got, err := compute(context.Background(), flowOf(t, in), []float64{0.3}, points, 1e-10)
	if err != nil {
		t.Fatal(err)
	}
	e, err := metrics.RelativeL2(got.Fields[0], in.truth.Fields[0])
	if err != nil || e > 1e-11 {
		t.Errorf("differs by %.2g, %v", e, err)
	}
}

// TestIntegratorMeetsRecord compares one resolution, enough for rounding to show, with an embedded record of an
// independent implementation.
func TestIntegratorMeetsRecord(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector, and has no concurrency that others lack")
	}
	in := build(t, "kolmogorov", nil)
	got, err := integrate(context.Background(), flowOf(t, in), in.truth.Times, points, 256, 1e-13)
	if err != nil {
		t.Fatal(err)
	}
	meets(t, in, got)
}

// TestReferencesMeetRecords compares what compute gives with the embedded records, within ten times their
// accuracy; those that take minutes only where SOLVERBENCH_SLOW is set.
func TestReferencesMeetRecords(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector, and has no concurrency that others lack")
	}
	for _, c := range []struct {
		problem string
		T       float64
		target  float64
		slow    bool
	}{
		{"fno-forcing", 5, 1e-10, false},
		{"fno-forcing", 20, 1e-10, true},
		{"kolmogorov", 1, 1e-11, true},
		{"kolmogorov", 5, 1e-9, true},
		{"shear-layer", 0.5, 1e-10, true},
		{"shear-layer", 1, 1e-8, true},
		{"decay", 2, 1e-7, true},
		{"decay", 4, 1e-7, true},
	} {
		t.Run(fmt.Sprintf("%s-%g", c.problem, c.T), func(t *testing.T) {
			if c.slow && os.Getenv("SOLVERBENCH_SLOW") == "" {
				t.Skip("takes minutes; set SOLVERBENCH_SLOW to run it")
			}
			in := build(t, c.problem, map[string]string{"T": strconv.FormatFloat(c.T, 'g', -1, 64)})
			got, err := compute(context.Background(), flowOf(t, in), in.truth.Times, points, c.target)
			if err != nil {
				t.Fatal(err)
			}
			meets(t, in, got)
		})
	}
}

// meets compares the last field and its integrals with the instance's truth.
func meets(t *testing.T, in *instance, got *reference.Trajectory) {
	t.Helper()
	last := len(in.truth.Times) - 1
	e, err := metrics.RelativeL2(got.Fields[last], in.truth.Fields[last])
	if err != nil {
		t.Fatal(err)
	}
	allowed := 10 * in.truth.Accuracy[last]
	t.Logf("ν = %g, T = %g: differs by %.2g (allowed %.2g), own accuracy %.2g, %s",
		in.task.Viscosity, in.truth.Times[last], e, allowed, got.Accuracy[last], got.Method)
	if e > allowed {
		t.Errorf("T = %g: differs by %.2g, expected at most %.2g", in.truth.Times[last], e, allowed)
	}
	for name, values := range got.Integrals {
		want := in.truth.Integrals[name][last]
		if d := math.Abs(values[last]/want - 1); d > allowed {
			t.Errorf("T = %g: %s is %.15g, expected %.15g", in.truth.Times[last], name, values[last], want)
		}
	}
}

// TestEmbeddedTruths compares a few values with the text records they were made from.
func TestEmbeddedTruths(t *testing.T) {
	b, err := os.ReadFile("testdata/records.txt")
	if err != nil {
		t.Fatal(err)
	}
	checked := map[string]int{}
	for _, r := range parseRecords(t, string(b)) {
		truth, err := embeddedTruth(r.name)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.Index(truth.Times, r.time)
		if i < 0 {
			t.Fatalf("%s: no time %g", r.name, r.time)
		}
		if truth.Integrals["energy"][i] != r.energy || truth.Integrals["enstrophy"][i] != r.enstrophy {
			t.Errorf("%s t = %g: integrals differ", r.name, r.time)
		}
		if got := truth.Fields[i][64*r.row : 64*r.row+4]; !slices.Equal(got, r.values) {
			t.Errorf("%s t = %g: row %d starts %v, expected %v", r.name, r.time, r.row, got, r.values)
		}
		checked[r.name]++
	}
	for name, times := range map[string]int{"shear-layer": 2, "kolmogorov": 5, "fno-forcing": 4, "decay": 2} {
		if checked[name] != 2*times {
			t.Errorf("%s: %d rows checked, expected %d", name, checked[name], 2*times)
		}
	}
}

func TestInitialFieldsAreResolved(t *testing.T) {
	for problem, most := range map[string]int{"shear-layer": 127, "kolmogorov": 5, "fno-forcing": 12, "decay": 24} {
		in := build(t, problem, nil)
		f := flowOf(t, in)
		n := side(f.Vorticity)
		// Interpolated to half as many points again and back, nothing may be lost.
		w := spectral.PlaneOf(f.Vorticity, n, n/2-1).Sample(n)
		if e, err := metrics.RelativeL2(w, f.Vorticity); err != nil || e > 1e-13 {
			t.Errorf("%s: the highest wave number of %d points holds %.2g of the field, %v", problem, n, e, err)
		}
		if k := occupied(f.Vorticity); k > most {
			t.Errorf("%s: wave numbers up to %d, expected %d", problem, k, most)
		}
	}
	f := flowOf(t, build(t, "shear-layer", nil))
	for _, i := range []int{0, 5000, 40000} { // against the formula between samples, by a finer grid
		fine := spectral.PlaneOf(f.Vorticity, 256, 127).Sample(512)
		x, y := float64(i%512)/512, float64(i/512)/512
		q := 2 * math.Pi * (y - 0.25)
		sech := 1 / math.Cosh(30/(2*math.Pi)*math.Sin(q))
		if want := 0.1*math.Pi*math.Cos(2*math.Pi*x) - 30*math.Cos(q)*sech*sech; math.Abs(fine[i]-want) > 30*1e-13 {
			t.Errorf("shear layer between samples: %g, expected %g", fine[i], want)
		}
	}
}

func BenchmarkSlope(b *testing.B) {
	f := flowOf(b, build(b, "kolmogorov", nil))
	for _, n := range []int{128, 256, 512} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			e := newEquation(f, n)
			w := spectral.PlaneOf(f.Vorticity, side(f.Vorticity), e.modes).C
			dst := make([]complex128, len(w))
			b.SetBytes(int64(16 * n * n))
			for b.Loop() {
				e.slope(dst, w)
			}
		})
	}
}
