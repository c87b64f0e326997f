package metrics

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// The images and feature sets of testdata, drawn as the independent implementation draws them.

func testImage(seed uint64, h, w int) Array {
	r := splitMix64(seed)
	a := Array{Shape: []int{h, w}, Values: make([]float64, h*w)}
	for i := range a.Values {
		a.Values[i] = 0.5
	}
	each := func(f func(y, x float64) float64) {
		for i := range a.Values {
			a.Values[i] += f(float64(i/w), float64(i%w))
		}
	}
	for k := range 12 {
		fx := r.uniform() * 0.6
		fy := r.uniform() * 0.6
		phase := r.uniform() * 2 * math.Pi
		amplitude := 0.12 / (1 + float64(k)/3)
		each(func(y, x float64) float64 { return amplitude * math.Cos(fx*x+fy*y+phase) })
	}
	cx := float64(w) * r.uniform()
	cy := float64(h) * r.uniform()
	each(func(y, x float64) float64 {
		if (x-cx)*(x-cx)+(y-cy)*(y-cy) < (0.2*float64(w))*(0.2*float64(w)) {
			return 0.2
		}
		return 0
	})
	return clip(a)
}

func clip(a Array) Array {
	for i, v := range a.Values {
		a.Values[i] = min(max(v, 0), 1)
	}
	return a
}

// noisyImage adds noise of deviation sigma and clips.
func noisyImage(a Array, seed uint64, sigma float64) Array {
	r := splitMix64(seed)
	out := Array{Shape: a.Shape, Values: make([]float64, len(a.Values))}
	for i, v := range a.Values {
		out.Values[i] = v + sigma*r.bell()
	}
	return clip(out)
}

func testFeatures(seed uint64, n, d int, shift, scale float64) Array {
	r := splitMix64(seed)
	mix := make([]float64, d*d)
	for i := range d {
		for j := range d {
			fi, fj := float64(i), float64(j)
			mix[i*d+j] = math.Cos(0.7*fi*fj+0.3*fi+0.1*fj) / (1 + math.Abs(fi-fj))
		}
	}
	out := Array{Shape: []int{n, d}, Values: make([]float64, n*d)}
	z := make([]float64, d)
	for k := range n {
		for i := range z {
			z[i] = r.bell()
		}
		for j := range d {
			var sum float64
			for i, v := range z {
				sum += v * mix[i*d+j]
			}
			out.Values[k*d+j] = sum*scale + shift
		}
	}
	return out
}

func readJSON(t testing.TB, name string, to any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, to); err != nil {
		t.Fatal(err)
	}
}

// near fails the test unless got is within a relative tolerance of want.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s: got %.17g, want %.17g, relative difference %.2g exceeds %.2g", what, got, want, math.Abs(got/want-1), tolerance)
	}
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestImagesAgainstReference(t *testing.T) {
	var file struct {
		Images []struct {
			Height, Width int
			ImageSeed     uint64 `json:"image_seed"`
			NoiseSeed     uint64 `json:"noise_seed"`
			Sigma         float64
			MSE           float64
			PSNR          float64
			SSIM          float64
			First         []float64
			FirstNoisy    []float64 `json:"first_noisy"`
		}
	}
	readJSON(t, "metrics.json", &file)
	if len(file.Images) == 0 {
		t.Fatal("no images")
	}
	value := must[float64](t)
	for _, c := range file.Images {
		a := testImage(c.ImageSeed, c.Height, c.Width)
		b := noisyImage(a, c.NoiseSeed, c.Sigma)
		for i, want := range c.First {
			near(t, "image", a.Values[i], want, 1e-13)
			near(t, "noisy image", b.Values[i], c.FirstNoisy[i], 1e-13)
		}
		near(t, "MSE", value(MSE(b.Values, a.Values)), c.MSE, 1e-11)
		near(t, "PSNR", value(PSNR(a, b, 1)), c.PSNR, 1e-11)
		near(t, "SSIM", value(SSIM(a, b, 1)), c.SSIM, 1e-11)
	}
}

func TestFeaturesAgainstReference(t *testing.T) {
	var file struct {
		Features []struct {
			N, M, D        int
			XSeed          uint64 `json:"x_seed"`
			YSeed          uint64 `json:"y_seed"`
			Shift, Scale   float64
			Frechet, KID   float64
			SWD            *float64
			SWDProjections int       `json:"swd_projections"`
			SWDSeed        uint64    `json:"swd_seed"`
			XFirst         []float64 `json:"x_first"`
		}
	}
	readJSON(t, "metrics.json", &file)
	if len(file.Features) == 0 {
		t.Fatal("no features")
	}
	value := must[float64](t)
	for _, c := range file.Features {
		x := testFeatures(c.XSeed, c.N, c.D, 0, 1)
		y := testFeatures(c.YSeed, c.M, c.D, c.Shift, c.Scale)
		for i, want := range c.XFirst {
			near(t, "features", x.Values[i], want, 1e-12)
		}
		near(t, "Frechet", value(Frechet(x, y)), c.Frechet, 1e-9)
		near(t, "KID", value(KID(x, y)), c.KID, 1e-9)
		if c.SWD != nil {
			near(t, "SlicedWasserstein", value(SlicedWasserstein(x, y, c.SWDProjections, c.SWDSeed)), *c.SWD, 1e-9)
		}
	}
}

func TestScatteringAgainstReference(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector, and has no concurrency that others lack")
	}
	var file struct {
		ImageSeed uint64    `json:"image_seed"`
		One       []float64 `json:"features_of_img_64x64"`
		Set       struct {
			Images    int
			SeedsFrom uint64 `json:"seeds_from"`
			Height    int
			Width     int
			Patches   int
			D         int
		}
		Mean    []float64 `json:"mean_of_set"`
		Frechet []struct {
			Sigma float64
			FD    float64
		}
	}
	readJSON(t, "scattering.json", &file)
	features := must[Array](t)
	value := must[float64](t)
	const tolerance = 1e-8

	one := features(ScatteringFeatures([]Array{testImage(file.ImageSeed, 64, 64)}))
	for i, want := range file.One {
		near(t, "feature", one.Values[i], want, tolerance)
	}
	var images []Array
	for i := range file.Set.Images {
		images = append(images, testImage(file.Set.SeedsFrom+uint64(i), file.Set.Height, file.Set.Width))
	}
	x := features(ScatteringFeatures(images))
	if n, d := x.Shape[0], x.Shape[1]; n != file.Set.Patches || d != file.Set.D {
		t.Fatalf("features are %d×%d, want %d×%d", n, d, file.Set.Patches, file.Set.D)
	}
	m, err := SampleMoments(x)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range file.Mean {
		near(t, "mean feature", m.Mean[i], want, tolerance)
	}
	for _, c := range file.Frechet {
		if c.Sigma == 0 { // the first half of the set against the second
			h := len(x.Values) / 2
			first := Array{Shape: []int{x.Shape[0] / 2, ScatteringDim}, Values: x.Values[:h]}
			second := Array{Shape: first.Shape, Values: x.Values[h:]}
			near(t, "distance of halves", value(Frechet(first, second)), c.FD, tolerance)
			continue
		}
		if testing.Short() && c.Sigma != file.Frechet[0].Sigma {
			continue
		}
		var noisy []Array
		for i, im := range images {
			noisy = append(noisy, noisyImage(im, file.ImageSeed+100+uint64(i), c.Sigma))
		}
		near(t, "distance to noisy set", value(Frechet(x, features(ScatteringFeatures(noisy)))), c.FD, tolerance)
	}
}

// The values are from scipy's gaussian_filter and numpy, on one even and one odd size.
func TestMSSSIMAgainstReference(t *testing.T) {
	value := must[float64](t)
	for _, c := range []struct {
		h, w        int
		sigma, want float64
	}{{180, 190, 0.1, 0.9264467210480676}, {256, 201, 0.3, 0.7053286044223336}} {
		a := testImage(7, c.h, c.w)
		near(t, "MSSSIM", value(MSSSIM(a, noisyImage(a, 8, c.sigma), 1)), c.want, 1e-12)
	}
}
