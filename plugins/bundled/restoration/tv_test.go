package restoration

import (
	"math"
	"testing"
)

// A step between two levels is only lowered: the side of n columns moves by λ/n.
func TestTVStep(t *testing.T) {
	const h, w, edge, lambda = 12, 20, 8, 0.4
	y, want := make([]float64, h*w), make([]float64, h*w)
	for i := range y {
		y[i], want[i] = 0.2, 0.2+lambda/edge
		if i%w >= edge {
			y[i], want[i] = 0.8, 0.8-lambda/(w-edge)
		}
	}
	for _, isotropic := range []bool{true, false} {
		for _, tolerance := range []float64{1e-3, 1e-4, 1e-5} {
			got := restore(t, &TV{Weight: lambda, Iterations: 20000, Tolerance: tolerance, Isotropic: isotropic}, denoiseTask(y, h, w, 0.1), 1)
			if rms := distance(got, want); rms > tolerance {
				t.Errorf("isotropic=%v, tolerance %g: RMS distance to the minimiser %g", isotropic, tolerance, rms)
			}
		}
	}
}

// distance is the RMS difference.
func distance(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += (v - b[i]) * (v - b[i])
	}
	return math.Sqrt(sum / float64(len(a)))
}

// The tolerance bounds the RMS distance to the minimiser.
func TestTVCertificate(t *testing.T) {
	const h, w, sigma = 40, 33, 0.1
	task := denoiseTask(noisy(phantom(h, w), 1, sigma), h, w, sigma)
	best := restore(t, &TV{Iterations: 20000, Tolerance: 1e-6, Isotropic: true}, task, 1)
	for _, tolerance := range []float64{1e-2, 1e-3, 1e-4} {
		got := restore(t, &TV{Iterations: 20000, Tolerance: tolerance, Isotropic: true}, task, 1)
		if rms := distance(got, best); rms > tolerance {
			t.Errorf("tolerance %g: RMS distance %g", tolerance, rms)
		}
	}
}
