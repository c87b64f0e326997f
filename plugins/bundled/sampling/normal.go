package sampling

import "math"

// normals draws standard normal numbers: SplitMix64 (Steele, Lea & Flood 2014) and the
// Box–Muller transform.
type normals struct {
	state uint64
}

func (r *normals) next() uint64 {
	r.state += 0x9E3779B97F4A7C15
	z := r.state
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// uniform is in [0, 1).
func (r *normals) uniform() float64 { return float64(r.next()>>11) * 0x1p-53 }

// fill draws every element of z; of an odd length the last pair's second is dropped.
func (r *normals) fill(z []float64) {
	for i := 0; i < len(z); i += 2 {
		radius := math.Sqrt(-2 * math.Log(1-r.uniform()))
		sin, cos := math.Sincos(2 * math.Pi * r.uniform())
		z[i] = radius * cos
		if i+1 < len(z) {
			z[i+1] = radius * sin
		}
	}
}
