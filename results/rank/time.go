package rank

import (
	"cmp"
	"math"
	"slices"

	"golang.org/x/perf/benchmath"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/stats"
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
	sum := benchmath.AssumeNothing.Summary(&benchmath.Sample{Values: r.times}, confidence)
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

// rankByTime gives places to the solved rows that were timed. A place ends before the first run that differs from the one that
// leads it.
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
	c.test(ranked)
	leader := 0
	for i, r := range ranked {
		if i > 0 && c.differ(ranked[leader], r) {
			leader = i
		}
		n := leader + 1
		r.Rank = &n
	}
}

// comparer says whether times can be told apart. It is not for concurrent use.
type comparer struct {
	s     Settings
	known map[untied]float64 // P
	rows  []Row              // of the table that is being made

	p         []float64 // of all pairs of rows
	threshold float64   // up to which P is significant
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

// exactUpTo is the size of samples up to which the U test is exact, ties or not.
const exactUpTo = 25

// mostTested is how many rows have all of their pairs tested, which are a million.
const mostTested = 1500

// test makes the U tests of all pairs of rows and corrects them by Holm's procedure for being as many; of too many rows by
// Bonferroni's, which needs no tests and is stricter.
func (c *comparer) test(ranked []*Row) {
	if n := len(ranked); n > mostTested {
		c.threshold = c.s.Alpha / float64(n*(n-1)/2)
		return
	}
	c.p = c.p[:0]
	for i, a := range ranked {
		for _, b := range ranked[:i] {
			c.p = append(c.p, c.uTest(b, a))
		}
	}
	c.threshold = stats.HolmThreshold(c.p, c.s.Alpha)
}

// differ says whether two rows that were tested, the second after the first, differ: significantly, or because their ranges from
// least to most do not overlap, which is as different as they can be but with few repetitions not significant.
func (c *comparer) differ(a, b *Row) bool {
	if c.uTest(a, b) <= c.threshold {
		return true
	}
	if overlap(a, b) {
		return false
	}
	if !a.few() && !b.few() {
		b.warn(ByRange, Place, "its times and those of the place before it do not overlap, but for significance, corrected for as "+
			"many comparisons as there are, the repetitions are too few. Make more with --reps or a larger --budget.")
	}
	return true
}

// few says whether a row has been marked for its few repetitions.
func (r *Row) few() bool {
	return slices.ContainsFunc(r.Warnings, func(w Warning) bool { return w.Code == TooFewSamples })
}

func overlap(a, b *Row) bool {
	return a.times[0] <= b.times[len(b.times)-1] && b.times[0] <= a.times[len(a.times)-1]
}

// uTest returns the P of the two-sided U test.
func (c *comparer) uTest(a, b *Row) float64 {
	n, m := len(a.times), len(b.times)
	if max(n, m) <= exactUpTo && !overlap(a, b) {
		return stats.LeastP(n, m) // as the test would say, after more work
	}
	less, tied := pairsLess(a.times, b.times)
	key := untied{n, m, less}
	if p, again := c.known[key]; again && !tied {
		return p
	}
	p := stats.MannWhitney(a.times, b.times)
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
	leader, number := 0, 1
	for i, r := range ranked {
		if r.score.Value != ranked[leader].score.Value {
			leader, number = i, i+1
		}
		n := number
		r.Rank = &n
	}
}

// cost is a metric turned so that less is better.
func cost(m *results.Measurement) float64 {
	if m.Better == results.Higher {
		return -m.Value
	}
	return m.Value
}
