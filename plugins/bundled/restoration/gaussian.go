package restoration

import (
	"context"

	"github.com/solverbench/solverbench/plugins"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
)

// Gaussian smooths with a Gaussian. Its width is given, or chosen for each plane among a few by
// the least estimate of the squared error that the noise level allows to make without the truth
// (Stein 1981, for a linear filter: mean (y − Gy)² + 2σ² trace G / pixels − σ²).
type Gaussian struct {
	Sigma float64 `opt:"sigma,min=0" doc:"standard deviation of the filter in pixels; 0 chooses it from the noise"`

	*denoising
	filters [][]*separable // of each worker, in order of width
	trial   [][]float64    // of each worker
}

// gaussianWidths are the widths tried.
var gaussianWidths = [...]float64{0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1, 1.2, 1.5, 2, 3}

// Prepare makes the filters.
func (s *Gaussian) Prepare(_ context.Context, run *plugins.Run, task *restorationv1.Task) (err error) {
	if s.denoising, err = newDenoising("gaussian", run, task); err != nil {
		return err
	}
	widths := gaussianWidths[:]
	if s.Sigma > 0 {
		widths = []float64{s.Sigma}
	}
	s.filters = make([][]*separable, s.threads)
	s.trial = make([][]float64, s.threads)
	for worker := range s.threads {
		s.trial[worker] = make([]float64, s.h*s.w)
		for _, width := range widths {
			taps := gaussianTaps(width)
			s.filters[worker] = append(s.filters[worker], newSeparable(s.h, s.w, taps, taps, fold))
		}
	}
	return nil
}

// Solve smooths.
func (s *Gaussian) Solve(ctx context.Context, run *plugins.Run, task *restorationv1.Task) (*restorationv1.Solution, error) {
	return s.solve(ctx, run, task, func(worker int, dst, src []float64) error {
		return smoothGaussian(ctx, dst, src, s.filters[worker], s.trial[worker], s.sigma)
	})
}

// smoothGaussian sets dst to src filtered by the best of the filters, where their order is that of
// width: the search ends at the first minimum of the estimated error.
func smoothGaussian(ctx context.Context, dst, src []float64, filters []*separable, trial []float64, sigma float64) error {
	if len(filters) == 1 {
		filters[0].apply(dst, src)
		return nil
	}
	copy(dst, src)
	least := sigma * sigma // of no filter at all
	for _, filter := range filters {
		if err := ctx.Err(); err != nil {
			return err
		}
		filter.apply(trial, src)
		residual := 0.0
		for i, v := range src {
			residual += (v - trial[i]) * (v - trial[i])
		}
		centre := filter.rows[len(filter.rows)/2] * filter.cols[len(filter.cols)/2]
		risk := residual/float64(len(src)) + sigma*sigma*(2*centre-1)
		if risk > least {
			return nil
		}
		least = risk
		copy(dst, trial)
	}
	return nil
}
