package restoration

import (
	"math"
	"testing"
)

// weight is the formula of the .proto for interior outputs, before normalisation.
func weight(i, j, scale int) float64 {
	t := math.Abs(float64(j)-(float64(i)+0.5)*float64(scale)+0.5) / float64(scale)
	if t < 1 {
		return 1.5*t*t*t - 2.5*t*t + 1
	}
	if t < 2 {
		return -0.5*t*t*t + 2.5*t*t - 4*t + 2
	}
	return 0
}

func TestReductionWeights(t *testing.T) {
	// By hand: K(¼) = 111/128, K(¾) = 29/128, K(5/4) = −9/128, K(7/4) = −3/128, halved.
	want := []float64{-3, -9, 29, 111, 111, 29, -9, -3}
	taps := reduction(32, 2)[8]
	if len(taps) != len(want) {
		t.Fatalf("%d taps, expected %d", len(taps), len(want))
	}
	for k, tp := range taps {
		if tp.at != 13+k || math.Abs(tp.weight-want[k]/256) > 1e-15 {
			t.Errorf("tap %d: input %d, weight %v, expected %d, %v", k, tp.at, tp.weight, 13+k, want[k]/256)
		}
	}
}

func TestReductionDefinition(t *testing.T) {
	for _, scale := range []int{2, 3, 4} {
		h, w := 6*scale, 5*scale
		x := noisy(2, h, w, 3)
		y, nothing, task := apply(t, superResolution{scale}, x)
		if y.h != 6 || y.w != 5 || int(task.GetSuperResolution().GetScale()) != scale {
			t.Fatalf("scale %d: y is %d×%d", scale, y.h, y.w)
		}
		for n := range y.n {
			for i := range y.h {
				for k := range y.w {
					for c := range y.c {
						var sum, norm float64
						for a := -8 * scale; a < h+8*scale; a++ {
							for b := -8 * scale; b < w+8*scale; b++ {
								v := weight(i, a, scale) * weight(k, b, scale)
								sum += v * x.at(n, a, b, c, reflect)
								norm += v
							}
						}
						if got := y.at(n, i, k, c, reflect); math.Abs(got-sum/norm) > 1e-13 {
							t.Fatalf("scale %d, pixel %d %d: %v, want %v", scale, i, k, got, sum/norm)
						}
					}
				}
			}
		}
		for i := range h {
			for j := range w {
				if nothing.at(1, i, j, 2, reflect) != y.at(1, i/scale, j/scale, 2, reflect) {
					t.Fatalf("scale %d: pixel %d %d is not repeated", scale, i, j)
				}
			}
		}
	}
}

func TestReductionKeepsConstantsAndSlopes(t *testing.T) {
	for _, scale := range []int{2, 3, 4} {
		y, _, _ := apply(t, superResolution{scale}, constant(1, 12*scale, 12*scale, 1, 0.3))
		if d := maxDifference(y.pix, constant(1, 12, 12, 1, 0.3).pix); d > 1e-15 {
			t.Errorf("scale %d: a constant changes by %.2g", scale, d)
		}
		x := newImages(1, 12*scale, 12*scale, 1)
		for k := range x.pix {
			x.pix[k] = float64(k%x.w) / 50
		}
		y, _, _ = apply(t, superResolution{scale}, x)
		for j := 3; j < 9; j++ { // away from the reflected edges
			if want := ((float64(j)+0.5)*float64(scale) - 0.5) / 50; math.Abs(y.pix[5*12+j]-want) > 1e-13 {
				t.Errorf("scale %d: a slope is %v at %d, expected %v", scale, y.pix[5*12+j], j, want)
			}
		}
	}
}

func TestImagesAreCutToAMultiple(t *testing.T) {
	for _, c := range []struct {
		problem, param, value string
		want                  int
	}{
		{"super-resolution", "scale", "3", 48}, {"super-resolution", "scale", "4", 48}, {"super-resolution", "scale", "2", 50}, {"jpeg", "quality", "50", 48},
	} {
		in := mustBuild(t, c.problem, map[string]string{"size": "50", "count": "1", c.param: c.value})
		if in.truth.h != c.want || in.truth.w != c.want {
			t.Errorf("%s %s=%s: images of %d×%d, expected %d", c.problem, c.param, c.value, in.truth.h, in.truth.w, c.want)
		}
	}
}
