package restoration

import (
	"context"
	"fmt"

	"github.com/solverbench/solverbench/plugins"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
)

// NLMeans averages pixels with those whose surroundings look alike (Buades, Coll & Morel 2005), where
// the expected difference of the noise, 2σ², is taken off the mean squared difference of
// the patches (Buades, Coll & Morel 2011, IPOL 1, section 4) and all patch pixels weigh alike.
type NLMeans struct {
	PatchSize     int     `opt:"patch-size,min=1" doc:"width of the patches compared, odd"`
	PatchDistance int     `opt:"patch-distance,min=1" doc:"largest offset along each axis"`
	H             float64 `opt:"h,min=0.001" doc:"decay of the weights with the difference, in units of the noise level"`

	windowed
}

// nlMeansCutoff: weights below exp(−5) count as 0.
const nlMeansCutoff = 5

// Prepare allocates.
func (s *NLMeans) Prepare(_ context.Context, run *plugins.Run, task *restorationv1.Task) error {
	if s.PatchSize%2 == 0 {
		return fmt.Errorf("nl-means: patch-size is %d, expected an odd number", s.PatchSize)
	}
	d, err := newDenoising("nl-means", run, task)
	if err != nil {
		return err
	}
	s.windowed = newWindowed(d, func() *neighbours {
		n := newNeighbours(d.h, d.w, d.c, s.PatchSize/2, s.PatchDistance, nlMeansCutoff, func(int, int) float64 { return 1 })
		n.less = 2 * d.sigma * d.sigma
		n.width = (s.H * d.sigma) * (s.H * d.sigma)
		return n
	})
	return nil
}

// windowed runs neighbours over the images of a denoising task.
type windowed struct {
	*denoising
	parts [][]*neighbours // [images at a time][goroutines for each image]
}

func newWindowed(d *denoising, neighbours func() *neighbours) windowed {
	s := windowed{denoising: d}
	images := min(d.n, d.threads)
	for range images {
		s.parts = append(s.parts, nil)
	}
	for i := range d.threads {
		s.parts[i%images] = append(s.parts[i%images], neighbours())
	}
	return s
}

// Solve averages.
func (s *windowed) Solve(ctx context.Context, run *plugins.Run, task *restorationv1.Task) (*restorationv1.Solution, error) {
	if err := s.load(task); err != nil {
		return nil, err
	}
	err := parallel(ctx, len(s.parts), s.n, func(worker, i int) error {
		parts := s.parts[worker]
		if s.sigma == 0 {
			for k, plane := range s.restored.image(i) {
				copy(plane, s.image(i)[k])
			}
			return nil
		}
		offsets := parts[0].offsets()
		err := parallel(ctx, len(parts), len(parts), func(_, part int) error {
			n := parts[part]
			n.load(s.image(i))
			for k := part; k < len(offsets); k += len(parts) {
				if err := ctx.Err(); err != nil {
					return err
				}
				n.add(offsets[k][0], offsets[k][1])
			}
			return nil
		})
		if err != nil {
			return err
		}
		parts[0].store(s.restored.image(i), parts[1:]...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.finish(run), nil
}
