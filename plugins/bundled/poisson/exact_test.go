package poisson

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/solverbench/solverbench/plugins"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

// representative returns one solver of each kind, with the residual far below the errors looked at.
func representative() map[string]solver {
	mg := defaultMultigrid()
	mg.Tol = 1e-12
	return map[string]solver{
		"multigrid": mg,
		"cg":        &CG{Precond: "ic0", Omega: 1, MaxIterations: 5000, Tol: 1e-12},
		"sor":       &SOR{Ordering: "red-black", MaxIterations: 50000, Tol: 1e-12},
		"fast":      &FastPoisson{Symbol: "difference", Direct: "auto"},
	}
}

// Sines are eigenfunctions of the Dirichlet operator, with eigenvalue (4/h²) Σ sin²(kπh/2).
func TestDiscreteEigenfunctions(t *testing.T) {
	const n = 63
	h := 1.0 / (n + 1)
	for _, mode := range [][2]int{{1, 1}, {1, 2}, {5, 17}, {63, 63}} {
		sy, sx := math.Sin(float64(mode[0])*math.Pi*h/2), math.Sin(float64(mode[1])*math.Pi*h/2)
		lambda := 4 / (h * h) * (sy*sy + sx*sx)
		task := newTask(poissonv1.Kind_KIND_DISCRETE, []int{n, n}, []sides{allSides[0], allSides[0]})
		want := make([]float64, n*n)
		f := rhsOf(task)
		for i := range want {
			want[i] = math.Sin(float64(mode[0]*(i/n+1))*math.Pi*h) * math.Sin(float64(mode[1]*(i%n+1))*math.Pi*h)
			f[i] = lambda * want[i]
		}
		for label, s := range representative() {
			got, err := solveWith(t, s, task)
			if err != nil {
				t.Errorf("%s, mode %v: %v", label, mode, err)
			} else if d := difference(got, want); !(d < 2e-9) { // the residual is 1e-12, the condition 1660
				t.Errorf("%s, mode %v: error %.1e", label, mode, d)
			}
		}
	}
}

// wave is a factor of a manufactured solution along one axis, with two derivatives: smooth, without
// symmetry, and periodic on [0, 1] where the axis is.
func wave(b sides, x float64) (v, d, dd float64) {
	if b.lo == periodic {
		s, c := math.Sincos(2 * math.Pi * x)
		const k = 2 * math.Pi
		return s + 0.5*c, k * (c - 0.5*s), -k * k * (s + 0.5*c)
	}
	e := math.Exp(0.5 * x)
	s, c := math.Sincos(2*x + 0.3)
	// (e·s)′ = e(½s + 2c), (e·s)″ = e(¼s + 2c − 4s)
	return e * s, e * (0.5*s + 2*c), e * (0.25*s + 2*c - 4*s)
}

// manufactured makes the continuous task whose solution is the product of waves, and that solution.
func manufactured(points []int, bs []sides) (*poissonv1.Task, []float64) {
	task := newTask(poissonv1.Kind_KIND_CONTINUOUS, points, bs)
	f := rhsOf(task)
	u := make([]float64, len(f))
	d := len(points)
	waves, second := make([][]float64, d), make([][]float64, d) // along each axis, with second derivatives
	for a, n := range points {
		waves[a], second[a] = make([]float64, n), make([]float64, n)
		for i := range n {
			waves[a][i], _, second[a][i] = wave(bs[a], coordinate(task.Axes[a], i))
		}
	}
	// product is the product of the waves at the unknown, with the one of axis k replaced.
	product := func(i, k int, replace float64) float64 {
		p := 1.0
		for a := d - 1; a >= 0; a-- {
			if a == k {
				p *= replace
			} else {
				p *= waves[a][i%points[a]]
			}
			i /= points[a]
		}
		return p
	}
	for i := range f {
		u[i] = product(i, -1, 0)
		inner := len(f)
		rest := i
		for k := range d {
			inner /= points[k]
			f[i] -= product(i, k, second[k][rest/inner])
			rest %= inner
		}
	}
	inner := len(f)
	for k, a := range task.Axes {
		inner /= points[k]
		if bs[k].lo == periodic {
			continue
		}
		n := len(f) / points[k]
		low, high := make([]float64, n), make([]float64, n)
		v0, d0, _ := wave(bs[k], 0)
		v1, d1, _ := wave(bs[k], 1)
		if bs[k].lo == neumann {
			v0 = -d0
		}
		if bs[k].hi == neumann {
			v1 = d1
		}
		for j := range n {
			i := j/inner*inner*points[k] + j%inner
			low[j], high[j] = product(i, k, v0), product(i, k, v1)
		}
		across := append(append([]int(nil), points[:k]...), points[k+1:]...)
		a.LowerValues, a.UpperValues = commonv1.Float64(low, across...), commonv1.Float64(high, across...)
	}
	return task, u
}

// pointsFor gives an axis so many intervals.
func pointsFor(b sides, m int) int {
	switch {
	case b.lo == dirichlet && b.hi == dirichlet:
		return m - 1
	case b.lo == neumann && b.hi == neumann:
		return m + 1
	}
	return m
}

// manufacturedOn is manufactured with so many intervals along every axis.
func manufacturedOn(m int, bs []sides) (*poissonv1.Task, []float64) {
	points := make([]int, len(bs))
	for k, b := range bs {
		points[k] = pointsFor(b, m)
	}
	task, want := manufactured(points, bs)
	if singularTask(task) {
		removeMean(want)
	}
	return task, want
}

func errorOf(t *testing.T, s solver, task *poissonv1.Task, want []float64) float64 {
	t.Helper()
	got, err := solveWith(t, s, task)
	if err != nil {
		t.Fatalf("%s: %v", name(task), err)
	}
	if singularTask(task) {
		removeMean(got)
	}
	return difference(got, want)
}

func TestSecondOrder(t *testing.T) {
	var combinations [][]sides
	for _, a := range allSides {
		combinations = append(combinations, []sides{a})
		for _, b := range allSides {
			combinations = append(combinations, []sides{a, b}, []sides{a, b, allSides[len(combinations)%5]})
		}
	}
	for i, bs := range combinations {
		m := 32
		if len(bs) == 3 {
			if testing.Short() && i%7 != 0 {
				continue
			}
			m = 16
		}
		coarse, coarseU := manufacturedOn(m, bs)
		fine, fineU := manufacturedOn(2*m, bs)
		for label, s := range representative() {
			if label == "sor" || label == "cg" && (len(bs) == 3 || testing.Short()) {
				continue // the same system, slowly
			}
			before, after := errorOf(t, s, coarse, coarseU), errorOf(t, s, fine, fineU)
			if order := math.Log2(before / after); order < 1.8 || order > 2.3 || after > 1e-2 {
				t.Errorf("%s, %v: errors %.2e, %.2e, order %.2f, expected 2", label, bs, before, after, order)
			}
		}
	}
}

func TestSpectralAccuracy(t *testing.T) {
	for d := 1; d <= 3; d++ {
		bs := []sides{allSides[4], allSides[4], allSides[4]}[:d]
		for _, m := range []int{8, 15, 16} {
			task, want := manufacturedOn(m, bs)
			if e := errorOf(t, &FastPoisson{Symbol: "auto", Direct: "auto"}, task, want); e > 1e-13 {
				t.Errorf("%d-D, %d points: error %.1e, expected rounding", d, m, e)
			}
		}
	}
	// A solution with all Fourier modes: the error falls faster than any power.
	previous := math.Inf(1)
	for _, m := range []int{8, 16, 32} {
		task := newTask(poissonv1.Kind_KIND_CONTINUOUS, []int{m, m}, []sides{allSides[4], allSides[4]})
		want := make([]float64, m*m)
		for i := range want {
			y, x := 2*math.Pi*float64(i/m)/float64(m), 2*math.Pi*float64(i%m)/float64(m)
			e := math.Exp(math.Sin(x) + math.Cos(y))
			want[i] = e
			rhsOf(task)[i] = -4 * math.Pi * math.Pi * e * (math.Cos(x)*math.Cos(x) - math.Sin(x) + math.Sin(y)*math.Sin(y) - math.Cos(y))
		}
		got, err := solveWith(t, &FastPoisson{Symbol: "auto", Direct: "auto"}, task)
		if err != nil {
			t.Fatal(err)
		}
		removeMean(got)
		removeMean(want)
		e := difference(got, want)
		if e > 1e-13 && e > previous*previous {
			t.Errorf("%d points: error %.1e after %.1e, expected its square", m, e, previous)
		}
		previous = e
	}
	if previous > 1e-13 {
		t.Errorf("32 points: error %.1e, expected rounding", previous)
	}
}

// The incomplete factor reproduces A on its pattern; where no fill arises it is Cholesky's.
func TestIncompleteCholesky(t *testing.T) {
	for i := range 5 {
		task := matrixTask(random(i), 30)
		s, err := readTask(task)
		if err != nil {
			t.Fatal(err)
		}
		l := s.matrix.lower()
		p, err := newIC0(l)
		if err != nil {
			t.Fatal(err)
		}
		n := len(l.d)
		factor := mat.NewDense(n, n, nil)
		for r := range n {
			factor.Set(r, r, 1/p.inverse[r])
			for k := p.row[r]; k < p.row[r+1]; k++ {
				factor.Set(r, int(p.column[k]), p.value[k])
			}
		}
		var product mat.Dense
		product.Mul(factor, factor.T())
		for r := range n {
			check(t, r, r, product.At(r, r), l.d[r])
			for k := l.row[r]; k < l.row[r+1]; k++ {
				check(t, r, int(l.column[k]), product.At(r, int(l.column[k])), l.value[k])
			}
		}
	}
	// A tridiagonal matrix has no fill: one iteration solves it.
	task := unitTask(1, 50)
	cg := &CG{Precond: "ic0", MaxIterations: 2}
	if _, err := solveWith(t, cg, task); err != nil {
		t.Errorf("tridiagonal system: %v, expected the exact factor", err)
	}
}

func check(t *testing.T, i, j int, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-12 {
		t.Errorf("(LLᵀ)[%d,%d] = %g, expected %g", i, j, got, want)
	}
}

// Where coefficients jump the estimate of the factor makes the difference between a few hundred
// sweeps and tens of thousands.
func TestSORWithJumps(t *testing.T) {
	for _, ordering := range []string{"red-black", "lexicographic"} {
		s := &SOR{Ordering: ordering, MaxIterations: 6000, Tol: 1e-6}
		if _, err := solveWith(t, s, jumpTask(63, 1e4)); err != nil {
			t.Errorf("%s, ω = %.5f: %v", ordering, s.omega, err)
		}
		t.Logf("%s: ω = %.5f", ordering, s.omega)
	}
}

// The optimal factor for the model problem is 2/(1 + sin πh), and Young's estimate comes near it.
func TestOptimalOmega(t *testing.T) {
	const n = 31
	s := &SOR{Ordering: "red-black", MaxIterations: 1000}
	task := unitTask(2, n)
	if _, err := solveWith(t, s, task); err != nil {
		t.Fatal(err)
	}
	want := 2 / (1 + math.Sin(math.Pi/(n+1)))
	if math.Abs(s.omega-want) > 1e-12 {
		t.Errorf("ω = %.15g, expected %.15g", s.omega, want)
	}
	ones := make([]float64, n*(n+1))
	for i := range ones {
		ones[i] = 1
	}
	task.Axes[1].FaceCoefficients = commonv1.Float64(ones, n, n+1)
	e := &SOR{Ordering: "lexicographic", MaxIterations: 1000}
	if _, err := solveWith(t, e, task); err != nil {
		t.Fatal(err)
	}
	if math.Abs(e.omega-want) > 0.02 {
		t.Errorf("Young's estimate is ω = %.4g, expected about %.4g", e.omega, want)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	task := unitTask(2, 31)
	for label, s := range representative() {
		run := plugins.NewTestRun(1, nil)
		if err := s.(plugins.Preparer[*poissonv1.Task]).Prepare(context.Background(), run, task); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Solve(ctx, run, task); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, expected cancelled", label, err)
		}
	}
}

// A solve that is cut short says so, not that it diverged.
func TestCancelledOnTheWay(t *testing.T) {
	for _, task := range []*poissonv1.Task{unitTask(2, 511), jumpTask(255, 1e6)} {
		for _, krylov := range []string{"none", "cg"} {
			s := defaultMultigrid()
			s.Krylov, s.Tol = krylov, 1e-300 // never met
			run := plugins.NewTestRun(1, nil)
			if err := s.Prepare(context.Background(), run, task); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
			if _, err := s.Solve(ctx, run, task); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s, krylov %s: %v, expected the deadline", name(task), krylov, err)
			}
			cancel()
			if err := s.Prepare(ctx, run, task); task.Axes[0].FaceCoefficients != nil && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: preparing returned %v, expected the deadline", name(task), err)
			}
		}
	}
}

func TestDivergence(t *testing.T) {
	task := unitTask(2, 31)
	rhsOf(task)[5] = math.NaN()
	for label, s := range representative() {
		if label == "fast" {
			continue // passes NaN on, for the harness to see
		}
		if _, err := solveWith(t, s, task); !errors.Is(err, plugins.ErrDiverged) {
			t.Errorf("%s with NaN in f: %v, expected diverged", label, err)
		}
	}
}

func TestIterationLimit(t *testing.T) {
	if _, err := solveWith(t, &CG{Precond: "none", MaxIterations: 3}, unitTask(2, 63)); err == nil {
		t.Error("three iterations: no error, expected one that says so")
	}
}

// Threads change nothing but the time.
func TestThreads(t *testing.T) {
	for _, task := range []*poissonv1.Task{unitTask(1, 50000), unitTask(2, 255), unitTask(3, 39), jumpTask(255, 100)} {
		solvers := map[string]solver{"multigrid": defaultMultigrid()}
		if task.Axes[0].FaceCoefficients == nil {
			solvers["fast"] = &FastPoisson{Symbol: "auto", Direct: "tridiagonal"}
		}
		for label, s := range solvers {
			var u [2][]float64
			for k := range u {
				run := plugins.NewTestRun(1+2*k, nil)
				if err := s.(plugins.Preparer[*poissonv1.Task]).Prepare(context.Background(), run, task); err != nil {
					t.Fatal(err)
				}
				x, err := s.Solve(context.Background(), run, task)
				if err != nil {
					t.Fatal(err)
				}
				v, _ := x.U.Float64s()
				u[k] = append([]float64(nil), v...)
			}
			if e := difference(u[1], u[0]); e > 1e-14 {
				t.Errorf("%s on %s: three threads differ by %.1e from one", label, name(task), e)
			}
		}
	}
}

func TestBadTasks(t *testing.T) {
	for _, c := range []struct {
		what   string
		damage func(*poissonv1.Task)
	}{
		{"short rhs", func(t *poissonv1.Task) { t.Rhs = commonv1.Float64(make([]float64, 5), 5) }},
		{"half periodic", func(t *poissonv1.Task) { t.Axes[0].LowerBoundary = periodic }},
		{"no extent", func(t *poissonv1.Task) { t.Axes[0].Upper = 0 }},
		{"unset boundary", func(t *poissonv1.Task) { t.Axes[1].UpperBoundary = 0 }},
		{"faces", func(t *poissonv1.Task) { t.Axes[1].FaceCoefficients = commonv1.Float64(make([]float64, 9), 9) }},
		{"boundary values", func(t *poissonv1.Task) { t.Axes[1].LowerValues = commonv1.Float64(make([]float64, 9), 9) }},
		{"matrix", func(t *poissonv1.Task) { t.Kind = poissonv1.Kind_KIND_MATRIX }},
	} {
		task := unitTask(2, 7)
		c.damage(task)
		for label, s := range representative() {
			if _, err := solveWith(t, s, task); err == nil {
				t.Errorf("%s: %s accepted, expected an error", label, c.what)
			}
		}
	}
}

func ExampleMultigrid() {
	const n = 63
	task := &poissonv1.Task{
		Kind: poissonv1.Kind_KIND_DISCRETE, Tolerance: 1e-10,
		Axes: []*poissonv1.Axis{{Points: n, Upper: 1, LowerBoundary: poissonv1.Boundary_BOUNDARY_DIRICHLET, UpperBoundary: poissonv1.Boundary_BOUNDARY_DIRICHLET}},
		Rhs:  commonv1.Float64(make([]float64, n), n),
	}
	f, _ := task.Rhs.Float64s()
	for i := range f {
		f[i] = 1 // −u″ = 1: u = x(1−x)/2
	}
	s := &Multigrid{Smoother: "rbgs", Cycle: "V", Pre: 1, Post: 1, Omega: 1, Krylov: "auto", MaxIterations: 50}
	run := plugins.NewTestRun(1, nil)
	if err := s.Prepare(context.Background(), run, task); err != nil {
		panic(err)
	}
	x, err := s.Solve(context.Background(), run, task)
	if err != nil {
		panic(err)
	}
	u, _ := x.U.Float64s()
	fmt.Printf("u(1/2) = %.6f\n", u[n/2])
	// Output: u(1/2) = 0.125000
}
