package restoration

import (
	"context"

	"github.com/solverbench/solverbench/plugins"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
)

// TV minimises λ TV(x) + data(x, y) for each plane with the first-order primal–dual algorithm of
// Chambolle & Pock 2011 (JMIV 40, algorithm 1, and algorithm 2 where the data term is strongly
// convex). The total variation is that of Rudin, Osher & Fatemi 1992 by forward differences. Data
// terms:
//   - noise, and low light once stabilised: ½‖x − y‖²;
//   - blur and reduction A: ½‖Ax − y‖²;
//   - missing pixels: ½‖x − y‖² over the known ones, which without noise are kept;
//   - JPEG: ½‖x − y‖² with the coefficients held to their quantisation intervals (Alter, Durand &
//     Froment 2005).
type TV struct {
	Weight     float64 `opt:"weight,min=0" doc:"λ, in intensity; 0 chooses it from the noise"`
	Iterations int     `opt:"iterations,min=1" doc:"iterations at most"`
	Tolerance  float64 `opt:"tolerance,min=0" doc:"stop when the RMS distance to the minimiser, bounded (noise, low light) or extrapolated, is below this"`
	Isotropic  bool    `opt:"isotropic" doc:"length of the gradient, instead of the sum of its components"`

	model *tvModel
}

// tvModel is a task seen as one minimisation for each plane.
type tvModel struct {
	degraded, restored *batch // of different sizes for reductions
	weight             float64
	convexity          float64 // of the data term
	terms              []dataTerm
	planes             []*tvPlane
	stabiliser         *stabiliser
	start              func(ctx context.Context, i int) error // sets planes[i].x from degraded
}

// Prepare makes the data terms and their operators.
func (s *TV) Prepare(_ context.Context, run *plugins.Run, task *restorationv1.Task) (err error) {
	switch task.GetDegradation().(type) {
	case *restorationv1.Task_Denoise, *restorationv1.Task_LowLight:
		s.model, err = newNoiseModel(run, task)
	case *restorationv1.Task_SuperResolution:
		s.model, err = newReductionModel(task)
	case *restorationv1.Task_Blur:
		s.model, err = newBlurModel(task)
	case *restorationv1.Task_Inpaint:
		s.model, err = newInpaintModel(task)
	case *restorationv1.Task_Jpeg:
		s.model, err = newJPEGModel(task)
	default:
		err = unsupported("tv", "the six degradations of version 1", task)
	}
	if err != nil {
		return err
	}
	if s.Weight > 0 {
		s.model.weight = s.Weight
	}
	m := s.model
	m.planes = make([]*tvPlane, len(m.terms))
	for i := range m.planes {
		m.planes[i] = newTVPlane(m.restored.h, m.restored.w, m.restored.planes[i])
	}
	return nil
}

// round is how many iterations pass between looks at the clock and at convergence.
const round = 10

// Solve iterates on all planes in step.
func (s *TV) Solve(ctx context.Context, run *plugins.Run, task *restorationv1.Task) (*restorationv1.Solution, error) {
	m := s.model
	if err := m.degraded.load(task.GetDegraded()); err != nil {
		return nil, err
	}
	if m.stabiliser != nil {
		for _, plane := range m.degraded.planes {
			m.stabiliser.forward(plane)
		}
	}
	err := parallel(ctx, run.Threads(), len(m.planes), func(_, i int) error {
		if err := m.start(ctx, i); err != nil {
			return err
		}
		m.planes[i].begin(m.weight, s.Isotropic)
		m.terms[i].begin(m.planes[i].x)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if m.weight == 0 { // without noise y is the answer
		return m.solution(run), nil
	}
	left := make([]int, len(m.planes)) // planes still moving
	for i := range left {
		left[i] = i
	}
	k := 0
	for k < s.Iterations && len(left) > 0 {
		steps := min(round, s.Iterations-k)
		err := parallel(ctx, run.Threads(), len(left), func(_, i int) error {
			return m.planes[left[i]].iterate(m.terms[left[i]], m.convexity, steps)
		})
		if err != nil {
			return nil, err
		}
		k += steps
		worst := 0.0
		moving := left[:0]
		for _, i := range left {
			worst = max(worst, m.planes[i].distance)
			if m.planes[i].distance > s.Tolerance {
				moving = append(moving, i)
			}
		}
		left = moving
		run.Iterations(k)
		run.Progress(float64(k)/float64(s.Iterations), "distance %.1e", worst)
		if run.WantCheckpoint() {
			run.Checkpoint(m.solution(run))
		}
	}
	return m.solution(run), nil
}

// solution returns the planes as they stand; they are left as they are.
func (m *tvModel) solution(run *plugins.Run) *restorationv1.Solution {
	if m.stabiliser == nil {
		return m.restored.output(run)
	}
	bright := newBatch(m.restored.n, m.restored.h, m.restored.w, m.restored.c)
	for i, plane := range m.restored.planes {
		copy(bright.planes[i], plane)
		m.stabiliser.inverse(bright.planes[i])
	}
	return bright.output(run)
}
