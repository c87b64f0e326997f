package restoration

import (
	"fmt"
	"math"

	"github.com/solverbench/solverbench/plugins"
	"github.com/solverbench/solverbench/plugins/bundled/fft"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
)

// blur is a task's convolution, as read from it.
type blur struct {
	h, w   int // of the images
	kernel []float64
	kh, kw int
	edge   restorationv1.Edge
}

func newBlur(task *restorationv1.Task) (*blur, error) {
	b := &blur{h: int(task.GetHeight()), w: int(task.GetWidth()), edge: task.GetBlur().GetEdge()}
	if b.edge != restorationv1.Edge_EDGE_PERIODIC && b.edge != restorationv1.Edge_EDGE_REFLECT {
		return nil, fmt.Errorf("%w: blur.edge is %v, expected periodic or reflect", plugins.ErrUnsupported, b.edge)
	}
	dims := task.GetBlur().GetKernel().Dims()
	if len(dims) != 2 || dims[0]%2 != 1 || dims[1]%2 != 1 {
		return nil, fmt.Errorf("task: blur.kernel has shape %v, expected two odd extents", dims)
	}
	b.kh, b.kw = dims[0], dims[1]
	var err error
	if b.kernel, err = task.GetBlur().GetKernel().Float64s(); err != nil {
		return nil, fmt.Errorf("task: blur.kernel: %w", err)
	}
	for i, v := range b.kernel {
		if !finite(v) {
			return nil, fmt.Errorf("task: blur.kernel[%d] is %g, expected a finite number", i, v)
		}
	}
	return b, nil
}

func (b *blur) periodic() bool { return b.edge == restorationv1.Edge_EDGE_PERIODIC }

// even says whether the kernel is symmetric along both axes, so that a reflected image
// stays reflected under it.
func (b *blur) even() bool {
	largest := 0.0
	for _, v := range b.kernel {
		largest = max(largest, math.Abs(v))
	}
	for i := range b.kh {
		for j := range b.kw {
			v := b.kernel[i*b.kw+j]
			if math.Abs(v-b.kernel[(b.kh-1-i)*b.kw+j]) > 1e-12*largest || math.Abs(v-b.kernel[i*b.kw+b.kw-1-j]) > 1e-12*largest {
				return false
			}
		}
	}
	return true
}

// factors returns the two kernels whose outer product the kernel is, or false.
func (b *blur) factors() (rows, cols []float64, ok bool) {
	at, largest := 0, 0.0
	for i, v := range b.kernel {
		if math.Abs(v) > largest {
			at, largest = i, math.Abs(v)
		}
	}
	if largest == 0 {
		return nil, nil, false
	}
	pi, pj := at/b.kw, at%b.kw
	rows, cols = make([]float64, b.kh), make([]float64, b.kw)
	for i := range rows {
		rows[i] = b.kernel[i*b.kw+pj] / b.kernel[at]
	}
	copy(cols, b.kernel[pi*b.kw:(pi+1)*b.kw])
	for i := range b.kh {
		for j := range b.kw {
			if math.Abs(rows[i]*cols[j]-b.kernel[i*b.kw+j]) > 1e-13*largest {
				return nil, nil, false
			}
		}
	}
	return rows, cols, true
}

// operator returns the convolution for use by one goroutine: direct if it is separable, else by
// Fourier transforms.
func (b *blur) operator() linear {
	extended := fold
	if b.periodic() {
		extended = wrap
	}
	if rows, cols, ok := b.factors(); ok {
		return newSeparable(b.h, b.w, rows, cols, extended)
	}
	return newFourierBlur(b)
}

// fourierBlur convolves by Fourier transforms of the images, extended where edges are reflected.
type fourierBlur struct {
	h, w, rh, rw int // the images lie at (rh, rw) of the transformed arrays
	high, wide   int // extents transformed
	extended     func(i, n int) int
	plan         *fft.Real
	response     []complex128
	spectrum     []complex128
	field        []float64
}

func newFourierBlur(b *blur) *fourierBlur {
	f := &fourierBlur{h: b.h, w: b.w, high: b.h, wide: b.w, extended: wrap}
	if !b.periodic() {
		f.rh, f.rw, f.extended = b.kh/2, b.kw/2, fold
		f.high, f.wide = fastLength(b.h+2*f.rh), fastLength(b.w+2*f.rw)
	}
	f.plan = fft.NewReal(fft.Options{}, f.high, f.wide)
	f.field = make([]float64, f.high*f.wide)
	f.spectrum = make([]complex128, f.high*f.plan.Kept())
	f.response = make([]complex128, len(f.spectrum))
	for i := range b.kh {
		for j := range b.kw {
			y, x := wrap(i-b.kh/2, f.high), wrap(j-b.kw/2, f.wide)
			f.field[y*f.wide+x] += b.kernel[i*b.kw+j] * f.plan.Scale()
		}
	}
	f.plan.Forward(f.response, f.field)
	return f
}

// fastLength returns the least 2^a·3^b·5^c of at least n.
func fastLength(n int) int {
	for ; ; n++ {
		m := n
		for _, p := range [...]int{2, 3, 5} {
			for m%p == 0 {
				m /= p
			}
		}
		if m == 1 {
			return n
		}
	}
}

func (f *fourierBlur) apply(dst, src []float64) {
	bottom, right := f.h+2*f.rh, f.w+2*f.rw
	clear(f.field)
	for y := range bottom {
		from := f.extended(y-f.rh, f.h) * f.w
		extendLine(f.field[y*f.wide:y*f.wide+right], src[from:from+f.w], f.rw, f.extended)
	}
	f.plan.Forward(f.spectrum, f.field)
	for i, v := range f.response {
		f.spectrum[i] *= v
	}
	f.plan.Inverse(f.field, f.spectrum)
	for y := range f.h {
		at := (y+f.rh)*f.wide + f.rw
		copy(dst[y*f.w:(y+1)*f.w], f.field[at:at+f.w])
	}
}

func (f *fourierBlur) adjoint(dst, src []float64) {
	clear(f.field)
	for y := range f.h {
		at := (y+f.rh)*f.wide + f.rw
		copy(f.field[at:at+f.w], src[y*f.w:(y+1)*f.w])
	}
	f.plan.Forward(f.spectrum, f.field)
	for i, v := range f.response {
		f.spectrum[i] *= complex(real(v), -imag(v))
	}
	f.plan.Inverse(f.field, f.spectrum)
	clear(dst)
	for y := range f.h + 2*f.rh {
		out := dst[f.extended(y-f.rh, f.h)*f.w:]
		out = out[:f.w]
		line := f.field[y*f.wide : y*f.wide+f.w+2*f.rw]
		addScaled(out, line[f.rw:f.rw+f.w], 1)
		for j := range f.rw {
			out[f.extended(j-f.rw, f.w)] += line[j]
			out[f.extended(f.w+j, f.w)] += line[f.rw+f.w+j]
		}
	}
}

// norm estimates ‖A‖² from above by power iteration, for images of so many pixels.
func norm(op linear, in, out int) float64 {
	x, y := make([]float64, in), make([]float64, out)
	for i := range x { // smooth, with something of everything
		x[i] = 1 + 0.5*math.Sin(float64(i*i))
	}
	value := 0.0
	for range 20 {
		op.apply(y, x)
		op.adjoint(x, y)
		size := 0.0
		for _, v := range x {
			size += v * v
		}
		value = math.Sqrt(size)
		if value == 0 {
			return 1
		}
		for i := range x {
			x[i] /= value
		}
	}
	return 1.05 * value
}
