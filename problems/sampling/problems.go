package sampling

import (
	"context"
	"fmt"
	"math"

	"github.com/solverbench/solverbench/metrics"
	"github.com/solverbench/solverbench/plugins/option"
	"github.com/solverbench/solverbench/problems"
)

// set are the parameters of problems whose starting points are drawn.
type set struct {
	Batch int `opt:"batch,min=32,max=65536" doc:"samples to make"`
	NFE   int `opt:"nfe,min=0,max=100000" doc:"evaluations allowed; 0 for no limit"`
}

func (p set) settings(c problems.Common) settings {
	return settings{Common: c, primary: momentError, budget: p.NFE}
}

const (
	odeText = "dy/dλ = −e^−λ ε(x, t), y = x/α, λ = ln(α/σ), from x_T = σ_T z, z seeded standard normal; VP-linear schedule, β = 0.1 … 20, " +
		"t = 1 … 0.001; the oracle ε(x, t) = −σ_t ∇ ln p_t(x) is exact"
	truthText = "law: exact moments and exact draws of p_t at t = 0.001; points: the probability flow of the same x_T, "
)

type ring struct {
	Modes  int     `opt:"modes,min=1,max=256" doc:"components, evenly spaced on a circle, weights proportional to 1, 2, …"`
	Radius float64 `opt:"radius,min=0,max=100" doc:"radius of the circle"`
	SD     float64 `opt:"sd,min=1e-3,max=100" doc:"standard deviation of a component"`
	set
}

func defaultRing() ring { return ring{Modes: 8, Radius: 4, SD: 0.3, set: set{Batch: 4096}} }

func ringProblem() problems.Problem {
	doc := problems.Doc{
		Summary:  "Gaussian mixture on a ring in the plane, with unequal weights",
		Equation: odeText,
		Domain:   "the plane: p_0 = Σ w_k N(R(cos θ_k, sin θ_k), sd² I), θ_k = 2πk/K, w_k ∝ k + 1, k = 0 … K−1",
		Truth:    truthText + "by Gragg–Bulirsch–Stoer extrapolation at tolerance 1e-12 (closed form for one mode)",
		Accuracy: "flow: 1e-11, and compared with tolerance 1e-10 in the metric truth-accuracy; moments: rounding",
		Ladder:   []float64{1e-2, 1e-3, 1e-4, 1e-5, 1e-6},
		Source:   "mixtures as a test of samplers with a known score: Song et al. 2021; Karras et al. 2022",
	}
	return problems.Define("mixture-ring", doc, momentError, 1.5e-3, defaultRing(),
		func(ctx context.Context, p ring, c problems.Common) (problems.Instance, error) {
			s := standardSchedule()
			return newInstance(ctx, p.mixture(), s, drawStart(c.Seed, s, p.Batch, 2), nil, p.settings(c))
		})
}

func (p ring) mixture() *mixture {
	k := float64(p.Modes)
	var w, mu, v []float64
	for i := range p.Modes {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / k)
		w = append(w, float64(i+1)/(k*(k+1)/2))
		mu = append(mu, p.Radius*cos, p.Radius*sin)
		v = append(v, p.SD*p.SD, p.SD*p.SD)
	}
	return newMixture(w, mu, v)
}

type random struct {
	Dim        int     `opt:"dim,min=2,max=64" doc:"dimensions"`
	Components int     `opt:"components,min=1,max=256" doc:"components"`
	Spread     float64 `opt:"spread,min=0,max=100" doc:"standard deviation of the means"`
	set
}

func defaultRandom() random {
	return random{Dim: 8, Components: 10, Spread: 2, set: set{Batch: 2048}}
}

func randomProblem() problems.Problem {
	doc := problems.Doc{
		Summary:  "Gaussian mixture with seeded weights, means and diagonal covariances in 2 to 64 dimensions",
		Equation: odeText,
		Domain: "d dimensions; from the seed, for each component: w ∝ ½ + u, then d means spread·z, then d variances 10^(u−1) " +
			"(SplitMix64, Box–Muller; u uniform, z normal)",
		Truth:    truthText + "by Gragg–Bulirsch–Stoer extrapolation at tolerance 1e-12, kept in the user's cache",
		Accuracy: "flow: 1e-11, and compared with tolerance 1e-10 in the metric truth-accuracy; moments: rounding",
		Ladder:   []float64{1e-2, 1e-3, 1e-4, 1e-5, 1e-6},
		Source:   "mixtures as a test of samplers with a known score: Song et al. 2021; Karras et al. 2022",
	}
	return problems.Define("mixture-random", doc, momentError, 4e-3, defaultRandom(),
		func(ctx context.Context, p random, c problems.Common) (problems.Instance, error) {
			s := standardSchedule()
			return newInstance(ctx, p.mixture(c.Seed), s, drawStart(c.Seed, s, p.Batch, p.Dim), nil, p.settings(c))
		})
}

func (p random) mixture(seed uint64) *mixture {
	r := stream(seed, streamMixture)
	w := make([]float64, p.Components)
	mu, v := make([]float64, p.Components*p.Dim), make([]float64, p.Components*p.Dim)
	sum := 0.0
	for k := range w {
		w[k] = 0.5 + r.Float64()
		sum += w[k]
		means, variances := mu[k*p.Dim:][:p.Dim], v[k*p.Dim:][:p.Dim]
		r.normals(means)
		for j := range means {
			means[j] *= p.Spread
			variances[j] = math.Pow(10, r.Float64()-1)
		}
	}
	for k := range w {
		w[k] /= sum
	}
	return newMixture(w, mu, v)
}

type gaussianField struct {
	N          int     `opt:"n,min=4,max=128" doc:"pixels a side, a power of two"`
	Length     float64 `opt:"length,min=0,max=1000" doc:"correlation length in pixels"`
	Smoothness float64 `opt:"smoothness,min=0,max=10" doc:"exponent of the spectrum less one"`
	set
}

func defaultField() gaussianField {
	return gaussianField{N: 32, Length: 3, Smoothness: 1, set: set{Batch: 256}}
}

func fieldProblem() problems.Problem {
	doc := problems.Doc{
		Summary:  "stationary Gaussian random field: textures of known power spectrum",
		Equation: odeText,
		Domain: "images of n×n pixels, periodic, rows of n² values; mean 0, pixel variance 1, power spectrum ∝ (1 + (length·|k|)²)^−(smoothness+1), " +
			"k in radians a pixel",
		Truth:    truthText + "in closed form for each Fourier coefficient; moments of stationary fields: the mean image and the power spectrum",
		Accuracy: "rounding",
		Ladder:   []float64{1e-1, 1e-2, 1e-3, 1e-4, 1e-5},
		Source:   "Whittle 1954 (spectrum); Karras et al. 2022 (flow of a Gaussian)",
	}
	return problems.Define("gaussian-field", doc, momentError, 1e-2, defaultField(),
		func(ctx context.Context, p gaussianField, c problems.Common) (problems.Instance, error) {
			if p.N&(p.N-1) != 0 {
				return nil, &option.Error{Name: "n", Value: fmt.Sprint(p.N), Expected: "a power of two in [4, 128]"}
			}
			if p.Batch*p.N*p.N > 1<<24 {
				return nil, &option.Error{Name: "batch", Value: fmt.Sprint(p.Batch), Expected: fmt.Sprintf("an integer ≤ %d with n = %d", 1<<24/(p.N*p.N), p.N)}
			}
			s := standardSchedule()
			return newInstance(ctx, newField(p.N, p.Length, p.Smoothness), s, drawStart(c.Seed, s, p.Batch, p.N*p.N), nil, p.settings(c))
		})
}

type userMixture struct {
	File string `opt:"file,path" doc:"JSON file with schedule, mixture, xT and, if known, probability_flow_x0"`
	NFE  int    `opt:"nfe,min=0,max=100000" doc:"evaluations allowed; 0 for no limit"`
}

func fileProblem() problems.Problem {
	doc := problems.Doc{
		Summary:  "Gaussian mixture, schedule and starting points of the user's",
		Equation: "dy/dλ = −e^−λ ε(x, t), y = x/α, λ = ln(α/σ), from the file's xT; the oracle ε(x, t) = −σ_t ∇ ln p_t(x) is exact",
		Domain: `d dimensions; the file is {"schedule": {"kind": "vp-linear", "beta_min", "beta_max", "t_start", "t_end"}, ` +
			`"mixture": {"weights": [K], "means": [K][d], "variances": [K][d]}, "xT": [batch][d], "probability_flow_x0": [batch][d]}, the last optional`,
		Truth: "probability_flow_x0 if it is there, checked on its first points; otherwise the flow by Gragg–Bulirsch–Stoer extrapolation at tolerance 1e-12. " +
			"The moment error is computed from 2 points on, the other metrics of sets from 32",
		Accuracy: "in the metric truth-accuracy",
		Ladder:   []float64{1, 1e-1, 1e-2, 1e-3, 1e-4},
		Source:   "the user",
	}
	p := problems.Define("mixture", doc, rmsFlow, 0.1, userMixture{},
		func(ctx context.Context, p userMixture, c problems.Common) (problems.Instance, error) {
			f, err := readMixtureFile(p.File)
			if err != nil {
				return nil, err
			}
			known, err := f.known(ctx, p.File)
			if err != nil {
				return nil, err
			}
			return newInstance(ctx, f.mixture, f.schedule, f.start, known, settings{Common: c, primary: rmsFlow, budget: p.NFE})
		})
	p.NeedsFile = true
	p.RankBy = rmsFlow
	return p
}

// Limits on a flow that comes with a file.
const (
	checkedRows  = 16
	wrongFlowRMS = 1e-3
)

// known returns the flow that came with the file, nil if none did. Its accuracy is its distance from our
// own on the first points; one that is no flow of this mixture is refused.
func (f *mixtureFile) known(ctx context.Context, path string) (*truth, error) {
	if f.flow == nil {
		return nil, nil
	}
	some := min(len(f.start), checkedRows*f.mixture.d)
	own, err := f.mixture.flow(ctx, f.schedule, f.start[:some])
	if err != nil {
		return nil, err
	}
	difference, err := metrics.RMSDistance(f.flow[:some], own.end, f.mixture.d)
	if err != nil {
		return nil, fmt.Errorf("comparing probability_flow_x0: %w", err)
	}
	if difference > wrongFlowRMS {
		return nil, &option.Error{Name: "file", Value: path, Expected: fmt.Sprintf(
			"probability_flow_x0 within %g of the flow of this mixture from xT (its first %d points are %.3g from it)", wrongFlowRMS, some/f.mixture.d, difference)}
	}
	return &truth{end: f.flow, accuracy: max(difference, own.accuracy), method: "given with the file"}, nil
}
