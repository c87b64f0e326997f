package restoration

import (
	"context"
	"fmt"

	"github.com/solverbench/solverbench/plugins"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
)

// Weights by default, the best on six photographs and documents of 256² at the noise levels, blur,
// reduction and qualities that are common in the literature.
const (
	noiseWeight     = 0.9  // λ/σ for white noise
	blurWeight      = 0.07 // λ/σ for blur
	reductionWeight = 0.25 // λ/σ for reduction
	leastWeight     = 2e-4 // λ for blur and reduction with less noise
	inpaintWeight   = 0.01 // λ for missing pixels without noise: sets the pace, not the minimiser
	jpegWeight      = 0.2  // λ over the quantisation step of the mean
)

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
		weight: max(reductionWeight*task.GetSigma(), leastWeight),
	}
	op := newScaling(outH, outW, h, w)
	size := norm(op, outH*outW, h*w)
	for _, y := range m.degraded.planes {
		m.terms = append(m.terms, newThrough(newScaling(outH, outW, h, w), size, y, outH*outW))
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

func newBlurModel(task *restorationv1.Task) (*tvModel, error) {
	n, h, w, c, err := sameShape(task)
	if err != nil {
		return nil, err
	}
	b, err := newBlur(task)
	if err != nil {
		return nil, err
	}
	m := &tvModel{
		degraded: newBatch(n, h, w, c), restored: newBatch(n, h, w, c),
		weight: max(blurWeight*task.GetSigma(), leastWeight),
	}
	size := norm(b.operator(), h*w, h*w)
	for _, y := range m.degraded.planes {
		m.terms = append(m.terms, newThrough(b.operator(), size, y, h*w))
	}
	m.start = m.startAtDegraded
	return m, nil
}

func newInpaintModel(task *restorationv1.Task) (*tvModel, error) {
	mask, n, h, w, c, err := inpaintMask(task)
	if err != nil {
		return nil, err
	}
	m := &tvModel{degraded: newBatch(n, h, w, c), restored: newBatch(n, h, w, c), weight: noiseWeight * task.GetSigma()}
	exact := m.weight == 0
	if exact {
		m.weight = inpaintWeight // of no effect on the minimiser
	}
	for i, y := range m.degraded.planes {
		known := mask[i/c*h*w : (i/c+1)*h*w]
		m.terms = append(m.terms, &partial{y: y, known: known, exact: exact})
	}
	m.start = func(_ context.Context, i int) error {
		copy(m.restored.planes[i], m.degraded.planes[i])
		pullPush(m.restored.planes[i], mask[i/c*h*w:(i/c+1)*h*w], h, w)
		return nil
	}
	return m, nil
}

func newJPEGModel(task *restorationv1.Task) (*tvModel, error) {
	n, h, w, c, err := sameShape(task)
	if err != nil {
		return nil, err
	}
	steps, err := task.GetJpeg().GetSteps().Float64s()
	if err != nil {
		return nil, fmt.Errorf("task: jpeg.steps: %w", err)
	}
	if len(steps) != 64 {
		return nil, fmt.Errorf("task: jpeg.steps has %d elements, expected 64", len(steps))
	}
	m := &tvModel{degraded: newBatch(n, h, w, c), restored: newBatch(n, h, w, c), convexity: 1}
	m.weight = max(jpegWeight*steps[0]/255, noiseWeight*task.GetSigma())
	slack := 3 * task.GetSigma() // by which noise takes coefficients out of their intervals
	for _, y := range m.degraded.planes {
		m.terms = append(m.terms, newQuantised(y, h, w, steps, slack))
	}
	m.start = m.startAtDegraded
	return m, nil
}
