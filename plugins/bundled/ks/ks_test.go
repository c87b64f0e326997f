package ks

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"testing"
	"time"

	"github.com/solverbench/solverbench/plugins"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	semilinearv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/semilinear/v1"
)

// record is one of testdata/ks.json.
type record struct {
	Name string    `json:"name"`
	L    float64   `json:"L"`
	T    float64   `json:"T"`
	DT   float64   `json:"rel_diff_dt"`
	N    float64   `json:"rel_diff_N"`
	U    []float64 `json:"u"`
}

func records(t testing.TB) []record {
	text, err := os.ReadFile("testdata/ks.json")
	if err != nil {
		t.Fatal(err)
	}
	var r []record
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// initial are the data of the records on n points.
func initial(name string, length float64, n int) []float64 {
	u := make([]float64, n)
	for i := range u {
		x := length * float64(i) / float64(n)
		q := 2 * math.Pi * float64(i) / float64(n)
		if name == "l22" {
			u[i] = math.Cos(q) + 0.5*math.Sin(2*q) + 0.25*math.Cos(3*q)
		} else {
			u[i] = math.Cos(x/16) * (1 + math.Sin(x/16))
		}
	}
	return u
}

func kuramoto(name string, length, tolerance float64, points int, times ...float64) *semilinearv1.Task {
	return &semilinearv1.Task{
		Length: length, Initial: commonv1.Float64(initial(name, length, 64), 64), Times: times,
		OutputPoints: uint32(points), Linear: []float64{0, 0, -1, 0, -1}, Advection: 1, Tolerance: tolerance,
	}
}

// solver is one of Solvers, with options.
func solver(name string, modes int, dt float64) *Solver {
	for _, m := range methods {
		if m.name == name {
			s := m.solver()
			s.Modes, s.DT = modes, dt
			return s
		}
	}
	panic(name)
}

func solve(t testing.TB, s *Solver, task *semilinearv1.Task) []float64 {
	t.Helper()
	run := plugins.NewTestRun(1, nil)
	if err := s.Prepare(context.Background(), run, task); err != nil {
		t.Fatal(err)
	}
	solution, err := s.Solve(context.Background(), run, task)
	if err != nil {
		t.Fatal(err)
	}
	u, err := solution.U.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func relative(u, want []float64) float64 {
	var d, s float64
	for i, w := range want {
		d += (u[i] - w) * (u[i] - w)
		s += w * w
	}
	return math.Sqrt(d / s)
}

// Every independent record is met within ten times its own accuracy.
func TestETDRK4AgainstRecords(t *testing.T) {
	all := records(t)
	for _, name := range []string{"kassam-trefethen", "l22"} {
		var these []record
		var times []float64
		for _, r := range all {
			if r.Name == name {
				these, times = append(these, r), append(times, r.T)
			}
		}
		modes, points := 512, len(these[0].U)
		if name == "l22" {
			modes = 192
		}
		u := solve(t, solver("etdrk4", modes, 1.0/256), kuramoto(name, these[0].L, 1e-10, points, times...))
		for i, r := range these {
			d := relative(u[i*points:][:points], r.U)
			t.Logf("%s T = %g: %.1e (record %.1e, %.1e)", name, r.T, d, r.DT, r.N)
			if limit := 10 * max(r.DT, r.N); d > limit {
				t.Errorf("%s T = %g: differs by %.1e, more than %.1e", name, r.T, d, limit)
			}
		}
	}
}

// Halving the step divides the change by 2^order. Few modes are kept, for the order of the Runge–Kutta
// methods appears only once the step resolves the decay of all of them.
func TestOrders(t *testing.T) {
	for _, c := range []struct {
		name  string
		order float64
		steps int
	}{{"etdrk4", 4, 640}, {"ifrk4", 4, 640}, {"sbdf3", 3, 640}, {"cnab2", 2, 640}} {
		var u [3][]float64
		for i := range u {
			steps := c.steps << i
			u[i] = solve(t, solver(c.name, 24, 10/float64(steps)), kuramoto("l22", 22, 1e-8, 64, 10))
		}
		d := relative(u[1], u[2])
		order := math.Log2(relative(u[0], u[1]) / d)
		t.Logf("%s: order %.2f, change %.1e with %d steps", c.name, order, d, 4*c.steps)
		if math.Abs(order-c.order) > 0.15 {
			t.Errorf("%s: order %.2f, want %v", c.name, order, c.order)
		}
	}
}

// The choices made for modes = 0, dt = 0 meet the tolerance.
func TestAutomatic(t *testing.T) {
	for _, r := range records(t) {
		for _, tol := range []float64{1e-2, 1e-4, 1e-6, 1e-8} {
			for _, m := range methods {
				if math.Pow(tol, -1/m.order)*r.T > 2500 && os.Getenv("KS_LONG") == "" {
					continue // many steps
				}
				s := m.solver()
				task := kuramoto(r.Name, r.L, tol, len(r.U), r.T)
				begin := time.Now()
				d := relative(solve(t, s, task), r.U)
				t.Logf("%s L = %.3g T = %g tol %.0e: %.1e, %d modes, dt %.2e %v", m.name, r.L, r.T, tol, d, s.space.modes, s.space.system.DT, time.Since(begin))
				if d > tol {
					t.Errorf("%s L = %.3g T = %g: error %.1e, tolerance %.0e", m.name, r.L, r.T, d, tol)
				}
			}
		}
	}
}

// Burgers' equation has an exact solution by the transformation of Cole and Hopf: with
// θ = 1 + ½ e^{−νt} cos x, u = −2ν θ_x/θ.
func TestBurgers(t *testing.T) {
	const nu, T, n = 0.05, 2.0, 256
	exact := func(t float64, i, n int) float64 {
		x := 2 * math.Pi * float64(i) / float64(n)
		a := 0.9 * math.Exp(-nu*t)
		return 2 * nu * a * math.Sin(x) / (1 + a*math.Cos(x))
	}
	u0, want := make([]float64, n), make([]float64, 100)
	for i := range u0 {
		u0[i] = exact(0, i, n)
	}
	for i := range want {
		want[i] = exact(T, i, len(want))
	}
	task := &semilinearv1.Task{
		Length: 2 * math.Pi, Initial: commonv1.Float64(u0, n), Times: []float64{T}, OutputPoints: 100,
		Linear: []float64{0, 0, nu}, Advection: 1, Tolerance: 1e-9,
	}
	for _, dealias := range []string{"none", "two-thirds", "three-halves"} {
		s := solver("etdrk4", 0, 0.01)
		s.Dealias = dealias
		if d := relative(solve(t, s, task), want); d > 1e-9 {
			t.Errorf("dealias %s: error %.1e", dealias, d)
		}
	}
}

// A Korteweg–de Vries soliton: u_t + u_xxx + 6 u u_x = 0, u = c/2 sech²(√c/2 (x − ct)).
func TestSoliton(t *testing.T) {
	const length, c, T, n = 40.0, 4.0, 1.0, 512
	exact := func(t, x float64) float64 {
		x = math.Remainder(x-c*t-length/4, length)
		return c / 2 / math.Pow(math.Cosh(math.Sqrt(c)/2*x), 2)
	}
	u0, want := make([]float64, n), make([]float64, n)
	for i := range u0 {
		x := length * float64(i) / n
		u0[i], want[i] = exact(0, x), exact(T, x)
	}
	task := &semilinearv1.Task{
		Length: length, Initial: commonv1.Float64(u0, n), Times: []float64{T}, OutputPoints: n,
		Linear: []float64{0, 0, 0, -1}, Advection: 6, Tolerance: 1e-8,
	}
	for _, name := range []string{"etdrk4", "ifrk4"} {
		if d := relative(solve(t, solver(name, 512, 2.5e-4), task), want); d > 1e-9 {
			t.Errorf("%s: error %.1e", name, d)
		}
	}
}

// A grid that proves too coarse is refined until the answer is good.
func TestRefinement(t *testing.T) {
	r := records(t)[0]
	s := solver("etdrk4", 0, 1.0/64)
	task := kuramoto(r.Name, r.L, 1e-8, len(r.U), r.T)
	run := plugins.NewTestRun(1, nil)
	if err := s.Prepare(context.Background(), run, task); err != nil {
		t.Fatal(err)
	}
	s.space = s.discretise(64)
	for range 2 {
		solution, err := s.Solve(context.Background(), run, task)
		if err != nil {
			t.Fatal(err)
		}
		u, _ := solution.U.Float64s()
		if d := relative(u, r.U); d > 1e-7 {
			t.Errorf("error %.1e", d)
		}
		if s.space.modes != 64 {
			t.Error("a refined grid was kept for the next solve")
		}
	}
}

// Waves too short for the output grid have their true values at its points.
func TestSampleFolds(t *testing.T) {
	v := []complex128{1, complex(0.3, 0.2), complex(-0.1, 0.4), complex(0.2, -0.3), complex(0.5, 0.6), complex(0.1, 0.7)}
	for _, n := range []int{1, 2, 3, 4, 5, 6, 9, 10, 11, 20} {
		u := make([]float64, n)
		newSampler(n).sample(u, v)
		for i := range u {
			want := real(v[0])
			for k := 1; k < len(v); k++ {
				sin, cos := math.Sincos(2 * math.Pi * float64(k*i) / float64(n))
				want += 2 * (real(v[k])*cos - imag(v[k])*sin)
			}
			if math.Abs(u[i]-want) > 1e-13 {
				t.Errorf("%d points: u[%d] = %v, want %v", n, i, u[i], want)
			}
		}
	}
}

func TestDivergence(t *testing.T) {
	s := solver("sbdf3", 512, 2)
	task := kuramoto("kassam-trefethen", 32*math.Pi, 1e-6, 64, 2000)
	run := plugins.NewTestRun(1, nil)
	if err := s.Prepare(context.Background(), run, task); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Solve(context.Background(), run, task); !errors.Is(err, plugins.ErrDiverged) {
		t.Errorf("got %v, want %v", err, plugins.ErrDiverged)
	}
}

func TestCancel(t *testing.T) {
	s := solver("etdrk4", 4096, 1e-6)
	task := kuramoto("l22", 22, 1e-6, 64, 1000)
	run := plugins.NewTestRun(1, nil)
	if err := s.Prepare(context.Background(), run, task); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.Solve(ctx, run, task); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestBadTasks(t *testing.T) {
	for name, change := range map[string]func(*semilinearv1.Task){
		"length":   func(k *semilinearv1.Task) { k.Length = 0 },
		"times":    func(k *semilinearv1.Task) { k.Times = []float64{2, 1} },
		"no times": func(k *semilinearv1.Task) { k.Times = nil },
		"initial":  func(k *semilinearv1.Task) { k.Initial = nil },
		"linear":   func(k *semilinearv1.Task) { k.Linear = []float64{0, 0, -1} },
	} {
		task := kuramoto("l22", 22, 1e-6, 64, 1)
		change(task)
		if err := solver("etdrk4", 0, 0).Prepare(context.Background(), plugins.NewTestRun(1, nil), task); !errors.Is(err, plugins.ErrUnsupported) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func BenchmarkStep(b *testing.B) {
	for _, n := range []struct {
		name  string
		modes int
	}{{"128", 128}, {"1024", 1024}, {"8192", 8192}} {
		b.Run(n.name, func(b *testing.B) {
			length := math.Pi * float64(n.modes) / 4
			s := solver("etdrk4", n.modes, 1e-3)
			if err := s.Prepare(context.Background(), plugins.NewTestRun(1, nil), kuramoto("l22", length, 1e-6, 64, 1)); err != nil {
				b.Fatal(err)
			}
			copy(s.space.v, s.equation.initial)
			st, _ := s.space.system.Stepper(1)
			b.ReportAllocs()
			for b.Loop() {
				st.Step(s.space.v)
			}
		})
	}
}
