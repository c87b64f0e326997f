package fft_test

import (
	"fmt"
	"math"

	"github.com/solverbench/solverbench/plugins/bundled/fft"
)

// The derivative of sin x on 16 points: multiply the spectrum by ik.
func ExampleReal() {
	const n = 16
	p := fft.NewReal(fft.Options{}, n)
	u := make([]float64, n)
	for i := range u {
		u[i] = math.Sin(2 * math.Pi * float64(i) / n)
	}
	s := make([]complex128, p.SpectrumLen())
	p.Forward(s, u)
	for k := range s {
		s[k] *= complex(0, float64(k)*p.Scale())
	}
	p.Inverse(u, s)
	fmt.Printf("%.3f %.3f %.3f\n", u[0], u[2], u[8])
	// Output: 1.000 0.707 -1.000
}

// −u″ = 1 on (0, 1), u = 0 at both ends, by second differences: exact for a parabola.
func ExampleTrig() {
	const n, h = 7, 1.0 / 8
	p := fft.NewTrig(fft.Options{}, []fft.Kind{fft.DST1}, n)
	u := []float64{1, 1, 1, 1, 1, 1, 1}
	p.Forward(u)
	for k := range u {
		s := 2 / h * math.Sin(math.Pi*float64(k+1)*h/2)
		u[k] *= p.Scale() / (s * s)
	}
	p.Inverse(u)
	fmt.Printf("%.4f\n", u[3])
	// Output: 0.1250
}
