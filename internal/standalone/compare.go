package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/solverbench/solverbench/harness/measure"
)

// comparison is of one solver on one problem.
type comparison struct {
	solverbench, problem, solver string
	peer                         string // folder
	turns                        int
	inputs                       *inputs // of a peer; a bundled solver's process has its own
}

const (
	// call is how long the harness has the solves of a call last together.
	call = 100 * time.Millisecond
	// patience is how long there are turns beyond the fewest that decide.
	patience = 2 * time.Minute
)

// policy has the intervals hold although they are looked at several times, of 8, 16, 32 … turns.
var policy = measure.Policy{Min: 8}

// compare has the harness and the solver alone take turns until the interval of their ratio lies within what is allowed or there have been
// enough. In a turn both have new processes, and after each timed call of the harness's the solver alone makes as many solves: what
// a neighbour does to the machine for a second, it does to both. All turns count.
func (c comparison) compare(ctx context.Context) (*ratios, error) {
	by, err := newHarness(ctx, c)
	if err != nil {
		return nil, err
	}
	defer by.close()
	if c.peer != "" {
		if c.inputs, err = newInputs(ctx, c.problem); err != nil {
			return nil, err
		}
	}
	// How long a solve takes is known after a first run, which is not counted.
	first := solves{repetitions: 1}
	if err := by.run(ctx, &first); err != nil {
		return nil, err
	}
	var all ratios
	start := time.Now()
	for turn := 1; turn <= c.turns && (turn <= policy.Min || time.Since(start) < patience); turn++ {
		took, err := c.turn(ctx, by, first.by[0], turn == 1)
		if err != nil {
			return nil, err
		}
		all.add(took)
		fmt.Printf("%d: time %.4g ms by solverbench, %.4g ms alone, ratio %.3f\n", turn, 1e3*middle(took.by), 1e3*middle(took.alone), took.ratio())
		if policy.LooksAt(turn) && all.certain() {
			break
		}
	}
	fmt.Println("middle:", &all)
	return &all, nil
}

// turn makes a run of the harness in which the solver alone takes part, given how long a solve takes.
func (c comparison) turn(ctx context.Context, by *byHarness, seconds float64, say bool) (*solves, error) {
	took := &solves{repetitions: min(max(int(10*call.Seconds()/seconds), 2), 8)}
	n := took.repetitions * c.batch(seconds)
	alone, err := c.startAlone(ctx, by.options, n, say)
	if err != nil {
		return nil, err
	}
	if _, err := alone.solve(1); err != nil { // warms up
		return nil, alone.end(err)
	}
	took.repeated = func(seconds float64) error {
		t, err := alone.solve(c.batch(seconds))
		took.alone = append(took.alone, t)
		return err
	}
	err = by.run(ctx, took)
	return took, alone.end(err)
}

// batch is how many solves last as long as a call of the harness's.
func (comparison) batch(seconds float64) int {
	return measure.Batch(time.Duration(seconds*float64(time.Second)), call, 1, 1e5)
}

// solves are those of a turn: what one takes, in seconds, in each timed call of the harness's, and alone right after it.
type solves struct {
	repetitions int
	by, alone   []float64
	repeated    func(seconds float64) error // after a call
}

// ratio is the median of the harness's times as multiples of those alone.
func (s *solves) ratio() float64 {
	var all []float64
	for i := range s.by {
		all = append(all, s.by[i]/s.alone[i])
	}
	return middle(all)
}

// ratios are those of the turns, and the least times of both.
type ratios struct {
	all                 []float64
	leastBy, leastAlone float64
}

func (r *ratios) add(s *solves) {
	if len(r.all) == 0 {
		r.leastBy, r.leastAlone = math.Inf(1), math.Inf(1)
	}
	r.leastBy, r.leastAlone = min(r.leastBy, slices.Min(s.by)), min(r.leastAlone, slices.Min(s.alone))
	r.all = append(r.all, s.ratio())
}

// verdict says whether the two agree, by the median; where they do not, it is undecided if the interval is too wide for it to be certain.
func (r *ratios) verdict() string {
	bound := r.bound()
	switch ratio := r.interval(); {
	case len(r.all) < policy.Min:
		return "too few turns"
	case math.Abs(ratio.Median-1) <= bound:
		return agree
	case ratio.Lo > 1+bound || ratio.Hi < 1-bound:
		return "differ"
	default:
		return "undecided"
	}
}

// least is the ratio of the least times, which neighbours that come and go disturb least. It decides nothing.
func (r *ratios) least() float64 { return r.leastBy / r.leastAlone }

// certain says whether the interval lies within what is allowed.
func (r *ratios) certain() bool {
	ratio, bound := r.interval(), r.bound()
	return ratio.Lo >= 1-bound && ratio.Hi <= 1+bound
}

// bound is how far the two may differ: short solves feel an interrupt more.
func (r *ratios) bound() float64 {
	if r.leastAlone < 5e-3 {
		return 0.10
	}
	return 0.05
}

const agree = "agree"

// interval is that of the median.
func (r *ratios) interval() measure.Interval { return policy.Interval(r.all) }

func (r *ratios) String() string {
	ratio := r.interval()
	return fmt.Sprintf("time ratio %.3f [%.3f, %.3f] of %d turns, %.3f of the least times: %s",
		ratio.Median, ratio.Lo, ratio.Hi, len(r.all), r.least(), r.verdict())
}

// middle is the median, NaN of none.
func middle(x []float64) float64 { return measure.Median(x, 0.95).Median }
