package restoration

import (
	"math"
	"math/cmplx"

	"github.com/solverbench/solverbench/plugins/bundled/fft"
)

// frequencies is the transform in which convolutions are products: Fourier's for periodic edges,
// the cosine transform (DCT-II) for reflected ones, where that holds of even kernels.
type frequencies struct {
	real     *fft.Real // periodic
	trig     *fft.Trig // reflected
	spectrum []complex128
	field    []float64
	w        int       // values along the last axis
	kept     int       // frequencies along it
	across   []float64 // angular frequencies along the first axis
	along    []float64 // along the last
}

func newFrequencies(h, w int, periodic bool) *frequencies {
	f := &frequencies{w: w, kept: w, across: make([]float64, h), along: make([]float64, w)}
	step := math.Pi
	if periodic {
		f.real = fft.NewReal(fft.Options{}, h, w)
		f.kept, step = f.real.Kept(), 2*math.Pi
		f.spectrum = make([]complex128, h*f.kept)
	} else {
		f.trig = fft.NewTrig(fft.Options{}, []fft.Kind{fft.DCT2, fft.DCT2}, h, w)
		f.field = make([]float64, h*w)
	}
	f.along = f.along[:f.kept]
	for k := range f.across {
		f.across[k] = step * float64(k) / float64(h)
	}
	for k := range f.along {
		f.along[k] = step * float64(k) / float64(w)
	}
	return f
}

// clone returns frequencies for another goroutine.
func (f *frequencies) clone() *frequencies {
	return newFrequencies(len(f.across), f.w, f.real != nil)
}

// forward transforms src.
func (f *frequencies) forward(src []float64) {
	if f.real != nil {
		f.real.Forward(f.spectrum, src)
		return
	}
	copy(f.field, src)
	f.trig.Forward(f.field)
}

// inverse sets dst to the transform's inverse, scale included.
func (f *frequencies) inverse(dst []float64) {
	if f.real != nil {
		f.real.Inverse(dst, f.spectrum)
		scale(dst, dst, f.real.Scale())
		return
	}
	f.trig.Inverse(f.field)
	scale(dst, f.field, f.trig.Scale())
}

// multiply multiplies the spectrum by conj(factor)·gain; a nil factor is 1.
func (f *frequencies) multiply(factor []complex128, gain []float64) {
	switch {
	case f.real == nil && factor == nil:
		for i, g := range gain {
			f.field[i] *= g
		}
	case f.real == nil:
		for i, g := range gain {
			f.field[i] *= real(factor[i]) * g
		}
	case factor == nil:
		for i, g := range gain {
			f.spectrum[i] *= complex(g, 0)
		}
	default:
		for i, g := range gain {
			f.spectrum[i] *= complex(real(factor[i])*g, -imag(factor[i])*g)
		}
	}
}

// response returns the kernel's Fourier transform Σ k(a) exp(−iω·a) at all frequencies.
func (f *frequencies) response(b *blur) []complex128 {
	rows := make([]complex128, b.kh*f.kept)
	for a := range b.kh {
		for l, omega := range f.along {
			sum := complex(0, 0)
			for c := range b.kw {
				sum += complex(b.kernel[a*b.kw+c], 0) * cmplx.Rect(1, -omega*float64(c-b.kw/2))
			}
			rows[a*f.kept+l] = sum
		}
	}
	out := make([]complex128, len(f.across)*f.kept)
	for k, omega := range f.across {
		row := out[k*f.kept : (k+1)*f.kept]
		for a := range b.kh {
			turn := cmplx.Rect(1, -omega*float64(a-b.kh/2))
			for l, v := range rows[a*f.kept : (a+1)*f.kept] {
				row[l] += turn * v
			}
		}
	}
	return out
}

// power returns |response|². Of reflected edges it is the mean over the sign of the second
// frequency: the diagonal of the blur's AᵀA in the cosine transform, but for the edges.
func (f *frequencies) power(b *blur, response []complex128) []float64 {
	out := make([]float64, len(response))
	mirrored := response
	if f.real == nil {
		m := *b
		m.kernel = make([]float64, len(b.kernel))
		for i := range b.kh {
			for j := range b.kw {
				m.kernel[i*b.kw+j] = b.kernel[i*b.kw+b.kw-1-j]
			}
		}
		mirrored = f.response(&m)
	}
	for i, v := range response {
		u := mirrored[i]
		out[i] = 0.5 * (real(v)*real(v) + imag(v)*imag(v) + real(u)*real(u) + imag(u)*imag(u))
	}
	return out
}

// laplacian returns the symbol of minus the five-point Laplacian, between 0 and 8.
func (f *frequencies) laplacian() []float64 {
	out := make([]float64, len(f.across)*f.kept)
	for k, a := range f.across {
		for l, b := range f.along {
			out[k*f.kept+l] = 4 - 2*math.Cos(a) - 2*math.Cos(b)
		}
	}
	return out
}

// magnitude returns |spectrum|² of frequency i in units in which white noise of variance v has
// mean v, and how many real frequencies it stands for.
func (f *frequencies) magnitude(i int) (power, count float64) {
	if f.real != nil {
		v := f.spectrum[i]
		count = 2
		if l := i % f.kept; l == 0 || 2*l == f.w {
			count = 1
		}
		return (real(v)*real(v) + imag(v)*imag(v)) * f.real.Scale(), count
	}
	power = f.field[i] * f.field[i] * f.trig.Scale()
	if i%f.kept == 0 {
		power /= 2
	}
	if i/f.kept == 0 {
		power /= 2
	}
	return power, 1
}
