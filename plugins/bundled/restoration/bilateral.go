package restoration

import (
	"context"
	"math"

	"github.com/solverbench/solverbench/plugins"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
)

// Bilateral averages pixels that are close both in place and in colour, with a Gaussian of each
// (Tomasi & Manduchi 1998), in a window of three spatial standard deviations.
type Bilateral struct {
	SigmaSpatial float64 `opt:"sigma-spatial,min=0.1" doc:"standard deviation in pixels"`
	SigmaColor   float64 `opt:"sigma-color,min=0" doc:"standard deviation in intensity; 0 chooses it from the noise"`

	windowed
}

// bilateralColor is the colour standard deviation by default, in units of the noise level and the
// root of the number of channels, as colour distances grow with them.
const bilateralColor = 3

// bilateralCutoff is where the colour weight counts as 0: beyond √24 standard deviations.
const bilateralCutoff = 12

// Prepare allocates.
func (s *Bilateral) Prepare(_ context.Context, run *plugins.Run, task *restorationv1.Task) error {
	d, err := newDenoising("bilateral", run, task)
	if err != nil {
		return err
	}
	spread := 2 * s.SigmaSpatial * s.SigmaSpatial
	color := s.SigmaColor
	if color == 0 {
		color = bilateralColor * d.sigma * math.Sqrt(float64(d.c))
	}
	s.windowed = newWindowed(d, func() *neighbours {
		n := newNeighbours(d.h, d.w, d.c, 0, int(math.Ceil(3*s.SigmaSpatial)), bilateralCutoff, func(dy, dx int) float64 {
			return math.Exp(-float64(dy*dy+dx*dx) / spread)
		})
		// The colour distance is Euclidean: a sum over channels, where neighbours takes the mean.
		n.width = 2 * color * color / float64(d.c)
		return n
	})
	return nil
}
