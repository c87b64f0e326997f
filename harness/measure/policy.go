package measure

import "time"

// Stop says why no more repetitions were made.
type Stop string

const (
	Precise     Stop = "precision"   // the median's interval is as narrow as asked for
	Spent       Stop = "budget"      // the time for it is spent
	Repetitions Stop = "repetitions" // their number was given, or the most was reached
)

const (
	// defaultMost ends repetitions that nothing else ends.
	defaultMost = 1000
	// caution is how many times rarer than at the end an interval may miss the median at a single look.
	caution = 6
	// overdraft is how many times the budget may be exceeded for the sake of having an interval at all.
	overdraft = 3
)

// Policy says when a run has been repeated enough.
//
// Whoever looks at the interval after every repetition and stops as soon as it is narrow, stops preferably when it is
// narrow by luck: a 95 % interval looked at from 6 to 1000 repetitions misses the median at some look with a probability of
// up to 44 %. So a Policy looks at 8 repetitions (for 95 %), then at twice as many, and so on, and at each look it wants
// the interval of a six times smaller error (99.2 %) to be narrow enough. The probability that all of its looks are right is
// then at least the confidence asked for, whatever the distribution: it is that of a coin's tosses, and a test computes
// it exactly (for 95 %: 95.6 % or more, whenever the budget ends them). Of runs that stop for precision, the reported median is therefore within the precision of
// the true one with that confidence.
type Policy struct {
	// Precision is the relative half-width of the median's interval to reach; there is no such aim if it is 0.
	Precision float64
	// Confidence is that of the interval, such as 0.95, which 0 means too.
	Confidence float64
	// Budget is the time to spend on repetitions; without limit if it is 0. It is exceeded, up to three times, where
	// fewer repetitions than an interval needs (6 at 95 %) fit into it.
	Budget time.Duration
	// Min and Max bound the number of repetitions; a Max of 0 means 1000. If they are equal, it is exactly that many.
	Min, Max int
}

// Done says whether the timed repetitions so far, which took spent altogether, are enough, and why. It is to be asked after
// every one of them.
func (p Policy) Done(seconds []float64, spent time.Duration) (Stop, bool) {
	n, most := len(seconds), p.most()
	switch {
	case n >= most && p.Min < most && p.precise(seconds):
		return Precise, true
	case n >= most:
		return Repetitions, true
	case p.LooksAt(n) && p.precise(seconds):
		return Precise, true
	case p.Budget > 0 && spent >= p.Budget && (n >= p.least() || n > 0 && p.outOfReach(n, spent)):
		return Spent, true
	}
	return "", false
}

// Interval is the median's interval that holds for times whose number this policy decided. Median at the same confidence would
// give a narrower one, which is right for numbers decided beforehand and covers these less often: by simulation at 95 %, 93 to
// 96 % of the time where times have one mode, down to 92 % with two.
func (p Policy) Interval(seconds []float64) Interval {
	if len(seconds) < max(p.Min, Needed(p.level())) { // never looked
		return Median(seconds, p.confidence())
	}
	i := Median(seconds, p.level())
	i.Confidence = p.confidence()
	return i
}

// LooksAt says whether n is one of the numbers of repetitions at which the interval is looked at.
func (p Policy) LooksAt(n int) bool {
	look := max(p.Min, Needed(p.level()))
	for look < n {
		look *= 2
	}
	return look == n
}

// precise says whether the interval is narrow enough to stop.
func (p Policy) precise(seconds []float64) bool {
	return p.Precision > 0 && p.Interval(seconds).Precision() <= p.Precision
}

// level is the confidence of the interval at a look.
func (p Policy) level() float64 { return 1 - (1-p.confidence())/caution }

// least is the number of repetitions that the budget does not cut.
func (p Policy) least() int { return max(p.Min, Needed(p.confidence())) }

// outOfReach says whether the least number of repetitions would exceed the budget too far.
func (p Policy) outOfReach(n int, spent time.Duration) bool {
	return spent.Seconds()/float64(n)*float64(p.least()) > overdraft*p.Budget.Seconds()
}

func (p Policy) most() int {
	if p.Max <= 0 {
		return max(defaultMost, p.Min)
	}
	return p.Max
}

func (p Policy) confidence() float64 {
	if p.Confidence <= 0 {
		return 0.95
	}
	return p.Confidence
}
