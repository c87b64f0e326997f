package sampling

// ddim takes the noise prediction as constant over a step: order 1.
//
// Song, Meng & Ermon 2021, "Denoising diffusion implicit models", eq. 12 with η = 0.
func ddim() method {
	return method{evaluations: perStep(1), buffers: 1, follow: func(p *path, x []float64) error {
		e := p.work[0]
		for i := range p.steps() {
			s, t := p.nodes[i], p.nodes[i+1]
			if err := p.noise(e, x, s.t); err != nil {
				return err
			}
			transfer(x, x, e, s, t)
			p.done(i + 1)
		}
		return nil
	}}
}
