//go:build linux

package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/solverbench/solverbench/results"
)

// The test binary is the plugin under that name, and the writer, as the program is.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == pluginName || len(os.Args) > 1 && os.Args[1] == writerCommand {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// SQLite as the store uses it loses nothing with the power; with fewer syncs it does, and that is noticed.
func TestPowerLossOfAWriter(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b, err := newBench(options{seed: 1, binary: self}, t.Name(), false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.remove)
	library, err := b.shim(t.Context())
	var skip skipped
	if errors.As(err, &skip) {
		t.Skip(skip)
	}
	if err == nil {
		err = b.writerScenario(t.Context(), library, 40)
	}
	if err != nil {
		t.Error(err)
	}
}

func TestAcknowledgementsAreRead(t *testing.T) {
	for _, c := range []struct{ line, run string }{
		{"[3/12] poisson/unit-2d[n=3]  cg[precond=ic0]  solved  3.39 µs\n", "poisson/unit-2d[n=3]  cg[precond=ic0]"},
		{"[3/12] poisson/unit-2d[n=3]  cg  inaccurate: 2  or  3\n", "poisson/unit-2d[n=3]  cg"},
		{"[3/12] poisson/unit-2d[n=3]  cg  solved  3.3", ""}, // cut off by the kill
		{"[3/12] poisson/unit-2d[n=3]  cg  could not be run: no space\n", ""},
		{"12 runs, 0 not solved. Stored as experiment 1 in a.db\n", ""},
		{"\n", ""},
	} {
		if run, ok := acknowledged(c.line); run != c.run || ok != (c.run != "") {
			t.Errorf("%q: %q, %v, expected %q", c.line, run, ok, c.run)
		}
	}
}

// store returns a snapshot of one experiment with runs of two configurations, of which f may change anything.
func store(f func(*snapshot)) *snapshot {
	s := &snapshot{experiments: []results.Experiment{{ID: 1, Outcome: results.Finished}}}
	for i, label := range []string{"a", "b"} {
		s.runs = append(s.runs, results.Run{
			ID: int64(i + 1), Experiment: 1, Status: results.Solved, Started: time.Unix(100, 0).UTC(),
			Instance: &results.Instance{Label: "x"}, Configuration: &results.Configuration{Label: label},
			Repetitions: make([]results.Repetition, 2), Measurements: []results.Measurement{{Name: "residual", Value: 1}},
		})
	}
	f(s)
	return s
}

// Everything that could be wrong with a database is noticed.
func TestLedgerNotices(t *testing.T) {
	nothing := func(*snapshot) {}
	plan := map[string]string{}
	for _, r := range store(nothing).runs {
		plan[nameOf(&r)] = shape(&r)
	}
	for _, c := range []struct {
		name  string
		later func(*snapshot)
		acked []string // later
		want  string   // in the message, empty for none
	}{
		{"all well", nothing, nil, ""},
		{"lost", func(s *snapshot) { s.runs = s.runs[:1] }, nil, "x  b was stored and is lost"},
		{"repeated", func(s *snapshot) { s.runs[1].Started = time.Unix(200, 0).UTC() }, nil, "another now"},
		{"renumbered", func(s *snapshot) { s.runs[1].ID = 7 }, nil, "another now"},
		{"twice", func(s *snapshot) { s.runs = append(s.runs, s.runs[0]) }, nil, "twice"},
		{"without repetitions", func(s *snapshot) { s.runs[0].Repetitions = nil }, nil, "not whole"},
		{"without measurements", func(s *snapshot) { s.runs[0].Measurements = nil }, nil, "not whole"},
		{"other status", func(s *snapshot) { s.runs[0].Status = results.Crashed }, nil, "not whole"},
		{"cancelled instead", func(s *snapshot) { s.runs[0].Status = results.Cancelled }, nil, "x  a was stored and is lost"},
		{"unplanned", func(s *snapshot) { s.runs[0].Instance.Label = "y" }, nil, "nobody planned"},
		{"made again", nothing, []string{"x  a"}, "acknowledged again"},
		{"acknowledged and lost", nothing, []string{"x  c"}, "x  c was acknowledged and is lost"},
	} {
		g := newLedger(plan)
		if err := g.check(store(nothing), 1, []string{"x  a", "x  b"}); err != nil {
			t.Fatal(err)
		}
		if err := g.complete(store(nothing)); err != nil {
			t.Fatal(err)
		}
		err := g.check(store(c.later), 1, c.acked)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, expected %q", c.name, err, c.want)
		}
	}
	for _, c := range []struct {
		name  string
		later func(*snapshot)
		want  string
	}{
		{"unfinished", func(s *snapshot) { s.experiments[0].Outcome = results.Running }, "is running"},
		{"missing", func(s *snapshot) { s.runs = s.runs[:1] }, "x  b is missing"},
		{"in flight", func(s *snapshot) {
			r := s.runs[0]
			r.Status = results.Cancelled
			s.runs = append(s.runs, r)
		}, "is cancelled"},
	} {
		if err := newLedger(plan).complete(store(c.later)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, expected %q", c.name, err, c.want)
		}
	}
}

// A process that runs from the bench's folder is found, and so is what lies in TMPDIR.
func TestLitterIsFound(t *testing.T) {
	dir := t.TempDir()
	b := &bench{dir: dir, tmp: filepath.Join(dir, "tmp")}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	plugin := filepath.Join(dir, pluginName)
	if err := errors.Join(os.MkdirAll(filepath.Join(b.tmp, "left"), 0o700), copyFile(plugin, self)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	stay := exec.CommandContext(ctx, plugin, childArgument)
	if err := stay.Start(); err != nil {
		t.Fatal(err)
	}
	if left, err := b.running(); err != nil || len(left) != 1 {
		t.Errorf("running: %v, error %v, expected one process", left, err)
	}
	cancel()
	_ = stay.Wait() // it was killed
	if err := b.noOrphans(); err != nil {
		t.Error(err)
	}
	left, err := b.leftovers()
	if err != nil || len(left) != 1 {
		t.Fatalf("left: %v, error %v, expected one folder", left, err)
	}
	if err := nothingLeft(left); err == nil {
		t.Error("a folder that is left is not noticed")
	}
}
