package poisson

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/solverbench/solverbench/plugins"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

// sides are the boundary kinds of one axis.
type sides struct{ lo, hi poissonv1.Boundary }

var allSides = []sides{{dirichlet, dirichlet}, {dirichlet, neumann}, {neumann, dirichlet}, {neumann, neumann}, {periodic, periodic}}

// newTask makes a task on [0, 1]^d with zero right-hand side.
func newTask(kind poissonv1.Kind, points []int, bs []sides) *poissonv1.Task {
	t := &poissonv1.Task{Kind: kind, Tolerance: 1e-10}
	size := 1
	for i, n := range points {
		t.Axes = append(t.Axes, &poissonv1.Axis{Points: uint32(n), Upper: 1, LowerBoundary: bs[i].lo, UpperBoundary: bs[i].hi, Coefficient: 1})
		size *= n
	}
	t.Rhs = commonv1.Float64(make([]float64, size), points...)
	return t
}

func rhsOf(t *poissonv1.Task) []float64 {
	f, err := t.Rhs.Float64s()
	if err != nil {
		panic(err)
	}
	return f
}

// random is SplitMix64.
type random uint64

func (s *random) float() float64 {
	*s += 0x9E3779B97F4A7C15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return float64((z^z>>31)>>11) * 0x1p-53
}

func (s *random) fill(v []float64) {
	for i := range v {
		v[i] = 2*s.float() - 1
	}
}

// spacing and coordinate repeat the definition in the schema.
func spacing(a *poissonv1.Axis) float64 {
	m := float64(a.Points)
	switch {
	case a.LowerBoundary == dirichlet && a.UpperBoundary == dirichlet:
		m++
	case a.LowerBoundary == neumann && a.UpperBoundary == neumann:
		m--
	}
	return (a.Upper - a.Lower) / m
}

func coordinate(a *poissonv1.Axis, i int) float64 {
	if a.LowerBoundary == dirichlet {
		i++
	}
	return a.Lower + float64(i)*spacing(a)
}

// denseOperator assembles A, and b with boundary data, from the definition in the schema.
func denseOperator(t *poissonv1.Task) (*mat.Dense, []float64) {
	shape := t.Rhs.Dims()
	b := append([]float64(nil), rhsOf(t)...)
	n := len(b)
	m := mat.NewDense(n, n, nil)
	add := func(i, j int, v float64) { m.Set(i, j, m.At(i, j)+v) }
	for k, a := range t.Axes {
		inner := 1
		for _, s := range shape[k+1:] {
			inner *= s
		}
		p, h := shape[k], spacing(a)
		faces, _ := a.FaceCoefficients.Float64s()
		low, _ := a.LowerValues.Float64s()
		high, _ := a.UpperValues.Float64s()
		for i := range n {
			o, x, in := i/(inner*p), i/inner%p, i%inner
			face := func(x int) float64 {
				if faces != nil {
					return faces[(o*(p+1)+x)*inner+in] / (h * h)
				}
				return a.Coefficient / (h * h)
			}
			value := func(v []float64) float64 {
				if v == nil {
					return 0
				}
				return v[o*inner+in]
			}
			f0, f1 := face(x), face(x+1)
			if x == 0 && a.LowerBoundary == neumann {
				f0 = f1
			}
			if x == p-1 && a.UpperBoundary == neumann {
				f1 = f0
			}
			add(i, i, f0+f1)
			switch {
			case x > 0:
				add(i, i-inner, -f0)
			case a.LowerBoundary == dirichlet:
				b[i] += f0 * value(low)
			case a.LowerBoundary == neumann:
				add(i, i+inner, -f0)
				b[i] += f0 * 2 * h * value(low)
			default:
				add(i, i+(p-1)*inner, -f0)
			}
			switch {
			case x < p-1:
				add(i, i+inner, -f1)
			case a.UpperBoundary == dirichlet:
				b[i] += f1 * value(high)
			case a.UpperBoundary == neumann:
				add(i, i-inner, -f1)
				b[i] += f1 * 2 * h * value(high)
			default:
				add(i, i-(p-1)*inner, -f1)
			}
		}
	}
	if c := t.CrossCoefficient; c != 0 {
		addDenseCross(m, shape, c, spacing(t.Axes[0]), spacing(t.Axes[1]), t.Axes)
	}
	return m, b
}

func addDenseCross(m *mat.Dense, shape []int, c, hy, hx float64, axes []*poissonv1.Axis) {
	wrap := func(k, i int) (int, bool) {
		if i >= 0 && i < shape[k] {
			return i, true
		}
		return (i + shape[k]) % shape[k], axes[k].LowerBoundary == periodic
	}
	for y := range shape[0] {
		for x := range shape[1] {
			for _, s := range [][2]int{{1, 1}, {1, -1}, {-1, 1}, {-1, -1}} {
				y1, ok := wrap(0, y+s[0])
				x1, ok2 := wrap(1, x+s[1])
				if ok && ok2 {
					i, j := y*shape[1]+x, y1*shape[1]+x1
					m.Set(i, j, m.At(i, j)-2*c*float64(s[0]*s[1])/(4*hy*hx))
				}
			}
		}
	}
}

// solveWith prepares and solves in this process.
func solveWith(t testing.TB, s plugins.Solver[*poissonv1.Task, *poissonv1.Solution], task *poissonv1.Task) ([]float64, error) {
	t.Helper()
	run := plugins.NewTestRun(1, nil)
	if p, ok := s.(plugins.Preparer[*poissonv1.Task]); ok {
		if err := p.Prepare(context.Background(), run, task); err != nil {
			return nil, err
		}
	}
	x, err := s.Solve(context.Background(), run, task)
	if err != nil {
		return nil, err
	}
	return x.U.Float64s()
}

// removeMean takes the mean off.
func removeMean(v []float64) {
	s := 0.0
	for _, x := range v {
		s += x
	}
	for i := range v {
		v[i] -= s / float64(len(v))
	}
}

// difference is ‖a − b‖/‖b‖.
func difference(a, b []float64) float64 {
	s, q := 0.0, 0.0
	for i := range b {
		s += (a[i] - b[i]) * (a[i] - b[i])
		q += b[i] * b[i]
	}
	return math.Sqrt(s / q)
}

func singularTask(t *poissonv1.Task) bool {
	for _, a := range t.Axes {
		if a.LowerBoundary == dirichlet || a.UpperBoundary == dirichlet {
			return false
		}
	}
	return len(t.Axes) > 0
}
