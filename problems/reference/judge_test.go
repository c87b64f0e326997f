package reference

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solverbench/solverbench/problems"
)

func TestJudge(t *testing.T) {
	tr := &Trajectory{Times: []float64{0.5, 2}, Shape: []int{2}, Accuracy: []float64{0, 1e-9}, Fields: [][]float64{{1, 0}, {3, 4}}}
	more := problems.Metric{Name: "more", Value: 7}
	got, err := tr.Judge(0.2, []float64{1, 0.25, 3, 4.5}, more)
	if err != nil {
		t.Fatal(err)
	}
	want := problems.Evaluation{Verdict: problems.Solved, Metrics: []problems.Metric{
		{Name: "rel-l2", Value: 0.1, Better: problems.Lower},
		{Name: "max-error", Value: 0.5, Better: problems.Lower},
		more,
		{Name: "rel-l2@0.5", Value: 0.25, Better: problems.Lower},
		{Name: "truth-accuracy", Value: 1e-9},
	}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("evaluation differs (-want +got):\n%s", d)
	}
	if got, _ := tr.Judge(0.05, []float64{1, 0.25, 3, 4.5}); got.Verdict != problems.Inaccurate {
		t.Errorf("verdict is %s, expected inaccurate", got.Verdict)
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for i := range 4 {
			values := []float64{1, 0, 3, 4}
			values[i] = bad
			got, err := tr.Judge(0.2, values)
			if err != nil || got.Verdict != problems.Diverged || got.Reason == "" || len(got.Metrics) != 4 {
				t.Errorf("value %d is %g: %+v, %v, expected diverged", i, bad, got, err)
			}
		}
	}
	if got, _ := tr.Judge(1, []float64{1, math.NaN(), 3, 4}); got.Reason != "value 1 at t = 0.5 is NaN" {
		t.Errorf("reason is %q", got.Reason)
	}
	if _, err := tr.Judge(1, []float64{1, 2}); err == nil {
		t.Error("too few values were judged")
	}
}
