package measure

import (
	"slices"
	"time"
)

// ClockInfo is what reading the time costs and shows.
type ClockInfo struct {
	Overhead   time.Duration // of a reading, typical
	Resolution time.Duration // the least difference seen between two readings
	Source     string        // the kernel's, such as tsc; empty if it cannot be read
}

// Clock measures the clock that all times are read from. It takes some milliseconds.
func Clock() ClockInfo {
	const batches, readings = 25, 1000
	info := ClockInfo{Source: system().line("sys/devices/system/clocksource/clocksource0/current_clocksource")}
	costs := make([]time.Duration, 0, batches)
	for range batches {
		began := time.Now()
		last := began
		for range readings {
			now := time.Now()
			if step := now.Sub(last); step > 0 && (info.Resolution == 0 || step < info.Resolution) {
				info.Resolution = step
			}
			last = now
		}
		costs = append(costs, last.Sub(began)/readings)
	}
	slices.Sort(costs)
	info.Overhead = costs[batches/2]
	return info
}
