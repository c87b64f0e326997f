package metrics

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Moments are the mean and covariance of a distribution in Dim dimensions.
type Moments struct {
	Mean []float64 // [Dim]
	Cov  []float64 // [Dim][Dim], symmetric
}

func (m Moments) check() error {
	d := len(m.Mean)
	if d == 0 {
		return errors.New("mean: no dimensions")
	}
	if len(m.Cov) != d*d {
		return fmt.Errorf("covariance: %d values, expected %d×%d", len(m.Cov), d, d)
	}
	if err := (Array{Shape: []int{d}, Values: m.Mean}).checkFinite(); err != nil {
		return within("mean", err)
	}
	if err := (Array{Shape: []int{d, d}, Values: m.Cov}).checkFinite(); err != nil {
		return within("covariance", err)
	}
	scale := maxAbs(m.Cov)
	for i := range d {
		for j := range i {
			a, b := m.Cov[i*d+j], m.Cov[j*d+i]
			if math.Abs(a-b) > 1e-10*scale {
				return fmt.Errorf("covariance: values at [%d %d] and [%d %d]: %v and %v, expected a symmetric matrix", i, j, j, i, a, b)
			}
		}
	}
	return nil
}

// featureExtents returns the number of samples and of features of a feature set.
func featureExtents(x Array) (n, d int, err error) {
	if err := x.check(); err != nil {
		return 0, 0, err
	}
	if len(x.Shape) != 2 {
		return 0, 0, fmt.Errorf("shape %v: expected a feature set, [N][D]", x.Shape)
	}
	return x.Shape[0], x.Shape[1], x.checkFinite()
}

// checkFeatures returns the extents of two feature sets that can be compared, of at least minN samples each.
func checkFeatures(reference, candidate Array, minN int) (n, m, d int, err error) {
	n, d, err = featureExtents(reference)
	if err != nil {
		return 0, 0, 0, within("reference", err)
	}
	m, dc, err := featureExtents(candidate)
	if err != nil {
		return 0, 0, 0, within("candidate", err)
	}
	if dc != d {
		return 0, 0, 0, fmt.Errorf("candidate: %d features a sample, expected %d as in the reference", dc, d)
	}
	if n < minN {
		return 0, 0, 0, fmt.Errorf("reference: %d samples, expected at least %d", n, minN)
	}
	if m < minN {
		return 0, 0, 0, fmt.Errorf("candidate: %d samples, expected at least %d", m, minN)
	}
	return n, m, d, nil
}

// SampleMoments returns the mean and the unbiased covariance (divided by N−1) of a feature set [N][D], N ≥ 2.
func SampleMoments(x Array) (Moments, error) {
	n, d, err := featureExtents(x)
	if err != nil {
		return Moments{}, err
	}
	if n < 2 {
		return Moments{}, fmt.Errorf("%d samples: a covariance takes at least 2", n)
	}
	mean := make([]float64, d)
	for i := range n {
		for j, v := range x.Values[i*d : (i+1)*d] {
			mean[j] += v
		}
	}
	for j := range mean {
		mean[j] /= float64(n)
	}
	centred := mat.NewDense(n, d, nil)
	for i := range n {
		row := centred.RawRowView(i)
		for j, v := range x.Values[i*d : (i+1)*d] {
			row[j] = v - mean[j]
		}
	}
	var cov mat.Dense
	cov.Mul(centred.T(), centred)
	cov.Scale(1/float64(n-1), &cov)
	return Moments{Mean: mean, Cov: cov.RawMatrix().Data}, nil
}

// Frechet returns the squared Fréchet distance (2-Wasserstein between Gaussians of the same moments;
// Dowson & Landau 1982) of two feature sets [N][D] and [M][D],
//
//	‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½)
//
// with unbiased covariances. It is biased upwards at finite N, the more the smaller N/D: compare sets of equal
// size only, and see [SplitHalfFloor].
func Frechet(reference, candidate Array) (float64, error) {
	if _, _, _, err := checkFeatures(reference, candidate, 2); err != nil {
		return 0, err
	}
	a, err := SampleMoments(reference)
	if err != nil {
		return 0, within("reference", err)
	}
	b, err := SampleMoments(candidate)
	if err != nil {
		return 0, within("candidate", err)
	}
	return FrechetMoments(a, b)
}

// FrechetMoments is [Frechet] for distributions whose moments are known, exactly or from [SampleMoments].
func FrechetMoments(a, b Moments) (float64, error) {
	if err := errors.Join(within("first distribution", a.check()), within("second distribution", b.check())); err != nil {
		return 0, err
	}
	d := len(a.Mean)
	if len(b.Mean) != d {
		return 0, fmt.Errorf("moments of %d and %d dimensions, expected equal numbers", d, len(b.Mean))
	}
	ra, traceA, err := sqrtSym(a.Cov, d)
	if err != nil {
		return 0, within("first distribution", err)
	}
	rb, traceB, err := sqrtSym(b.Cov, d)
	if err != nil {
		return 0, within("second distribution", err)
	}
	// tr (Σ₁Σ₂)^½ is the sum of the singular values of Σ₁^½ Σ₂^½. Unlike the square roots of
	// eigenvalues of Σ₁^½ Σ₂ Σ₁^½ they lose no digits when the covariances are nearly singular.
	var product mat.Dense
	product.Mul(ra, rb)
	var svd mat.SVD
	if !svd.Factorize(&product, mat.SVDNone) {
		return 0, errors.New("singular values of the covariances' product: no convergence")
	}
	distance := traceA + traceB
	for _, s := range svd.Values(nil) {
		distance -= 2 * s
	}
	for i, m := range a.Mean {
		distance += (m - b.Mean[i]) * (m - b.Mean[i])
	}
	return max(distance, 0), nil
}

// sqrtSym returns the symmetric square root of a covariance, and the covariance's trace. Eigenvalues
// that are zero but for rounding count as zero; truly negative ones are an error.
func sqrtSym(cov []float64, d int) (root *mat.Dense, trace float64, err error) {
	var eig mat.EigenSym
	if !eig.Factorize(mat.NewSymDense(d, cov), true) {
		return nil, 0, errors.New("eigenvalues of the covariance: no convergence")
	}
	values := eig.Values(nil) // ascending
	largest := max(values[d-1], -values[0])
	if values[0] < -1e-8*largest {
		return nil, 0, fmt.Errorf("covariance: eigenvalue %v, expected none below zero", values[0])
	}
	var vectors, scaled mat.Dense
	eig.VectorsTo(&vectors)
	scaled.CloneFrom(&vectors)
	rounding := float64(d) * 0x1p-52 * largest
	for j, w := range values {
		if w <= rounding {
			w = 0 // or its square root would be no longer small
		}
		trace += w
		s := math.Sqrt(w)
		for i := range d {
			scaled.Set(i, j, s*vectors.At(i, j))
		}
	}
	root = new(mat.Dense)
	root.Mul(&scaled, vectors.T())
	return root, trace, nil
}

// SplitHalfFloor returns the squared Fréchet distance between two random halves of one feature set, split by
// seed: what the distance of equal distributions looks like at half its size. A distance to another
// set that is not well above this floor means nothing. It takes at least four samples.
func SplitHalfFloor(x Array, seed uint64) (float64, error) {
	n, d, err := featureExtents(x)
	if err != nil {
		return 0, err
	}
	if n < 4 {
		return 0, fmt.Errorf("%d samples: two halves with a covariance each take at least 4", n)
	}
	shuffled := make([]float64, 0, n*d)
	order := permutation(n, seed)
	for _, i := range order {
		shuffled = append(shuffled, x.Values[i*d:(i+1)*d]...)
	}
	h := n / 2
	return Frechet(
		Array{Shape: []int{h, d}, Values: shuffled[:h*d]},
		Array{Shape: []int{h, d}, Values: shuffled[h*d : 2*h*d]})
}
