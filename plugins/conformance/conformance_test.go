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
	return &poissonv1.Task{Kind: poissonv1.Kind_KIND_DISCRETE, Rhs: commonv1.Float64(e.f(), e.n, e.n), Tolerance: e.tolerance}
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

// check checks the rogue plugin in a mode, quickly.
func check(t *testing.T, mode string, known []problems.Family, solvers ...Solver) []Finding {
	t.Helper()
	patience := 5 * time.Second
	if mode == "silent" || mode == "describe-hangs" { // from the start
		patience = time.Second
	}
	found, err := Check(t.Context(), Config{
		Launch: host.Config{Command: rogue.Command(mode), StartTimeout: 2 * patience}, Families: known, Solvers: solvers, Quick: true,
		Patience: patience,
	})
	var theirs *host.Error
	if err != nil && !errors.As(err, &theirs) {
		t.Fatal(err)
	}
	return found
}

// notUnderRace skips a test where plugins, which are this program, take a second to end and keep a shadow of their memory.
func notUnderRace(t *testing.T) {
	t.Helper()
	if rogue.RaceEnabled {
		t.Skip("under the race detector its own time and memory would be judged")
	}
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

// broken are plugins each of which breaks a rule, and no other.
var broken = []struct {
	mode, rule, says string
	options          map[string]string
}{
	{mode: "garbage", rule: "handshake", says: `printed "Hello, I am a plugin!", expected a handshake line`},
	{mode: "silent", rule: "handshake", says: "printed no handshake in time"},
	{mode: "exit", rule: "handshake", says: "cannot find libfoo.so"},
	{mode: "too-new", rule: "handshake", says: "another version of the protocol"},
	{mode: "describe-crashes", rule: "describe", says: "ended during Describe"},
	{mode: "no-solvers", rule: "describe", says: "at least one solver"},
	{mode: "huge-describe", rule: "describe", says: "larger than max"},
	{mode: "describe-hangs", rule: "describe", says: "it hangs"},
	{mode: "plain-odd-name", rule: "describe", says: "lower-case letters"},
	{mode: "plain-fickle", rule: "stable", says: "version"},
	{mode: "plain-shutdown-hangs", rule: "shutdown", says: "still there"},
	{mode: "plain-odd-default", rule: "options", says: `the default of sweeps is "0", expected an integer in [1, 100]`},
	{mode: "plain-any-option", rule: "options", says: "sweeps=1.5 was accepted: not an integer"},
	{mode: "plain-zeros", rule: "solves", says: "none of the family's problems"},
	{mode: "plain-trusting", rule: "wrong-input", says: "a task without its data: it crashed"},
	{mode: "plain-any-task", rule: "unsupported", says: "it opens a session"},
	{mode: "plain-any-kind", rule: "unsupported", says: "a task with Task.kind = 1999: it gives an answer"},
	{mode: "plain-endless", rule: "tolerance", says: "not to be stopped"},
	{mode: "plain-deaf", rule: "cancel", says: "cannot be closed"},
	{mode: "plain-random", rule: "seed", says: "the answer is another"},
	{mode: "plain-remembers", rule: "batch", says: "the answer to input 2 of 3 is wrong"},
	{mode: "plain-stuck", rule: "sessions", says: "a session is open already"},
	{mode: "plain-no-offsets", rule: "large-arrays", says: "offset into the segment"},
	{mode: "plain-needs-segment", rule: "inline-arrays", says: "there is no segment"},
	{mode: "plain-more-checkpoints", rule: "checkpoints", says: "more checkpoints than the 5"},
	{mode: "sampler", rule: "oracle", says: "it evaluates 2 times in Prepare", options: map[string]string{"ahead": "2"}},
	{mode: "sampler", rule: "oracle", says: "keep no values", options: map[string]string{"keep": "true"}},
	{mode: "sampler", rule: "oracle", says: "11 evaluations, expected at most 10", options: map[string]string{"more": "true"}},
	{mode: "plain-leaks", rule: "memory", says: "memory grew"},
	{mode: "plain-greedy", rule: "threads", says: "cores"},
	{mode: "plain-clock-quarter", rule: "clock", says: "by the harness's clock"},
	{mode: "plain-leaves-child", rule: "leftovers", says: "1 processes before a session and 2"},
	{mode: "plain-prints", rule: "stdout", says: "bytes on standard output"},
}

// Every rule has a plugin that breaks it and no other.
func TestBrokenPlugins(t *testing.T) {
	notUnderRace(t)
	covered := map[string]bool{}
	for _, b := range broken {
		covered[b.rule] = true
		t.Run(b.mode+"/"+b.rule, func(t *testing.T) {
			t.Parallel()
			if b.rule == "threads" && runtime.NumCPU() < 2 {
				t.Skip("with one core nobody can use two")
			}
			if slow := []string{"handshake", "describe", "shutdown", "tolerance", "cancel", "threads", "leftovers"}; testing.Short() && slices.Contains(slow, b.rule) {
				t.Skip("waits for seconds")
			}
			var (
				known   = families()
				solvers []Solver
			)
			if b.rule == "shutdown" { // which every launch would wait for
				known = nil
			}
			if b.options != nil {
				solvers = []Solver{{Name: b.mode, Options: b.options}}
			}
			found := check(t, b.mode, known, solvers...)
			failed := of(found, Fail)
			if message, busy := of(found, Skip)[b.rule]; busy && b.rule == "threads" && len(failed) == 0 {
				t.Skip(message)
			}
			if message, ok := failed[b.rule]; !ok || len(failed) != 1 || !strings.Contains(message, b.says) {
				t.Errorf("failed %q, expected %s alone, that says %q", failed, b.rule, b.says)
			}
		})
	}
	for _, name := range names(Rules()) {
		if !covered[name] {
			t.Errorf("no plugin is known to break the rule %s", name)
		}
	}
}

// A plugin that is as it should be passes every rule, or a rule does not apply to it.
func TestGoodPlugins(t *testing.T) {
	notUnderRace(t)
	for mode, skipped := range map[string][]string{"plain-good": {"oracle"}, "sampler": {"batch", "tolerance"}} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			found := check(t, mode, families())
			for _, f := range found {
				wanted := Pass
				if slices.Contains(skipped, f.Rule) {
					wanted = Skip
				}
				busy := f.Outcome == Skip && strings.Contains(f.Message, "other programs")
				if f.Outcome != wanted && !busy {
					t.Errorf("%s: %s (%s), expected %s", f.Rule, f.Outcome, f.Message, wanted)
				}
			}
			if len(found) != len(Rules()) {
				t.Errorf("%d findings, expected one of each of %d rules", len(found), len(Rules()))
			}
		})
	}
}

// What harms nobody is a warning.
func TestWarnings(t *testing.T) {
	notUnderRace(t)
	for mode, rule := range map[string]string{"unlicensed": "describe", "rounds": "seed", "trusts-nan": "wrong-input"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			found := check(t, "plain-"+mode, families())
			if warned := slices.Collect(maps.Keys(of(found, Warn))); !slices.Equal(warned, []string{rule}) || len(of(found, Fail)) > 0 {
				t.Errorf("warnings %v, failures %v, expected a warning of %s", of(found, Warn), of(found, Fail), rule)
			}
		})
	}
}

// Rules that are chosen are found alone, also those that need an instance which the solver solves.
func TestRules(t *testing.T) {
	found, err := Check(t.Context(), Config{
		Launch: host.Config{Command: rogue.Command("plain-good")}, Families: families(), Rules: []string{"sessions", "stable"}, Quick: true,
	})
	if err != nil || len(found) != 2 || len(of(found, Pass)) != 2 || found[0].Rule != "stable" || found[1].Rule != "sessions" {
		t.Errorf("%+v, %v, expected that stable and sessions pass", found, err)
	}
}

// What cannot be launched is an error, too, and so is a solver or a rule that there is not, and being told to stop.
func TestErrors(t *testing.T) {
	found, err := Check(t.Context(), Config{Launch: host.Config{Command: rogue.Command("garbage")}, Rules: []string{"cancel"}})
	if host.KindOf(err) != host.Protocol || len(found) != 1 {
		t.Errorf("a plugin that does not shake hands: %v, %v, expected a finding and a protocol error", found, err)
	}
	for wanted, cfg := range map[string]Config{
		`no solver "plane" (did you mean "plain"?)`:           {Solvers: []Solver{{Name: "plane"}}},
		`no rule "sesions" (did you mean "sessions"?)`:        {Rules: []string{"sesions"}},
		`unknown option "sweep" (did you mean "sweeps"?)`:     {Solvers: []Solver{{Name: "plain", Options: map[string]string{"sweep": "1"}}}},
		`option sweeps: "0", expected an integer in [1, 100]`: {Solvers: []Solver{{Name: "pl*", Options: map[string]string{"sweeps": "0"}}}},
	} {
		cfg.Launch.Command = rogue.Command("plain-good")
		_, err = Check(t.Context(), cfg)
		var usage *UsageError
		if !errors.As(err, &usage) || !strings.Contains(err.Error(), wanted) {
			t.Errorf("%v, expected %s", err, wanted)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	found, err = Check(ctx, Config{
		Launch: host.Config{Command: rogue.Command("plain-good")}, Families: families(),
		Working: func(s Step) {
			if s.Rule == "solves" {
				cancel()
			}
		},
	})
	if !errors.Is(err, context.Canceled) || len(found) != named(Rules(), "solves") {
		t.Errorf("%v with %d findings, expected that the check was cancelled, and what was found by then", err, len(found))
	}
}
