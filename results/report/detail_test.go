package report

import (
	"strings"
	"testing"
	"unicode"

	"github.com/solverbench/solverbench/results"
)

func detail(t *testing.T, r results.Run, s Style) string {
	t.Helper()
	var b strings.Builder
	e := &results.Experiment{ID: 3, UID: "0195-e1", Outcome: results.Finished, Command: []string{"solverbench", "run"},
		Suite: "quick", Seed: 7, HarnessVersion: "0.1.0", GoVersion: "go1.26", Settings: map[string]any{"threads": 1}}
	if err := Run(&b, NewDetail(&r, e), s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func everything() results.Run {
	r := doubtful()[0]
	r.ID, r.Seed, r.Exit, r.NullCallSeconds, r.MinorFaults = 12, 42, "exit status 0", 1e-4, 1200
	r.Limits, r.LoadBefore = map[string]any{"memory": "4GB"}, 0.25
	r.Checkpoints = []results.Checkpoint{{Index: 1, Seconds: 0.5, Measurements: []results.Measurement{residual(1e-3)}}}
	r.Events = []results.Event{{Time: epoch, Level: "warn", Kind: "limit", Message: "close to the limit"}}
	r.Artifacts = []results.Artifact{{Name: "u", Path: "out/u.npy", Bytes: 4096}}
	r.Stderr = "warming up\nsecond\tline\n"
	return r
}

func TestRunGolden(t *testing.T) {
	golden(t, "run.txt", detail(t, everything(), Style{Width: 100, View: View{Wide: true}}))
	bare := failed(few(run(unit2d, "sor", "", 9), -1), results.Timeout, "killed after 60 s")
	bare.SetupSeconds, bare.Machine = 0, nil
	golden(t, "run-failed.txt", detail(t, bare, Style{Width: 100, View: View{Wide: true}}))
}

func TestRunHidesNothingHostile(t *testing.T) {
	r := everything()
	r.Stderr = hostile + "\n" + hostile
	r.Exit, r.Reason, r.Flags, r.Configuration.Label = hostile, hostile, []string{hostile}, hostile
	r.Limits = map[string]any{hostile: hostile}
	r.Events[0].Message, r.Artifacts[0].Name = hostile, hostile
	r.Stopped, r.PeakMemorySource = hostile, hostile
	for _, c := range detail(t, r, Style{}) {
		if c != '\n' && c != ' ' && !unicode.IsPrint(c) {
			t.Errorf("output has %U", c)
		}
	}
}
