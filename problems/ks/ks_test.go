package ks

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/solverbench/solverbench/metrics"
	"github.com/solverbench/solverbench/problems"
)

// record is a solution by an independent implementation (testdata/README.md).
type record struct {
	Name      string
	L, T      float64
	RelDiffDt float64 `json:"rel_diff_dt"`
	RelDiffN  float64 `json:"rel_diff_N"`
	U         []float64
}

func records(t *testing.T) []record {
	t.Helper()
	b, err := os.ReadFile("testdata/ks.json")
	if err != nil {
		t.Fatal(err)
	}
	var r []record
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func build(t *testing.T, problem string, params map[string]string) problems.Instance {
	t.Helper()
	f := Family()
	spec, err := f.Resolve(problem, params)
	if err != nil {
		t.Fatal(err)
	}
	in, err := spec.Build(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// TestIntegratorMeetsRecords compares the harness's integrator with the records; those that take
// seconds only where SOLVERBENCH_SLOW is set.
func TestIntegratorMeetsRecords(t *testing.T) {
	for _, r := range records(t) {
		if r.T > 30 && r.Name != "l22" && os.Getenv("SOLVERBENCH_SLOW") == "" {
			continue
		}
		points := len(r.U)
		in := build(t, r.Name, nil).(*instance)
		u0, err := in.task.Initial.Float64s()
		if err != nil {
			t.Fatal(err)
		}
		got, err := compute(context.Background(), u0, in.task.Length, []float64{r.T}, points, 1e-11)
		if err != nil {
			t.Fatal(err)
		}
		e, err := metrics.RelativeL2(got.Fields[0], r.U)
		if err != nil {
			t.Fatal(err)
		}
		allowed := 10 * max(r.RelDiffDt, r.RelDiffN)
		t.Logf("%s T = %g: differs by %.2g (allowed %.2g), own accuracy %.2g", r.Name, r.T, e, allowed, got.Accuracy[0])
		if e > allowed {
			t.Errorf("%s T = %g: differs by %.2g, expected at most %.2g", r.Name, r.T, e, allowed)
		}
	}
}

func TestEmbeddedTruthIsTheRecord(t *testing.T) {
	for _, r := range records(t) {
		in := build(t, r.Name, map[string]string{"T": strconv.FormatFloat(r.T, 'g', -1, 64)}).(*instance)
		last := len(in.truth.Times) - 1
		if in.truth.Times[last] != r.T || !slices.Equal(in.truth.Fields[last], r.U) {
			t.Errorf("%s: the truth at T = %g is not that of testdata/ks.json", r.Name, r.T)
		}
		if got, want := in.truth.Accuracy[last], max(r.RelDiffDt, r.RelDiffN); got != want {
			t.Errorf("%s T = %g: accuracy %g, expected %g", r.Name, r.T, got, want)
		}
	}
}
