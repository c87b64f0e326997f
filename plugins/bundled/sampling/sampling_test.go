package sampling

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/solverbench/solverbench/plugins"
	"github.com/solverbench/solverbench/plugins/option"
	samplingv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/sampling/v1"
)

func methods() map[string]method {
	return map[string]method{
		"ddim": ddim(), "dpm_solver_2": dpmSolver2(), "dpm_solver_3": dpmSolver3(), "dpmpp_2m": dpmpp2M(), "dpmpp_3m": dpmpp3M(),
		"unipc_2": unipc(2), "unipc_3": unipc(3), "pndm": pndm(), "deis_tab3": deisTAB3(), "heun": heun(),
	}
}

func TestReferenceVectors(t *testing.T) {
	v := loadVectors(t)
	if len(v.Results) != 40 {
		t.Fatalf("%d records, expected 40", len(v.Results))
	}
	task := newTask(flat(v.XT), 2, 0)
	worst := 0.0
	for _, r := range v.Results {
		t.Run(fmt.Sprintf("%s/%s/%d", r.Sampler, r.Grid, r.Steps), func(t *testing.T) {
			m, ok := methods()[r.Sampler]
			if !ok {
				t.Fatal("no such method")
			}
			s := &Sampler{Steps: r.Steps, Grid: r.Grid, method: m}
			x, err := sample(t, s, v.Mixture, task)
			if err != nil {
				t.Fatal(err)
			}
			e := rms(x, flat(r.X0), 2)
			if !(e <= 1e-8) {
				t.Errorf("RMS distance to the reference %.3g, expected at most 1e-8", e)
			}
			if v.Mixture.calls != r.NFE || m.evaluations(r.Steps) != r.NFE {
				t.Errorf("%d evaluations, %d foretold, reference has %d", v.Mixture.calls, m.evaluations(r.Steps), r.NFE)
			}
			worst = max(worst, e)
		})
	}
	t.Logf("largest RMS distance %.2g", worst)
}

// order returns the observed order of a method from halving its steps at n and 2n.
func order(t *testing.T, name string, n int, mix *mixture, x, exact []float64, d int) float64 {
	t.Helper()
	var e [2]float64
	for i := range e {
		y, err := sample(t, &Sampler{Steps: n << i, Grid: "logsnr", method: methods()[name]}, mix, newTask(x, d, 0))
		if err != nil {
			t.Fatal(err)
		}
		e[i] = rms(y, exact, d)
	}
	return math.Log2(e[0] / e[1])
}

type expectedOrder struct {
	method string
	steps  int // where the error has reached its asymptotic form
	want   float64
}

// globalOrders are the orders over a whole grid uniform in λ. The published third term of dpmpp_3m carries half
// the weight that a second derivative needs, which leaves order 2 with a small constant; the first-order
// last step of unipc_3 does so in the end, see TestOrderOfInterior.
func globalOrders() []expectedOrder {
	return []expectedOrder{
		{"ddim", 160, 1}, {"dpm_solver_2", 160, 2}, {"dpm_solver_3", 80, 3}, {"dpmpp_2m", 320, 2}, {"dpmpp_3m", 320, 2},
		{"unipc_2", 320, 3}, {"unipc_3", 2560, 2}, {"pndm", 640, 2}, {"deis_tab3", 160, 4}, {"heun", 160, 2},
	}
}

// On a Gaussian (x − α_t μ)/√(α_t² v + σ_t²) is constant along the flow.
func TestOrderOnGaussian(t *testing.T) {
	g := &mixture{Weights: []float64{1}, Means: [][]float64{{1.5, -0.7, 0.2}}, Variances: [][]float64{{0.3, 1.7, 0.04}}}
	x := make([]float64, 60)
	(&normals{state: 1}).fill(x)
	exact := make([]float64, len(x))
	sch := schedule{0.1, 20}
	a, b := sch.at(1), sch.at(1e-3)
	for i := range x {
		mu, v := g.Means[0][i%3], g.Variances[0][i%3]
		sd := func(n node) float64 { return math.Sqrt(n.alpha*n.alpha*v + n.sigma*n.sigma) }
		exact[i] = b.alpha*mu + sd(b)/sd(a)*(x[i]-a.alpha*mu)
	}
	for _, c := range globalOrders() {
		t.Run(c.method, func(t *testing.T) {
			got := order(t, c.method, c.steps, g, x, exact, 3)
			t.Logf("observed order %.2f", got)
			if math.Abs(got-c.want) > 0.25 {
				t.Errorf("observed order %.2f, expected %g", got, c.want)
			}
		})
	}
}

func TestOrderOnRing(t *testing.T) {
	v := loadVectors(t)
	for _, c := range globalOrders() {
		t.Run(c.method, func(t *testing.T) {
			got := order(t, c.method, c.steps, v.Mixture, flat(v.XT), flat(v.Flow), 2)
			t.Logf("observed order %.2f", got)
			if math.Abs(got-c.want) > 0.25 {
				t.Errorf("observed order %.2f, expected %g", got, c.want)
			}
		})
	}
}

// The order of a multistep method between its ends: the grid's first and last steps, which are of lower
// order, are made negligible by letting the steps grow from, and shrink to, 2⁻¹⁴ of the others.
func TestOrderOfInterior(t *testing.T) {
	v := loadVectors(t)
	sch := schedule{0.1, 20}
	follow := func(m method, n int) float64 {
		var at []float64 // positions in units of the full step
		for sum, h := 0.0, 0x1p-14; h < 1; h *= 2 {
			at = append(at, sum)
			sum += h
		}
		inner := len(at)
		for i := range n {
			at = append(at, at[inner-1]+0.5+float64(i))
		}
		for i := inner - 1; i >= 0; i-- {
			at = append(at, at[inner]+float64(n-1)+1-at[i])
		}
		first, last := sch.at(1), sch.at(1e-3)
		p := &path{schedule: sch, done: func(int) {}, noise: func(dst, x []float64, t float64) error {
			return v.Mixture.noise(dst, x, []float64{t})
		}}
		for _, a := range at {
			p.nodes = append(p.nodes, sch.atLambda(first.lambda+(last.lambda-first.lambda)*a/at[len(at)-1]))
		}
		x := flat(v.XT)
		for range m.buffers {
			p.work = append(p.work, make([]float64, len(x)))
		}
		if err := m.follow(p, x); err != nil {
			t.Fatal(err)
		}
		return rms(x, flat(v.Flow), 2)
	}
	for _, c := range []expectedOrder{{"dpmpp_2m", 160, 2}, {"dpmpp_3m", 320, 2}, {"unipc_2", 160, 3}, {"unipc_3", 1280, 4}, {"deis_tab3", 160, 4}} {
		m := methods()[c.method]
		got := math.Log2(follow(m, c.steps) / follow(m, 2*c.steps))
		t.Logf("%s: observed order %.2f", c.method, got)
		if math.Abs(got-c.want) > 0.25 {
			t.Errorf("%s: observed order %.2f, expected %g", c.method, got, c.want)
		}
	}
}

// On the other grids too, all methods end at the exact flow.
func TestGridsConverge(t *testing.T) {
	v := loadVectors(t)
	for name, m := range methods() {
		for _, grid := range []string{"time", "quadratic", "karras"} {
			x, err := sample(t, &Sampler{Steps: 640, Grid: grid, method: m}, v.Mixture, newTask(flat(v.XT), 2, 0))
			if err != nil {
				t.Fatal(err)
			}
			if e := rms(x, flat(v.Flow), 2); !(e < 0.01) {
				t.Errorf("%s on grid %s: RMS distance %.3g to the flow after 640 steps", name, grid, e)
			}
		}
	}
}

func TestGridNodes(t *testing.T) {
	s := schedule{0.1, 20}
	for _, kind := range []string{"logsnr", "time", "quadratic", "karras"} {
		nodes := s.grid(kind, 12, 1, 1e-3)
		if nodes[0].t != 1 || nodes[12].t != 1e-3 {
			t.Errorf("%s: ends at %g and %g", kind, nodes[0].t, nodes[12].t)
		}
		if !slices.IsSortedFunc(nodes, func(a, b node) int { return int(math.Copysign(1, b.t-a.t)) }) {
			t.Errorf("%s: times do not fall", kind)
		}
	}
	n := s.grid("karras", 12, 1, 1e-3)
	root := func(i int) float64 { return math.Pow(n[i].rho(), 1.0/7) }
	for i := 1; i < 12; i++ {
		if d := root(i-1) - 2*root(i) + root(i+1); math.Abs(d) > 1e-12 {
			t.Errorf("karras: second difference %g of the seventh root at node %d", d, i)
		}
	}
	for _, c := range []schedule{{0.1, 20}, {2, 2}, {0, 7}} {
		for _, u := range []float64{1e-4, 0.03, 0.5, 1} {
			if got := c.atLambda(c.at(u).lambda).t; math.Abs(got-u) > 1e-12*u {
				t.Errorf("schedule %v: t %g → λ → %g", c, u, got)
			}
		}
	}
}

func TestDDPM(t *testing.T) {
	v := loadVectors(t)
	task := newTask(flat(v.XT), 2, 0)
	quiet := newDDPM()
	quiet.Eta = 0
	x, err := sample(t, quiet, v.Mixture, task)
	if err != nil {
		t.Fatal(err)
	}
	y, err := sample(t, newSampler(ddim()), v.Mixture, task)
	if err != nil {
		t.Fatal(err)
	}
	if e := rms(x, y, 2); e > 1e-12 {
		t.Errorf("without noise DDPM differs from DDIM by %.3g", e)
	}
	x, err = sample(t, newDDPM(), v.Mixture, task)
	if err != nil {
		t.Fatal(err)
	}
	again, err := sample(t, newDDPM(), v.Mixture, task)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(x, again) {
		t.Error("two runs with one seed differ")
	}
	if rms(x, y, 2) < 0.1 {
		t.Error("DDPM drew no noise")
	}
}

// Ancestral sampling has the right law: a Gaussian's moments, within five standard errors and the
// bias of 400 steps.
func TestDDPMMoments(t *testing.T) {
	g := &mixture{Weights: []float64{1}, Means: [][]float64{{1.5}}, Variances: [][]float64{{0.25}}}
	const n = 20000
	x := make([]float64, n)
	(&normals{state: 3}).fill(x)
	s := newDDPM()
	s.Steps = 400
	y, err := sample(t, s, g, newTask(x, 1, 0))
	if err != nil {
		t.Fatal(err)
	}
	mean, square := 0.0, 0.0
	for _, v := range y {
		mean += v / n
	}
	for _, v := range y {
		square += (v - mean) * (v - mean) / n
	}
	if math.Abs(mean-1.5) > 5*0.5/math.Sqrt(n)+0.005 || math.Abs(square-0.25) > 5*0.25*math.Sqrt(2.0/n)+0.01 {
		t.Errorf("mean %.4f and variance %.4f, expected 1.5 and 0.25", mean, square)
	}
}

func TestBudget(t *testing.T) {
	v := loadVectors(t)
	for _, c := range []struct {
		name          string
		steps, budget int
		evaluations   int // 0: unsupported
	}{
		{"ddim", 0, 20, 20}, {"dpm_solver_3", 0, 20, 18}, {"pndm", 0, 20, 20}, {"pndm", 0, 9, 8}, {"unipc_3", 20, 20, 20},
		{"heun", 0, 1, 0}, {"heun", 20, 39, 0}, {"pndm", 0, 3, 0},
	} {
		s := &Sampler{Steps: c.steps, Grid: "logsnr", method: methods()[c.name]}
		_, err := sample(t, s, v.Mixture, newTask(flat(v.XT), 2, uint32(c.budget)))
		if c.evaluations == 0 {
			if !errors.Is(err, plugins.ErrUnsupported) || !strings.Contains(err.Error(), fmt.Sprint(c.budget)) {
				t.Errorf("%s, %d steps, budget %d: error %v", c.name, c.steps, c.budget, err)
			}
			continue
		}
		if err != nil || v.Mixture.calls != c.evaluations {
			t.Errorf("%s, %d steps, budget %d: %d evaluations, error %v; expected %d", c.name, c.steps, c.budget, v.Mixture.calls, err, c.evaluations)
		}
	}
	_, err := sample(t, &Sampler{Grid: "logsnr", method: ddim()}, v.Mixture, newTask(flat(v.XT), 2, 0))
	var bad *option.Error
	if !errors.As(err, &bad) || bad.Name != "steps" {
		t.Errorf("steps=0 without a budget: error %v", err)
	}
}

func TestRefusals(t *testing.T) {
	v := loadVectors(t)
	unknown := newTask(flat(v.XT), 2, 0)
	unknown.Schedule.Kind = samplingv1.ScheduleKind_SCHEDULE_KIND_UNSPECIFIED
	backwards := newTask(flat(v.XT), 2, 0)
	backwards.Schedule.TEnd = 2
	for _, task := range []*samplingv1.Task{unknown, backwards} {
		if _, err := sample(t, newSampler(ddim()), v.Mixture, task); !errors.Is(err, plugins.ErrUnsupported) {
			t.Errorf("schedule %v: error %v", task.Schedule, err)
		}
	}
	s, task := newSampler(ddim()), newTask(flat(v.XT), 2, 0)
	run := newRun(v.Mixture)
	if err := s.Prepare(t.Context(), run, task); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Solve(ctx, run, task); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled solve: error %v", err)
	}
}

func BenchmarkSolver(b *testing.B) {
	names := []string{"ddim", "dpmpp_3m", "unipc_3", "deis_tab3", "pndm"}
	const batch, d = 1024, 64
	x := make([]float64, batch*d)
	(&normals{state: 1}).fill(x)
	// A free oracle: what remains is the solver's own work.
	run := plugins.NewTestRun(1, map[string]plugins.OracleFunc{"noise": func(dst, x, _ []float64) error {
		copy(dst, x)
		return nil
	}})
	task := newTask(x, d, 0)
	for _, name := range names {
		b.Run(name, func(b *testing.B) {
			s := newSampler(methods()[name])
			if err := s.Prepare(b.Context(), run, task); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(8 * len(x) * s.Steps))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Solve(b.Context(), run, task); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
