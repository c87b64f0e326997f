package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
	"github.com/solverbench/solverbench/results/stats"
)

// Settings are the thresholds of a comparison.
type Settings struct {
	Confidence float64 // of intervals
	Alpha      float64 // level of significance, of all verdicts together
	Margin     float64 // by how much times of the same program may differ from run to run, as a share
	Resamples  int     // for the interval of geometric means; of more than 200 pairs fewer, but at least 200
	Seed       uint64  // of those

	// By is a metric to compare by instead of time. One answer has one value, so values that differ are different.
	By string

	// ChargeSetup adds set-up to each time.
	ChargeSetup bool

	// AnyMachine compares times of different machines.
	AnyMachine bool

	// SameOnly pairs only configurations that are the same but for the version of the plugin.
	SameOnly bool
}

// Defaults are the usual thresholds.
var Defaults = Settings{Confidence: 0.95, Alpha: 0.05, Margin: 0.01, Resamples: 1000, Seed: 1}

// Side is one of the two that are compared.
type Side struct {
	Name string
	Runs []results.Run // the newest of each configuration on each instance counts
}

// Verdict is about the second side of a pair.
type Verdict string

const (
	Better   Verdict = "better"   // significantly, by more than the margin
	Worse    Verdict = "worse"    // so
	Same     Verdict = "same"     // no difference is shown
	Solved   Verdict = "solved"   // what the first did not
	Unsolved Verdict = "unsolved" // what the first solved
	Neither  Verdict = "neither"  // solved it, or has what is compared
)

// Pair is what both sides did on an instance. Its JSON form is stable.
type Pair struct {
	Family   string `json:"family"`
	Problem  string `json:"problem"`
	Instance string `json:"instance"`
	Threads  int    `json:"threads"`

	A rank.Row `json:"a"`
	B rank.Row `json:"b"`

	// Ratio is of the second side's time to the first's, with the interval that inverts the U test, made wider by the margin. Nil if
	// not both were timed, or the comparison is by a metric.
	Ratio  *stats.Interval `json:"ratio"`
	Margin float64         `json:"margin"` // that a difference has to exceed, as a share

	// P is of the hypothesis that times differ by no more than the margin, two-sided; Adjusted is it among all pairs. Nil
	// if there was no test.
	P        *float64 `json:"p"`
	Adjusted *float64 `json:"p_adjusted"`
	Verdict  Verdict  `json:"verdict"`

	// SlowerP is of the hypothesis that the second side is slower by no more than a share, among all pairs; nil unless that was asked.
	SlowerP *float64 `json:"slower_p,omitempty"`

	a, b []float64 // times
	few  bool      // too few for any difference to be significant
}

// Comparison is what two sides did on the instances of a family, on a machine. Its JSON form is stable.
type Comparison struct {
	A       string `json:"a"`
	B       string `json:"b"`
	Family  string `json:"family"`
	Machine string `json:"machine"`
	By      string `json:"by"`

	Pairs   []Pair `json:"pairs"`
	Wins    int    `json:"wins"` // of the second side: better, or solved what the first did not
	Ties    int    `json:"ties"`
	Losses  int    `json:"losses"`
	Neither int    `json:"neither"`
	OnlyA   int    `json:"only_a"` // runs of the first side that the second has no counterpart of
	OnlyB   int    `json:"only_b"`

	// Mean is the geometric mean of the ratios, with its bootstrap interval over repetitions made wider by the margins; nil if there is
	// no ratio.
	Mean     *stats.Interval `json:"mean"`
	Warnings []rank.Warning  `json:"warnings"`

	machines []string // that runs are of
}

// MachinesError says that what should be compared was not measured on the same machine.
type MachinesError struct{ A, B []string }

func (e *MachinesError) Error() string {
	return fmt.Sprintf("times of different machines, or of one with another kernel, governor or clock, cannot be compared: %s against %s",
		strings.Join(e.A, ", "), strings.Join(e.B, ", "))
}

// AmbiguousError is that of a side with several configurations on an instance of which none is the other side's too.
type AmbiguousError struct {
	Side, Instance string
	Configurations []string
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("%s is several configurations on %s, expected one: %s", e.Side, e.Instance, strings.Join(e.Configurations, ", "))
}

// Sides compares two sides, by family and machine.
func Sides(a, b Side, s Settings) ([]Comparison, error) {
	matched, err := match(a, b, s)
	if err != nil {
		return nil, err
	}
	var pairs []*Pair
	for i := range matched {
		for k := range matched[i].Pairs {
			p := &matched[i].Pairs[k]
			p.measure(s)
			pairs = append(pairs, p)
		}
	}
	judge(pairs, s)
	for i := range matched {
		if err := matched[i].sum(s); err != nil {
			return nil, err
		}
	}
	return matched, nil
}

// measure finds the ratio of a pair and tests it against its margin.
func (p *Pair) measure(s Settings) {
	solvedA, solvedB := p.A.Status == results.Solved, p.B.Status == results.Solved
	switch {
	case !solvedA && !solvedB:
		p.Verdict = Neither
		return
	case !solvedA:
		p.Verdict = Solved
		return
	case !solvedB:
		p.Verdict = Unsolved
		return
	case s.By != "":
		p.compareMetric(s.By)
		return
	}
	p.Margin = margin(&p.A, &p.B, s)
	ratio, err := stats.Ratio(p.a, p.b, s.Confidence)
	if err != nil { // one was not timed
		p.Verdict = Neither
		return
	}
	ratio.Lo, ratio.Hi = ratio.Lo/(1+p.Margin), ratio.Hi*(1+p.Margin)
	p.Ratio = &ratio
	slower, faster := stats.Less(scaled(p.a, 1+p.Margin), p.b), stats.Less(scaled(p.b, 1+p.Margin), p.a)
	test := min(1, 2*min(slower, faster))
	p.P = &test
}

// margin is what runs of the same program may differ by.
func margin(a, b *rank.Row, s Settings) float64 {
	m := s.Margin
	if a.Experiment == b.Experiment {
		return m
	}
	noise := 1.0
	for _, r := range []*rank.Row{a, b} {
		if r.Noise != nil {
			noise = max(noise, *r.Noise)
		}
	}
	return m + noise - 1
}

func scaled(x []float64, factor float64) []float64 {
	all := make([]float64, len(x))
	for i, v := range x {
		all[i] = factor * v
	}
	return all
}

func (p *Pair) compareMetric(name string) {
	a, b := metric(&p.A, name), metric(&p.B, name)
	if a == nil || b == nil || a.Value != a.Value || b.Value != b.Value {
		p.Verdict = Neither
		return
	}
	x, y := a.Value, b.Value
	if a.Better == results.Higher {
		x, y = y, x
	}
	switch {
	case y < x:
		p.Verdict = Better
	case y > x:
		p.Verdict = Worse
	default:
		p.Verdict = Same
	}
}

func metric(r *rank.Row, name string) *results.Measurement {
	k := slices.IndexFunc(r.Measurements, func(m results.Measurement) bool { return m.Name == name })
	if k < 0 {
		return nil
	}
	return &r.Measurements[k]
}

// judge corrects the tests of all pairs for being as many.
func judge(pairs []*Pair, s Settings) {
	var tested []*Pair
	var all []float64
	for _, p := range pairs {
		if p.P != nil {
			tested, all = append(tested, p), append(all, *p.P)
		}
	}
	for i, adjusted := range stats.Holm(all) {
		p := tested[i]
		p.Adjusted, p.Verdict = &adjusted, Same
		if adjusted <= s.Alpha && p.Ratio.Value > 1 {
			p.Verdict = Worse
		} else if adjusted <= s.Alpha {
			p.Verdict = Better
		}
		p.few = stats.LeastP(len(p.a), len(p.b))*float64(len(all)) > s.Alpha
	}
}

// Codes of the warnings about comparisons.
const (
	TooFewToTell      = "too-few-to-tell"    // no difference could be significant
	DifferentMachines = "different-machines" // times are of the solver and of the machine
)

// sum counts verdicts and averages ratios.
func (c *Comparison) sum(s Settings) error {
	var timed []stats.Pair
	widen, few := 0.0, 0
	for i := range c.Pairs {
		p := &c.Pairs[i]
		switch p.Verdict {
		case Better, Solved:
			c.Wins++
		case Worse, Unsolved:
			c.Losses++
		case Same:
			c.Ties++
		case Neither:
			c.Neither++
		}
		if p.Ratio != nil {
			timed = append(timed, stats.Pair{X: p.a, Y: p.b})
			widen += p.Margin
		}
		if p.few {
			few++
		}
	}
	if few > 0 {
		c.Warnings = append(c.Warnings, rank.Warning{Code: TooFewToTell, Number: rank.Place, Text: fmt.Sprintf("%d of these pairs have too few repetitions for "+
			"any difference, however large, to be significant among as many. Make more with --reps or a larger --budget.", few)})
	}
	if s.AnyMachine && len(c.machines) > 1 {
		c.Warnings = append(c.Warnings, rank.Warning{Code: DifferentMachines, Number: rank.Time, Text: "ratios are of solvers and of machines: " +
			strings.Join(c.machines, ", ") + "."})
	}
	if len(timed) == 0 {
		return nil
	}
	const affordable, floor = 200_000, 200
	resamples := min(s.Resamples, max(affordable/len(timed), floor))
	mean, err := stats.GeometricMeanRatio(timed, s.Confidence, resamples, s.Seed)
	if err != nil {
		return err
	}
	widen = 1 + widen/float64(len(timed))
	mean.Lo, mean.Hi = mean.Lo/widen, mean.Hi*widen
	c.Mean = &mean
	return nil
}

// Slower says which pairs, and of which comparisons the mean, are significantly slower on the second side by more than a share,
// beyond their margins, and notes the probabilities with the pairs. Pairs and means have half the level of significance each.
func Slower(all []Comparison, share float64, s Settings) (pairs []Pair, means []Comparison) {
	var tested []*Pair
	var values []float64
	for i := range all {
		for k := range all[i].Pairs {
			if p := &all[i].Pairs[k]; p.Ratio != nil {
				tested, values = append(tested, p), append(values, stats.Less(scaled(p.a, (1+share)*(1+p.Margin)), p.b))
			}
		}
		if m := all[i].Mean; m != nil && m.Confidence > 0 && m.Lo > 1+share {
			means = append(means, all[i])
		}
	}
	for i, adjusted := range stats.Holm(values) {
		tested[i].SlowerP = &adjusted
		if adjusted <= s.Alpha/2 {
			pairs = append(pairs, *tested[i])
		}
	}
	return pairs, means
}

// Lost returns the pairs in which the second side did not solve what the first did.
func Lost(all []Comparison) (pairs []Pair) {
	for i := range all {
		for _, p := range all[i].Pairs {
			if p.Verdict == Unsolved {
				pairs = append(pairs, p)
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b Pair) int { return cmp.Compare(a.Instance, b.Instance) })
	return pairs
}
