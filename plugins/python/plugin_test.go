package python_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/harness/sandbox"
	"github.com/solverbench/solverbench/plugins/host"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
	samplingv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/sampling/v1"
)

const (
	example = "../../docs/examples/python/plugin.py"
	witness = "tests/witness.py"
)

// TestMain lets this executable be what launches plugins in their box.
func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}

// interpreter is a Python that has what the SDK imports.
type interpreter struct {
	Executable string   `json:"executable"`
	Paths      []string `json:"paths"`
}

// find looks for an interpreter once: $SOLVERBENCH_PYTHON, that of the virtual environment that the Makefile makes, or python3. It returns
// why there is none, too.
var find = sync.OnceValues(func() (*interpreter, string) {
	python := cmp.Or(os.Getenv("SOLVERBENCH_PYTHON"), "python3")
	if own := ".venv/bin/python"; os.Getenv("SOLVERBENCH_PYTHON") == "" {
		if _, err := os.Stat(own); err == nil {
			python = own
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	const question = `import json, sys
import google.protobuf, grpc, numpy
if sys.version_info < (3, 10): sys.exit("Python %d.%d, expected 3.10 or later" % sys.version_info[:2])
print(json.dumps({"executable": sys.executable, "paths": [p for p in [sys.prefix, sys.base_prefix] + sys.path if p]}))`
	var complaint strings.Builder
	cmd := exec.CommandContext(ctx, python, "-c", question)
	cmd.Stderr = &complaint
	text, err := cmd.Output()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(complaint.String()), "\n")
		return nil, python + ": " + err.Error() + ": " + lines[len(lines)-1]
	}
	i := &interpreter{}
	if err := json.Unmarshal(text, i); err != nil {
		return nil, python + ": " + err.Error()
	}
	return i, ""
})

// launch starts a script with the SDK as it lies here.
func launch(t testing.TB, script string) *host.Client {
	t.Helper()
	python, why := find()
	if python == nil {
		t.Skipf("no Python with grpcio and numpy (make -C plugins/python venv installs one, $SOLVERBENCH_PYTHON may name another): %s", why)
	}
	sdk, script := absolute(t, "src"), absolute(t, script)
	c, err := host.Launch(t.Context(), host.Config{
		Command:      []string{python.Executable, script},
		Env:          []string{"PYTHONPATH=" + sdk},
		Readable:     append(slices.Clone(python.Paths), sdk, script),
		StartTimeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func absolute(t testing.TB, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// square is the discrete Poisson equation on the unit square with n×n unknowns and a right-hand side that is not smooth.
func square(n int, factor float64) *poissonv1.Task {
	f := make([]float64, n*n)
	for i := range f {
		f[i] = factor * math.Sin(float64(i*i+1))
	}
	axis := func() *poissonv1.Axis {
		return &poissonv1.Axis{
			Points: uint32(n), Upper: 1,
			LowerBoundary: poissonv1.Boundary_BOUNDARY_DIRICHLET, UpperBoundary: poissonv1.Boundary_BOUNDARY_DIRICHLET,
		}
	}
	return &poissonv1.Task{
		Kind: poissonv1.Kind_KIND_DISCRETE, Axes: []*poissonv1.Axis{axis(), axis()}, Rhs: commonv1.Float64(f, n, n), Tolerance: 1e-8,
	}
}

// residual is ‖f − Au‖/‖f‖ of a solution to a task made by square.
func residual(t *testing.T, task *poissonv1.Task, solution proto.Message) float64 {
	t.Helper()
	f, u := floats(t, task.Rhs), floats(t, solution.(*poissonv1.Solution).U)
	n := int(task.Axes[0].Points)
	at := func(j, i int) float64 {
		if j < 0 || j == n || i < 0 || i == n {
			return 0
		}
		return u[j*n+i]
	}
	h, rr, ff := 1/float64(n+1), 0.0, 0.0
	for k := range f {
		j, i := k/n, k%n
		r := f[k] - (4*at(j, i)-at(j-1, i)-at(j+1, i)-at(j, i-1)-at(j, i+1))/(h*h)
		rr, ff = rr+r*r, ff+f[k]*f[k]
	}
	return math.Sqrt(rr / ff)
}

func floats(t *testing.T, a *commonv1.Array) []float64 {
	t.Helper()
	v, err := a.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// open opens a session of the family poisson and prepares it.
func open(t testing.TB, c *host.Client, solver string, n int, inline bool, options map[string]string) *host.Session {
	t.Helper()
	s, err := c.Open(t.Context(), host.SessionConfig{
		Solver: solver, Options: options, Task: square(n, 1), Shapes: [][]int{{n, n}}, MaxCheckpoints: 3, Inline: inline,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestExampleSolves(t *testing.T) {
	c := launch(t, example)
	if d, err := c.Describe(t.Context()); err != nil || d.Name != "example-python" || len(d.Solvers) != 2 {
		t.Fatalf("described as %v, error %v", d, err)
	}
	for _, tt := range []struct {
		n      int
		inline bool
	}{{5, false}, {40, false}, {40, true}} {
		s := open(t, c, "cg-py", tt.n, tt.inline, nil)
		got, err := s.Solve(t.Context(), host.SolveConfig{Repeat: 2, Checkpoints: true})
		if err != nil {
			t.Fatal(err)
		}
		if r := residual(t, square(tt.n, 1), got.Solution); !(r <= 1.01e-8) || got.Iterations == 0 {
			t.Errorf("n=%d: residual %g after %d iterations", tt.n, r, got.Iterations)
		}
		if len(got.Checkpoints) == 0 {
			t.Errorf("n=%d: no checkpoints", tt.n)
		}
		for _, c := range got.Checkpoints {
			if r := residual(t, square(tt.n, 1), c.Solution); !(r > 1e-8) {
				t.Errorf("n=%d: a checkpoint has the residual %g of a solution", tt.n, r)
			}
		}
		for _, slots := range []int{2, 5} {
			solveSlots(t, s, tt.n, slots)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := c.Printed(); n != 0 {
		t.Errorf("%d bytes were printed after the handshake", n)
	}
	if text := c.Stderr(); text != "" {
		t.Errorf("standard error: %q", text)
	}
}

// solveSlots solves so many tasks in one call.
func solveSlots(t *testing.T, s *host.Session, n, slots int) {
	t.Helper()
	if err := s.Load(t.Context(), slots); err != nil {
		t.Fatal(err)
	}
	for k := range slots {
		if err := s.Put(k, square(n, float64(1+k))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Solve(t.Context(), host.SolveConfig{Repeat: slots}); err != nil {
		t.Fatal(err)
	}
	for k := range slots {
		answer, err := s.Answer(k)
		if err != nil {
			t.Fatal(err)
		}
		if r := residual(t, square(n, float64(1+k)), answer); !(r <= 1.01e-8) {
			t.Errorf("n=%d, slot %d of %d: residual %g", n, k, slots, r)
		}
	}
}

// normal is the oracle of a normal distribution with the given standard deviation.
type normal struct{ sd float64 }

func (o normal) EvaluateOracle(_ context.Context, _ string, dst, x []float64, scalars []float64) error {
	t := scalars[0]
	alpha2 := math.Exp(-t*t*19.9/2 - t*0.1)
	for i := range x {
		dst[i] = x[i] * math.Sqrt(1-alpha2) / (alpha2*o.sd*o.sd + 1 - alpha2)
	}
	return nil
}

func TestExampleSamples(t *testing.T) {
	c := launch(t, example)
	for _, batch := range []int64{3, 1000} { // inline, and in the segment
		start := make([]float64, 2*batch)
		for i := range start {
			start[i] = 2 * math.Sin(float64(i+1))
		}
		s, err := c.Open(t.Context(), host.SessionConfig{
			Solver: "ddim-py", Options: map[string]string{"steps": "40"}, Shapes: [][]int{{int(batch), 2}}, Oracle: normal{0.5}, MaxCheckpoints: 5,
			Task: &samplingv1.Task{
				Schedule: &samplingv1.Schedule{
					Kind: samplingv1.ScheduleKind_SCHEDULE_KIND_VP_LINEAR, BetaMin: 0.1, BetaMax: 20, TStart: 1, TEnd: 1e-3,
				},
				Start: commonv1.Float64(start, int(batch), 2),
				Noise: &commonv1.Oracle{Name: "noise", Scalars: []string{"t"}, InputShape: []int64{batch, 2}, OutputShape: []int64{batch, 2}},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, err := s.Solve(t.Context(), host.SolveConfig{Checkpoints: true})
		if err != nil {
			t.Fatal(err)
		}
		if got.Evaluations.Count != 40 || len(got.Checkpoints) == 0 {
			t.Errorf("batch %d: %d evaluations, %d checkpoints", batch, got.Evaluations.Count, len(got.Checkpoints))
		}
		x := floats(t, got.Solution.(*samplingv1.Solution).Samples)
		for i := range x {
			if math.Abs(x[i]-0.5*start[i]) > 0.1 {
				t.Fatalf("batch %d: sample %d is %g, expected about %g", batch, i, x[i], 0.5*start[i])
			}
		}
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// A solver sees the harness's memory itself, by the addresses of its arrays.
func TestNothingIsCopied(t *testing.T) {
	c := launch(t, witness)
	const n = 64
	for _, inline := range []bool{false, true} {
		s := open(t, c, "witness", n, inline, map[string]string{"mode": "maps"})
		got, err := s.Solve(t.Context(), host.SolveConfig{})
		if err != nil {
			t.Fatal(err)
		}
		u := floats(t, got.Solution.(*poissonv1.Solution).U)
		if shared := u[0] == 1 && u[1] == 1; shared == inline {
			t.Errorf("inline is %v, and the task's and the solution's arrays are in shared memory: %v, %v", inline, u[0] == 1, u[1] == 1)
		}
		if err := s.Load(t.Context(), 2); err != nil {
			t.Fatal(err)
		}
		for k := range 2 {
			if err := s.Put(k, square(n, 1)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Solve(t.Context(), host.SolveConfig{Repeat: 2}); err != nil {
			t.Fatal(err)
		}
		answer, err := s.Answer(1)
		if err != nil {
			t.Fatal(err)
		}
		if u := floats(t, answer.(*poissonv1.Solution).U); u[0] != 1 || u[1] != 1 {
			t.Errorf("the arrays of a slot are in shared memory: %v, %v", u[0] == 1, u[1] == 1)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFailures(t *testing.T) {
	c := launch(t, witness)
	for _, tt := range []struct {
		options map[string]string
		kind    host.Kind
		message string
	}{
		{map[string]string{"mode": "unsupported"}, host.Unsupported, "axis 0 is too short"},
		{map[string]string{"mode": "failed"}, host.Failed, "no convergence"},
		{map[string]string{"mode": "diverged"}, host.Diverged, "residual is nan"},
		{map[string]string{"mode": "raise"}, host.Failed, "ValueError: operands could not be broadcast together"},
		{map[string]string{"mode": "write"}, host.Failed, "read-only (witness.py:"},
		{map[string]string{"factor": "11"}, host.Invalid, `option factor: "11", expected a number in [-10, 10]`},
		{map[string]string{"factr": "1"}, host.Invalid, `unknown option "factr" (did you mean "factor"?)`},
	} {
		s, err := c.Open(t.Context(), host.SessionConfig{Solver: "witness", Options: tt.options, Task: square(5, 1), Shapes: [][]int{{5, 5}}})
		if err == nil {
			if _, err = s.Prepare(t.Context()); err == nil {
				_, err = s.Solve(t.Context(), host.SolveConfig{})
			}
			if err := s.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if host.KindOf(err) != tt.kind || !strings.Contains(err.Error(), tt.message) {
			t.Errorf("%v: error %v, expected %v with %q", tt.options, err, tt.kind, tt.message)
		}
	}
	if text := c.Stderr(); !strings.Contains(text, "Traceback") || strings.Contains(text, "_serve.py") {
		t.Errorf("standard error is to have the tracebacks without the SDK:\n%s", text)
	}
}

// A solver that does not look whether it is to stop is stopped all the same, and the session goes on.
func TestCancellation(t *testing.T) {
	c := launch(t, witness)
	for _, mode := range []string{"spin", "sleep"} {
		s := open(t, c, "witness", 5, false, map[string]string{"mode": mode})
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		if _, err := s.Solve(ctx, host.SolveConfig{}); host.KindOf(err) != host.Timeout {
			t.Errorf("%s: error %v, expected a timeout", mode, err)
		}
		cancel()
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	s := open(t, c, "witness", 5, false, nil)
	if _, err := s.Solve(t.Context(), host.SolveConfig{}); err != nil {
		t.Error(err)
	}
}

// BenchmarkStart is the time from the launch to the description. Beside it stands that of the handshake.
func BenchmarkStart(b *testing.B) {
	var started time.Duration
	for b.Loop() {
		c := launch(b, example)
		if _, err := c.Describe(b.Context()); err != nil {
			b.Fatal(err)
		}
		started += c.Started
		b.StopTimer()
		c.Close()
		b.StartTimer()
	}
	b.ReportMetric(float64(started.Microseconds())/1e3/float64(b.N), "ms-to-handshake/op")
}

// BenchmarkNullCall is a call that does nothing, as the harness measures it at the start of a run.
func BenchmarkNullCall(b *testing.B) {
	c := launch(b, example)
	least := time.Hour
	for b.Loop() {
		took, err := c.NullCall(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		least = min(least, took)
	}
	b.ReportMetric(float64(least.Nanoseconds())/1e3, "µs-least")
}

// BenchmarkSolve is the cost of a solve that copies its input, in a batch, and alone in a call.
func BenchmarkSolve(b *testing.B) {
	for _, batch := range []int{1, 100} {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) {
			s := open(b, launch(b, witness), "witness", 64, false, nil)
			for b.Loop() {
				if _, err := s.Solve(b.Context(), host.SolveConfig{Repeat: batch}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*batch), "µs/solve")
		})
	}
}
