package results

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/solverbench/solverbench/results/migrations"
)

// generate makes a database of as many experiments with as many runs each, of 10 repetitions, and returns its path.
func generate(b *testing.B, experiments, configurations, instances int) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "big.db")
	ctx := context.Background()
	s, err := connect(ctx, path, url.Values{"_journal_mode": {"MEMORY"}, "_synchronous": {"OFF"}})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	if err := s.migrate(ctx, migrations.FS); err != nil {
		b.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for e := range experiments {
		id, err := s.BeginExperiment(ctx, testExperiment())
		if err != nil {
			b.Fatal(err)
		}
		err = s.write(ctx, "generate", func(tx *sql.Tx) error {
			for n := range configurations * instances {
				r := testRun(n % configurations)
				r.Instance.Params["n"], r.Instance.Label = n/configurations, fmt.Sprintf("poisson/unit-2d[n=%d]", n/configurations)
				r.Started = testTime.AddDate(0, 0, e)
				r.Artifacts, r.Events, r.Checkpoints, r.Measurements = nil, nil, nil, r.Measurements[:2]
				r.Repetitions = make([]Repetition, 10)
				for k := range r.Repetitions {
					r.Repetitions[k] = Repetition{Index: k, Warmup: k == 0, Batch: 10, Started: testTime, WallSeconds: 1 + 0.02*random.Float64() + 0.001*float64(n%configurations),
						PluginSeconds: 1, UserSeconds: 1, Evaluations: 1, BytesMoved: 1 << 20, Noise: 1.01, Verified: 1}
				}
				if _, err := saveRun(ctx, tx, id, r); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if _, err := s.db.Exec(`PRAGMA journal_mode = WAL`); err != nil {
		b.Fatal(err)
	}
	return path
}

// Generate is for the benchmarks that need package rank, which imports this one.
var Generate = generate
