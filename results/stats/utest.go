package stats

import (
	"errors"
	"math"
	"slices"

	moremath "github.com/aclements/go-moremath/stats"
)

// MannWhitney returns the two-sided P of the Mann–Whitney U test that two samples are of the same distribution, twice that
// of the likelier side: exact up to 25 values, or 50 where none are equal, by the normal approximation beyond. It is 1 where there
// is nothing to compare.
func MannWhitney(x, y []float64) float64 {
	if ties, ok := newTies(x, y); ok {
		less, more := ties.tails()
		return min(2*less, 2*more, 1)
	}
	return uTest(x, y, moremath.LocationDiffers)
}

// Less returns the one-sided P of the U test: small where values of x tend to be less than those of y.
func Less(x, y []float64) float64 {
	if ties, ok := newTies(x, y); ok {
		less, _ := ties.tails()
		return less
	}
	return uTest(x, y, moremath.LocationLess)
}

func uTest(x, y []float64, alternative moremath.LocationHypothesis) float64 {
	result, err := moremath.MannWhitneyUTest(x, y, alternative)
	if err != nil {
		return 1 // nothing to compare, or all values are equal
	}
	return min(result.P, 1) // an exact P of a sample in the middle is a sum that may round up
}

// ties are two small samples with equal values, of whose rank sum the distribution has to be made: that of choosing n of all
// values at random. (That of package moremath is wrong where values are equal.)
type ties struct {
	n, sum int        // size of the first sample, and twice the sum of its ranks
	groups []tieGroup // from the least value
}

// tieGroup are equal values.
type tieGroup struct{ size, rank int } // rank is twice their mean place

// newTies says whether samples are such.
func newTies(x, y []float64) (ties, bool) {
	if max(len(x), len(y)) > exactSize || min(len(x), len(y)) == 0 {
		return ties{}, false
	}
	t := ties{n: len(x)}
	all := slices.Concat(x, y)
	slices.Sort(all)
	ranks := make(map[float64]int)
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && all[j] == all[i] {
			j++
		}
		if j == i { // not a number
			return ties{}, false
		}
		t.groups = append(t.groups, tieGroup{j - i, i + 1 + j})
		ranks[all[i]] = i + 1 + j
		i = j
	}
	for _, v := range x {
		t.sum += ranks[v]
	}
	return t, len(t.groups) < len(all)
}

// tails returns the probabilities that the rank sum is at most and at least what it is. ways[k][s] is in how many ways k of the
// values of the groups so far have twice the rank sum s.
func (t *ties) tails() (less, more float64) {
	values := 0
	for _, g := range t.groups {
		values += g.size
	}
	most := 2 * t.n * values
	ways := make([][]float64, t.n+1)
	for k := range ways {
		ways[k] = make([]float64, most+1)
	}
	ways[0][0] = 1
	for _, g := range t.groups {
		for k := t.n; k > 0; k-- {
			choices := 1.0
			for c := 1; c <= min(g.size, k); c++ {
				choices *= float64(g.size-c+1) / float64(c)
				for s := c * g.rank; s <= most; s++ {
					ways[k][s] += choices * ways[k-c][s-c*g.rank]
				}
			}
		}
	}
	all := 0.0
	for s, w := range ways[t.n] {
		all += w
		if s <= t.sum {
			less += w
		}
		if s >= t.sum {
			more += w
		}
	}
	return less / all, more / all
}

// LeastP returns the P of the two-sided U test on samples of n and m where each value of the one is below each of the
// other, the least that it can be: 2 / binomial(n+m, n).
func LeastP(n, m int) float64 {
	p := 2.0
	for k := 1; k <= n; k++ {
		p *= float64(k) / float64(m+k)
	}
	return min(p, 1)
}

// Holm returns P-values adjusted for being as many as they are, by Holm's step-down procedure: if those up to alpha are
// taken for differences, the probability that any of them is none is at most alpha, whatever depends on what.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p[a] < p[b]:
			return -1
		case p[a] > p[b]:
			return 1
		}
		return 0
	})
	adjusted, most := make([]float64, len(p)), 0.0
	for k, i := range order {
		most = max(most, min(float64(len(p)-k)*p[i], 1))
		adjusted[i] = most
	}
	return adjusted
}

// HolmThreshold returns the greatest of P-values that Holm's procedure takes for a difference at a level of significance, or -1
// if there is none: those up to it are the ones that [Holm] adjusts to alpha or less. It sorts what it is given.
func HolmThreshold(p []float64, alpha float64) float64 {
	slices.Sort(p)
	threshold := -1.0
	for k, v := range p {
		if v*float64(len(p)-k) > alpha {
			break
		}
		threshold = v
	}
	return threshold
}

// Interval is an estimate between bounds. Confidence is the probability with which such bounds have the true value
// between them, at least.
type Interval struct {
	Value      float64 `json:"value"`
	Lo         float64 `json:"lo"`
	Hi         float64 `json:"hi"`
	Confidence float64 `json:"confidence"`
}

// ErrTooFew says that there are too few values for an interval.
var ErrTooFew = errors.New("too few values")

// Ratio estimates by what factor values of y are larger than values of x, both positive: the median of all ratios of one of y
// to one of x, which is the Hodges–Lehmann estimate in logarithms. Its interval has the factors that the U test would not
// reject; no distribution is assumed, but that y is x times a factor. Where the samples are too small for the
// confidence, the bounds are the least and the greatest ratio and Confidence is what they have.
func Ratio(x, y []float64, confidence float64) (Interval, error) {
	n, m := len(x), len(y)
	if n == 0 || m == 0 {
		return Interval{}, ErrTooFew
	}
	x, y = slices.Sorted(slices.Values(x)), slices.Sorted(slices.Values(y))
	if !(x[0] > 0) || !(y[0] > 0) {
		return Interval{}, errors.New("a ratio needs positive values")
	}
	below, tail := rejected(n, m, (1-confidence)/2)
	all := ratios{x: x, y: y}
	return Interval{Value: all.median(), Lo: all.at(below), Hi: all.at(n*m - 1 - below), Confidence: 1 - 2*tail}, nil
}

// exactSize is up to what sample size the distribution of U is computed for an interval; its normal approximation is good to
// a part in a thousand beyond.
const exactSize = 25

// rejected returns how many of the least ratios lie outside of the interval, and the probability that the true factor is
// below it: as many ratios are less than the true factor as U says, so it is the greatest k with P(U < k+1) <= alpha, and then
// the ratio that k others precede is the bound.
func rejected(n, m int, alpha float64) (k int, tail float64) {
	if max(n, m) <= exactSize {
		ways, all := waysOfU(n, m), 1/(LeastP(n, m)/2)
		sum := 0.0
		for k, w := range ways {
			if (sum+w)/all > alpha {
				if k == 0 { // even the least ratio is inside
					return 0, w / all
				}
				return k - 1, sum / all
			}
			sum += w
		}
	}
	middle, spread := float64(n*m)/2, math.Sqrt(float64(n*m*(n+m+1))/12)
	z := moremath.StdNormal.InvCDF(alpha)
	k = max(int(middle-0.5+z*spread), 0)
	return k, moremath.StdNormal.CDF((float64(k) + 0.5 - middle) / spread)
}

// waysOfU returns in how many ways of mixing two samples U is 0, 1, …: the coefficients of the Gaussian binomial
// ∏ (1 - q^(m+i)) / (1 - q^i), i = 1 … n, which are whole and, up to the exact size, exact.
func waysOfU(n, m int) []float64 {
	ways := make([]float64, n*m+1)
	ways[0] = 1
	for i := 1; i <= n; i++ {
		for u := len(ways) - 1; u >= m+i; u-- {
			ways[u] -= ways[u-m-i]
		}
		for u := i; u < len(ways); u++ {
			ways[u] += ways[u-i]
		}
	}
	return ways
}

// ratios are those of all values of y to all of x, both sorted.
type ratios struct {
	x, y []float64
	room []float64
}

func (r *ratios) median() float64 {
	n := len(r.x) * len(r.y)
	if n%2 == 1 {
		return r.at(n / 2)
	}
	return math.Sqrt(r.at(n/2-1) * r.at(n/2))
}

// fewRatios are sorted rather than searched for.
const fewRatios = 1024

// at returns the ratio that k others precede.
func (r *ratios) at(k int) float64 {
	n, m := len(r.x), len(r.y)
	if n*m <= fewRatios {
		if len(r.room) == 0 {
			r.room = slices.Grow(r.room, n*m)
			for _, a := range r.x {
				for _, b := range r.y {
					r.room = append(r.room, b/a)
				}
			}
			slices.Sort(r.room)
		}
		return r.room[k]
	}
	lo, hi := r.y[0]/r.x[n-1], r.y[m-1]/r.x[0]
	for {
		mid := lo + (hi-lo)/2
		if mid <= lo || mid >= hi {
			if r.upTo(lo) > k {
				return lo
			}
			return hi
		}
		if r.upTo(mid) > k {
			hi = mid
		} else {
			lo = mid
		}
	}
}

// upTo counts the ratios that are at most q, in one pass: the greater x is, the more values of y are within q times it.
func (r *ratios) upTo(q float64) (count int) {
	j := 0
	for _, a := range r.x {
		for j < len(r.y) && r.y[j]/a <= q {
			j++
		}
		count += j
	}
	return count
}
