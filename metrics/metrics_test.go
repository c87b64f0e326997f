package metrics

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNorms(t *testing.T) {
	got, want := []float64{1, 2, 3, 8}, []float64{1, 2, 3, 4}
	value := must[float64](t)
	for _, c := range []struct {
		name string
		f    func(got, want []float64) (float64, error)
		want float64
	}{
		{"MSE", MSE, 4},
		{"RMSE", RMSE, 2},
		{"RelativeL2", RelativeL2, 4 / math.Sqrt(30)},
		{"MaxError", MaxError, 4},
		{"RelativeMaxError", RelativeMaxError, 1},
		{"RMSDistance", func(a, b []float64) (float64, error) { return RMSDistance(a, b, 2) }, math.Sqrt(16. / 2)},
	} {
		near(t, c.name, value(c.f(got, want)), c.want, 1e-15)
		if v, err := c.f([]float64{1, math.NaN(), 3, 4}, want); err != nil || !math.IsNaN(v) {
			t.Errorf("%s with NaN: %v, %v, want NaN", c.name, v, err)
		}
		if v, err := c.f([]float64{1, math.Inf(-1), 3, 4}, want); err != nil || !math.IsInf(v, 1) {
			t.Errorf("%s with infinity: %v, %v, want +Inf", c.name, v, err)
		}
		wantError(t, c.name)(c.f(got[:2], want))("2 values, expected 4")
		wantError(t, c.name)(c.f(nil, nil))("no values")
	}
	wantError(t, "RelativeL2")(RelativeL2(got, make([]float64, 4)))("reference is zero")
	wantError(t, "RMSDistance")(RMSDistance(got, want, 3))("points of dimension 3")
}

func TestL2KeepsRange(t *testing.T) {
	for _, scale := range []float64{1e-200, 1, 1e200} {
		near(t, "L2", L2([]float64{3 * scale, -4 * scale}), 5*scale, 1e-15)
	}
	if v := L2([]float64{0, 0}); v != 0 {
		t.Errorf("L2 of zeros: %v", v)
	}
}

// wantError checks that a function failed and that its message holds some text.
func wantError(t *testing.T, what string) func(float64, error) func(text string) {
	return func(v float64, err error) func(string) {
		return func(text string) {
			t.Helper()
			if err == nil || !strings.Contains(err.Error(), text) {
				t.Errorf("%s: got %v and error %v, want an error with %q", what, v, err, text)
			}
		}
	}
}

func TestImageErrors(t *testing.T) {
	a := testImage(1, 16, 16)
	nan := Array{Shape: a.Shape, Values: slices.Clone(a.Values)}
	nan.Values[35] = math.NaN()
	wantError(t, "SSIM")(SSIM(a, nan, 1))("candidate: value at [2 3]: NaN")
	wantError(t, "PSNR")(PSNR(a, testImage(1, 16, 8), 1))("shape [16 8], expected that of the reference, [16 16]")
	wantError(t, "PSNR")(PSNR(a, a, 0))("data range: 0")
	wantError(t, "SSIM")(SSIM(testImage(1, 16, 10), testImage(1, 16, 10), 1))("16×10: too small, expected at least 11×11")
	wantError(t, "MSSSIM")(MSSSIM(a, a, 1))("too small, expected at least 176×176")
	wantError(t, "SSIM")(SSIM(Array{[]int{256}, a.Values}, Array{[]int{256}, a.Values}, 1))("expected an image")
	wantError(t, "SSIM")(SSIM(Array{[]int{16, 17}, a.Values}, a, 1))("holds 256 values, expected 272")
	wantError(t, "SSIM")(SSIM(Array{[]int{math.MaxInt, 2}, nil}, a, 1))("too many elements")
	wantError(t, "SSIM")(SSIM(Array{[]int{-1, -256}, a.Values}, a, 1))("negative extent")
	_, err := ScatteringFeatures([]Array{testImage(1, 64, 64), a})
	wantError(t, "ScatteringFeatures")(0, err)("image 1: image of 16×16: too small, expected at least 64×64")
}

func TestSSIMOfChannels(t *testing.T) {
	const h, w = 24, 20
	value := must[float64](t)
	a, b := Array{Shape: []int{h, w, 3}}, Array{Shape: []int{h, w, 3}}
	a.Values, b.Values = make([]float64, h*w*3), make([]float64, h*w*3)
	var mean float64
	for c := range 3 {
		x := testImage(uint64(c), h, w)
		y := noisyImage(x, uint64(10+c), 0.1*float64(c))
		mean += value(SSIM(x, y, 1)) / 3
		for i := range x.Values {
			a.Values[3*i+c], b.Values[3*i+c] = x.Values[i], y.Values[i]
		}
	}
	near(t, "SSIM", value(SSIM(a, b, 1)), mean, 1e-14)
}

func TestImageIdentities(t *testing.T) {
	value := must[float64](t)
	a := testImage(7, 180, 190)
	near(t, "SSIM of equal images", value(SSIM(a, a, 1)), 1, 1e-12)
	near(t, "MSSSIM of equal images", value(MSSSIM(a, a, 1)), 1, 1e-12)
	if v := value(PSNR(a, a, 1)); !math.IsInf(v, 1) {
		t.Errorf("PSNR of equal images: %v, want +Inf", v)
	}
	last := 1.0
	for _, sigma := range []float64{0.02, 0.05, 0.1, 0.3} {
		v := value(MSSSIM(a, noisyImage(a, 3, sigma), 1))
		if v >= last || v <= 0 {
			t.Errorf("MSSSIM at noise %v: %v, want less than %v at lower noise", sigma, v, last)
		}
		last = v
	}
}

// The indices are unchanged when image and data range are scaled together, and symmetric.
func TestImageProperties(t *testing.T) {
	value := must[float64](t)
	rapid.Check(t, func(rt *rapid.T) {
		h, w := rapid.IntRange(11, 30).Draw(rt, "h"), rapid.IntRange(11, 30).Draw(rt, "w")
		seed := rapid.Uint64().Draw(rt, "seed")
		scale := rapid.Float64Range(0.01, 300).Draw(rt, "scale")
		a := testImage(seed, h, w)
		b := noisyImage(a, seed+1, 0.1)
		times := func(x Array) Array {
			out := Array{Shape: x.Shape}
			for _, v := range x.Values {
				out.Values = append(out.Values, v*scale)
			}
			return out
		}
		near(t, "SSIM scaled", value(SSIM(times(a), times(b), scale)), value(SSIM(a, b, 1)), 1e-9)
		near(t, "SSIM exchanged", value(SSIM(b, a, 1)), value(SSIM(a, b, 1)), 1e-12)
		near(t, "PSNR scaled", value(PSNR(times(a), times(b), scale)), value(PSNR(a, b, 1)), 1e-12)
	})
}

func TestLookup(t *testing.T) {
	for _, m := range All() {
		got, err := Lookup(m.Name)
		if err != nil || got.Name != m.Name {
			t.Errorf("Lookup(%q) = %q, %v", m.Name, got.Name, err)
		}
		if m.Doc == "" || m.Better != lower && m.Better != higher || (m.pair == nil) == (m.set == nil) {
			t.Errorf("metric %q is not fully described", m.Name)
		}
	}
	for name, text := range map[string]string{
		"SSIM": `"ssim"`, "pnsr": `"psnr"`, "fd-scatering": `"fd-scattering"`, "recal": `"recall"`, "quality": "expected one of mse, rmse",
	} {
		_, err := Lookup(name)
		wantError(t, name)(0, err)(text)
	}
}
