package registry_test

import (
	"testing"

	"github.com/solverbench/solverbench/metrics"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/registry"
)

// TestTruths: what an instance calls its truth has the shape of a solution and is judged to be one.
func TestTruths(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	known := map[string]bool{}
	for _, f := range registry.Families() {
		for i := range f.Problems {
			name := f.Name + "/" + f.Problems[i].Name
			t.Run(name, func(t *testing.T) {
				spec, err := f.Resolve(f.Problems[i].Name, small(t, name))
				if err != nil {
					t.Fatal(err)
				}
				in, err := spec.Build(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				r, ok := in.(problems.Revealer)
				if !ok {
					return
				}
				truth, ok := r.Truth()
				if !ok {
					return
				}
				known[f.Name] = true
				solution, err := f.Solution(map[string]metrics.Array{f.MainArray: truth})
				if err != nil {
					t.Fatal(err)
				}
				if got, want := len(truth.Values), product(in.SolutionShapes()[0]); got != want {
					t.Fatalf("%d values, expected %d", got, want)
				}
				e, err := in.Evaluate(t.Context(), solution)
				if err != nil || e.Verdict != problems.Solved {
					t.Errorf("the truth is %s (%s, %v), expected solved", e.Verdict, e.Reason, err)
				}
			})
		}
	}
	for _, family := range []string{"poisson", "ks", "nse", "restoration"} {
		if !known[family] {
			t.Errorf("no instance of %s knows its truth", family)
		}
	}
}
