package fft

import "slices"

// Complex transforms complex arrays along all their axes.
type Complex struct {
	size int
	axes []axis
	work [][]complex128
}

// NewComplex plans transforms of arrays of the given shape. It panics if an extent is not
// positive.
func NewComplex(o Options, shape ...int) *Complex {
	p := &Complex{size: product(shape)}
	need := 0
	inner := 1
	for _, n := range slices.Backward(shape) {
		a := newAxis(p.size/(n*inner), n, inner)
		p.axes = append(p.axes, a)
		need = max(need, a.workLen())
		inner *= n
	}
	p.work = workspaces(o.Threads, need)
	return p
}

// Clone returns a plan that shares the tables, for use by another goroutine.
func (p *Complex) Clone() *Complex {
	c := *p
	c.work = workspaces(len(p.work), len(p.work[0]))
	return &c
}

// Scale is what Inverse(Forward(x)) must be multiplied by to be x again.
func (p *Complex) Scale() float64 { return 1 / float64(p.size) }

// Forward computes dst_k = Σ_j src_j exp(−2πi jk/n) along each axis. dst and src may be the same.
func (p *Complex) Forward(dst, src []complex128) { p.run(dst, src, false) }

// Inverse computes dst_j = Σ_k src_k exp(2πi jk/n) along each axis. dst and src may be the same.
func (p *Complex) Inverse(dst, src []complex128) { p.run(dst, src, true) }

func (p *Complex) run(dst, src []complex128, inverse bool) {
	dst, src = dst[:p.size], src[:p.size]
	for i := range p.axes {
		p.axes[i].transform(dst, src, inverse, p.work)
		src = dst
	}
}
