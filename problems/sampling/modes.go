package sampling

import (
	"math"

	"github.com/solverbench/solverbench/problems"
)

// reach is the squared Mahalanobis distance within which a sample is counted as of a mode in d dimensions: three
// standard deviations above the mean of its law, χ²_d.
func reach(d int) float64 { return float64(d) + 3*math.Sqrt(2*float64(d)) }

// modeMetrics say how samples spread over the components of the marginal at a level: the share of components
// that have a sample within reach which is likeliest theirs; the total variation between the weights and the mean
// posterior probabilities, whose expectations are the weights; the share of samples out of reach.
func (m *mixture) modeMetrics(x []float64, l level) []problems.Metric {
	g := m.newMarginal()
	m.at(l, g)
	hit := make([]bool, len(m.weights))
	mass := make([]float64, len(m.weights))
	stray, rows := 0.0, float64(len(x)/m.d)
	for p := 0; p < len(x); p += m.d {
		row := x[p:][:m.d]
		g.posterior(row)
		best := 0
		for k, share := range g.shares {
			mass[k] += share / rows
			if share > g.shares[best] {
				best = k
			}
		}
		distance := 0.0
		for j, v := range row {
			r := v - g.means[best*m.d+j]
			distance += r * r * g.inverse[best*m.d+j]
		}
		if distance <= reach(m.d) {
			hit[best] = true
		} else {
			stray += 1 / rows
		}
	}
	covered, variation := 0.0, 0.0
	for k, w := range m.weights {
		if hit[k] {
			covered += 1 / float64(len(m.weights))
		}
		variation += 0.5 * math.Abs(mass[k]-w)
	}
	return []problems.Metric{
		{Name: "mode-coverage", Value: covered, Better: problems.Higher},
		{Name: "mode-tv", Value: variation, Better: problems.Lower},
		{Name: "stray", Value: stray, Better: problems.Lower},
	}
}
