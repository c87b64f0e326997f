package restoration

import (
	"math"
	"testing"
)

// checkAdjoint compares ⟨Ax, y⟩ with ⟨x, Aᵀy⟩.
func checkAdjoint(t *testing.T, op linear, in, out int) {
	t.Helper()
	x, y := noisy(make([]float64, in), 1, 1), noisy(make([]float64, out), 2, 1)
	ax, aty := make([]float64, out), make([]float64, in)
	op.apply(ax, x)
	op.adjoint(aty, y)
	if a, b := dot(ax, y), dot(x, aty); math.Abs(a-b) > 1e-12*math.Sqrt(dot(ax, ax)*dot(y, y)) {
		t.Errorf("⟨Ax, y⟩ = %.15g, ⟨x, Aᵀy⟩ = %.15g", a, b)
	}
}

func TestScalingAdjoint(t *testing.T) {
	checkAdjoint(t, newScaling(24, 36, 8, 12), 24*36, 8*12)
	checkAdjoint(t, newScaling(8, 12, 16, 24), 8*12, 16*24)
}

// Cubic convolution reproduces quadratics away from the edges (Keys 1981, section IV).
func TestResamplerQuadratic(t *testing.T) {
	const n, scale = 20, 3
	f := func(x float64) float64 { return 0.3 - 0.02*x + 0.007*x*x }
	x := make([]float64, n)
	for i := range x {
		x[i] = f(float64(i))
	}
	out := make([]float64, n*scale)
	newScaling(1, n, 1, n*scale).apply(out, x)
	for i := 3 * scale; i < (n-3)*scale; i++ {
		at := (float64(i)+0.5)/scale - 0.5
		if math.Abs(out[i]-f(at)) > 1e-12 {
			t.Errorf("at %.3f: %.15f, want %.15f", at, out[i], f(at))
		}
	}
}

// Back-projection makes the estimate agree with y.
func TestBackProjection(t *testing.T) {
	const h, w, scale = 48, 36, 2
	x := phantom(h, w)
	reduce := newScaling(h, w, h/scale, w/scale)
	y := make([]float64, h*w/scale/scale)
	reduce.apply(y, x)
	task := reductionTask(y, h/scale, w/scale, scale, 0)
	plain := restore(t, &Bicubic{}, task, 1)
	better := restore(t, &Bicubic{BackProjection: 20}, task, 1)
	if a, b := psnr(x, plain), psnr(x, better); b < a+0.3 {
		t.Errorf("back-projection takes %.2f dB to %.2f dB, expected at least 0.3 dB more", a, b)
	}
	total := restore(t, &TV{Iterations: 100, Isotropic: true}, task, 1)
	if a, b := psnr(x, plain), psnr(x, total); b < a+0.3 {
		t.Errorf("tv takes bicubic's %.2f dB to %.2f dB, expected at least 0.3 dB more", a, b)
	}
}
