package main

import (
	"fmt"
	"slices"

	"github.com/solverbench/solverbench/metrics"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/results/plot"
)

// view is the part of solutions that is drawn.
type view struct {
	scene         plot.Scene
	image         bool
	rows, columns int
	channels      int
	offset        int // of its first value
}

// What tasks may have that says how a solution lies in space and time, or that is a picture itself.
type (
	hasLength   interface{ GetLength() float64 }
	hasTimes    interface{ GetTimes() []float64 }
	hasAxes     interface{ GetAxes() []*poissonv1.Axis }
	hasDegraded interface{ GetDegraded() *commonv1.Array }
)

// leastTimes is how many times make a picture of space and time.
const leastTimes = 8

// newView chooses what of an instance's solutions is drawn: an image, the last of a field's times, all of them in one dimension
// if there are many, the middle of a body.
func newView(label string, instance problems.Instance, image bool, index int) (*view, error) {
	v := &view{image: image, channels: 1, rows: 1}
	v.scene.Instance = label
	v.scene.X.Label = "x"
	shape, task := instance.SolutionShapes()[0], instance.Task()
	n := len(shape)
	v.columns = shape[n-1]
	_, timed := task.(hasTimes)
	axes, placed := task.(hasAxes)
	switch {
	case image:
		if index < 0 || index >= shape[0] {
			return nil, fmt.Errorf("--index: %d, expected 0 to %d", index, shape[0]-1)
		}
		v.rows, v.columns, v.channels = shape[1], shape[2], shape[3]
		v.offset = index * v.rows * v.columns * v.channels
		v.scene.Input = input(task, index)
	case timed && n == 2: // [times][x]
		v.over(task.(hasTimes).GetTimes())
	case timed && n == 3: // [times][y][x]
		v.rows, v.offset = shape[1], (shape[0]-1)*shape[1]*shape[2]
		v.scene.Y = plot.Span{Label: "y"}
	case placed && n >= 2: // [z][y][x] or [y][x]
		v.rows = shape[n-2]
		if n == 3 {
			v.offset = shape[0] / 2 * shape[1] * shape[2]
		}
		v.scene.Y = plot.Span{Label: "y"}
	case placed:
	default:
		return nil, fmt.Errorf("solutions of %s are no fields on a grid", label)
	}
	if l, ok := task.(hasLength); ok {
		v.scene.X.Max = l.GetLength()
		if timed && n == 3 {
			v.scene.Y.Max = l.GetLength()
		}
	}
	if placed {
		spans := []*plot.Span{&v.scene.X, &v.scene.Y}
		for k, a := range axes.GetAxes() { // the slowest first
			if at := n - 1 - k; at < len(spans) {
				spans[at].Min, spans[at].Max = a.GetLower(), a.GetUpper()
			}
		}
	}
	if v.scene.X.Max <= v.scene.X.Min { // a system without geometry
		v.scene.X = plot.Span{Label: "unknown", Max: float64(v.columns)}
	}
	return v, v.reveal(instance)
}

// over chooses all times of a field in one dimension, or the last.
func (v *view) over(times []float64) {
	if len(times) < leastTimes {
		v.offset = (len(times) - 1) * v.columns
		return
	}
	v.rows = len(times)
	v.scene.Y = plot.Span{Label: "t", Min: times[0], Max: times[len(times)-1]}
}

// reveal adds the truth, where it is known.
func (v *view) reveal(instance problems.Instance) error {
	known, ok := instance.(problems.Revealer)
	if !ok {
		return nil
	}
	truth, ok := known.Truth()
	if !ok {
		return nil
	}
	p, err := v.picture("truth", truth)
	v.scene.Truth = &p
	return err
}

// picture cuts out of an array what is drawn.
func (v *view) picture(name string, a metrics.Array) (plot.Picture, error) {
	size := v.rows * v.columns * v.channels
	if len(a.Values) < v.offset+size {
		return plot.Picture{}, fmt.Errorf("%s has %d values, expected at least %d", name, len(a.Values), v.offset+size)
	}
	return plot.Picture{Name: name, Rows: v.rows, Columns: v.columns, Values: slices.Clone(a.Values[v.offset:][:size])}, nil
}

// add adds a solution with what the harness says of it: of images, of the one that is shown first.
func (v *view) add(name string, a metrics.Array, e problems.Evaluation) error {
	p, err := v.picture(name, a)
	if err != nil {
		return err
	}
	if v.image {
		p.Metrics = v.likeness(&p)
	}
	for _, m := range e.Metrics {
		p.Metrics = append(p.Metrics, plot.Value{Name: m.Name, Value: m.Value, Unit: m.Unit})
	}
	v.scene.Answers = append(v.scene.Answers, p)
	if v.image && v.scene.Input != nil && v.scene.Input.Metrics == nil && len(v.scene.Input.Values) == len(p.Values) {
		v.scene.Input.Metrics = v.likeness(v.scene.Input)
	}
	return nil
}

// likeness is how near an image is to the truth, after clipping.
func (v *view) likeness(p *plot.Picture) []plot.Value {
	shape := []int{p.Rows, p.Columns, v.channels}
	clipped := metrics.Array{Shape: shape, Values: make([]float64, len(p.Values))}
	for i, x := range p.Values {
		clipped.Values[i] = min(max(x, 0), 1)
	}
	truth := metrics.Array{Shape: shape, Values: v.scene.Truth.Values}
	var out []plot.Value
	if x, err := metrics.PSNR(truth, clipped, 1); err == nil {
		out = append(out, plot.Value{Name: "PSNR", Value: x, Unit: "dB"})
	}
	if x, err := metrics.SSIM(truth, clipped, 1); err == nil { // smaller images have none
		out = append(out, plot.Value{Name: "SSIM", Value: x})
	}
	return out
}

// input is the picture that a task hands over, if it does.
func input(task any, index int) *plot.Picture {
	t, ok := task.(hasDegraded)
	if !ok || t.GetDegraded() == nil {
		return nil
	}
	shape := t.GetDegraded().Dims()
	values, err := t.GetDegraded().Float64s()
	if err != nil || len(shape) != 4 || index >= shape[0] {
		return nil
	}
	size := shape[1] * shape[2] * shape[3]
	return &plot.Picture{Name: "input", Rows: shape[1], Columns: shape[2], Values: values[index*size:][:size]}
}
