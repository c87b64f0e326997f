package results_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
)

// TestNewestIsWhatRankShows: what is left out of Newest changes no leaderboard.
func TestNewestIsWhatRankShows(t *testing.T) {
	ctx := t.Context()
	s, err := results.Open(ctx, filepath.Join(t.TempDir(), "newest.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	random := rand.New(rand.NewPCG(3, 4))
	for e := range 4 {
		id, err := s.BeginExperiment(ctx, &results.Experiment{Machine: results.Machine{Hostname: fmt.Sprint("box", e%2)}})
		if err != nil {
			t.Fatal(err)
		}
		for n := range 12 {
			r := results.Run{
				Configuration: &results.Configuration{Solver: "cg", Label: fmt.Sprint("cg", n%4), Options: map[string]any{"n": n % 4},
					Plugin: results.Plugin{Name: "bundled", Version: fmt.Sprint(e)}},
				Instance: &results.Instance{Family: "ks", Problem: "l22", Label: fmt.Sprint("ks/l22 ", n/4), Params: map[string]any{"i": n / 4}},
				Status:   []results.Status{results.Solved, results.Cancelled}[random.IntN(2)], Threads: 1 + random.IntN(2), Flags: []string{"noisy"}[:random.IntN(2)], Evaluations: 3,
				Started:      time.Date(2026, 1, 1+random.IntN(3), 0, 0, 0, 0, time.UTC),
				SetupSeconds: 1, TransportSeconds: 1e-4, Precision: 0.01, Stopped: results.StopBudget, Answers: 5, Verified: 4, Noise: 1.5,
				PeakMemoryBytes: 1, PeakMemorySource: results.MemorySampled, CPUs: []int{1}, Attempts: 2, BackgroundSeconds: 0.5,
				Limits: map[string]any{"memory": "1GiB"}, Stderr: "text",
				Measurements: []results.Measurement{{Name: "rel-l2", Value: random.Float64(), Better: results.Lower, Role: results.Primary}},
				Checkpoints:  []results.Checkpoint{{Measurements: []results.Measurement{{Name: "rel-l2", Value: 1}}}},
			}
			for k := range 3 + random.IntN(9) {
				r.Repetitions = append(r.Repetitions, results.Repetition{Index: k, Warmup: k == 0, Batch: 3, WallSeconds: random.Float64(),
					UserSeconds: random.Float64(), SystemSeconds: random.Float64(), Started: time.Unix(1, 0)})
			}
			if err := s.SaveRun(ctx, id, &r); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, f := range map[string]results.Filter{"all": {}, "some": {Experiments: []int64{1, 3}}} {
		all, err := s.Runs(ctx, f)
		if err != nil {
			t.Fatal(err)
		}
		f.Newest = true
		newest, err := s.Runs(ctx, f)
		if err != nil {
			t.Fatal(err)
		}
		want, got := rank.Boards(all, rank.Defaults), rank.Boards(newest, rank.Defaults)
		if len(newest) >= len(all) || len(want) == 0 {
			t.Errorf("%s: %d runs of %d, %d boards", name, len(newest), len(all), len(want))
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(rank.Row{})); diff != "" {
			t.Errorf("%s: boards of all runs and of the newest differ (-all +newest):\n%s", name, diff)
		}
	}
}
