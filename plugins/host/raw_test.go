package host

import (
	"strings"
	"testing"

	"github.com/solverbench/solverbench/internal/rogue"
)

// What a plugin does below the SDK is a protocol error that says what was wrong, and never the harness's end.
func TestBrokenContract(t *testing.T) {
	for mode, says := range map[string]string{
		"twice":               "more after the result",
		"huge":                "larger than max",
		"huge-checkpoint":     "larger than max",
		"endless-checkpoints": "more checkpoints than the 3 asked for",
		"exit-in-checkpoint":  "ended during Solve (exit status 5)",
		"garbage-answer":      "solution:",
		"other-type":          "expected solverbench.poisson.v1.Solution",
		"empty-event":         "an event without content",
		"no-result":           "ended without a result",
	} {
		t.Run(mode, func(t *testing.T) {
			if mode == "huge" && testing.Short() {
				t.Skip("a message of 2 GB")
			}
			c, err := Launch(t.Context(), Config{Command: rogue.Command(mode)})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			s, err := c.Open(t.Context(), SessionConfig{Solver: "raw", Task: task(3), Shapes: [][]int{{3, 3}}, MaxCheckpoints: 3})
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Solve(t.Context(), SolveConfig{Checkpoints: true})
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("error %v, want one that says %q", err, says)
			}
		})
	}
}
