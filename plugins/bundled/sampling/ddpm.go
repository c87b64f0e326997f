package sampling

import (
	"context"
	"math"

	"github.com/solverbench/solverbench/plugins"
	samplingv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/sampling/v1"
)

// DDPM is ancestral sampling: each step draws x_t from the posterior q(x_t | x_s, x_0) with the data
// prediction in place of x_0. It samples the law, not the flow's solution.
//
// Ho, Jain & Abbeel 2020, "Denoising diffusion probabilistic models", eq. 6–7, in the form of Song, Meng &
// Ermon 2021, eq. 12 and 16, where eta scales the noise: 1 is DDPM, 0 is DDIM.
type DDPM struct {
	Sampler
	Eta float64 `opt:"eta,min=0,max=1" doc:"share of the posterior's noise: 1 is DDPM, 0 is DDIM"`
}

func newDDPM() *DDPM {
	return &DDPM{Sampler: *newSampler(method{evaluations: perStep(1), buffers: 2}), Eta: 1}
}

// Solve draws with the run's seed.
func (d *DDPM) Solve(ctx context.Context, run *plugins.Run, task *samplingv1.Task) (*samplingv1.Solution, error) {
	d.method.follow = d.follow
	return d.Sampler.Solve(ctx, run, task)
}

func (d *DDPM) follow(p *path, x []float64) error {
	e, z := p.work[0], p.work[1]
	draws := normals{state: p.seed}
	for i := range p.steps() {
		s, t := p.nodes[i], p.nodes[i+1]
		if err := p.noise(e, x, s.t); err != nil {
			return err
		}
		draws.fill(z)
		// 1 − α_s²/α_t², the share of the variance at s that the step from t to s adds; ln α is
		// differenced since the ratio is near one on fine grids.
		added := -math.Expm1(2 * (math.Log(s.alpha) - math.Log(t.alpha)))
		spread := d.Eta * t.sigma / s.sigma * math.Sqrt(added)
		rest := math.Sqrt(max(t.sigma*t.sigma-spread*spread, 0))
		combine3(x, t.alpha/s.alpha, x, rest-t.alpha*s.rho(), e, spread, z)
		p.done(i + 1)
	}
	return nil
}
