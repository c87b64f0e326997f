package metrics

import (
	"math"
	"math/cmplx"
	"testing"

	"pgregory.net/rapid"
)

// field samples f on [0, l)².
func field(ny, nx int, l float64, f func(x, y float64) float64) Field {
	out := Field{Ny: ny, Nx: nx, L: l, Values: make([]float64, ny*nx)}
	for i := range out.Values {
		out.Values[i] = f(l*float64(i%nx)/float64(nx), l*float64(i/nx)/float64(ny))
	}
	return out
}

func TestTransform64(t *testing.T) {
	var re, im, workRe, workIm plane
	copy(re[:], testImage(1, side, side).Values)
	copy(im[:], testImage(2, side, side).Values)
	inRe, inIm := re, im
	forward(&re, &im, &workRe, &workIm)
	for _, k := range [][2]int{{0, 0}, {1, 0}, {0, 1}, {13, 50}, {63, 8}} {
		var want complex128
		for n := range inRe {
			phase := -2 * math.Pi * float64(k[0]*(n/side)+k[1]*(n%side)) / side
			want += complex(inRe[n], inIm[n]) * cmplx.Exp(complex(0, phase))
		}
		if got := complex(re[k[0]*side+k[1]], im[k[0]*side+k[1]]); cmplx.Abs(got-want) > 1e-10 {
			t.Errorf("transform at %v: %v, want %v", k, got, want)
		}
	}
	backward(&re, &im, &workRe, &workIm)
	for n := range re {
		if math.Abs(re[n]/(side*side)-inRe[n]) > 1e-14 || math.Abs(im[n]/(side*side)-inIm[n]) > 1e-14 {
			t.Fatalf("element %d: %v%+vi after both transforms, want %v%+vi", n, re[n], im[n], inRe[n], inIm[n])
		}
	}
}

// The Taylor–Green vortex ω = 4 cos 2x cos 2y, whose flow is known.
func TestEnergyOfTaylorGreen(t *testing.T) {
	const l = 2 * math.Pi
	value := must[float64](t)
	f := field(48, 32, l, func(x, y float64) float64 { return 4 * math.Cos(2*x) * math.Cos(2*y) })
	// u = (−sin 2y cos 2x, sin 2x cos 2y): the mean of |u|²/2 is 1/4.
	near(t, "energy", value(KineticEnergy(f)), 0.25, 1e-14)
	near(t, "enstrophy", value(Enstrophy(f.Values)), 2, 1e-14)
	e, err := EnergySpectrum(f)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "shell 3", e[3], 0.25, 1e-14) // |k| = √8 rounds to 3
}

// On another square: lengths scale velocity.
func TestEnergyScalesWithSide(t *testing.T) {
	value := must[float64](t)
	for _, l := range []float64{1, 3} {
		k := 2 * math.Pi / l
		f := field(16, 16, l, func(x, y float64) float64 { return math.Sin(k*x) + 5 })
		near(t, "energy", value(KineticEnergy(f)), 1/(4*k*k), 1e-13)
	}
}

// Parseval: spectra sum to the mean square over two, for odd and even sizes.
func TestSpectraSum(t *testing.T) {
	spectrum := must[[]float64](t)
	value := must[float64](t)
	rapid.Check(t, func(rt *rapid.T) {
		ny, nx := rapid.IntRange(1, 24).Draw(rt, "ny"), rapid.IntRange(1, 24).Draw(rt, "nx")
		r := splitMix64(rapid.Uint64().Draw(rt, "seed"))
		f := Field{Ny: ny, Nx: nx, L: 2, Values: make([]float64, ny*nx)}
		for i := range f.Values {
			f.Values[i] = r.bell()
		}
		sum := func(e []float64) (s float64) {
			for _, v := range e {
				s += v
			}
			return s
		}
		want := value(Enstrophy(f.Values))
		near(t, "isotropic spectrum", sum(spectrum(IsotropicSpectrum(f))), want, 1e-12)
		near(t, "1-D spectrum", sum(spectrum(Spectrum1D(f.Values))), want, 1e-12)
	})
}

func TestSpectrum1DOfWave(t *testing.T) {
	e := must[[]float64](t)(Spectrum1D(field(1, 24, 1, func(x, _ float64) float64 { return 3 * math.Cos(2*math.Pi*5*x) }).Values))
	for k, v := range e {
		want := 0.0
		if k == 5 {
			want = 9. / 4
		}
		if math.Abs(v-want) > 1e-14 {
			t.Errorf("E[%d] = %v, want %v", k, v, want)
		}
	}
}

func TestSpectrumDistance(t *testing.T) {
	value := must[float64](t)
	want := []float64{0, 1, 1e-2, 1e-4, 1e-9}
	if d := value(SpectrumDistance(want, want, 1e-6)); d != 0 {
		t.Errorf("distance to itself: %v", d)
	}
	// Decades above the floor of 1e-6: 6, 4, 2; the second is one decade off, the last stays below.
	norm := math.Sqrt(36 + 16 + 4)
	near(t, "a decade", value(SpectrumDistance([]float64{0, 1, 1e-3, 1e-4, 1e-8}, want, 1e-6)), 1/norm, 1e-12)
	near(t, "in other units", value(SpectrumDistance([]float64{0, 7, 7e-3, 7e-4, 7e-8}, []float64{0, 7, 7e-2, 7e-4, 7e-9}, 1e-6)), 1/norm, 1e-12)
	near(t, "no energy at all", value(SpectrumDistance(make([]float64, 5), want, 1e-6)), 1, 1e-12)
	near(t, "spurious energy", value(SpectrumDistance([]float64{0, 1, 1e-2, 1e-4, 1e-3}, want, 1e-6)), 3/norm, 1e-12)

	wantError(t, "lengths")(SpectrumDistance(want[:2], want, 1e-6))("2 values, expected 5")
	wantError(t, "floor")(SpectrumDistance(want, want, 1))("floor: 1")
	wantError(t, "negative")(SpectrumDistance([]float64{0, -1, 0, 0, 0}, want, 0.1))("spectrum: energy of shell 1: -1")
	wantError(t, "NaN")(SpectrumDistance([]float64{0, math.NaN(), 0, 0, 0}, want, 0.1))("shell 1: NaN")
	wantError(t, "zero")(SpectrumDistance(want, make([]float64, 5), 0.1))("no energy")
}

func TestFieldErrors(t *testing.T) {
	wantError(t, "extent")(KineticEnergy(Field{Ny: 2, Nx: 2, L: 1, Values: make([]float64, 3)}))("holds 3 values, expected 4")
	wantError(t, "side")(KineticEnergy(Field{Ny: 2, Nx: 2, Values: make([]float64, 4)}))("side length: 0")
	wantError(t, "empty")(KineticEnergy(Field{L: 1}))("at least one")
	wantError(t, "NaN")(KineticEnergy(Field{Ny: 1, Nx: 2, L: 1, Values: []float64{0, math.NaN()}}))("value at [0 1]")
	_, err := Spectrum1D(nil)
	wantError(t, "empty signal")(0, err)("no elements")
}
