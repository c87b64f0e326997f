package synthetic

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/dsp/fourier"

	"github.com/solverbench/solverbench/problems/random"
)

func draw(t testing.TB, kind Kind, size int, seed uint64, index int) []float64 {
	t.Helper()
	p, err := Draw(kind, size, seed, index)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func moments(x []float64) (mean, deviation float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		deviation += (v - mean) * (v - mean) / float64(len(x))
	}
	return mean, math.Sqrt(deviation)
}

// The images are part of a problem's definition: a change of them is a change of every result. Their
// moments are compared with room for the last bit of another machine's functions, which may move a
// pixel by one 8-bit step.
func TestImagesStay(t *testing.T) {
	for _, c := range []struct {
		kind            Kind
		mean, deviation float64
	}{
		{DeadLeaves, 0.48400, 0.21702},
		{Cartoon, 0.40427, 0.19607},
		{Strokes, 0.74057, 0.23646},
		{Fields, 0.63691, 0.21843},
	} {
		mean, deviation := moments(draw(t, c.kind, 64, 5, 1))
		if math.Abs(mean-c.mean) > 1e-4 || math.Abs(deviation-c.deviation) > 1e-4 {
			t.Errorf("%s: mean %.5f, deviation %.5f, were %.5f, %.5f", c.kind, mean, deviation, c.mean, c.deviation)
		}
	}
}

func TestDraw(t *testing.T) {
	for _, k := range kinds {
		for _, size := range []int{16, 17, 96} {
			a, b := draw(t, k.kind, size, 1, 0), draw(t, k.kind, size, 1, 0)
			if len(a) != size*size*3 {
				t.Fatalf("%s: %d values", k.kind, len(a))
			}
			for i, v := range a {
				if v != b[i] {
					t.Fatalf("%s: two draws of one image differ", k.kind)
				}
				if step := v * 255; v < 0 || v > 1 || math.Abs(step-math.Round(step)) > 1e-9 {
					t.Fatalf("%s: value %v, expected a multiple of 1/255 in [0, 1]", k.kind, v)
				}
			}
			if _, d := moments(a); d < 0.03 {
				t.Errorf("%s of size %d is nearly flat: deviation %.3f", k.kind, size, d)
			}
			for _, other := range [][]float64{draw(t, k.kind, size, 2, 0), draw(t, k.kind, size, 1, 1)} {
				var d float64
				for i, v := range a {
					d += math.Abs(v-other[i]) / float64(len(a))
				}
				if d < 0.02 {
					t.Errorf("%s of size %d: another seed or index gives nearly the same image (mean difference %.3f)", k.kind, size, d)
				}
			}
		}
	}
	if _, err := Draw("watercolour", 32, 0, 0); err == nil {
		t.Error("an unknown kind is drawn")
	}
}

func TestMixedTakesTurns(t *testing.T) {
	for i := range 8 {
		want := draw(t, kinds[i%4].kind, 32, 3, i/4)
		got := draw(t, Mixed, 32, 3, i)
		for j := range want {
			if got[j] != want[j] {
				t.Fatalf("image %d is not %s %d", i, kinds[i%4].kind, i/4)
			}
		}
	}
}

// A Gaussian field's amplitude falls as a power of the frequency.
func TestFieldSpectrum(t *testing.T) {
	const size, alpha, repeats = 64, 1.4, 20
	rng := random.New(11)
	power := make([]float64, size/2)
	fft := fourier.NewFFT(size)
	for range repeats {
		f := gaussianField(rng, size, alpha, 0.3, 1)
		if mean, deviation := moments(f); math.Abs(mean) > 1e-12 || math.Abs(deviation-1) > 1e-12 {
			t.Fatalf("mean %g, deviation %g", mean, deviation)
		}
		for j := range size {
			// A window keeps the jump at the ends of the row from leaking into high frequencies.
			row := make([]float64, size)
			for i := range row {
				row[i] = f[j*size+i] * (1 - math.Cos(2*math.Pi*float64(i)/size))
			}
			for k, c := range fft.Coefficients(nil, row)[:size/2] {
				power[k] += real(c)*real(c) + imag(c)*imag(c)
			}
		}
	}
	// Along a line the power of k is the integral over the other axis: ∝ k^(1−2α).
	slope := math.Log(power[20]/power[4]) / math.Log(20.0/4)
	if want := 1 - 2*alpha; math.Abs(slope-want) > 0.25 {
		t.Errorf("power falls as k^%.2f, expected k^%.2f", slope, want)
	}
}

func TestRadiusLaw(t *testing.T) {
	const n, lo, hi = 200000, 2.0, 50.0
	rng := random.New(1)
	var above4, above10 float64
	for range n {
		r := paretoRadius(rng, lo, hi)
		if r < lo || r > hi {
			t.Fatalf("radius %g", r)
		}
		if r > 4 {
			above4++
		}
		if r > 10 {
			above10++
		}
	}
	tail := func(r float64) float64 { return n * (1/(r*r) - 1/(hi*hi)) / (1/(lo*lo) - 1/(hi*hi)) }
	for _, c := range []struct{ got, want float64 }{{above4, tail(4)}, {above10, tail(10)}} {
		if math.Abs(c.got-c.want) > 5*math.Sqrt(c.want) {
			t.Errorf("%g radii, expected %g", c.got, c.want)
		}
	}
}

// An antialiased disc or stroke covers its area, whatever its place between the pixels.
func TestCoverage(t *testing.T) {
	for _, x := range []float64{20, 20.3, 20.5} {
		c := newCanvas(40)
		open := make([]float64, 40*40)
		for i := range open {
			open[i] = 1
		}
		c.leaf(open, x, 19.7, 9.3, 1, rgb{1, 1, 1}, func(_, _ float64) float64 { return 0 })
		mean, _ := moments(c.pix)
		if area, want := mean*1600, math.Pi*9.3*9.3; math.Abs(area/want-1) > 0.005 {
			t.Errorf("disc at %g covers %.2f, expected %.2f", x, area, want)
		}
		c = newCanvas(40)
		c.stroke([]point{{8, 9}, {x, 25}}, point{}, 1, 3, rgb{1, 1, 1})
		mean, _ = moments(c.pix)
		if area, want := mean*1600, 3*math.Hypot(x-8, 16)+math.Pi*1.5*1.5; math.Abs(area/want-1) > 0.01 {
			t.Errorf("stroke to %g covers %.2f, expected %.2f", x, area, want)
		}
	}
}

func BenchmarkDraw(b *testing.B) {
	for _, k := range kinds {
		b.Run(fmt.Sprintf("%s/128", k.kind), func(b *testing.B) {
			for b.Loop() {
				draw(b, k.kind, 128, 0, 0)
			}
		})
	}
}
