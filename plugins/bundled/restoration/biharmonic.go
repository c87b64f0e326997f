package restoration

import (
	"context"
	"fmt"

	"github.com/solverbench/solverbench/plugins"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
)

// Biharmonic fills missing pixels so that Δ²x = 0 on them: x minimises ‖Δx‖² with the known
// pixels kept (Damelin & Hoang 2018), where Δ is the five-point Laplacian with reflected edges. Groups of
// missing pixels coupled by the 13-point stencil are solved one by one: small and narrow ones
// by banded Cholesky factors, which all images' channels share, others by conjugate gradients with an
// incomplete Cholesky factor. Values are kept within the range of the known ones.
type Biharmonic struct {
	Tolerance float64 `opt:"tolerance,min=0" doc:"residual, relative to the right side, at which conjugate gradients stop"`

	degraded, restored *batch
	holes              []*holes // of each image
}

// inpaintMask checks an inpainting task and returns its mask, one value for each pixel of each image.
func inpaintMask(task *restorationv1.Task) (mask []uint8, n, h, w, c int, err error) {
	if n, h, w, c, err = sameShape(task); err != nil {
		return nil, 0, 0, 0, 0, err
	}
	if mask, err = task.GetInpaint().GetMask().Uint8s(); err != nil {
		return nil, 0, 0, 0, 0, fmt.Errorf("task: inpaint.mask: %w", err)
	}
	if len(mask) != n*h*w {
		return nil, 0, 0, 0, 0, fmt.Errorf("task: inpaint.mask has %d elements, expected %d", len(mask), n*h*w)
	}
	for i := range n {
		known := false
		for _, m := range mask[i*h*w : (i+1)*h*w] {
			known = known || m != 0
		}
		if !known {
			return nil, 0, 0, 0, 0, fmt.Errorf("task: inpaint.mask has no known pixel in image %d, expected at least one", i)
		}
	}
	return mask, n, h, w, c, nil
}

// Prepare factors the equations of each mask.
func (s *Biharmonic) Prepare(ctx context.Context, run *plugins.Run, task *restorationv1.Task) error {
	if task.GetInpaint() == nil {
		return unsupported("biharmonic", "missing pixels", task)
	}
	mask, n, h, w, c, err := inpaintMask(task)
	if err != nil {
		return err
	}
	s.degraded, s.restored = newBatch(n, h, w, c), newBatch(n, h, w, c)
	s.holes = make([]*holes, n)
	return parallel(ctx, run.Threads(), n, func(_, i int) (err error) {
		s.holes[i], err = newHoles(ctx, mask[i*h*w:(i+1)*h*w], h, w)
		return err
	})
}

// Solve fills.
func (s *Biharmonic) Solve(ctx context.Context, run *plugins.Run, task *restorationv1.Task) (*restorationv1.Solution, error) {
	if err := s.degraded.load(task.GetDegraded()); err != nil {
		return nil, err
	}
	counts := make([]int, s.degraded.n)
	err := parallel(ctx, run.Threads(), s.degraded.n, func(_, i int) error {
		for k, y := range s.degraded.image(i) {
			x := s.restored.image(i)[k]
			copy(x, y)
			n, err := s.holes[i].fill(ctx, x, s.Tolerance)
			if err != nil {
				return err
			}
			counts[i] = max(counts[i], n)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	most := 0
	for _, k := range counts {
		most = max(most, k)
	}
	run.Iterations(most)
	return s.restored.output(run), nil
}
