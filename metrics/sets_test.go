package metrics

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// drawFeatures draws a feature set of dimension d with any mean, scale and number of samples.
func drawFeatures(rt *rapid.T, name string, d int) Array {
	n := rapid.IntRange(2, 40).Draw(rt, name+" samples")
	seed := rapid.Uint64().Draw(rt, name+" seed")
	shift := rapid.Float64Range(-3, 3).Draw(rt, name+" shift")
	scale := rapid.Float64Range(0.1, 10).Draw(rt, name+" scale")
	return testFeatures(seed, n, d, shift, scale)
}

func TestSetProperties(t *testing.T) {
	value := must[float64](t)
	rapid.Check(t, func(rt *rapid.T) {
		d := rapid.IntRange(1, 12).Draw(rt, "d")
		x, y := drawFeatures(rt, "x", d), drawFeatures(rt, "y", d)
		moments, err := SampleMoments(x)
		if err != nil {
			t.Fatal(err)
		}
		var size float64
		for i, m := range moments.Mean {
			size += m*m + moments.Cov[i*d+i]
		}
		if f := value(Frechet(x, x)); f < 0 || f > 1e-12*size {
			t.Errorf("Frechet of a set to itself: %v (moments of size %v)", f, size)
		}
		f := value(Frechet(x, y))
		near(t, "Frechet exchanged", value(Frechet(y, x)), f, 1e-9)
		k := value(KID(x, y))
		if diff := math.Abs(value(KID(y, x)) - k); diff > 1e-9*(1+size*size*size) && diff > 1e-9*math.Abs(k) {
			t.Errorf("KID exchanged differs by %v from %v", diff, k)
		}
		if w := value(SlicedWasserstein(x, x, 8, 1)); w != 0 {
			t.Errorf("SlicedWasserstein of a set to itself: %v", w)
		}
		near(t, "SlicedWasserstein exchanged", value(SlicedWasserstein(y, x, 8, 1)), value(SlicedWasserstein(x, y, 8, 1)), 1e-12)
		near(t, "Precision of a set in itself", value(Precision(x, x, 1)), 1, 0)
		near(t, "Recall is Precision exchanged", value(Recall(x, y, 1)), value(Precision(y, x, 1)), 0)
	})
}

// Gaussians whose covariances commute: the distance is known.
func TestFrechetMomentsExact(t *testing.T) {
	value := must[float64](t)
	a := Moments{Mean: []float64{1, 2}, Cov: []float64{4, 0, 0, 9}}
	b := Moments{Mean: []float64{0, 4}, Cov: []float64{1, 0, 0, 25}}
	near(t, "diagonal", value(FrechetMoments(a, b)), 1+4+1+4, 1e-14)
	// Singular: a point and a line.
	point := Moments{Mean: []float64{0, 0}, Cov: make([]float64, 4)}
	line := Moments{Mean: []float64{0, 0}, Cov: []float64{2, 2, 2, 2}}
	near(t, "point to line", value(FrechetMoments(point, line)), 4, 1e-14)
	if v := value(FrechetMoments(line, line)); v > 1e-14 {
		t.Errorf("line to itself: %v", v)
	}
	for text, bad := range map[string]Moments{
		"eigenvalue -1":                   {Mean: []float64{0, 0}, Cov: []float64{1, 2, 2, 1}},
		"expected a symmetric matrix":     {Mean: []float64{0, 0}, Cov: []float64{1, 2, 0, 1}},
		"covariance: 3 values":            {Mean: []float64{0, 0}, Cov: []float64{1, 2, 0}},
		"mean: no dimensions":             {},
		"mean: value at [1]: NaN":         {Mean: []float64{0, math.NaN()}, Cov: []float64{1, 0, 0, 1}},
		"of 2 and 1 dimensions, expected": {Mean: []float64{0}, Cov: []float64{1}},
	} {
		wantError(t, text)(FrechetMoments(a, bad))(text)
	}
}

// Fewer samples than dimensions: tr (Σ₁Σ₂)^½ is also the sum of the singular values of X·Yᵀ, the centred
// samples, over ((n−1)(m−1))^½.
func TestFrechetOfSingularCovariances(t *testing.T) {
	const n, m, d = 4, 30, 12
	x, y := testFeatures(1, n, d, 0, 1), testFeatures(2, m, d, 0.5, 2)
	var want float64
	var means [][]float64
	centred := func(a Array) *mat.Dense {
		moments, err := SampleMoments(a)
		if err != nil {
			t.Fatal(err)
		}
		means = append(means, moments.Mean)
		out := mat.NewDense(a.Shape[0], d, slices.Clone(a.Values))
		out.Apply(func(_, j int, v float64) float64 { return v - moments.Mean[j] }, out)
		for j := range d {
			want += moments.Cov[j*d+j]
		}
		return out
	}
	var product mat.Dense
	product.Mul(centred(x), centred(y).T())
	var svd mat.SVD
	if !svd.Factorize(&product, mat.SVDNone) {
		t.Fatal("no convergence")
	}
	for _, s := range svd.Values(nil) {
		want -= 2 * s / math.Sqrt((n-1)*(m-1))
	}
	for j := range d {
		diff := means[0][j] - means[1][j]
		want += diff * diff
	}
	near(t, "Frechet", must[float64](t)(Frechet(x, y)), want, 1e-11)
}

// A set twice over has the same quantiles: unequal numbers give the same distance.
func TestSlicedWassersteinOfUnequalNumbers(t *testing.T) {
	value := must[float64](t)
	x, y := testFeatures(1, 12, 3, 0, 1), testFeatures(2, 12, 3, 1, 2)
	twice := Array{Shape: []int{24, 3}, Values: append(append([]float64{}, y.Values...), y.Values...)}
	near(t, "distance", value(SlicedWasserstein(x, twice, 16, 5)), value(SlicedWasserstein(x, y, 16, 5)), 1e-12)
	// In one dimension by hand: {0, 1} against {0, 0, 1} differ on a sixth of the unit interval.
	a, b := Array{[]int{2, 1}, []float64{0, 1}}, Array{[]int{3, 1}, []float64{0, 0, 1}}
	near(t, "by hand", value(SlicedWasserstein(a, b, 4, 5)), math.Sqrt(1./6), 1e-12)
}

func TestPrecisionAndRecall(t *testing.T) {
	value := must[float64](t)
	// The reference is the points 0 … 9 of a line with balls of radius 1 (k = 1).
	ref := Array{Shape: []int{10, 1}}
	for i := range 10 {
		ref.Values = append(ref.Values, float64(i))
	}
	// Three points within the manifold [−1, 10], one outside. Their own balls reach 1, 1, 2 and 86 far.
	cand := Array{[]int{4, 1}, []float64{2, 3, 10, 100}}
	near(t, "precision", value(Precision(ref, cand, 1)), 3./4, 0)
	// Balls: [1, 3], [2, 4], [3, 17], [10, 190]: of 0 … 9 only 0 is outside.
	near(t, "recall", value(Recall(ref, cand, 1)), 9./10, 0)
}

func TestSetErrors(t *testing.T) {
	x := testFeatures(1, 5, 3, 0, 1)
	wantError(t, "dimension")(Frechet(x, testFeatures(1, 5, 2, 0, 1)))("2 features a sample, expected 3")
	wantError(t, "samples")(KID(x, testFeatures(1, 1, 3, 0, 1)))("candidate: 1 samples, expected at least 2")
	wantError(t, "neighbours")(Precision(x, x, 5))("5 samples, expected at least 6")
	wantError(t, "neighbours")(Recall(x, x, 0))("neighbours: 0")
	wantError(t, "projections")(SlicedWasserstein(x, x, 0, 1))("projections: 0")
	wantError(t, "shape")(Frechet(testImage(1, 4, 4), Array{[]int{2, 2, 4}, make([]float64, 16)}))("candidate: shape [2 2 4]: expected a feature set")
	wantError(t, "floor")(SplitHalfFloor(testFeatures(1, 3, 2, 0, 1), 0))("at least 4")
	_, err := ScatteringFeatures(nil)
	wantError(t, "no images")(0, err)("no images")
	_, err = ScatteringFeatures([]Array{{[]int{64, 64, 2}, make([]float64, 8192)}})
	wantError(t, "channels")(0, err)("2 channels, expected 1 or 3")
}

// The floor falls with the number of samples, and shifts stand out from it.
func TestSplitHalfFloor(t *testing.T) {
	value := must[float64](t)
	few, many := value(SplitHalfFloor(testFeatures(1, 100, 8, 0, 1), 3)), value(SplitHalfFloor(testFeatures(1, 3000, 8, 0, 1), 3))
	if !(0 < many && many < few/5) {
		t.Errorf("floor of 3000 samples %v, of 100 %v: want it to fall with their number", many, few)
	}
}

func TestScatteringOfColours(t *testing.T) {
	grey := testImage(3, 64, 96)
	colour := Array{Shape: []int{64, 96, 3}}
	for _, v := range grey.Values {
		colour.Values = append(colour.Values, v, v, v)
	}
	features := must[Array](t)
	a, b := features(ScatteringFeatures([]Array{grey})), features(ScatteringFeatures([]Array{colour}))
	if a.Shape[0] != 2 {
		t.Errorf("%d patches of 64×96, want 2", a.Shape[0])
	}
	for i, v := range a.Values {
		near(t, "feature", b.Values[i], v, 1e-12)
	}
}

func TestCompare(t *testing.T) {
	value := must[float64](t)
	x, y := testImage(1, 64, 64), testImage(2, 64, 64)
	xn, yn := noisyImage(x, 3, 0.1), noisyImage(y, 4, 0.2)
	clean, noisy := Set{{"a.png", x}, {"b.png", y}}, Set{{"a.png", xn}, {"b.png", yn}}

	r, err := Compare("ssim", clean, noisy, Options{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean SSIM", r.Value, (value(SSIM(x, xn, 1))+value(SSIM(y, yn, 1)))/2, 1e-15)
	if len(r.Each) != 2 || r.Each[1] != (ItemValue{"b.png", value(SSIM(y, yn, 1))}) || r.N != 2 || r.M != 2 || len(r.Warnings) != 0 {
		t.Errorf("result %+v", r)
	}
	batch := Set{{"noisy.npy", Array{[]int{2, 64, 64, 1}, append(append([]float64{}, xn.Values...), yn.Values...)}}}
	for i, v := range []Set{{{"x.npy", Array{[]int{2, 64, 64}, batch[0].Values}}}, batch} {
		reference := Set{{"clean.npy", Array{v[0].Shape, append(append([]float64{}, x.Values...), y.Values...)}}}
		again, err := Compare("ssim", reference, v, Options{})
		if err != nil || again.Value != r.Value || again.N != 2 {
			t.Errorf("batch %d: %+v, %v, want the value %v", i, again, err, r.Value)
		}
	}

	renamed := Set{{"a.png", xn}, {"c.png", yn}}
	if r, err = Compare("psnr", clean, renamed, Options{}); err != nil || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "c.png is compared with b.png") {
		t.Errorf("names that differ: %+v, %v", r.Warnings, err)
	}
	if r, err = Compare("fd-scattering", clean, noisy, Options{}); err != nil || len(r.Warnings) == 0 || r.N != 2 || r.Dim != ScatteringDim {
		t.Errorf("few patches: %+v, %v, want a warning", r, err)
	}
	features := Set{{"a.npy", testFeatures(1, 50, 4, 0, 1)}, {"b.npy", Array{[]int{4}, make([]float64, 4)}}}
	if r, err = Compare("frechet", features, features, Options{}); err != nil || r.N != 51 || r.Floor <= 0 || r.Value > 1e-12 {
		t.Errorf("features: %+v, %v", r, err)
	}
}

func TestCompareErrors(t *testing.T) {
	x, y := testImage(1, 64, 64), testImage(2, 64, 64)
	pair := Set{{"a.png", x}, {"b.png", y}}
	for text, c := range map[string]struct {
		metric               string
		reference, candidate Set
	}{
		"did you mean":                                                     {"psrn", pair, pair},
		"psnr: candidate: 1 arrays, expected 2":                            {"psnr", pair, pair[:1]},
		"mse: reference: empty":                                            {"mse", nil, pair},
		"frechet: candidate: empty":                                        {"frechet", pair, nil},
		"b.png against a.png: candidate: shape":                            {"rmse", pair[:1], Set{{"b.png", testImage(1, 8, 8)}}},
		"kid-scattering: candidate: b.png: imag":                           {"kid-scattering", pair, Set{{"a.png", x}, {"b.png", testImage(1, 8, 8)}}},
		"frechet: reference: f.npy: shape [8 8 1]: expected a feature set": {"frechet", Set{{"f.npy", Array{[]int{8, 8, 1}, testImage(1, 8, 8).Values}}}, pair},
		"b.npy: 8 features a sample, expected 64 as in a.png":              {"swd", pair, Set{pair[0], {"b.npy", testImage(1, 8, 8)}}},
	} {
		_, err := Compare(c.metric, c.reference, c.candidate, Options{})
		wantError(t, c.metric)(0, err)(text)
	}
}
