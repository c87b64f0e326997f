package sampling

import "math"

// dpmpp3M is multistep DPM-Solver++ of order 3: the data prediction's first two λ-derivatives by divided
// differences of the last three, after first steps of orders 1 and 2. As published, and here, the term of the
// second derivative carries half of its Taylor weight, so the order is 2, with a small constant.
//
// Lu et al. 2022, "DPM-Solver++: fast solver for guided sampling of diffusion probabilistic models",
// appendix B.
func dpmpp3M() method {
	return method{evaluations: perStep(1), buffers: 3, follow: func(p *path, x []float64) error {
		data := p.work[:3]
		for i := range p.steps() {
			s, t := p.nodes[i], p.nodes[i+1]
			push(data)
			if err := p.noise(data[0], x, s.t); err != nil {
				return err
			}
			toData(data[0], x, s)
			c := weights3M(p.nodes, i)
			combine(x, t.sigma/s.sigma, x, min(i+1, 3), &c, &[4][]float64{data[0], data[1], data[2]})
			p.done(i + 1)
		}
		return nil
	}}
}

// weights3M returns the weights of the last three data predictions, the newest first, in the step
// from node i.
func weights3M(nodes []node, i int) [4]float64 {
	s, t := nodes[i], nodes[i+1]
	h := t.lambda - s.lambda
	zeroth := -t.alpha * math.Expm1(-h)
	if i == 0 {
		return [4]float64{zeroth}
	}
	r0 := (s.lambda - nodes[i-1].lambda) / h
	if i == 1 {
		first := 0.5 * zeroth / r0
		return [4]float64{zeroth + first, -first}
	}
	r1 := (nodes[i-1].lambda - nodes[i-2].lambda) / h
	first := -t.alpha * phi2(-h)
	second := -t.alpha * phi3(-h)
	// D1 = D10 + r0/(r0+r1) (D10 − D11) and D2 = (D10 − D11)/(r0+r1), where
	// D10 = (d0 − d1)/r0 and D11 = (d1 − d2)/r1.
	bend := (first*r0 + second) / (r0 + r1) // of D10 − D11
	newer, older := (first+bend)/r0, -bend/r1
	return [4]float64{zeroth + newer, older - newer, -older}
}

// phi3 is (e^h − 1 − h)/h² − ½ = h/6 + h²/24 + …
func phi3(h float64) float64 {
	if math.Abs(h) < 1e-2 {
		return h * (1.0/6 + h*(1.0/24+h*(1.0/120+h*(1.0/720+h*(1.0/5040+h/40320)))))
	}
	return (math.Expm1(h)-h)/(h*h) - 0.5
}
