// Package random draws the random numbers of seeded problems: SplitMix64 (Steele, Lea &
// Flood 2014), so that every language regenerates the same instance.
package random

import "math"

// Source is a SplitMix64 generator. Its value is its state.
type Source struct{ state uint64 }

const golden = 0x9E3779B97F4A7C15

// New returns the source of one of the streams of a seed. Streams are named by numbers, say what they
// are for and the index of an image, so that an image does not depend on how many there are.
func New(seed uint64, stream ...uint64) *Source {
	s := &Source{seed}
	for _, v := range stream {
		s.state = s.Uint64() ^ (v+1)*golden
	}
	return s
}

// Uint64 draws 64 random bits.
func (s *Source) Uint64() uint64 {
	s.state += golden
	z := s.state
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// Float64 draws uniformly from [0, 1).
func (s *Source) Float64() float64 { return float64(s.Uint64()>>11) * 0x1p-53 }

// Uniform draws uniformly from [lo, hi).
func (s *Source) Uniform(lo, hi float64) float64 { return lo + (hi-lo)*s.Float64() }

// Intn draws uniformly from 0 … n−1, for n far below 2⁵³.
func (s *Source) Intn(n int) int { return int(s.Float64() * float64(n)) }

// Spread returns the k-th of the numbers 0 … n−1, each of which comes once in n successive k, in an order in which those
// of close k are well apart: steps near the golden section of n.
func Spread(k, n int) int {
	step := max(int(float64(n)/math.Phi), 1)
	for gcd(step, n) != 1 {
		step++
	}
	return k % n * (step % n) % n
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Normals fills dst with independent standard normal numbers by the Box–Muller transform: two
// uniforms u, v give √(−2 ln(1−u)) cos 2πv and √(−2 ln(1−u)) sin 2πv, in this order.
func (s *Source) Normals(dst []float64) {
	for i := 0; i < len(dst); i += 2 {
		r := math.Sqrt(-2 * math.Log1p(-s.Float64()))
		sin, cos := math.Sincos(2 * math.Pi * s.Float64())
		dst[i] = r * cos
		if i+1 < len(dst) {
			dst[i+1] = r * sin
		}
	}
}

// poissonSwitch is the mean up to which inversion is both exact and quick, and from which the
// rejection method may be used.
const poissonSwitch = 12

// Poisson draws from the Poisson distribution of the given mean ≥ 0: by sequential inversion for small
// means, else by transformed rejection (Hörmann 1993, Insurance: Mathematics and Economics 12,
// algorithm PTRS).
func (s *Source) Poisson(mean float64) float64 {
	if mean < poissonSwitch {
		return s.poissonInversion(mean)
	}
	return s.poissonRejection(mean)
}

func (s *Source) poissonInversion(mean float64) float64 {
	u := s.Float64()
	p := math.Exp(-mean)
	k := 0.0
	// p vanishes long before k = 200, so rounding in u cannot keep the loop alive.
	for u >= p && k < 200 {
		u -= p
		k++
		p *= mean / k
	}
	return k
}

func (s *Source) poissonRejection(mean float64) float64 {
	logMean := math.Log(mean)
	b := 0.931 + 2.53*math.Sqrt(mean)
	a := -0.059 + 0.02483*b
	invAlpha := 1.1239 + 1.1328/(b-3.4)
	vr := 0.9277 - 3.6224/(b-2)
	for {
		u := s.Float64() - 0.5
		v := s.Float64()
		us := 0.5 - math.Abs(u)
		k := math.Floor((2*a/us+b)*u + mean + 0.43)
		if us >= 0.07 && v <= vr {
			return k
		}
		if k < 0 || us < 0.013 && v > us {
			continue
		}
		lgamma, _ := math.Lgamma(k + 1)
		if math.Log(v)+math.Log(invAlpha)-math.Log(a/(us*us)+b) <= -mean+k*logMean-lgamma {
			return k
		}
	}
}
