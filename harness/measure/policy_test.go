package measure

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// looks returns whether there is a look at each number of repetitions up to most.
func (p Policy) looks(most int) []bool {
	at := make([]bool, most+1)
	for n := range at {
		at[n] = p.LooksAt(n)
	}
	return at
}

// rightAtAll is the probability that the intervals of a level cover the median at every look up to n, and at n itself, for
// each n: whatever the distribution, each repetition is below its median as often as a coin shows heads.
func rightAtAll(looks []bool, level float64) []float64 {
	right := make([]float64, len(looks))
	heads := []float64{1} // the probability of each number of heads, having been right so far
	for n := 1; n < len(looks); n++ {
		next := make([]float64, n+1)
		for h, p := range heads {
			next[h] += p / 2
			next[h+1] += p / 2
		}
		heads = next
		ranks := make([]float64, n)
		for i := range ranks {
			ranks[i] = float64(i + 1)
		}
		interval := Median(ranks, level)
		for h := range heads {
			if interval.Lo <= float64(h) && float64(h) < interval.Hi {
				right[n] += heads[h]
			} else if looks[n] {
				heads[h] = 0
			}
		}
	}
	return right
}

func TestAllLooksAreRightAtTheConfidence(t *testing.T) {
	const most = defaultMost
	for _, confidence := range []float64{0.9, 0.95, 0.99} {
		for _, least := range []int{0, 9, 10, 20, 30} {
			p := Policy{Confidence: confidence, Min: least}
			worst, at := 1.0, 0
			for n, right := range rightAtAll(p.looks(most), p.level()) {
				if n > 0 && right < worst {
					worst, at = right, n
				}
			}
			t.Logf("at %g %%, from %d: %.4f when ending at %d repetitions", 100*confidence, p.Min, worst, at)
			if worst < confidence {
				t.Errorf("at %g %%, from %d repetitions: all looks are right with probability %.4f only, ending at %d", 100*confidence, least, worst, at)
			}
		}
	}
	every := make([]bool, most+1)
	for n := range every {
		every[n] = n >= Needed(0.95)
	}
	if right := rightAtAll(every, 0.95)[most]; math.Abs(right-0.559) > 0.001 {
		t.Errorf("looking after every repetition is right with probability %.4f; the documentation of Policy says 44 %% wrong", right)
	}
}

// dist is a distribution of times with its median.
type dist struct {
	name   string
	median float64
	draw   func(*rand.Rand) float64
}

func lognormal(sigma float64) dist {
	return dist{"lognormal", 1, func(r *rand.Rand) float64 { return math.Exp(sigma * r.NormFloat64()) }}
}

// twoModes are narrow; the lower one has the share of the times.
func twoModes(share, gap float64) dist {
	const width = 0.002
	d := dist{name: "two modes", median: 1 + width*0.5/share, draw: func(r *rand.Rand) float64 {
		x := 1 + width*r.Float64()
		if r.Float64() >= share {
			x += gap
		}
		return x
	}}
	if share < 0.5 {
		d.median = 1 + gap + width*(0.5-share)/(1-share)
	}
	return d
}

func tail(scale float64) dist {
	return dist{"exponential tail", 1 + scale*math.Ln2, func(r *rand.Rand) float64 { return 1 + scale*r.ExpFloat64() }}
}

// atLeast fails if fewer of the trials than the rate hit, by more than four standard deviations.
func atLeast(t *testing.T, what string, hits, trials int, rate float64) {
	t.Helper()
	got := float64(hits) / float64(trials)
	if got < rate-4*math.Sqrt(rate*(1-rate)/float64(trials)) {
		t.Errorf("%s: %.4f of %d, stated %.4f", what, got, trials, rate)
	}
}

func TestMedianCoversAtItsConfidence(t *testing.T) {
	const trials = 5000
	for _, d := range []dist{lognormal(0.05), lognormal(1), twoModes(0.5, 0.1), twoModes(0.6, 0.1), twoModes(0.45, 0.3), tail(0.1)} {
		for _, n := range []int{6, 9, 25, 60} {
			r, hits, stated := rand.New(rand.NewPCG(1, uint64(n))), 0, 0.0
			for range trials {
				s := make([]float64, n)
				for i := range s {
					s[i] = d.draw(r)
				}
				interval := Median(s, 0.95)
				if interval.Lo <= d.median && d.median <= interval.Hi {
					hits++
				}
				stated = interval.Confidence
			}
			if stated < 0.95 {
				t.Errorf("%d times: confidence %g", n, stated)
			}
			atLeast(t, d.name+" covered", hits, trials, 0.95)
		}
	}
}

func TestPolicyCoversWhenItStops(t *testing.T) {
	trials := 2000
	if testing.Short() {
		trials = 400
	}
	for _, d := range []dist{
		lognormal(0.003), lognormal(0.01), lognormal(0.02), lognormal(0.05), lognormal(0.3),
		twoModes(0.5, 0.05), twoModes(0.5, 0.03), twoModes(0.45, 0.05), twoModes(0.55, 0.05), twoModes(0.6, 0.1),
		tail(0.01), tail(0.03), tail(0.1),
	} {
		p := Policy{Precision: 0.02, Max: 150}
		var covers, plain, wrong, repetitions, precise int
		for trial := range trials {
			r := rand.New(rand.NewPCG(uint64(trial), 7))
			s, stop := until(p, d, r)
			repetitions += len(s)
			interval, usual := p.Interval(s), Median(s, 0.95)
			if interval.Lo <= d.median && d.median <= interval.Hi {
				covers++
			}
			if usual.Lo <= d.median && d.median <= usual.Hi {
				plain++
			}
			if stop == Precise {
				precise++
				if interval.Precision() > p.Precision {
					t.Fatalf("stopped as precise at %v", interval)
				}
				if math.Abs(interval.Median-d.median) > p.Precision*interval.Median {
					wrong++
				}
			}
		}
		n := float64(trials)
		t.Logf("%-16s median %.4f: %5.1f repetitions, %.3f stop as precise, the interval covers %.4f, a plain one %.4f",
			d.name, d.median, float64(repetitions)/n, float64(precise)/n, float64(covers)/n, float64(plain)/n)
		atLeast(t, d.name+" covered", covers, trials, 0.95)
		atLeast(t, d.name+" not wrongly called precise", trials-wrong, trials, 0.95)
	}
}

// until draws times until the policy is content.
func until(p Policy, d dist, r *rand.Rand) (s []float64, stop Stop) {
	for done := false; !done; {
		s = append(s, d.draw(r))
		stop, done = p.Done(s, 0)
	}
	return s, stop
}

func TestPolicy(t *testing.T) {
	same := func(n int) []float64 {
		s := make([]float64, n)
		for i := range s {
			s[i] = 1
		}
		return s
	}
	wild := func(n int) []float64 {
		s := make([]float64, n)
		for i := range s {
			s[i] = float64(1 + i%7)
		}
		return s
	}
	precise := Policy{Precision: 0.02, Budget: 10 * time.Second}
	for _, c := range []struct {
		name   string
		policy Policy
		times  []float64
		spent  time.Duration
		stop   Stop // empty if it goes on
	}{
		{"nothing yet", precise, nil, 0, ""},
		{"nothing yet, budget spent", precise, nil, time.Hour, ""},
		{"too few for an interval of 99 %", precise, same(7), time.Second, ""},
		{"first look", precise, same(8), time.Second, Precise},
		{"between looks", precise, same(9), time.Second, ""},
		{"second look", precise, same(16), time.Second, Precise},
		{"second look, wide", precise, wild(16), time.Second, ""},
		{"budget spent", precise, wild(16), 10 * time.Second, Spent},
		{"budget spent before the first look", precise, same(6), 10 * time.Second, Spent},
		{"budget spent at a look: precision counts", precise, same(8), 10 * time.Second, Precise},
		{"budget spent with too few for an interval", precise, same(5), 15 * time.Second, ""},
		{"budget far too small for an interval", precise, same(1), 15 * time.Second, Spent},
		{"one repetition of a third of the budget", precise, same(1), 3 * time.Second, ""},
		{"budget just large enough when exceeded threefold", precise, same(4), 20 * time.Second, ""},
		{"no budget", Policy{Precision: 0.02}, wild(100), time.Hour, ""},
		{"no end given", Policy{}, wild(999), time.Hour, ""},
		{"no end given, many", Policy{}, wild(1000), time.Hour, Repetitions},
		{"no precision asked for", Policy{Budget: time.Minute}, same(8), time.Second, ""},
		{"exactly three", Policy{Precision: 0.02, Min: 3, Max: 3}, same(2), time.Hour, ""},
		{"exactly three, there", Policy{Precision: 0.02, Min: 3, Max: 3}, same(3), 0, Repetitions},
		{"exactly eight, not for precision", Policy{Precision: 0.02, Min: 8, Max: 8}, same(8), 0, Repetitions},
		{"exactly ten, whatever the budget", Policy{Budget: time.Second, Min: 10, Max: 10}, same(9), 2 * time.Second, ""},
		{"the most is a look", Policy{Precision: 0.02, Max: 10}, same(10), 0, Precise},
		{"the most, wide", Policy{Precision: 0.02, Max: 10}, wild(10), 0, Repetitions},
		{"the most is too few for an interval", Policy{Precision: 0.02, Max: 4}, same(4), 0, Repetitions},
		{"the first look is at the least", Policy{Precision: 0.02, Min: 12}, same(8), 0, ""},
		{"the least", Policy{Precision: 0.02, Min: 12}, same(12), 0, Precise},
		{"the budget does not cut the least", Policy{Budget: time.Second, Min: 12}, same(11), 2 * time.Second, ""},
		{"90 % looks at 7", Policy{Precision: 0.02, Confidence: 0.9}, same(7), 0, Precise},
		{"times of zero are not precise", precise, make([]float64, 8), 0, ""},
		{"not a number is not precise", precise, append(same(7), math.NaN()), 0, ""},
	} {
		stop, done := c.policy.Done(c.times, c.spent)
		if stop != c.stop || done != (c.stop != "") {
			t.Errorf("%s: %q, %v; want %q", c.name, stop, done, c.stop)
		}
	}
}

func TestMedian(t *testing.T) {
	s := []float64{5, 1, 4, 2, 3, 6}
	i := Median(s, 0.95)
	if i.Median != 3.5 || i.Lo != 1 || i.Hi != 6 || i.Confidence < 0.95 {
		t.Errorf("got %+v", i)
	}
	if want := 2.5 / 3.5; i.Precision() != want {
		t.Errorf("precision %g, want %g", i.Precision(), want)
	}
	if s[0] != 5 {
		t.Error("the times were put in order in place")
	}
	for _, few := range [][]float64{nil, {1}, {1, 1, 1, 1, 1}} {
		if i := Median(few, 0.95); !math.IsInf(i.Lo, -1) && !math.IsInf(i.Hi, 1) || !math.IsInf(i.Precision(), 1) {
			t.Errorf("%v: %+v, precision %g", few, i, i.Precision())
		}
	}
	for _, confidence := range []float64{0.5, 0.75, 0.9, 0.95, 0.99, 0.999} {
		n := Needed(confidence)
		if i := Median(make([]float64, n), confidence); math.IsInf(i.Lo, 0) || math.IsInf(i.Hi, 0) {
			t.Errorf("%d are too few at %g", n, confidence)
		}
		if i := Median(make([]float64, n-1), confidence); n > 2 && !math.IsInf(i.Lo, 0) && !math.IsInf(i.Hi, 0) {
			t.Errorf("%d are enough at %g", n-1, confidence)
		}
	}
}

func BenchmarkPolicyDone(b *testing.B) {
	p, r := Policy{Precision: 1e-9, Budget: time.Hour}, rand.New(rand.NewPCG(1, 2))
	s := make([]float64, 128) // a look
	for i := range s {
		s[i] = r.Float64()
	}
	for b.Loop() {
		p.Done(s, time.Second)
	}
}
