package rank

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/solverbench/solverbench/results"
)

// many returns runs of 10 repetitions that share pointers, as runs from a store do: each of the configurations on each
// of the instances in each of the experiments. Times of neighbouring configurations overlap.
func many(experiments, instances, configurations int) []results.Run {
	r := rand.New(rand.NewPCG(1, 2))
	all := make([]*results.Configuration, configurations)
	for c := range all {
		all[c] = &results.Configuration{Plugin: results.Plugin{Name: "bundled"}, Solver: "multigrid",
			Options: map[string]any{"cycle": fmt.Sprint(c), "smoother": "rbgs"}, Label: fmt.Sprintf("multigrid[cycle=%d,smoother=rbgs]", c)}
	}
	var runs []results.Run
	for i := range instances {
		on := &results.Instance{Family: "poisson", Problem: "unit-2d", Label: fmt.Sprintf("poisson/unit-2d[n=%d]", i),
			Params: map[string]any{"n": i}, Primary: "residual", RankBy: results.ByTime, Tolerance: 1e-10, Unknowns: int64(i * i)}
		for e := range experiments {
			for c := range configurations {
				run := results.Run{ID: int64(len(runs)), ExperimentUID: fmt.Sprint(e), Machine: box, Instance: on, Configuration: all[c],
					Status: results.Solved, Threads: 1, Started: epoch.Add(time.Duration(len(runs)) * time.Second), SetupSeconds: 1e-3,
					TransportSeconds: 1e-4, Answers: 10, Verified: 10, PeakMemoryBytes: 1 << 20,
					Repetitions:  make([]results.Repetition, 10),
					Measurements: []results.Measurement{{Name: "residual", Value: 1e-11, Better: results.Lower, Role: results.Primary}}}
				for k := range run.Repetitions {
					run.Repetitions[k] = results.Repetition{Index: k, Batch: 10, UserSeconds: 0.01,
						WallSeconds: 0.01 * (1 + 0.01*float64(c) + 0.02*r.Float64())}
				}
				runs = append(runs, run)
			}
		}
	}
	return runs
}

// BenchmarkBoards ranks 100 000 runs of 10 repetitions: of one experiment, and of many with the same runs.
func BenchmarkBoards(b *testing.B) {
	for _, n := range []struct{ experiments, instances, configurations int }{
		{1, 1000, 100}, {1, 10000, 10}, {100, 50, 20},
	} {
		runs := many(n.experiments, n.instances, n.configurations)
		b.Run(fmt.Sprintf("experiments=%d/instances=%d/configurations=%d", n.experiments, n.instances, n.configurations), func(b *testing.B) {
			for b.Loop() {
				Boards(runs, Defaults)
			}
		})
	}
}
