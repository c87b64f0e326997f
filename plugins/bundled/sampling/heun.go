package sampling

// heun is the trapezoidal rule in ρ = σ/α after an Euler step: order 2.
//
// Karras, Aittala, Aila & Laine 2022, "Elucidating the design space of diffusion-based generative models",
// algorithm 1, with the corrector on the last step too, since the grid ends at σ > 0.
func heun() method {
	return method{evaluations: perStep(2), buffers: 3, follow: func(p *path, x []float64) error {
		e, et, euler := p.work[0], p.work[1], p.work[2]
		for i := range p.steps() {
			s, t := p.nodes[i], p.nodes[i+1]
			if err := p.noise(e, x, s.t); err != nil {
				return err
			}
			keep, gain := t.alpha/s.alpha, t.alpha*(t.rho()-s.rho())
			combine2(euler, keep, x, gain, e)
			if err := p.noise(et, euler, t.t); err != nil {
				return err
			}
			combine3(x, keep, x, 0.5*gain, e, 0.5*gain, et)
			p.done(i + 1)
		}
		return nil
	}}
}
