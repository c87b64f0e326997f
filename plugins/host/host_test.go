package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/solverbench/solverbench/internal/rogue"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
	samplingv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/sampling/v1"
)

func TestMain(m *testing.M) {
	rogue.Main()
	serveExample()
	os.Exit(m.Run())
}

// task is a Poisson task of n×n unknowns with f = 0, 1, 2, …
func task(n int) *poissonv1.Task {
	f := make([]float64, n*n)
	for i := range f {
		f[i] = float64(i)
	}
	return &poissonv1.Task{Rhs: commonv1.Float64(f, n, n)}
}

func launch(t *testing.T) *Client {
	t.Helper()
	c, err := Launch(t.Context(), Config{Command: rogue.Command("")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func open(t *testing.T, c *Client, n int, options map[string]string) *Session {
	t.Helper()
	s, err := c.Open(t.Context(), SessionConfig{
		Solver: "rogue", Options: options, Task: task(n), Shapes: [][]int{{n, n}}, MaxCheckpoints: 5,
	})
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

func TestSolveReturnsWhatThePluginComputed(t *testing.T) {
	for _, n := range []int{3, 200} { // inline and through the segment
		for _, mode := range []string{"copy", "heap"} { // in the output area and not
			s := open(t, launch(t), n, map[string]string{"mode": mode})
			if _, err := s.Prepare(t.Context()); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				got, err := s.Solve(t.Context(), SolveConfig{Repeat: 4})
				if err != nil {
					t.Fatal(err)
				}
				u, err := got.Solution.(*poissonv1.Solution).U.Float64s()
				if err != nil {
					t.Fatal(err)
				}
				for i, v := range u {
					if v != float64(i) {
						t.Fatalf("n=%d %s: u[%d] = %v, want %d", n, mode, i, v, i)
					}
				}
				if got.Wall < got.Plugin {
					t.Errorf("our clock says %v, less than the plugin's %v", got.Wall, got.Plugin)
				}
			}
		}
	}
}

func TestFailuresAreTold(t *testing.T) {
	for _, tt := range []struct {
		mode string
		kind Kind
		says string
	}{
		{"crash", Crashed, "panic: index out of luck"},
		{"exit", Crashed, "exit status 3"},
		{"kill", Crashed, "signal: killed"},
		{"write-input", Crashed, "fault"},
		{"wrong-shape", Protocol, "u: shape [39999], expected [200 200]"},
		{"wrong-type", Protocol, "expected float64"},
		{"out-of-range", Protocol, "outside"},
		{"input-range", Protocol, "outside"},
		{"overflow", Protocol, "beyond any memory"},
		{"no-array", Protocol, "0 arrays, expected 1"},
		{"nothing", Failed, "neither a solution nor an error"},
		{"unsupported", Unsupported, "not on Tuesdays"},
		{"failed", Failed, "no convergence in 10 iterations"},
		{"diverged", Diverged, "residual 1e300"},
		{"out-of-memory", OutOfMemory, "out of memory"},
	} {
		t.Run(tt.mode, func(t *testing.T) {
			if rogue.RaceEnabled && tt.mode == "out-of-memory" {
				t.Skip("not under the race detector")
			}
			mark := rogue.NewMark()
			c := launch(t)
			s := open(t, c, 200, map[string]string{"mode": tt.mode, "mark": strconv.Itoa(mark)})
			_, err := s.Solve(t.Context(), SolveConfig{})
			if KindOf(err) != tt.kind || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v (%v), expected %v that says %q", err, KindOf(err), tt.kind, tt.says)
			}
			c.Close()
			if !rogue.Gone(mark) {
				t.Error("a child of the plugin is still alive")
			}
		})
	}
}

func TestPrepareFailure(t *testing.T) {
	s := open(t, launch(t), 10, map[string]string{"mode": "prepare-fails"})
	if _, err := s.Prepare(t.Context()); KindOf(err) != Failed || !strings.Contains(err.Error(), "broke down") {
		t.Errorf("error %v, expected the solver's", err)
	}
}

func TestOpenRefusesOptions(t *testing.T) {
	c := launch(t)
	_, err := c.Open(t.Context(), SessionConfig{Solver: "rogue", Options: map[string]string{"mood": "x"}, Task: task(3), Shapes: [][]int{{3, 3}}})
	if KindOf(err) != Invalid || !strings.Contains(err.Error(), `did you mean "mode"?`) {
		t.Errorf("error %v, expected one about the option", err)
	}
	_, err = c.Open(t.Context(), SessionConfig{Solver: "other", Task: task(3), Shapes: [][]int{{3, 3}}})
	if KindOf(err) != Unsupported {
		t.Errorf("error %v, expected unsupported", err)
	}
}

func TestLaunchFailures(t *testing.T) {
	for _, tt := range []struct {
		mode string
		kind Kind
		says string
	}{
		{"silent", Protocol, "no handshake in time"},
		{"exit", Crashed, "cannot find libfoo.so"},
		{"garbage", Protocol, `printed "Hello, I am a plugin!", expected a handshake line`},
		{"flood", Protocol, "printed no line, expected a handshake such as 1|1|unix|PATH|grpc"},
		{"too-new", Protocol, "another version of the protocol"},
	} {
		t.Run(tt.mode, func(t *testing.T) {
			patience := time.Minute
			if tt.mode == "silent" || tt.mode == "flood" { // the others fail by themselves
				patience = time.Second
			}
			_, err := Launch(t.Context(), Config{Command: rogue.Command(tt.mode), StartTimeout: patience})
			if KindOf(err) != tt.kind || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v, expected %v that says %q", err, tt.kind, tt.says)
			}
		})
	}
	if _, err := Launch(t.Context(), Config{Command: []string{"/nonexistent/plugin"}}); err == nil || !strings.Contains(err.Error(), "/nonexistent/plugin") {
		t.Errorf("error %v, expected one that names the file", err)
	}
	for mode, says := range map[string]string{"no-solvers": "with 0 solvers", "twins": `two solvers are named "raw"`} {
		c, err := Launch(t.Context(), Config{Command: rogue.Command(mode)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Describe(t.Context()); KindOf(err) != Protocol || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v, expected a protocol error that says %q", err, says)
		}
		c.Close()
	}
}

// A solver that polls its context stops, and its session goes on. BenchmarkCancel says how soon.
func TestCancelIsHeard(t *testing.T) {
	s := open(t, launch(t), 10, map[string]string{"mode": "polite"})
	for range 2 {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		_, err := s.Solve(ctx, SolveConfig{})
		cancel()
		if KindOf(err) != Timeout {
			t.Fatalf("error %v, expected a timeout", err)
		}
	}
	closing, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	// Closing a session waits for its solver.
	if err := s.Close(closing); err != nil {
		t.Errorf("the solver did not stop: %v", err)
	}
}

// BenchmarkCancel measures the time from giving up a solve to its end in the plugin, which must stay well below 100 ms.
func BenchmarkCancel(b *testing.B) {
	c, err := Launch(b.Context(), Config{Command: rogue.Command("")})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	var total time.Duration
	for b.Loop() {
		s, err := c.Open(b.Context(), SessionConfig{Solver: "rogue", Options: map[string]string{"mode": "polite"}, Task: task(3), Shapes: [][]int{{3, 3}}})
		if err != nil {
			b.Fatal(err)
		}
		ctx, cancel := context.WithCancel(b.Context())
		var given time.Time
		time.AfterFunc(10*time.Millisecond, func() {
			given = time.Now()
			cancel()
		})
		if _, err := s.Solve(ctx, SolveConfig{}); KindOf(err) != Cancelled {
			b.Fatalf("error %v, expected that it was cancelled", err)
		}
		if err := s.Close(b.Context()); err != nil { // waits for the solver
			b.Fatal(err)
		}
		total += time.Since(given)
	}
	b.ReportMetric(float64(total.Microseconds())/float64(b.N), "µs-to-stop/op")
}

func TestCheckpointsAreCopies(t *testing.T) {
	s := open(t, launch(t), 100, map[string]string{"mode": "checkpoints"})
	got, err := s.Solve(t.Context(), SolveConfig{Checkpoints: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Checkpoints) != 5 {
		t.Fatalf("%d checkpoints, expected the 5 asked for", len(got.Checkpoints))
	}
	for k, c := range got.Checkpoints {
		u, err := c.Solution.(*poissonv1.Solution).U.Float64s()
		if err != nil {
			t.Fatal(err)
		}
		if u[0] != float64(k) || u[len(u)-1] != float64(k) {
			t.Errorf("checkpoint %d holds %v … %v", k, u[0], u[len(u)-1])
		}
	}
	if got, err = s.Solve(t.Context(), SolveConfig{}); err != nil || len(got.Checkpoints) != 0 {
		t.Errorf("%d checkpoints that nobody asked for, error %v", len(got.Checkpoints), err)
	}
}

func TestProgressIsTold(t *testing.T) {
	s := open(t, launch(t), 3, map[string]string{"mode": "progress"})
	var told string
	_, err := s.Solve(t.Context(), SolveConfig{OnProgress: func(f float64, m string) { told = fmt.Sprint(f, m) }})
	if err != nil || told != "0.5half way" {
		t.Errorf("told %q, error %v", told, err)
	}
}

// negate is an oracle that returns −t·x and fails below t = 0.
type negate struct{}

func (negate) EvaluateOracle(_ context.Context, name string, dst, x, scalars []float64) error {
	if name != "noise" || scalars[0] <= 0 {
		return errors.New("no such value")
	}
	for i, v := range x {
		dst[i] = -scalars[0] * v
	}
	return nil
}

func TestOracleIsServedAndCounted(t *testing.T) {
	for _, inline := range []bool{false, true} {
		c := launch(t)
		x := make([]float64, 64*16)
		for i := range x {
			x[i] = float64(i)
		}
		shape := []int64{64, 16}
		s, err := c.Open(t.Context(), SessionConfig{
			Solver: "rogue", Options: map[string]string{"ahead": "4"}, Shapes: [][]int{{64, 16}}, Oracle: negate{}, Inline: inline,
			Task: &samplingv1.Task{
				Start: commonv1.Float64(x, 64, 16),
				Noise: &commonv1.Oracle{Name: "noise", Scalars: []string{"t"}, InputShape: shape, OutputShape: shape},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		if prepared, err := s.Prepare(t.Context()); err != nil || prepared.Count != 4 {
			t.Errorf("%d evaluations while preparing, error %v, expected 4", prepared.Count, err)
		}
		got, err := s.Solve(t.Context(), SolveConfig{Repeat: 2})
		if err != nil {
			t.Fatal(err)
		}
		y, err := got.Solution.(*samplingv1.Solution).Samples.Float64s()
		if err != nil || y[5] != -5 {
			t.Errorf("answer %v, error %v, expected −x", y[:6], err)
		}
		if got.Count != 6 || got.Between != 0 {
			t.Errorf("%d evaluations and %d before, expected 6 and none", got.Count, got.Between)
		}
		s.oracle.calls.Add(2) // by a thread that goes on after the answer
		if got, err = s.Solve(t.Context(), SolveConfig{}); err != nil || got.Count != 3 || got.Between != 2 {
			t.Errorf("%d evaluations and %d before, error %v, expected 3 and 2", got.Count, got.Between, err)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// A task of 256 MB goes and its solution comes back without a copy through gRPC.
func TestLargeTask(t *testing.T) {
	if testing.Short() {
		t.Skip("needs 1 GB of shared memory")
	}
	const n = 5793 // n² doubles are 268 MB
	s := open(t, launch(t), n, map[string]string{"mode": "copy"})
	got, err := s.Solve(t.Context(), SolveConfig{})
	if err != nil {
		t.Fatal(err)
	}
	a := got.Solution.(*poissonv1.Solution).U
	if s.Inlined() != nil {
		t.Errorf("the arrays went in the messages: %v", s.Inlined())
	}
	if u, err := a.Float64s(); err != nil || u[n*n-1] != n*n-1 {
		t.Errorf("last value %v, error %v", u[n*n-1], err)
	}
}

// Without room for a segment arrays go in the messages, in both directions, beyond the sizes that gRPC allows by default.
func TestInlineWithoutSharedMemory(t *testing.T) {
	const unheardOf = 1 << 40            // checkpoints: no file system has room for them
	for _, n := range []int{800, 2900} { // 5 MB, 67 MB
		c := launch(t)
		s, err := c.Open(t.Context(), SessionConfig{
			Solver: "rogue", Options: map[string]string{"mode": "copy"}, Task: task(n), Shapes: [][]int{{n, n}}, MaxCheckpoints: unheardOf,
		})
		if err != nil {
			t.Fatal(err)
		}
		if s.Inlined() == nil {
			t.Error("not said to be inline")
		}
		got, err := s.Solve(t.Context(), SolveConfig{})
		if err != nil {
			t.Fatal(err)
		}
		if u, err := got.Solution.(*poissonv1.Solution).U.Float64s(); err != nil || u[n*n-1] != float64(n*n-1) {
			t.Errorf("last value %v, error %v", u[n*n-1], err)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	// More than a message can carry is refused at once.
	_, err := launch(t).Open(t.Context(), SessionConfig{Solver: "rogue", Task: task(3), Shapes: [][]int{{1 << 28}}, MaxCheckpoints: 1 << 28})
	if err == nil || !strings.Contains(err.Error(), "reserving") {
		t.Errorf("error %v, expected that the segment could not be made", err)
	}
}

func BenchmarkLaunch(b *testing.B) {
	for b.Loop() {
		c, err := Launch(b.Context(), Config{Command: rogue.Command("")})
		if err != nil {
			b.Fatal(err)
		}
		c.Close()
	}
}

func BenchmarkNullCall(b *testing.B) {
	c, err := Launch(b.Context(), Config{Command: rogue.Command("")})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	for b.Loop() {
		if _, err := c.Describe(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
