package synthetic

import (
	"math"

	"gonum.org/v1/gonum/dsp/fourier"

	"github.com/solverbench/solverbench/problems/random"
)

// field is a Gaussian random field whose amplitude falls as 1/|k|^α, like that of natural images (Field
// 1987; Ruderman & Bialek 1994), α between 1.1 and 1.8, stretched in a random direction. Luma and
// chroma are fields of their own, the chroma smoother and fainter. The field is a window of a
// periodic one of twice the size, so that opposite edges do not fit.
func field(rng *random.Source, size int) *canvas {
	alpha := rng.Uniform(1.1, 1.8)
	angle, stretch := rng.Uniform(0, math.Pi), rng.Uniform(1, 2)
	luma := gaussianField(rng, size, alpha, angle, stretch)
	cb := gaussianField(rng, size, alpha+0.4, angle, stretch)
	cr := gaussianField(rng, size, alpha+0.4, angle, stretch)
	mean, spread := rng.Uniform(0.4, 0.6), rng.Uniform(0.12, 0.18)
	tint := muted(rng, mean)
	c := newCanvas(size)
	for i, v := range luma {
		colour := ycc(spread*v, 0.03*cb[i], 0.03*cr[i])
		for k := range colour {
			c.pix[3*i+k] = tint[k] + colour[k]
		}
	}
	return c
}

// gaussianField returns [size][size] of mean zero and variance one.
func gaussianField(rng *random.Source, size int, alpha, angle, stretch float64) []float64 {
	n := 2 * size
	white := make([]float64, 2*n)
	rows := make([]complex128, n*n)
	sin, cos := math.Sincos(angle)
	for j := range n {
		rng.Normals(white)
		ky := float64((j+size)%n - size)
		for i := range n {
			kx := float64((i+size)%n - size)
			u, v := cos*kx+sin*ky, stretch*(cos*ky-sin*kx)
			k := math.Hypot(u, v)
			if k == 0 {
				continue
			}
			a := math.Pow(k, -alpha)
			rows[j*n+i] = complex(a*white[2*i], a*white[2*i+1])
		}
	}
	// The real part of the transform of independent complex amplitudes is the field.
	fft := fourier.NewCmplxFFT(n)
	column := make([]complex128, n)
	for j := range n {
		fft.Coefficients(rows[j*n:(j+1)*n], rows[j*n:(j+1)*n])
	}
	out := make([]float64, size*size)
	for i := range size {
		for j := range n {
			column[j] = rows[j*n+i]
		}
		fft.Coefficients(column, column)
		for j := range size {
			out[j*size+i] = real(column[j])
		}
	}
	standardise(out)
	return out
}

func standardise(x []float64) {
	var mean, variance float64
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / float64(len(x))
	}
	scale := 1 / math.Sqrt(variance)
	for i, v := range x {
		x[i] = (v - mean) * scale
	}
}
