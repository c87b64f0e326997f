package sampling

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/solverbench/solverbench/metrics"
)

// momentErrors are squared Fréchet distances between the moments of samples and the exact ones.
type momentErrors struct {
	controlled float64 // with control variates, relative to the trace of the exact covariance
	plain      float64 // of the plain sample moments
}

// controlled estimates the expectation of a feature from its values on samples, given its values on the exact flow from
// the same start and their known expectation: the control-variate estimate with the regression
// coefficient. The plain mean is returned beside it.
func controlled(values, control []float64, expected float64) (estimate, mean float64) {
	n := float64(len(values))
	controlMean := 0.0
	for i, v := range values {
		mean += v
		controlMean += control[i]
	}
	mean, controlMean = mean/n, controlMean/n
	covariance, variance := 0.0, 0.0
	for i, v := range values {
		c := control[i] - controlMean
		covariance += (v - mean) * c
		variance += c * c
	}
	if !(variance > 0) {
		return mean, mean
	}
	return mean - covariance/variance*(controlMean-expected), mean
}

// momentErrors compares samples x with the marginal at a level, of which the rows of flow are samples too.
func (m *mixture) momentErrors(x, flow []float64, l level) (momentErrors, error) {
	exact := m.moments(l)
	estimated, plain := m.estimateMoments(x, flow, exact)
	var e momentErrors
	var err error
	if e.plain, err = metrics.FrechetMoments(exact, plain); err != nil {
		return e, fmt.Errorf("distance of the sample moments: %w", err)
	}
	if e.controlled, err = metrics.FrechetMoments(exact, estimated); err != nil {
		return e, fmt.Errorf("distance of the estimated moments: %w", err)
	}
	trace := 0.0
	for i := range m.d {
		trace += exact.Cov[i*m.d+i]
	}
	e.controlled /= trace
	return e, nil
}

// estimateMoments returns the moments of samples, with control variates and plain.
func (m *mixture) estimateMoments(x, flow []float64, exact metrics.Moments) (estimated, plain metrics.Moments) {
	d, n := m.d, len(x)/m.d
	columnsOf := func(x []float64) [][]float64 {
		columns := make([][]float64, d)
		for j := range columns {
			columns[j] = make([]float64, n)
			for i := range n {
				columns[j][i] = x[i*d+j] - exact.Mean[j] // so that no digits are lost in products
			}
		}
		return columns
	}
	cx, cf := columnsOf(x), columnsOf(flow)
	estimated = metrics.Moments{Mean: make([]float64, d), Cov: make([]float64, d*d)}
	plain = metrics.Moments{Mean: make([]float64, d), Cov: make([]float64, d*d)}
	for j := range d {
		estimated.Mean[j], plain.Mean[j] = controlled(cx[j], cf[j], 0)
	}
	px, pf := make([]float64, n), make([]float64, n)
	unbiased := float64(n) / float64(max(n-1, 1))
	for i := range d {
		for j := range i + 1 {
			for k := range px {
				px[k], pf[k] = cx[i][k]*cx[j][k], cf[i][k]*cf[j][k]
			}
			e, p := controlled(px, pf, exact.Cov[i*d+j])
			e -= estimated.Mean[i] * estimated.Mean[j]
			p = unbiased * (p - plain.Mean[i]*plain.Mean[j])
			estimated.Cov[i*d+j], estimated.Cov[j*d+i] = e, e
			plain.Cov[i*d+j], plain.Cov[j*d+i] = p, p
		}
	}
	for j, mean := range exact.Mean {
		estimated.Mean[j] += mean
		plain.Mean[j] += mean
	}
	makePositive(estimated.Cov, d)
	makePositive(plain.Cov, d) // of a collapsed set, rounding
	return estimated, plain
}

// makePositive replaces the negative eigenvalues, which an estimate may have, of a symmetric matrix by zero.
func makePositive(a []float64, d int) {
	var eigen mat.EigenSym
	if !eigen.Factorize(mat.NewSymDense(d, a), true) || eigen.Values(nil)[0] >= 0 {
		return
	}
	var vectors, scaled, product mat.Dense
	eigen.VectorsTo(&vectors)
	scaled.CloneFrom(&vectors)
	for j, v := range eigen.Values(nil) {
		for i := range d {
			scaled.Set(i, j, max(v, 0)*vectors.At(i, j))
		}
	}
	product.Mul(&scaled, vectors.T())
	for i := range d {
		for j := range d {
			a[i*d+j] = 0.5 * (product.At(i, j) + product.At(j, i))
		}
	}
}
