package measure

import (
	"math"
	"slices"

	"golang.org/x/perf/benchmath"
)

// Interval is the median of some times with its confidence interval, which assumes nothing of their distribution but that
// they are independent draws from it: nearly those of a calm machine, or of configurations that take turns. Times that
// resemble the ones before them make it too narrow: by simulation, a 95 % interval of 16 times covers the median in 91, 85 and 74 %
// of cases where neighbours are correlated by 0.2, 0.4 and 0.6.
type Interval struct {
	Median float64
	// One of Lo and Hi or both are infinite if there are too few times for an interval of the confidence asked for.
	Lo, Hi float64
	// Confidence is that of this interval, at least what was asked for.
	Confidence float64
}

// Median returns the median of times with its interval at a confidence such as 0.95. Of no times, it is NaN.
func Median(seconds []float64, confidence float64) Interval {
	if len(seconds) == 0 {
		return Interval{Median: math.NaN(), Lo: math.Inf(-1), Hi: math.Inf(1)}
	}
	sample := benchmath.Sample{Values: slices.Sorted(slices.Values(seconds))}
	sum := benchmath.AssumeNothing.Summary(&sample, confidence)
	return Interval{Median: sum.Center, Lo: sum.Lo, Hi: sum.Hi, Confidence: sum.Confidence}
}

// Precision is how far the interval reaches from the median, to its farther end and relative to the median; +Inf if that is
// unknown.
func (i Interval) Precision() float64 {
	p := max(i.Hi-i.Median, i.Median-i.Lo) / i.Median
	if math.IsNaN(p) || p < 0 {
		return math.Inf(1)
	}
	return p
}

// Needed is how many times an interval of the median at this confidence needs: 6 at 0.95, where the chance that all of
// them lie on one side of the median first is below 5 %.
func Needed(confidence float64) int {
	return 1 + int(math.Ceil(-math.Log2(1-confidence)))
}
