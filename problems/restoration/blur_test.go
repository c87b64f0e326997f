package restoration

import (
	"context"
	"math"
	"testing"

	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
	"github.com/solverbench/solverbench/problems/random"
)

const (
	periodic = restorationv1.Edge_EDGE_PERIODIC
	reflect  = restorationv1.Edge_EDGE_REFLECT
)

// lopsided is a random kernel without any symmetry.
func lopsided(radius int) kernel {
	k := newKernel(radius)
	rng := random.New(5)
	for i := range k.weights {
		k.weights[i] = rng.Float64()
	}
	return k.normalise()
}

func blurred(t testing.TB, x images, k kernel, edge restorationv1.Edge) images {
	t.Helper()
	y, err := convolve(context.Background(), x, k, edge)
	if err != nil {
		t.Fatal(err)
	}
	return y
}

// at reads a pixel beyond the edges by stepping back into the image.
func (x images) at(n, i, j, c int, edge restorationv1.Edge) float64 {
	step := func(i, size int) int {
		for i < 0 || i >= size {
			switch {
			case edge == periodic && i < 0:
				i += size
			case edge == periodic:
				i -= size
			case i < 0:
				i = -1 - i
			default:
				i = 2*size - 1 - i
			}
		}
		return i
	}
	return x.image(n)[(step(i, x.h)*x.w+step(j, x.w))*x.c+c]
}

func TestConvolveDefinition(t *testing.T) {
	// The last kernel is wider than the image.
	for _, radius := range []int{0, 1, 3, 14} {
		for _, edge := range []restorationv1.Edge{periodic, reflect} {
			x, k := noisy(2, 9, 12, 3), lopsided(radius)
			y := blurred(t, x, k, edge)
			for n := range x.n {
				for i := range x.h {
					for j := range x.w {
						for c := range x.c {
							want := 0.0
							for a := -radius; a <= radius; a++ {
								for b := -radius; b <= radius; b++ {
									want += k.weights[(a+radius)*k.side()+b+radius] * x.at(n, i-a, j-b, c, edge)
								}
							}
							if got := y.at(n, i, j, c, edge); math.Abs(got-want) > 1e-13 {
								t.Fatalf("radius %d, %v, pixel %d %d: %v, want %v", radius, edge, i, j, got, want)
							}
						}
					}
				}
			}
		}
	}
}

func TestBlurKeepsConstantsAndMean(t *testing.T) {
	for i, k := range []kernel{gaussianKernel(1.6), motionKernel(9, 0.5)} {
		for _, edge := range []restorationv1.Edge{periodic, reflect} {
			x := constant(1, 20, 30, 1, 0.7)
			if d := maxDifference(blurred(t, x, k, edge).pix, x.pix); d > 1e-14 {
				t.Errorf("%v: a constant changes by %.2g", edge, d)
			}
			if edge == reflect && i == 1 {
				continue // a kernel without mirror symmetry weighs reflected edges unevenly
			}
			x = noisy(1, 20, 30, 1)
			before, _ := meanVariance(x.pix)
			after, _ := meanVariance(blurred(t, x, k, edge).pix)
			if math.Abs(before-after) > 1e-14 {
				t.Errorf("%v: the mean changes by %.2g", edge, after-before)
			}
		}
	}
}

// The adjoint of a periodic convolution is that with the kernel turned by 180°.
func TestBlurAdjoint(t *testing.T) {
	k := lopsided(4)
	turned := newKernel(4)
	for i, w := range k.weights {
		turned.weights[len(k.weights)-1-i] = w
	}
	x, z := noisy(1, 17, 19, 1), noisy(2, 17, 19, 1)
	z = images{1, 17, 19, 1, z.image(1)}
	if a, b := dot(blurred(t, x, k, periodic).pix, z.pix), dot(x.pix, blurred(t, z, turned, periodic).pix); math.Abs(a/b-1) > 1e-13 {
		t.Errorf("⟨Kx, z⟩ = %v, ⟨x, Kᵀz⟩ = %v", a, b)
	}
}

func dot(a, b []float64) (s float64) {
	for i, v := range a {
		s += v * b[i]
	}
	return s
}

func TestGaussianKernel(t *testing.T) {
	k := gaussianKernel(1.6)
	if k.side() != 15 {
		t.Fatalf("side %d, expected 15", k.side())
	}
	var sum, xx, yy float64
	for i := range k.side() {
		for j := range k.side() {
			w := k.weights[i*15+j]
			sum += w
			yy += w * float64((i-7)*(i-7))
			xx += w * float64((j-7)*(j-7))
		}
	}
	// The cut at 4 σ and more takes less than a thousandth of the variance.
	for _, v := range []float64{xx, yy} {
		if math.Abs(sum-1) > 1e-14 || math.Abs(v/(1.6*1.6)-1) > 1e-3 {
			t.Errorf("sum %v, variance %v", sum, v)
		}
	}
}

func TestMotionKernel(t *testing.T) {
	if k := motionKernel(0, 1); len(k.weights) != 1 || k.weights[0] != 1 {
		t.Errorf("no motion: %v", k.weights)
	}
	// Of a segment of length 9 pixels 0 … ±3 get 1/9 each, ±4 the hat's integral 7/8, ±5 1/8 of that.
	k := motionKernel(9, 0)
	want := map[int]float64{0: 1, 1: 1, 2: 1, 3: 1, 4: 0.875, 5: 0.125}
	for i := -k.radius; i <= k.radius; i++ {
		for j := -k.radius; j <= k.radius; j++ {
			w := 0.0
			if i == 0 {
				w = want[max(j, -j)] / 9
			}
			if got := k.weights[(i+k.radius)*k.side()+j+k.radius]; math.Abs(got-w) > 1e-5 {
				t.Errorf("weight at %d %d is %.6f, expected %.6f", i, j, got, w)
			}
		}
	}
	up := motionKernel(9, math.Pi/2)
	for i := range k.side() {
		for j := range k.side() {
			if d := math.Abs(k.weights[i*k.side()+j] - up.weights[j*k.side()+i]); d > 1e-12 {
				t.Fatalf("motion upwards is not that to the right transposed: %.2g at %d %d", d, i, j)
			}
		}
	}
	// 45° points up and to the right: row above the centre, column beyond it.
	k = motionKernel(9, math.Pi/4)
	if a, b := k.weights[(k.radius-2)*k.side()+k.radius+2], k.weights[(k.radius+2)*k.side()+k.radius+2]; a < 0.05 || b != 0 {
		t.Errorf("weights up right %v, down right %v", a, b)
	}
	for i, w := range k.weights {
		if math.Abs(w-k.weights[len(k.weights)-1-i]) > 1e-12 {
			t.Fatal("the kernel is not symmetric about its centre")
		}
	}
}

func BenchmarkConvolve(b *testing.B) {
	x, k := noisy(1, 256, 256, 1), gaussianKernel(1.6)
	b.SetBytes(int64(8 * len(x.pix)))
	for b.Loop() {
		blurred(b, x, k, periodic)
	}
}
