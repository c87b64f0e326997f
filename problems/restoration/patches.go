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
	maxPatches = 1024
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

// scattering returns the features of a set's patches: 64×64 at stride 32, of each image from the top
// left, or as many of them at equal distances as are compared at most.
func scattering(x images) (metrics.Array, error) {
	ny, nx := patchesAlong(x.h), patchesAlong(x.w)
	total, count := x.n*ny*nx, patchCount(x)
	patches := make([]metrics.Array, count)
	for k := range patches {
		at := k * total / count
		n, y, left := at/(ny*nx), at/nx%ny*patchStride, at%nx*patchStride
		patch := metrics.Array{Shape: []int{patchSide, patchSide, x.c}, Values: make([]float64, 0, patchSide*patchSide*x.c)}
		for row := y; row < y+patchSide; row++ {
			patch.Values = append(patch.Values, x.image(n)[(row*x.w+left)*x.c:][:patchSide*x.c]...)
		}
		patches[k] = patch
	}
	return metrics.ScatteringFeatures(patches)
}

func newPatchFeatures(truth images) (p patchFeatures, err error) {
	if p.features, err = scattering(truth); err != nil {
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
	features, err := scattering(x)
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
