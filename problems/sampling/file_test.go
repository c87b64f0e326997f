package sampling

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/solverbench/solverbench/plugins/option"
	"github.com/solverbench/solverbench/problems"
)

const goodFile = `{
 "schedule": {"kind": "vp-linear", "beta_min": 0.1, "beta_max": 20, "t_start": 1, "t_end": 0.001},
 "mixture": {"weights": [0.25, 0.75], "means": [[1, 2, 3], [-1, 0, 1]], "variances": [[0.1, 0.2, 0.3], [1, 1, 1]]},
 "xT": [[0.1, 0.2, 0.3], [1, -1, 0.5]],
 "note": "other fields are ignored"
}`

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mixture.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFile(t *testing.T) {
	in := build(t, "mixture", map[string]string{"file": writeFile(t, goodFile)})
	if s := in.SolutionShapes()[0]; s[0] != 2 || s[1] != 3 {
		t.Errorf("shape %v", s)
	}
	if e := evaluate(t, in, in.truth.end); e.Verdict != problems.Solved || e.Metrics[0].Name != rmsFlow {
		t.Errorf("exact flow: %v", e)
	}
	if _, err := tryBuild(t, "mixture", map[string]string{"file": vectorsFile, "tol": "1e-12"}); err == nil || !strings.Contains(err.Error(), "tol") {
		t.Errorf("a tolerance below the accuracy of the flow: error %v", err)
	}
	given := build(t, "mixture", map[string]string{"file": vectorsFile})
	if !(given.truth.accuracy < 1e-10) || given.truth.method != "given with the file" {
		t.Errorf("flow of the file: %+v", given.truth)
	}
}

func TestFileErrors(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"syntax":          {`"note"`, `note`, "line 5, column 2"},
		"truncated":       {"\n}", "", "JSON (at line 5"},
		"nan":             {"0.75", "NaN", "finite numbers (NaN or Infinity at line 3"},
		"infinity":        {"[0.1, 0.2, 0.3],", "[Infinity, 1, 1],", "finite numbers"},
		"overflow":        {"0.75", "1e999", "a finite number in mixture.weights (at line 3, column 36 there is a number 1e999)"},
		"scalar variance": {"[[0.1, 0.2, 0.3], [1, 1, 1]]", "[0.1, 1]", "an array in mixture.variances (at line 3"},
		"list":            {"{", "[{", "JSON"},
		"null":            {"0.75", "null", "a number mixture.weights[1] (it is null)"},
		"text":            {"0.75", `"a"`, "mixture.weights"},
		"no schedule":     {`"schedule"`, `"schedule_"`, "an object schedule (it is missing)"},
		"no mixture":      {`"mixture"`, `"mixtures"`, "an object mixture (it is missing)"},
		"no kind":         {`"kind"`, `"kinds"`, `schedule.kind "vp-linear" (it is missing)`},
		"unknown kind":    {`vp-linear`, `cosine`, `schedule.kind "vp-linear" (it is "cosine")`},
		"no beta":         {`"beta_max": 20, `, ``, "a number schedule.beta_max (it is missing)"},
		"negative beta":   {`"beta_min": 0.1`, `"beta_min": -1`, "schedule.beta_min ≥ 0 (it is -1)"},
		"falling beta":    {`"beta_max": 20`, `"beta_max": 0.05`, "schedule.beta_max > 0 and ≥ beta_min, 0.1 (it is 0.05)"},
		"zero end":        {`"t_end": 0.001`, `"t_end": 0`, "schedule.t_end ≥ 1e-6 (it is 0)"},
		"wrong order":     {`"t_start": 1`, `"t_start": 0.0001`, "schedule.t_start > t_end, 0.001 (it is 0.0001)"},
		"huge beta":       {`"beta_max": 20`, `"beta_max": 1e9`, "alpha ≥ 1e-100"},
		"weights":         {"0.75", "0.7", "mixture.weights of sum 1 (it is 0.95)"},
		"negative weight": {"[0.25, 0.75]", "[-0.25, 1.25]", "mixture.weights[0] ≥ 0 (it is -0.25)"},
		"zero weight":     {"[0.25, 0.75]", "[0, 1]", "mixture.weights[0] > 0 (it is 0)"},
		"no weights":      {"[0.25, 0.75]", "[]", "mixture.weights of at least one component"},
		"variance":        {"[1, 1, 1]]}", "[1, -2, 1]]}", "mixture.variances[1][1] ≥ 0 (it is -2)"},
		"huge mean":       {"[-1, 0, 1]", "[-1, 0, 1e300]", "mixture.means[1][2] ≤ 1e+12 (it is 1e+300)"},
		"ragged means":    {"[-1, 0, 1]", "[-1, 0]", "mixture.means[1] of 3 values (it has 2)"},
		"few means":       {"[[1, 2, 3], [-1, 0, 1]]", "[[1, 2, 3]]", "2 rows in mixture.means (there are 1)"},
		"no variances":    {`"variances"`, `"covariances"`, "an array of rows mixture.variances (it is missing)"},
		"empty dimension": {"[[1, 2, 3], [-1, 0, 1]]", "[[], []]", "mixture.means[0] of at least one dimension"},
		"no xT":           {`"xT"`, `"xt_"`, "an array of rows xT (it is missing)"},
		"empty xT":        {"[[0.1, 0.2, 0.3], [1, -1, 0.5]]", "[]", "at least one row in xT"},
		"xT dimension":    {"[1, -1, 0.5]", "[1, -1]", "xT[1] of 3 values (it has 2)"},
		"flow rows":       {`"note"`, `"probability_flow_x0": [[1, 2, 3]], "note"`, "2 rows in probability_flow_x0 (there are 1)"},
		"wrong flow":      {`"note"`, `"probability_flow_x0": [[1, 2, 3], [0, 0, 0]], "note"`, "probability_flow_x0 within 0.001 of the flow"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(goodFile, c.old, c.new, 1)
			if text == goodFile {
				t.Fatal("nothing replaced")
			}
			path := writeFile(t, text)
			_, err := tryBuild(t, "mixture", map[string]string{"file": path})
			var bad *option.Error
			if !errors.As(err, &bad) || bad.Name != "file" || bad.Value != path || !strings.Contains(bad.Expected, c.want) {
				t.Errorf("error %v, expected to name file, path and %q", err, c.want)
			}
		})
	}
	for _, path := range []string{"", filepath.Join(t.TempDir(), "none.json")} {
		_, err := tryBuild(t, "mixture", map[string]string{"file": path})
		var bad *option.Error
		if !errors.As(err, &bad) || bad.Name != "file" {
			t.Errorf("path %q: error %v", path, err)
		}
	}
	if _, err := tryBuild(t, "mixture", map[string]string{"file": t.TempDir()}); err == nil {
		t.Error("a folder was read as a file")
	}
	if _, err := tryBuild(t, "gaussian-field", map[string]string{"n": "33"}); err == nil || !strings.Contains(err.Error(), "power of two") {
		t.Errorf("a field of 33 pixels a side: error %v", err)
	}
	if _, err := tryBuild(t, "gaussian-field", map[string]string{"n": "128", "batch": "65536"}); err == nil || !strings.Contains(err.Error(), "batch") {
		t.Errorf("a field beyond memory: error %v", err)
	}
}

// What the parser accepts can be computed with.
func FuzzParseMixture(f *testing.F) {
	f.Add([]byte(goodFile))
	f.Add([]byte(`{"schedule": null, "mixture": {"weights": [1e999]}, "xT": [[]]}`))
	f.Add([]byte(strings.Replace(goodFile, "0.75", "NaN", 1)))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseMixture(data)
		if err != nil {
			if m != nil || err.Error() == "" {
				t.Error("an error beside a result, or an empty one")
			}
			return
		}
		if len(m.start) == 0 || len(m.start)%m.mixture.d != 0 {
			t.Fatalf("start of %d values in %d dimensions", len(m.start), m.mixture.d)
		}
		eps := make([]float64, len(m.start))
		for _, at := range []float64{m.schedule.TStart, m.schedule.TEnd} {
			m.mixture.noise(eps, m.start, m.schedule.at(at))
			for i, v := range eps {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Fatalf("ε[%d] at t = %g is %g", i, at, v)
				}
			}
		}
	})
}
