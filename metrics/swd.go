package metrics

import (
	"fmt"
	"math"
	"slices"
)

// SlicedWasserstein returns the sliced 2-Wasserstein distance of two feature sets [N][D] and [M][D]
// (Rabin, Peyré, Delon & Bernot 2011): the square root of the mean, over random directions, of the squared
// 2-Wasserstein distance of the projected samples. With N = M that is the mean squared difference of the sorted
// projections; otherwise the integral of the squared difference of the two quantile functions, step functions
// both, which is exact and agrees with the former. Directions are drawn from seed by SplitMix64,
// each component a centred sum of four uniforms, and normalised.
func SlicedWasserstein(reference, candidate Array, projections int, seed uint64) (float64, error) {
	n, m, d, err := checkFeatures(reference, candidate, 1)
	if err != nil {
		return 0, err
	}
	if projections < 1 {
		return 0, fmt.Errorf("projections: %d, expected at least 1", projections)
	}
	r := splitMix64(seed)
	direction := make([]float64, d)
	px, py := make([]float64, n), make([]float64, m)
	var sum float64
	for range projections {
		for i := range direction {
			direction[i] = r.bell()
		}
		norm := L2(direction)
		for i := range direction {
			direction[i] /= norm
		}
		project(px, reference.Values, direction)
		project(py, candidate.Values, direction)
		sum += quantileDistance(px, py)
	}
	return math.Sqrt(sum / float64(projections)), nil
}

// project writes the sorted projections of the rows of x on a direction.
func project(dst, x, direction []float64) {
	d := len(direction)
	for i := range dst {
		var dot float64
		for j, v := range x[i*d : (i+1)*d] {
			dot += v * direction[j]
		}
		dst[i] = dot
	}
	slices.Sort(dst)
}

// quantileDistance integrates (F⁻¹ − G⁻¹)² over (0, 1) for sorted samples x and y. Positions are counted in
// units of 1/(n·m), in which all steps begin at integers.
func quantileDistance(x, y []float64) float64 {
	n, m := len(x), len(y)
	var sum float64
	for i, j, at := 0, 0, 0; i < n && j < m; {
		endX, endY := (i+1)*m, (j+1)*n
		next := min(endX, endY)
		diff := x[i] - y[j]
		sum += float64(next-at) * diff * diff
		if next == endX {
			i++
		}
		if next == endY {
			j++
		}
		at = next
	}
	return sum / (float64(n) * float64(m))
}
