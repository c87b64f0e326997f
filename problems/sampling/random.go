package sampling

import "math"

// splitMix64 is the generator by Steele, Lea & Flood 2014 that every seeded problem uses, so that any language
// can make the same instance.
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

// normals fills x with standard normal numbers by the Box–Muller transform: for each pair, with uniforms u and
// v in this order, √(−2 ln(1−u)) times cos 2πv, then sin 2πv. Of an odd number the last is dropped.
func (s *splitMix64) normals(x []float64) {
	for i := 0; i < len(x); i += 2 {
		radius := math.Sqrt(-2 * math.Log(1-s.uniform()))
		sin, cos := math.Sincos(2 * math.Pi * s.uniform())
		x[i] = radius * cos
		if i+1 < len(x) {
			x[i+1] = radius * sin
		}
	}
}

// Streams keep the parts of an instance that are drawn from its seed apart.
const (
	streamMixture = iota
	streamStart
	streamReference
)

// stream returns the generator of one part of the instance with the given seed: its state starts at
// 1000003·(stream+1) + seed.
func stream(seed uint64, part uint64) *splitMix64 {
	s := splitMix64(1000003*(part+1) + seed)
	return &s
}
