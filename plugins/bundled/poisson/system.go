package poisson

import (
	"fmt"
	"math"
	"slices"

	"github.com/solverbench/solverbench/plugins"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

// system is a task read: Au = b in row form, with boundary data moved into b. load reads other data.
type system struct {
	kind      poissonv1.Kind
	tolerance float64
	shape     []int
	f, b      []float64 // as given, and with boundary data; one slice if there is none
	moved     []float64 // room for b
	sided     bool      // the task has boundary data, be they zero

	grid  grid
	faces [3][]float64 // nil: constant coefficients
	cross float64

	matrix *csr // KIND_MATRIX, otherwise nil
}

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: %s", plugins.ErrUnsupported, fmt.Sprintf(format, args...))
}

// readTask checks a task and reads it, with its data.
func readTask(task *poissonv1.Task) (*system, error) {
	if _, known := poissonv1.Kind_name[int32(task.Kind)]; !known {
		return nil, unsupported("kind is %v, expected discrete, continuous or matrix", task.Kind)
	}
	f, err := task.Rhs.Float64s()
	if err != nil {
		return nil, fmt.Errorf("reading rhs: %w", err)
	}
	s := &system{kind: task.Kind, tolerance: task.Tolerance, shape: task.Rhs.Dims(), cross: task.CrossCoefficient}
	if task.Kind == poissonv1.Kind_KIND_MATRIX {
		if len(s.shape) != 1 {
			return nil, fmt.Errorf("rhs has shape %v, expected [n]", s.shape)
		}
		if s.matrix, err = readCSR(task.Matrix, len(f)); err != nil {
			return nil, fmt.Errorf("reading matrix: %w", err)
		}
		return s, s.load(task)
	}
	d := len(task.Axes)
	if d < 1 || d > 3 {
		return nil, unsupported("problems in %d dimensions, expected 1 to 3", d)
	}
	for a := range s.grid[:3-d] {
		s.grid[a] = axis{n: 1, h: 1, lo: dirichlet, hi: dirichlet}
	}
	for i, ax := range task.Axes {
		if s.grid[3-d+i], err = readAxis(ax); err != nil {
			return nil, fmt.Errorf("reading axis %d: %w", i, err)
		}
	}
	if !slices.EqualFunc(s.shape, task.Axes, func(n int, ax *poissonv1.Axis) bool { return n == int(ax.Points) }) {
		return nil, fmt.Errorf("rhs has shape %v, expected the axes' points", s.shape)
	}
	if s.cross != 0 {
		if err := s.checkCross(d); err != nil {
			return nil, err
		}
	}
	for i, ax := range task.Axes {
		if err := s.readFaces(3-d+i, ax.FaceCoefficients); err != nil {
			return nil, fmt.Errorf("reading axis %d: %w", i, err)
		}
	}
	for _, ax := range task.Axes {
		s.sided = s.sided || ax.LowerValues != nil || ax.UpperValues != nil
	}
	return s, s.load(task)
}

// load reads the data of a task that differs in nothing else, and moves boundary data into the right-hand side.
func (s *system) load(task *poissonv1.Task) error {
	f, err := task.Rhs.Float64s()
	if err != nil {
		return fmt.Errorf("reading rhs: %w", err)
	}
	if dims := task.Rhs.Dims(); !slices.Equal(dims, s.shape) {
		return fmt.Errorf("rhs has shape %v, expected %v", dims, s.shape)
	}
	s.f, s.b = f, f
	for i, ax := range task.Axes {
		a := 3 - len(task.Axes) + i
		if err := s.addSide(a, lowerSide, ax.LowerValues); err != nil {
			return fmt.Errorf("reading lower values of axis %d: %w", i, err)
		}
		if err := s.addSide(a, upperSide, ax.UpperValues); err != nil {
			return fmt.Errorf("reading upper values of axis %d: %w", i, err)
		}
	}
	return nil
}

func readAxis(ax *poissonv1.Axis) (axis, error) {
	a := axis{n: int(ax.Points), k: ax.Coefficient, lo: ax.LowerBoundary, hi: ax.UpperBoundary}
	if a.k == 0 {
		a.k = 1
	}
	for _, b := range []poissonv1.Boundary{a.lo, a.hi} {
		if b < dirichlet || b > periodic {
			return a, unsupported("boundary is %v, expected Dirichlet, Neumann or periodic", b)
		}
	}
	if (a.lo == periodic) != (a.hi == periodic) {
		return a, fmt.Errorf("boundaries are %v and %v: both must be periodic, or neither", a.lo, a.hi)
	}
	least := 1
	if a.lo == periodic {
		least = 3 // fewer vertices meet themselves across the seam
	} else if a.lo == neumann && a.hi == neumann {
		least = 2
	}
	if a.n < least {
		return a, unsupported("%d points along an axis with these boundaries, expected at least %d", a.n, least)
	}
	a.h = (ax.Upper - ax.Lower) / float64(a.intervals())
	if !(a.h > 0) || !(a.k > 0) || math.IsInf(a.h, 0) || math.IsInf(a.k, 0) {
		return a, fmt.Errorf("spacing %g and coefficient %g, expected positive numbers", a.h, a.k)
	}
	return a, nil
}

// checkCross admits cross coefficients where the operator is symmetric and elliptic.
func (s *system) checkCross(d int) error {
	y, x := s.grid[1], s.grid[2]
	switch {
	case d != 2:
		return unsupported("a cross coefficient in %d dimensions, expected 2", d)
	case y.lo == neumann || y.hi == neumann || x.lo == neumann || x.hi == neumann:
		return unsupported("a cross coefficient with Neumann sides: the mirrored operator is not symmetric")
	case s.cross*s.cross >= y.k*x.k:
		return unsupported("cross coefficient %g with axis coefficients %g and %g is not elliptic", s.cross, y.k, x.k)
	}
	return nil
}

func (s *system) readFaces(a int, array *commonv1.Array) error {
	if array == nil {
		return nil
	}
	v, err := array.Float64s()
	if err != nil {
		return fmt.Errorf("face coefficients: %w", err)
	}
	ax := s.grid[a]
	if want := s.grid.size() / ax.n * (ax.n + 1); len(v) != want {
		return fmt.Errorf("%d face coefficients, expected %d", len(v), want)
	}
	for i, k := range v {
		if !(k >= 0) || math.IsInf(k, 1) {
			return fmt.Errorf("face coefficient %d is %g, expected a number not below 0", i, k)
		}
	}
	s.faces[a] = v
	return nil
}

// outer and inner are the numbers of unknowns along the axes slower and faster than a.
func (s *system) outer(a int) int {
	n := 1
	for _, x := range s.grid[:a] {
		n *= x.n
	}
	return n
}

func (s *system) inner(a int) int {
	n := 1
	for _, x := range s.grid[a+1:] {
		n *= x.n
	}
	return n
}

// face is the coefficient across axis a on face i of the line (outer o, inner in). On a Neumann
// side it is that of the mirrored inner face, so that the operator stays symmetric.
func (s *system) face(a, o, i, in int) float64 {
	ax := s.grid[a]
	if s.faces[a] == nil {
		return ax.k
	}
	if i == 0 && ax.lo == neumann && ax.n > 1 {
		i = 1
	}
	if i == ax.n && ax.hi == neumann && ax.n > 1 {
		i = ax.n - 1
	}
	return s.faces[a][(o*(ax.n+1)+i)*s.inner(a)+in]
}

type side int

const (
	lowerSide side = iota
	upperSide
)

// addSide moves the data on one side of axis a into b.
func (s *system) addSide(a int, at side, array *commonv1.Array) error {
	if array == nil {
		return nil
	}
	v, err := array.Float64s()
	if err != nil {
		return err
	}
	ax, outer, inner := s.grid[a], s.outer(a), s.inner(a)
	if len(v) != outer*inner {
		return fmt.Errorf("%d values, expected %d", len(v), outer*inner)
	}
	if !slices.ContainsFunc(v, func(g float64) bool { return g != 0 }) {
		return nil
	}
	if s.cross != 0 {
		return unsupported("a cross coefficient with boundary data: the corners are not given")
	}
	kind, i, face := ax.lo, 0, 0
	if at == upperSide {
		kind, i, face = ax.hi, ax.n-1, ax.n
	}
	factor := 1 / (ax.h * ax.h)
	switch kind {
	case neumann:
		factor = 2 / ax.h
	case periodic:
		return fmt.Errorf("values on a periodic side, expected none")
	}
	if &s.b[0] == &s.f[0] {
		s.moved = append(s.moved[:0], s.f...)
		s.b = s.moved
	}
	for o := range outer {
		for in := range inner {
			s.b[(o*ax.n+i)*inner+in] += factor * s.face(a, o, face, in) * v[o*inner+in]
		}
	}
	return nil
}

// variable says that coefficients differ from place to place.
func (s *system) variable() bool {
	return s.faces[0] != nil || s.faces[1] != nil || s.faces[2] != nil
}
