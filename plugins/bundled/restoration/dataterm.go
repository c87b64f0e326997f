package restoration

// fidelity is ½‖x − y‖².
type fidelity struct{ y []float64 }

func (f *fidelity) begin([]float64) {}

// steps satisfies τσ‖∇‖² = 1 with ‖∇‖² ≤ 8; the ratio starts the acceleration well.
func (f *fidelity) steps() (tau, sigma float64) { return 0.5, 0.25 }

func (f *fidelity) prox(v []float64, from, w int, tau float64) {
	y := f.y[from*w:]
	y = y[:len(v)]
	s, t := 1/(1+tau), tau/(1+tau)
	for i := range v {
		v[i] = s*v[i] + t*y[i]
	}
}

func (f *fidelity) advance([]float64) {}

// linear is an operator of norm at most 1.
type linear interface {
	apply(dst, src []float64)
	adjoint(dst, src []float64)
}

// through is ½‖Ax − y‖², with a dual variable of its own.
type through struct {
	op      linear
	y       []float64
	q       []float64 // the dual
	image   []float64 // A bar
	pull    []float64 // Aᵀq
	stepped float64   // the dual step of q
}

func newThrough(op linear, y []float64, pixels int) *through {
	return &through{op: op, y: y, q: make([]float64, len(y)), image: make([]float64, len(y)), pull: make([]float64, pixels)}
}

func (t *through) begin(x []float64) {
	clear(t.q)
	clear(t.pull)
	t.advance(x)
}

// steps satisfies τ(8σ + s‖A‖²) ≤ 1, where s = 1 is the step of q.
func (t *through) steps() (tau, sigma float64) { return 0.5, 0.125 }

func (t *through) prox(v []float64, from, w int, tau float64) {
	addScaled(v, t.pull[from*w:from*w+len(v)], -tau)
}

// advance sets q = (q + s(A bar − y))/(1 + s) with s = 1.
func (t *through) advance(bar []float64) {
	t.op.apply(t.image, bar)
	for i, v := range t.image {
		t.q[i] = 0.5 * (t.q[i] + v - t.y[i])
	}
	t.op.adjoint(t.pull, t.q)
}
