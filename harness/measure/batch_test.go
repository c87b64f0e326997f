package measure

import (
	"testing"
	"time"
)

func TestBatch(t *testing.T) {
	const target, most = 100 * time.Millisecond, 100_000
	for _, c := range []struct {
		name       string
		solve      time.Duration
		was, most  int
		want, upTo int
	}{
		{"long enough alone", time.Second, 1, most, 1, 1},
		{"just long enough", target, 1, most, 1, 1},
		{"a little short", 99 * time.Millisecond, 1, most, 2, 2},
		{"20 % more than fits", time.Millisecond, 1, most, 100, 121},
		{"20 % more than fits, from a batch", time.Millisecond, 50, most, 120, 121},
		{"never a hundred times more", time.Microsecond, 1, most, 100, 100},
		{"too short to be seen", 0, 1, most, 100, 100},
		{"too short to be seen, again", 0, 5000, most, most, most},
		{"long enough in a batch", time.Millisecond, 100, most, 100, 100},
		{"grows though the last was nearly enough", time.Millisecond, 99, most, 120, 121},
		{"the most", time.Nanosecond, most, most, most, most},
		{"the most of few", time.Millisecond, 1, 10, 10, 10},
		{"no batches", time.Millisecond, 1, 1, 1, 1},
		{"no batches, said otherwise", time.Millisecond, 0, 0, 1, 1},
		{"a time that went backwards", -time.Second, 1, most, 100, 100},
	} {
		if got := Batch(c.solve, target, c.was, c.most); got < c.want || got > c.upTo {
			t.Errorf("%s: %d, want %d to %d", c.name, got, c.want, c.upTo)
		}
	}
}

func TestBatchSettles(t *testing.T) {
	const target, most = 100 * time.Millisecond, 10_000_000
	for _, solve := range []time.Duration{20, 300, 5000, 70_000, time.Millisecond, 30 * time.Millisecond, time.Second} {
		was := 1
		for call := 1; ; call++ {
			overhead := 50 * time.Microsecond // paid once a call: the first calls make solves look slower
			seen := solve + overhead/time.Duration(was)
			next := Batch(seen, target, was, most)
			if next == was {
				break
			}
			if next < was || next > 100*was {
				t.Fatalf("%v: from %d to %d", solve, was, next)
			}
			if was = next; call > 8 {
				t.Fatalf("%v: not settled at %d", solve, was)
			}
		}
		if lasts := solve*time.Duration(was) + 50*time.Microsecond; lasts < target {
			t.Errorf("%v: %d last only %v", solve, was, lasts)
		}
	}
}
