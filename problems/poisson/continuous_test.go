package poisson

import (
	"fmt"
	"math"
	"testing"

	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

// coordinates returns the position of unknown p, computed from the task alone.
func coordinates(in *instance, p int) []float64 {
	x := make([]float64, len(in.shape))
	for a, i := range in.index(p) {
		m := in.task.Axes[a]
		intervals := m.Points
		if m.LowerBoundary == dirichlet {
			i++
			if m.UpperBoundary == dirichlet {
				intervals++
			}
		} else if m.UpperBoundary == neumann {
			intervals--
		}
		x[a] = m.Lower + (m.Upper-m.Lower)*float64(i)/float64(intervals)
	}
	return x
}

// TestSolutions compares u and f with the formulas, written out by hand.
func TestSolutions(t *testing.T) {
	sin, cos, exp := math.Sin, math.Cos, math.Exp
	const pi = math.Pi
	periodic2 := func(x, y float64) (u, f float64) {
		a, b := 2*pi*x+pi/3, 2*pi*y
		u = exp(sin(a) + sin(b))
		return u, -4 * pi * pi * u * (cos(a)*cos(a) - sin(a) + cos(b)*cos(b) - sin(b))
	}
	wave := func(k, x float64) float64 { return sin(k * x) }
	cases := []struct {
		problem, params string
		value           string
		exact           func(x []float64) (u, f float64) // x as the axes: y, x
	}{
		{"manufactured-2d", "boundary", "dirichlet", func(p []float64) (float64, float64) {
			y, x := p[0], p[1]
			e := exp(x - y)
			// ∂xx: e^{x}sin πx'' = (1−π²) sin πx + 2π cos πx; ∂yy: e^{−y}sin 2πy'' = (1−4π²) sin 2πy − 4π cos 2πy.
			return sin(pi*x) * sin(2*pi*y) * e,
				-e * (((1-pi*pi)*sin(pi*x)+2*pi*cos(pi*x))*sin(2*pi*y) + sin(pi*x)*((1-4*pi*pi)*sin(2*pi*y)-4*pi*cos(2*pi*y)))
		}},
		{"manufactured-2d", "boundary", "periodic", func(p []float64) (float64, float64) { return periodic2(p[1], p[0]) }},
		{"manufactured-3d", "boundary", "dirichlet", func(p []float64) (float64, float64) {
			z, y, x := p[0], p[1], p[2]
			e := exp(x - y + z)
			sx, sy, sz := sin(pi*x), sin(2*pi*y), sin(pi*z)
			xx := (1-pi*pi)*sx + 2*pi*cos(pi*x)
			yy := (1-4*pi*pi)*sy - 4*pi*cos(2*pi*y)
			zz := (1-pi*pi)*sz + 2*pi*cos(pi*z)
			return sx * sy * sz * e, -e * (xx*sy*sz + sx*yy*sz + sx*sy*zz)
		}},
		{"manufactured-3d", "boundary", "periodic", func(p []float64) (float64, float64) {
			u, f := periodic2(p[2], p[1])
			c := 2*pi*p[0] + 1
			e := exp(sin(c))
			return u * e, f*e - 4*pi*pi*u*e*(cos(c)*cos(c)-sin(c))
		}},
		{"high-frequency", "u", "sin100", func(p []float64) (float64, float64) { return wave(100, p[0]), 1e4 * wave(100, p[0]) }},
		{"high-frequency", "u", "three-scales", func(p []float64) (float64, float64) {
			x := p[0]
			return sin(x) + 0.1*sin(20*x) + 0.05*cos(100*x), sin(x) + 40*sin(20*x) + 500*cos(100*x)
		}},
		{"high-frequency", "u", "x-sin200", func(p []float64) (float64, float64) {
			x := p[0]
			return x * sin(200*x), 40000*x*sin(200*x) - 400*cos(200*x)
		}},
		{"high-frequency", "u", "sin6-cos100", func(p []float64) (float64, float64) {
			x := p[0]
			return sin(6*x) * cos(100*x), 10036*sin(6*x)*cos(100*x) + 1200*cos(6*x)*sin(100*x)
		}},
		{"high-frequency", "u", "sin100-2d", func(p []float64) (float64, float64) {
			u := sin(100*p[0]) * sin(100*p[1])
			return u, 20000 * u
		}},
		{"high-frequency", "u", "four-waves-2d", func(p []float64) (float64, float64) {
			part := func(x float64) (float64, float64) {
				return sin(6*x) * cos(20*x), 436*sin(6*x)*cos(20*x) + 240*cos(6*x)*sin(20*x)
			}
			uy, fy := part(p[0])
			ux, fx := part(p[1])
			return ux + uy, fx + fy
		}},
	}
	for _, c := range cases {
		params := map[string]string{c.params: c.value}
		if c.problem != "high-frequency" {
			params["n"] = "24"
		}
		in := build(t, c.problem, params)
		f, err := in.task.Rhs.Float64s()
		if err != nil {
			t.Fatal(err)
		}
		u, want := make([]float64, len(f)), make([]float64, len(f))
		for p := range f {
			u[p], want[p] = c.exact(coordinates(in, p))
		}
		if e := relativeL2(t, f, want); e > 1e-13 {
			t.Errorf("%s %s: f is off by %.2g", c.problem, c.value, e)
		}
		if evaluation, v := evaluate(t, in, u); v[relL2] > 1e-13 {
			t.Errorf("%s %s: u is off by %.2g (%v)", c.problem, c.value, v[relL2], evaluation.Reason)
		}
	}
}

// TestSecondOrder solves by second-order differences on n and 2n intervals: the error falls by four, and by the
// constants that the documentation gives. It stands for the right truth and the right boundary data together.
func TestSecondOrder(t *testing.T) {
	constants := map[string]map[string]float64{
		"manufactured-2d": {"dirichlet": 2.5, "mixed": 3.9, "periodic": 4.7, "neumann": 6.3},
		"manufactured-3d": {"dirichlet": 2.1, "mixed": 3.1, "periodic": 4.8, "neumann": 6.7},
	}
	for problem, of := range constants {
		for boundary, constant := range of {
			intervals := 16
			if problem == "manufactured-2d" {
				intervals = 32
			}
			var e [2]float64
			for k := range e {
				n := intervals << k
				switch boundary {
				case "dirichlet":
					n--
				case "neumann":
					n++
				}
				in := build(t, problem, map[string]string{"n": fmt.Sprint(n), "boundary": boundary})
				_, v := evaluate(t, in, differences(t, in, 1e-8))
				e[k] = v[relL2]
				if k == 1 && math.Abs(e[k]*float64(n*n)/constant-1) > 0.05 {
					t.Errorf("%s %s, n = %d: error %.3g, documented %.3g", problem, boundary, n, e[k], constant/float64(n*n))
				}
			}
			if order := math.Log2(e[0] / e[1]); math.Abs(order-2) > 0.25 {
				t.Errorf("%s %s: errors %.3g, order %.2f, want 2", problem, boundary, e, order)
			}
		}
	}
}

// TestDefaultsReachable: second-order differences, the least any bundled solver does, meet the default tolerance
// at the default size.
func TestDefaultsReachable(t *testing.T) {
	for _, boundary := range []string{"dirichlet", "neumann", "periodic", "mixed"} {
		for _, problem := range []string{"manufactured-2d", "manufactured-3d"} {
			in := build(t, problem, map[string]string{"boundary": boundary})
			if e, _ := evaluate(t, in, differences(t, in, 1e-6)); e.Verdict != "solved" {
				t.Errorf("%s %s: %s, %s", problem, boundary, e.Verdict, e.Reason)
			}
		}
	}
	for _, u := range []string{"sin100", "three-scales", "x-sin200", "sin6-cos100"} {
		in := build(t, "high-frequency", map[string]string{"u": u})
		r, err := residual(in.task, make([]float64, in.Size()))
		if err != nil {
			t.Fatal(err)
		}
		a := in.task.Axes[0]
		n := int(a.Points)
		if n != 4095 {
			t.Errorf("%s has %d unknowns, want 4095", u, n)
		}
		h := (a.Upper - a.Lower) / float64(n+1)
		// Elimination of −u_{i−1} + 2u_i − u_{i+1} = h² r_i: the pivots are (i+2)/(i+1).
		for i := range r {
			r[i] *= h * h
			if i > 0 {
				r[i] += r[i-1] * float64(i) / float64(i+1)
			}
		}
		for i := n - 1; i >= 0; i-- {
			if i < n-1 {
				r[i] += r[i+1]
			}
			r[i] *= float64(i+1) / float64(i+2)
		}
		if e, _ := evaluate(t, in, r); e.Verdict != "solved" {
			t.Errorf("%s: %s, %s", u, e.Verdict, e.Reason)
		}
	}
	for _, u := range []string{"sin100-2d", "four-waves-2d"} {
		in := build(t, "high-frequency", map[string]string{"u": u, "n": "511"})
		r, err := residual(in.task, make([]float64, in.Size()))
		if err != nil {
			t.Fatal(err)
		}
		sineSolve(r, 511, 1, 1)
		if e, _ := evaluate(t, in, r); e.Verdict != "solved" {
			t.Errorf("%s: %s, %s", u, e.Verdict, e.Reason)
		}
	}
}

// TestConsistency: f − A applied to the exact solution is the truncation error, of second order at every unknown
// that has two neighbours or a Dirichlet side, of first order on Neumann sides.
func TestConsistency(t *testing.T) {
	for sides, pair := range boundaries {
		u := exact{{sineExp(1.3, 0.5)}, {expSine(0.4)}} // values and derivatives not zero on the sides
		if sides == "PP" {
			u = exact{{expSine(0.4)}}
		}
		var inner, outer [2]float64
		for k := range inner {
			a := axis{n: 64 << k, upper: 1, lowSide: pair[0], highSide: pair[1]}
			in := u.continuous([]axis{a}, 1)
			exact, _ := u.fields([]axis{a})
			r, err := residual(in.task, exact)
			if err != nil {
				t.Fatal(err)
			}
			inner[k] = maxAbs(r[1 : a.n-1])
			outer[k] = max(math.Abs(r[0]), math.Abs(r[a.n-1]))
			// Spacing falls by (n+c)/(2n+c): take that out.
			h := a.spacing()
			inner[k] /= h * h
			if pair[0] == neumann || pair[1] == neumann {
				outer[k] /= h
			} else {
				outer[k] /= h * h
			}
		}
		if q := inner[0] / inner[1]; math.Abs(q-1) > 0.05 {
			t.Errorf("%s: truncation inside over h² goes from %.4g to %.4g", sides, inner[0], inner[1])
		}
		if q := outer[0] / outer[1]; math.Abs(q-1) > 0.25 {
			t.Errorf("%s: truncation at the sides over its order goes from %.4g to %.4g", sides, outer[0], outer[1])
		}
	}
}

// TestMeans: where u is free up to a constant, adding one changes nothing; elsewhere it does.
func TestMeans(t *testing.T) {
	for boundary, free := range map[string]bool{"neumann": true, "periodic": true, "dirichlet": false, "mixed": false} {
		in := build(t, "manufactured-2d", map[string]string{"n": "20", "boundary": boundary})
		shifted := make([]float64, in.Size())
		for p, v := range in.exact {
			shifted[p] = v + 3
		}
		if _, v := evaluate(t, in, shifted); (v[relL2] < 1e-14) != free {
			t.Errorf("%s: error %.2g of the solution plus 3, free is %v", boundary, v[relL2], free)
		}
	}
	// The mean is by the trapezoidal rule, not that of the unknowns: x has mean 1/2 either way, x² has
	// 1/3 + 1/(6m²) on m intervals.
	const m = 8
	axes := []axis{{m + 1, 0, 1, neumann, neumann}, {3, 0, 1, periodic, periodic}}
	x := make([]float64, (m+1)*3)
	for p := range x {
		v := float64(p/3) / m
		x[p] = v * v
	}
	got := newTrapezoid(axes).withoutMean(x)
	want := 1./3 + 1./(6*m*m)
	for p := range x {
		if mean := x[p] - got[p]; math.Abs(mean-want) > 1e-15 {
			t.Fatalf("mean of x² is %.17g, want %.17g", mean, want)
		}
	}
}

// TestBoundaryData checks shapes, positions and signs of what is given on the sides.
func TestBoundaryData(t *testing.T) {
	in := build(t, "manufactured-3d", map[string]string{"n": "5", "boundary": "mixed"})
	const pi = math.Pi
	for a, m := range in.task.Axes {
		if m.LowerBoundary != poissonv1.Boundary_BOUNDARY_DIRICHLET || m.UpperBoundary != poissonv1.Boundary_BOUNDARY_NEUMANN {
			t.Errorf("axis %d has %v and %v", a, m.LowerBoundary, m.UpperBoundary)
		}
		if m.LowerValues != nil {
			t.Errorf("axis %d: u vanishes on the lower side, data are %v", a, m.LowerValues)
		}
	}
	g, err := in.task.Axes[1].UpperValues.Float64s() // ∂u/∂y at y = 1, by z and x
	if err != nil {
		t.Fatal(err)
	}
	for k := range 5 {
		for i := range 5 {
			z, x := float64(k+1)/5, float64(i+1)/5
			want := 2 * pi * math.Sin(pi*x) * math.Sin(pi*z) * math.Exp(x-1+z)
			if got := g[k*5+i]; math.Abs(got-want) > 1e-13 {
				t.Errorf("∂u/∂y at z = %g, x = %g is %.15g, want %.15g", z, x, got, want)
			}
		}
	}
	in = build(t, "manufactured-2d", map[string]string{"n": "5", "boundary": "neumann"})
	g, err = in.task.Axes[1].LowerValues.Float64s() // −∂u/∂x at x = 0, by y
	if err != nil {
		t.Fatal(err)
	}
	for j, got := range g {
		y := float64(j) / 4
		if want := -pi * math.Sin(2*pi*y) * math.Exp(-y); math.Abs(got-want) > 1e-14 {
			t.Errorf("−∂u/∂x at y = %g is %.15g, want %.15g", y, got, want)
		}
	}
	in = build(t, "high-frequency", map[string]string{"u": "x-sin200"})
	g, err = in.task.Axes[0].UpperValues.Float64s()
	if err != nil || len(g) != 1 || len(in.task.Axes[0].UpperValues.Shape) != 0 {
		t.Errorf("in 1-D the value on a side is %v (%v), want one number without a shape", g, err)
	}
}
