package sampling

import "math"

// dpmSolver3 is singlestep DPM-Solver of order 3 with r₁ = ⅓, r₂ = ⅔.
//
// Lu et al. 2022, "DPM-Solver: a fast ODE solver for diffusion probabilistic model sampling in around 10
// steps", algorithm 2.
func dpmSolver3() method {
	return method{evaluations: perStep(3), buffers: 3, follow: func(p *path, x []float64) error {
		const r1, r2 = 1.0 / 3, 2.0 / 3
		e, eu, xu := p.work[0], p.work[1], p.work[2]
		for i := range p.steps() {
			s, t := p.nodes[i], p.nodes[i+1]
			h := t.lambda - s.lambda
			u1, u2 := p.schedule.atLambda(s.lambda+r1*h), p.schedule.atLambda(s.lambda+r2*h)
			if err := p.noise(e, x, s.t); err != nil {
				return err
			}
			transfer(xu, x, e, s, u1)
			if err := p.noise(eu, xu, u1.t); err != nil {
				return err
			}
			slope := u2.sigma * r2 / r1 * phi2(r2*h) // of e(u1) − e(s)
			combine3(xu, u2.alpha/s.alpha, x, slope-u2.sigma*math.Expm1(r2*h), e, -slope, eu)
			if err := p.noise(eu, xu, u2.t); err != nil {
				return err
			}
			slope = t.sigma / r2 * phi2(h) // of e(u2) − e(s)
			combine3(x, t.alpha/s.alpha, x, slope-t.sigma*math.Expm1(h), e, -slope, eu)
			p.done(i + 1)
		}
		return nil
	}}
}

// phi2 is (e^h − 1)/h − 1 = h/2 + h²/6 + …, the weight of a linear change of the noise prediction.
func phi2(h float64) float64 {
	if math.Abs(h) < 1e-3 {
		return h * (1.0/2 + h*(1.0/6+h*(1.0/24+h*(1.0/120+h/720))))
	}
	return math.Expm1(h)/h - 1
}
