package problems_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/solverbench/solverbench/plugins/option"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/selection"
)

// params of a problem that exists for these tests.
type params struct {
	N     int     `opt:"n,min=1,max=99" doc:"unknowns"`
	Shift float64 `opt:"shift" doc:"added to the diagonal"`
	Kind  string  `opt:"kind,choices=soft|hard" doc:"of the matrix"`
	Note  string  `opt:"note" doc:"any text"`
	File  string  `opt:"file,path" doc:"start"`
}

// fixed is an instance that remembers what it was built from.
type fixed struct {
	params params
	common problems.Common
}

func (fixed) Task() proto.Message       { return nil }
func (f fixed) Size() int               { return f.params.N }
func (f fixed) SolutionShapes() [][]int { return [][]int{{f.params.N}} }
func (f fixed) Evaluate(context.Context, proto.Message) (problems.Evaluation, error) {
	return problems.Judge(f.common.Tolerance, problems.Metric{Name: "error", Value: 0.5, Better: problems.Lower}), nil
}

func family() problems.Family {
	build := func(ctx context.Context, p params, c problems.Common) (problems.Instance, error) {
		if p.Kind == "hard" && p.N > 50 {
			return nil, &option.Error{Name: "n", Value: fmt.Sprint(p.N), Expected: "at most 50 when kind is hard"}
		}
		return fixed{p, c}, ctx.Err()
	}
	return problems.Family{Name: "linear", Problems: []problems.Problem{
		problems.Define("small", problems.Doc{Summary: "for tests"}, "error", 1e-3, params{N: 7, Kind: "soft", Note: "none"}, build),
		problems.Define("bare", problems.Doc{}, "error", 1, struct{}{}, func(context.Context, struct{}, problems.Common) (problems.Instance, error) {
			return fixed{}, nil
		}),
	}}
}

func TestDefine(t *testing.T) {
	f := family()
	p := f.Problems[0]
	if p.Name != "small" || p.Primary != "error" || p.Tolerance != 1e-3 || len(p.Params) != 5 || p.NeedsFile {
		t.Errorf("defined %+v", p)
	}
	if s := p.Params[0]; s.Name != "n" || s.Default != "7" || s.Doc != "unknowns" {
		t.Errorf("the first parameter is %+v", s)
	}
}

func TestResolveAndBuild(t *testing.T) {
	f := family()
	for _, c := range []struct {
		given map[string]string
		name  string
		want  fixed
	}{
		{nil, "linear/small[n=7]", fixed{params{7, 0, "soft", "none", ""}, problems.Common{Tolerance: 1e-3}}},
		{
			map[string]string{"n": "09", "shift": "-2e1", "kind": "hard", "note": "a, [b]", "file": "x.npy", "seed": "4", "tol": "1E-5"},
			`linear/small[n=9,shift=-20,kind=hard,note="a, [b]",file=x.npy,seed=4,tol=1e-05]`,
			fixed{params{9, -20, "hard", "a, [b]", "x.npy"}, problems.Common{Seed: 4, Tolerance: 1e-5}},
		},
		{map[string]string{"seed": "0", "tol": "0.001", "shift": "0", "kind": "soft"}, "linear/small[n=7]",
			fixed{params{7, 0, "soft", "none", ""}, problems.Common{Tolerance: 1e-3}}},
		{map[string]string{"note": ""}, "linear/small[n=7,note=]", fixed{params{7, 0, "soft", "", ""}, problems.Common{Tolerance: 1e-3}}},
	} {
		spec, err := f.Resolve("small", c.given)
		if err != nil {
			t.Errorf("%v: %v", c.given, err)
			continue
		}
		in, err := spec.Build(context.Background())
		if err != nil {
			t.Errorf("%v: %v", c.given, err)
			continue
		}
		if spec.String() != c.name || in != c.want {
			t.Errorf("%v: %s is %+v, want %s, %+v", c.given, spec, in, c.name, c.want)
		}
		if spec.Definition() != &f.Problems[0] || spec.HasFile() != (c.want.params.File != "") {
			t.Errorf("%s: definition %v, has a file %v", spec, spec.Definition().Name, spec.HasFile())
		}
	}
	spec, err := f.Resolve("bare", nil)
	if err != nil || spec.String() != "linear/bare" {
		t.Errorf("a problem without parameters is %s (%v)", spec, err)
	}
}

func TestErrors(t *testing.T) {
	f := family()
	if _, err := f.Resolve("smal", nil); err == nil || !strings.Contains(err.Error(), `family linear has no problem "smal"`) {
		t.Errorf("error is %v", err)
	}
	for _, c := range []struct{ name, value, want string }{
		{"n", "0", `linear/small: parameter n: "0", expected an integer in [1, 99]`},
		{"m", "0", `linear/small: unknown parameter "m" (expected one of n, shift, kind, note, file, seed, tol)`},
		{"seed", "-1", `linear/small: parameter seed: "-1", expected an integer ≥ 0`},
		{"seed", "1.5", `linear/small: parameter seed: "1.5", expected an integer ≥ 0`},
		{"tol", "small", `linear/small: parameter tol: "small", expected a number`},
		{"tol", "NaN", `linear/small: parameter tol: "NaN", expected a number`},
		{"kind", "tough", `linear/small: parameter kind: "tough", expected one of soft, hard`},
		{"knid", "soft", `linear/small: unknown parameter "knid" (did you mean "kind"?)`},
	} {
		_, err := f.Resolve("small", map[string]string{c.name: c.value})
		var bad *option.Error
		if !errors.As(err, &bad) || bad.Name != c.name || bad.Value != c.value || err.Error() != c.want {
			t.Errorf("%s=%s: error is %v, want %s", c.name, c.value, err, c.want)
		}
	}
	spec, err := f.Resolve("small", map[string]string{"n": "60", "kind": "hard"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = spec.Build(context.Background())
	if want := `linear/small[n=60,kind=hard]: parameter n: "60", expected at most 50 when kind is hard`; err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	spec, err = f.Resolve("small", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := spec.Build(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want context.Canceled", err)
	}
}

// TestNamesAreIdentities: an instance's name, read as a selection, gives the same instance again.
func TestNamesAreIdentities(t *testing.T) {
	f := family()
	rapid.Check(t, func(t *rapid.T) {
		given := map[string]string{
			"n":     fmt.Sprint(rapid.IntRange(1, 99).Draw(t, "n")),
			"shift": fmt.Sprint(rapid.Float64().Draw(t, "shift")),
			"kind":  rapid.SampledFrom([]string{"soft", "hard"}).Draw(t, "kind"),
			"note":  rapid.String().Draw(t, "note"),
			"file":  rapid.StringOf(rapid.RuneFrom([]rune(`/.,|[]"'\ =ax..é`))).Draw(t, "file"),
			"seed":  fmt.Sprint(rapid.Int64Range(0, math.MaxInt64).Draw(t, "seed")),
			"tol":   fmt.Sprint(rapid.Float64Range(0, 1).Draw(t, "tol")),
		}
		for name := range given {
			if rapid.Bool().Draw(t, "default "+name) {
				delete(given, name)
			}
		}
		spec, err := f.Resolve("small", given)
		if err != nil {
			t.Fatal(err)
		}
		pattern, err := selection.Parse(spec.String())
		if err != nil {
			t.Fatalf("%s: %v", spec, err)
		}
		combinations, err := pattern.Expand()
		if err != nil || len(combinations) != 1 || pattern.Name != "linear/small" {
			t.Fatalf("%s: selects %v of %s (%v), want one instance", spec, combinations, pattern.Name, err)
		}
		again, err := f.Resolve("small", combinations[0])
		if err != nil {
			t.Fatalf("%s: %v", spec, err)
		}
		if again.String() != spec.String() || fmt.Sprint(again.Params, again.Common) != fmt.Sprint(spec.Params, spec.Common) {
			t.Fatalf("%s reads as %s", spec, again)
		}
	})
}

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		value, tolerance float64
		better           problems.Better
		verdict          problems.Verdict
		reason           string
	}{
		{1e-3, 1e-3, problems.Lower, problems.Solved, ""},
		{1.0001e-3, 1e-3, problems.Lower, problems.Inaccurate, "e 0.0010001 exceeds 0.001"},
		{1e-10 * (1 + 1e-15), 1e-10, problems.Lower, problems.Inaccurate, "e 1.000000000000001e-10 exceeds 1e-10"},
		{0.56789, 0.05125, problems.Lower, problems.Inaccurate, "e 0.568 exceeds 0.05125"},
		{2e-3, 1e-3, problems.Lower, problems.Inaccurate, "e 0.002 exceeds 0.001"},
		{math.Inf(1), 1e-3, problems.Lower, problems.Diverged, "e is +Inf"},
		{30, 30, problems.Higher, problems.Solved, ""},
		{29, 30, problems.Higher, problems.Inaccurate, "e 29 is below 30"},
		{math.NaN(), 30, problems.Higher, problems.Diverged, "e is NaN"},
		{math.NaN(), 30, problems.Neither, problems.Diverged, "e is NaN"},
		{99, 30, problems.Neither, problems.Solved, ""},
	} {
		second := problems.Metric{Name: "second", Value: 1e9, Better: problems.Lower}
		got := problems.Judge(c.tolerance, problems.Metric{Name: "e", Value: c.value, Better: c.better}, second)
		if got.Verdict != c.verdict || got.Reason != c.reason {
			t.Errorf("%g against %g, %q is better: %s because %q, want %s because %q",
				c.value, c.tolerance, c.better, got.Verdict, got.Reason, c.verdict, c.reason)
		}
		if len(got.Metrics) != 2 || got.Metrics[1] != second {
			t.Errorf("metrics are %v", got.Metrics)
		}
	}
}

func ExampleDefine() {
	type square struct {
		N int `opt:"n,min=1" doc:"unknowns along each side"`
	}
	f := problems.Family{Name: "demo", Problems: []problems.Problem{
		problems.Define("square", problems.Doc{Summary: "a square grid"}, "error", 1e-6, square{N: 63},
			func(_ context.Context, p square, c problems.Common) (problems.Instance, error) {
				return fixed{params{N: p.N * p.N}, c}, nil
			}),
	}}
	spec, err := f.Resolve("square", map[string]string{"n": "127", "tol": "1e-8"})
	if err != nil {
		panic(err)
	}
	instance, err := spec.Build(context.Background())
	if err != nil {
		panic(err)
	}
	fmt.Println(spec, "has", instance.Size(), "unknowns")
	_, err = f.Resolve("square", map[string]string{"n": "0"})
	fmt.Println(err)
	// Output:
	// demo/square[n=127,tol=1e-08] has 16129 unknowns
	// demo/square: parameter n: "0", expected an integer ≥ 1
}
