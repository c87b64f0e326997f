package host

import (
	"context"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

// nodeExample launches the plugin that is written against docs/protocol.md alone.
func nodeExample(t *testing.T) *Client {
	dir, err := filepath.Abs("../../docs/examples/node")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("there is no node here: ", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		t.Skipf("the packages of the example are not installed (cd %s && npm ci --ignore-scripts): %v", dir, err)
	}
	c, err := Launch(t.Context(), Config{Command: []string{filepath.Join(dir, "plugin.js")}, StartTimeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// square is a task on the unit square with u = 0 on its boundary, n×n unknowns and a right-hand side that is not smooth.
func square(n int, factor, tolerance float64) *poissonv1.Task {
	f := make([]float64, n*n)
	for i := range f {
		f[i] = factor * math.Sin(float64(i*i))
	}
	side := poissonv1.Boundary_BOUNDARY_DIRICHLET
	axis := func() *poissonv1.Axis {
		return &poissonv1.Axis{Points: uint32(n), Upper: 1, LowerBoundary: side, UpperBoundary: side}
	}
	return &poissonv1.Task{
		Kind: poissonv1.Kind_KIND_DISCRETE, Axes: []*poissonv1.Axis{axis(), axis()}, Rhs: commonv1.Float64(f, n, n), Tolerance: tolerance,
	}
}

// residual is ‖f − Au‖/‖f‖ of a task made by square.
func residual(t *testing.T, task *poissonv1.Task, a *commonv1.Array) float64 {
	f, err := task.Rhs.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	u, err := a.Float64s()
	if err != nil {
		t.Fatal(err)
	}
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

func openNode(t *testing.T, c *Client, n int, inline bool) *Session {
	s, err := c.Open(t.Context(), SessionConfig{
		Solver: "cg-js", Task: square(n, 1, 1e-8), Shapes: [][]int{{n, n}}, MaxCheckpoints: 3, Inline: inline,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestNodeExampleSolves(t *testing.T) {
	c := nodeExample(t)
	if d, err := c.Describe(t.Context()); err != nil || d.Name != "example-node" {
		t.Fatalf("described as %v, error %v", d, err)
	}
	if _, err := c.NullCall(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		n      int
		inline bool
	}{{5, false}, {40, false}, {40, true}} {
		s := openNode(t, c, tt.n, tt.inline)
		got, err := s.Solve(t.Context(), SolveConfig{Repeat: 2, Checkpoints: true})
		if err != nil {
			t.Fatal(err)
		}
		if r := residual(t, square(tt.n, 1, 1e-8), got.Solution.(*poissonv1.Solution).U); !(r <= 1e-8) {
			t.Errorf("n=%d: residual %g", tt.n, r)
		}
		if len(got.Checkpoints) == 0 {
			t.Errorf("n=%d: no checkpoints", tt.n)
		}
		for _, c := range got.Checkpoints {
			if r := residual(t, square(tt.n, 1, 1e-8), c.Solution.(*poissonv1.Solution).U); !(r > 1e-8) {
				t.Errorf("n=%d: a checkpoint has the residual %g of a solution", tt.n, r)
			}
		}
		for _, slots := range []int{2, 5} {
			if err := s.Load(t.Context(), slots); err != nil {
				t.Fatal(err)
			}
			for k := range slots {
				if err := s.Put(k, square(tt.n, float64(1+k), 1e-8)); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := s.Solve(t.Context(), SolveConfig{Repeat: slots}); err != nil {
				t.Fatal(err)
			}
			for k := range slots {
				answer, err := s.Answer(k)
				if err != nil {
					t.Fatal(err)
				}
				if r := residual(t, square(tt.n, float64(1+k), 1e-8), answer.(*poissonv1.Solution).U); !(r <= 1e-8) {
					t.Errorf("n=%d, slot %d of %d: residual %g", tt.n, k, slots, r)
				}
			}
		}
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNodeExampleRefuses(t *testing.T) {
	c := nodeExample(t)
	periodic := square(5, 1, 1e-8)
	periodic.Axes[0].LowerBoundary, periodic.Axes[0].UpperBoundary = poissonv1.Boundary_BOUNDARY_PERIODIC, poissonv1.Boundary_BOUNDARY_PERIODIC
	s, err := c.Open(t.Context(), SessionConfig{Solver: "cg-js", Task: periodic, Shapes: [][]int{{5, 5}}})
	if err == nil {
		_, err = s.Solve(t.Context(), SolveConfig{})
	}
	if KindOf(err) != Unsupported {
		t.Errorf("a periodic task: error %v, expected unsupported", err)
	}
	for options, kind := range map[[2]string]Kind{{"max-iterations", "0"}: Invalid, {"speed", "1"}: Invalid} {
		_, err := c.Open(t.Context(), SessionConfig{
			Solver: "cg-js", Options: map[string]string{options[0]: options[1]}, Task: square(5, 1, 1e-8), Shapes: [][]int{{5, 5}},
		})
		if KindOf(err) != kind {
			t.Errorf("option %v: error %v, expected %v", options, err, kind)
		}
	}
}

// A solve that nobody wants any more stops, and the session goes on.
func TestNodeExampleHearsCancellation(t *testing.T) {
	c := nodeExample(t)
	s, err := c.Open(t.Context(), SessionConfig{Solver: "cg-js", Task: square(1000, 1, 1e-14), Shapes: [][]int{{1000, 1000}}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := s.Solve(ctx, SolveConfig{}); KindOf(err) != Timeout {
		t.Errorf("error %v, expected a timeout", err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	openNode(t, c, 5, false)
}
