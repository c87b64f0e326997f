package metrics

import (
	"errors"
	"fmt"
	"math"
	"math/cmplx"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

const (
	scales       = 3 // J
	orientations = 4 // L
	patchStride  = side / 2

	// ScatteringDim is the number of log-scattering features: mean, deviation, J·L first-order and L²·J(J−1)/2
	// second-order coefficients, J = 3 scales, L = 4 orientations.
	ScatteringDim = 2 + scales*orientations + orientations*orientations*scales*(scales-1)/2

	logOffset = 1e-3
)

// luminance are the weights of R, G and B (ITU-R BT.709).
var luminance = [3]float64{0.2125, 0.7154, 0.0721}

// ScatteringFeatures returns the log-scattering features of all patches of a set of images, [N][62]: the
// fixed, weight-free bank behind fd-scattering (after Bruna & Mallat 2013, IEEE TPAMI 35(8)).
//
// Images are [H][W], [H][W][1] or [H][W][3] in [0, 1], at least 64×64; colours become luminance 0.2125 R +
// 0.7154 G + 0.0721 B. Patches are 64×64 at stride 32, the top-left one first, full ones only, in image order,
// and count as periodic. Features of a patch x, in order: mean, population standard deviation,
// S1[j][l] = mean |x∗ψ_jl|, and S2[j1][j2>j1][l1][l2] = mean ||x∗ψ_j1l1|∗ψ_j2l2|, each as log(10⁻³ + z).
//
// ψ_jl is the Morlet wavelet of scale j = 0, 1, 2 along θ = πl/4, l = 0 … 3: a Gaussian of σ = 0.8·2^j times
// the wave of frequency ¾π/2^j, less as much of the Gaussian as makes its mean zero.
func ScatteringFeatures(images []Array) (Array, error) {
	var planes []*imagePlane
	for i, im := range images {
		p, err := toLuminance(im)
		if err != nil {
			return Array{}, fmt.Errorf("image %d: %w", i, err)
		}
		planes = append(planes, p)
	}
	return scatterPatches(planes)
}

// scatterPatches computes the features of all patches, on as many processors as there are to use.
func scatterPatches(planes []*imagePlane) (Array, error) {
	type patch struct {
		*imagePlane
		y, x int
	}
	var patches []patch
	for _, p := range planes {
		for y := 0; y+side <= p.h; y += patchStride {
			for x := 0; x+side <= p.w; x += patchStride {
				patches = append(patches, patch{p, y, x})
			}
		}
	}
	if len(patches) == 0 {
		return Array{}, errors.New("no images")
	}
	out := Array{Shape: []int{len(patches), ScatteringDim}, Values: make([]float64, len(patches)*ScatteringDim)}
	var next atomic.Int64
	var g errgroup.Group
	for range min(len(patches), runtime.GOMAXPROCS(0)) {
		g.Go(func() error {
			var s scatterer
			for i := int(next.Add(1)) - 1; i < len(patches); i = int(next.Add(1)) - 1 {
				p := patches[i]
				for r := range side {
					copy(s.patch[r*side:(r+1)*side], p.values[(p.y+r)*p.w+p.x:])
				}
				s.features((*[ScatteringDim]float64)(out.Values[i*ScatteringDim:]))
			}
			return nil
		})
	}
	return out, g.Wait()
}

type imagePlane struct {
	h, w   int
	values []float64
}

func toLuminance(im Array) (*imagePlane, error) {
	if err := im.check(); err != nil {
		return nil, err
	}
	h, w, c, err := imageExtents(im.Shape)
	if err != nil {
		return nil, err
	}
	if h < side || w < side {
		return nil, fmt.Errorf("image of %d×%d: too small, expected at least %d×%d", h, w, side, side)
	}
	if err := im.checkFinite(); err != nil {
		return nil, err
	}
	switch c {
	case 1:
		return &imagePlane{h, w, im.Values}, nil
	case 3:
		values := make([]float64, h*w)
		for i := range values {
			rgb := im.Values[3*i : 3*i+3]
			values[i] = luminance[0]*rgb[0] + luminance[1]*rgb[1] + luminance[2]*rgb[2]
		}
		return &imagePlane{h, w, values}, nil
	}
	return nil, fmt.Errorf("shape %v: %d channels, expected 1 or 3", im.Shape, c)
}

// scatterer computes features in its own memory.
type scatterer struct {
	patch                plane
	patchRe, patchIm     plane // its transform
	modulus              plane // |x∗ψ|
	modulusRe, modulusIm plane // its transform
	re, im               plane // a convolution
	workRe, workIm       plane // of the transforms
}

// features writes the features of s.patch.
func (s *scatterer) features(out *[ScatteringDim]float64) {
	bank := wavelets()
	mean := meanOf(&s.patch)
	var variance float64
	for _, v := range s.patch {
		variance += (v - mean) * (v - mean)
	}
	out[0], out[1] = mean, math.Sqrt(variance/(side*side))
	s.patchRe, s.patchIm = s.patch, plane{}
	forward(&s.patchRe, &s.patchIm, &s.workRe, &s.workIm)
	const secondOrder = 2 + scales*orientations
	for j1 := range scales {
		for l1 := range orientations {
			out[2+j1*orientations+l1] = s.convolve(&s.patchRe, &s.patchIm, &bank[j1][l1])
			if j1 == scales-1 {
				continue
			}
			s.modulusRe, s.modulusIm = s.modulus, plane{}
			forward(&s.modulusRe, &s.modulusIm, &s.workRe, &s.workIm)
			for j2 := j1 + 1; j2 < scales; j2++ {
				pair := j1*(2*scales-j1-1)/2 + j2 - j1 - 1 // of scales, in order
				for l2 := range orientations {
					out[secondOrder+(pair*orientations+l1)*orientations+l2] = s.convolve(&s.modulusRe, &s.modulusIm, &bank[j2][l2])
				}
			}
		}
	}
	for i, z := range out {
		out[i] = math.Log(logOffset + z)
	}
}

// convolve writes |x∗ψ| to s.modulus, given both transforms, and returns its mean.
func (s *scatterer) convolve(re, im, psi *plane) float64 {
	for i, f := range psi {
		s.re[i], s.im[i] = re[i]*f, im[i]*f
	}
	backward(&s.re, &s.im, &s.workRe, &s.workIm)
	for i, a := range &s.re {
		b := s.im[i]
		s.modulus[i] = math.Sqrt(a*a + b*b)
	}
	return meanOf(&s.modulus)
}

// meanOf sums in four strands, which is faster and more accurate than one.
func meanOf(x *plane) float64 {
	var a, b, c, d float64
	for i := 0; i < len(x); i += 4 {
		a += x[i]
		b += x[i+1]
		c += x[i+2]
		d += x[i+3]
	}
	return (a + b + c + d) / (side * side)
}

// wavelets returns the transforms of all ψ_jl, divided by 64² for [backward].
var wavelets = sync.OnceValue(func() *[scales][orientations]plane {
	bank := new([scales][orientations]plane)
	for j := range bank {
		for l := range bank[j] {
			bank[j][l] = morlet(j, l)
		}
	}
	return bank
})

// morlet returns the transform of ψ_jl. The Gaussian is isotropic, so all is a product of axes. The wavelet is
// Hermitian and its transform therefore real.
func morlet(j, l int) (transform plane) {
	sigma := 0.8 * math.Exp2(float64(j))
	xi := 0.75 * math.Pi / math.Exp2(float64(j))
	sin, cos := math.Sincos(math.Pi * float64(l) / orientations)
	waveX, waveY := axisTransform(sigma, xi*cos), axisTransform(sigma, xi*sin)
	gauss := axisTransform(sigma, 0)
	mean := waveX[0] * waveY[0] / (gauss[0] * gauss[0])
	scale := 1 / (2 * math.Pi * sigma * sigma * side * side)
	for y := range side {
		for x := range side {
			transform[y*side+x] = scale * real(waveY[y]*waveX[x]-mean*gauss[y]*gauss[x])
		}
	}
	return transform
}

// axisTransform returns the transform of e^{−x²/2σ²} e^{iξx} along one axis, summed over periodic images.
func axisTransform(sigma, xi float64) (transform [side]complex128) {
	for n := range side {
		var v complex128
		for image := -2; image <= 2; image++ {
			x := float64(n + image*side)
			v += cmplx.Exp(complex(-x*x/(2*sigma*sigma), xi*x))
		}
		for k := range transform {
			transform[k] += v * cmplx.Exp(complex(0, -2*math.Pi*float64(k*n%side)/side))
		}
	}
	return transform
}
