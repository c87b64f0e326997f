package rank

import (
	"cmp"
	"math"
	"slices"

	"github.com/solverbench/solverbench/results"
)

// Standing is how a configuration did over all instances of a board.
type Standing struct {
	Plugin        string         `json:"plugin"`
	Solver        string         `json:"solver"`
	Options       map[string]any `json:"options"`
	Configuration string         `json:"configuration"`
	Threads       int            `json:"threads"`
	Instances     int            `json:"instances"` // of the board
	Attempted     int            `json:"attempted"`
	Solved        int            `json:"solved"`
	Share         float64        `json:"share"` // solved of all instances: what was not tried was not solved

	// Ratio is the shifted geometric mean, over the instances that it solved, of its median time to the best:
	// exp(mean(log(ratio + shift))) - shift. It is nil if nothing was timed. Compare it only between
	// configurations that solved the same instances.
	Ratio *float64 `json:"ratio"`

	// Place is the mean of its ranks, nil if it was never ranked.
	Place *float64 `json:"place"`
}

// standings orders by share solved, then by ratio where instances rank by time, by mean place otherwise.
func standings(tables []Table, s Settings) []Standing {
	type tally struct {
		Standing
		logs, places  float64
		timed, ranked int
	}
	type key struct{ configuration, threads int }
	all := make(map[key]*tally)
	byTime := true
	for _, t := range tables {
		for i := range t.Rows {
			r := &t.Rows[i]
			byTime = byTime && r.RankBy == results.ByTime
			k := key{r.configuration, r.Threads}
			y := all[k]
			if y == nil {
				y = &tally{Standing: Standing{Plugin: r.Plugin, Solver: r.Solver, Options: r.Options,
					Configuration: r.Configuration, Threads: r.Threads, Instances: len(tables)}}
				all[k] = y
			}
			y.Attempted++
			if r.Status == results.Solved {
				y.Solved++
			}
			if r.Ratio != nil {
				y.logs += math.Log(*r.Ratio + s.Shift)
				y.timed++
			}
			if r.Rank != nil {
				y.places += float64(*r.Rank)
				y.ranked++
			}
		}
	}
	list := make([]Standing, 0, len(all))
	for _, y := range all {
		y.Share = float64(y.Solved) / float64(y.Instances)
		if y.timed > 0 {
			mean := math.Exp(y.logs/float64(y.timed)) - s.Shift
			y.Ratio = &mean
		}
		if y.ranked > 0 {
			mean := y.places / float64(y.ranked)
			y.Place = &mean
		}
		list = append(list, y.Standing)
	}
	slices.SortFunc(list, func(a, b Standing) int {
		first, second := compare(a.Place, b.Place), compare(a.Ratio, b.Ratio)
		if byTime {
			first, second = second, first
		}
		return cmp.Or(-cmp.Compare(a.Solved, b.Solved), first, second, cmp.Compare(a.Plugin, b.Plugin),
			cmp.Compare(a.Configuration, b.Configuration), cmp.Compare(a.Threads, b.Threads))
	})
	return list
}
