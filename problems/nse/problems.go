package nse

import (
	"context"
	"embed"
	"fmt"
	"math"

	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/reference"
)

//go:embed truth/*.truth
var truths embed.FS

const (
	equationText = "ω_t + (u+U)·∇ω = νΔω − μω + f, u = (ψ_y, −ψ_x), −Δψ = ω"
	computedText = "else a Galerkin solution by DOP853 at two resolutions and tolerances, cached"
	// points a side of the standard cases' output grids, and of their initial values where those are band-limited.
	points = 64
)

// Seeds are the generator's states for seed 0; seed s adds s.
const (
	forcingSeed = 20240001
	decaySeed   = 20240002
)

// Family returns the two-dimensional Navier–Stokes problems.
func Family() problems.Family {
	return problems.Family{
		Name:   "nse",
		Title:  "incompressible Navier–Stokes equations, two periodic dimensions",
		Schema: "solverbench.nse.v1.Task",
		RankBy: "time",
		Problems: []problems.Problem{
			taylorGreen(), shearLayer(), kolmogorov(), fnoForcing(), decay(), custom(),
		},
		Solution:  solution,
		Arrays:    arrays,
		MainArray: mainArray,
	}
}

func taylorGreen() problems.Problem {
	doc := problems.Doc{
		Summary:  "decaying vortices carried by a mean flow: ω0 = 4 cos 2x cos 2y",
		Equation: equationText + "; μ = 0, f = 0",
		Domain:   "[0, 2π)², periodic; 64² output points",
		Truth:    "exact: ω = 4 cos 2(x − Ut) cos 2(y − Vt) e^{−8νt}",
		Accuracy: "rounding",
		Ladder:   []float64{1e-4, 1e-6, 1e-8, 1e-10, 1e-12},
		Source:   "Taylor & Green, Proc. R. Soc. A 158 (1937)",
	}
	type params struct {
		Nu float64 `opt:"nu,min=1e-6,max=1" doc:"viscosity ν"`
		U  float64 `opt:"U,min=-10,max=10" doc:"mean flow in x"`
		V  float64 `opt:"V,min=-10,max=10" doc:"mean flow in y"`
		T  float64 `opt:"T,min=0.01,max=10" doc:"time of the solution"`
	}
	build := func(_ context.Context, p params, common problems.Common) (problems.Instance, error) {
		at := func(t float64) []float64 {
			return onGrid(points, 2*math.Pi, func(x, y float64) float64 {
				return 4 * math.Cos(2*(x-p.U*t)) * math.Cos(2*(y-p.V*t)) * math.Exp(-8*p.Nu*t)
			})
		}
		f := flow{Length: 2 * math.Pi, Viscosity: p.Nu, U: p.U, V: p.V, Vorticity: at(0)}
		truth := &reference.Trajectory{Times: []float64{p.T}, Shape: []int{points, points}, Accuracy: []float64{0},
			Method: "exact", Fields: [][]float64{at(p.T)}}
		return newInstance(f, truth, common.Tolerance)
	}
	return problems.Define("taylor-green", doc, "rel-l2", 1e-6, params{Nu: 0.01, U: 1, V: 0.5, T: 1}, build)
}

func shearLayer() problems.Problem {
	doc := problems.Doc{
		Summary:  "thin double shear layer rolling up: ω0 = 2πδ cos 2πx − ρ cos q sech²(ρ/2π sin q), q = 2π(y − ¼), ρ = 30, δ = 0.05",
		Equation: equationText + "; ν = 2e-4, μ = 0, U = 0, f = 0",
		Domain:   "[0, 1)², periodic; 64² output points; the initial value is given on 256² points",
		Truth:    "embedded for T = 0.5, 1 (IF-RK4 with 768² points); " + computedText,
		Accuracy: "relative L2 4e-11 and 4e-8 at T = 0.5 and 1",
		Ladder:   []float64{1e-2, 1e-3, 1e-4, 1e-6},
		Source:   "Bell, Colella & Glaz, J. Comput. Phys. 85 (1989), in its periodic form",
	}
	type params struct {
		T float64 `opt:"T,min=0.01,max=1" doc:"time of the solution; time 0.5 before it is asked for as well"`
	}
	build := func(ctx context.Context, p params, common problems.Common) (problems.Instance, error) {
		const rho, delta = 30, 0.05
		f := flow{Length: 1, Viscosity: 2e-4, Vorticity: onGrid(256, 1, func(x, y float64) float64 {
			q := 2 * math.Pi * (y - 0.25)
			sech := 1 / math.Cosh(rho/(2*math.Pi)*math.Sin(q))
			return 2*math.Pi*delta*math.Cos(2*math.Pi*x) - rho*math.Cos(q)*sech*sech
		})}
		return standard(ctx, "shear-layer", f, reference.Times(p.T, 0.5, 1), true, common.Tolerance)
	}
	return problems.Define("shear-layer", doc, "rel-l2", 1e-4, params{T: 0.5}, build)
}

func kolmogorov() problems.Problem {
	doc := problems.Doc{
		Summary:  "forced flow with drag: f = −4 cos 4y, ω0 = sin(x+.3)cos 2y + .7cos(3x−y+.5) + .5 sin(2x+3y+1.1) + .4cos(5y−x)",
		Equation: equationText + "; ν = 1/40, μ = 0.1, U = 0",
		Domain:   "[0, 2π)², periodic; 64² output points",
		Truth:    "embedded for T = 1, 2, 3, 4, 5 (IF-RK4 with 512² points); " + computedText,
		Accuracy: "relative L2 3e-13 at T = 1, 4e-11 at T = 5",
		Ladder:   []float64{1e-2, 1e-4, 1e-6, 1e-8},
		Source:   "flow: Kochkov et al., PNAS 118 (2021); initial value: this project",
	}
	type params struct {
		T float64 `opt:"T,min=0.01,max=5" doc:"time of the solution; whole times before it are asked for as well"`
	}
	build := func(ctx context.Context, p params, common problems.Common) (problems.Instance, error) {
		f := flow{Length: 2 * math.Pi, Viscosity: 1. / 40, Drag: 0.1}
		f.Vorticity = onGrid(points, f.Length, func(x, y float64) float64 {
			return math.Sin(x+0.3)*math.Cos(2*y) + 0.7*math.Cos(3*x-y+0.5) + 0.5*math.Sin(2*x+3*y+1.1) + 0.4*math.Cos(5*y-x)
		})
		f.Forcing = onGrid(points, f.Length, func(_, y float64) float64 { return -4 * math.Cos(4*y) })
		return standard(ctx, "kolmogorov", f, reference.Times(p.T, 1, 2, 3, 4, 5), true, common.Tolerance)
	}
	return problems.Define("kolmogorov", doc, "rel-l2", 1e-6, params{T: 1}, build)
}

func fnoForcing() problems.Problem {
	doc := problems.Doc{
		Summary:  "the forced flow of the neural-operator papers: f = 0.1(sin 2π(x+y) + cos 2π(x+y)), ω0 a Gaussian field of 12 wave numbers",
		Equation: equationText + "; μ = 0, U = 0",
		Domain:   "[0, 1)², periodic; 64² output points",
		Truth:    "embedded for seed 0, ν = 1e-3, T = 5, 10, 15, 20 (IF-RK4 with 256² points); " + computedText,
		Accuracy: "relative L2 7e-12 where embedded; else a hundredth of the tolerance or better; metric truth-accuracy",
		Ladder:   []float64{1e-2, 1e-4, 1e-6, 1e-8},
		Source:   "Li et al., Fourier Neural Operator, ICLR 2021",
	}
	type params struct {
		Nu float64 `opt:"nu,min=1e-5,max=1e-2" doc:"viscosity ν; the papers use 1e-3, 1e-4 and 1e-5"`
		T  float64 `opt:"T,min=0.1,max=20" doc:"time of the solution; times 5, 10 and 15 before it are asked for as well"`
	}
	build := func(ctx context.Context, p params, common problems.Common) (problems.Instance, error) {
		f := flow{Length: 1, Viscosity: p.Nu}
		f.Vorticity = seededField(forcingSeed+common.Seed, 12, points, gaussianAmplitude)
		f.Forcing = onGrid(points, 1, func(x, y float64) float64 {
			return 0.1 * (math.Sin(2*math.Pi*(x+y)) + math.Cos(2*math.Pi*(x+y)))
		})
		embedded := p.Nu == 1e-3 && common.Seed == 0
		return standard(ctx, "fno-forcing", f, reference.Times(p.T, 5, 10, 15, 20), embedded, common.Tolerance)
	}
	return problems.Define("fno-forcing", doc, "rel-l2", 1e-6, params{Nu: 1e-3, T: 5}, build)
}

func decay() problems.Problem {
	doc := problems.Doc{
		Summary:  "decaying turbulence from a random field of 24 wave numbers whose energy peaks near 6",
		Equation: equationText + "; ν = 1e-3, μ = 0, U = 0, f = 0",
		Domain:   "[0, 2π)², periodic; 64² output points, which do not resolve the flow",
		Truth:    "embedded for seed 0, T = 2, 4 (IF-RK4 with 1024² points); " + computedText + " (minutes)",
		Accuracy: "relative L2 2e-7 and 1e-7 at T = 2 and 4",
		Ladder:   []float64{1e-2, 1e-3, 1e-4, 1e-5},
		Source:   "spectrum after McWilliams, J. Fluid Mech. 146 (1984)",
	}
	type params struct {
		T float64 `opt:"T,min=0.01,max=4" doc:"time of the solution; time 2 before it is asked for as well"`
	}
	build := func(ctx context.Context, p params, common problems.Common) (problems.Instance, error) {
		f := flow{Length: 2 * math.Pi, Viscosity: 1e-3, Vorticity: seededField(decaySeed+common.Seed, 24, points, decayAmplitude)}
		return standard(ctx, "decay", f, reference.Times(p.T, 2, 4), common.Seed == 0, common.Tolerance)
	}
	return problems.Define("decay", doc, "rel-l2", 1e-4, params{T: 2}, build)
}

// standard makes an instance with the embedded truth of that name, if embedded says that it is of
// this flow and it holds the times, and a computed one otherwise.
func standard(ctx context.Context, name string, f flow, times []float64, embedded bool, tolerance float64) (problems.Instance, error) {
	if embedded {
		all, err := embeddedTruth(name)
		if err != nil {
			return nil, err
		}
		if truth, ok := all.At(times); ok {
			return newInstance(f, truth, tolerance)
		}
	}
	truth, err := computed(ctx, f, times, points, tolerance)
	if err != nil {
		return nil, err
	}
	return newInstance(f, truth, tolerance)
}

func embeddedTruth(name string) (*reference.Trajectory, error) {
	b, err := truths.ReadFile("truth/" + name + ".truth")
	if err != nil {
		return nil, err
	}
	t, err := reference.Decode(b)
	if err != nil {
		return nil, fmt.Errorf("embedded truth %s: %w", name, err)
	}
	return t, nil
}

// computed returns the harness's own reference solution, from the cache if it is there.
func computed(ctx context.Context, f flow, times []float64, points int, tolerance float64) (*reference.Trajectory, error) {
	target := reference.Target(tolerance, 1e-11)
	key := struct {
		Version int
		Flow    flow
		Times   []float64
		Points  int
		Target  float64
	}{1, f, times, points, target}
	return reference.Cached(ctx, "nse", key, func(ctx context.Context) (*reference.Trajectory, error) {
		return compute(ctx, f, times, points, target)
	})
}
