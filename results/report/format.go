package report

import (
	"fmt"

	"github.com/solverbench/solverbench/results/rank"
)

// Interval formats a row's median with its interval: "1.23 ms ± 2%", or "1.23 ms [1.20, 1.31]" where that is only the range of a few
// repetitions, or "1.23 ms once".
func Interval(r *rank.Row) string { return interval(r, rank.Defaults.Confidence) }

// Times formats the ratio to the best.
func Times(ratio float64) string { return times(ratio) }

// Percent formats a share.
func Percent(x float64) string { return percent(x) }

// Memory formats a number of bytes, "–" if there are none.
func Memory(bytes int64) string { return memory(bytes) }

// Number formats the value of a metric.
func Number(x float64) string { return number(x) }

// Plural writes a number of things: "1 run", "2 runs".
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Machine says in a line what a board was measured on.
func Machine(b *rank.Board) string { return machine(b) }
