package restoration

import (
	"context"
	"fmt"
	"math"

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
	Tolerance  float64 `opt:"tolerance,min=0" doc:"stop when the RMS distance to the minimiser is below this (noise, low light), or the RMS change in ten iterations"`
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
	default:
		err = unsupported("tv", "noise, low light and reduction", task)
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
	if m.weight == 0 { // no noise to remove, and nothing else to restore
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

// noiseWeight is λ/σ for white noise: the best on photographs is between 0.8 and 1.
const noiseWeight = 0.9

func newNoiseModel(run *plugins.Run, task *restorationv1.Task) (*tvModel, error) {
	d, err := newDenoising("tv", run, task)
	if err != nil {
		return nil, err
	}
	m := &tvModel{
		degraded: d.batch, restored: d.restored, weight: noiseWeight * d.sigma,
		convexity: 1, stabiliser: d.stabiliser,
	}
	for _, y := range m.degraded.planes {
		m.terms = append(m.terms, &fidelity{y: y})
	}
	m.start = m.startAtDegraded
	return m, nil
}

func (m *tvModel) startAtDegraded(_ context.Context, i int) error {
	copy(m.restored.planes[i], m.degraded.planes[i])
	return nil
}

func newReductionModel(task *restorationv1.Task) (*tvModel, error) {
	n, h, w, c, err := superResolutionShape(task)
	if err != nil {
		return nil, err
	}
	outH, outW := int(task.GetHeight()), int(task.GetWidth())
	m := &tvModel{
		degraded: newBatch(n, h, w, c), restored: newBatch(n, outH, outW, c),
		weight: max(noiseWeight*task.GetSigma()*0.25, 1e-3),
	}
	for i := range m.restored.planes {
		y := m.degraded.planes[i]
		m.terms = append(m.terms, newThrough(newScaling(outH, outW, h, w), y, outH*outW))
	}
	m.start = func(ctx context.Context, i int) error {
		s := &scaler{
			enlarge: newScaling(h, w, outH, outW), reduce: newScaling(outH, outW, h, w),
			low: make([]float64, h*w), high: make([]float64, outH*outW),
		}
		return s.enlargeTo(ctx, m.restored.planes[i], m.degraded.planes[i], 5)
	}
	return m, nil
}

// errDiverged wraps plugins.ErrDiverged with where it was met.
func errDiverged(method string, iteration int) error {
	return fmt.Errorf("%s: not a number after %d iterations: %w", method, iteration, plugins.ErrDiverged)
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
