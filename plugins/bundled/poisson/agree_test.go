package poisson

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/solverbench/solverbench/plugins"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

type solver = plugins.Solver[*poissonv1.Task, *poissonv1.Solution]

// everySolver returns a solver for each choice that changes the code taken.
func everySolver() map[string]solver {
	m := map[string]solver{}
	for _, p := range []string{"none", "jacobi", "ssor", "ic0"} {
		m["cg/"+p] = &CG{Precond: p, Omega: 1.2, MaxIterations: 2000, Tol: 1e-12}
	}
	for _, o := range []string{"red-black", "lexicographic"} {
		m["sor/"+o] = &SOR{Ordering: o, MaxIterations: 20000, Tol: 1e-12}
	}
	for _, krylov := range []string{"none", "cg"} {
		for _, sm := range []string{"rbgs", "jacobi", "chebyshev"} {
			m["multigrid/"+sm+"/"+krylov] = &Multigrid{Smoother: sm, Cycle: "V", Pre: 2, Post: 2, Omega: 1, Krylov: krylov, MaxIterations: 300, Tol: 1e-12, FMG: true}
		}
	}
	m["multigrid/W"] = &Multigrid{Smoother: "rbgs", Cycle: "W", Pre: 1, Post: 1, Omega: 1.1, Krylov: "none", MaxIterations: 100, Tol: 1e-12}
	m["multigrid/F"] = &Multigrid{Smoother: "rbgs", Cycle: "F", Pre: 0, Post: 2, Omega: 1, Krylov: "none", MaxIterations: 100, Tol: 1e-12}
	return m
}

// gridCases returns every combination of boundaries in d dimensions on grids that take all of
// the coarsening code, with random right-hand side and boundary data.
func gridCases(d int, points func(sides) []int) []*poissonv1.Task {
	var tasks []*poissonv1.Task
	seed := random(7)
	var build func(n []int, b []sides)
	build = func(n []int, b []sides) {
		if len(n) == d {
			t := newTask(poissonv1.Kind_KIND_DISCRETE, n, b)
			fillTask(t, &seed)
			tasks = append(tasks, t)
			return
		}
		for _, s := range allSides {
			for _, p := range points(s) {
				build(append(append([]int(nil), n...), p), append(append([]sides(nil), b...), s))
			}
		}
	}
	build(nil, nil)
	return tasks
}

// sample thins out a list of grid cases under -short, by a stride that meets every boundary and every size of
// each axis: 5 and 4 are without common divisor with it.
func sample(tasks []*poissonv1.Task) []*poissonv1.Task {
	const stride = 7
	if !testing.Short() {
		return tasks
	}
	var some []*poissonv1.Task
	for i := 0; i < len(tasks); i += stride {
		some = append(some, tasks[i])
	}
	return some
}

// fillTask draws f and boundary data, made compatible if the problem is singular.
func fillTask(t *poissonv1.Task, seed *random) {
	shape := t.Rhs.Dims()
	f := rhsOf(t)
	seed.fill(f)
	for k, a := range t.Axes {
		across := append(append([]int(nil), shape[:k]...), shape[k+1:]...)
		n := len(f) / shape[k]
		draw := func() *commonv1.Array {
			v := make([]float64, n)
			seed.fill(v)
			return commonv1.Float64(v, across...)
		}
		if a.LowerBoundary != periodic {
			a.LowerValues, a.UpperValues = draw(), draw()
		}
	}
	makeCompatible(t)
}

func makeCompatible(t *poissonv1.Task) {
	if !singularTask(t) {
		return
	}
	_, b := denseOperator(t)
	s, err := readTask(t)
	if err != nil {
		panic(err)
	}
	w := s.grid.weights()
	if w == nil {
		w = make([]float64, len(b))
		for i := range w {
			w[i] = 1
		}
	}
	sum, total := 0.0, 0.0
	for i := range b {
		sum += w[i] * b[i]
		total += w[i]
	}
	f := rhsOf(t)
	for i := range f {
		f[i] -= sum / total
	}
}

func name(t *poissonv1.Task) string {
	s := ""
	for _, a := range t.Axes {
		s += fmt.Sprintf("%d%c%c ", a.Points, a.LowerBoundary.String()[9], a.UpperBoundary.String()[9])
	}
	return s
}

// exact solves the task by a dense factorisation of the assembled operator, with the mean
// removed if the problem is singular.
func exact(t *testing.T, task *poissonv1.Task) []float64 {
	t.Helper()
	a, b := denseOperator(task)
	n := len(b)
	if singularTask(task) {
		for i := range n {
			for j := range n {
				a.Set(i, j, a.At(i, j)+1)
			}
		}
	}
	x := mat.NewVecDense(n, nil)
	if err := x.SolveVec(a, mat.NewVecDense(n, b)); err != nil {
		t.Fatal(err)
	}
	u := x.RawVector().Data
	if singularTask(task) {
		removeMean(u)
	}
	return u
}

func compare(t *testing.T, task *poissonv1.Task, want []float64, label string, s solver) {
	t.Helper()
	got, err := solveWith(t, s, task)
	if err != nil {
		t.Errorf("%s on %s: %v", label, name(task), err)
		return
	}
	if singularTask(task) {
		removeMean(got)
	}
	if d := difference(got, want); !(d < 1e-8) {
		t.Errorf("%s on %s: relative difference from the dense solution %.1e", label, name(task), d)
	}
}

func TestSolversAgreeWithDense(t *testing.T) {
	points := map[int]func(sides) []int{
		1: func(sides) []int { return []int{3, 8, 33, 200} },
		2: func(s sides) []int { return []int{15, 16} },
		3: func(s sides) []int { return []int{7} },
	}
	for d := 1; d <= 3; d++ {
		tasks := gridCases(d, points[d])
		if d > 1 {
			tasks = sample(tasks)
		}
		for _, task := range tasks {
			want := exact(t, task)
			compare(t, task, want, "fast-poisson", &FastPoisson{Symbol: "auto", Direct: "auto"})
			compare(t, task, want, "fast-poisson/transform", &FastPoisson{Symbol: "auto", Direct: "transform"})
			if task.Axes[0].LowerBoundary != periodic {
				compare(t, task, want, "fast-poisson/tridiagonal", &FastPoisson{Symbol: "auto", Direct: "tridiagonal"})
			}
			for label, s := range everySolver() {
				compare(t, task, want, label, s)
			}
		}
	}
}

// Matrices.
func TestSolversAgreeOnMatrices(t *testing.T) {
	for i := range 10 {
		task := matrixTask(random(i), 10+20*i)
		m := task.Matrix
		rows, _ := m.RowPointers.Int64s()
		columns, _ := m.Columns.Int32s()
		values, _ := m.Values.Float64s()
		n := len(rows) - 1
		a := mat.NewDense(n, n, nil)
		for i := range n {
			for k := rows[i]; k < rows[i+1]; k++ {
				a.Set(i, int(columns[k]), values[k])
			}
		}
		var x mat.VecDense
		if err := x.SolveVec(a, mat.NewVecDense(n, rhsOf(task))); err != nil {
			t.Fatal(err)
		}
		want := x.RawVector().Data
		for _, p := range []string{"none", "jacobi", "ssor", "ic0"} {
			compare(t, task, want, "cg/"+p, &CG{Precond: p, Omega: 1.2, MaxIterations: 2000})
		}
		compare(t, task, want, "sor", &SOR{Ordering: "auto", MaxIterations: 20000})
		compare(t, task, want, "sor/1.1", &SOR{Omega: 1.1, Ordering: "lexicographic", MaxIterations: 20000})
	}
}

// Random coefficients on small grids of every boundary combination, and a cross coefficient.
func TestSolversAgreeOnVariableCoefficients(t *testing.T) {
	seed := random(3)
	tasks := append(gridCases(1, func(sides) []int { return []int{17} }), gridCases(2, func(sides) []int { return []int{13} })...)
	tasks = append(tasks, gridCases(3, func(sides) []int { return []int{6} })[:25]...)
	for _, task := range sample(tasks) {
		shape := task.Rhs.Dims()
		for k, a := range task.Axes {
			s := append([]int(nil), shape...)
			s[k]++
			inner := 1
			for _, n := range shape[k+1:] {
				inner *= n
			}
			v := make([]float64, len(rhsOf(task))/shape[k]*s[k])
			for i := range v {
				v[i] = math.Exp(4*seed.float() - 2)
				if x := i / inner % s[k]; a.LowerBoundary == periodic && x == shape[k] {
					v[i] = v[i-shape[k]*inner] // one face
				}
			}
			a.FaceCoefficients = commonv1.Float64(v, s...)
		}
		makeCompatible(task)
		want := exact(t, task)
		for label, s := range everySolver() {
			compare(t, task, want, "variable "+label, s)
		}
	}
	for _, b := range [][]sides{{allSides[0], allSides[0]}, {allSides[0], allSides[4]}} {
		task := newTask(poissonv1.Kind_KIND_DISCRETE, []int{15, 18}, b)
		seed.fill(rhsOf(task))
		task.CrossCoefficient = 0.6
		want := exact(t, task)
		for label, s := range everySolver() {
			compare(t, task, want, "cross "+label, s)
		}
	}
}

// The two ways to compute a residual agree.
func TestResiduals(t *testing.T) {
	seed := random(5)
	cross := newTask(poissonv1.Kind_KIND_DISCRETE, []int{9, 12}, []sides{allSides[0], allSides[4]})
	cross.CrossCoefficient = -0.4
	for _, task := range append(gridCases(2, func(sides) []int { return []int{5, 6} }), cross, jumpTask(15, 100)) {
		s, err := readTask(task)
		if err != nil {
			t.Fatal(err)
		}
		m := newStencil(s)
		v := make([]float64, 4*m.size())
		n := m.size()
		u, f, r, q := v[:n], v[n:2*n], v[2*n:3*n], v[3*n:]
		seed.fill(u)
		seed.fill(f)
		m.residual(r, f, u)
		m.residualByDifferences(q, f, u)
		if d := difference(q, r); d > 1e-13 {
			t.Errorf("%s: residuals differ by %.1e", name(task), d)
		}
	}
}

func TestUnsupported(t *testing.T) {
	task := newTask(poissonv1.Kind_KIND_DISCRETE, []int{9, 9}, []sides{allSides[0], allSides[3]})
	task.CrossCoefficient = 0.5
	if _, err := solveWith(t, &CG{Precond: "none"}, task); !errors.Is(err, plugins.ErrUnsupported) {
		t.Errorf("cross coefficient with a Neumann side: %v, expected unsupported", err)
	}
	if _, err := solveWith(t, &SOR{Ordering: "red-black", MaxIterations: 1000}, matrixTask(random(1), 20)); !errors.Is(err, plugins.ErrUnsupported) {
		t.Errorf("a sparse matrix in red-black ordering: %v, expected unsupported", err)
	}
}

// Ordering auto is red-black on a grid, with constant coefficients and with others.
func TestAutoOrdering(t *testing.T) {
	for _, task := range []*poissonv1.Task{unitTask(2, 31), jumpTask(31, 100)} {
		want, err := solveWith(t, &SOR{Ordering: "red-black", MaxIterations: 5000}, task)
		if err != nil {
			t.Fatal(err)
		}
		got, err := solveWith(t, &SOR{Ordering: "auto", MaxIterations: 5000}, task)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: ordering auto differs from red-black", name(task))
		}
	}
}
