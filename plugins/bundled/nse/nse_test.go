package nse

import (
	"bufio"
	"context"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/solverbench/solverbench/plugins"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	nsev1 "github.com/solverbench/solverbench/plugins/proto/solverbench/nse/v1"
)

// field samples f on n×n points of [0, length)².
func field(n int, length float64, f func(x, y float64) float64) []float64 {
	w := make([]float64, n*n)
	for j := range n {
		for i := range n {
			w[j*n+i] = f(length*float64(i)/float64(n), length*float64(j)/float64(n))
		}
	}
	return w
}

// random adds the seeded field of the given spectrum: SplitMix64, a phase and a uniform number for
// every pair of wave numbers.
func random(w []float64, n, top int, seed uint64, amplitude func(k, g float64) float64) {
	uniform := func() float64 {
		seed += 0x9E3779B97F4A7C15
		z := seed
		z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		return float64((z^z>>31)>>11) * 0x1p-53
	}
	for q := -top; q <= top; q++ {
		for p := 0; p <= top; p++ {
			phase, g := 2*math.Pi*uniform(), uniform()
			if p == 0 && q <= 0 {
				continue
			}
			a := amplitude(math.Hypot(float64(p), float64(q)), g)
			for j := range n {
				for i := range n {
					w[j*n+i] += a * math.Cos(2*math.Pi*float64((p*i+q*j)%n)/float64(n)+phase)
				}
			}
		}
	}
}

// problem returns the task of a problem, without tolerance.
func problem(name string, times ...float64) *nsev1.Task {
	task := &nsev1.Task{Length: 2 * math.Pi, Times: times, OutputPoints: 64, Tolerance: 1e-6}
	n := 64
	var w, f []float64
	switch name {
	case "taylor-green":
		task.Viscosity, task.MeanFlowX, task.MeanFlowY = 0.01, 1, 0.5
		w = field(n, task.Length, taylorGreen(0))
	case "shear-layer":
		task.Length, task.Viscosity = 1, 2e-4
		n = 512
		w = field(n, 1, func(x, y float64) float64 {
			q := 2 * math.Pi * (y - 0.25)
			s := 1 / math.Cosh(30/(2*math.Pi)*math.Sin(q))
			return 2*math.Pi*0.05*math.Cos(2*math.Pi*x) - 30*math.Cos(q)*s*s
		})
	case "kolmogorov":
		task.Viscosity, task.Drag = 1.0/40, 0.1
		w = field(n, task.Length, func(x, y float64) float64 {
			return math.Sin(x+.3)*math.Cos(2*y) + .7*math.Cos(3*x-y+.5) + .5*math.Sin(2*x+3*y+1.1) + .4*math.Cos(5*y-x)
		})
		f = field(n, task.Length, func(_, y float64) float64 { return -4 * math.Cos(4*y) })
	case "fno-forcing":
		task.Length, task.Viscosity = 1, 1e-3
		w = make([]float64, n*n)
		random(w, n, 12, 20240001, func(k, g float64) float64 {
			return 2 * math.Pow(7, 1.5) * math.Pow(4*math.Pi*math.Pi*k*k+49, -1.25) * math.Sqrt(-2*math.Log(1-g))
		})
		f = field(n, 1, func(x, y float64) float64 {
			sin, cos := math.Sincos(2 * math.Pi * (x + y))
			return 0.1 * (sin + cos)
		})
	case "decay":
		task.Viscosity = 1e-3
		w = make([]float64, n*n)
		random(w, n, 24, 20240002, func(k, _ float64) float64 {
			return 0.1 * math.Sqrt(k*k/(1+math.Pow(k/6, 4)))
		})
	}
	task.Vorticity = commonv1.Float64(w, n, n)
	if f != nil {
		task.Forcing = commonv1.Float64(f, n, n)
	}
	return task
}

// taylorGreen is the exact solution: vortices carried by the mean flow, decaying.
func taylorGreen(t float64) func(x, y float64) float64 {
	return func(x, y float64) float64 {
		return 4 * math.Exp(-0.08*t) * math.Cos(2*(x-t)) * math.Cos(2*(y-t/2))
	}
}

// reference reads a file of testdata.
func reference(t testing.TB, name string) (times []float64, fields [][]float64) {
	f, err := os.Open("testdata/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := bufio.NewReader(f)
	for {
		var at, energy, enstrophy float64
		if _, err := fmt.Fscanf(in, "t %g %g %g\n", &at, &energy, &enstrophy); err != nil {
			return times, fields
		}
		w := make([]float64, 0, 64*64)
		for range 64 {
			line, err := in.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			for _, word := range strings.Fields(line) {
				var v float64
				if _, err := fmt.Sscan(word, &v); err != nil {
					t.Fatal(err)
				}
				w = append(w, v)
			}
		}
		times, fields = append(times, at), append(fields, w)
	}
}

type solver interface {
	Prepare(context.Context, *plugins.Run, *nsev1.Task) error
	Solve(context.Context, *plugins.Run, *nsev1.Task) (*nsev1.Solution, error)
}

func solve(t testing.TB, s solver, threads int, task *nsev1.Task) []float64 {
	t.Helper()
	run := plugins.NewTestRun(threads, nil)
	if err := s.Prepare(context.Background(), run, task); err != nil {
		t.Fatal(err)
	}
	solution, err := s.Solve(context.Background(), run, task)
	if err != nil {
		t.Fatal(err)
	}
	w, err := solution.Vorticity.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func relative(w, want []float64) float64 {
	var d, s float64
	for i, v := range want {
		d += (w[i] - v) * (w[i] - v)
		s += v * v
	}
	return math.Sqrt(d / s)
}

func TestTaylorGreen(t *testing.T) {
	const T = 1
	want := field(64, 2*math.Pi, taylorGreen(T))
	for _, m := range []method{ifrk4, etdrk4, cnab2} {
		for _, dealias := range []string{"none", "two-thirds", "three-halves"} {
			s := &Spectral{Modes: 32, DT: 1.0 / 200, Dealias: dealias, method: m}
			limit := 1e-10
			if m.order == 2 {
				limit = 1e-4 // the mean flow is implicit, with an error of dt²
			}
			if d := relative(solve(t, s, 1, problem("taylor-green", T)), want); d > limit {
				t.Errorf("order %v, dealias %s: error %.1e", m.order, dealias, d)
			}
		}
	}
}

func against(t *testing.T, s *Spectral, name string, limits ...float64) {
	t.Helper()
	times, want := reference(t, name)
	times, want = times[:len(limits)], want[:len(limits)]
	w := solve(t, s, 2, problem(name, times...))
	for i := range want {
		d := relative(w[i*64*64:][:64*64], want[i])
		t.Logf("%s t = %g: %.1e", name, times[i], d)
		if d > limits[i] {
			t.Errorf("%s t = %g: differs by %.1e, more than %.1e", name, times[i], d, limits[i])
		}
	}
}

func TestKolmogorov(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector, and has no concurrency that others lack")
	}
	against(t, &Spectral{Modes: 192, DT: 1.0 / 250, Dealias: "two-thirds", method: etdrk4}, "kolmogorov", 3e-12, 1e-11, 3e-11, 1e-10, 4e-10)
	against(t, &Spectral{Modes: 160, DT: 1.0 / 200, Dealias: "two-thirds", method: ifrk4}, "kolmogorov", 1e-9)
}

func TestFNOForcing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector, and has no concurrency that others lack")
	}
	against(t, &Spectral{Modes: 128, DT: 1.0 / 100, Dealias: "two-thirds", method: ifrk4}, "fno-forcing", 7e-11, 7e-11)
}

// long says whether to run what takes minutes.
func long(t *testing.T) {
	if os.Getenv("NSE_LONG") == "" {
		t.Skip("takes minutes; set NSE_LONG to run it")
	}
}

func TestShearLayer(t *testing.T) {
	long(t)
	against(t, &Spectral{Modes: 640, DT: 1.0 / 1280, Dealias: "two-thirds", method: ifrk4}, "shear-layer", 4e-10, 4e-7)
}

func TestDecay(t *testing.T) {
	long(t)
	against(t, &Spectral{Modes: 768, DT: 1.0 / 1000, Dealias: "two-thirds", method: ifrk4}, "decay", 2e-6, 1e-6)
}

// The choices made for modes = 0, dt = 0 meet the tolerance.
func TestAutomatic(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector, and has no concurrency that others lack")
	}
	for _, c := range []struct {
		name    string
		until   int // last of the reference's times
		tol     []float64
		methods []method
		long    bool
	}{
		{"kolmogorov", 2, []float64{1e-2, 1e-4, 1e-6}, []method{ifrk4, etdrk4}, false},
		{"fno-forcing", 1, []float64{1e-2, 1e-4, 1e-6}, []method{ifrk4, etdrk4}, false},
		{"kolmogorov", 2, []float64{1e-2}, []method{cnab2}, false},
		{"fno-forcing", 1, []float64{1e-2, 1e-4}, []method{cnab2}, false},
		{"kolmogorov", 5, []float64{1e-2, 1e-4, 1e-6}, []method{ifrk4, etdrk4}, true},
		{"kolmogorov", 5, []float64{1e-2, 1e-3}, []method{cnab2}, true},
		{"fno-forcing", 4, []float64{1e-2, 1e-4, 1e-6}, []method{ifrk4, etdrk4}, true},
		{"shear-layer", 2, []float64{1e-2, 1e-4}, []method{ifrk4, etdrk4}, true},
		{"decay", 1, []float64{1e-2}, []method{ifrk4, etdrk4}, true},
	} {
		if c.long && os.Getenv("NSE_LONG") == "" {
			continue
		}
		times, want := reference(t, c.name)
		last := want[c.until-1]
		for _, tol := range c.tol {
			for i, m := range c.methods {
				task := problem(c.name, times[c.until-1])
				task.Tolerance = tol
				s := &Spectral{Dealias: "two-thirds", method: m}
				d := relative(solve(t, s, 2, task), last)
				t.Logf("%s t = %g, order %v, tolerance %.0e: %.1e with %d modes, dt = %.1e", c.name, task.Times[0], m.order, tol, d, s.space.modes, s.space.system.DT)
				if d > tol {
					t.Errorf("%s t = %g, method %d: error %.1e, tolerance %.0e", c.name, task.Times[0], i, d, tol)
				}
			}
		}
	}
}

func TestThreadsAgree(t *testing.T) {
	task := problem("kolmogorov", 0.1)
	for _, s := range []func() solver{
		func() solver { return &Spectral{Modes: 64, DT: 0.01, Dealias: "two-thirds", method: ifrk4} },
		func() solver { return &Arakawa{N: 64, DT: 0.01} },
	} {
		if d := relative(solve(t, s(), 3, task), solve(t, s(), 1, task)); d > 1e-14 {
			t.Errorf("three threads differ by %.1e", d)
		}
	}
}

func BenchmarkStep(b *testing.B) {
	for _, n := range []int{128, 256, 512} {
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("%d/threads=%d", n, threads), func(b *testing.B) {
				s := &Spectral{Modes: n, DT: 1e-3, Dealias: "two-thirds", method: ifrk4}
				if err := s.Prepare(context.Background(), plugins.NewTestRun(threads, nil), problem("kolmogorov", 1)); err != nil {
					b.Fatal(err)
				}
				s.equation.vorticity.copyTo(s.space.w)
				st, _ := s.space.system.Stepper(1)
				for b.Loop() {
					st.Step(s.space.w.c)
				}
			})
		}
	}
}
