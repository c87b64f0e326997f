package rank

import (
	"cmp"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
)

// total is what a configuration is ranked by over instances, or what one of them adds to that.
type total struct{ solved, logs, timed, places, ranked float64 }

// total sums over instances, each as often as its weight, or once if there are none.
func (c *contender) total(weights []float64) (t total) {
	for i := range c.parts {
		w := 1.0
		if weights != nil {
			w = weights[i]
		}
		if w != 0 {
			t = t.plus(&c.parts[i], w)
		}
	}
	return t
}

func (t total) plus(p *total, w float64) total {
	return total{t.solved + w*p.solved, t.logs + w*p.logs, t.timed + w*p.timed, t.places + w*p.places, t.ranked + w*p.ranked}
}

// ranking orders by how much was solved, then by the mean ratio if by time, by the mean place otherwise.
type ranking struct{ byTime bool }

func (o ranking) compare(a, b total) int {
	ratio, place := mean(a.logs, a.timed, b.logs, b.timed), mean(a.places, a.ranked, b.places, b.ranked)
	if !o.byTime {
		ratio, place = place, ratio
	}
	return cmp.Or(-cmp.Compare(a.solved, b.solved), ratio, place)
}

// mean compares two means; that of nothing is last, and what rounding may make differ is alike.
func mean(a, n, b, m float64) int {
	switch {
	case n == 0 || m == 0:
		return cmp.Compare(m, n)
	case a/n-b/m > 1e-12*max(1, a/n):
		return 1
	case b/m-a/n > 1e-12*max(1, a/n):
		return -1
	}
	return 0
}

// ranks returns the rank of each; those that are alike share it.
func (o ranking) ranks(totals []total) []int {
	order, ranks := make([]int, len(totals)), make([]int, len(totals))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return o.compare(totals[a], totals[b]) })
	for at, i := range order {
		ranks[i] = at + 1
		if at > 0 && o.compare(totals[order[at-1]], totals[i]) == 0 {
			ranks[i] = ranks[order[at-1]]
		}
	}
	return ranks
}

// resample ranks over instances drawn with replacement, as often as is asked for. What is drawn depends on the seed alone.
func (o ranking) resample(standings []Standing, all []*contender, instances, resamples int, s Settings) {
	drawn := make([][]int, resamples)
	var workers sync.WaitGroup
	n := runtime.GOMAXPROCS(0)
	for w := range n {
		workers.Go(func() {
			weights, totals := make([]float64, instances), make([]total, len(all))
			for k := w; k < len(drawn); k += n {
				random := rand.New(rand.NewPCG(s.Seed, uint64(k)))
				clear(weights)
				for range instances {
					weights[random.IntN(instances)]++
				}
				for i, c := range all {
					totals[i] = c.total(weights)
				}
				drawn[k] = o.ranks(totals)
			}
		})
	}
	workers.Wait()
	tail := int((1 - s.Confidence) / 2 * float64(resamples))
	ranks := make([]int, len(drawn))
	for i := range standings {
		first := 0
		for k := range drawn {
			ranks[k] = drawn[k][i]
			if ranks[k] == 1 {
				first++
			}
		}
		slices.Sort(ranks)
		if len(ranks) > 0 {
			standings[i].First = float64(first) / float64(len(ranks))
			standings[i].RankLo, standings[i].RankHi = ranks[tail], ranks[len(ranks)-1-tail]
		}
	}
}

// resamples is how many there are of a board: as many as the settings say, or, where there are so many rows that this would take
// longer than ranking them, fewer, but not below a floor that tells 95 % from 90.
func (s *Settings) resamples(rows int) int {
	const affordable, floor = 2e7, 200
	return min(s.Resamples, max(int(affordable/float64(max(rows, 1))), floor))
}

// mostNamed is how many instances that decide are named.
const mostNamed = 3

// leaveOneOut ranks without each instance in turn, and warns where the first place depends on one.
func (o ranking) leaveOneOut(s *Summary, all []*contender, totals []total, tables []Table) {
	for i := range s.Standings {
		s.Standings[i].WithoutOneLo, s.Standings[i].WithoutOneHi = len(all), 1
	}
	warned := 0
	without := make([]total, len(all))
	for t := range tables {
		for i, c := range all {
			without[i] = totals[i].plus(&c.parts[t], -1)
		}
		lost, winner := -1, -1
		for i, r := range o.ranks(without) {
			y := &s.Standings[i]
			y.WithoutOneLo, y.WithoutOneHi = min(y.WithoutOneLo, r), max(y.WithoutOneHi, r)
			if y.Rank == 1 && r > 1 {
				lost = i
			}
			if r == 1 && winner < 0 {
				winner = i
			}
		}
		if lost < 0 {
			continue
		}
		if warned++; warned <= mostNamed {
			s.Warnings = append(s.Warnings, Warning{OneInstance, Place, "the first place depends on one instance: without " +
				tables[t].Instance.Label + " it would be " + s.Standings[winner].Configuration + "'s, not " + s.Standings[lost].Configuration + "'s."})
		}
	}
}
