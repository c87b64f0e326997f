package sampling

import "gonum.org/v1/gonum/integrate/quad"

// deisTAB3 extrapolates the noise prediction by the polynomial in t through its last four values and integrates that
// against dρ exactly, by Gauss–Legendre quadrature: order 4. It starts at orders 1 to 3.
//
// Zhang & Chen 2023, "Fast sampling of diffusion models with exponential integrator", eq. 14–15 (tAB-DEIS).
func deisTAB3() method {
	return method{evaluations: perStep(1), buffers: 4, follow: func(p *path, x []float64) error {
		history := p.work[:4]
		rule := newQuadrature()
		for i := range p.steps() {
			s, t := p.nodes[i], p.nodes[i+1]
			push(history)
			if err := p.noise(history[0], x, s.t); err != nil {
				return err
			}
			c := rule.weightsTAB(p, i)
			combine(x, t.alpha/s.alpha, x, min(i+1, 4), &c, &[4][]float64{history[0], history[1], history[2], history[3]})
			p.done(i + 1)
		}
		return nil
	}}
}

// quadrature is the 64-point Gauss–Legendre rule on [−1, 1].
type quadrature struct {
	points, weights [64]float64
}

func newQuadrature() *quadrature {
	q := new(quadrature)
	quad.Legendre{}.FixedLocations(q.points[:], q.weights[:], -1, 1)
	return q
}

// weightsTAB returns the weights of the last predictions, the newest first, in the step from node i.
func (q *quadrature) weightsTAB(p *path, i int) [4]float64 {
	s, t := p.nodes[i], p.nodes[i+1]
	k := min(i+1, 4)
	var c [4]float64
	half, mid := 0.5*(t.t-s.t), 0.5*(t.t+s.t)
	for l, u := range q.points {
		n := p.schedule.at(mid + half*u)
		// dρ/dt = −ρ dλ/dt
		density := t.alpha * half * q.weights[l] * -n.rho() * p.schedule.lambdaRate(n)
		for j := range k {
			lagrange := 1.0
			for m := range k {
				if m != j {
					lagrange *= (n.t - p.nodes[i-m].t) / (p.nodes[i-j].t - p.nodes[i-m].t)
				}
			}
			c[j] += density * lagrange
		}
	}
	return c
}
