package poisson

import (
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

// axis is one direction of a vertex-centred grid, see poissonv1.Axis.
type axis struct {
	n                 int
	lower, upper      float64
	lowSide, highSide poissonv1.Boundary
}

const (
	dirichlet = poissonv1.Boundary_BOUNDARY_DIRICHLET
	neumann   = poissonv1.Boundary_BOUNDARY_NEUMANN
	periodic  = poissonv1.Boundary_BOUNDARY_PERIODIC
)

func (a axis) spacing() float64 {
	intervals := a.n + 1
	if a.lowSide == periodic {
		intervals = a.n
	} else {
		if a.lowSide == neumann {
			intervals--
		}
		if a.highSide == neumann {
			intervals--
		}
	}
	return (a.upper - a.lower) / float64(intervals)
}

// points returns the coordinates of the unknowns.
func (a axis) points() []float64 {
	h := a.spacing()
	first := a.lower
	if a.lowSide == dirichlet {
		first += h
	}
	x := make([]float64, a.n)
	for i := range x {
		x[i] = first + float64(i)*h
	}
	return x
}

func (a axis) message() *poissonv1.Axis {
	return &poissonv1.Axis{
		Points: uint32(a.n), Lower: a.lower, Upper: a.upper, LowerBoundary: a.lowSide, UpperBoundary: a.highSide,
	}
}

// unitAxes are d axes over [0, 1] with n unknowns and Dirichlet sides.
func unitAxes(d, n int) []axis {
	axes := make([]axis, d)
	for i := range axes {
		axes[i] = axis{n: n, upper: 1, lowSide: dirichlet, highSide: dirichlet}
	}
	return axes
}

func shapeOf(axes []axis) []int {
	shape := make([]int, len(axes))
	for i, a := range axes {
		shape[i] = a.n
	}
	return shape
}

func product(shape []int) int {
	n := 1
	for _, s := range shape {
		n *= s
	}
	return n
}

// rows calls visit for every row along the last axis, in C order, with the elements [begin, end) that it is and
// its index on the other axes, which is reused.
func rows(shape []int, visit func(begin, end int, index []int)) {
	last := len(shape) - 1
	index := make([]int, last)
	for o := range product(shape[:last]) {
		visit(o*shape[last], (o+1)*shape[last], index)
		for a := last - 1; a >= 0; a-- {
			if index[a]++; index[a] < shape[a] {
				break
			}
			index[a] = 0
		}
	}
}

// trapezoid holds the weights of the trapezoidal rule along each axis: half on Neumann sides.
type trapezoid [][]float64

func newTrapezoid(axes []axis) trapezoid {
	t := make(trapezoid, len(axes))
	for a, ax := range axes {
		t[a] = make([]float64, ax.n)
		for i := range t[a] {
			t[a][i] = 1
			if i == 0 && ax.lowSide == neumann || i == ax.n-1 && ax.highSide == neumann {
				t[a][i] = 0.5
			}
		}
	}
	return t
}

// withoutMean returns x less its mean by the rule.
func (t trapezoid) withoutMean(x []float64) []float64 {
	shape := make([]int, len(t))
	for a := range t {
		shape[a] = len(t[a])
	}
	last := len(t) - 1
	sum, total := 0.0, 0.0
	rows(shape, func(begin, end int, index []int) {
		scale := 1.0
		for a, i := range index {
			scale *= t[a][i]
		}
		rowSum, rowTotal := 0.0, 0.0
		for i, v := range x[begin:end] {
			w := t[last][i]
			rowSum += w * v
			rowTotal += w
		}
		sum += scale * rowSum
		total += scale * rowTotal
	})
	mean := sum / total
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = v - mean
	}
	return out
}
