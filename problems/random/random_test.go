package random

import (
	"math"
	"testing"
)

// The first outputs of SplitMix64 from state 0 and 1234567 are published with its reference code.
func TestUint64(t *testing.T) {
	for _, c := range []struct {
		seed uint64
		want []uint64
	}{
		{0, []uint64{0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F}},
		{1234567, []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423}},
	} {
		s := New(c.seed)
		for i, want := range c.want {
			if got := s.Uint64(); got != want {
				t.Errorf("seed %d, draw %d: %d, want %d", c.seed, i, got, want)
			}
		}
	}
}

func TestStreamsDiffer(t *testing.T) {
	seen := map[uint64]string{}
	for _, c := range []struct {
		name   string
		seed   uint64
		stream []uint64
	}{
		{"0", 0, nil}, {"0/0", 0, []uint64{0}}, {"0/1", 0, []uint64{1}}, {"0/0/0", 0, []uint64{0, 0}},
		{"0/0/1", 0, []uint64{0, 1}}, {"0/1/0", 0, []uint64{1, 0}}, {"1/0", 1, []uint64{0}},
	} {
		v := New(c.seed, c.stream...).Uint64()
		if other, ok := seen[v]; ok {
			t.Errorf("streams %s and %s start alike", c.name, other)
		}
		seen[v] = c.name
	}
}

func TestNormals(t *testing.T) {
	const n = 200001 // odd: the last pair is cut
	x := make([]float64, n)
	New(3).Normals(x)
	var m [5]float64
	for _, v := range x {
		for p := 1; p <= 4; p++ {
			m[p] += math.Pow(v, float64(p)) / n
		}
	}
	// Each bound is five standard errors.
	for p, c := range map[int]struct{ want, sd float64 }{1: {0, 1}, 2: {1, math.Sqrt(2)}, 3: {0, math.Sqrt(15)}, 4: {3, math.Sqrt(96)}} {
		if d := math.Abs(m[p] - c.want); d > 5*c.sd/math.Sqrt(n) {
			t.Errorf("moment %d is off by %.2g", p, d)
		}
	}
}

// Frequencies are compared with the distribution by χ² at means on both sides of the switch of
// method, and at the switch.
func TestPoisson(t *testing.T) {
	for _, mean := range []float64{0, 0.05, 1, 4, poissonSwitch - 1e-9, poissonSwitch, 30, 1000} {
		const n = 100000
		s := New(7)
		counts := map[float64]float64{}
		var sum, squares float64
		for range n {
			k := s.Poisson(mean)
			counts[k]++
			sum += k
			squares += (k - mean) * (k - mean)
		}
		sd := math.Sqrt(mean / n)
		if d := math.Abs(sum/n - mean); d > 5*sd {
			t.Errorf("mean %g: measured mean is off by %.2g", mean, d)
		}
		if d := math.Abs(squares/n - mean); d > 5*math.Sqrt((mean+2*mean*mean)/n) {
			t.Errorf("mean %g: measured variance is off by %.2g", mean, d)
		}
		var chi2, cells float64
		for k := 0.0; k < mean+10*math.Sqrt(mean)+10; k++ {
			lg, _ := math.Lgamma(k + 1)
			want := n * math.Exp(k*math.Log(mean)-mean-lg)
			if want < 10 {
				continue
			}
			chi2 += (counts[k] - want) * (counts[k] - want) / want
			cells++
		}
		if chi2 > cells+5*math.Sqrt(2*cells)+5 {
			t.Errorf("mean %g: χ² is %.0f over %.0f cells", mean, chi2, cells)
		}
	}
}

func BenchmarkNormals(b *testing.B) {
	x := make([]float64, 1<<12)
	b.SetBytes(8 << 12)
	for s := New(1); b.Loop(); {
		s.Normals(x)
	}
}

// TestSplitMix64 has the numbers of the authors' C program for seed 1234567, and the first for 0.
func TestSplitMix64(t *testing.T) {
	s := New(1234567)
	for _, want := range []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821} {
		if got := s.Uint64(); got != want {
			t.Errorf("drew %d, want %d", got, want)
		}
	}
	s = New(0)
	if got, want := s.Float64(), float64(0xE220A8397B1DCDAF>>11)/(1<<53); got != want {
		t.Errorf("drew %g, want %g", got, want)
	}
}

func TestSpread(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 31, 64, 1000, 4095} {
		seen := make([]bool, n)
		for k := 5; k < 5+n; k++ {
			if i := Spread(k, n); i < 0 || i >= n || seen[i] {
				t.Fatalf("%d of %d is %d: out of range or seen before", k, n, i)
			} else {
				seen[i] = true
			}
		}
		for k := 1; n >= 31 && k < 9; k++ {
			if d := abs(Spread(20+k, n) - Spread(20, n)); min(d, n-d) < n/40 {
				t.Errorf("%d and %d of %d are %d apart", 20, 20+k, n, d)
			}
		}
	}
}

func abs(i int) int { return max(i, -i) }
