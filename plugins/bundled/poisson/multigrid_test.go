package poisson

import (
	"errors"
	"math"
	"testing"

	"github.com/solverbench/solverbench/plugins"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

// jumpTask is the Dirichlet problem with coefficient 1 and seeded discs where it is √contrast or
// its inverse, harmonic means on the faces.
func jumpTask(n int, contrast float64) *poissonv1.Task {
	task := unitTask(2, n)
	seed := random(11)
	kappa := make([]float64, (n+2)*(n+2))
	for i := range kappa {
		kappa[i] = 1
	}
	for d := range 40 {
		cy, cx, r := seed.float(), seed.float(), 0.02+0.08*seed.float()
		v := math.Sqrt(contrast)
		if d%3 == 0 {
			v = 1 / v
		}
		for y := range n + 2 {
			for x := range n + 2 {
				if math.Hypot(float64(y)/float64(n+1)-cy, float64(x)/float64(n+1)-cx) < r {
					kappa[y*(n+2)+x] = v
				}
			}
		}
	}
	mean := func(a, b float64) float64 { return 2 * a * b / (a + b) }
	fy, fx := make([]float64, (n+1)*n), make([]float64, n*(n+1))
	for i := range n + 1 {
		for j := range n {
			fy[i*n+j] = mean(kappa[i*(n+2)+j+1], kappa[(i+1)*(n+2)+j+1])
			fx[j*(n+1)+i] = mean(kappa[(j+1)*(n+2)+i], kappa[(j+1)*(n+2)+i+1])
		}
	}
	task.Axes[0].FaceCoefficients = commonv1.Float64(fy, n+1, n)
	task.Axes[1].FaceCoefficients = commonv1.Float64(fx, n, n+1)
	// Rounding of u alone leaves a residual of the order of contrast/h² epsilon.
	task.Tolerance = 1e-8
	return task
}

func anisotropicTask(n int, epsilon float64) *poissonv1.Task {
	task := unitTask(2, n)
	task.Axes[0].Coefficient = epsilon
	return task
}

// cyclesOf solves and returns the iterations it took.
func cyclesOf(t *testing.T, s *Multigrid, task *poissonv1.Task) int {
	t.Helper()
	if _, err := solveWith(t, s, task); err != nil {
		t.Fatalf("%s: %v", name(task), err)
	}
	return s.iterations
}

func TestCyclesDoNotGrowWithTheGrid(t *testing.T) {
	for _, c := range []struct {
		smoother, cycle, krylov string
		most                    int
	}{
		{"rbgs", "V", "none", 7}, {"rbgs", "V", "cg", 7}, {"rbgs", "W", "none", 6}, {"rbgs", "F", "none", 6},
		{"jacobi", "V", "none", 15}, {"chebyshev", "V", "none", 15}, {"chebyshev", "V", "cg", 11},
	} {
		var cycles []int
		sizes := []int{63, 127, 255}
		if c.smoother == "rbgs" && c.cycle == "V" && !testing.Short() {
			sizes[2] = 1023
		}
		for _, n := range sizes {
			s := defaultMultigrid()
			s.Smoother, s.Cycle, s.Krylov = c.smoother, c.cycle, c.krylov
			cycles = append(cycles, cyclesOf(t, s, unitTask(2, n)))
		}
		if cycles[0] > c.most || cycles[2] > cycles[0]+1 {
			t.Errorf("%+v: %v cycles, expected at most %d on every grid", c, cycles, c.most)
		}
		t.Logf("%+v: %v cycles", c, cycles)
	}
}

func TestAwkwardSizes(t *testing.T) {
	sizes := []int{64, 100, 127, 200, 321}
	if testing.Short() {
		sizes = sizes[:3]
	}
	for _, n := range sizes {
		s := defaultMultigrid()
		if k := cyclesOf(t, s, unitTask(2, n)); k > 12 {
			t.Errorf("n = %d: %d cycles, expected at most 12", n, k)
		} else {
			t.Logf("n = %d: %d cycles", n, k)
		}
	}
	for _, n := range []int{31, 40} {
		s := defaultMultigrid()
		if k := cyclesOf(t, s, unitTask(3, n)); k > 14 {
			t.Errorf("3-D, n = %d: %d cycles, expected at most 14", n, k)
		} else {
			t.Logf("3-D n = %d: %d cycles", n, k)
		}
	}
}

func TestJumpingCoefficients(t *testing.T) {
	sizes := []int{63, 255, 1023}
	if testing.Short() {
		sizes = []int{63, 127}
	}
	for _, n := range sizes {
		for _, contrast := range []float64{1e2, 1e6} {
			if n == 1023 && contrast < 1e6 {
				continue
			}
			s := defaultMultigrid()
			if k := cyclesOf(t, s, jumpTask(n, contrast)); k > 20 {
				t.Errorf("n = %d, contrast %g: %d iterations, expected at most 20", n, contrast, k)
			} else {
				t.Logf("n = %d, contrast %g: %d iterations", n, contrast, k)
			}
		}
	}
}

func TestAnisotropy(t *testing.T) {
	sizes := []int{127, 511}
	if testing.Short() {
		sizes = []int{63, 127}
	}
	for _, n := range sizes {
		for _, epsilon := range []float64{1e-1, 1e-2, 1e-3, 1e-4} {
			for _, krylov := range []string{"none", "cg"} {
				s := defaultMultigrid()
				s.Krylov = krylov
				if k := cyclesOf(t, s, anisotropicTask(n, epsilon)); k > 12 {
					t.Errorf("n = %d, ε = %g, krylov %s: %d cycles, expected at most 12", n, epsilon, krylov, k)
				} else {
					t.Logf("n = %d, ε = %g, krylov %s: %d cycles", n, epsilon, krylov, k)
				}
			}
		}
	}
}

// Rotated anisotropy is beyond point smoothers and coarsening along axes; conjugate gradients
// make up for it.
func TestRotatedAnisotropy(t *testing.T) {
	for _, epsilon := range []float64{1e-1, 1e-2, 1e-3} {
		task := unitTask(2, 127)
		sin, cos := math.Sincos(math.Pi / 6)
		task.Axes[1].Coefficient = cos*cos + epsilon*sin*sin
		task.Axes[0].Coefficient = sin*sin + epsilon*cos*cos
		task.CrossCoefficient = (1 - epsilon) * sin * cos
		k := cyclesOf(t, defaultMultigrid(), task)
		t.Logf("ε = %g at 30°: %d iterations", epsilon, k)
		if k > 60 {
			t.Errorf("ε = %g at 30°: %d iterations, expected at most 60", epsilon, k)
		}
	}
}

func TestMultigridRefuses(t *testing.T) {
	if _, err := solveWith(t, defaultMultigrid(), matrixTask(random(1), 20)); !errors.Is(err, plugins.ErrUnsupported) {
		t.Errorf("a sparse matrix: %v, expected unsupported", err)
	}
}

// matrixTask makes a sparse random symmetric matrix, positive definite by its diagonal.
func matrixTask(seed random, n int) *poissonv1.Task {
	dense := make([]float64, n*n)
	for i := range n {
		for range 3 {
			if j := int(seed.float() * float64(n)); j != i {
				v := 2*seed.float() - 1
				dense[i*n+j], dense[j*n+i] = v, v
			}
		}
	}
	for i := range n {
		sum := 0.0
		for j := range n {
			if j != i {
				sum += math.Abs(dense[i*n+j])
			}
		}
		dense[i*n+i] = sum + 0.01 + seed.float()
	}
	f := make([]float64, n)
	seed.fill(f)
	return sparseTask(dense, f)
}

// sparseTask makes the task of a matrix given densely.
func sparseTask(dense, f []float64) *poissonv1.Task {
	n := len(f)
	rows := []int64{0}
	var columns []int32
	var values []float64
	for i := range n {
		for j := range n {
			if v := dense[i*n+j]; v != 0 {
				columns, values = append(columns, int32(j)), append(values, v)
			}
		}
		rows = append(rows, int64(len(columns)))
	}
	return &poissonv1.Task{
		Kind: poissonv1.Kind_KIND_MATRIX, Tolerance: 1e-12, Rhs: commonv1.Float64(f, n),
		Matrix: &poissonv1.CsrMatrix{
			RowPointers: commonv1.Int64(rows, n+1), Columns: commonv1.Int32(columns, len(columns)), Values: commonv1.Float64(values, len(values)),
		},
	}
}
