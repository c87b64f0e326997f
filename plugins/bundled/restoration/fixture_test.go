package restoration

import (
	"context"
	"math"
	"testing"

	"github.com/solverbench/solverbench/plugins"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
)

// splitMix is SplitMix64 (Steele, Lea & Flood 2014).
type splitMix uint64

func (s *splitMix) uniform() float64 {
	*s += 0x9E3779B97F4A7C15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return float64((z^z>>31)>>11) / (1 << 53)
}

// normal is the centred sum of four uniforms, of variance 1: the same in every language.
func (s *splitMix) normal() float64 {
	return (s.uniform() + s.uniform() + s.uniform() + s.uniform() - 2) * math.Sqrt(3)
}

// phantom draws an image with smooth shading, edges and texture; testdata/make.py draws the same.
func phantom(h, w int) []float64 {
	x := make([]float64, h*w)
	for i := range h {
		for j := range w {
			r, c := float64(i)/float64(h), float64(j)/float64(w)
			v := 0.35 + 0.25*r + 0.1*math.Sin(3*c)
			if (r-0.3)*(r-0.3)+(c-0.35)*(c-0.35) < 0.04 {
				v = 0.85 - 0.5*c
			}
			if r > 0.55 && r < 0.9 && c > 0.1 && c < 0.45 {
				v = 0.5 + 0.25*math.Sin(120*c+40*r)
			}
			if r > 0.5 && c > 0.55 && (r-0.5)+(c-0.55) < 0.4 {
				v = 0.12
			}
			if math.Abs(r+0.6*c-0.55) < 0.012 {
				v = 0.95
			}
			x[i*w+j] = v
		}
	}
	return x
}

// noisy returns x with noise of standard deviation sigma.
func noisy(x []float64, seed uint64, sigma float64) []float64 {
	s := splitMix(seed)
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = v + sigma*s.normal()
	}
	return y
}

// psnr is the peak signal-to-noise ratio of values in [0, 1], in dB.
func psnr(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		d := v - min(max(b[i], 0), 1)
		sum += d * d
	}
	return -10 * math.Log10(sum/float64(len(a)))
}

type solver = plugins.Solver[*restorationv1.Task, *restorationv1.Solution]

func runOn(threads int) *plugins.Run { return plugins.NewTestRun(threads, nil) }

// restore runs a solver as a session would and returns the answer.
func restore(t testing.TB, s solver, task *restorationv1.Task, threads int) []float64 {
	t.Helper()
	run := plugins.NewTestRun(threads, nil)
	if p, ok := s.(plugins.Preparer[*restorationv1.Task]); ok {
		if err := p.Prepare(context.Background(), run, task); err != nil {
			t.Fatal(err)
		}
	}
	solution, err := s.Solve(context.Background(), run, task)
	if err != nil {
		t.Fatal(err)
	}
	out, err := solution.GetImages().Float64s()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// denoiseTask is a task of one grey image.
func denoiseTask(y []float64, h, w int, sigma float64) *restorationv1.Task {
	return &restorationv1.Task{
		Degraded: commonv1.Float64(y, 1, h, w, 1), Height: uint32(h), Width: uint32(w), Sigma: sigma,
		Degradation: &restorationv1.Task_Denoise{Denoise: &restorationv1.Denoise{}},
	}
}

func reductionTask(y []float64, h, w, scale int, sigma float64) *restorationv1.Task {
	return &restorationv1.Task{
		Degraded: commonv1.Float64(y, 1, h, w, 1), Height: uint32(h * scale), Width: uint32(w * scale), Sigma: sigma,
		Degradation: &restorationv1.Task_SuperResolution{SuperResolution: &restorationv1.SuperResolution{Scale: uint32(scale)}},
	}
}
