package fft

// Columns transforms the columns of complex matrices that lie in larger arrays: the building
// block of transforms fused with what comes before and after.
type Columns struct {
	kernel *kernel
	work   []complex128
}

// NewColumns plans transforms of up to s columns of n elements at once; about eight are good. It
// panics if either is not positive.
func NewColumns(n, s int) *Columns {
	product([]int{n, s})
	k := newKernel(n)
	return &Columns{k, make([]complex128, k.workLen(s))}
}

// Clone returns a plan that shares the tables, for use by another goroutine.
func (p *Columns) Clone() *Columns { return &Columns{p.kernel, make([]complex128, len(p.work))} }

// Forward transforms s columns: element j of column q is src[j·srcStride+q], its transform
// goes to dst in the same way. The two may be the same but must not otherwise overlap.
func (p *Columns) Forward(dst []complex128, dstStride int, src []complex128, srcStride, s int) {
	p.kernel.run(view{dst, dstStride}, view{src, srcStride}, s, false, p.work)
}

// Inverse is Forward with the conjugate kernel; it does not scale.
func (p *Columns) Inverse(dst []complex128, dstStride int, src []complex128, srcStride, s int) {
	p.kernel.run(view{dst, dstStride}, view{src, srcStride}, s, true, p.work)
}
