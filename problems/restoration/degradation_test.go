package restoration

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/solverbench/solverbench/plugins/option"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
	"github.com/solverbench/solverbench/problems/random"
)

// noisy returns images of uniform random values.
func noisy(n, h, w, c int) images {
	x := newImages(n, h, w, c)
	rng := random.New(99)
	for i := range x.pix {
		x.pix[i] = rng.Float64()
	}
	return x
}

func constant(n, h, w, c int, v float64) images {
	x := newImages(n, h, w, c)
	for i := range x.pix {
		x.pix[i] = v
	}
	return x
}

func apply(t testing.TB, d degradation, x images) (y, nothing images, task *restorationv1.Task) {
	t.Helper()
	task = &restorationv1.Task{}
	before := x.clone()
	y, nothing, err := d.degrade(context.Background(), x, draws{seed: 1}, task)
	if err != nil {
		t.Fatal(err)
	}
	if !equal(before.pix, x.pix) {
		t.Fatalf("%T changed the truth", d)
	}
	return y, nothing, task
}

func maxDifference(a, b []float64) (d float64) {
	for i, v := range a {
		d = max(d, math.Abs(v-b[i]))
	}
	return d
}

func meanVariance(x []float64) (mean, variance float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / float64(len(x))
	}
	return mean, variance
}

// Measured moments are compared within five standard errors.
func TestGaussianNoise(t *testing.T) {
	for _, sigma := range []float64{15, 25, 50} {
		x := noisy(2, 150, 160, 3)
		y, _, task := apply(t, denoise{sigma}, x)
		if task.Sigma != sigma/255 || task.GetDenoise() == nil {
			t.Errorf("task: sigma %v, %v", task.Sigma, task.Degradation)
		}
		for i := range y.pix {
			y.pix[i] -= x.pix[i]
		}
		n := float64(len(y.pix))
		mean, variance := meanVariance(y.pix)
		s := sigma / 255
		if math.Abs(mean) > 5*s/math.Sqrt(n) || math.Abs(variance/(s*s)-1) > 5*math.Sqrt(2/n) {
			t.Errorf("σ = %g: mean %.2g, deviation %.5f of %.5f", sigma, mean, math.Sqrt(variance), s)
		}
		if equal(y.image(0)[:100], y.image(1)[:100]) {
			t.Error("two images have the same noise")
		}
	}
	x := noisy(1, 20, 20, 1)
	if y, _, _ := apply(t, denoise{0}, x); !equal(y.pix, x.pix) {
		t.Error("σ = 0 changes the image")
	}
}

func TestLowLight(t *testing.T) {
	for _, c := range []struct{ value, peak, noise float64 }{
		{0.3, 30, 2}, {0.9, 1000, 0}, {0.5, 2, 10}, {0, 30, 0},
	} {
		x := constant(1, 200, 200, 1, c.value)
		y, _, task := apply(t, lowLight{photons{c.peak}, readNoise{c.noise}}, x)
		if task.GetLowLight().GetPeak() != c.peak || task.Sigma != c.noise/255 {
			t.Errorf("task: peak %v, sigma %v", task.GetLowLight().GetPeak(), task.Sigma)
		}
		const n = 200 * 200
		mean, variance := meanVariance(y.pix)
		want := c.value/c.peak + task.Sigma*task.Sigma
		if d := math.Abs(mean - c.value); d > 5*math.Sqrt(want/n) {
			t.Errorf("%+v: mean is off by %.2g", c, d)
		}
		// The fourth central moment of the sum: 3 variance² + the Poisson part's cumulant value/peak³.
		sd := math.Sqrt((2*want*want + c.value/(c.peak*c.peak*c.peak)) / n)
		if d := math.Abs(variance - want); d > 5*sd {
			t.Errorf("%+v: variance %.4g, expected %.4g ± %.2g", c, variance, want, sd)
		}
	}
}

func TestInpaint(t *testing.T) {
	x := noisy(3, 60, 70, 3)
	for _, d := range []inpaint{{"random", 0.5, 8}, {"random", 0, 8}, {"random", 0.9, 8}, {"blocks", 0.5, 8}, {"blocks", 0.2, 1}, {"blocks", 0, 8}} {
		y, nothing, task := apply(t, d, x)
		mask, err := task.GetInpaint().GetMask().Uint8s()
		if err != nil {
			t.Fatal(err)
		}
		for i := range x.n {
			m := mask[i*60*70 : (i+1)*60*70]
			missing := 0
			var mean [3]float64
			for k, known := range m {
				if known == 0 {
					missing++
					continue
				}
				for c := range mean {
					mean[c] += x.image(i)[3*k+c]
				}
			}
			for c := range mean {
				mean[c] /= float64(len(m) - missing)
			}
			want := d.Missing * 60 * 70
			slack := 5 * math.Sqrt(want*(1-d.Missing))
			if d.Mask == "blocks" {
				slack = float64(d.Block * d.Block)
			}
			if math.Abs(float64(missing)-want) > slack {
				t.Errorf("%+v: %d of %d pixels are missing", d, missing, len(m))
			}
			for k, known := range m {
				for c := range mean {
					at := 3*k + c
					wantY, wantNothing := x.image(i)[at], x.image(i)[at]
					if known == 0 {
						wantY, wantNothing = 0, mean[c]
					}
					if y.image(i)[at] != wantY || math.Abs(nothing.image(i)[at]-wantNothing) > 1e-12 {
						t.Fatalf("%+v: pixel %d: mask %d, y %v, nothing %v", d, k, known, y.image(i)[at], nothing.image(i)[at])
					}
				}
			}
		}
	}
}

// Blocks hit the edge of an image as often as its middle.
func TestBlocksAreUniform(t *testing.T) {
	const n, side = 400, 24
	_, _, task := apply(t, inpaint{"blocks", 0.3, 8}, newImages(n, side, side, 1))
	mask, _ := task.GetInpaint().GetMask().Uint8s()
	var corner, middle float64
	for i := range n {
		m := mask[i*side*side:]
		for _, at := range []int{0, side - 1, (side - 1) * side, side*side - 1} {
			corner += float64(1-m[at]) / (4 * n)
		}
		for _, at := range []int{side/2*side + side/2, side/3*side + side/3} {
			middle += float64(1-m[at]) / (2 * n)
		}
	}
	if math.Abs(corner-middle) > 0.08 {
		t.Errorf("corners are missing in %.2f of the images, the middle in %.2f", corner, middle)
	}
}

func TestBlockTooLarge(t *testing.T) {
	_, err := build(t, "inpaint", map[string]string{"size": "32", "mask": "blocks", "block": "32"})
	var bad *option.Error
	if !errors.As(err, &bad) || bad.Name != "block" || bad.Value != "32" {
		t.Errorf("error %v, expected one about block", err)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, name := range degradations {
		f := Family()
		spec, err := f.Resolve(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := spec.Build(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v, expected context.Canceled", name, err)
		}
	}
}
