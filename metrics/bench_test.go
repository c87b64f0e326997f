package metrics

import "testing"

func BenchmarkSSIM(b *testing.B) {
	x := testImage(1, 512, 512)
	y := noisyImage(x, 2, 0.1)
	b.SetBytes(int64(16 * len(x.Values)))
	for b.Loop() {
		if _, err := SSIM(x, y, 1); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTransform64(b *testing.B) {
	var re, im, workRe, workIm plane
	copy(re[:], testImage(1, 64, 64).Values)
	b.SetBytes(2 * 8 * side * side)
	for b.Loop() {
		forward(&re, &im, &workRe, &workIm)
		backward(&re, &im, &workRe, &workIm)
		for i := range re {
			re[i] /= side * side
			im[i] /= side * side
		}
	}
}

func BenchmarkScatteringPatch(b *testing.B) {
	var s scatterer
	copy(s.patch[:], testImage(1, 64, 64).Values)
	var out [ScatteringDim]float64
	for b.Loop() {
		s.features(&out)
	}
}

func BenchmarkFrechet(b *testing.B) {
	x, y := testFeatures(1, 500, 62, 0, 1), testFeatures(2, 500, 62, 0.1, 1)
	for b.Loop() {
		if _, err := Frechet(x, y); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkKID(b *testing.B) {
	x, y := testFeatures(1, 1000, 62, 0, 1), testFeatures(2, 1000, 62, 0.1, 1)
	for b.Loop() {
		if _, err := KID(x, y); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPrecision(b *testing.B) {
	x, y := testFeatures(1, 1000, 62, 0, 1), testFeatures(2, 1000, 62, 0.1, 1)
	for b.Loop() {
		if _, err := Precision(x, y, 3); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEnergySpectrum(b *testing.B) {
	f := Field{Ny: 256, Nx: 256, L: 1, Values: testImage(1, 256, 256).Values}
	for b.Loop() {
		if _, err := EnergySpectrum(f); err != nil {
			b.Fatal(err)
		}
	}
}
