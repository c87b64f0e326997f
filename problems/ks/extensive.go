package ks

import (
	"context"
	"math"

	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/random"
	"github.com/solverbench/solverbench/problems/reference"
)

// extensiveSeed is the generator's state for seed 0; seed s adds s.
const extensiveSeed = 20240003

func extensive() problems.Problem {
	doc := problems.Doc{
		Summary:  "cost against size: L = 22·2^k, a random smooth initial value of the wave numbers of l22",
		Equation: equationText,
		Domain:   "[0, 22·2^k), periodic; 64·2^k output points",
		Truth:    "Radau IIA Galerkin solution at two resolutions and steps, cached",
		Accuracy: "a hundredth of the tolerance or better, 1e-11 at best; metric truth-accuracy",
		Ladder:   []float64{1e-2, 1e-4, 1e-6, 1e-8},
		Source:   "this project; extensivity of the equation: Manneville (1985), Edson et al., J. Dyn. Diff. Eq. (2019)",
	}
	type params struct {
		K int     `opt:"k,min=1,max=6" doc:"doublings of L = 22"`
		T float64 `opt:"T,min=0.1,max=20" doc:"time of the solution"`
	}
	build := func(ctx context.Context, p params, common problems.Common) (problems.Instance, error) {
		length := 22 * math.Ldexp(1, p.K)
		u0 := randomInitial(extensiveSeed+common.Seed, 3<<p.K, 64<<p.K)
		truth, err := computed(ctx, u0, length, []float64{p.T}, len(u0), common.Tolerance)
		if err != nil {
			return nil, err
		}
		return newInstance(u0, length, truth, common.Tolerance)
	}
	return problems.Define("extensive", doc, "rel-l2", 1e-6, params{K: 1, T: 10}, build)
}

// randomInitial is √(2/M) Σ_{m=1}^{M} cos(2πm(i/n) + φ_m), of mean square 1, on n points. The phases
// φ_m/2π are successive uniforms of the generator with the given state.
func randomInitial(seed uint64, modes, n int) []float64 {
	rng := random.New(seed)
	u := make([]float64, n)
	a := math.Sqrt(2 / float64(modes))
	for m := 1; m <= modes; m++ {
		phase := 2 * math.Pi * rng.Float64()
		for i := range u {
			u[i] += a * math.Cos(2*math.Pi*float64(m*i%n)/float64(n)+phase)
		}
	}
	return u
}

func custom() problems.Problem {
	doc := problems.Doc{
		Summary:  "an initial value of yours: file holds u(x, 0), uniformly sampled on [0, L) from 0",
		Equation: equationText,
		Domain:   "[0, L), periodic; output on the points of truth, or of file where there is none",
		Truth:    "the file truth, u(x, T), taken as exact; without it a Radau IIA Galerkin solution at two resolutions and steps, cached",
		Accuracy: "a hundredth of the tolerance or better, 1e-11 at best, where the harness computes it; metric truth-accuracy",
		Ladder:   []float64{1e-2, 1e-4, 1e-6, 1e-8},
		Source:   "the user",
	}
	type params struct {
		File  string  `opt:"file,path" doc:".npy file of u(x, 0), [n]"`
		L     float64 `opt:"L,min=0.1,max=100000" doc:"period"`
		T     float64 `opt:"T,min=0.001,max=1000" doc:"time of the solution"`
		Truth string  `opt:"truth,path" doc:".npy file of u(x, T), [m]; computed if empty"`
	}
	build := func(ctx context.Context, p params, common problems.Common) (problems.Instance, error) {
		u0, n, err := reference.ReadField("file", p.File, 1)
		if err != nil {
			return nil, err
		}
		if p.Truth == "" {
			truth, err := computed(ctx, u0, p.L, []float64{p.T}, n, common.Tolerance)
			if err != nil {
				return nil, err
			}
			return newInstance(u0, p.L, truth, common.Tolerance)
		}
		u, m, err := reference.ReadField("truth", p.Truth, 1)
		if err != nil {
			return nil, err
		}
		return newInstance(u0, p.L, reference.Given(p.T, u, m), common.Tolerance)
	}
	problem := problems.Define("custom", doc, "rel-l2", 1e-4, params{L: 22, T: 10}, build)
	problem.NeedsFile = true
	return problem
}
