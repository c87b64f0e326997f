package metrics

import "math"

// splitMix64 is the generator of Steele, Lea & Flood 2014, so that every language draws the same numbers.
type splitMix64 uint64

func (s *splitMix64) next() uint64 {
	*s += 0x9E3779B97F4A7C15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// uniform returns a number in [0, 1).
func (s *splitMix64) uniform() float64 { return float64(s.next()>>11) * 0x1p-53 }

// bell returns the centred sum of four uniforms, of unit variance: near enough a normal variate, and
// exact in any language.
func (s *splitMix64) bell() float64 {
	sum := s.uniform()
	sum += s.uniform()
	sum += s.uniform()
	sum += s.uniform()
	return (sum - 2) * math.Sqrt(3)
}

// permutation returns 0 … n−1 in a random order (Fisher–Yates).
func permutation(n int, seed uint64) []int {
	r := splitMix64(seed)
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	for i := n - 1; i > 0; i-- {
		j := int(r.uniform() * float64(i+1))
		p[i], p[j] = p[j], p[i]
	}
	return p
}
