package rank

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/stats"
)

// Summary is how the configurations of a board did over all of its instances.
type Summary struct {
	Standings []Standing
	Agreement *Agreement // nil if there are too few instances or configurations for the test
	Budget    string     // what data profiles count: seconds, or evaluations per unknown
	Resamples int        // of the instances; 0 if there is only one
	Warnings  []Warning
}

// Standing is how a configuration did over all instances of a board. What was not tried was not solved.
type Standing struct {
	Plugin        string         `json:"plugin"`
	Solver        string         `json:"solver"`
	Options       map[string]any `json:"options"`
	Configuration string         `json:"configuration"`
	Threads       int            `json:"threads"`

	Rank      int     `json:"rank"`      // by share solved, then by ratio where instances rank by time, by mean place otherwise
	Instances int     `json:"instances"` // of the board
	Attempted int     `json:"attempted"`
	Solved    int     `json:"solved"`
	Share     float64 `json:"share"` // solved of all instances

	// Ratio is the shifted geometric mean, over the instances that it solved, of its median time to the best:
	// exp(mean(log(ratio + shift))) - shift. It is nil if nothing was timed. Compare it only between
	// configurations that solved the same instances.
	Ratio *float64 `json:"ratio"`

	// Place is the mean of its ranks, nil if it was never ranked.
	Place *float64 `json:"place"`

	// PAR2 is the mean time over all instances, where one that it did not solve counts twice the time limit, the longest that a
	// run had on it. It is nil if an instance that it did not solve had none.
	PAR2 *float64 `json:"par2_seconds"`

	// MeanRank and Groups are of the Friedman test: where a configuration failed it ranks last. Configurations that share a
	// letter of Groups do not differ. Nil and empty if the test was not made, or without this one; of more than 100 there are
	// no letters.
	MeanRank *float64 `json:"mean_rank"`
	Groups   string   `json:"groups"`

	// Of the resamples of instances: in which share it came first, and the ranks between which it was in most of them.
	First  float64 `json:"first"`
	RankLo int     `json:"rank_lo"`
	RankHi int     `json:"rank_hi"`

	// Best and worst rank where one instance, whichever, is left out.
	WithoutOneLo int `json:"without_one_lo"`
	WithoutOneHi int `json:"without_one_hi"`

	// Geometric means over what it solved: of peak memory to the least of those that solved the instance, and of set-up as a
	// multiple of the time of a solve. Nil if unknown.
	Memory *float64 `json:"memory_ratio"`
	Setup  *float64 `json:"setup_solves"`

	Profile     []stats.Step `json:"profile"`      // performance profile: share of instances within a ratio to the best
	DataProfile []stats.Step `json:"data_profile"` // share of instances solved within a budget
}

// Agreement is a Friedman test of the configurations that were tried on every instance, by what instances rank by.
type Agreement struct {
	Configurations     int     `json:"configurations"`
	Instances          int     `json:"instances"`
	ChiSquared         float64 `json:"chi_squared"`
	P                  float64 `json:"p"`
	CriticalDifference float64 `json:"critical_difference"` // Nemenyi's, of mean ranks
}

const (
	leastInstances      = 5 // for a Friedman test
	leastConfigurations = 3
	mostGrouped         = 100 // configurations that letters tell anything about
)

// contender is a configuration with its rows, one an instance, nil where it was not tried.
type contender struct {
	rows    []*Row
	some    *Row      // of them
	parts   []total   // what each instance adds
	seconds []float64 // infinite if unsolved
}

// Summary ranks the configurations over all instances of a board.
func (b *Board) Summary() Summary {
	all := b.contenders()
	byTime := true
	for _, t := range b.Tables {
		byTime = byTime && cmp.Or(t.Instance.RankBy, results.ByTime) == results.ByTime
	}
	s := Summary{Standings: make([]Standing, len(all))}
	totals, least := make([]total, len(all)), b.leastMemory()
	for i, c := range all {
		s.Standings[i] = b.standing(c, least)
		totals[i] = c.total(nil)
	}
	b.budgets(&s, all)
	order := ranking{byTime: byTime}
	for i, r := range order.ranks(totals) {
		s.Standings[i].Rank = r
	}
	if len(b.Tables) > 1 {
		s.Resamples = b.Settings.resamples(len(all) * len(b.Tables))
		order.resample(s.Standings, all, len(b.Tables), s.Resamples, b.Settings)
		order.leaveOneOut(&s, all, totals, b.Tables)
	}
	b.agree(&s, all)
	slices.SortStableFunc(s.Standings, func(a, b Standing) int {
		first, second := compare(a.Place, b.Place), compare(a.Ratio, b.Ratio)
		if byTime {
			first, second = second, first
		}
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), first, second, cmp.Compare(a.Plugin, b.Plugin),
			cmp.Compare(a.Configuration, b.Configuration), cmp.Compare(a.Threads, b.Threads))
	})
	return s
}

func (b *Board) contenders() []*contender {
	type key struct{ configuration, threads int }
	known := make(map[key]*contender)
	var all []*contender
	n := len(b.Tables)
	for i := range b.Tables {
		for k := range b.Tables[i].Rows {
			r := &b.Tables[i].Rows[k]
			c := known[key{r.configuration, r.Threads}]
			if c == nil {
				c = &contender{rows: make([]*Row, n), some: r, parts: make([]total, n), seconds: make([]float64, n)}
				for i := range c.seconds {
					c.seconds[i] = math.Inf(1)
				}
				known[key{r.configuration, r.Threads}] = c
				all = append(all, c)
			}
			c.rows[i] = r
			p := &c.parts[i]
			if r.Status == results.Solved {
				p.solved = 1
			}
			if r.Ratio != nil {
				p.logs, p.timed = math.Log(*r.Ratio+b.Settings.Shift), 1
			}
			if r.Rank != nil {
				p.places, p.ranked = float64(*r.Rank), 1
			}
			if r.MedianSeconds != nil {
				c.seconds[i] = *r.MedianSeconds
			}
		}
	}
	return all
}

// standing fills in what a configuration did by itself.
func (b *Board) standing(c *contender, least []int64) Standing {
	r := c.some
	y := Standing{Plugin: r.Plugin, Solver: r.Solver, Options: r.Options, Configuration: r.Configuration, Threads: r.Threads,
		Instances: len(b.Tables), RankLo: 1, RankHi: 1, WithoutOneLo: 1, WithoutOneHi: 1}
	var ratios, memory, setup []float64
	limited := 0.0
	for i, r := range c.rows {
		limit := b.Tables[i].Limit
		switch {
		case !math.IsInf(c.seconds[i], 1):
			limited += c.seconds[i]
		case limit > 0:
			limited += 2 * limit
		default:
			limited = math.NaN()
		}
		if r == nil {
			continue
		}
		y.Attempted++
		if r.Status != results.Solved {
			continue
		}
		y.Solved++
		if r.Ratio != nil {
			ratios = append(ratios, *r.Ratio)
		}
		if r.PeakMemoryBytes > 0 {
			memory = append(memory, float64(r.PeakMemoryBytes)/float64(least[i]))
		}
		if r.MedianSeconds != nil && r.SetupSeconds > 0 && *r.MedianSeconds > 0 && !r.SetupCharged {
			setup = append(setup, r.SetupSeconds / *r.MedianSeconds)
		}
	}
	y.Share = float64(y.Solved) / float64(y.Instances)
	t := c.total(nil)
	if t.timed > 0 {
		mean := math.Exp(t.logs/t.timed) - b.Settings.Shift
		y.Ratio = &mean
	}
	if t.ranked > 0 {
		mean := t.places / t.ranked
		y.Place = &mean
	}
	if !math.IsNaN(limited) {
		mean := limited / float64(len(b.Tables))
		y.PAR2 = &mean
	}
	y.Memory, y.Setup = geometric(memory), geometric(setup)
	y.Profile = stats.Profile(ratios, len(b.Tables))
	return y
}

// leastMemory is that of what solved each instance, if known.
func (b *Board) leastMemory() []int64 {
	least := make([]int64, len(b.Tables))
	for i := range b.Tables {
		for k := range b.Tables[i].Rows {
			r := &b.Tables[i].Rows[k]
			if r.Status == results.Solved && r.PeakMemoryBytes > 0 && (least[i] == 0 || r.PeakMemoryBytes < least[i]) {
				least[i] = r.PeakMemoryBytes
			}
		}
	}
	return least
}

func geometric(x []float64) *float64 {
	if len(x) == 0 {
		return nil
	}
	mean := stats.ShiftedGeometricMean(x, 0)
	return &mean
}

// What data profiles count.
const (
	budgetSeconds     = "seconds"
	budgetEvaluations = "evaluations per unknown"
)

// budgets fills in the data profiles: of evaluations per unknown and one, if all that was solved counted them, of seconds
// otherwise.
func (b *Board) budgets(s *Summary, all []*contender) {
	s.Budget = budgetEvaluations
	for i := range b.Tables {
		for k := range b.Tables[i].Rows {
			if r := &b.Tables[i].Rows[k]; r.Status == results.Solved && r.Evaluations == 0 {
				s.Budget = budgetSeconds
			}
		}
	}
	for k, c := range all {
		spent := slices.Clone(c.seconds)
		if s.Budget == budgetEvaluations {
			for i, r := range c.rows {
				if spent[i] = math.Inf(1); r != nil && r.Status == results.Solved {
					spent[i] = float64(r.Evaluations) / float64(b.Tables[i].Instance.Unknowns+1)
				}
			}
		}
		s.Standings[k].DataProfile = stats.Profile(spent, len(b.Tables))
	}
}

// agree makes the Friedman test, and groups configurations by Nemenyi's critical difference if it finds that some differ.
func (b *Board) agree(s *Summary, all []*contender) {
	if len(b.Tables) < leastInstances {
		return
	}
	var tried []int
	for k, c := range all {
		if !slices.Contains(c.rows, nil) {
			tried = append(tried, k)
		}
	}
	if len(tried) < leastConfigurations {
		return
	}
	costs := make([][]float64, len(b.Tables))
	for i := range costs {
		costs[i] = make([]float64, len(tried))
		for j, k := range tried {
			costs[i][j] = all[k].rows[i].cost()
		}
	}
	means, chi2, p := stats.Friedman(costs)
	s.Agreement = &Agreement{len(tried), len(b.Tables), chi2, p, stats.CriticalDifference(len(tried), len(b.Tables), b.Settings.Alpha)}
	order := make([]int, len(tried))
	for j, k := range tried {
		s.Standings[k].MeanRank, order[j] = &means[j], j
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(means[x], means[y]) })
	sorted := make([]float64, len(order))
	for at, j := range order {
		sorted[at] = means[j]
	}
	if len(order) > mostGrouped {
		return
	}
	groups := [][2]int{{0, len(sorted)}}
	if p <= b.Settings.Alpha {
		groups = stats.Cliques(sorted, s.Agreement.CriticalDifference)
	}
	for g, ends := range groups {
		for _, j := range order[ends[0]:ends[1]] {
			s.Standings[tried[j]].Groups += group(g)
		}
	}
}

// group names the groups A to Z, and then A1 and so on.
func group(g int) string {
	name := string(rune('A' + g%26))
	if g >= 26 {
		name += fmt.Sprint(g / 26)
	}
	return name
}

// cost is what a row is ranked by on its instance, turned so that less is better; infinite if it failed.
func (r *Row) cost() float64 {
	switch {
	case r.Rank == nil:
		return math.Inf(1)
	case r.RankBy == results.ByTime:
		return *r.MedianSeconds
	}
	return cost(r.score)
}
