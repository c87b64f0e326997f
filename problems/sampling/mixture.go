package sampling

import (
	"math"
	"runtime"
	"sync"

	"github.com/solverbench/solverbench/metrics"
)

// mixture is a Gaussian mixture with diagonal covariances, Σ w_k N(μ_k, diag v_k).
type mixture struct {
	weights   []float64 // [K], positive, of sum one
	means     []float64 // [K][d]
	variances []float64 // [K][d], not negative
	d         int

	pool sync.Pool // of *marginal
}

func newMixture(weights, means, variances []float64) *mixture {
	return &mixture{weights: weights, means: means, variances: variances, d: len(means) / len(weights)}
}

func (m *mixture) dim() int { return m.d }

// marginal is the mixture that x_t is drawn from, Σ w_k N(α μ_k, α² v_k + σ²), ready for evaluation.
type marginal struct {
	level   level
	means   []float64 // α μ_k
	inverse []float64 // 1/(α² v_k + σ²)
	logs    []float64 // ln w_k − ½ Σ ln(α² v_k + σ²)
	shares  []float64 // scratch: the posterior probabilities of the components
}

func (m *mixture) newMarginal() *marginal {
	k, n := len(m.weights), len(m.means)
	return &marginal{means: make([]float64, n), inverse: make([]float64, n), logs: make([]float64, k), shares: make([]float64, k)}
}

// at sets g to the marginal at a level.
func (m *mixture) at(l level, g *marginal) {
	g.level = l
	for k, w := range m.weights {
		// One logarithm for several dimensions: a product of 8 variances neither overflows nor
		// underflows, each being at least σ² of a time worth asking for.
		sum, product := math.Log(w), 1.0
		for i := k * m.d; i < (k+1)*m.d; i++ {
			v := l.variance(m.variances[i])
			g.means[i] = l.alpha * m.means[i]
			g.inverse[i] = 1 / v
			product *= v
			if i%8 == 7 {
				sum, product = sum-0.5*math.Log(product), 1
			}
		}
		g.logs[k] = sum - 0.5*math.Log(product)
	}
}

// negligible is the posterior probability, as a logarithm, below which a component adds nothing to a sum
// whose largest term is one.
const negligible = -60

// posterior sets g.shares to the posterior probabilities of the components given x.
func (g *marginal) posterior(x []float64) {
	d := len(x)
	largest := math.Inf(-1)
	for k := range g.shares {
		mean, inverse := g.means[k*d:][:d], g.inverse[k*d:][:d]
		q := 0.0
		for j, v := range x {
			r := v - mean[j]
			q += r * r * inverse[j]
		}
		s := g.logs[k] - 0.5*q
		g.shares[k] = s
		largest = max(largest, s)
	}
	sum := 0.0
	for k, s := range g.shares {
		if s -= largest; s < negligible {
			g.shares[k] = 0
			continue
		}
		s = math.Exp(s)
		g.shares[k] = s
		sum += s
	}
	for k := range g.shares {
		g.shares[k] /= sum
	}
}

// noise sets the rows of dst to ε at the rows of x.
func (g *marginal) noise(dst, x []float64, d int) {
	for p := 0; p+d <= len(x); p += d {
		row, out := x[p:][:d], dst[p:][:d]
		g.posterior(row)
		clear(out)
		for k, share := range g.shares {
			if share == 0 {
				continue
			}
			share *= g.level.sigma
			mean, inverse := g.means[k*d:][:d], g.inverse[k*d:][:d]
			for j, v := range row {
				out[j] += share * (v - mean[j]) * inverse[j]
			}
		}
	}
}

// parallelFrom is the work of a batch, in rows × components × dimensions, that is worth a second processor.
const parallelFrom = 1 << 16

// noise sets the rows of dst to ε at the rows of x. It may be called concurrently.
func (m *mixture) noise(dst, x []float64, l level) {
	rows := len(x) / m.d
	if rows*len(m.means) < parallelFrom || runtime.GOMAXPROCS(0) == 1 {
		m.noiseRows(dst, x, l)
		return
	}
	half := rows / 2 * m.d
	var second sync.WaitGroup
	second.Go(func() { m.noiseRows(dst[half:], x[half:], l) })
	m.noiseRows(dst[:half], x[:half], l)
	second.Wait()
}

func (m *mixture) noiseRows(dst, x []float64, l level) {
	g, ok := m.pool.Get().(*marginal)
	if !ok {
		g = m.newMarginal()
	}
	m.at(l, g)
	g.noise(dst, x, m.d)
	m.pool.Put(g)
}

// moments returns the exact moments of the marginal at a level.
func (m *mixture) moments(l level) metrics.Moments {
	d := m.d
	out := metrics.Moments{Mean: make([]float64, d), Cov: make([]float64, d*d)}
	for k, w := range m.weights {
		for j := range d {
			out.Mean[j] += w * l.alpha * m.means[k*d+j]
		}
	}
	for k, w := range m.weights {
		for i := range d {
			ri := l.alpha*m.means[k*d+i] - out.Mean[i]
			for j := range d {
				out.Cov[i*d+j] += w * ri * (l.alpha*m.means[k*d+j] - out.Mean[j])
			}
			out.Cov[i*d+i] += w * l.variance(m.variances[k*d+i])
		}
	}
	return out
}

// draw returns n exact samples of the marginal at a level.
func (m *mixture) draw(r source, n int, l level) []float64 {
	x := make([]float64, n*m.d)
	for p := 0; p < len(x); p += m.d {
		k, u := 0, r.Float64()
		for u -= m.weights[0]; u >= 0 && k+1 < len(m.weights); u -= m.weights[k] {
			k++
		}
		row := x[p:][:m.d]
		r.normals(row)
		for j := range row {
			i := k*m.d + j
			row[j] = l.alpha*m.means[i] + math.Sqrt(l.variance(m.variances[i]))*row[j]
		}
	}
	return x
}
