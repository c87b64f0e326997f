package poisson

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/solverbench/solverbench/plugins/option"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
	"github.com/solverbench/solverbench/problems"
)

// smooth is a function of one variable with its first two derivatives.
type smooth func(x float64) (v, d, dd float64)

// exact is a solution that is a sum of products of functions of one variable, slowest axis first; Δu and ∂u/∂n follow.
type exact [][]smooth

// sampled holds the values of a term's factors at the points of each axis.
type sampled struct{ v, d, dd [][]float64 }

func (e exact) sample(points [][]float64) []sampled {
	out := make([]sampled, len(e))
	for t, factors := range e {
		for a, x := range points {
			v, d, dd := make([]float64, len(x)), make([]float64, len(x)), make([]float64, len(x))
			for i := range x {
				v[i], d[i], dd[i] = factors[a](x[i])
			}
			out[t].v, out[t].d, out[t].dd = append(out[t].v, v), append(out[t].d, d), append(out[t].dd, dd)
		}
	}
	return out
}

// fields returns u and f = −Δu at the unknowns.
func (e exact) fields(axes []axis) (u, f []float64) {
	points := make([][]float64, len(axes))
	for a := range axes {
		points[a] = axes[a].points()
	}
	terms := e.sample(points)
	shape := shapeOf(axes)
	last := len(axes) - 1
	u, f = make([]float64, product(shape)), make([]float64, product(shape))
	rows(shape, func(begin, end int, index []int) {
		uRow, fRow := u[begin:end], f[begin:end]
		for _, t := range terms {
			// On a row the term is value·v and its Laplacian is laplacian·v + value·dd.
			value, laplacian := 1.0, 0.0
			for a, i := range index {
				laplacian = laplacian*t.v[a][i] + value*t.dd[a][i]
				value *= t.v[a][i]
			}
			v, dd := t.v[last][:len(uRow)], t.dd[last][:len(uRow)]
			for i := range uRow {
				uRow[i] += value * v[i]
				fRow[i] -= laplacian*v[i] + value*dd[i]
			}
		}
	})
	return u, f
}

// side returns the boundary data on one side of an axis: u, or its outward derivative.
func (e exact) side(axes []axis, a int, at float64, kind poissonv1.Boundary, outward float64) *commonv1.Array {
	if kind == periodic {
		return nil
	}
	points := make([][]float64, len(axes)) // one on axis a
	full := shapeOf(axes)
	full[a] = 1
	for b := range axes {
		points[b] = axes[b].points()
	}
	points[a] = []float64{at}
	last := len(axes) - 1
	factors := make([][][]float64, len(e))
	for i, t := range e.sample(points) {
		factors[i] = t.v
		if kind == neumann {
			factors[i][a][0] = outward * t.d[a][0]
		}
	}
	data := make([]float64, product(full))
	rows(full, func(begin, end int, index []int) {
		for _, factors := range factors {
			value := 1.0
			for b, i := range index {
				value *= factors[b][i]
			}
			row := data[begin:end]
			for i := range row {
				row[i] += value * factors[last][i]
			}
		}
	})
	if maxAbs(data) == 0 {
		return nil
	}
	return commonv1.Float64(data, slices.Delete(full, a, a+1)...)
}

// continuous makes the instance whose solution is e on the given axes.
func (e exact) continuous(axes []axis, tolerance float64) *instance {
	u, f := e.fields(axes)
	in := &instance{shape: shapeOf(axes), exact: u, task: &poissonv1.Task{
		Kind: poissonv1.Kind_KIND_CONTINUOUS, Tolerance: tolerance, Rhs: commonv1.Float64(f, shapeOf(axes)...),
	}}
	unique := false
	for i, a := range axes {
		m := a.message()
		m.LowerValues = e.side(axes, i, a.lower, a.lowSide, -1)
		m.UpperValues = e.side(axes, i, a.upper, a.highSide, 1)
		in.task.Axes = append(in.task.Axes, m)
		unique = unique || a.lowSide == dirichlet || a.highSide == dirichlet
	}
	if !unique {
		in.mean = newTrapezoid(axes)
		in.exact = in.mean.withoutMean(u)
	}
	in.vary = func(k int) (*instance, error) { return e.variation(axes, k).continuous(axes, tolerance), nil }
	return in
}

// sineExp is sin(kπx) e^{sx}.
func sineExp(k, s float64) smooth {
	k *= math.Pi
	return func(x float64) (v, d, dd float64) {
		sin, cos := math.Sincos(k * x)
		e := math.Exp(s * x)
		return sin * e, (k*cos + s*sin) * e, ((s*s-k*k)*sin + 2*s*k*cos) * e
	}
}

// expSine is e^{sin(2πx + φ)}, of period 1.
func expSine(phase float64) smooth {
	const k = 2 * math.Pi
	return func(x float64) (v, d, dd float64) {
		sin, cos := math.Sincos(k*x + phase)
		e := math.Exp(sin)
		return e, k * cos * e, k * k * (cos*cos - sin) * e
	}
}

// sine is amplitude·sin(kx + φ).
func sine(amplitude, k, phase float64) smooth {
	return func(x float64) (v, d, dd float64) {
		sin, cos := math.Sincos(k*x + phase)
		return amplitude * sin, amplitude * k * cos, -amplitude * k * k * sin
	}
}

// times is the product of two functions.
func times(f, g smooth) smooth {
	return func(x float64) (v, d, dd float64) {
		a, ad, add := f(x)
		b, bd, bdd := g(x)
		return a * b, ad*b + a*bd, add*b + 2*ad*bd + a*bdd
	}
}

func identity(x float64) (v, d, dd float64) { return x, 1, 0 }
func one(float64) (v, d, dd float64)        { return 1, 0, 0 }

type manufactured2D struct {
	N        int    `opt:"n,min=4,max=8193" doc:"unknowns along each side; what multigrid halves best is 2^k−1 (dirichlet), 2^k+1 (neumann), 2^k (periodic, mixed)"`
	Boundary string `opt:"boundary,choices=dirichlet|neumann|periodic|mixed" doc:"conditions on all sides; mixed is u given below and ∂u/∂n above on each axis"`
}

type manufactured3D struct {
	N        int    `opt:"n,min=4,max=513" doc:"unknowns along each side; what multigrid halves best is 2^k−1 (dirichlet), 2^k+1 (neumann), 2^k (periodic, mixed)"`
	Boundary string `opt:"boundary,choices=dirichlet|neumann|periodic|mixed" doc:"conditions on all sides; mixed is u given below and ∂u/∂n above on each axis"`
}

// boxed are d axes over [0, 1] with n unknowns and the named conditions on all sides.
func boxed(d, n int, boundary string) []axis {
	axes := unitAxes(d, n)
	pairs := map[string][2]poissonv1.Boundary{
		"dirichlet": {dirichlet, dirichlet}, "neumann": {neumann, neumann},
		"periodic": {periodic, periodic}, "mixed": {dirichlet, neumann},
	}
	for i := range axes {
		axes[i].lowSide, axes[i].highSide = pairs[boundary][0], pairs[boundary][1]
	}
	return axes
}

var errorLadder = []float64{1e-2, 1e-3, 1e-4, 1e-6, 1e-8, 1e-10}

// manufacturedDoc documents the problems whose solution is formula, or closed where periodic; differences says how
// near second-order differences come.
func manufacturedDoc(formula, closed, differences string) problems.Doc {
	return problems.Doc{
		Summary:  "a smooth solution known in closed form, on every kind of boundary",
		Equation: "−Δu = f, u = " + formula + "; periodic: u = " + closed,
		Domain:   "[0, 1] on each axis; u or ∂u/∂n given, or periodic; where u is free up to a constant its mean by the trapezoidal rule is taken off",
		Truth:    "the closed form at the unknowns",
		Accuracy: "rounding; the error of second-order differences is " + differences,
		Ladder:   errorLadder,
		Source:   "the method of manufactured solutions, Roache 2002",
	}
}

func manufactured2DProblem() problems.Problem {
	doc := manufacturedDoc("sin(πx) sin(2πy) e^{x−y}", "e^{sin(2πx+π/3) + sin 2πy}",
		"2.5/n² (dirichlet), 3.9/n² (mixed), 4.7/n² (periodic), 6.3/n² (neumann)")
	return problems.Define("manufactured-2d", doc, relL2, 2e-3, manufactured2D{N: 127, Boundary: "dirichlet"},
		func(_ context.Context, p manufactured2D, c problems.Common) (problems.Instance, error) {
			u := exact{{sineExp(2, -1), sineExp(1, 1)}} // y, x
			if p.Boundary == "periodic" {
				u = exact{{expSine(0), expSine(math.Pi / 3)}}
			}
			return u.continuous(boxed(2, p.N, p.Boundary), c.Tolerance), nil
		})
}

func manufactured3DProblem() problems.Problem {
	doc := manufacturedDoc("sin(πx) sin(2πy) sin(πz) e^{x−y+z}", "e^{sin(2πx+π/3) + sin 2πy + sin(2πz+1)}",
		"2.1/n² (dirichlet), 3.1/n² (mixed), 4.8/n² (periodic), 6.7/n² (neumann)")
	return problems.Define("manufactured-3d", doc, relL2, 1e-2, manufactured3D{N: 31, Boundary: "dirichlet"},
		func(_ context.Context, p manufactured3D, c problems.Common) (problems.Instance, error) {
			u := exact{{sineExp(1, 1), sineExp(2, -1), sineExp(1, 1)}} // z, y, x
			if p.Boundary == "periodic" {
				u = exact{{expSine(1), expSine(0), expSine(math.Pi / 3)}}
			}
			return u.continuous(boxed(3, p.N, p.Boundary), c.Tolerance), nil
		})
}

type highFrequency struct {
	U string `opt:"u,choices=sin100|three-scales|x-sin200|sin6-cos100|sin100-2d|four-waves-2d" doc:"the solution"`
	N int    `opt:"n,min=0,max=65535" doc:"unknowns along each side; 0 is 4095 in one dimension and 1023 in two"`
}

// highFrequencySolutions are those of the paper; 1-D on [0, 2π], 2-D on [0, 1]².
func highFrequencySolutions() map[string]exact {
	return map[string]exact{
		"sin100":       {{sine(1, 100, 0)}},
		"three-scales": {{sine(1, 1, 0)}, {sine(0.1, 20, 0)}, {sine(0.05, 100, math.Pi/2)}},
		"x-sin200":     {{times(identity, sine(1, 200, 0))}},
		"sin6-cos100":  {{times(sine(1, 6, 0), sine(1, 100, math.Pi/2))}},
		"sin100-2d":    {{sine(1, 100, 0), sine(1, 100, 0)}},
		"four-waves-2d": {
			{one, times(sine(1, 6, 0), sine(1, 20, math.Pi/2))},
			{times(sine(1, 6, 0), sine(1, 20, math.Pi/2)), one},
		},
	}
}

func highFrequencyProblem() problems.Problem {
	return problems.Define("high-frequency", problems.Doc{
		Summary: "many waves across the domain, in one and two dimensions",
		Equation: "−Δu = f with u = sin 100x; sin x + 0.1 sin 20x + 0.05 cos 100x; x sin 200x; sin 6x cos 100x; " +
			"sin 100x sin 100y; sin 6x cos 20x + sin 6y cos 20y",
		Domain:   "[0, 2π] (1-D) or [0, 1]² (2-D), u given on the boundary",
		Truth:    "the closed form at the unknowns",
		Accuracy: "rounding; the error of second-order differences is (kh)²/12 for a wave sin kx: at the default n, 2e-3 for sin100 and 8e-3 for x-sin200",
		Ladder:   errorLadder,
		Source:   "Fang, Cooley, Long, Li, Kirby & Zhe 2024 (GP-HM)",
	}, relL2, 1e-2, highFrequency{U: "sin100"}, buildHighFrequency)
}

func buildHighFrequency(_ context.Context, p highFrequency, c problems.Common) (problems.Instance, error) {
	e := highFrequencySolutions()[p.U]
	d := len(e[0])
	n, least, most := p.N, 511, 65535 // on fewer the waves cannot be told from slower ones
	if d == 2 {
		least, most = 63, 8191
	}
	if n == 0 {
		n = [...]int{1: 4095, 2: 1023}[d]
	}
	if n < least || n > most {
		return nil, &option.Error{
			Name: "n", Value: fmt.Sprint(p.N), Expected: fmt.Sprintf("0, or an integer in [%d, %d] for %s", least, most, p.U),
		}
	}
	axes := unitAxes(d, n)
	if d == 1 {
		axes[0].upper = 2 * math.Pi
	}
	return e.continuous(axes, c.Tolerance), nil
}
