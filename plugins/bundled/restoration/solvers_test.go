package restoration

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/solverbench/solverbench/plugins"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
	"google.golang.org/protobuf/proto"
)

// firsts returns for each solver one situation that it claims.
func firsts() map[string]situation {
	out := map[string]situation{}
	for _, s := range situations() {
		for _, name := range s.solvers {
			if _, ok := out[name]; !ok {
				out[name] = s
			}
		}
	}
	return out
}

// repeated turns a task of one grey image into one of n images of c equal channels.
func repeated(task *restorationv1.Task, n, c int) *restorationv1.Task {
	y, _ := task.GetDegraded().Float64s()
	dims := task.GetDegraded().Dims()
	data := make([]float64, n*len(y)*c)
	for i := range data {
		data[i] = y[i/c%len(y)]
	}
	out := proto.CloneOf(task)
	out.Degraded = commonv1.Float64(data, n, dims[1], dims[2], c)
	if inpaint := out.GetInpaint(); inpaint != nil {
		mask, _ := inpaint.GetMask().Uint8s()
		var all []uint8
		for range n {
			all = append(all, mask...)
		}
		inpaint.Mask = commonv1.Uint8(all, n, dims[1], dims[2])
	}
	return out
}

// A batch of colour images whose channels are equal is restored as the grey image is, on any
// number of threads, again and again, and y is left alone.
func TestBatches(t *testing.T) {
	for name, s := range firsts() {
		t.Run(name, func(t *testing.T) {
			one := restore(t, defaults()[name](), s.task, 1)
			const n, c = 2, 3
			task := repeated(s.task, n, c)
			before := proto.CloneOf(task)
			solver := defaults()[name]()
			for _, threads := range []int{1, 5} {
				for range 2 {
					got := restore(t, solver, task, threads)
					for i, v := range got {
						want := one[i/c%len(one)]
						if math.Abs(v-want) > 1e-9 {
							t.Fatalf("%d threads: element %d is %.12f, want %.12f", threads, i, v, want)
						}
					}
				}
			}
			if !proto.Equal(task, before) {
				t.Error("the task was changed")
			}
		})
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for name, s := range firsts() {
		solver := defaults()[name]()
		run := runOn(2)
		if err := solver.(plugins.Preparer[*restorationv1.Task]).Prepare(context.Background(), run, s.task); err != nil {
			t.Fatal(err)
		}
		if _, err := solver.Solve(ctx, run, s.task); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v, expected that of the context", name, err)
		}
	}
}

// Without noise there is nothing to take away.
func TestNoNoise(t *testing.T) {
	const h, w = 24, 20
	x := phantom(h, w)
	for _, name := range denoisers {
		got := restore(t, defaults()[name](), denoiseTask(x, h, w, 0), 1)
		if d := distance(got, x); d > 1e-12 {
			t.Errorf("%s: RMS difference %g", name, d)
		}
	}
}

func TestBadTasks(t *testing.T) {
	const h, w = 16, 16
	x := phantom(h, w)
	kernel, size := gaussianKernel(2, 1)
	larger := denoiseTask(x, h, w, 0.1)
	larger.Height = 2 * h
	for _, c := range []struct {
		solver solver
		task   *restorationv1.Task
		says   string
	}{
		{&Gaussian{}, denoiseTask(x, h, w, math.NaN()), "sigma is NaN, expected at least 0"},
		{&Gaussian{}, larger, "images asked for are 32×16, expected 16×16 as degraded"},
		{&Gaussian{}, &restorationv1.Task{Degraded: commonv1.Float64(x, h, w), Degradation: denoiseTask(x, h, w, 0).Degradation}, "shape [16 16], expected [N][h][w][C]"},
		{&NLMeans{PatchSize: 4, PatchDistance: 2, H: 1}, denoiseTask(x, h, w, 0.1), "patch-size is 4, expected an odd number"},
		{&Wiener{Window: 4}, denoiseTask(x, h, w, 0.1), "window is 4, expected an odd number"},
		{&Wiener{}, blurTask(x, h, w, kernel, size, restorationv1.Edge_EDGE_UNSPECIFIED, 0), "blur.edge is EDGE_UNSPECIFIED"},
		{&RichardsonLucy{}, blurTask(x, h, w, kernel[:4], 2, periodic, 0), "blur.kernel has shape [2 2], expected two odd extents"},
		{&Bicubic{}, reductionTask(x, h, w, 0, 0), "super_resolution.scale is 0"},
		{&Biharmonic{}, inpaintTask(x, h, w, make([]uint8, h*w), 0), "no known pixel in image 0"},
		{&TV{Iterations: 1}, &restorationv1.Task{}, "an unknown degradation"},
	} {
		err := c.solver.(plugins.Preparer[*restorationv1.Task]).Prepare(context.Background(), runOn(1), c.task)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%T: error %q, expected one with %q", c.solver, err, c.says)
		}
	}
}

func TestSolversAreOffered(t *testing.T) {
	if got, want := len(Solvers()), len(defaults()); got != want {
		t.Errorf("%d solvers offered, %d tested", got, want)
	}
}

// Stabilised photon counts have the declared noise, and the inverse is unbiased.
func TestStabiliser(t *testing.T) {
	const n, sigma = 200000, 0.02
	for _, peak := range []float64{20, 100} {
		s := newStabiliser(peak, sigma)
		for _, level := range []float64{0.25, 0.5, 1} {
			x := make([]float64, n)
			for i := range x {
				x[i] = level
			}
			y := lowLight(x, 4, peak, sigma)
			s.forward(y)
			mean, square := 0.0, 0.0
			for _, v := range y {
				mean += v / n
			}
			for _, v := range y {
				square += (v - mean) * (v - mean) / n
			}
			if got := math.Sqrt(square) / s.sigma(); math.Abs(got-1) > 0.06 {
				t.Errorf("peak %g, level %g: noise is %.3f of what it should be", peak, level, got)
			}
			back := []float64{mean}
			s.inverse(back)
			if math.Abs(back[0]-level) > 0.004 {
				t.Errorf("peak %g, level %g: mean comes back as %.5f", peak, level, back[0])
			}
		}
	}
}
