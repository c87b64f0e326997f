package restoration

import (
	"context"
	"math"

	"github.com/solverbench/solverbench/plugins"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
)

// RichardsonLucy deblurs by x ← x · Aᵀ(y/Ax)/Aᵀ1 from x = y (Richardson 1972; Lucy 1974). Noise grows with the
// iterations: left to itself it stops once ‖Ax − y‖² has come down to that of the noise
// (Morozov 1966).
type RichardsonLucy struct {
	Iterations int `opt:"iterations,min=0" doc:"iterations; 0 stops when the residual is that of the noise, or after 200"`

	degraded, restored *batch
	ops                []linear    // of each worker
	work               [][]float64 // of each worker: two planes
	weight             []float64   // Aᵀ1
}

// mostIterations bounds the iterations chosen by the noise.
const mostIterations = 200

// faintest keeps divisions finite.
const faintest = 1e-6

// Prepare makes the operators.
func (s *RichardsonLucy) Prepare(_ context.Context, run *plugins.Run, task *restorationv1.Task) error {
	if task.GetBlur() == nil {
		return unsupported("richardson-lucy", "blur", task)
	}
	n, h, w, c, err := sameShape(task)
	if err != nil {
		return err
	}
	b, err := newBlur(task)
	if err != nil {
		return err
	}
	s.degraded, s.restored = newBatch(n, h, w, c), newBatch(n, h, w, c)
	s.ops, s.work = nil, nil
	for range run.Threads() {
		s.ops = append(s.ops, b.operator())
		s.work = append(s.work, make([]float64, 2*h*w))
	}
	ones := make([]float64, h*w)
	for i := range ones {
		ones[i] = 1
	}
	s.weight = make([]float64, h*w)
	s.ops[0].adjoint(s.weight, ones)
	for i, v := range s.weight {
		s.weight[i] = 1 / max(v, faintest)
	}
	return nil
}

// Solve iterates.
func (s *RichardsonLucy) Solve(ctx context.Context, run *plugins.Run, task *restorationv1.Task) (*restorationv1.Solution, error) {
	if err := s.degraded.load(task.GetDegraded()); err != nil {
		return nil, err
	}
	counts := make([]int, len(s.degraded.planes))
	err := parallel(ctx, len(s.ops), len(s.degraded.planes), func(worker, i int) (err error) {
		counts[i], err = s.restore(ctx, worker, s.restored.planes[i], s.degraded.planes[i], task.GetSigma())
		return err
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

// restore sets x to y restored and returns how many iterations that took.
func (s *RichardsonLucy) restore(ctx context.Context, worker int, x, y []float64, sigma float64) (int, error) {
	op := s.ops[worker]
	image, ratio := s.work[worker][:len(y)], s.work[worker][len(y):]
	for i, v := range y {
		x[i] = max(v, faintest)
	}
	limit := s.Iterations
	if limit == 0 {
		limit = mostIterations
	}
	for k := range limit {
		if err := ctx.Err(); err != nil {
			return k, err
		}
		op.apply(image, x)
		residual := 0.0
		for i, v := range image {
			residual += (v - y[i]) * (v - y[i])
			ratio[i] = max(y[i], 0) / max(v, faintest)
		}
		if math.IsNaN(residual) {
			return k, errDiverged("richardson-lucy", k)
		}
		if s.Iterations == 0 && residual <= float64(len(y))*sigma*sigma {
			return k, nil
		}
		op.adjoint(image, ratio)
		for i, v := range image {
			x[i] *= v * s.weight[i]
		}
	}
	return limit, nil
}
