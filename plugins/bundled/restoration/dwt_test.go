package restoration

import (
	"math"
	"testing"
)

// Σ h = √2 and Σ h(k) h(k − 2m) = δ(m): conditions for an orthonormal wavelet (Daubechies 1992,
// chapter 5); an N-tap Daubechies filter or symlet has N/2 vanishing moments.
func TestScalingFilters(t *testing.T) {
	for name, h := range scalingFilters {
		sum := 0.0
		for _, v := range h {
			sum += v
		}
		if math.Abs(sum-math.Sqrt2) > 1e-11 {
			t.Errorf("%s: sum %.15g", name, sum)
		}
		for m := 0; 2*m < len(h); m++ {
			want, product := 0.0, dot(h[2*m:], h[:len(h)-2*m])
			if m == 0 {
				want = 1
			}
			if math.Abs(product-want) > 1e-11 {
				t.Errorf("%s: product with itself shifted by %d is %.15g", name, 2*m, product)
			}
		}
		for p := range len(h) / 2 {
			moment, size := 0.0, 0.0
			for k, v := range h {
				term := math.Pow(float64(k), float64(p)) * v
				size += math.Abs(term)
				if k%2 == 1 {
					term = -term
				}
				moment += term
			}
			if math.Abs(moment) > 1e-8*size {
				t.Errorf("%s: moment %d of the wavelet is %g", name, p, moment)
			}
		}
	}
}

func TestDWTInverse(t *testing.T) {
	for name, h := range scalingFilters {
		for _, size := range [][2]int{{64, 64}, {45, 70}, {33, 31}} {
			x := noisy(make([]float64, size[0]*size[1]), 5, 1)
			d := newDWT(size[0], size[1], maxLevels(min(size[0], size[1]), len(h)), h)
			d.forward(x)
			got := make([]float64, len(x))
			d.inverse(got)
			if e := distance(got, x); e > 1e-10 {
				t.Errorf("%s of %v: RMS difference %g", name, size, e)
			}
		}
	}
}
