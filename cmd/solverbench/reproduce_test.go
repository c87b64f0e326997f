package main

import (
	"math"
	"strings"
	"testing"

	"github.com/solverbench/solverbench/results"
)

// recordedRun is a run of six repetitions, around a time.
func recordedRun(uid string, status results.Status, seconds float64) *recorded {
	r := &recorded{
		run: results.Run{
			ID: 1, Experiment: 1, ExperimentUID: uid, Status: status, Threads: 1, Machine: &results.Machine{Hostname: "here", Kernel: "6.1"},
			Configuration: &results.Configuration{Plugin: results.Plugin{Name: "p", Version: "1", SHA256: uid}, Solver: "s", Label: "s"},
			Instance:      &results.Instance{Family: "f", Problem: "p", Label: "f/p", Hash: "abc"},
			Measurements:  []results.Measurement{{Name: "error", Value: 1}, {Name: "odd", Value: math.NaN()}},
		},
		experiment: &results.Experiment{UID: uid, GoVersion: "go1", Machine: results.Machine{Hostname: "here", Kernel: "6.1"}},
	}
	for i := range 6 {
		r.run.Repetitions = append(r.run.Repetitions, results.Repetition{Index: i, WallSeconds: seconds * (1 + float64(i)/1000)})
	}
	return r
}

func TestAgree(t *testing.T) {
	few := recordedRun("now", results.Solved, 1)
	few.run.Repetitions = few.run.Repetitions[:1]
	for _, c := range []struct {
		name      string
		then, now *recorded
		want      agreement
		why       string
	}{
		{"same", recordedRun("then", results.Solved, 1), recordedRun("now", results.Solved, 1), agrees, "do not differ"},
		{"slower", recordedRun("then", results.Solved, 1), recordedRun("now", results.Solved, 9), differs, "worse, by a factor of 9"},
		{"faster", recordedRun("then", results.Solved, 9), recordedRun("now", results.Solved, 1), differs, "better"},
		{"few", recordedRun("then", results.Solved, 1), few, cannotTell, "too few"},
		{"lost", recordedRun("then", results.Solved, 1), recordedRun("now", results.Timeout, 1), differs, "it was solved, and is timeout"},
		{"neither", recordedRun("then", results.Timeout, 1), recordedRun("now", results.Timeout, 1), agrees, "timeout again"},
	} {
		got, err := agree(c.then, c.now)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got.Verdict != c.want || !strings.Contains(got.Why, c.why) {
			t.Errorf("%s: %s: %s, expected %s: …%s…", c.name, got.Verdict, got.Why, c.want, c.why)
		}
		if d := got.Differences; len(d) != 1 || d[0] != (difference{"plugin checksum", "then", "now"}) {
			t.Errorf("%s: differences %v, expected the checksum", c.name, d)
		}
		if m := got.Metrics; len(m) != 2 || m[0].Now == nil || *m[0].Now != 1 || m[1].Then != nil {
			t.Errorf("%s: metrics %v, expected error 1 and odd without a value", c.name, m)
		}
	}
	changed := recordedRun("now", results.Solved, 1)
	changed.run.Instance.Hash = "def"
	_, err := agree(recordedRun("then", results.Solved, 1), changed)
	if err == nil || exitCode(err) != exitUnsolved || !strings.Contains(err.Error(), "its hash is def, expected abc") {
		t.Errorf("a changed definition: %v, expected both hashes and exit code %d", err, exitUnsolved)
	}
}
