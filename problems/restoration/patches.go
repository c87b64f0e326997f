package restoration

import (
	"fmt"

	"github.com/solverbench/solverbench/metrics"
	"github.com/solverbench/solverbench/problems"
)

const (
	patchSide   = 64
	patchStride = 32

	// minPatches is how many patches a distance between sets needs to mean anything: each half of the
	// truth's, whose distance is the floor, then has twice as many as there are features.
	minPatches = 4 * metrics.ScatteringDim
	// maxPatches bounds the time of an evaluation. Of more patches as many are taken at equal distances.
	maxPatches = 512
)

// patchFeatures are the truth's log-scattering features.
type patchFeatures struct {
	features metrics.Array
	floor    float64
}

// patchCount is how many patches of a set are compared, 0 if they would be too few.
func patchCount(x images) int {
	total := x.n * patchesAlong(x.h) * patchesAlong(x.w)
	if total < minPatches {
		return 0
	}
	return min(total, maxPatches)
}

// patchesAlong is the number of full patches along an axis.
func patchesAlong(side int) int {
	if side < patchSide {
		return 0
	}
	return (side-patchSide)/patchStride + 1
}

// patches returns a set's patches: 64×64 at stride 32, of each image from the top left, or as many of
// them at equal distances as are compared at most.
func patches(x images) []metrics.Array {
	ny, nx := patchesAlong(x.h), patchesAlong(x.w)
	total, out := x.n*ny*nx, make([]metrics.Array, patchCount(x))
	for k := range out {
		at := k * total / len(out)
		n, top, left := at/(ny*nx), at/nx%ny*patchStride, at%nx*patchStride
		values := make([]float64, 0, patchSide*patchSide*x.c)
		for row := top; row < top+patchSide; row++ {
			values = append(values, x.image(n)[(row*x.w+left)*x.c:][:patchSide*x.c]...)
		}
		out[k] = metrics.Array{Shape: []int{patchSide, patchSide, x.c}, Values: values}
	}
	return out
}

func newPatchFeatures(truth images) (p patchFeatures, err error) {
	if p.features, err = metrics.ScatteringFeatures(patches(truth)); err != nil {
		return p, err
	}
	p.floor, err = metrics.SplitHalfFloor(p.features, 0)
	return p, err
}

// addSetMetrics appends the distances between the sets of patches of the images and of the truth,
// with their number and the floor, if there are enough patches.
func (in *instance) addSetMetrics(e *problems.Evaluation, x images) error {
	count := patchCount(x)
	if count == 0 {
		return nil
	}
	truth, err := in.patches()
	if err != nil {
		return fmt.Errorf("features of the truth: %w", err)
	}
	features, err := metrics.ScatteringFeatures(patches(x))
	if err != nil {
		return fmt.Errorf("features of the images: %w", err)
	}
	fd, err := metrics.Frechet(truth.features, features)
	if err != nil {
		return fmt.Errorf("fd-scattering: %w", err)
	}
	kid, err := metrics.KID(truth.features, features)
	if err != nil {
		return fmt.Errorf("kid-scattering: %w", err)
	}
	e.Metrics = append(e.Metrics,
		problems.Metric{Name: "fd-scattering", Value: fd, Better: problems.Lower},
		problems.Metric{Name: "kid-scattering", Value: kid, Better: problems.Lower},
		problems.Metric{Name: "fd-scattering-floor", Value: truth.floor, Better: problems.Neither},
		problems.Metric{Name: "fd-scattering-patches", Value: float64(count), Better: problems.Neither},
	)
	return nil
}
