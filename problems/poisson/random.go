package poisson

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

// between returns a number in [lo, hi).
func (s *splitMix64) between(lo, hi float64) float64 { return lo + (hi-lo)*s.uniform() }
