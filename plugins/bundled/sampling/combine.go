package sampling

import "math"

// The state updates are all linear combinations; these are their kernels. dst may be any
// of the operands.

// combine2 sets dst = a·x + b·y.
func combine2(dst []float64, a float64, x []float64, b float64, y []float64) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = a*x[i] + b*y[i]
	}
}

// combine3 sets dst = a·x + b·y + c·z.
func combine3(dst []float64, a float64, x []float64, b float64, y []float64, c float64, z []float64) {
	x, y, z = x[:len(dst)], y[:len(dst)], z[:len(dst)]
	for i := range dst {
		dst[i] = a*x[i] + b*y[i] + c*z[i]
	}
}

// combine sets dst = a·x + Σ c[j]·v[j], of which the terms from the n-th on are absent.
func combine(dst []float64, a float64, x []float64, n int, c *[4]float64, v *[4][]float64) {
	switch n {
	case 1:
		combine2(dst, a, x, c[0], v[0])
	case 2:
		combine3(dst, a, x, c[0], v[0], c[1], v[1])
	case 3:
		combine4(dst, a, x, c, v)
	default:
		combine5(dst, a, x, c, v)
	}
}

func combine4(dst []float64, a float64, x []float64, c *[4]float64, v *[4][]float64) {
	n := len(dst)
	x, v0, v1, v2 := x[:n], v[0][:n], v[1][:n], v[2][:n]
	c0, c1, c2 := c[0], c[1], c[2]
	for i := range dst {
		dst[i] = a*x[i] + c0*v0[i] + c1*v1[i] + c2*v2[i]
	}
}

func combine5(dst []float64, a float64, x []float64, c *[4]float64, v *[4][]float64) {
	n := len(dst)
	x, v0, v1, v2, v3 := x[:n], v[0][:n], v[1][:n], v[2][:n], v[3][:n]
	c0, c1, c2, c3 := c[0], c[1], c[2], c[3]
	for i := range dst {
		dst[i] = a*x[i] + c0*v0[i] + c1*v1[i] + c2*v2[i] + c3*v3[i]
	}
}

// transfer sets dst to the state at t that follows from x at s with a constant noise prediction e:
// x_t = (α_t/α_s) x_s − σ_t (e^h − 1) e (DDIM; DPM-Solver-1).
func transfer(dst, x, e []float64, s, t node) {
	combine2(dst, t.alpha/s.alpha, x, -t.sigma*math.Expm1(t.lambda-s.lambda), e)
}

// toData turns a noise prediction at n into the data prediction (x − σe)/α, in place.
func toData(e, x []float64, n node) {
	combine2(e, 1/n.alpha, x, -n.rho(), e)
}

// push puts the newest of a history of predictions first; its oldest buffer comes last and is free.
func push(history [][]float64) {
	n := len(history)
	last := history[n-1]
	copy(history[1:], history[:n-1])
	history[0] = last
}
