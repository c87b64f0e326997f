package sampling

import "math"

// dpmpp2M is multistep DPM-Solver++ of order 2: the data prediction, extrapolated linearly in λ to the middle of
// the step.
//
// Lu et al. 2022, "DPM-Solver++: fast solver for guided sampling of diffusion probabilistic models",
// algorithm 2.
func dpmpp2M() method {
	return method{evaluations: perStep(1), buffers: 2, follow: func(p *path, x []float64) error {
		data := p.work[:2]
		for i := range p.steps() {
			s, t := p.nodes[i], p.nodes[i+1]
			push(data)
			if err := p.noise(data[0], x, s.t); err != nil {
				return err
			}
			toData(data[0], x, s)
			h := t.lambda - s.lambda
			keep, gain := t.sigma/s.sigma, -t.alpha*math.Expm1(-h)
			if i == 0 {
				combine2(x, keep, x, gain, data[0])
			} else {
				q := h / (2 * (s.lambda - p.nodes[i-1].lambda))
				combine3(x, keep, x, gain*(1+q), data[0], -gain*q, data[1])
			}
			p.done(i + 1)
		}
		return nil
	}}
}
