package poisson

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/metrics"
	"github.com/solverbench/solverbench/plugins/option"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
	"github.com/solverbench/solverbench/problems"
)

func TestVerdicts(t *testing.T) {
	for _, problem := range []string{"unit-2d", "manufactured-2d"} {
		in := build(t, problem, map[string]string{"n": "15"})
		good := differences(t, in, 1e-12)
		if problem == "manufactured-2d" {
			good = in.exact
		}
		for _, c := range []struct {
			name    string
			change  func(u []float64)
			verdict problems.Verdict
			reason  string
		}{
			{"right", func([]float64) {}, problems.Solved, ""},
			{"zero", func(u []float64) { clear(u) }, problems.Inaccurate, " 1 exceeds "},
			{"NaN", func(u []float64) { u[3*15+4] = math.NaN() }, problems.Diverged, "u is NaN at [3 4]"},
			{"infinite", func(u []float64) { u[0] = math.Inf(-1) }, problems.Diverged, "u is -Inf at [0 0]"},
			{"overflow", func(u []float64) {
				for p := range u {
					u[p] = math.MaxFloat64 * float64(1-2*(p%2))
				}
			}, problems.Diverged, "overflowed"},
		} {
			u := slices.Clone(good)
			c.change(u)
			e, v := evaluate(t, in, u)
			if e.Verdict != c.verdict || !strings.Contains(e.Reason, c.reason) || (c.reason == "") != (e.Reason == "") {
				t.Errorf("%s, %s: %s because %q, want %s with %q", problem, c.name, e.Verdict, e.Reason, c.verdict, c.reason)
			}
			if len(v) != 2 || e.Metrics[0].Name != primary(t, problem) {
				t.Errorf("%s, %s: metrics %v", problem, c.name, e.Metrics)
			}
		}
	}
}

func primary(t *testing.T, problem string) string {
	t.Helper()
	f := Family()
	spec, err := f.Resolve(problem, nil)
	if err != nil {
		t.Fatal(err)
	}
	return spec.Definition().Primary
}

// TestResidualOfZero: the metrics are relative to f.
func TestResidualOfZero(t *testing.T) {
	in := build(t, "unit-3d", map[string]string{"n": "7"})
	if _, v := evaluate(t, in, make([]float64, 343)); v[relResidual] != 1 || v[maxResidual] != 1 {
		t.Errorf("of u = 0: %v, want 1", v)
	}
}

func TestTasksCarryNoTruth(t *testing.T) {
	f := Family()
	for _, p := range f.Problems {
		if p.NeedsFile {
			continue
		}
		in := build(t, p.Name, map[string]string{"tol": "1e-3"})
		if in.task.Tolerance != 1e-3 {
			t.Errorf("%s: the task asks for %g, want 1e-3", p.Name, in.task.Tolerance)
		}
		shapes := in.SolutionShapes()
		if len(shapes) != 1 || !slices.Equal(shapes[0], in.task.Rhs.Dims()) || in.Size() != product(shapes[0]) {
			t.Errorf("%s: solution shapes %v and size %d, rhs %v", p.Name, shapes, in.Size(), in.task.Rhs.Dims())
		}
		truth := in.exact
		err := commonv1.VisitArrays(in.Task(), func(path string, a *commonv1.Array) error {
			x, err := a.Float64s()
			if err == nil && truth != nil && slices.Equal(x, truth) {
				err = fmt.Errorf("%s is the solution", path)
			}
			return err
		})
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
	}
}

// TestConcurrentEvaluation is for the race detector: instances are shared, and evaluating changes nothing.
func TestConcurrentEvaluation(t *testing.T) {
	for _, problem := range []string{"jump", "manufactured-2d"} {
		in := build(t, problem, map[string]string{"n": "16"})
		before := proto.Clone(in.task)
		u := slices.Repeat([]float64{0.5}, in.Size())
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if _, err := in.Evaluate(context.Background(), &poissonv1.Solution{U: commonv1.Float64(u, in.shape...)}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if !proto.Equal(before, in.task) || slices.Max(u) != 0.5 {
			t.Errorf("%s: evaluating changed the task or the solution", problem)
		}
	}
}

func TestNamedArrays(t *testing.T) {
	f := Family()
	m, err := f.Solution(map[string]metrics.Array{"u": {Shape: []int{2, 3}, Values: []float64{1, 2, 3, 4, 5, 6}}})
	if err != nil {
		t.Fatal(err)
	}
	back, err := f.Arrays(m)
	if err != nil || !slices.Equal(back[f.MainArray].Shape, []int{2, 3}) || !slices.Equal(back["u"].Values, []float64{1, 2, 3, 4, 5, 6}) {
		t.Errorf("there and back: %v, %v", back, err)
	}
	for want, bad := range map[string]map[string]metrics.Array{
		`no array "u", only [v x]`:              {"x": {}, "v": {}},
		`has 2 values, expected 3 by its shape`: {"u": {Shape: []int{3}, Values: []float64{1, 2}}},
	} {
		if _, err := f.Solution(bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
	if _, err := f.Arrays(&poissonv1.Solution{U: commonv1.Int32([]int32{1}, 1)}); err == nil {
		t.Error("an array of integers passes for a solution")
	}
}

func TestParameterErrors(t *testing.T) {
	f := Family()
	for _, c := range []struct{ problem, name, value string }{
		{"unit-2d", "n", "2"},
		{"unit-2d", "n", "many"},
		{"manufactured-3d", "n", "1000"},
		{"manufactured-2d", "boundary", "robin"},
		{"high-frequency", "u", "sin"},
		{"high-frequency", "n", "100"},
		{"jump", "contrast", "9"},
		{"anisotropic", "epsilon", "0"},
	} {
		spec, err := f.Resolve(c.problem, map[string]string{c.name: c.value})
		if err == nil {
			_, err = spec.Build(context.Background())
		}
		var bad *option.Error
		if !errors.As(err, &bad) || bad.Name != c.name || bad.Value != c.value || bad.Expected == "" {
			t.Errorf("%s[%s=%s]: error is %v", c.problem, c.name, c.value, err)
		}
	}
}

// TestDocumented: every problem says all that people ask, and its parameters too.
func TestDocumented(t *testing.T) {
	f := Family()
	for _, p := range f.Problems {
		d := p.Doc
		for what, text := range map[string]string{
			"summary": d.Summary, "equation": d.Equation, "domain": d.Domain, "truth": d.Truth, "accuracy": d.Accuracy, "source": d.Source,
		} {
			if text == "" {
				t.Errorf("%s has no %s", p.Name, what)
			}
		}
		if len(d.Ladder) == 0 || !slices.IsSortedFunc(d.Ladder, func(a, b float64) int { return int(math.Copysign(1, b-a)) }) {
			t.Errorf("%s has the ladder %v, want falling tolerances", p.Name, d.Ladder)
		}
		for _, s := range p.Params {
			if s.Doc == "" {
				t.Errorf("%s: parameter %s says nothing", p.Name, s.Name)
			}
		}
	}
}
