package sampling

import (
	"errors"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	samplingv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/sampling/v1"
	"github.com/solverbench/solverbench/problems"
)

func variation(t testing.TB, in *instance, k int) *instance {
	t.Helper()
	v, err := in.Vary(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	return v.(*instance)
}

// TestAnswersDoNotCarryOver: an answer that follows the flow solves its own variation as it does the
// instance, and nothing else.
func TestAnswersDoNotCarryOver(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector, and has no concurrency that others lack")
	}
	for _, c := range smallSets {
		params := maps.Clone(c.params)
		params["tol"] = "1" // beyond what small sets of independent samples leave
		in := build(t, c.problem, params)
		rows := in.SolutionShapes()[0][0]
		all := []*instance{in}
		for k := 1; k <= 6; k++ {
			all = append(all, variation(t, in, k))
		}
		// Answers are 1 % too large.
		answer := func(in *instance) []float64 {
			x := slices.Clone(in.truth.end)
			for i := range x {
				x[i] *= 1.01
			}
			return x
		}
		original := evaluate(t, in, answer(in))
		for i, from := range all {
			x := answer(from)
			e := evaluate(t, from, x)
			if e.Verdict != problems.Solved {
				t.Errorf("%s: answer to %d: %s", c.problem, i, e.Reason)
			}
			if rows <= largestSet { // else metrics of quadratic cost see other rows
				for m, metric := range e.Metrics {
					if want := original.Metrics[m].Value; math.Abs(metric.Value-want) > 1e-8*math.Abs(want)+1e-12 {
						t.Errorf("%s %d: %s is %g, the instance's %g", c.problem, i, metric.Name, metric.Value, want)
					}
				}
			}
			for j, to := range all {
				if e := evaluate(t, to, x); i != j && (e.Verdict != problems.Inaccurate || !strings.Contains(e.Reason, "another variation")) {
					t.Fatalf("%s: answer to %d, judged as one to %d: %s, %s", c.problem, i, j, e.Verdict, e.Reason)
				}
			}
		}
		if again := variation(t, all[2], 3); !proto.Equal(again.task, all[3].task) {
			t.Errorf("%s: a variation's variation is not the instance's", c.problem)
		}
		if again := variation(t, in, 2+rows-1); !proto.Equal(again.task, all[2].task) {
			t.Errorf("%s: variations do not start again after %d", c.problem, rows-1)
		}
	}
}

// TestVariationIsAnInstance: the flow, integrated from a variation's start, ends where its truth does.
func TestVariationIsAnInstance(t *testing.T) {
	for _, c := range smallSets {
		v := variation(t, build(t, c.problem, c.params), 3)
		start, err := v.task.Start.Float64s()
		if err != nil {
			t.Fatal(err)
		}
		end, err := v.prior.flow(t.Context(), v.schedule, start)
		if err != nil {
			t.Fatal(err)
		}
		if d := largestDifference(end.end, v.truth.end); d > 1e-9 {
			t.Errorf("%s: the truth of a variation is off by %.2g", c.problem, d)
		}
	}
}

// TestIndependentSamplesFollowNothing: draws of the law are not taken for answers to another variation.
func TestIndependentSamplesFollowNothing(t *testing.T) {
	for _, c := range smallSets {
		in := build(t, c.problem, c.params)
		r := stream(5, streamReference)
		for range 20 {
			x := in.prior.draw(r, in.Size()/in.prior.dim(), in.schedule.at(in.schedule.TEnd))
			if by := in.followsOther(x); by != 0 {
				t.Errorf("%s: exact draws follow the flow of points %d rows on", c.problem, by)
			}
		}
	}
}

func TestAnswersWithoutEvaluations(t *testing.T) {
	in := build(t, "mixture-ring", map[string]string{"batch": "64", "modes": "3"})
	solution := &samplingv1.Solution{Samples: commonv1.Float64(in.truth.end, 64, 2)}
	e, err := in.EvaluateRun(t.Context(), solution, 0)
	if err != nil || e.Verdict != problems.Inaccurate || !strings.Contains(e.Reason, "no evaluation") {
		t.Errorf("%s %q, error %v", e.Verdict, e.Reason, err)
	}
}

func TestVariationsOfFiles(t *testing.T) {
	in := build(t, "mixture", map[string]string{"file": vectorsFile})
	v := variation(t, in, 1)
	if e := evaluate(t, v, v.truth.end); e.Verdict != problems.Solved {
		t.Errorf("the flow itself: %s", e.Reason)
	}
	if e := evaluate(t, v, in.truth.end); e.Verdict != problems.Inaccurate || value(t, e, rmsFlow) < 1 {
		t.Errorf("the instance's flow: %s, %.2g from the variation's", e.Verdict, value(t, e, rmsFlow))
	}
	one := *in
	one.truth.end = one.truth.end[:one.prior.dim()]
	if _, err := one.Vary(t.Context(), 1); !errors.Is(err, problems.ErrNoVariation) {
		t.Errorf("a single point: error %v", err)
	}
}
