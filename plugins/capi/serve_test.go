//go:build cgo && linux

package capi

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/harness/sandbox"
	"github.com/solverbench/solverbench/plugins/host"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
	samplingv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/sampling/v1"
	semilinearv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/semilinear/v1"
)

// This test's executable is the runner too.
func TestMain(m *testing.M) {
	sandbox.Main()
	if len(os.Args) == 3 && os.Args[1] == "serve-c" {
		if err := Serve(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// build compiles a library from testdata with flags, and those of the environment.
func build(t testing.TB, source string, flags ...string) string {
	t.Helper()
	compiler := "cc"
	if strings.HasSuffix(source, ".cpp") || len(flags) > 0 && flags[0] == "-xc++" {
		compiler = "c++"
	}
	if _, err := exec.LookPath(compiler); err != nil {
		t.Skipf("no %s here: %v", compiler, err)
	}
	library := filepath.Join(t.TempDir(), "lib.so")
	args := append(append(flags, strings.Fields(os.Getenv("CFLAGS"))...), "-O1", "-g", "-fPIC", "-shared", "-I.", "-o", library, filepath.Join("testdata", source), "-lm")
	if out, err := exec.Command(compiler, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", compiler, err, out)
	}
	return library
}

func launch(t testing.TB, library string) *host.Client {
	t.Helper()
	c, err := host.Launch(t.Context(), host.Config{
		Command: []string{os.Args[0], "serve-c", library}, Threads: 2, Readable: []string{library},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func open(t testing.TB, c *host.Client, cfg host.SessionConfig) *host.Session {
	t.Helper()
	s, err := c.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = s.Close(ctx) // the plugin may be gone
	})
	return s
}

// ramp is factor·(0, 1, 2, …).
func ramp(n int, factor float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = factor * float64(i)
	}
	return x
}

func poisson(n int, factor float64) *poissonv1.Task {
	return &poissonv1.Task{
		Kind: poissonv1.Kind_KIND_DISCRETE, Tolerance: 1e-8, Rhs: commonv1.Float64(ramp(n*n, factor), n, n),
		Axes: []*poissonv1.Axis{
			{Points: 3, Upper: 1, LowerBoundary: poissonv1.Boundary_BOUNDARY_PERIODIC},
			{Points: 5, Upper: 2.5, LowerValues: commonv1.Float64([]float64{6, 7}, 2)},
		},
	}
}

// arrayOf returns the elements of a solution's only array.
func arrayOf(t testing.TB, solution proto.Message) []float64 {
	t.Helper()
	var x []float64
	err := commonv1.VisitArrays(solution, func(_ string, a *commonv1.Array) (err error) {
		x, err = a.Float64s()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestDescription(t *testing.T) {
	d, err := launch(t, build(t, "probe.c")).Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d.Name != "probe" || d.Version != "1.2.3" || d.License != "MIT" || d.Language != "c" || len(d.Solvers) != 5 {
		t.Errorf("described as %v", d)
	}
	s := d.Solvers[0]
	if s.Schema != "solverbench.poisson.v1.Task" || s.Doc != "tells what it was told" || s.Citation != "nobody" || !s.Parallel ||
		strings.Join(s.Tags, "|") != "direct|test" || len(s.Options) != 4 {
		t.Errorf("solver is %v", s)
	}
	if o := s.Options[0]; o.Name != "factor" || o.DefaultValue != "1" || o.Minimum != "0" || o.Maximum != "10" || o.Type.String() != "OPTION_TYPE_FLOAT" {
		t.Errorf("option is %v", o)
	}
	if o := s.Options[3]; len(o.Choices) != 6 || o.Choices[1] != "values" {
		t.Errorf("option is %v", o)
	}
}

// The solver reads every kind of field of any family, and its options.
func TestValuesReachTheSolver(t *testing.T) {
	library := build(t, "probe.c")
	for _, tt := range []struct {
		task  proto.Message
		shape []int
		want  []float64
	}{
		{poisson(6, 1), []int{6, 6}, []float64{1e-8, 2, 5, 5, 2.5, 1, 1, 1, 0, 0, 1, 7, 0, 0, 1, 2, 99, 2.5, 8, 8, 1, 1, 0}},
		{
			&semilinearv1.Task{Initial: commonv1.Float64(ramp(8, 1), 8), Times: []float64{1, 2, 4}, Linear: []float64{0, 0, -1}},
			[]int{8}, []float64{3, 2, -1, 8, 3, 0},
		},
		{
			&restorationv1.Task{
				Degraded: commonv1.Float64(ramp(8, 1), 1, 2, 4, 1),
				Degradation: &restorationv1.Task_Inpaint{Inpaint: &restorationv1.Inpaint{
					Mask: commonv1.Uint8([]byte{0, 0, 0, 1, 0, 0, 0, 0}, 1, 2, 4),
				}},
			},
			[]int{1, 2, 4, 1}, []float64{1, 1, 0, 1, 3, 1, 0},
		},
	} {
		s := open(t, launch(t, library), host.SessionConfig{
			Solver: "probe", Task: tt.task, Shapes: [][]int{tt.shape}, Seed: 99,
			Options: map[string]string{"factor": "2.5", "count": "8", "flag": "true", "word": "values"},
		})
		if _, err := s.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, err := s.Solve(t.Context(), host.SolveConfig{})
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range arrayOf(t, got.Solution)[:len(tt.want)] {
			if v != tt.want[i] {
				t.Errorf("%T: value %d is %v, want %v", tt.task, i, v, tt.want[i])
			}
		}
		if got.Iterations != 12 {
			t.Errorf("%d iterations, want 12", got.Iterations)
		}
	}
}

// Each solve of a batch gets the data of its slot, and its answer goes there; also without Prepare, and inline.
func TestSlots(t *testing.T) {
	library := build(t, "probe.c")
	for _, n := range []int{3, 100} {
		for _, inline := range []bool{false, true} {
			s := open(t, launch(t, library), host.SessionConfig{Solver: "probe", Task: poisson(n, 1), Shapes: [][]int{{n, n}}, Inline: inline})
			if n > 3 { // else the first solve prepares
				if _, err := s.Prepare(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			got, err := s.Solve(t.Context(), host.SolveConfig{Repeat: 3})
			if err != nil {
				t.Fatal(err)
			}
			if u := arrayOf(t, got.Solution); u[n*n-1] != float64(n*n-1) {
				t.Errorf("n=%d: u ends with %v, want %d", n, u[n*n-1], n*n-1)
			}
			for _, slots := range []int{4, 2} {
				if err := s.Load(t.Context(), slots); err != nil {
					t.Fatal(err)
				}
				for k := range slots {
					if err := s.Put(k, poisson(n, float64(k+2))); err != nil {
						t.Fatal(err)
					}
				}
				if _, err := s.Solve(t.Context(), host.SolveConfig{Repeat: 2 * slots}); err != nil {
					t.Fatal(err)
				}
				for k := range slots {
					answer, err := s.Answer(k)
					if err != nil {
						t.Fatal(err)
					}
					if u := arrayOf(t, answer); u[1] != float64(k+2) || u[n*n-1] != float64((k+2)*(n*n-1)) {
						t.Errorf("n=%d: answer %d is %v, …, %v, want factor %d", n, k, u[1], u[n*n-1], k+2)
					}
				}
			}
		}
	}
}

// Arrays are not copied: the solver reads and writes the memory that it shares with the harness.
func TestArraysAreShared(t *testing.T) {
	const n = 100
	s := open(t, launch(t, build(t, "probe.c")), host.SessionConfig{
		Solver: "probe", Task: poisson(n, 1), Shapes: [][]int{{n, n}}, Options: map[string]string{"word": "maps"},
	})
	for _, loaded := range []bool{false, true} {
		if loaded {
			if err := s.Load(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.Solve(t.Context(), host.SolveConfig{})
		if err != nil {
			t.Fatal(err)
		}
		if loaded {
			if got.Solution, err = s.Answer(0); err != nil {
				t.Fatal(err)
			}
		}
		if u := arrayOf(t, got.Solution); u[0] != 1 || u[1] != 1 {
			t.Errorf("slots %v: output shared: %v, input shared: %v; want both", loaded, u[0], u[1])
		}
	}
}

func TestCheckpointsAndProgress(t *testing.T) {
	library := build(t, "probe.c")
	s := open(t, launch(t, library), host.SessionConfig{
		Solver: "probe", Task: poisson(3, 1), Shapes: [][]int{{3, 3}}, Options: map[string]string{"word": "checkpoints"}, MaxCheckpoints: 4,
	})
	got, err := s.Solve(t.Context(), host.SolveConfig{Checkpoints: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Checkpoints) != 3 {
		t.Fatalf("%d checkpoints, want 3", len(got.Checkpoints))
	}
	for i, c := range got.Checkpoints {
		if u := arrayOf(t, c.Solution); u[0] != float64(i+1) || u[8] != 8 {
			t.Errorf("checkpoint %d holds %v", i, u)
		}
	}
	s = open(t, launch(t, library), host.SessionConfig{
		Solver: "probe", Task: poisson(3, 1), Shapes: [][]int{{3, 3}}, Options: map[string]string{"word": "progress"},
	})
	var told []string
	_, err = s.Solve(t.Context(), host.SolveConfig{OnProgress: func(fraction float64, message string) {
		told = append(told, fmt.Sprint(fraction, " ", message))
	}})
	if err != nil || len(told) != 1 || told[0] != "0.25 1 of 4" {
		t.Errorf("told %q, error %v", told, err)
	}
}

// shifted is an oracle: x + t, and an error for what is negative.
type shifted struct{}

func (shifted) EvaluateOracle(_ context.Context, _ string, dst, x, scalars []float64) error {
	for i := range x {
		if x[i] < 0 {
			return errors.New("not below zero")
		}
		dst[i] = x[i] + scalars[0]
	}
	return nil
}

func TestOracle(t *testing.T) {
	library := build(t, "probe.c")
	task := func(factor float64) *samplingv1.Task {
		return &samplingv1.Task{
			Start: commonv1.Float64(ramp(6, factor), 3, 2),
			Noise: &commonv1.Oracle{Name: "eps", Scalars: []string{"t"}, InputShape: []int64{3, 2}, OutputShape: []int64{3, 2}},
		}
	}
	s := open(t, launch(t, library), host.SessionConfig{Solver: "probe", Task: task(1), Shapes: [][]int{{3, 2}}, Oracle: shifted{}})
	got, err := s.Solve(t.Context(), host.SolveConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range arrayOf(t, got.Solution) {
		want := float64(i) + 0.5
		if i < 2 {
			want += 0.5
		}
		if v != want {
			t.Errorf("sample %d is %v, want %v", i, v, want)
		}
	}
	if got.Count != 2 {
		t.Errorf("%d evaluations, want 2", got.Count)
	}
	s = open(t, launch(t, library), host.SessionConfig{Solver: "probe", Task: task(-1), Shapes: [][]int{{3, 2}}, Oracle: shifted{}})
	if _, err := s.Solve(t.Context(), host.SolveConfig{}); err == nil || !strings.Contains(err.Error(), "not below zero") {
		t.Errorf("error %v, want the oracle's", err)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	c := launch(t, build(t, "probe.c"))
	for _, tt := range []struct{ name, value, says string }{
		{"factor", "11", "expected a number in [0, 10]"},
		{"factor", "many", "expected a number"},
		{"count", "1.5", "expected an integer"},
		{"flag", "maybe", "true or false"},
		{"word", "verse", "one of copy"},
		{"facto", "1", `did you mean "factor"?`},
	} {
		_, err := c.Open(t.Context(), host.SessionConfig{
			Solver: "probe", Task: poisson(3, 1), Shapes: [][]int{{3, 3}}, Options: map[string]string{tt.name: tt.value},
		})
		if host.KindOf(err) != host.Invalid || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s=%s: error %v, want an invalid option that says %q", tt.name, tt.value, err, tt.says)
		}
	}
}

// What solvers do wrong is said to be so, and a crash with what crashed.
func TestMisfits(t *testing.T) {
	library := build(t, "misfit.c", "-w")
	survivor := launch(t, library) // what is not a crash leaves the plugin well
	for _, tt := range []struct {
		mode string
		kind host.Kind
		says string
	}{
		{"prepare-unsupported", host.Unsupported, "not on Tuesdays"},
		{"prepare-output", host.Failed, "that is for solve, and this is prepare"},
		{"nothing", host.Failed, `returned SB_OK without a solution: expected it to make the array "u" with sb_output`},
		{"wrong-shape", host.Protocol, "shape [3 5], expected [3 3]"},
		{"negative-shape", host.Failed, "extent 1 of its shape is -4"},
		{"huge-shape", host.Failed, "memory can hold"},
		{"null-shape", host.Failed, "its shape is NULL"},
		{"huge-rank", host.Failed, "its rank is 1073741824, expected 0 to 16"},
		{"wrong-type", host.Protocol, "expected float64"},
		{"no-type", host.Failed, "elements of type 99"},
		{"two-shapes", host.Failed, "after another shape or type"},
		{"null-name", host.Failed, "its name is NULL"},
		{"wrong-name", host.Failed, "solverbench.poisson.v1.Solution has no such array"},
		{"null-path", host.Failed, "asked for the field NULL"},
		{"wrong-path", host.Failed, `asked for the field "tolernace": solverbench.poisson.v1.Task has no field "tolernace"; did you mean "tolerance"?`},
		{"wrong-deep-path", host.Failed, `solverbench.poisson.v1.Axis has no field "pints"; did you mean "points"?`},
		{"wrong-index", host.Failed, `"first" in the path is not the number of an entry`},
		{"path-into-array", host.Failed, "rhs has no fields of its own"},
		{"path-into-absent", host.Failed, `has no field "value"; did you mean "values"?`},
		{"wrong-kind", host.Failed, `asked for the field "rhs" as a number, and it is an array of float64`},
		{"wrong-element", host.Failed, "as an array of int32, and it is an array of float64"},
		{"wrong-option", host.Failed, `asked for the option "y", which it has not declared, but mode, x`},
		{"oracle", host.Failed, `evaluated the oracle "noise", and the task has none`},
		{"code", host.Failed, "returned 17, expected SB_OK"},
		{"unsupported", host.Unsupported, "not on Tuesdays"},
		{"failed", host.Failed, "no convergence in 10 iterations"},
		{"silent", host.Failed, "solverbench_solve of solver misfit gave no reason"},
		{"long-message", host.Failed, "xxxx"},
		{"diverged", host.Diverged, "residual 1e+300"},
		{"invalid", host.Invalid, "no such grid"},
		{"cancelled", host.Cancelled, ""},
		{"segfault", host.Crashed, "lib.so: segmentation fault (SIGSEGV) at address 0x0 in fall of lib.so"},
		{"prepare-reads-data", host.Crashed, "during solverbench_prepare of solver misfit"},
		{"null-function", host.Crashed, "segmentation fault (SIGSEGV)"},
		{"overflow", host.Crashed, "in deep of lib.so"},
		{"abort", host.Crashed, "lib.so: aborted (SIGABRT), during solverbench_solve of solver misfit"},
		{"divide", host.Crashed, "arithmetic error (SIGFPE)"},
		{"exit", host.Crashed, "lib.so: exit(3) was called, during solverbench_solve of solver misfit"},
		{"segfault-after-mistake", host.Crashed, `before that, solver misfit asked for the field "rsh"`},
		{"copy", 0, ""},
	} {
		t.Run(tt.mode, func(t *testing.T) {
			c := survivor
			if tt.kind == host.Crashed {
				c = launch(t, library)
			}
			misfit(t, c, tt.mode, tt.kind, tt.says)
		})
	}
}

// misfit solves in a mode and returns the error that is expected; none if kind is 0.
func misfit(t *testing.T, c *host.Client, mode string, kind host.Kind, says string) error {
	t.Helper()
	s := open(t, c, host.SessionConfig{
		Solver: "misfit", Task: poisson(3, 1), Shapes: [][]int{{3, 3}}, Options: map[string]string{"mode": mode}, MaxCheckpoints: 2,
	})
	_, err := s.Prepare(t.Context())
	if err == nil {
		_, err = s.Solve(t.Context(), host.SolveConfig{})
	}
	if host.KindOf(err) != kind || err != nil && !strings.Contains(err.Error(), says) {
		t.Errorf("error %v (%v), expected %v that says %q", err, host.KindOf(err), kind, says)
	}
	return err
}

func TestExceptions(t *testing.T) {
	library := build(t, "misfit.c", "-xc++", "-w", "-DTHROW")
	err := misfit(t, launch(t, library), "throw", host.Crashed, "terminate called after throwing an instance of 'std::runtime_error'")
	var told *host.Error
	for _, says := range []string{"nobody catches this", "lib.so: aborted (SIGABRT), during solverbench_solve"} {
		if !errors.As(err, &told) || !strings.Contains(told.Stderr, says) {
			t.Errorf("standard error %q, expected one that says %q", told.Stderr, says)
		}
	}
	misfit(t, launch(t, library), "throw-guarded", host.Failed, "this is caught")
}

// A library that cannot be one is refused, and the reason names it.
func TestLibrariesThatAreNone(t *testing.T) {
	for _, tt := range []struct{ flag, says string }{
		{"-DNO_SOLVE", "it exports no solverbench_solve"},
		{"-DABI=99", "sb_plugin.abi is 99, expected 1"},
		{"-DNO_DESCRIPTION", "solverbench_describe returned NULL"},
	} {
		refused(t, build(t, "misfit.c", "-w", tt.flag), tt.says)
	}
	text := filepath.Join(t.TempDir(), "lib.so")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a library\n", 100)), 0o644); err != nil {
		t.Fatal(err)
	}
	refused(t, text, "invalid ELF header")
	refused(t, filepath.Join(t.TempDir(), "lib.so"), "No such file")
}

func refused(t *testing.T, library, says string) {
	t.Helper()
	out, err := exec.Command(os.Args[0], "serve-c", library).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("%s: %v", library, err)
	}
	if !strings.Contains(string(out), library+": ") || !strings.Contains(string(out), says) {
		t.Errorf("refused with %q, expected the path and %q", out, says)
	}
}

// A solver that asks is told that its call is cancelled, and that of the next call is not.
func TestCancellation(t *testing.T) {
	c := launch(t, build(t, "misfit.c", "-w"))
	s := open(t, c, host.SessionConfig{Solver: "misfit", Task: poisson(3, 1), Shapes: [][]int{{3, 3}}, Options: map[string]string{"mode": "wait"}})
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		_, err := s.Solve(ctx, host.SolveConfig{})
		cancel()
		if host.KindOf(err) != host.Timeout {
			t.Errorf("error %v, expected a timeout", err)
		}
	}
	// Close waits for the solver: were it still at it, this would not come back.
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		t.Errorf("closing after cancellation: %v", err)
	}
}

// BenchmarkNullSolve is what a solve of a solver that does nothing takes, in batches.
func BenchmarkNullSolve(b *testing.B) {
	const n, slots, repeat = 8, 16, 10000
	s := open(b, launch(b, build(b, "misfit.c", "-O2", "-w")), host.SessionConfig{Solver: "misfit", Task: poisson(n, 1), Shapes: [][]int{{n, n}}})
	if err := s.Load(b.Context(), slots); err != nil {
		b.Fatal(err)
	}
	least := math.Inf(1)
	for b.Loop() {
		got, err := s.Solve(b.Context(), host.SolveConfig{Repeat: repeat})
		if err != nil {
			b.Fatal(err)
		}
		least = min(least, float64(got.Wall.Nanoseconds())/repeat)
	}
	b.ReportMetric(least, "ns/solve")
}
