package measure_test

import (
	"context"
	"fmt"
	"time"

	"github.com/solverbench/solverbench/harness/measure"
)

func ExampleMedian() {
	times := []float64{0.103, 0.101, 0.102, 0.250, 0.102, 0.104}
	i := measure.Median(times, 0.95)
	fmt.Printf("%.4g s, from %.4g to %.4g s with %.3g %% confidence\n", i.Median, i.Lo, i.Hi, 100*i.Confidence)
	// Output: 0.1025 s, from 0.101 to 0.25 s with 96.9 % confidence
}

func ExamplePolicy() {
	policy := measure.Policy{Precision: 0.02, Confidence: 0.95, Budget: 10 * time.Second}
	var times []float64
	var spent time.Duration
	for {
		took := 100*time.Millisecond + time.Duration(len(times)%3)*time.Millisecond // in place of a solve
		times, spent = append(times, took.Seconds()), spent+took
		if stop, done := policy.Done(times, spent); done {
			fmt.Printf("%d repetitions, for %s: ±%.1f %%\n", len(times), stop, 100*policy.Interval(times).Precision())
			return
		}
	}
	// Output: 8 repetitions, for precision: ±1.0 %
}

func ExampleBatch() {
	const solve = 300 * time.Microsecond // in place of a measurement
	was := 1
	for {
		next := measure.Batch(solve, 100*time.Millisecond, was, 100_000)
		if next == was {
			break
		}
		fmt.Println(next, "solves in the next call")
		was = next
	}
	fmt.Println("they last", time.Duration(was)*solve)
	// Output:
	// 100 solves in the next call
	// 401 solves in the next call
	// they last 120.3ms
}

// What is printed depends on the machine.
func ExampleCalibrate() {
	placement := measure.Place(1)
	noise, err := measure.Calibrate(context.Background(), placement.Plugin)
	if err != nil {
		fmt.Println(err)
		return
	}
	before := measure.ReadEnvironment()
	for _, warning := range before.Warnings() {
		fmt.Println("warning:", warning)
	}
	// … measure something here …
	probe, err := noise.Probe()
	if err != nil {
		fmt.Println(err)
		return
	}
	if noise.Off(probe) {
		fmt.Printf("disturbed: the reference kernels took %.2f times as long as when calm\n", probe.Ratio)
	}
	for _, arose := range measure.Since(before, measure.ReadEnvironment()) {
		fmt.Println(arose)
	}
}
