package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/internal/rogue"
	"github.com/solverbench/solverbench/metrics"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/arrayio"
	"github.com/solverbench/solverbench/problems/registry"
	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/bundle"
)

// answeredRun is a run with its solution, as the harness would store it.
func answeredRun(t *testing.T, dir string) *results.Run {
	t.Helper()
	catalog := &harness.Catalog{Families: registry.Families()}
	spec, instance := oneInstance(t, catalog, "poisson/unit-2d[n=7]")
	family := catalog.Families[slices.IndexFunc(catalog.Families, func(f problems.Family) bool { return f.Name == spec.Family })]
	array := metrics.Array{Shape: instance.SolutionShapes()[0], Values: make([]float64, 49)}
	array.Values[24] = 0.1
	solution, err := family.Solution(map[string]metrics.Array{family.MainArray: array})
	if err != nil {
		t.Fatal(err)
	}
	e, err := instance.Evaluate(t.Context(), solution)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "u.npy")
	if err := arrayio.WriteNPY(path, array); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	r := &results.Run{
		Status: results.Status(e.Verdict), Reason: e.Reason, Threads: 1, Started: time.Now(), Finished: time.Now(),
		Configuration: &results.Configuration{Plugin: results.Plugin{Name: "bundled", Version: "1", SHA256: "ab", Bundled: true}, Solver: "s", Label: "s"},
		Instance: &results.Instance{
			Family: spec.Family, Problem: spec.Problem, Label: spec.String(), Params: map[string]any{"n": 7}, Tolerance: spec.Tolerance,
			Hash:    "821caed84467c15b4486f354b765f48efa1b16797b62f471c82cb0666744e219",
			Primary: spec.Definition().Primary, RankBy: results.ByTime, Unknowns: int64(instance.Size()),
		},
		Repetitions: []results.Repetition{{Started: time.Now(), WallSeconds: 1}},
		Artifacts:   []results.Artifact{{Name: family.MainArray, Path: path, SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(text))}},
	}
	for i, m := range e.Metrics {
		role := results.Secondary
		if i == 0 {
			role = results.Primary
		}
		r.Measurements = append(r.Measurements, results.Measurement{Name: m.Name, Value: m.Value, Unit: m.Unit, Better: results.Better(m.Better), Role: role})
	}
	return r
}

func oneInstance(t *testing.T, catalog *harness.Catalog, label string) (problems.Spec, problems.Instance) {
	t.Helper()
	specs, err := catalog.Instances([]string{label}, 0)
	if err != nil {
		t.Fatal(err)
	}
	instance, err := specs[0].Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return specs[0], instance
}

// TestVerifyFindsLies bundles runs of authors whose databases are not what the harness stored: everything in the bundle fits together, but
// not the solutions.
func TestVerifyFindsLies(t *testing.T) {
	for name, c := range map[string]struct {
		lie  func(*results.Run)
		want string
	}{
		"none":      {func(*results.Run) {}, "metrics: pass: : computed again from the solutions of 1 run, the 2 metrics are as stored, 2 of them to the last bit"},
		"metric":    {func(r *results.Run) { r.Measurements[0].Value /= 2 }, "metrics: fail: run 1, s on poisson/unit-2d[n=7]: rel-residual is stored as "},
		"status":    {func(r *results.Run) { r.Status = results.Solved }, "status is stored as solved and found to be inaccurate"},
		"tolerance": {func(r *results.Run) { r.Instance.Tolerance, r.Status = 1e9, results.Solved }, "metrics: fail: run 1, s on poisson/unit-2d[n=7]: instance is stored as"},
		"unknowns":  {func(r *results.Run) { r.Instance.Unknowns *= 100 }, "number of unknowns is stored as 4900 and found to be 49"},
		"solution":  {func(r *results.Run) { r.Artifacts[0].SHA256 = strings.Repeat("0", 64) }, "solutions: skip: : 1 run without"},
		"size":      {func(r *results.Run) { r.Instance.Params["n"] = 15 }, "it cannot be judged again: its solution: "},
		"a file": {func(r *results.Run) {
			r.Instance.Problem, r.Instance.Params = "matrix-market", map[string]any{"file": "/dev/zero"}
		},
			"metrics: skip: run 1, s on poisson/unit-2d[n=7]: its problem lives on a file that is not here"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			run := answeredRun(t, dir)
			c.lie(run)
			var lines strings.Builder
			for _, f := range verified(t, dir, run) {
				lines.WriteString(f.Check + ": " + string(f.Outcome) + ": " + f.Subject + ": " + f.Message + "\n")
			}
			if !strings.Contains(lines.String(), c.want) {
				t.Errorf("found\n%sexpected %s", lines.String(), c.want)
			}
		})
	}
}

// TestJudging has a process that judges solutions end for want of time, of memory, and for other reasons.
func TestJudging(t *testing.T) {
	t.Parallel()
	if rogue.RaceEnabled {
		t.Skip("the race detector's shadow of the memory is more than the limits of this test")
	}
	dir := t.TempDir()
	run := answeredRun(t, dir)
	store, err := results.Open(t.Context(), filepath.Join(dir, "all.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	id, err := store.BeginExperiment(t.Context(), &results.Experiment{Command: []string{"run"}, Suite: "s"})
	if err != nil {
		t.Fatal(err)
	}
	large := *run
	in := *run.Instance
	large.Instance, in.Params = &in, map[string]any{"n": 16383} // 2 GiB an array
	for _, r := range []*results.Run{run, &large} {
		if err := store.SaveRun(t.Context(), id, r); err != nil {
			t.Fatal(err)
		}
	}
	arrays := map[string]string{"u": run.Artifacts[0].Path}
	for _, c := range []struct {
		run     int64
		timeout time.Duration
		want    answered
	}{
		{run.ID, time.Minute, answered{Outcome: bundle.Pass, Metrics: 2, Exact: 2}},
		{large.ID, time.Minute, answered{Outcome: bundle.Skip, Message: "judging it again takes more than 64 MiB (--memory)"}},
		{run.ID, time.Microsecond, answered{Outcome: bundle.Skip, Message: "judging it again takes more than 1µs (--timeout)"}},
		{99, time.Minute, answered{Outcome: bundle.Fail, Message: "it cannot be judged again: the process that did has ended: solverbench: run 99: not in the database"}},
	} {
		j := &judgeProcess{database: store.Path(), memory: 64 << 20, timeout: c.timeout}
		for range 2 { // the second time by the process that is left, or by another
			if got, err := j.ask(t.Context(), question{c.run, arrays}); err != nil || got != c.want {
				t.Errorf("run %d: %+v, error %v, expected %+v", c.run, got, err, c.want)
			}
		}
		j.end()
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	j := &judgeProcess{database: store.Path(), memory: 64 << 20, timeout: time.Minute}
	defer j.end()
	if _, err := j.ask(ended, question{run.ID, arrays}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, expected that it was stopped", err)
	}
}

// verified stores a run, bundles it, and verifies the bundle.
func verified(t *testing.T, dir string, run *results.Run) []bundle.Finding {
	t.Helper()
	ctx := t.Context()
	store, err := results.Open(ctx, filepath.Join(dir, "all.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	id, err := store.BeginExperiment(ctx, &results.Experiment{Command: []string{"run"}, Suite: "s", Machine: harness.ThisMachine()})
	if err == nil {
		err = store.SaveRun(ctx, id, run)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := &cobra.Command{}
	cmd.SetContext(ctx)
	solutions, _ := (&bundleFlags{}).find([]results.Run{*run})
	path := filepath.Join(dir, "b.tar.gz")
	_, _, err = bundle.Create(ctx, path, bundle.Contents{
		Store: store, Runs: []int64{run.ID}, Solutions: solutions, Made: time.Now(), Version: version(), Revision: revision(),
		Plugins: []bundle.Source{{Plugin: bundle.Plugin{Name: "bundled", Version: "1", SHA256: "ab", Bundled: true, Omitted: "it is a part of solverbench"}}},
		WritePages: func(_ context.Context, m *bundle.Manifest, database, dir string) error {
			return writePages(cmd, m, database, dir)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	found, err := (&verifyFlags{timeout: time.Minute, memory: 8 << 30}).check(cmd, path)
	if err != nil {
		t.Fatal(err)
	}
	return found
}
