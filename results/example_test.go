package results_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/solverbench/solverbench/results"
)

func Example() {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "example-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	store, err := results.Open(ctx, filepath.Join(folder, "solverbench.db"))
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	id, err := store.BeginExperiment(ctx, &results.Experiment{Suite: "quick", Machine: results.Machine{Hostname: "box"}})
	if err != nil {
		log.Fatal(err)
	}
	if err := store.SaveRun(ctx, id, &results.Run{
		Configuration: &results.Configuration{Solver: "cg", Label: "cg", Plugin: results.Plugin{Name: "bundled"}},
		Instance:      &results.Instance{Family: "poisson", Problem: "unit-2d", Label: "poisson/unit-2d[n=63]"},
		Status:        results.Solved,
		Repetitions:   []results.Repetition{{WallSeconds: 0.25}},
		Measurements:  []results.Measurement{{Name: "residual", Value: 3e-11, Better: results.Lower, Role: results.Primary}},
	}); err != nil {
		log.Fatal(err)
	}

	runs, err := store.Runs(ctx, results.Filter{Families: []string{"poisson"}})
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range runs {
		fmt.Println(r.Configuration.Label, "on", r.Instance.Label, r.Status, r.Measurements[0].Value)
	}
	// Output: cg on poisson/unit-2d[n=63] solved 3e-11
}
