package poisson

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/metrics"
	"github.com/solverbench/solverbench/problems"
)

// every instance kind that varies in its own way.
func varied(t *testing.T) map[string]*instance {
	t.Helper()
	out := map[string]*instance{
		"unit-2d":     build(t, "unit-2d", map[string]string{"n": "15"}),
		"unit-3d":     build(t, "unit-3d", map[string]string{"n": "7"}),
		"jump":        build(t, "jump", map[string]string{"n": "15", "contrast": "2"}),
		"anisotropic": build(t, "anisotropic", map[string]string{"n": "15", "theta": "30"}),
	}
	for _, boundary := range []string{"dirichlet", "neumann", "periodic", "mixed"} {
		out["2-d "+boundary] = build(t, "manufactured-2d", map[string]string{"n": "64", "boundary": boundary})
		out["3-d "+boundary] = build(t, "manufactured-3d", map[string]string{"n": "16", "boundary": boundary})
	}
	for u := range highFrequencySolutions() {
		out[u] = build(t, "high-frequency", map[string]string{"u": u, "n": "511"})
	}
	file := filepath.Join(t.TempDir(), "a.mtx")
	const matrix = "%%MatrixMarket matrix coordinate real symmetric\n4 4 7\n1 1 2\n2 2 2\n3 3 2\n4 4 2\n2 1 -1\n3 2 -1\n4 3 -1\n"
	if err := os.WriteFile(file, []byte(matrix), 0o600); err != nil {
		t.Fatal(err)
	}
	out["matrix-market"] = build(t, "matrix-market", map[string]string{"file": file})
	return out
}

func variation(t *testing.T, in *instance, k int) *instance {
	t.Helper()
	v, err := in.Vary(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	return v.(*instance)
}

// answerTo is the best answer: the exact solution, or that of the difference equations.
func answerTo(t *testing.T, in *instance) []float64 {
	t.Helper()
	if in.exact != nil {
		return in.exact
	}
	return differences(t, in, 1e-12)
}

// TestAnswersDoNotCarryOver: the answer to a variation solves it, and neither the instance nor another variation.
func TestAnswersDoNotCarryOver(t *testing.T) {
	for name, in := range varied(t) {
		t.Run(name, func(t *testing.T) {
			all := []*instance{in, variation(t, in, 1), variation(t, in, 2), variation(t, in, 3), variation(t, in, 1000)}
			for i, from := range all {
				u := answerTo(t, from)
				for j, to := range all {
					e, v := evaluate(t, to, u)
					worst := v[relResidual] + v[relL2]
					if i == j && e.Verdict != problems.Solved {
						t.Errorf("answer to %d: %s %s", i, e.Verdict, e.Reason)
					}
					if i != j && (e.Verdict != problems.Inaccurate || worst < 0.02) {
						t.Errorf("answer to %d, judged as one to %d: %s, error %.2g", i, j, e.Verdict, worst)
					}
				}
			}
			if again := variation(t, variation(t, in, 2), 3); !proto.Equal(again.task, all[3].task) {
				t.Error("a variation's variation is not the instance's")
			}
		})
	}
}

// TestVariationsAreAsHard: what second-order differences leave of a continuous problem, and the size of the solution of a
// discrete one, are about those of the instance.
func TestVariationsAreAsHard(t *testing.T) {
	for name, in := range varied(t) {
		if in.task.Matrix != nil || len(in.shape) == 2 && in.shape[0] == 511 {
			continue // four unknowns have no law; and these take long
		}
		measure := func(in *instance) float64 {
			u := differences(t, in, 1e-11)
			_, v := evaluate(t, in, u)
			if in.exact != nil {
				return v[relL2]
			}
			f, err := in.task.Rhs.Float64s()
			if err != nil {
				t.Fatal(err)
			}
			return metrics.L2(u) / metrics.L2(f)
		}
		want := measure(in)
		text := ""
		for k := 1; k <= 6; k++ {
			got := measure(variation(t, in, k)) / want
			text += fmt.Sprintf(" %.3f", got)
			if got < 0.5 || got > 2 {
				t.Errorf("%s, variation %d: %.3g times the instance's %.3g", name, k, got, want)
			}
		}
		t.Logf("%s: %.3g, times%s", name, want, text)
	}
}
