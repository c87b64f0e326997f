package restoration

import (
	"context"
	"testing"

	"github.com/solverbench/solverbench/plugins"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
)

// benchmark times Solve on one thread, per 256² image.
func benchmark(b *testing.B, s solver, task *restorationv1.Task) {
	run := runOn(1)
	if err := s.(plugins.Preparer[*restorationv1.Task]).Prepare(context.Background(), run, task); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(256 * 256 * 8)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Solve(context.Background(), run, task); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDenoise(b *testing.B) {
	const n, sigma = 256, 25. / 255
	task := denoiseTask(noisy(phantom(n, n), 1, sigma), n, n, sigma)
	for _, name := range denoisers {
		b.Run(name, func(b *testing.B) { benchmark(b, defaults()[name](), task) })
	}
	b.Run("haar", func(b *testing.B) { benchmark(b, &Wavelet{Wavelet: "db1"}, task) })
}

func BenchmarkDeblur(b *testing.B) {
	const n, sigma = 256, 2. / 255
	kernel, size := gaussianKernel(7, 1.6)
	y := noisy(convolve(phantom(n, n), n, n, kernel, size, periodic), 1, sigma)
	task := blurTask(y, n, n, kernel, size, periodic, sigma)
	b.Run("wiener", func(b *testing.B) { benchmark(b, &Wiener{Balance: 0.01}, task) })
	b.Run("richardson-lucy-30", func(b *testing.B) { benchmark(b, &RichardsonLucy{Iterations: 30}, task) })
	b.Run("tv", func(b *testing.B) { benchmark(b, defaults()["tv"](), task) })
}

func BenchmarkInpaint(b *testing.B) {
	const n = 256
	task := inpaintTask(phantom(n, n), n, n, randomMask(n*n, 1), 0)
	b.Run("biharmonic", func(b *testing.B) { benchmark(b, defaults()["biharmonic"](), task) })
	b.Run("tv", func(b *testing.B) { benchmark(b, defaults()["tv"](), task) })
}

func BenchmarkSweep(b *testing.B) {
	const n = 256
	p := newTVPlane(n, n, phantom(n, n))
	p.begin(0.1, true)
	p.tau, p.sigma = 0.25, 0.5
	term := &fidelity{y: noisy(phantom(n, n), 1, 0.1)}
	b.SetBytes(n * n * 8)
	for b.Loop() {
		p.sweep(term, 1)
	}
}
