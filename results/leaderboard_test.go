package results_test

import (
	"io"
	"testing"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
	"github.com/solverbench/solverbench/results/report"
)

// BenchmarkLeaderboard100k is what the leaderboard command does with 100 000 runs of 10 repetitions: all of them in it,
// or the newest thousand of a history of a hundred experiments.
func BenchmarkLeaderboard100k(b *testing.B) {
	for _, c := range []struct {
		name                                   string
		experiments, configurations, instances int
	}{
		{"all", 1, 100, 1000},
		{"history", 100, 10, 100},
	} {
		b.Run(c.name, func(b *testing.B) {
			path := results.Generate(b, c.experiments, c.configurations, c.instances)
			var runs []results.Run
			load := func(b *testing.B, get func(*results.Store) ([]results.Run, error)) {
				s, err := results.OpenReadOnly(b.Context(), path)
				if err != nil {
					b.Fatal(err)
				}
				defer s.Close()
				if runs, err = get(s); err != nil {
					b.Fatal(err)
				}
			}
			newest := func(s *results.Store) ([]results.Run, error) {
				return s.Runs(b.Context(), results.Filter{Newest: true})
			}
			b.Run("Runs", func(b *testing.B) {
				for b.Loop() {
					load(b, func(s *results.Store) ([]results.Run, error) { return s.Runs(b.Context(), results.Filter{}) })
				}
			})
			b.Run("Bare", func(b *testing.B) {
				for b.Loop() {
					load(b, func(s *results.Store) ([]results.Run, error) { return s.Runs(b.Context(), results.Filter{Bare: true}) })
				}
			})
			b.Run("Newest", func(b *testing.B) {
				for b.Loop() {
					load(b, newest)
				}
			})
			load(b, newest)
			var boards []rank.Board
			b.Run("Boards", func(b *testing.B) {
				for b.Loop() {
					boards = rank.Boards(runs, rank.Defaults)
				}
			})
			b.Run("JSON", func(b *testing.B) {
				for b.Loop() {
					if err := report.JSON(io.Discard, rank.Rows(boards)); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run("Terminal", func(b *testing.B) {
				for b.Loop() {
					if err := report.Terminal(io.Discard, boards, report.Style{}); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
