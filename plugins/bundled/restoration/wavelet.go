package restoration

import (
	"context"
	"math"

	"github.com/solverbench/solverbench/plugins"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
)

// Wavelet shrinks the details of an orthonormal wavelet transform by a soft threshold for each band,
// σ²/√(mean d² − σ²), BayesShrink (Chang, Yu & Vetterli 2000, IEEE TIP 9(9), eq. 12), and averages
// over circular shifts of the image (Coifman & Donoho 1995).
type Wavelet struct {
	Wavelet string `opt:"wavelet,choices=db1|db2|db3|db4|sym4|sym8" doc:"Daubechies' wavelets and symlets; db1 is Haar's"`
	Levels  int    `opt:"levels,min=0" doc:"levels of the transform; 0 is as many as fit, but for the three coarsest of Haar's"`
	Shifts  int    `opt:"shifts,min=0" doc:"largest shift along each axis averaged over; 0 means no averaging"`

	*denoising
	shrinkers []*shrinker // of each worker
}

// Prepare allocates.
func (s *Wavelet) Prepare(_ context.Context, run *plugins.Run, task *restorationv1.Task) (err error) {
	if s.denoising, err = newDenoising("wavelet", run, task); err != nil {
		return err
	}
	filter := scalingFilters[s.Wavelet]
	levels := s.Levels
	if levels == 0 {
		size := min(s.h, s.w)
		levels = max(min(maxLevels(size, 2)-3, maxLevels(size, len(filter))), 1)
	}
	s.shrinkers = make([]*shrinker, s.threads)
	for i := range s.shrinkers {
		s.shrinkers[i] = &shrinker{
			h: s.h, w: s.w, dwt: newDWT(s.h, s.w, levels, filter), shifts: s.Shifts,
			moved: make([]float64, s.h*s.w), clean: make([]float64, s.h*s.w),
		}
	}
	return nil
}

// Solve shrinks.
func (s *Wavelet) Solve(ctx context.Context, run *plugins.Run, task *restorationv1.Task) (*restorationv1.Solution, error) {
	return s.solve(ctx, run, task, func(worker int, dst, src []float64) error {
		return s.shrinkers[worker].denoise(ctx, dst, src, s.sigma)
	})
}

// shrinker is what one worker denoises planes of h×w with.
type shrinker struct {
	h, w, shifts int
	dwt          *dwt
	moved, clean []float64
}

func (s *shrinker) denoise(ctx context.Context, dst, src []float64, sigma float64) error {
	if s.shifts == 0 {
		s.shrink(dst, src, sigma)
		return nil
	}
	clear(dst)
	count := (s.shifts + 1) * (s.shifts + 1)
	for dy := range s.shifts + 1 {
		for dx := range s.shifts + 1 {
			if err := ctx.Err(); err != nil {
				return err
			}
			roll(s.moved, src, s.h, s.w, dy, dx)
			s.shrink(s.clean, s.moved, sigma)
			roll(s.moved, s.clean, s.h, s.w, -dy, -dx)
			addScaled(dst, s.moved, 1/float64(count))
		}
	}
	return nil
}

// roll shifts src circularly by (dy, dx).
func roll(dst, src []float64, h, w, dy, dx int) {
	dx = wrap(dx, w)
	for y := range h {
		to := wrap(y+dy, h)
		row := src[y*w : (y+1)*w]
		copy(dst[to*w+dx:(to+1)*w], row)
		copy(dst[to*w:to*w+dx], row[w-dx:])
	}
}

func (s *shrinker) shrink(dst, src []float64, sigma float64) {
	s.dwt.forward(src)
	for i := range s.dwt.levels {
		for _, band := range s.dwt.levels[i].bands[1:] {
			bayesShrink(band, sigma*sigma)
		}
	}
	s.dwt.inverse(dst)
}

// bayesShrink thresholds a band. Where the details are not above the noise, all go.
func bayesShrink(band []float64, variance float64) {
	power := 0.0
	for _, v := range band {
		power += v * v
	}
	power /= float64(len(band))
	if power <= variance {
		clear(band)
		return
	}
	threshold := variance / math.Sqrt(power-variance)
	for i, v := range band {
		band[i] = math.Copysign(max(math.Abs(v)-threshold, 0), v)
	}
}
