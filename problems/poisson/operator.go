package poisson

import (
	"fmt"

	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

// residual returns f − Au for the discrete operator that the task defines, boundary data included. It is written
// from the definition in poisson.proto, one axis after the other, for any number of axes. Neighbours are
// subtracted before anything else is done with them, which is nearly exact, so that what is left of the
// rounding is that of u itself.
func residual(task *poissonv1.Task, u []float64) ([]float64, error) {
	if task.Kind == poissonv1.Kind_KIND_MATRIX {
		return matrixResidual(task, u)
	}
	f, err := task.Rhs.Float64s()
	if err != nil {
		return nil, fmt.Errorf("rhs: %w", err)
	}
	r := make([]float64, len(f))
	copy(r, f)
	shape := make([]int, len(task.Axes))
	for i, a := range task.Axes {
		shape[i] = int(a.Points)
	}
	for i := range task.Axes {
		l, err := newLines(task, shape, i)
		if err != nil {
			return nil, err
		}
		l.subtract(r, u)
	}
	if c := task.CrossCoefficient; c != 0 {
		if err := subtractCross(task, shape, c, r, u); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// lines is the part of the operator that couples unknowns along one axis.
type lines struct {
	outer, n, inner int // the array is [outer][n][inner]
	h               float64
	low, high       poissonv1.Boundary
	constant        float64
	faces           []float64 // [outer][n+1][inner], nil if constant
	lowData         []float64 // [outer][inner], nil if zero
	highData        []float64
}

func newLines(task *poissonv1.Task, shape []int, i int) (*lines, error) {
	a := task.Axes[i]
	l := &lines{
		outer: product(shape[:i]), n: shape[i], inner: product(shape[i+1:]),
		low: a.LowerBoundary, high: a.UpperBoundary, constant: a.Coefficient,
	}
	l.h = axis{n: l.n, lower: a.Lower, upper: a.Upper, lowSide: l.low, highSide: l.high}.spacing()
	if l.constant == 0 {
		l.constant = 1
	}
	var err error
	if l.faces, err = a.FaceCoefficients.Float64s(); err != nil {
		return nil, fmt.Errorf("axis %d face coefficients: %w", i, err)
	}
	if l.lowData, err = a.LowerValues.Float64s(); err != nil {
		return nil, fmt.Errorf("axis %d lower values: %w", i, err)
	}
	if l.highData, err = a.UpperValues.Float64s(); err != nil {
		return nil, fmt.Errorf("axis %d upper values: %w", i, err)
	}
	return l, nil
}

// subtract takes the operator's part along these lines, applied to u, off r.
func (l *lines) subtract(r, u []float64) {
	block := l.n * l.inner
	for o := range l.outer {
		rs, us := r[o*block:(o+1)*block], u[o*block:(o+1)*block]
		if l.n > 2 {
			l.subtractInterior(o, rs, us)
		}
		for k := range l.inner {
			rs[k] -= l.difference(us, o, 0, k) / (l.h * l.h)
			if l.n > 1 {
				rs[block-l.inner+k] -= l.difference(us, o, l.n-1, k) / (l.h * l.h)
			}
		}
	}
}

// subtractInterior does all unknowns of a block but those on its two ends, in the order of memory: the
// neighbours are inner elements away whichever the axis.
func (l *lines) subtractInterior(o int, r, u []float64) {
	s := l.inner
	r = r[s : len(r)-s]
	below, mid, above := u[:len(r)], u[s:][:len(r)], u[2*s:][:len(r)]
	if l.faces == nil {
		c := l.constant / (l.h * l.h)
		for p := range r {
			r[p] -= c * ((mid[p] - below[p]) + (mid[p] - above[p]))
		}
		return
	}
	faces := l.faces[o*(l.n+1)*s:]
	lowFace, highFace := faces[s:][:len(r)], faces[2*s:][:len(r)]
	c := 1 / (l.h * l.h)
	for p := range r {
		r[p] -= c * (lowFace[p]*(mid[p]-below[p]) + highFace[p]*(mid[p]-above[p]))
	}
}

// difference returns F_i (u_i − u_{i−1}) + F_{i+1} (u_i − u_{i+1}) at unknown (i, k) of block o, which u holds.
func (l *lines) difference(u []float64, o, i, k int) float64 {
	at := func(i int) float64 { return u[i*l.inner+k] }
	data := func(d []float64) float64 {
		if d == nil {
			return 0
		}
		return d[o*l.inner+k]
	}
	lowFace, highFace := l.face(o, i, k), l.face(o, i+1, k)
	var below, above float64
	switch {
	case i > 0:
		below = at(i - 1)
	case l.low == periodic:
		below = at(l.n - 1)
	case l.low == dirichlet:
		below = data(l.lowData)
	default: // Neumann: the mirror image, through the coefficient of the inner face
		lowFace = highFace
		below = at(1) + 2*l.h*data(l.lowData)
	}
	switch {
	case i < l.n-1:
		above = at(i + 1)
	case l.high == periodic:
		above = at(0)
	case l.high == dirichlet:
		above = data(l.highData)
	default:
		highFace = lowFace
		above = at(l.n-2) + 2*l.h*data(l.highData)
	}
	return lowFace*(at(i)-below) + highFace*(at(i)-above)
}

func (l *lines) face(o, i, k int) float64 {
	if l.faces == nil {
		return l.constant
	}
	return l.faces[(o*(l.n+1)+i)*l.inner+k]
}

// subtractCross takes −2c·u_xy off r, on a 2-D grid with homogeneous Dirichlet sides.
func subtractCross(task *poissonv1.Task, shape []int, c float64, r, u []float64) error {
	if len(shape) != 2 {
		return fmt.Errorf("cross coefficient on a grid of %d axes, expected 2", len(shape))
	}
	var h [2]float64
	for i, a := range task.Axes {
		if a.LowerBoundary != dirichlet || a.UpperBoundary != dirichlet || a.LowerValues != nil || a.UpperValues != nil {
			return fmt.Errorf("cross coefficient with a side of axis %d that is not u = 0", i)
		}
		h[i] = axis{n: shape[i], lower: a.Lower, upper: a.Upper, lowSide: dirichlet, highSide: dirichlet}.spacing()
	}
	ny, nx := shape[0], shape[1]
	beyond := make([]float64, nx)
	row := func(j int) []float64 {
		if j < 0 || j >= ny {
			return beyond
		}
		return u[j*nx:][:nx]
	}
	across := make([]float64, nx+2) // u above less u below, from boundary vertex to boundary vertex
	scale := 2 * c / (4 * h[0] * h[1])
	for j := range ny {
		below, above := row(j-1), row(j+1)
		for i := range nx {
			across[i+1] = above[i] - below[i]
		}
		rs := r[j*nx:][:nx]
		for i := range rs {
			rs[i] += scale * (across[i+2] - across[i])
		}
	}
	return nil
}
