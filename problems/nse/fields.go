package nse

import (
	"github.com/solverbench/solverbench/problems/random"
	"math"
)

// onGrid evaluates f on n×n points of [0, length)², row = y.
func onGrid(n int, length float64, f func(x, y float64) float64) []float64 {
	w := make([]float64, n*n)
	h := length / float64(n)
	for j := range n {
		for i := range n {
			w[j*n+i] = f(h*float64(i), h*float64(j))
		}
	}
	return w
}

// seededField sums amplitude(k, g) cos(2π(pi + qj)/n + φ) on n×n points over q = −K … K and p = 0 … K, k = |(p, q)|.
// For every pair a uniform φ/2π and a uniform g are drawn, in this order; pairs with p = 0 and q ≤ 0 are then left out.
func seededField(seed uint64, modes, n int, amplitude func(k, g float64) float64) []float64 {
	rng := random.New(seed)
	w := make([]float64, n*n)
	for q := -modes; q <= modes; q++ {
		for p := 0; p <= modes; p++ {
			phase, g := 2*math.Pi*rng.Float64(), rng.Float64()
			if p == 0 && q <= 0 {
				continue
			}
			a := amplitude(math.Hypot(float64(p), float64(q)), g)
			for j := range n {
				for i := range n {
					turn := ((p*i+q*j)%n + n) % n
					w[j*n+i] += a * math.Cos(2*math.Pi*float64(turn)/float64(n)+phase)
				}
			}
		}
	}
	return w
}

// gaussianAmplitude gives the Gaussian field of Li et al. (2021), covariance 7^{3/2}(−Δ + 49)^{−5/2}.
func gaussianAmplitude(k, g float64) float64 {
	return 2 * math.Pow(7, 1.5) * math.Pow(4*math.Pi*math.Pi*k*k+49, -1.25) * math.Sqrt(-2*math.Log(1-g))
}

// decayAmplitude gives a field whose energy peaks near k = 6.
func decayAmplitude(k, _ float64) float64 {
	return 0.1 * math.Sqrt(k*k/(1+math.Pow(k/6, 4)))
}
