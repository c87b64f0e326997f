package sampling

// dpmSolver2 is singlestep DPM-Solver of order 2 with the midpoint in λ, r₁ = ½.
//
// Lu et al. 2022, "DPM-Solver: a fast ODE solver for diffusion probabilistic model sampling in around 10
// steps", algorithm 1.
func dpmSolver2() method {
	return method{evaluations: perStep(2), buffers: 2, follow: func(p *path, x []float64) error {
		e, xu := p.work[0], p.work[1]
		for i := range p.steps() {
			s, t := p.nodes[i], p.nodes[i+1]
			u := p.schedule.atLambda(0.5 * (s.lambda + t.lambda))
			if err := p.noise(e, x, s.t); err != nil {
				return err
			}
			transfer(xu, x, e, s, u)
			if err := p.noise(e, xu, u.t); err != nil {
				return err
			}
			transfer(x, x, e, s, t)
			p.done(i + 1)
		}
		return nil
	}}
}
