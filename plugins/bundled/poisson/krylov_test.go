package poisson

import (
	"context"
	"errors"
	"math"
	"regexp"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/solverbench/solverbench/plugins"
)

// biharmonic is the square of the 5-point Laplacian on m×m points, densely.
func biharmonic(m int) []float64 {
	n := m * m
	laplacian := mat.NewDense(n, n, nil)
	for i := range n {
		laplacian.Set(i, i, 4)
		if i%m > 0 {
			laplacian.Set(i, i-1, -1)
			laplacian.Set(i-1, i, -1)
		}
		if i >= m {
			laplacian.Set(i, i-m, -1)
			laplacian.Set(i-m, i, -1)
		}
	}
	var square mat.Dense
	square.Mul(laplacian, laplacian)
	return square.RawMatrix().Data
}

// chain is the stiffness matrix of springs in a row, fixed at one end, whose constants jump by up to twelve orders
// of magnitude.
func chain(seed random, n int) []float64 {
	a := make([]float64, n*n)
	for i := range n {
		k := math.Pow(10, math.Floor(13*seed.float())-6)
		a[i*n+i] += k
		if i > 0 {
			a[(i-1)*n+i-1] += k
			a[i*n+i-1] -= k
			a[(i-1)*n+i] -= k
		}
	}
	return a
}

// gram is BBᵀ + εI with a random B of so many columns.
func gram(seed random, n, columns int, epsilon float64) []float64 {
	b := mat.NewDense(n, columns, nil)
	seed.fill(b.RawMatrix().Data)
	var a mat.Dense
	a.Mul(b, b.T())
	for i := range n {
		a.Set(i, i, a.At(i, i)+epsilon)
	}
	return a.RawMatrix().Data
}

func diagonalMatrix(n int, entry func(i int) float64) []float64 {
	a := make([]float64, n*n)
	for i := range n {
		a[i*n+i] = entry(i)
	}
	return a
}

// However ill-conditioned the matrix is, the outcome is clear: a finite solution with the residual
// asked for, or an error with iterations and residual.
func TestIllConditionedMatrices(t *testing.T) {
	explained := regexp.MustCompile(`relative residual [0-9.e+-]+ after \d+ iterations`)
	hilbert := make([]float64, 144)
	for i := range hilbert {
		hilbert[i] = 1 / float64(i/12+i%12+1)
	}
	for label, a := range map[string][]float64{
		"biharmonic": biharmonic(16), "chain": chain(4, 200), "hilbert": hilbert,
		"gram": gram(1, 60, 30, 1e-6), "rank-deficient": gram(2, 60, 40, 0),
		"diagonal": diagonalMatrix(100, func(i int) float64 { return math.Pow(10, float64(3*i-160)) }),
		"1×1":      {3}, "indefinite": {1, 0.9, -0.9, 0.9, 1, 0.9, -0.9, 0.9, 1},
	} {
		n := int(math.Sqrt(float64(len(a))))
		f := make([]float64, n)
		for i := range f {
			f[i] = floats.Sum(a[i*n : (i+1)*n]) // u = 1
		}
		task := sparseTask(a, f)
		task.Tolerance = 1e-8
		for _, precond := range []string{"none", "jacobi", "ssor", "ic0"} {
			u, err := solveWith(t, &CG{Precond: precond, Omega: 1.2, MaxIterations: 2000}, task)
			if label == "indefinite" && !errors.Is(err, plugins.ErrDiverged) {
				t.Errorf("%s, %s: %v, expected diverged", label, precond, err)
			}
			if err != nil {
				t.Logf("%s, %s: %v", label, precond, err)
				if !explained.MatchString(err.Error()) || (precond == "ic0" && label != "indefinite") {
					t.Errorf("%s, %s: %v, expected a solution, or iterations and residual", label, precond, err)
				}
				continue
			}
			r := make([]float64, n)
			for i := range r {
				r[i] = f[i] - floats.Dot(a[i*n:(i+1)*n], u)
			}
			if e := floats.Norm(r, 2) / floats.Norm(f, 2); !(e <= task.Tolerance) {
				t.Errorf("%s, %s: relative residual %.2g, expected %g", label, precond, e, task.Tolerance)
			}
		}
	}
}

// The biharmonic operator has no incomplete factor without a shift, and a useless one just above the
// least shift that has one.
func TestShiftedFactorIsStable(t *testing.T) {
	const m = 32
	f := make([]float64, m*m)
	seed := random(9)
	seed.fill(f)
	task := sparseTask(biharmonic(m), f)
	task.Tolerance = 1e-8
	iterations := map[string]int{}
	for _, precond := range []string{"none", "ic0"} {
		s := &CG{Precond: precond, MaxIterations: 5000}
		run := plugins.NewTestRun(1, nil)
		if err := s.Prepare(context.Background(), run, task); err != nil {
			t.Fatal(err)
		}
		u := make([]float64, m*m)
		watch := &monitor{ctx: context.Background(), target: s.w.target(0), reference: s.w.reference, diagonal: s.w.diagonal(), most: 5000}
		if err := s.cg.solve(u, s.w.symmetric, watch); err != nil {
			t.Fatal(err)
		}
		iterations[precond] = watch.iteration
	}
	t.Logf("iterations: %v", iterations)
	if 3*iterations["ic0"] > iterations["none"] {
		t.Errorf("iterations %v, expected a third with ic0", iterations)
	}
}

// Residuals whose squares are 0 or infinite would end iterations at once, with zero as the solution.
func TestScale(t *testing.T) {
	for _, scale := range []float64{1e-300, 1e-160, 1e200} {
		task := sparseTask([]float64{scale}, []float64{scale})
		for label, s := range map[string]solver{"cg": &CG{Precond: "ic0", MaxIterations: 10}, "sor": &SOR{Ordering: "auto", MaxIterations: 10}} {
			if u, err := solveWith(t, s, task); !errors.Is(err, plugins.ErrUnsupported) {
				t.Errorf("%s, scale %g: u = %v, %v, expected unsupported", label, scale, u, err)
			}
		}
	}
	u, err := solveWith(t, &CG{Precond: "ic0", MaxIterations: 10}, sparseTask([]float64{2}, []float64{0}))
	if err != nil || u[0] != 0 {
		t.Errorf("zero right-hand side: u = %v, %v, expected 0", u, err)
	}
}
