package sampling

import (
	"context"
	"math"
	"runtime"
	"sync"

	"github.com/solverbench/solverbench/problems"
)

// field is a stationary Gaussian random field of mean zero on n×n pixels with periodic boundaries, n a power of two.
// The discrete Fourier transform diagonalises its covariance.
type field struct {
	n int
	// spectrum is the covariance's eigenvalues, the variances of the unitary transform's
	// coefficients, [n][n] in the order of transform. Their mean, the variance of a pixel, is 1.
	spectrum []float64

	pool sync.Pool // of *fieldWork
}

// fieldWork is what one goroutine filters with.
type fieldWork struct {
	*transform
	gains []float64
}

// newField has the Whittle–Matérn spectrum (1 + (length·|k|)²)^−(smoothness+1), k in radians a pixel.
func newField(n int, length, smoothness float64) *field {
	f := &field{n: n, spectrum: make([]float64, n*n)}
	wave := func(i int) float64 { return 2 * math.Pi * float64(frequency(i, n)) / float64(n) }
	sum := 0.0
	for i := range f.spectrum {
		k := length * math.Hypot(wave(i/n), wave(i%n))
		f.spectrum[i] = math.Pow(1+k*k, -(smoothness + 1))
		sum += f.spectrum[i]
	}
	for i := range f.spectrum {
		f.spectrum[i] *= float64(n*n) / sum
	}
	return f
}

func (f *field) dim() int { return f.n * f.n }

func (f *field) work() *fieldWork {
	if w, ok := f.pool.Get().(*fieldWork); ok {
		return w
	}
	return &fieldWork{newTransform(f.n), make([]float64, f.dim())}
}

// filter multiplies the Fourier coefficients of each image of x by the gain at the eigenvalue of the
// covariance at t = 0. dst may be x. Images are transformed in pairs, one as the imaginary part: the gains
// are real and even, so the parts stay apart.
func (f *field) filter(dst, x []float64, gain func(eigenvalue float64) float64) {
	w := f.work()
	defer f.pool.Put(w)
	for i, p := range f.spectrum {
		w.gains[i] = gain(p) / float64(f.dim())
	}
	size := f.dim()
	for p := 0; p < len(x); p += 2 * size {
		paired := p+size < len(x)
		copy(w.re, x[p:])
		if paired {
			copy(w.im, x[p+size:])
		} else {
			clear(w.im)
		}
		w.forward()
		for i, g := range w.gains {
			w.re[i] *= g
			w.im[i] *= g
		}
		w.inverse()
		copy(dst[p:], w.re)
		if paired {
			copy(dst[p+size:], w.im)
		}
	}
}

// noise sets the rows of dst to ε = σ (α²C + σ²)⁻¹ x. It may be called concurrently.
func (f *field) noise(dst, x []float64, l level) {
	gain := func(p float64) float64 { return l.sigma / l.variance(p) }
	if len(x) < parallelFrom || runtime.GOMAXPROCS(0) == 1 {
		f.filter(dst, x, gain)
		return
	}
	pairs := len(x) / f.dim() / 2
	half := (pairs + 1) / 2 * 2 * f.dim()
	var second sync.WaitGroup
	second.Go(func() { f.filter(dst[half:], x[half:], gain) })
	f.filter(dst[:half], x[:half], gain)
	second.Wait()
}

// flow scales each coefficient by the ratio of its standard deviations.
func (f *field) flow(_ context.Context, s schedule, start []float64) (truth, error) {
	a, b := s.at(s.TStart), s.at(s.TEnd)
	end := make([]float64, len(start))
	f.filter(end, start, func(p float64) float64 { return math.Sqrt(b.variance(p) / a.variance(p)) })
	return truth{end: end, method: "closed form"}, nil
}

func (f *field) draw(r source, n int, l level) []float64 {
	x := make([]float64, n*f.dim())
	r.normals(x)
	f.filter(x, x, func(p float64) float64 { return math.Sqrt(l.variance(p)) })
	return x
}

// modeMetrics: a Gaussian has no modes to miss.
func (f *field) modeMetrics([]float64, level) []problems.Metric { return nil }

// momentErrors is the squared Fréchet distance between Gaussian fields: the samples' law is taken as stationary, so
// that its covariance is its power spectrum and the distance Σ (√P̂_k − √P_k)² + ‖mean‖².
func (f *field) momentErrors(x, flow []float64, l level) (momentErrors, error) {
	size, n := f.dim(), len(x)/f.dim()
	estimated, plain := make([]float64, size), make([]float64, size) // mean images
	cx, cf := make([]float64, n), make([]float64, n)
	for j := range size {
		for i := range n {
			cx[i], cf[i] = x[i*size+j], flow[i*size+j]
		}
		estimated[j], plain[j] = controlled(cx, cf, 0)
	}
	px, pf := f.powers(x), f.powers(flow)
	ofEstimated, ofPlain := f.powers(estimated), f.powers(plain)
	unbiased := float64(n) / float64(max(n-1, 1))
	var e momentErrors
	trace := 0.0
	for k, p := range f.spectrum {
		p = l.variance(p)
		better, mean := controlled(px[k*n:][:n], pf[k*n:][:n], p)
		square := func(power float64) float64 {
			r := math.Sqrt(max(power, 0)) - math.Sqrt(p)
			return r * r
		}
		e.controlled += square(better-ofEstimated[k]) + ofEstimated[k]
		e.plain += square(unbiased*(mean-ofPlain[k])) + ofPlain[k]
		trace += p
	}
	e.controlled /= trace
	return e, nil
}

// powers returns the squared moduli of the unitary transforms of the images, [n²][images], in
// transform order.
func (f *field) powers(x []float64) []float64 {
	size, n := f.dim(), len(x)/f.dim()
	out := make([]float64, len(x))
	w := f.work()
	defer f.pool.Put(w)
	for i := range n {
		copy(w.re, x[i*size:])
		clear(w.im)
		w.forward()
		for k, v := range w.re {
			out[k*n+i] = (v*v + w.im[k]*w.im[k]) / float64(size)
		}
	}
	return out
}
