package poisson

import (
	"fmt"
	"math"
	"testing"

	"google.golang.org/protobuf/proto"

	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
	"github.com/solverbench/solverbench/problems/random"
)

// TestSeededRightHandSide makes f from its definition, term by term.
func TestSeededRightHandSide(t *testing.T) {
	for _, problem := range []string{"unit-2d", "unit-3d", "jump", "anisotropic"} {
		in := build(t, problem, map[string]string{"n": "9", "seed": "5"})
		d := len(in.shape)
		rng := random.New(5)
		c := make([]float64, 1<<(2*d))
		for i := range c {
			c[i] = 2*rng.Float64() - 1
		}
		want := make([]float64, in.Size())
		for p := range want {
			for m, v := range c {
				for a, i := range in.index(p) {
					k := m >> (2 * (d - 1 - a)) & 3
					v *= math.Sin(float64(k+1) * math.Pi * float64(i+1) / 10)
				}
				want[p] += v
			}
			want[p] += 2*rng.Float64() - 1
		}
		f, err := in.task.Rhs.Float64s()
		if err != nil {
			t.Fatal(err)
		}
		if e := relativeL2(t, f, want); e > 1e-14 {
			t.Errorf("%s: f is off by %.2g", problem, e)
		}
	}
}

func TestSeeds(t *testing.T) {
	for _, problem := range []string{"unit-2d", "unit-3d", "jump", "anisotropic"} {
		params := func(seed string) map[string]string { return map[string]string{"n": "15", "seed": seed} }
		a, b, c := build(t, problem, params("3")), build(t, problem, params("3")), build(t, problem, params("4"))
		if !proto.Equal(a.task, b.task) {
			t.Errorf("%s: one seed makes two tasks", problem)
		}
		if proto.Equal(a.task, c.task) {
			t.Errorf("%s: two seeds make one task", problem)
		}
	}
}

// TestJump compares the face coefficients with harmonic means of κ between neighbouring vertices, κ found
// disc by disc.
func TestJump(t *testing.T) {
	const n, count, contrast, seed = 40, 12, 3, 9
	in := build(t, "jump", map[string]string{"n": "40", "inclusions": "12", "contrast": "3", "seed": "9"})
	rng := random.New(seed + 1)
	var circles [count][3]float64
	for i := range circles {
		circles[i] = [3]float64{rng.Float64(), rng.Float64(), 0.03 + 0.09*rng.Float64()}
	}
	kappa := func(j, i int) float64 { // vertices from the boundary, 0 … n+1
		for _, c := range circles {
			if math.Hypot(float64(i)/(n+1)-c[0], float64(j)/(n+1)-c[1]) < c[2] {
				return 1000
			}
		}
		return 1
	}
	y, err := in.task.Axes[0].FaceCoefficients.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	x, err := in.task.Axes[1].FaceCoefficients.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[float64]int{}
	check := func(what string, got, a, b float64) {
		want := 2 / (1/a + 1/b)
		if math.Abs(got/want-1) > 1e-14 {
			t.Fatalf("%s has %g, want %g between κ = %g and %g", what, got, want, a, b)
		}
		seen[math.Round(want)]++
	}
	for j := range n + 1 {
		for i := range n {
			check(fmt.Sprintf("face y (%d, %d)", j, i), y[j*n+i], kappa(j, i+1), kappa(j+1, i+1))
			check(fmt.Sprintf("face x (%d, %d)", i, j), x[i*(n+1)+j], kappa(i+1, j), kappa(i+1, j+1))
		}
	}
	if len(seen) != 3 || seen[2] == 0 || seen[1000] == 0 {
		t.Errorf("faces have coefficients %v, want 1, 2 and 1000", seen)
	}
}

// TestAnisotropic compares with K = R diag(1, ε) Rᵀ multiplied out.
func TestAnisotropic(t *testing.T) {
	for _, theta := range []float64{0, 30, -45, 90, -90} {
		in := build(t, "anisotropic", map[string]string{"epsilon": "0.01", "theta": fmt.Sprint(theta)})
		s, c := math.Sincos(theta * math.Pi / 180)
		r := [2][2]float64{{c, -s}, {s, c}}
		var k [2][2]float64
		for i := range 2 {
			for j := range 2 {
				k[i][j] = r[i][0]*r[j][0] + 0.01*r[i][1]*r[j][1]
			}
		}
		task := in.task
		for _, pair := range [][2]float64{
			{task.Axes[1].Coefficient, k[0][0]}, {task.Axes[0].Coefficient, k[1][1]}, {task.CrossCoefficient, k[0][1]},
		} {
			if math.Abs(pair[0]-pair[1]) > 1e-15 {
				t.Errorf("θ = %g: coefficient %g, want %g", theta, pair[0], pair[1])
			}
		}
		if aligned := math.Mod(theta, 90) == 0; aligned != (task.CrossCoefficient == 0) {
			t.Errorf("θ = %g: cross coefficient %g", theta, task.CrossCoefficient)
		}
	}
}

// TestAttainableResidual: the documented floors are what rounding the solution leaves, so every ladder and default
// tolerance above them can be met.
func TestAttainableResidual(t *testing.T) {
	for _, c := range []struct {
		problem string
		n       int
		params  map[string]string
		floor   float64 // over n²
	}{
		{"unit-2d", 127, nil, 3.6e-18},
		{"unit-2d", 255, nil, 3.6e-18},
		{"unit-3d", 31, nil, 2.5e-18},
		{"anisotropic", 127, map[string]string{"epsilon": "1e-2"}, 6e-18},
		{"anisotropic", 127, map[string]string{"epsilon": "1e-6"}, 6e-18},
	} {
		params := map[string]string{"n": fmt.Sprint(c.n)}
		for k, v := range c.params {
			params[k] = v
		}
		in := build(t, c.problem, params)
		e, v := evaluate(t, in, roundedSolution(t, in))
		floor := c.floor * float64(c.n*c.n)
		if q := v[relResidual] / floor; q < 0.8 || q > 1.2 {
			t.Errorf("%s, n = %d: relative residual %.3g at best, documented %.3g", c.problem, c.n, v[relResidual], floor)
		}
		if e.Verdict != "solved" {
			t.Errorf("%s, n = %d: %s", c.problem, c.n, e.Reason)
		}
	}
}

// TestJumpAttainable is TestAttainableResidual for variable coefficients: solved by conjugate gradients and
// refined.
func TestJumpAttainable(t *testing.T) {
	for _, contrast := range []float64{2, 4} {
		const n = 63
		in := build(t, "jump", map[string]string{"n": "63", "contrast": fmt.Sprint(contrast)})
		f, err := in.task.Rhs.Float64s()
		if err != nil {
			t.Fatal(err)
		}
		u := make([]float64, in.Size())
		for range 4 {
			r, err := residual(in.task, u)
			if err != nil {
				t.Fatal(err)
			}
			correction := &instance{shape: in.shape, task: proto.Clone(in.task).(*poissonv1.Task)}
			correction.task.Rhs = commonv1.Float64(r, in.shape...)
			for p, v := range differences(t, correction, 1e-4) {
				u[p] += v
			}
		}
		_, v := evaluate(t, in, u)
		floor := 7e-19 * math.Pow(10, contrast) * n * n
		if q := v[relResidual] / floor; q < 0.3 || q > 3 {
			t.Errorf("contrast %g: relative residual %.3g at best, documented %.3g; f has %d values", contrast, v[relResidual], floor, len(f))
		}
	}
}

func BenchmarkBuild(b *testing.B) {
	for _, c := range [][2]string{{"unit-2d", "2047"}, {"unit-3d", "127"}, {"jump", "2047"}, {"manufactured-2d", "2047"}, {"high-frequency", "4095"}} {
		b.Run(c[0]+"/n="+c[1], func(b *testing.B) {
			for b.Loop() {
				build(b, c[0], map[string]string{"n": c[1]})
			}
		})
	}
}
