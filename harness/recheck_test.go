package harness

import (
	"errors"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/solverbench/solverbench/metrics"
	"github.com/solverbench/solverbench/problems/registry"
	"github.com/solverbench/solverbench/results"
)

// judged is a run as it is stored whose solution is made of a wave, with the status and metrics that the harness gives it.
func judged(t *testing.T, name string, evaluations int) (*Catalog, *results.Run, map[string]metrics.Array) {
	t.Helper()
	catalog := &Catalog{Families: registry.Families()}
	specs, err := catalog.Instances([]string{name}, 0)
	if err != nil {
		t.Fatal(err)
	}
	instance, err := specs[0].Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	family := catalog.family(specs[0].Family)
	array := metrics.Array{Shape: instance.SolutionShapes()[0]}
	n := 1
	for _, extent := range array.Shape {
		n *= extent
	}
	for i := range n {
		array.Values = append(array.Values, 0.5+0.1*math.Sin(float64(i)))
	}
	arrays := map[string]metrics.Array{family.MainArray: array}
	solution, err := family.Solution(arrays)
	if err != nil {
		t.Fatal(err)
	}
	in, err := (&Experiment{Catalog: catalog}).instance(specs[0])
	if err != nil {
		t.Fatal(err)
	}
	in.Unknowns = int64(instance.Size())
	m := &measured{
		run:      &results.Run{Instance: in, Machine: &results.Machine{Arch: runtime.GOARCH}, Evaluations: int64(evaluations)},
		progress: func(string, float64, string) {},
	}
	if err := m.judge(t.Context(), instance, solution, ""); err != nil {
		t.Fatal(err)
	}
	m.run.Repetitions = []results.Repetition{{Warmup: true, Evaluations: int64(evaluations)}, {Index: 1, Evaluations: 7}}
	return catalog, m.run, arrays
}

func TestRecheck(t *testing.T) {
	for _, c := range []struct {
		name        string
		evaluations int
	}{
		{"poisson/unit-2d[n=7]", 0}, {"ks/l22[T=1]", 0}, {"restoration/denoise[size=32,count=2]", 0}, {"sampling/gaussian-field[n=8,batch=64]", 13},
	} {
		catalog, run, arrays := judged(t, c.name, c.evaluations)
		r, err := catalog.Recheck(t.Context(), run, arrays)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if len(r.Differ)+len(r.Rounding)+len(r.Unchecked) > 0 || r.Metrics != len(run.Measurements) || r.Exact != r.Metrics || string(r.Verdict) != string(run.Status) {
			t.Errorf("%s: %+v of %v, expected all %d metrics to be as they were", c.name, r, run.Measurements, len(run.Measurements))
		}
	}
}

// TestRecheckFinds changes what is stored of a run.
func TestRecheckFinds(t *testing.T) {
	value := func(factor float64) func(*results.Run) {
		return func(r *results.Run) { r.Measurements[0].Value *= factor }
	}
	for name, c := range map[string]struct {
		change func(*results.Run)
		want   string // how what differs begins, or nothing
	}{
		"a better metric":     {value(0.999), "rel-residual is stored as "},
		"a last bit":          {value(1 + 1e-12), ""},
		"not a number":        {value(math.NaN()), "rel-residual is stored as NaN"},
		"infinity":            {value(math.Inf(1)), "rel-residual is stored as +Inf"},
		"a unit":              {func(r *results.Run) { r.Measurements[0].Unit = "m" }, "unit of rel-residual is stored as m"},
		"a direction":         {func(r *results.Run) { r.Measurements[0].Better = results.Higher }, "direction of rel-residual is stored as higher"},
		"a role":              {func(r *results.Run) { r.Measurements[0].Role = results.Info }, "role of rel-residual is stored as info"},
		"no metric":           {func(r *results.Run) { r.Measurements = r.Measurements[1:] }, "rel-residual is stored as nothing"},
		"another metric":      {func(r *results.Run) { r.Measurements = append(r.Measurements, results.Measurement{Name: "grade"}) }, "grade is stored as 0 and found to be no metric"},
		"iterations":          {func(r *results.Run) { r.Measurements = append(r.Measurements, results.Measurement{Name: "iterations"}) }, ""},
		"solved":              {func(r *results.Run) { r.Status = results.Solved }, "status is stored as solved and found to be inaccurate"},
		"crashed later":       {func(r *results.Run) { r.Status = results.Crashed }, ""},
		"a lax tolerance":     {func(r *results.Run) { r.Instance.Tolerance = 1e9 }, "instance is stored as poisson/unit-2d[n=7] and found to be poisson/unit-2d[n=7,tol=1e+09]"},
		"another hash":        {func(r *results.Run) { r.Instance.Hash = "cafe" }, "hash of the instance is stored as cafe"},
		"another name":        {func(r *results.Run) { r.Instance.Label = "hard" }, "instance is stored as hard"},
		"another primary":     {func(r *results.Run) { r.Instance.Primary = "max-residual" }, "primary metric is stored as max-residual"},
		"ranked otherwise":    {func(r *results.Run) { r.Instance.RankBy = "rel-residual" }, "what the instance ranks by is stored as rel-residual"},
		"more unknowns":       {func(r *results.Run) { r.Instance.Unknowns = 1 << 40 }, "number of unknowns is stored as 1099511627776 and found to be 49"},
		"another seed":        {func(r *results.Run) { r.Instance.Seed = 3 }, "instance is stored as poisson/unit-2d[n=7] and found to be poisson/unit-2d[n=7,seed=3]"},
		"rounded elsewhere":   {func(r *results.Run) { value(1 + 1e-6)(r); r.Machine.Arch = "abacus" }, "!rel-residual is stored as "},
		"not rounded, though": {func(r *results.Run) { value(0.99)(r); r.Machine.Arch = "abacus" }, "rel-residual is stored as "},
	} {
		t.Run(name, func(t *testing.T) {
			catalog, run, arrays := judged(t, "poisson/unit-2d[n=7]", 0)
			c.change(run)
			r, err := catalog.Recheck(t.Context(), run, arrays)
			if err != nil {
				t.Fatal(err)
			}
			var found []string
			for _, d := range r.Differ {
				found = append(found, d.String())
			}
			for _, d := range r.Rounding {
				found = append(found, "!"+d.String())
			}
			hasIt := slices.ContainsFunc(found, func(f string) bool { return c.want != "" && strings.HasPrefix(f, c.want) })
			if hasIt != (c.want != "") || c.want == "" && len(found) > 0 {
				t.Errorf("found %q, expected %q", found, c.want)
			}
		})
	}
}

// TestRecheckCannot has runs that cannot be judged.
func TestRecheckCannot(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*results.Run, map[string]metrics.Array)
		want   string
	}{
		"no such family":    {func(r *results.Run, _ map[string]metrics.Array) { r.Instance.Family = "alchemy" }, "unknown problem"},
		"no such problem":   {func(r *results.Run, _ map[string]metrics.Array) { r.Instance.Problem = "gold" }, `family poisson has no problem "gold"`},
		"no such parameter": {func(r *results.Run, _ map[string]metrics.Array) { r.Instance.Params["lead"] = 1 }, `lead`},
		"another shape":     {func(r *results.Run, _ map[string]metrics.Array) { r.Instance.Params["n"] = 15 }, "its solution: "},
		"no solution":       {func(_ *results.Run, a map[string]metrics.Array) { clear(a) }, "its solution: "},
	} {
		catalog, run, arrays := judged(t, "poisson/unit-2d[n=7]", 0)
		c.change(run, arrays)
		if _, err := catalog.Recheck(t.Context(), run, arrays); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, expected %s", name, err, c.want)
		}
	}
	catalog, run, arrays := judged(t, "poisson/unit-2d[n=7]", 0)
	run.Instance.Problem, run.Instance.Params = "matrix-market", map[string]any{"file": "/dev/zero"}
	if _, err := catalog.Recheck(t.Context(), run, arrays); !errors.Is(err, ErrNeedsFile) {
		t.Errorf("a file: %v, expected %v", err, ErrNeedsFile)
	}
}

func TestEvaluationsOf(t *testing.T) {
	run := &results.Run{
		Repetitions:  []results.Repetition{{Evaluations: 13}, {Evaluations: 7}},
		Measurements: []results.Measurement{{Name: setUpMetric, Value: 4}},
	}
	if n := evaluationsOf(run); n != 17 {
		t.Errorf("%d, expected those of the first solve and of setting up, 17", n)
	}
	if n := evaluationsOf(&results.Run{}); n != 0 {
		t.Errorf("%d of nothing", n)
	}
}
