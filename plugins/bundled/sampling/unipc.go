package sampling

import "math"

// unipc is the unified predictor–corrector of order 2 or 3 on data predictions, with B(h) = e^−h − 1, multistep.
// The corrector uses the evaluation that the next step needs anyway, so it costs nothing; the last step, whose
// evaluation nobody needs, has none. Between the ends the order is one higher than the predictor's; it is lowered on
// the first and the last steps, which limits order 3 to order 2 on very fine grids.
//
// Zhao, Bai, Rao, Zhou & Lu 2023, "UniPC: a unified predictor-corrector framework for fast sampling of diffusion
// models", algorithms 1–2 and theorem 3.1.
func unipc(order int) method {
	return method{evaluations: perStep(1), buffers: order + 2, follow: func(p *path, x []float64) error {
		data, predicted := p.work[:order+1], p.work[order+1]
		push(data)
		if err := p.noise(data[0], x, p.nodes[0].t); err != nil {
			return err
		}
		toData(data[0], x, p.nodes[0])
		for i := range p.steps() {
			t := p.nodes[i+1]
			step := newUniStep(p.nodes, i, min(order, i+1, p.steps()-i))
			if i == p.steps()-1 {
				step.predict(x, x, data)
				p.done(i + 1)
				break
			}
			step.predict(predicted, x, data)
			push(data)
			if err := p.noise(data[0], predicted, t.t); err != nil {
				return err
			}
			toData(data[0], predicted, t)
			step.correct(x, x, data)
			p.done(i + 1)
		}
		return nil
	}}
}

// uniStep holds the coefficients of one step of UniPC.
type uniStep struct {
	order      int
	keep, gain float64       // σ_t/σ_s and −α_t B(h)
	r          [3]float64    // (λ_{s−k} − λ_s)/h for k = 1 …, then 1 for the node ahead
	matrix     [3][3]float64 // R of theorem 3.1, matrix[k][j] = r_j^k
	rhs        [3]float64    // b of theorem 3.1
}

func newUniStep(nodes []node, i, order int) uniStep {
	s, t := nodes[i], nodes[i+1]
	h := t.lambda - s.lambda
	b := math.Expm1(-h)
	u := uniStep{order: order, keep: t.sigma / s.sigma, gain: -t.alpha * b}
	for k := 1; k < order; k++ {
		u.r[k-1] = (nodes[i-k].lambda - s.lambda) / h
	}
	u.r[order-1] = 1
	factorial := 1.0
	phi := phi2(-h)
	for k := range order {
		u.rhs[k] = phi * factorial / b
		factorial *= float64(k + 2)
		phi = phi/-h - 1/factorial
		for j := range order {
			u.matrix[k][j] = math.Pow(u.r[j], float64(k))
		}
	}
	return u
}

// predict sets dst to the state ahead from x and the data predictions, the newest, that at x, first.
func (u *uniStep) predict(dst, x []float64, data [][]float64) {
	n := u.order - 1
	rho := [3]float64{0.5} // at order 2, as the paper simplifies it
	if n > 1 {
		rho = solveSmall(u.matrix, u.rhs, n)
	}
	c := [4]float64{u.gain}
	var v [4][]float64
	v[0] = data[0]
	for k := range n {
		w := u.gain * rho[k] / u.r[k]
		c[0] -= w
		c[k+1], v[k+1] = w, data[k+1]
	}
	combine(dst, u.keep, x, n+1, &c, &v)
}

// correct sets dst to the state ahead from x and the data predictions, of which the first is that at the
// predicted state ahead and the second that at x.
func (u *uniStep) correct(dst, x []float64, data [][]float64) {
	rho := [3]float64{0.5} // at order 1
	if u.order > 1 {
		rho = solveSmall(u.matrix, u.rhs, u.order)
	}
	ahead := u.gain * rho[u.order-1]
	c := [4]float64{u.gain - ahead, ahead}
	v := [4][]float64{data[1], data[0]}
	for k := range u.order - 1 {
		w := u.gain * rho[k] / u.r[k]
		c[0] -= w
		c[k+2], v[k+2] = w, data[k+2]
	}
	combine(dst, u.keep, x, u.order+1, &c, &v)
}

// solveSmall solves the leading n equations of a·x = b by elimination with row exchanges.
func solveSmall(a [3][3]float64, b [3]float64, n int) [3]float64 {
	for k := range n {
		pivot := k
		for i := k + 1; i < n; i++ {
			if math.Abs(a[i][k]) > math.Abs(a[pivot][k]) {
				pivot = i
			}
		}
		a[k], a[pivot] = a[pivot], a[k]
		b[k], b[pivot] = b[pivot], b[k]
		for i := k + 1; i < n; i++ {
			f := a[i][k] / a[k][k]
			for j := k; j < n; j++ {
				a[i][j] -= f * a[k][j]
			}
			b[i] -= f * b[k]
		}
	}
	for k := n - 1; k >= 0; k-- {
		for j := k + 1; j < n; j++ {
			b[k] -= a[k][j] * b[j]
		}
		b[k] /= a[k][k]
	}
	return b
}
