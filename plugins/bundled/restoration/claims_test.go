package restoration

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/solverbench/solverbench/plugins"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
)

// defaults returns every solver as it is offered.
func defaults() map[string]func() solver {
	return map[string]func() solver{
		"bicubic":         func() solver { return &Bicubic{} },
		"bilateral":       func() solver { return &Bilateral{SigmaSpatial: 2} },
		"biharmonic":      func() solver { return &Biharmonic{Tolerance: 1e-6} },
		"gaussian":        func() solver { return &Gaussian{} },
		"nl-means":        func() solver { return &NLMeans{PatchSize: 5, PatchDistance: 6, H: 0.9} },
		"richardson-lucy": func() solver { return &RichardsonLucy{} },
		"tv":              func() solver { return &TV{Iterations: 300, Tolerance: 2e-3, Isotropic: true} },
		"wavelet":         func() solver { return &Wavelet{Wavelet: "db2", Shifts: 3} },
		"wiener":          func() solver { return &Wiener{Window: 7} },
	}
}

// situation is a task with its truth and what doing nothing is.
type situation struct {
	name        string
	task        *restorationv1.Task
	truth, lazy []float64
	solvers     []string // that claim it
	least       float64  // dB that all of them but tv must gain
	leastOfTV   float64
}

var denoisers = []string{"gaussian", "bilateral", "nl-means", "tv", "wavelet", "wiener"}

func situations() []situation {
	const h, w = 96, 80
	x := phantom(h, w)
	var all []situation
	add := func(name string, task *restorationv1.Task, lazy []float64, least, tv float64, solvers ...string) {
		all = append(all, situation{name: name, task: task, truth: x, lazy: lazy, solvers: solvers, least: least, leastOfTV: tv})
	}
	for _, sigma := range []float64{0.02, 0.06, 0.1, 0.2} {
		y := noisy(x, 21, sigma)
		add(fmt.Sprintf("noise %g", sigma), denoiseTask(y, h, w, sigma), y, 0.2, 1, denoisers...)
	}
	for _, peak := range []float64{4, 30, 200} {
		y := lowLight(x, 5, peak, 0.01)
		task := denoiseTask(y, h, w, 0.01)
		task.Degradation = &restorationv1.Task_LowLight{LowLight: &restorationv1.LowLight{Peak: peak}}
		add(fmt.Sprintf("low light %g", peak), task, y, 0.3, 1, denoisers...)
	}
	gaussian, gs := gaussianKernel(7, 1.6)
	motion, ms := motionKernel()
	for _, edge := range []restorationv1.Edge{periodic, reflect} {
		for _, sigma := range []float64{0.008, 0.03, 0} {
			y := noisy(convolve(x, h, w, gaussian, gs, edge), 3, sigma)
			add(fmt.Sprintf("gaussian blur %v %g", edge, sigma), blurTask(y, h, w, gaussian, gs, edge, sigma), y, 0.2, 0.5, "wiener", "richardson-lucy", "tv")
			y = noisy(convolve(x, h, w, motion, ms, edge), 4, sigma)
			add(fmt.Sprintf("motion blur %v %g", edge, sigma), blurTask(y, h, w, motion, ms, edge, sigma), y, 0.2, 0.5, "wiener", "richardson-lucy", "tv")
		}
	}
	block := make([]uint8, h*w)
	for i := range block {
		if y, c := i/w, i%w; y < 30 || y >= 50 || c < 20 || c >= 45 {
			block[i] = 1
		}
	}
	for _, sigma := range []float64{0, 0.03} {
		for name, mask := range map[string][]uint8{"half": randomMask(h*w, 5), "block": block} {
			task := inpaintTask(x, h, w, mask, sigma)
			y, _ := task.GetDegraded().Float64s()
			add(fmt.Sprintf("inpaint %s %g", name, sigma), task, y, 3, 3, "biharmonic", "tv")
		}
	}
	for _, scale := range []int{2, 4} {
		for _, sigma := range []float64{0, 0.03} {
			low := make([]float64, h*w/scale/scale)
			newScaling(h, w, h/scale, w/scale).apply(low, x)
			low = noisy(low, 6, sigma)
			nearest := make([]float64, h*w)
			for i := range nearest {
				nearest[i] = low[i/w/scale*(w/scale)+i%w/scale]
			}
			add(fmt.Sprintf("reduction %d %g", scale, sigma), reductionTask(low, h/scale, w/scale, scale, sigma), nearest, 0.05, 0.2, "bicubic", "tv")
		}
	}
	for _, step := range []float64{8, 24, 60} {
		y, steps := quantise(x, h, w, step)
		task := denoiseTask(y, h, w, 0)
		task.Degradation = &restorationv1.Task_Jpeg{Jpeg: &restorationv1.Jpeg{Quality: 50, Steps: commonv1.Float64(steps, 8, 8)}}
		add(fmt.Sprintf("JPEG %g", step), task, y, 0.1, 0.1, "tv")
	}
	return all
}

// lowLight counts photons by inversion (Knuth), which is fine for small peaks.
func lowLight(x []float64, seed uint64, peak, sigma float64) []float64 {
	s := splitMix(seed)
	y := make([]float64, len(x))
	for i, v := range x {
		limit, product, n := math.Exp(-peak*v), s.uniform(), 0
		for product > limit {
			product *= s.uniform()
			n++
		}
		y[i] = float64(n)/peak + sigma*s.normal()
	}
	return y
}

// quantise is JPEG quantisation by its definition, with steps that grow with frequency.
func quantise(x []float64, h, w int, step float64) (y, steps []float64) {
	steps = make([]float64, 64)
	for i := range steps {
		steps[i] = step * (1 + 0.5*float64(i/8+i%8))
	}
	c := func(k int) float64 {
		if k == 0 {
			return math.Sqrt(0.125)
		}
		return 0.5
	}
	basis := func(k, j int) float64 { return c(k) * math.Cos(math.Pi*float64(2*j+1)*float64(k)/16) }
	y = make([]float64, h*w)
	for by := 0; by < h; by += 8 {
		for bx := 0; bx < w; bx += 8 {
			for f := range 64 {
				sum := 0.0
				for p := range 64 {
					sum += basis(f/8, p/8) * basis(f%8, p%8) * (x[(by+p/8)*w+bx+p%8]*255 - 128)
				}
				level := math.Round(sum/steps[f]) * steps[f] / 255
				for p := range 64 {
					y[(by+p/8)*w+bx+p%8] += basis(f/8, p/8) * basis(f%8, p%8) * level
				}
			}
		}
	}
	for i := range y {
		y[i] += 128. / 255
	}
	return y, steps
}

// Every solver gains on everything it claims, and refuses the rest.
func TestClaims(t *testing.T) {
	for _, s := range situations() {
		before := psnr(s.truth, s.lazy)
		line := fmt.Sprintf("%-28s %5.2f dB:", s.name, before)
		claimed := map[string]bool{}
		for _, name := range s.solvers {
			claimed[name] = true
			after := psnr(s.truth, restore(t, defaults()[name](), s.task, 2))
			line += fmt.Sprintf(" %s %.2f", name, after)
			least := s.least
			if name == "tv" {
				least = s.leastOfTV
			}
			if !(after >= before+least) {
				t.Errorf("%s: %s takes %.2f dB to %.2f dB, expected at least %.2f dB more", s.name, name, before, after, least)
			}
		}
		t.Log(line)
		for name, make := range defaults() {
			if claimed[name] {
				continue
			}
			err := make().(plugins.Preparer[*restorationv1.Task]).Prepare(context.Background(), runOn(1), s.task)
			if !errors.Is(err, plugins.ErrUnsupported) {
				t.Errorf("%s: %s: error %v, expected unsupported", s.name, name, err)
			}
		}
	}
}
