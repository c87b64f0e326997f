package sampling

import (
	"math"

	rng "github.com/solverbench/solverbench/problems/random"
)

// source draws the numbers of an instance.
type source struct{ *rng.Source }

// normals fills x with standard normal numbers by the Box–Muller transform: for each pair, with uniforms u and
// v in this order, √(−2 ln(1−u)) times cos 2πv, then sin 2πv. Of an odd number the last is dropped.
func (s source) normals(x []float64) {
	for i := 0; i < len(x); i += 2 {
		radius := math.Sqrt(-2 * math.Log(1-s.Float64()))
		sin, cos := math.Sincos(2 * math.Pi * s.Float64())
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
func stream(seed uint64, part uint64) source {
	return source{rng.New(1000003*(part+1) + seed)}
}
