package host

import (
	"errors"
	"testing"

	"github.com/solverbench/solverbench/internal/rogue"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

// scaled is the task with its right-hand side multiplied.
func scaled(n int, factor float64) *poissonv1.Task {
	f := make([]float64, n*n)
	for i := range f {
		f[i] = factor * float64(i)
	}
	return &poissonv1.Task{Rhs: commonv1.Float64(f, n, n)}
}

// Every solve of a batch has its own input and leaves its own answer.
func TestSlots(t *testing.T) {
	for _, n := range []int{3, 100} { // arrays that would go inline, and others
		for _, mode := range []string{"copy", "heap", "cached"} {
			s := open(t, launch(t), n, map[string]string{"mode": mode})
			if _, err := s.Prepare(t.Context()); err != nil {
				t.Fatal(err)
			}
			first := 1.0 // the factor of the first input that the solver has seen
			for round, slots := range []int{1, 5, 5, 2} {
				if round != 2 {
					if err := s.Load(t.Context(), slots); err != nil {
						t.Fatal(err)
					}
				}
				for k := range slots {
					if err := s.Put(k, scaled(n, float64(1+10*round+k))); err != nil {
						t.Fatal(err)
					}
				}
				got, err := s.Solve(t.Context(), SolveConfig{Repeat: slots})
				if err != nil {
					t.Fatal(err)
				}
				if got.Solution != nil {
					t.Error("a solution beside those in the slots")
				}
				for k := range slots {
					want := float64(1 + 10*round + k)
					if changed, err := s.Changed(k, scaled(n, want)); changed || err != nil {
						t.Errorf("slot %d of %d is changed: %v, %v", k, slots, changed, err)
					}
					if mode == "cached" {
						want = first
					}
					answer, err := s.Answer(k)
					if err != nil {
						t.Fatal(err)
					}
					u, err := answer.(*poissonv1.Solution).U.Float64s()
					if err != nil || len(u) != n*n || u[n*n-1] != want*float64(n*n-1) || u[1] != want {
						t.Errorf("%s, n=%d, round %d, slot %d of %d: last value %v, error %v, want factor %v", mode, n, round, k, slots, u[n*n-1], err, want)
					}
				}
			}
		}
	}
}

// Slots hold tasks of one size.
func TestPutTooLarge(t *testing.T) {
	s := open(t, launch(t), 10, map[string]string{"mode": "copy"})
	if err := s.Load(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(1, scaled(11, 1)); err == nil {
		t.Error("a larger task fits")
	}
}

// A plugin without Load says so.
func TestNoSlots(t *testing.T) {
	c, err := Launch(t.Context(), Config{Command: rogue.Command("old")})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s, err := c.Open(t.Context(), SessionConfig{Solver: "raw", Task: task(3), Shapes: [][]int{{3, 3}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Load(t.Context(), 2); !errors.Is(err, ErrNoSlots) {
		t.Errorf("error %v, want ErrNoSlots", err)
	}
}

// A plugin that cuts the segment's file short takes the memory away from itself, not from the harness.
func TestTruncatedSegment(t *testing.T) {
	for _, slots := range []bool{false, true} {
		s := open(t, launch(t), 200, map[string]string{"mode": "truncate"})
		if slots {
			if err := s.Load(t.Context(), 2); err != nil {
				t.Fatal(err)
			}
		}
		_, err := s.Solve(t.Context(), SolveConfig{})
		if err == nil && slots {
			_, err = s.Answer(0)
		}
		t.Log(err)
		if err != nil && KindOf(err) != Protocol && KindOf(err) != Failed && KindOf(err) != Crashed {
			t.Errorf("error %v (%v)", err, KindOf(err))
		}
	}
}
