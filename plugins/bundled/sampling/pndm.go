package sampling

// pndm is the pseudo linear multistep method (F-PNDM): Adams–Bashforth weights of order 4 on the last four
// noise predictions within the DDIM transfer, after three pseudo Runge–Kutta steps. It converges at
// order 2.
//
// Liu, Ren, Lin & Zhao 2022, "Pseudo numerical methods for diffusion models on manifolds", eq. 12–13.
func pndm() method {
	const starts = 3
	return method{
		evaluations: func(steps int) int { return steps + 3*min(steps, starts) },
		buffers:     7,
		follow: func(p *path, x []float64) error {
			history, mean := p.work[:4], p.work[4]
			for i := range p.steps() {
				s, t := p.nodes[i], p.nodes[i+1]
				push(history)
				if err := p.noise(history[0], x, s.t); err != nil {
					return err
				}
				if i < starts {
					if err := pseudoRungeKutta(p, mean, x, history[0], s, t); err != nil {
						return err
					}
				} else {
					combine(mean, 55.0/24, history[0], 3, &[4]float64{-59.0 / 24, 37.0 / 24, -9.0 / 24},
						&[4][]float64{history[1], history[2], history[3]})
				}
				transfer(x, x, mean, s, t)
				p.done(i + 1)
			}
			return nil
		},
	}
}

// pseudoRungeKutta sets mean to (e1 + 2 e2 + 2 e3 + e4)/6, where e1 is the prediction at (x, s), e2 and e3
// are taken at the middle of the step in t, and e4 at its end.
func pseudoRungeKutta(p *path, mean, x, e1 []float64, s, t node) error {
	e, moved := p.work[5], p.work[6]
	m := p.schedule.at(0.5 * (s.t + t.t))
	transfer(moved, x, e1, s, m)
	if err := p.noise(e, moved, m.t); err != nil {
		return err
	}
	combine2(mean, 1.0/6, e1, 2.0/6, e)
	transfer(moved, x, e, s, m)
	if err := p.noise(e, moved, m.t); err != nil {
		return err
	}
	combine2(mean, 1, mean, 2.0/6, e)
	transfer(moved, x, e, s, t)
	if err := p.noise(e, moved, t.t); err != nil {
		return err
	}
	combine2(mean, 1, mean, 1.0/6, e)
	return nil
}
