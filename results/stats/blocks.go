package stats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/stat/distuv"
)

// MidRanks returns the places of values, the least first, counted from 1; equal values have the mean of their places.
func MidRanks(x []float64) []float64 {
	sorted := slices.Sorted(slices.Values(x))
	ranks := make([]float64, len(x))
	for i, v := range x {
		first, _ := slices.BinarySearch(sorted, v)
		after := first
		for after < len(sorted) && sorted[after] == v {
			after++
		}
		ranks[i] = float64(first+1+after) / 2
	}
	return ranks
}

// Friedman tests that treatments do not differ over blocks: costs[i][j] is that of treatment j in block i, of which only
// the order within the block counts; infinity is a failure. It returns the mean rank of each treatment, the statistic
// corrected for ties, and its P by the chi-squared approximation. P is 1 where nothing differs.
func Friedman(costs [][]float64) (meanRanks []float64, chi2, p float64) {
	if len(costs) == 0 || len(costs[0]) == 0 {
		return nil, 0, 1
	}
	n, k := float64(len(costs)), float64(len(costs[0]))
	meanRanks = make([]float64, len(costs[0]))
	ties := 0.0
	for _, block := range costs {
		ranks := MidRanks(block)
		for j, r := range ranks {
			meanRanks[j] += r / n
		}
		slices.Sort(ranks)
		for i := 0; i < len(ranks); {
			j := i
			for j < len(ranks) && ranks[j] == ranks[i] {
				j++
			}
			t := float64(j - i)
			ties += t*t*t - t
			i = j
		}
	}
	sum := 0.0
	for _, r := range meanRanks {
		sum += (r - (k+1)/2) * (r - (k+1)/2)
	}
	correction := 1 - ties/(n*k*(k*k-1))
	if k < 2 || correction <= 0 {
		return meanRanks, 0, 1
	}
	chi2 = 12 * n / (k * (k + 1)) * sum / correction
	return meanRanks, chi2, distuv.ChiSquared{K: k - 1}.Survival(chi2)
}

// CriticalDifference is Nemenyi's: of k treatments over n blocks, two differ at a level of significance if their mean
// ranks are farther apart. It is q/√2 · √(k(k+1)/6n) with q of the studentized range.
func CriticalDifference(k, n int, alpha float64) float64 {
	q := studentizedRange(k, 1-alpha)
	return q / math.Sqrt2 * math.Sqrt(float64(k*(k+1))/float64(6*n))
}

// studentizedRange returns the quantile of the range of k standard normal values.
func studentizedRange(k int, p float64) float64 {
	lo, hi := 0.0, 20.0
	for hi-lo > 1e-10 {
		if mid := (lo + hi) / 2; rangeCDF(mid, k) < p {
			lo = mid
		} else {
			hi = mid
		}
	}
	return (lo + hi) / 2
}

// rangeCDF is P(range <= q) = k ∫ φ(z) (Φ(z) - Φ(z-q))^(k-1) dz, over the greatest value z.
func rangeCDF(q float64, k int) float64 {
	normal := distuv.UnitNormal
	return quad.Fixed(func(z float64) float64 {
		return float64(k) * normal.Prob(z) * math.Pow(normal.CDF(z)-normal.CDF(z-q), float64(k-1))
	}, -9, 9, 200, quad.Legendre{}, 0)
}

// Cliques returns the largest runs of sorted values whose ends are no farther apart than a width, as half-open ranges of
// indices; a run within another is none. These are the bars of a critical-difference diagram.
func Cliques(sorted []float64, width float64) (groups [][2]int) {
	end := 0
	for i := range sorted {
		j := max(i, end)
		for j < len(sorted) && sorted[j]-sorted[i] <= width {
			j++
		}
		if j > end {
			groups = append(groups, [2]int{i, j})
			end = j
		}
	}
	return groups
}
