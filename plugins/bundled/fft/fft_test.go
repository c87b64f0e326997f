package fft

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"
)

// long are lengths that take every path: radices, chirp, odd and even numbers of passes.
var long = []int{81, 96, 97, 100, 125, 128, 243, 250, 255, 256, 360, 384, 500, 512, 509, 1000, 1024, 2048, 3000, 4099}

func lengths() []int {
	var ns []int
	for n := 1; n <= 64; n++ {
		ns = append(ns, n)
	}
	return append(ns, long...)
}

func random(n int) []complex128 {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	x := make([]complex128, n)
	for i := range x {
		x[i] = complex(r.NormFloat64(), r.NormFloat64())
	}
	return x
}

func randomReal(n int) []float64 {
	x := make([]float64, n)
	for i, v := range random(n) {
		x[i] = real(v)
	}
	return x
}

// naive is the definition.
func naive(x []complex128, sign float64) []complex128 {
	n := len(x)
	w := make([]complex128, n)
	for i := range w {
		w[i] = cmplx.Rect(1, sign*2*math.Pi*float64(i)/float64(n))
	}
	y := make([]complex128, n)
	for k := range y {
		for j, v := range x {
			y[k] += v * w[j*k%n]
		}
	}
	return y
}

// distance is the relative L2 distance of a to b.
func distance[T complex128 | float64](a, b []T) float64 {
	var d, s float64
	for i := range b {
		d += math.Pow(abs(a[i]-b[i]), 2)
		s += math.Pow(abs(b[i]), 2)
	}
	return math.Sqrt(d) / max(math.Sqrt(s), 1e-300)
}

func abs[T complex128 | float64](v T) float64 {
	switch v := any(v).(type) {
	case complex128:
		return cmplx.Abs(v)
	case float64:
		return math.Abs(v)
	}
	panic("unreachable")
}

// tolerance for a transform of n points against a naive sum.
func tolerance(n int) float64 { return 4e-15 * math.Sqrt(float64(n)) }

func TestComplexAgainstDefinition(t *testing.T) {
	for _, n := range lengths() {
		p := NewComplex(Options{}, n)
		x := random(n)
		y := make([]complex128, n)
		p.Forward(y, x)
		want := naive(x, -1)
		if d := distance(y, want); d > tolerance(n) {
			t.Errorf("n = %d: forward differs by %.1e", n, d)
		}
		in := append([]complex128(nil), x...)
		p.Forward(in, in)
		if d := distance(in, y); d != 0 {
			t.Errorf("n = %d: in place differs by %.1e", n, d)
		}
		p.Inverse(y, x)
		if d := distance(y, naive(x, 1)); d > tolerance(n) {
			t.Errorf("n = %d: inverse differs by %.1e", n, d)
		}
	}
}

func TestComplexRoundTripAndParseval(t *testing.T) {
	for _, n := range []int{1 << 16, 3 * 5 * 7 * 1024, 100003} {
		p := NewComplex(Options{}, n)
		x := random(n)
		y := make([]complex128, n)
		p.Forward(y, x)
		ex, ey := energy(x), energy(y)
		if r := math.Abs(ey/(ex*float64(n)) - 1); r > 1e-14 {
			t.Errorf("n = %d: Parseval is off by %.1e", n, r)
		}
		p.Inverse(y, y)
		for i := range y {
			y[i] *= complex(p.Scale(), 0)
		}
		if d := distance(y, x); d > 2e-15 {
			t.Errorf("n = %d: round trip is off by %.1e", n, d)
		}
	}
}

// energy sums in halves, for accuracy.
func energy(x []complex128) float64 {
	if len(x) == 1 {
		return real(x[0])*real(x[0]) + imag(x[0])*imag(x[0])
	}
	return energy(x[:len(x)/2]) + energy(x[len(x)/2:])
}

// naiveAxis applies f along one axis of an array of shape [outer][n][inner].
func naiveAxis[T any](x []T, outer, n, inner int, f func([]T) []T) {
	line := make([]T, n)
	for o := range outer {
		for q := range inner {
			for i := range n {
				line[i] = x[(o*n+i)*inner+q]
			}
			for i, v := range f(line) {
				x[(o*n+i)*inner+q] = v
			}
		}
	}
}

var shapes = [][]int{{6, 5}, {16, 24}, {40, 17}, {64, 33}, {7, 64}, {1, 9}, {9, 1}, {4, 5, 6}, {8, 3, 20}, {5, 18, 7}, {32, 32, 8}}

func TestComplexShapes(t *testing.T) {
	for _, shape := range shapes {
		for _, threads := range []int{1, 3} {
			p := NewComplex(Options{Threads: threads}, shape...)
			size := product(shape)
			x := random(size)
			want := append([]complex128(nil), x...)
			inner := 1
			for i := len(shape) - 1; i >= 0; i-- {
				n := shape[i]
				naiveAxis(want, size/(n*inner), n, inner, func(l []complex128) []complex128 { return naive(l, -1) })
				inner *= n
			}
			y := make([]complex128, size)
			p.Forward(y, x)
			if d := distance(y, want); d > 1e-14 {
				t.Errorf("%v, %d threads: differs by %.1e", shape, threads, d)
			}
			p.Inverse(y, y)
			for i := range y {
				y[i] *= complex(p.Scale(), 0)
			}
			if d := distance(y, x); d > 1e-14 {
				t.Errorf("%v, %d threads: round trip is off by %.1e", shape, threads, d)
			}
		}
	}
}

func TestRealAgainstComplex(t *testing.T) {
	all := append([][]int{}, shapes...)
	for _, n := range lengths() {
		all = append(all, []int{n})
	}
	for _, shape := range all {
		size, n := product(shape), shape[len(shape)-1]
		x := randomReal(size)
		z := make([]complex128, size)
		for i, v := range x {
			z[i] = complex(v, 0)
		}
		NewComplex(Options{}, shape...).Forward(z, z)
		for _, o := range []Options{{}, {Threads: 2}, {Kept: (n/2 + 2) / 2}} {
			p := NewReal(o, shape...)
			kept := p.Kept()
			want := make([]complex128, 0, p.SpectrumLen())
			for r := range size / n {
				want = append(want, z[r*n:][:kept]...)
			}
			y := make([]complex128, p.SpectrumLen())
			p.Forward(y, x)
			if d := distance(y, want); d > 1e-14 {
				t.Errorf("%v %+v: forward differs by %.1e", shape, o, d)
			}
			if kept < n/2+1 { // what is cut off counts as zero
				full := make([]complex128, size/n*(n/2+1))
				for r := range size / n {
					copy(full[r*(n/2+1):], y[r*kept:][:kept])
				}
				a, b := make([]float64, size), make([]float64, size)
				p.Inverse(a, y)
				NewReal(Options{}, shape...).Inverse(b, full)
				if d := distance(a, b); d > 1e-14 {
					t.Errorf("%v %+v: cut inverse differs by %.1e", shape, o, d)
				}
				continue
			}
			back := make([]float64, size)
			p.Inverse(back, y)
			for i := range back {
				back[i] *= p.Scale()
			}
			if d := distance(back, x); d > 1e-14 {
				t.Errorf("%v %+v: round trip is off by %.1e", shape, o, d)
			}
			if d := distance(y, want); d > 1e-14 {
				t.Errorf("%v %+v: inverse changed its source", shape, o)
			}
		}
	}
}

func TestPairs(t *testing.T) {
	for _, n := range []int{2, 4, 6, 128, 194, 512} {
		p := NewReal(Options{}, n)
		x := randomReal(n)
		want, got := make([]complex128, n/2+1), make([]complex128, n/2+1)
		p.Forward(want, x)
		z := make([]complex128, n/2)
		for i := range z {
			z[i] = complex(x[2*i], x[2*i+1])
		}
		p.ForwardPairs(got, z)
		if d := distance(got, want); d > 1e-15 {
			t.Errorf("n = %d: forward differs by %.1e", n, d)
		}
		back := make([]float64, n)
		p.Inverse(back, want)
		p.InversePairs(z, want)
		for i, v := range z {
			if v != complex(back[2*i], back[2*i+1]) {
				t.Fatalf("n = %d: inverse differs", n)
			}
		}
	}
}

// definition is the documented sum of a kind.
func definition(kind Kind, x []float64) []float64 {
	n := len(x)
	f := float64(n)
	y := make([]float64, n)
	sum := func(k int, g func(j, k float64) float64) {
		for j, v := range x {
			y[k] += v * g(float64(j), float64(k))
		}
	}
	for k := range y {
		switch kind {
		case DST1:
			sum(k, func(j, k float64) float64 { return 2 * math.Sin(math.Pi*(j+1)*(k+1)/(f+1)) })
		case DCT1:
			sum(k, func(j, k float64) float64 {
				c := math.Cos(math.Pi * math.Mod(j*k, 2*(f-1)) / (f - 1))
				if j == 0 || j == f-1 {
					return c
				}
				return 2 * c
			})
		case DST2:
			sum(k, func(j, k float64) float64 { return 2 * math.Sin(math.Pi*(j+0.5)*(k+1)/f) })
		case DCT2:
			sum(k, func(j, k float64) float64 { return 2 * math.Cos(math.Pi*(j+0.5)*k/f) })
		case DST3:
			sum(k, func(j, k float64) float64 {
				s := math.Sin(math.Pi * (j + 1) * (k + 0.5) / f)
				if j == f-1 {
					return s
				}
				return 2 * s
			})
		case DCT3:
			sum(k, func(j, k float64) float64 {
				if j == 0 {
					return 1
				}
				return 2 * math.Cos(math.Pi*j*(k+0.5)/f)
			})
		case HC:
			m := k
			if 2*k > n {
				m = n - k
				sum(k, func(j, _ float64) float64 { return -math.Sin(2 * math.Pi * math.Mod(j*float64(m), f) / f) })
			} else {
				sum(k, func(j, _ float64) float64 { return math.Cos(2 * math.Pi * math.Mod(j*float64(m), f) / f) })
			}
		}
	}
	return y
}

func TestTrigAgainstDefinition(t *testing.T) {
	for _, kind := range []Kind{DST1, DST2, DST3, DCT1, DCT2, DCT3, HC} {
		for _, n := range append(lengths()[:64], 96, 97, 127, 129, 250, 255, 383, 511, 1025) {
			if kind == DCT1 && n == 1 {
				continue
			}
			p := NewTrig(Options{}, []Kind{kind}, n)
			x := randomReal(n)
			y := append([]float64(nil), x...)
			p.Forward(y)
			// The arguments of the sums' sines grow with n², and their rounding with them.
			if d := distance(y, definition(kind, x)); d > 4e-15*float64(n)+1e-14 {
				t.Errorf("kind %d, n = %d: differs by %.1e", kind, n, d)
			}
			p.Inverse(y)
			for i := range y {
				y[i] *= p.Scale()
			}
			if d := distance(y, x); d > 1e-14 {
				t.Errorf("kind %d, n = %d: round trip is off by %.1e", kind, n, d)
			}
		}
	}
}

func TestTrigShapes(t *testing.T) {
	all := []Kind{DST1, DCT1, DST3, DCT3, DST2, DCT2, HC}
	for s, shape := range [][]int{{6, 5}, {15, 31}, {40, 17}, {64, 33}, {7, 64}, {2, 9}, {1, 40}, {4, 5, 6}, {8, 3, 20}, {5, 17, 7}, {31, 31, 9}} {
		for first := range all {
			kinds := make([]Kind, len(shape))
			for i := range kinds {
				kinds[i] = all[(first+i*(s+1))%len(all)]
				if kinds[i] == DCT1 && shape[i] == 1 {
					kinds[i] = DCT2
				}
			}
			size := product(shape)
			x := randomReal(size)
			want := append([]float64(nil), x...)
			inner := 1
			for i := len(shape) - 1; i >= 0; i-- {
				n := shape[i]
				naiveAxis(want, size/(n*inner), n, inner, func(l []float64) []float64 { return definition(kinds[i], l) })
				inner *= n
			}
			for _, threads := range []int{1, 2} {
				p := NewTrig(Options{Threads: threads}, kinds, shape...)
				y := append([]float64(nil), x...)
				p.Forward(y)
				if d := distance(y, want); d > 1e-13 {
					t.Errorf("%v %v: differs by %.1e", shape, kinds, d)
				}
				p.Inverse(y)
				for i := range y {
					y[i] *= p.Scale()
				}
				if d := distance(y, x); d > 1e-14 {
					t.Errorf("%v %v: round trip is off by %.1e", shape, kinds, d)
				}
			}
		}
	}
}

func TestClonesWorkConcurrently(t *testing.T) {
	p := NewReal(Options{}, 64, 60)
	x := randomReal(64 * 60)
	want := make([]complex128, p.SpectrumLen())
	p.Forward(want, x)
	done := make(chan float64)
	for range 4 {
		c := p.Clone()
		go func() {
			y, back := make([]complex128, len(want)), make([]float64, len(x))
			for range 20 {
				c.Forward(y, x)
				c.Inverse(back, y)
			}
			done <- distance(y, want)
		}()
	}
	for range 4 {
		if d := <-done; d != 0 {
			t.Errorf("a clone differs by %.1e", d)
		}
	}
}

func TestNoAllocations(t *testing.T) {
	x, y := random(64*48), make([]complex128, 64*48)
	r := randomReal(64 * 48)
	c := NewComplex(Options{}, 64, 48)
	b := NewComplex(Options{}, 97)
	f := NewReal(Options{}, 64, 48)
	g := NewTrig(Options{}, []Kind{DST1, HC}, 63, 48)
	if n := testing.AllocsPerRun(5, func() {
		c.Forward(y, x)
		b.Inverse(y, x)
		f.Forward(y, r)
		f.Inverse(r, y)
		g.Forward(r)
		g.Inverse(r)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestColumns(t *testing.T) {
	for _, n := range []int{1, 2, 8, 12, 31, 64, 128, 256} {
		p := NewColumns(n, 5).Clone()
		for _, s := range []int{1, 3, 5} {
			for _, stride := range []int{s, s + 2, 8} {
				x := random(n * stride)
				y := make([]complex128, n*7)
				back := append([]complex128(nil), x...)
				p.Forward(y, 7, x, stride, s)
				p.Inverse(back, stride, y, 7, s)
				line := make([]complex128, n)
				for q := range s {
					var got []complex128
					for i := range n {
						line[i] = x[i*stride+q]
						got = append(got, y[i*7+q])
						back[i*stride+q] /= complex(float64(n), 0)
					}
					if d := distance(got, naive(line, -1)); d > 1e-14 {
						t.Errorf("n = %d, s = %d, stride %d: differs by %.1e", n, s, stride, d)
					}
				}
				if d := distance(back, x); d > 1e-14 { // and the elements between are untouched
					t.Errorf("n = %d, s = %d, stride %d: round trip is off by %.1e", n, s, stride, d)
				}
			}
		}
	}
}
