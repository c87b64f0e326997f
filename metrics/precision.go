package metrics

import (
	"fmt"
	"math"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
)

// Precision returns the improved precision of Kynkäänniemi, Karras, Laine, Lehtinen & Aila 2019
// (NeurIPS, eq. 2): the share of candidate samples that lie within the reference's manifold, the union of balls about
// its samples that reach to their k-th nearest neighbour (the paper: k = 3). Feature sets are [N][D] and [M][D]
// with more than k samples each.
func Precision(reference, candidate Array, k int) (float64, error) {
	return coverage(reference, candidate, k)
}

// Recall is [Precision] with the parts exchanged: the share of reference samples within the candidate's
// manifold.
func Recall(reference, candidate Array, k int) (float64, error) {
	return coverage(candidate, reference, k)
}

// coverage returns the share of points within the manifold of a set.
func coverage(set, points Array, k int) (float64, error) {
	if k < 1 {
		return 0, fmt.Errorf("neighbours: %d, expected at least 1", k)
	}
	n, m, d, err := checkFeatures(set, points, k+1)
	if err != nil {
		return 0, err
	}
	radii := make([]float64, n) // squared
	parallelRows(n, func(i int) {
		radii[i] = kthNeighbour(set.Values, i, d, k)
	})
	inside := make([]bool, m)
	parallelRows(m, func(i int) {
		p := points.Values[i*d : (i+1)*d]
		for j, r := range radii {
			if squaredDistance(p, set.Values[j*d:(j+1)*d], r) <= r {
				inside[i] = true
				return
			}
		}
	})
	var count int
	for _, in := range inside {
		if in {
			count++
		}
	}
	return float64(count) / float64(m), nil
}

// kthNeighbour returns the squared distance of sample i to its k-th nearest other sample.
func kthNeighbour(x []float64, i, d, k int) float64 {
	nearest := make([]float64, k) // ascending
	for j := range nearest {
		nearest[j] = math.Inf(1)
	}
	p := x[i*d : (i+1)*d]
	for j := range len(x) / d {
		if j == i {
			continue
		}
		dist := squaredDistance(p, x[j*d:(j+1)*d], nearest[k-1])
		if dist < nearest[k-1] {
			at, _ := slices.BinarySearch(nearest, dist)
			copy(nearest[at+1:], nearest[at:k-1])
			nearest[at] = dist
		}
	}
	return nearest[k-1]
}

// squaredDistance returns ‖a − b‖², or some number above limit once the sum has exceeded it.
func squaredDistance(a, b []float64, limit float64) float64 {
	b = b[:len(a)]
	var sum float64
	for len(a) > 16 {
		for j, v := range a[:16] {
			diff := v - b[j]
			sum += diff * diff
		}
		if sum > limit {
			return sum
		}
		a, b = a[16:], b[16:]
	}
	for j, v := range a {
		diff := v - b[j]
		sum += diff * diff
	}
	return sum
}

// parallelRows calls f for 0 … n−1 from as many goroutines as there are processors to use.
func parallelRows(n int, f func(i int)) {
	var g errgroup.Group
	workers := min(n, runtime.GOMAXPROCS(0))
	for w := range workers {
		g.Go(func() error {
			for i := w; i < n; i += workers {
				f(i)
			}
			return nil
		})
	}
	_ = g.Wait() // f does not fail
}
