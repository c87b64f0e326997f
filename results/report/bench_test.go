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
			if err := Markdown(io.Discard, boards, View{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkColumns lists 100 000 runs.
func BenchmarkColumns(b *testing.B) {
	var rows [][]string
	for i := range 100_000 {
		rows = append(rows, []string{fmt.Sprint(i), "1", "2026-03-01 12:00", "solved", fmt.Sprintf("poisson/unit-2d[n=%d]", i),
			"multigrid[cycle=V,smoother=rbgs]", "noisy"})
	}
	for b.Loop() {
		if err := Columns(io.Discard, rows); err != nil {
			b.Fatal(err)
		}
	}
}
