package restoration

import (
	"fmt"

	"github.com/solverbench/solverbench/plugins"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
)

// batch is n images of c channels as n·c planes of h×w, the channels of an image side by side.
type batch struct {
	n, h, w, c int
	planes     [][]float64
}

func newBatch(n, h, w, c int) *batch {
	b := &batch{n: n, h: h, w: w, c: c, planes: make([][]float64, n*c)}
	for i := range b.planes {
		b.planes[i] = make([]float64, h*w)
	}
	return b
}

// image returns the planes of image i.
func (b *batch) image(i int) [][]float64 { return b.planes[i*b.c : (i+1)*b.c] }

// degradedShape checks the shape of task.degraded and returns it.
func degradedShape(task *restorationv1.Task) (n, h, w, c int, err error) {
	dims := task.GetDegraded().Dims()
	if len(dims) != 4 {
		return 0, 0, 0, 0, fmt.Errorf("task: degraded has shape %v, expected [N][h][w][C]", dims)
	}
	n, h, w, c = dims[0], dims[1], dims[2], dims[3]
	if n < 1 || h < 1 || w < 1 || c != 1 && c != 3 {
		return 0, 0, 0, 0, fmt.Errorf("task: degraded has shape %v, expected N, h, w of at least 1 and 1 or 3 channels", dims)
	}
	return n, h, w, c, nil
}

// sameShape is degradedShape for degradations that keep the size of the images.
func sameShape(task *restorationv1.Task) (n, h, w, c int, err error) {
	n, h, w, c, err = degradedShape(task)
	if err == nil && (h != int(task.GetHeight()) || w != int(task.GetWidth())) {
		err = fmt.Errorf("task: images asked for are %d×%d, expected %d×%d as degraded", task.GetHeight(), task.GetWidth(), h, w)
	}
	return n, h, w, c, err
}

// load copies the elements of an array [n][h][w][c] into the planes.
func (b *batch) load(a *commonv1.Array) error {
	data, err := a.Float64s()
	if err != nil {
		return fmt.Errorf("task: degraded: %w", err)
	}
	if len(data) != b.n*b.h*b.w*b.c {
		return fmt.Errorf("task: degraded has %d elements, expected %d", len(data), b.n*b.h*b.w*b.c)
	}
	size := b.h * b.w
	for i := range b.n {
		pixels := data[i*size*b.c : (i+1)*size*b.c]
		if b.c == 1 {
			copy(b.planes[i], pixels)
			continue
		}
		for k, plane := range b.image(i) {
			for j := range plane {
				plane[j] = pixels[j*b.c+k]
			}
		}
	}
	return nil
}

// store writes the planes, clipped to [0, 1], into out of shape [n][h][w][c].
func (b *batch) store(out []float64) {
	size := b.h * b.w
	for i := range b.n {
		pixels := out[i*size*b.c : (i+1)*size*b.c]
		for k, plane := range b.image(i) {
			for j, v := range plane {
				pixels[j*b.c+k] = min(max(v, 0), 1)
			}
		}
	}
}

// output stores the batch in a solution made by run.
func (b *batch) output(run *plugins.Run) *restorationv1.Solution {
	array, out := run.Output(b.n, b.h, b.w, b.c)
	b.store(out)
	return &restorationv1.Solution{Images: array}
}

// unsupported says that solver restores what it claims, not the degradation of task.
func unsupported(solver, claims string, task *restorationv1.Task) error {
	return fmt.Errorf("%s restores %s, not %s: %w", solver, claims, degradationName(task), plugins.ErrUnsupported)
}

func degradationName(task *restorationv1.Task) string {
	switch task.GetDegradation().(type) {
	case *restorationv1.Task_Denoise:
		return "noise"
	case *restorationv1.Task_Blur:
		return "blur"
	case *restorationv1.Task_Inpaint:
		return "missing pixels"
	case *restorationv1.Task_SuperResolution:
		return "reduction"
	case *restorationv1.Task_Jpeg:
		return "JPEG quantisation"
	case *restorationv1.Task_LowLight:
		return "low light"
	}
	return "an unknown degradation"
}

// errDiverged wraps plugins.ErrDiverged with where it was met.
func errDiverged(method string, iteration int) error {
	return fmt.Errorf("%s: not a number after %d iterations: %w", method, iteration, plugins.ErrDiverged)
}
