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
	op    linear
	size  float64 // ‖A‖²
	y     []float64
	q     []float64 // the dual
	image []float64 // A bar
	pull  []float64 // Aᵀq
}

func newThrough(op linear, size float64, y []float64, pixels int) *through {
	return &through{op: op, size: size, y: y, q: make([]float64, len(y)), image: make([]float64, len(y)), pull: make([]float64, pixels)}
}

func (t *through) begin(x []float64) {
	clear(t.q)
	t.advance(x)
}

// throughTau is the primal step of through: large, for its duals are small.
const throughTau = 8.0

// steps satisfies τ(8σ + s‖A‖²) = 1 with equal parts.
func (t *through) steps() (tau, sigma float64) { return throughTau, 1 / (16 * throughTau) }

func (t *through) prox(v []float64, from, w int, tau float64) {
	addScaled(v, t.pull[from*w:from*w+len(v)], -tau)
}

// advance sets q = (q + s(A bar − y))/(1 + s).
func (t *through) advance(bar []float64) {
	s := 1 / (2 * throughTau * t.size)
	t.op.apply(t.image, bar)
	f := 1 / (1 + s)
	for i, v := range t.image {
		t.q[i] = f * (t.q[i] + s*(v-t.y[i]))
	}
	t.op.adjoint(t.pull, t.q)
}

// partial is ½‖x − y‖² over the known pixels, or x = y there.
type partial struct {
	y     []float64
	known []uint8
	exact bool
}

func (p *partial) begin([]float64) {}

func (p *partial) steps() (tau, sigma float64) { return 1, 0.125 }

func (p *partial) prox(v []float64, from, w int, tau float64) {
	y, known := p.y[from*w:], p.known[from*w:]
	y, known = y[:len(v)], known[:len(v)]
	s, t := 1/(1+tau), tau/(1+tau)
	if p.exact {
		s, t = 0, 1
	}
	for i := range v {
		if known[i] != 0 {
			v[i] = s*v[i] + t*y[i]
		}
	}
}

func (p *partial) advance([]float64) {}

// quantised is ½‖x − y‖² where the coefficients of every whole block of x are in the quantisation
// intervals of y's.
type quantised struct {
	h, w         int
	y            []float64
	coefficients []float64   // of y, block by block
	half         [64]float64 // half widths of the intervals
}

func newQuantised(y []float64, h, w int, steps []float64, slack float64) *quantised {
	q := &quantised{h: h, w: w, y: y, coefficients: make([]float64, (h/8)*(w/8)*64)}
	for i, step := range steps {
		q.half[i] = step/255/2 + slack
	}
	return q
}

func (q *quantised) begin([]float64) {
	for i := range q.h / 8 {
		for j := range q.w / 8 {
			block := (*[64]float64)(q.coefficients[(i*(q.w/8)+j)*64:])
			for k := range 8 {
				copy(block[k*8:k*8+8], q.y[(i*8+k)*q.w+j*8:])
			}
			dct8(block, false)
		}
	}
}

func (q *quantised) steps() (tau, sigma float64) { return 0.5, 0.25 }

func (q *quantised) prox(v []float64, from, w int, tau float64) {
	s, t := 1/(1+tau), tau/(1+tau)
	across := 0 // columns in whole blocks
	if len(v) == 8*w {
		across = w / 8
	}
	var block [64]float64
	for j := range across {
		goal := (*[64]float64)(q.coefficients[(from/8*across+j)*64:])
		for k := range 8 {
			copy(block[k*8:k*8+8], v[k*w+j*8:])
		}
		dct8(&block, false)
		for k, c := range goal {
			block[k] = min(max(s*block[k]+t*c, c-q.half[k]), c+q.half[k])
		}
		dct8(&block, true)
		for k := range 8 {
			copy(v[k*w+j*8:k*w+j*8+8], block[k*8:k*8+8])
		}
	}
	for k := range len(v) / w {
		for j := across * 8; j < w; j++ {
			v[k*w+j] = s*v[k*w+j] + t*q.y[(from+k)*w+j]
		}
	}
}

func (q *quantised) advance([]float64) {}
