package fft

import (
	"fmt"
	"testing"
)

func BenchmarkComplex(b *testing.B) {
	for _, n := range []int{64, 128, 256, 512, 1000, 1024, 1021, 2048, 4096, 8192, 16384, 65536} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p := NewComplex(Options{}, n)
			x, y := random(n), make([]complex128, n)
			b.SetBytes(int64(16 * n))
			for b.Loop() {
				p.Forward(y, x)
			}
		})
	}
}

func BenchmarkReal(b *testing.B) {
	for _, shape := range [][]int{{128}, {1024}, {8192}, {256, 256}, {512, 512}, {1024, 1024}, {64, 64, 64}, {128, 128, 128}} {
		for _, threads := range []int{1, 2} {
			if threads > 1 && len(shape) == 1 {
				continue
			}
			b.Run(fmt.Sprintf("%v/threads=%d", shape, threads), func(b *testing.B) {
				p := NewReal(Options{Threads: threads}, shape...)
				x, y := randomReal(product(shape)), make([]complex128, p.SpectrumLen())
				b.SetBytes(int64(8 * len(x)))
				for b.Loop() {
					p.Forward(y, x)
				}
			})
		}
	}
}

func BenchmarkTrig(b *testing.B) {
	for _, kind := range []Kind{DST1, DCT2, HC} {
		for _, shape := range [][]int{{1023}, {255, 255}, {1023, 1023}, {2047, 2047}, {127, 127, 127}} {
			b.Run(fmt.Sprintf("%d/%v", kind, shape), func(b *testing.B) {
				p := NewTrig(Options{}, []Kind{kind, kind, kind}[:len(shape)], shape...)
				x := randomReal(product(shape))
				b.SetBytes(int64(8 * len(x)))
				for b.Loop() {
					p.Forward(x)
					for i := range x {
						x[i] *= 0.01
					}
				}
			})
		}
	}
}
