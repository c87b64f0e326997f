package restoration

import (
	"context"
	"fmt"

	"github.com/solverbench/solverbench/plugins"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
)

// Bicubic enlarges by cubic convolution (Keys 1981), optionally followed by iterative
// back-projection (Irani & Peleg 1991, CVGIP 53(3)), which reduces the estimate as the task did and
// enlarges what is missing to y.
type Bicubic struct {
	BackProjection int `opt:"back-projection,min=0" doc:"iterations of back-projection"`

	low, high *batch
	scalers   []*scaler // of each worker
}

// scaler holds what one worker enlarges with.
type scaler struct {
	enlarge, reduce *scaling
	low, high       []float64
}

// superResolutionShape checks a super-resolution task and returns the shape of y.
func superResolutionShape(task *restorationv1.Task) (n, h, w, c int, err error) {
	n, h, w, c, err = degradedShape(task)
	if err != nil {
		return 0, 0, 0, 0, err
	}
	scale := int(task.GetSuperResolution().GetScale())
	if scale < 1 || int(task.GetHeight()) != h*scale || int(task.GetWidth()) != w*scale {
		return 0, 0, 0, 0, fmt.Errorf("task: super_resolution.scale is %d, expected that it takes %d×%d to %d×%d",
			scale, h, w, task.GetHeight(), task.GetWidth())
	}
	return n, h, w, c, nil
}

// Prepare computes the taps.
func (s *Bicubic) Prepare(_ context.Context, run *plugins.Run, task *restorationv1.Task) error {
	if task.GetSuperResolution() == nil {
		return unsupported("bicubic", "reduction", task)
	}
	n, h, w, c, err := superResolutionShape(task)
	if err != nil {
		return err
	}
	outH, outW := int(task.GetHeight()), int(task.GetWidth())
	s.low, s.high = newBatch(n, h, w, c), newBatch(n, outH, outW, c)
	s.scalers = make([]*scaler, run.Threads())
	for i := range s.scalers {
		s.scalers[i] = &scaler{
			enlarge: newScaling(h, w, outH, outW), reduce: newScaling(outH, outW, h, w),
			low: make([]float64, h*w), high: make([]float64, outH*outW),
		}
	}
	return nil
}

// Solve enlarges.
func (s *Bicubic) Solve(ctx context.Context, run *plugins.Run, task *restorationv1.Task) (*restorationv1.Solution, error) {
	if err := s.low.load(task.GetDegraded()); err != nil {
		return nil, err
	}
	err := parallel(ctx, len(s.scalers), len(s.low.planes), func(worker, i int) error {
		return s.scalers[worker].enlargeTo(ctx, s.high.planes[i], s.low.planes[i], s.BackProjection)
	})
	if err != nil {
		return nil, err
	}
	run.Iterations(s.BackProjection)
	return s.high.output(run), nil
}

// enlargeTo sets x to y enlarged, with so many iterations of back-projection.
func (s *scaler) enlargeTo(ctx context.Context, x, y []float64, iterations int) error {
	s.enlarge.apply(x, y)
	for range iterations {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.reduce.apply(s.low, x)
		for j, v := range y {
			s.low[j] = v - s.low[j]
		}
		s.enlarge.apply(s.high, s.low)
		addScaled(x, s.high, 1)
	}
	return nil
}
