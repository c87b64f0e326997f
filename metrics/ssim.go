package metrics

import (
	"math"
)

const (
	ssimSigma  = 1.5
	ssimRadius = 5 // 3.5 σ, rounded
	ssimTaps   = 2*ssimRadius + 1
	ssimK1     = 0.01
	ssimK2     = 0.03
)

// SSIM returns the mean structural similarity index of two images (Wang, Bovik, Sheikh & Simoncelli
// 2004, IEEE Trans. Image Process. 13(4), eq. 13), 1 for equal images. The window is a Gaussian of
// σ = 1.5 cut at 3.5 σ (11 taps), K1 = 0.01, K2 = 0.03, the covariances are the population's. The
// index is averaged over all windows that lie within the image, so no edge is extended, and over
// channels. It is scikit-image's structural_similarity with gaussian_weights=True, sigma=1.5,
// use_sample_covariance=False. Images must be at least 11×11.
func SSIM(reference, candidate Array, dataRange float64) (float64, error) {
	h, w, c, err := checkImages(reference, candidate, dataRange, ssimTaps)
	if err != nil {
		return 0, err
	}
	var sum float64
	for i := range c {
		s, _ := ssimPlane(channel(reference.Values, i, c), channel(candidate.Values, i, c), h, w, dataRange)
		sum += s
	}
	return sum / float64(c), nil
}

// msssimWeights are the exponents of the five scales, finest first (Wang, Simoncelli & Bovik 2003).
var msssimWeights = [...]float64{0.0448, 0.2856, 0.3001, 0.2363, 0.1333}

const msssimMinSize = ssimTaps << (len(msssimWeights) - 1)

// MSSSIM returns the multi-scale structural similarity index of two images (Wang, Simoncelli & Bovik
// 2003, Asilomar, eq. 7): the product over five scales of the mean contrast–structure term, and of the mean
// luminance–contrast–structure index at the coarsest, raised to the weights 0.0448, 0.2856, 0.3001,
// 0.2363, 0.1333. A scale is the 2×2 average of the finer one, without the last row or column where
// that is odd. Windows and constants are those of [SSIM]; a negative mean counts as zero. Channels
// are averaged. Images must be at least 176×176, so that the coarsest scale holds a window.
func MSSSIM(reference, candidate Array, dataRange float64) (float64, error) {
	h, w, c, err := checkImages(reference, candidate, dataRange, msssimMinSize)
	if err != nil {
		return 0, err
	}
	var sum float64
	for i := range c {
		sum += msssimPlane(channel(reference.Values, i, c), channel(candidate.Values, i, c), h, w, dataRange)
	}
	return sum / float64(c), nil
}

func msssimPlane(x, y []float64, h, w int, dataRange float64) float64 {
	product := 1.0
	for scale, weight := range msssimWeights {
		index, contrast := ssimPlane(x, y, h, w, dataRange)
		if scale == len(msssimWeights)-1 {
			return product * math.Pow(max(index, 0), weight)
		}
		product *= math.Pow(max(contrast, 0), weight)
		x, y = halve(x, h, w), halve(y, h, w)
		h, w = h/2, w/2
	}
	return product
}

// halve averages blocks of 2×2.
func halve(x []float64, h, w int) []float64 {
	out := make([]float64, (h/2)*(w/2))
	for i := range h / 2 {
		top, bottom := x[2*i*w:(2*i+1)*w], x[(2*i+1)*w:(2*i+2)*w]
		row := out[i*(w/2) : (i+1)*(w/2)]
		for j := range row {
			row[j] = (top[2*j] + top[2*j+1] + bottom[2*j] + bottom[2*j+1]) / 4
		}
	}
	return out
}

// gaussianTaps are the weights of the window along one axis, from its centre outwards, normalised to
// sum to one over both sides.
func gaussianTaps() (taps [ssimRadius + 1]float64) {
	var sum float64
	for i := range taps {
		taps[i] = math.Exp(-float64(i*i) / (2 * ssimSigma * ssimSigma))
		sum += taps[i]
		if i > 0 {
			sum += taps[i]
		}
	}
	for i := range taps {
		taps[i] /= sum
	}
	return taps
}

// The moments of a window, each filtered as an image of its own. The two variances appear in the
// index only as their sum.
const (
	meanX = iota
	meanY
	meanSquares // of x² + y²
	meanXY
	moments
)

// ssimPlane returns the mean of the index, and of its contrast–structure factor, over all windows
// within a plane. Rows are filtered as they come into a ring of the last 11, whose weighted sum is one
// row of window moments.
func ssimPlane(x, y []float64, h, w int, dataRange float64) (index, contrast float64) {
	c1, c2 := ssimK1*dataRange, ssimK2*dataRange
	c1, c2 = c1*c1, c2*c2
	taps := gaussianTaps()
	n := w - 2*ssimRadius
	var ring [ssimTaps][moments][]float64
	var window [moments][]float64
	for m := range moments {
		for i := range ring {
			ring[i][m] = make([]float64, n)
		}
		window[m] = make([]float64, n)
	}
	squares, products := make([]float64, w), make([]float64, w)
	for row := range h {
		xr, yr := x[row*w:(row+1)*w], y[row*w:(row+1)*w]
		for j, a := range xr {
			b := yr[j]
			squares[j] = a*a + b*b
			products[j] = a * b
		}
		for m, in := range [moments][]float64{xr, yr, squares, products} {
			filterRow(ring[row%ssimTaps][m], in, &taps)
		}
		if row < ssimTaps-1 {
			continue
		}
		for m := range moments {
			filterRing(window[m], &ring, m, row-ssimRadius, &taps)
		}
		s, c := ssimRow(&window, c1, c2)
		index += s
		contrast += c
	}
	count := float64(n * (h - 2*ssimRadius))
	return index / count, contrast / count
}

// filterRow correlates a row with the taps at the places where they fit.
func filterRow(dst, in []float64, taps *[ssimRadius + 1]float64) {
	for j := range dst {
		v := in[j : j+ssimTaps : j+ssimTaps]
		_ = v[ssimTaps-1]
		dst[j] = taps[0]*v[5] + taps[1]*(v[4]+v[6]) + taps[2]*(v[3]+v[7]) +
			taps[3]*(v[2]+v[8]) + taps[4]*(v[1]+v[9]) + taps[5]*(v[0]+v[10])
	}
}

// filterRing weighs the rows of one moment around a centre.
func filterRing(dst []float64, ring *[ssimTaps][moments][]float64, m, centre int, taps *[ssimRadius + 1]float64) {
	at := func(row int) []float64 { return ring[(row+ssimTaps)%ssimTaps][m][:len(dst)] }
	mid := at(centre)
	for j, v := range mid {
		dst[j] = taps[0] * v
	}
	for k := 1; k <= ssimRadius; k++ {
		above, below, t := at(centre-k), at(centre+k), taps[k]
		for j := range dst {
			dst[j] += t * (above[j] + below[j])
		}
	}
}

// ssimRow sums the index and its contrast–structure factor over a row of windows.
func ssimRow(window *[moments][]float64, c1, c2 float64) (index, contrast float64) {
	mx := window[meanX]
	my, sq, xy := window[meanY][:len(mx)], window[meanSquares][:len(mx)], window[meanXY][:len(mx)]
	for j, a := range mx {
		b := my[j]
		ab, aabb := a*b, a*a+b*b
		cs := (2*(xy[j]-ab) + c2) / (sq[j] - aabb + c2)
		contrast += cs
		index += cs * (2*ab + c1) / (aabb + c1)
	}
	return index, contrast
}
