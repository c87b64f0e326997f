package conformance

import (
	"context"
	"errors"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/internal/rogue"
	"github.com/solverbench/solverbench/plugins/host"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
	samplingv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/sampling/v1"
	"github.com/solverbench/solverbench/problems"
)

func TestMain(m *testing.M) {
	rogue.Main()
	os.Exit(m.Run())
}

// echo is a Poisson task whose right answer is f.
type echo struct {
	n, variation int
	tolerance    float64
}

func (e echo) f() []float64 {
	f := make([]float64, e.n*e.n)
	for i := range f {
		f[i] = float64(1 + i + 7*e.variation)
	}
	return f
}

func (e echo) Task() proto.Message {
	return &poissonv1.Task{Rhs: commonv1.Float64(e.f(), e.n, e.n), Tolerance: e.tolerance}
}
func (e echo) Size() int               { return e.n * e.n }
func (e echo) SolutionShapes() [][]int { return [][]int{{e.n, e.n}} }
func (e echo) Vary(_ context.Context, k int) (problems.Instance, error) {
	e.variation = k
	return e, nil
}

func (e echo) Evaluate(_ context.Context, solution proto.Message) (problems.Evaluation, error) {
	u, err := solution.(*poissonv1.Solution).U.Float64s()
	if err != nil {
		return problems.Evaluation{}, err
	}
	worst := 0.0
	for i, f := range e.f() {
		worst = max(worst, u[i]-f, f-u[i])
	}
	return problems.Judge(e.tolerance, problems.Metric{Name: "error", Value: worst, Better: problems.Lower}), nil
}

// still is a sampling task of which any answer is right, and whose oracle is the identity.
type still struct{ batch int }

func (s still) Task() proto.Message {
	x := make([]float64, 2*s.batch)
	shape := []int64{int64(s.batch), 2}
	return &samplingv1.Task{
		Start: commonv1.Float64(x, s.batch, 2), MaxEvaluations: 10,
		Noise: &commonv1.Oracle{Name: "noise", Scalars: []string{"t"}, InputShape: shape, OutputShape: shape},
	}
}
func (s still) Size() int               { return 2 * s.batch }
func (s still) SolutionShapes() [][]int { return [][]int{{s.batch, 2}} }
func (s still) Evaluate(context.Context, proto.Message) (problems.Evaluation, error) {
	return problems.Evaluation{Verdict: problems.Solved}, nil
}
func (s still) EvaluateOracle(_ context.Context, _ string, dst, x, _ []float64) error {
	copy(dst, x)
	return nil
}

// families have the names of real ones, for instances of different sizes.
func families() []problems.Family {
	type grid struct {
		N int `opt:"n"`
	}
	type set struct {
		Batch int `opt:"batch"`
		NFE   int `opt:"nfe"`
	}
	return []problems.Family{
		{Name: "poisson", Schema: "solverbench.poisson.v1.Task", Problems: []problems.Problem{
			problems.Define("unit-2d", problems.Doc{}, "error", 1e-6, grid{}, func(_ context.Context, p grid, c problems.Common) (problems.Instance, error) {
				return echo{n: p.N, tolerance: c.Tolerance}, nil
			}),
		}},
		{Name: "sampling", Schema: "solverbench.sampling.v1.Task", Problems: []problems.Problem{
			problems.Define("mixture-ring", problems.Doc{}, "error", 1e-6, set{}, func(_ context.Context, p set, _ problems.Common) (problems.Instance, error) {
				return still{p.Batch}, nil
			}),
		}},
	}
}

func check(t *testing.T, mode string, known []problems.Family, solvers ...Solver) []Finding {
	t.Helper()
	found, err := Check(t.Context(), Config{
		Launch: host.Config{Command: rogue.Command(mode)}, Families: known, Solvers: solvers, Quick: true, Patience: 5 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// of are the rules with an outcome, with their messages.
func of(found []Finding, outcome Outcome) map[string]string {
	rules := map[string]string{}
	for _, f := range found {
		if f.Outcome == outcome {
			rules[f.Rule] = f.Message
		}
	}
	return rules
}

// Every rule has a plugin that breaks it and no other.
func TestBrokenPlugins(t *testing.T) {
	broken := []struct {
		mode, rule string
		says       string
	}{
		{"odd-name", "describe", "lower-case letters"},
		{"fickle", "stable", "version"},
		{"shutdown-hangs", "shutdown", "still there"},
		{"odd-default", "options", `the default of sweeps is "0", expected an integer in [1, 100]`},
		{"any-option", "options", "sweeps=1.5 was accepted: not an integer"},
		{"zeros", "solves", "none of the family's problems"},
		{"trusting", "wrong-input", "a task without its data: it crashed"},
		{"any-task", "foreign-task", "it opens a session"},
		{"endless", "tolerance", "not to be stopped"},
		{"deaf", "cancel", "cannot be closed"},
		{"random", "seed", "the answer is another"},
		{"remembers", "batch", "the answer to input 2 of 3 is wrong"},
		{"stuck", "sessions", "a session is open already"},
		{"no-offsets", "large-arrays", "offset into the segment"},
		{"needs-segment", "inline-arrays", "there is no segment"},
		{"more-checkpoints", "checkpoints", "more checkpoints than the 5"},
		{"leaks", "memory", "memory grew"},
		{"greedy", "threads", "cores"},
		{"clock-quarter", "clock", "by the harness's clock"},
		{"leaves-child", "leftovers", "1 processes before a session and 2"},
	}
	covered := map[string]bool{"handshake": true, "oracle": true, "stdout": true} // see the other tests
	for _, b := range broken {
		covered[b.rule] = true
		t.Run(b.mode, func(t *testing.T) {
			if b.mode == "greedy" && runtime.NumCPU() < 2 {
				t.Skip("with one core nobody can use two")
			}
			known := families()
			if b.rule == "shutdown" { // which every launch would wait for
				known = nil
			}
			failed := of(check(t, "plain-"+b.mode, known), Fail)
			if message, ok := failed[b.rule]; !ok || len(failed) != 1 || !strings.Contains(message, b.says) {
				t.Errorf("failed %q, expected %s alone, that says %q", failed, b.rule, b.says)
			}
		})
	}
	for _, r := range Rules() {
		if !covered[r.Name] {
			t.Errorf("no plugin is known to break the rule %s", r.Name)
		}
	}
}

func TestGoodPlugin(t *testing.T) {
	found := check(t, "plain-good", families())
	for _, f := range found {
		if f.Outcome != Pass && f.Rule != "oracle" {
			t.Errorf("%s: %s (%s), expected that it passes", f.Rule, f.Outcome, f.Message)
		}
	}
	if len(found) != len(Rules()) {
		t.Errorf("%d findings, expected one of each of %d rules", len(found), len(Rules()))
	}
}

// What harms nobody is a warning.
func TestWarnings(t *testing.T) {
	for mode, rule := range map[string]string{"unlicensed": "describe", "prints": "stdout"} {
		found := check(t, "plain-"+mode, families())
		if warned := slices.Collect(maps.Keys(of(found, Warn))); !slices.Equal(warned, []string{rule}) || len(of(found, Fail)) > 0 {
			t.Errorf("%s: warnings %v, failures %v, expected a warning of %s", mode, warned, of(found, Fail), rule)
		}
	}
}

// A solver that calls its oracle ahead of time is found out.
func TestOracle(t *testing.T) {
	for ahead, wanted := range map[string]Outcome{"0": Pass, "2": Fail} {
		for _, f := range check(t, "", families(), Solver{Name: "rogue", Options: map[string]string{"ahead": ahead}}) {
			if f.Family == "sampling" && f.Rule == "oracle" && f.Outcome != wanted {
				t.Errorf("ahead=%s: %s (%s), expected %s", ahead, f.Outcome, f.Message, wanted)
			}
		}
	}
}

// What cannot be launched is an error and no finding, and so is a solver that there is not.
func TestErrors(t *testing.T) {
	_, err := Check(t.Context(), Config{Launch: host.Config{Command: rogue.Command("garbage")}})
	if host.KindOf(err) != host.Protocol {
		t.Errorf("a plugin that does not shake hands: %v, expected a protocol error", err)
	}
	_, err = Check(t.Context(), Config{Launch: host.Config{Command: rogue.Command("plain-good")}, Solvers: []Solver{{Name: "plane"}}})
	var unknown *UnknownError
	if !errors.As(err, &unknown) || !strings.Contains(err.Error(), `did you mean "plain"?`) {
		t.Errorf("%v, expected that there is no such solver, and which was meant", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = Check(ctx, Config{
		Launch: host.Config{Command: rogue.Command("plain-good")}, Families: families(),
		Working: func(_, rule string) {
			if rule == "seed" {
				cancel()
			}
		},
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v, expected that the check was cancelled", err)
	}
}
