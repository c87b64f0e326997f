package reference

import "math"

// Map returns the trajectory with f applied to every field: the solution that a symmetry of its
// equation makes of this one, known as well as this one.
func (t *Trajectory) Map(f func(field []float64) []float64) *Trajectory {
	out := *t
	out.Fields = make([][]float64, len(t.Fields))
	for i, field := range t.Fields {
		out.Fields[i] = f(field)
	}
	return &out
}

// Invariant says whether a field is what a symmetry makes of it, but for rounding; moved returns
// the i-th element of that.
func Invariant(field []float64, moved func(i int) float64) bool {
	const rounding = 1e-12
	largest := 0.0
	for _, v := range field {
		largest = max(largest, math.Abs(v))
	}
	for i, v := range field {
		if !(math.Abs(v-moved(i)) <= rounding*largest) {
			return false
		}
	}
	return true
}

// CommonGrid returns how many points are common to periodic grids of the given numbers of points.
func CommonGrid(points ...int) int {
	g := 0
	for _, n := range points {
		for n != 0 {
			g, n = n, g%n
		}
	}
	return g
}
