package report

import (
	"fmt"
	"io"
	"testing"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
)

// BenchmarkTables writes the leaderboards of 100 000 runs.
func BenchmarkTables(b *testing.B) {
	var runs []results.Run
	for i := range 1000 {
		instance := *unit2d
		instance.Label, instance.Params = fmt.Sprintf("poisson/unit-2d[n=%d]", i), map[string]any{"n": i}
		for c := range 100 {
			r := run(&instance, "multigrid", fmt.Sprintf("cycle=%d", c), 0.1+0.001*float64(c), residual(1e-11))
			r.ID = int64(len(runs))
			runs = append(runs, r)
		}
	}
	boards := rank.Boards(runs, rank.Defaults)
	b.Run("terminal", func(b *testing.B) {
		for b.Loop() {
			if err := Terminal(io.Discard, boards, Style{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("markdown", func(b *testing.B) {
		for b.Loop() {
			if err := Markdown(io.Discard, boards, false); err != nil {
				b.Fatal(err)
			}
		}
	})
}
