package poisson

import (
	"context"
	"math"

	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/random"
)

// Discrete problems ask for the solution of the second-order difference equations themselves. Their
// right-hand side is smooth + rough: Σ c_k Π sin(k_a π x_a) over k_a = 1 … 4 with c_k uniform in (−1, 1), plus
// noise uniform in (−1, 1) at each unknown; draws in C order, coefficients first. Variation k has its own noise and
// signs of the c_k, drawn before it: as the sines are orthogonal, f and u are as large and as rough as they were.

const discreteTruth = "the linear system itself: the residual is computed by the harness's own operator"

// seededRHS is the right-hand side of the instance for variation 0.
func seededRHS(axes []axis, seed uint64, variation int) []float64 {
	const modes = 4
	rng := random.New(seed)
	shape := shapeOf(axes)
	last := len(axes) - 1
	coefficients := make([]float64, 1)
	sines := make([][modes][]float64, len(axes))
	for a := range axes {
		coefficients = append(coefficients[:0], make([]float64, modes*len(coefficients))...)
		x := axes[a].points()
		for k := range modes {
			s := make([]float64, len(x))
			for i := range x {
				s[i] = math.Sin(float64(k+1) * math.Pi * x[i])
			}
			sines[a][k] = s
		}
	}
	for i := range coefficients {
		coefficients[i] = rng.Uniform(-1, 1)
	}
	if variation > 0 {
		rng = random.New(seed, uint64(variation))
		for i := range coefficients {
			coefficients[i] *= sign(rng)
		}
	}
	f := make([]float64, product(shape))
	sum := make([]float64, len(coefficients))
	rows(shape, func(begin, end int, index []int) {
		// Sum over the modes of all axes but the last, slowest first: what is left are the row's own.
		rest := sum[:copy(sum, coefficients)]
		for a, i := range index {
			n := len(rest) / modes
			for j := range n {
				rest[j] *= sines[a][0][i]
				for k := 1; k < modes; k++ {
					rest[j] += sines[a][k][i] * rest[k*n+j]
				}
			}
			rest = rest[:n]
		}
		row := f[begin:end]
		s := &sines[last]
		s0, s1, s2, s3 := s[0][:len(row)], s[1][:len(row)], s[2][:len(row)], s[3][:len(row)]
		for i := range row {
			row[i] = rest[0]*s0[i] + rest[1]*s1[i] + rest[2]*s2[i] + rest[3]*s3[i] + rng.Uniform(-1, 1)
		}
	})
	return f
}

// discrete makes the instance of constant coefficients 1; others are set in its task.
func discrete(axes []axis, c problems.Common) *instance {
	in := &instance{shape: shapeOf(axes), task: &poissonv1.Task{
		Kind: poissonv1.Kind_KIND_DISCRETE, Tolerance: c.Tolerance, Rhs: commonv1.Float64(seededRHS(axes, c.Seed, 0), shapeOf(axes)...),
	}}
	for _, a := range axes {
		in.task.Axes = append(in.task.Axes, a.message())
	}
	in.vary = func(k int) (*instance, error) { return in.withRHS(seededRHS(axes, c.Seed, k)), nil }
	return in
}

type unit2D struct {
	N int `opt:"n,min=3,max=16383" doc:"unknowns along each side; 2^k−1 suits multigrid"`
}

type unit3D struct {
	N int `opt:"n,min=3,max=1023" doc:"unknowns along each side; 2^k−1 suits multigrid"`
}

func unit(d int) func(context.Context, int, problems.Common) (problems.Instance, error) {
	return func(_ context.Context, n int, c problems.Common) (problems.Instance, error) {
		return discrete(unitAxes(d, n), c), nil
	}
}

var residualLadder = []float64{1e-4, 1e-6, 1e-8, 1e-10, 1e-12}

func unit2DProblem() problems.Problem {
	return problems.Define("unit-2d", problems.Doc{
		Summary:  "the 5-point Laplacian on the unit square",
		Equation: "−Δ_h u = f, (4u_ij − u_i±1,j − u_i,j±1)/h² = f_ij, h = 1/(n+1)",
		Domain:   "unit square, u = 0 on the boundary; f seeded, smooth plus rough",
		Truth:    discreteTruth,
		Accuracy: "rounding of u to float64 leaves a relative residual of 3.6e-18·n²: 4e-12 at n = 1023, 1.5e-11 at 2047, 6e-11 at 4095; " +
			"from n ≈ 5000 nobody meets the default tolerance, so raise tol there",
		Ladder: residualLadder,
		Source: "the standard model problem, e.g. Briggs, Henson & McCormick 2000",
	}, relResidual, 1e-10, unit2D{N: 127}, func(ctx context.Context, p unit2D, c problems.Common) (problems.Instance, error) {
		return unit(2)(ctx, p.N, c)
	})
}

func unit3DProblem() problems.Problem {
	return problems.Define("unit-3d", problems.Doc{
		Summary:  "the 7-point Laplacian on the unit cube",
		Equation: "−Δ_h u = f, 7-point, h = 1/(n+1)",
		Domain:   "unit cube, u = 0 on the boundary; f seeded, smooth plus rough",
		Truth:    discreteTruth,
		Accuracy: "rounding of u to float64 leaves a relative residual of 2.5e-18·n²: 4e-14 at n = 127",
		Ladder:   residualLadder,
		Source:   "the standard model problem",
	}, relResidual, 1e-10, unit3D{N: 31}, func(ctx context.Context, p unit3D, c problems.Common) (problems.Instance, error) {
		return unit(3)(ctx, p.N, c)
	})
}

type jump struct {
	N          int     `opt:"n,min=7,max=4095" doc:"unknowns along each side"`
	Contrast   float64 `opt:"contrast,min=0,max=8" doc:"κ = 10^contrast in the inclusions, 1 elsewhere"`
	Inclusions int     `opt:"inclusions,min=0,max=1000" doc:"seeded discs, of radius 0.03 to 0.12"`
}

func jumpProblem() problems.Problem {
	return problems.Define("jump", problems.Doc{
		Summary:  "a diffusion coefficient that jumps by orders of magnitude across seeded discs",
		Equation: "−∇·(κ∇u) = f by the 5-point stencil with harmonic means of κ on the faces",
		Domain:   "unit square, u = 0 on the boundary; κ at the vertices, 10^contrast inside the discs",
		Truth:    discreteTruth,
		Accuracy: "rounding of u to float64 leaves a relative residual of about 7e-19·10^contrast·n² with 20 discs: 1e-10 at contrast 4 and n = 127, " +
			"5e-8 at contrast 6 and n = 255; tolerances below that cannot be met by anybody",
		Ladder: []float64{1e-2, 1e-4, 1e-6, 1e-8},
		Source: "Alcouffe, Brandt, Dendy & Painter 1981",
	}, relResidual, 1e-6, jump{N: 127, Contrast: 4, Inclusions: 20}, buildJump)
}

func buildJump(_ context.Context, p jump, c problems.Common) (problems.Instance, error) {
	n := p.N
	m := n + 2                                                          // vertices with the boundary
	kappa := discs(m, p.Inclusions, math.Pow(10, p.Contrast), c.Seed+1) // apart from the right-hand side's numbers
	harmonic := func(a, b float64) float64 { return 2 * a * b / (a + b) }
	faceY, faceX := make([]float64, (n+1)*n), make([]float64, n*(n+1))
	for j := range n + 1 {
		below, above := kappa[j*m+1:][:n], kappa[(j+1)*m+1:][:n]
		for i := range n {
			faceY[j*n+i] = harmonic(below[i], above[i])
		}
	}
	for j := range n {
		row := kappa[(j+1)*m:][:m]
		for i := range n + 1 {
			faceX[j*(n+1)+i] = harmonic(row[i], row[i+1])
		}
	}
	in := discrete(unitAxes(2, n), c)
	in.task.Axes[0].FaceCoefficients = commonv1.Float64(faceY, n+1, n)
	in.task.Axes[1].FaceCoefficients = commonv1.Float64(faceX, n, n+1)
	return in, nil
}

// discs returns a field on the m×m vertices of the unit square, its sides included, that is high inside seeded
// discs and 1 elsewhere. Drawn for each disc: x and y of its centre in [0, 1), its radius in [0.03, 0.12).
func discs(m, count int, high float64, seed uint64) []float64 {
	rng := random.New(seed)
	field := make([]float64, m*m)
	for p := range field {
		field[p] = 1
	}
	h := 1 / float64(m-1)
	reach := func(centre, r float64) (first, last int) { // all vertices that may be inside, and a few more
		return max(0, int((centre-r)/h)-1), min(m-1, int((centre+r)/h)+1)
	}
	for range count {
		x, y := rng.Float64(), rng.Float64()
		r := rng.Uniform(0.03, 0.12)
		firstX, lastX := reach(x, r)
		firstY, lastY := reach(y, r)
		for j := firstY; j <= lastY; j++ {
			for i := firstX; i <= lastX; i++ {
				dx, dy := float64(i)*h-x, float64(j)*h-y
				if dx*dx+dy*dy < r*r {
					field[j*m+i] = high
				}
			}
		}
	}
	return field
}

type anisotropic struct {
	N       int     `opt:"n,min=3,max=8191" doc:"unknowns along each side"`
	Epsilon float64 `opt:"epsilon,min=1e-8,max=1" doc:"ratio of the weak to the strong diffusion"`
	Theta   float64 `opt:"theta,min=-90,max=90" doc:"angle in degrees by which the strong direction is turned from x"`
}

func anisotropicProblem() problems.Problem {
	return problems.Define("anisotropic", problems.Doc{
		Summary:  "strong diffusion in one direction, weak across it",
		Equation: "−∇·(K∇u) = f, K = R(θ) diag(1, ε) R(θ)ᵀ; 5-point, and 9-point with the cross derivative if θ ≠ 0",
		Domain:   "unit square, u = 0 on the boundary; f seeded, smooth plus rough",
		Truth:    discreteTruth,
		Accuracy: "rounding of u to float64 leaves a relative residual of 6e-18·n², whatever ε",
		Ladder:   residualLadder,
		Source:   "Trottenberg, Oosterlee & Schüller 2001, ch. 5",
	}, relResidual, 1e-8, anisotropic{N: 127, Epsilon: 1e-2}, func(_ context.Context, p anisotropic, c problems.Common) (problems.Instance, error) {
		in := discrete(unitAxes(2, p.N), c)
		sin, cos := math.Sincos(p.Theta * math.Pi / 180)
		if math.Abs(p.Theta) == 90 { // along y exactly: no cross derivative
			sin, cos = 1, 0
		}
		in.task.Axes[1].Coefficient = cos*cos + p.Epsilon*sin*sin // x
		in.task.Axes[0].Coefficient = sin*sin + p.Epsilon*cos*cos // y
		in.task.CrossCoefficient = (1 - p.Epsilon) * sin * cos
		return in, nil
	})
}
