package rank

import (
	"cmp"
	"math"
	"slices"

	"golang.org/x/perf/benchmath"

	"github.com/solverbench/solverbench/results"
)

// summarise fills in the median and its interval.
func (r *Row) summarise(s Settings) {
	n := len(r.times)
	if n == 0 {
		r.warn(NotTimed, Time, "it has no timed repetition.")
		return
	}
	confidence := s.Confidence
	if strict := 1 - (1-confidence)/caution; r.watched() && n >= samplesFor(strict) {
		confidence = strict
	}
	sum := benchmath.AssumeNothing.Summary(r.sample(s), confidence)
	lo, hi := sum.Lo, sum.Hi
	r.Confidence = sum.Confidence
	if confidence > s.Confidence {
		r.Confidence = s.Confidence
	}
	if math.IsInf(lo, 0) || math.IsInf(hi, 0) {
		lo, hi = r.times[0], r.times[n-1]
		// The median is outside the range if all n fall on the same side of it.
		r.Confidence = 1 - math.Pow(2, float64(1-n))
	}
	if r.Confidence < s.Confidence {
		r.warn(TooFewSamples, Time, "too few repetitions for a %g%% confidence interval of the median, which needs %d: there "+
			"is only their range. Make more with --reps or a larger --budget.", 100*s.Confidence, samplesFor(s.Confidence))
	}
	r.MedianSeconds, r.LoSeconds, r.HiSeconds = &sum.Center, &lo, &hi
}

// caution is how much rarer an interval must miss the median where the number of repetitions was decided by looking at the
// interval: it then covers the median at its stated rate all the same, which package harness/measure shows.
const caution = 6

// watched says whether the number of repetitions was decided by looking at the interval.
func (r *Row) watched() bool {
	return r.Stopped == results.StopPrecise || r.Stopped == results.StopBudget
}

func (r *Row) sample(s Settings) *benchmath.Sample {
	return &benchmath.Sample{Values: r.times, Thresholds: &benchmath.Thresholds{CompareAlpha: s.Alpha}}
}

// rankByTime gives places to the solved rows that were timed.
func rankByTime(rows []*Row, c *comparer) {
	var ranked []*Row
	for _, r := range rows {
		if r.MedianSeconds != nil {
			ranked = append(ranked, r)
		}
	}
	slices.SortFunc(ranked, func(a, b *Row) int {
		return cmp.Or(cmp.Compare(*a.MedianSeconds, *b.MedianSeconds), cmp.Compare(a.Configuration, b.Configuration))
	})
	place(ranked, func(leader, r *Row) bool { return c.alike(leader, r) })
}

// comparer says whether times can be told apart. It is not for concurrent use.
type comparer struct {
	s     Settings
	known map[untied]float64 // P
	rows  []Row              // of the table that is being made
}

// scratch returns room for n rows, until it is called again.
func (c *comparer) scratch(n int) []Row {
	if n > len(c.rows) {
		c.rows = make([]Row, n)
	}
	return c.rows[:n]
}

// untied is what P of a U test depends on where no two values are equal: the sizes of the samples, and in how many pairs
// the value of the first is less.
type untied struct{ n, m, less int }

func newComparer(s Settings) *comparer { return &comparer{s: s, known: make(map[untied]float64)} }

// exactUpTo is the size of samples up to which benchmath's U test is exact, ties or not.
const exactUpTo = 25

// alike says whether the times of two rows cannot be told apart.
func (c *comparer) alike(a, b *Row) bool {
	n, m := len(a.times), len(b.times)
	overlap := a.times[0] <= b.times[m-1] && b.times[0] <= a.times[n-1]
	if leastP(n, m) > c.s.Alpha {
		return overlap
	}
	if max(n, m) <= exactUpTo && !overlap {
		return false // the test would say leastP, after more work
	}
	return c.p(a, b) > c.s.Alpha
}

// p is the P of the two-sided U test.
func (c *comparer) p(a, b *Row) float64 {
	less, tied := pairsLess(a.times, b.times)
	key := untied{len(a.times), len(b.times), less}
	if p, again := c.known[key]; again && !tied {
		return p
	}
	p := benchmath.AssumeNothing.Compare(a.sample(c.s), b.sample(c.s)).P
	if !tied {
		c.known[key] = p
	}
	return p
}

// pairsLess returns in how many pairs of two sorted samples the value of the first is less, and whether any two values of both are
// equal.
func pairsLess(x, y []float64) (less int, tied bool) {
	last, i := math.NaN(), 0
	for _, v := range y {
		for ; i < len(x) && x[i] < v; i++ {
			tied = tied || x[i] == last
			last = x[i]
		}
		tied = tied || v == last || i < len(x) && x[i] == v
		last = v
		less += i
	}
	for ; i < len(x); i++ {
		tied = tied || x[i] == last
		last = x[i]
	}
	return less, tied
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
func rankByMetric(rows []*Row) {
	var ranked []*Row
	for _, r := range rows {
		switch {
		case r.Status != results.Solved:
		case r.score == nil:
			r.warn(NoValue, Place, "it has no value of %s, so it has no place.", r.RankBy)
		case math.IsNaN(r.score.Value):
			r.warn(NoValue, Place, "its %s is not a number, so it has no place.", r.RankBy)
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
