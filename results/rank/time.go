package rank

import (
	"cmp"
	"math"
	"slices"

	"golang.org/x/perf/benchmath"

	"github.com/solverbench/solverbench/results"
)

// TooFew begins the warning of a row whose interval is the range of its times, for want of repetitions.
const TooFew = "no confidence interval, only the least and the most"

// summarise fills in the median and its interval.
func (r *Row) summarise(s Settings) {
	n := len(r.times)
	if n == 0 {
		r.Warnings = append(r.Warnings, "no timed repetition")
		return
	}
	sum := benchmath.AssumeNothing.Summary(r.sample(s), s.Confidence)
	for _, w := range sum.Warnings {
		r.Warnings = append(r.Warnings, TooFew+": "+w.Error())
	}
	lo, hi := sum.Lo, sum.Hi
	r.Confidence = sum.Confidence
	if math.IsInf(lo, 0) || math.IsInf(hi, 0) {
		lo, hi = r.times[0], r.times[n-1]
		// The median is outside the range if all n fall on the same side of it.
		r.Confidence = 1 - math.Pow(2, float64(1-n))
	}
	r.MedianSeconds, r.LoSeconds, r.HiSeconds = &sum.Center, &lo, &hi
}

func (r *Row) sample(s Settings) *benchmath.Sample {
	return &benchmath.Sample{Values: r.times, Thresholds: &benchmath.Thresholds{CompareAlpha: s.Alpha}}
}

// rankByTime gives places to the solved rows that were timed.
func rankByTime(rows []Row, s Settings) {
	var ranked []*Row
	for i := range rows {
		if rows[i].MedianSeconds != nil {
			ranked = append(ranked, &rows[i])
		}
	}
	slices.SortFunc(ranked, func(a, b *Row) int {
		return cmp.Or(cmp.Compare(*a.MedianSeconds, *b.MedianSeconds), cmp.Compare(a.Configuration, b.Configuration))
	})
	place(ranked, func(leader, r *Row) bool { return alike(leader, r, s) })
}

// alike says whether the times of two rows cannot be told apart.
func alike(a, b *Row, s Settings) bool {
	if leastP(len(a.times), len(b.times)) > s.Alpha {
		return a.times[0] <= b.times[len(b.times)-1] && b.times[0] <= a.times[len(a.times)-1]
	}
	return benchmath.AssumeNothing.Compare(a.sample(s), b.sample(s)).P > s.Alpha
}

// leastP is the P of the two-sided U test on samples of n and m where each value of the one is below each of the other:
// 2 / binomial(n+m, n).
func leastP(n, m int) float64 {
	p := 2.0
	for k := 1; k <= n; k++ {
		p *= float64(k) / float64(m+k)
	}
	return p
}

// rankByMetric gives places to the solved rows that have a finite value of the metric.
func rankByMetric(rows []Row) {
	var ranked []*Row
	for i := range rows {
		r := &rows[i]
		switch {
		case r.Status != results.Solved:
		case r.score == nil:
			r.Warnings = append(r.Warnings, "no value of "+r.RankBy)
		case math.IsNaN(r.score.Value):
			r.Warnings = append(r.Warnings, r.RankBy+" is NaN")
		default:
			ranked = append(ranked, r)
		}
	}
	slices.SortFunc(ranked, func(a, b *Row) int {
		return cmp.Or(cmp.Compare(cost(a.score), cost(b.score)), cmp.Compare(a.Configuration, b.Configuration))
	})
	place(ranked, func(leader, r *Row) bool { return leader.score.Value == r.score.Value })
}

// cost is a metric turned so that less is better.
func cost(m *results.Measurement) float64 {
	if m.Better == results.Higher {
		return -m.Value
	}
	return m.Value
}

// place numbers rows that are in order; those that are alike to the first of a place share it.
func place(ranked []*Row, alike func(leader, r *Row) bool) {
	leader, number := 0, 1
	for i, r := range ranked {
		if i > 0 && !alike(ranked[leader], r) {
			leader, number = i, i+1
		}
		n := number
		r.Rank = &n
	}
}
