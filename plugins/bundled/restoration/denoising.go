package restoration

import (
	"context"
	"fmt"
	"math"

	"github.com/solverbench/solverbench/plugins"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
)

// denoising is what all denoisers share: the task seen as images with white Gaussian noise of
// standard deviation sigma. Low light becomes that by stabilisation.
type denoising struct {
	*batch
	sigma      float64
	stabiliser *stabiliser // nil for Gaussian noise
	restored   *batch
	threads    int
}

// newDenoising prepares for a task, or refuses it in the name of the solver.
func newDenoising(solver string, run *plugins.Run, task *restorationv1.Task) (*denoising, error) {
	d := &denoising{sigma: task.GetSigma(), threads: run.Threads()}
	switch task.GetDegradation().(type) {
	case *restorationv1.Task_Denoise:
	case *restorationv1.Task_LowLight:
		peak := task.GetLowLight().GetPeak()
		if !(peak > 0) {
			return nil, fmt.Errorf("task: low_light.peak is %g, expected above 0", peak)
		}
		d.stabiliser = newStabiliser(peak, task.GetSigma())
		d.sigma = d.stabiliser.sigma()
	default:
		return nil, unsupported(solver, "noise and low light", task)
	}
	if !(d.sigma >= 0) || math.IsInf(d.sigma, 0) {
		return nil, fmt.Errorf("task: sigma is %g, expected at least 0", d.sigma)
	}
	n, h, w, c, err := sameShape(task)
	if err != nil {
		return nil, err
	}
	d.batch, d.restored = newBatch(n, h, w, c), newBatch(n, h, w, c)
	return d, nil
}

// load reads y and stabilises it.
func (d *denoising) load(task *restorationv1.Task) error {
	if err := d.batch.load(task.GetDegraded()); err != nil {
		return err
	}
	if d.stabiliser != nil {
		for _, plane := range d.planes {
			d.stabiliser.forward(plane)
		}
	}
	return nil
}

// finish returns d.restored, destabilised in place, as a solution.
func (d *denoising) finish(run *plugins.Run) *restorationv1.Solution {
	if d.stabiliser != nil {
		for _, plane := range d.restored.planes {
			d.stabiliser.inverse(plane)
		}
	}
	return d.restored.output(run)
}

// solve denoises plane by plane with a method that treats channels alike. Without noise y is the answer.
func (d *denoising) solve(ctx context.Context, run *plugins.Run, task *restorationv1.Task, method func(worker int, dst, src []float64) error) (*restorationv1.Solution, error) {
	if err := d.load(task); err != nil {
		return nil, err
	}
	err := parallel(ctx, d.threads, len(d.planes), func(worker, i int) error {
		if d.sigma == 0 {
			copy(d.restored.planes[i], d.planes[i])
			return nil
		}
		return method(worker, d.restored.planes[i], d.planes[i])
	})
	if err != nil {
		return nil, err
	}
	return d.finish(run), nil
}

// stabiliser is the generalised Anscombe transform of y = Poisson(peak·x)/peak + σ·N(0, 1), scaled
// so that x = 1 maps to 1; after it the noise is nearly white Gaussian. Its inverse is the closed-form
// approximation of the exact unbiased inverse (Mäkitalo & Foi 2013, IEEE TIP 22(1), eqs. 2 and 10).
type stabiliser struct {
	peak, variance, scale float64
}

func newStabiliser(peak, sigma float64) *stabiliser {
	variance := (sigma * peak) * (sigma * peak)
	return &stabiliser{peak: peak, variance: variance, scale: 2 * math.Sqrt(peak+0.375+variance)}
}

func (s *stabiliser) sigma() float64 { return 1 / s.scale }

func (s *stabiliser) forward(x []float64) {
	shift, f := 0.375+s.variance, 2/s.scale
	for i, v := range x {
		x[i] = f * math.Sqrt(max(v*s.peak+shift, 0))
	}
}

func (s *stabiliser) inverse(x []float64) {
	root := math.Sqrt(1.5)
	least := 2 * math.Sqrt(0.375+s.variance) // the image of a mean of 0
	for i, v := range x {
		d := max(v*s.scale, least)
		r := 1 / d
		x[i] = max(d*d/4-0.125-s.variance+r*(root/4+r*(-1.375+r*0.625*root)), 0) / s.peak
	}
}
