package restoration

import (
	"math"
	"testing"

	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
)

const (
	periodic = restorationv1.Edge_EDGE_PERIODIC
	reflect  = restorationv1.Edge_EDGE_REFLECT
)

// gaussianKernel is (2r+1)² samples of a Gaussian.
func gaussianKernel(r int, s float64) (kernel []float64, size int) {
	n := 2*r + 1
	kernel = make([]float64, n*n)
	sum := 0.0
	for i := range kernel {
		y, x := float64(i/n-r), float64(i%n-r)
		kernel[i] = math.Exp(-(y*y + x*x) / (2 * s * s))
		sum += kernel[i]
	}
	for i := range kernel {
		kernel[i] /= sum
	}
	return kernel, n
}

// motionKernel is a slanted streak, symmetric along neither axis.
func motionKernel() (kernel []float64, size int) {
	const n = 9
	kernel = make([]float64, n*n)
	for i := range n {
		kernel[i*n+(i+2)/2+1] = float64(2+i%3) / 27
	}
	return kernel, n
}

func blurTask(y []float64, h, w int, kernel []float64, size int, edge restorationv1.Edge, sigma float64) *restorationv1.Task {
	return &restorationv1.Task{
		Degraded: commonv1.Float64(y, 1, h, w, 1), Height: uint32(h), Width: uint32(w), Sigma: sigma,
		Degradation: &restorationv1.Task_Blur{Blur: &restorationv1.Blur{Kernel: commonv1.Float64(kernel, size, size), Edge: edge}},
	}
}

// convolve is the definition: y(p) = Σ k(a) x(p − a).
func convolve(x []float64, h, w int, kernel []float64, size int, edge restorationv1.Edge) []float64 {
	extended := fold
	if edge == periodic {
		extended = wrap
	}
	y := make([]float64, h*w)
	for i := range h {
		for j := range w {
			for a := range size {
				for b := range size {
					y[i*w+j] += kernel[a*size+b] * x[extended(i-a+size/2, h)*w+extended(j-b+size/2, w)]
				}
			}
		}
	}
	return y
}

func TestBlurOperators(t *testing.T) {
	const h, w = 21, 26
	x := noisy(make([]float64, h*w), 3, 1)
	gaussian, gs := gaussianKernel(3, 1.2)
	motion, ms := motionKernel()
	skewed := []float64{0, 0, 0, 0.1, 0.2, 0.7, 0, 0, 0} // separable, not even
	for _, edge := range []restorationv1.Edge{periodic, reflect} {
		for _, k := range []struct {
			kernel []float64
			size   int
		}{{gaussian, gs}, {motion, ms}, {skewed, 3}} {
			b, err := newBlur(blurTask(x, h, w, k.kernel, k.size, edge, 0))
			if err != nil {
				t.Fatal(err)
			}
			want := convolve(x, h, w, k.kernel, k.size, edge)
			for _, op := range []linear{b.operator(), newFourierBlur(b)} {
				got := make([]float64, h*w)
				op.apply(got, x)
				if d := distance(got, want); d > 1e-13 {
					t.Errorf("%v, %d×%d, %T: RMS difference %g from the definition", edge, k.size, k.size, op, d)
				}
				checkAdjoint(t, op, h*w, h*w)
			}
		}
	}
}

// In frequency, where that applies, the blur is the product with the response.
func TestFrequencies(t *testing.T) {
	const h, w = 20, 27
	x := noisy(make([]float64, h*w), 3, 1)
	gaussian, gs := gaussianKernel(3, 1.2)
	for _, edge := range []restorationv1.Edge{periodic, reflect} {
		b, err := newBlur(blurTask(x, h, w, gaussian, gs, edge, 0))
		if err != nil {
			t.Fatal(err)
		}
		f := newFrequencies(h, w, b.periodic()).clone()
		ones := make([]float64, h*f.kept)
		energy, pixels := 0.0, 0.0
		f.forward(x)
		for i := range ones {
			ones[i] = 1
			power, count := f.magnitude(i)
			energy += power * count
			pixels += count
		}
		if e := dot(x, x); math.Abs(energy-e) > 1e-10*e || pixels != h*w {
			t.Errorf("%v: energy %g of %g frequencies, want %g of %d", edge, energy, pixels, e, h*w)
		}
		f.multiply(f.response(b), ones)
		got := make([]float64, h*w)
		f.inverse(got)
		if d := distance(got, convolve(x, h, w, gaussian, gs, edge)); d > 1e-13 {
			t.Errorf("%v: RMS difference %g", edge, d)
		}
	}
}

// With reflected edges and any kernel the answer is the stationary point of the objective.
func TestWienerNormalEquations(t *testing.T) {
	const h, w, balance = 40, 36, 0.02
	motion, ms := motionKernel()
	x := phantom(h, w)
	y := convolve(x, h, w, motion, ms, reflect)
	d, err := newDeconvolution(runOn(1), blurTask(y, h, w, motion, ms, reflect, 0.01))
	if err != nil {
		t.Fatal(err)
	}
	if d.exact {
		t.Fatal("the kernel is not even")
	}
	worker := d.workers[0]
	got, left, right := make([]float64, h*w), make([]float64, h*w), make([]float64, h*w)
	if err := worker.deconvolve(t.Context(), got, y, balance); err != nil {
		t.Fatal(err)
	}
	worker.normal(left, got, balance)
	worker.op.adjoint(right, y)
	if e := distance(left, right); e > 2e-4*math.Sqrt(dot(right, right)/(h*w)) {
		t.Errorf("RMS residual %g", e)
	}
}
