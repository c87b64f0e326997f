package plot

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/stats"
)

// Profile draws Dolan and Moré's performance profile: for every solver the share of instances that it solves within a
// factor of the best. What was not solved, or not tried, never counts as solved.
func Profile(runs []results.Run, o Options) (*Figure, error) {
	all, err := items(runs)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, errNoRuns()
	}
	q, err := quantityOf(cmp.Or(o.Metric, timeQuantity), "metric", all)
	if err != nil {
		return nil, err
	}
	if q.better != results.Lower {
		return nil, fmt.Errorf("--metric: %q, expected a quantity of which less is better: ratios to the best of others mean little", q.name)
	}
	name(all, nil)
	instances := groups(all, func(i *item) string { return i.Instance.Label })
	solvers := series(all)
	if err := tooMany("solvers", len(solvers), mostSeries); err != nil {
		return nil, err
	}
	ratios := ratiosToBest(instances, q)
	if len(ratios) == 0 {
		return nil, noData("none of the selected runs is solved and has a "+q.name, "solverbench list runs says what became of them")
	}
	s := &sheet{title: "Performance profile of " + q.name}
	s.data.Head = append(slices.Clone(identityHead), "series", q.name, "ratio", "share")
	p := &panel{title: plural(len(instances), "instance"), x: axis{label: "ratio of " + q.name + " to the best", log: true}, y: axis{label: "share of instances solved", fixed: true, max: 1.03}}
	last := 1.0
	for _, r := range ratios {
		last = max(last, r)
	}
	last = max(1.5, math.Pow(last, 1.06))
	p.x.fixed, p.x.min, p.x.max = true, 1, last
	styles, drawn := looks(names(all)), make(map[string]bool)
	incomplete := 0
	for _, k := range solvers {
		var values []float64
		for _, i := range k.items {
			if r, solved := ratios[i]; solved {
				values = append(values, r)
			}
		}
		if len(k.items) < len(instances) {
			incomplete++
		}
		steps := stats.Profile(values, len(instances))
		for _, i := range k.items {
			v, _, _ := q.of(i)
			r, solved := ratios[i]
			if !solved {
				s.data.add(append(i.identity(), i.name, v, nil, nil)...)
				continue
			}
			s.data.add(append(i.identity(), i.name, v, r, stats.ShareAt(steps, r))...)
		}
		c := curve{look: styles[k.label], step: true, marks: 8}
		c.points = []point{{x: 1, y: stats.ShareAt(steps, 1)}}
		for _, step := range steps {
			if step.At > 1 {
				c.points = append(c.points, point{x: step.At, y: step.Share})
			}
		}
		c.points = append(c.points, point{x: last, y: stats.ShareAt(steps, last)})
		c.on(p)
		drawn[k.label] = true
	}
	s.panels = []*panel{p}
	s.key(styles, drawn, curve{})
	if incomplete > 0 {
		s.notes = append(s.notes, fmt.Sprintf("Not tried counts as not solved: %s not run on all instances.", wasWere(incomplete, "solver")))
	}
	if q.name == timeQuantity {
		s.doubt(all)
	}
	return s.figure(), nil
}

// wasWere counts things that something was done to.
func wasWere(n int, one string) string {
	if n == 1 {
		return "1 " + one + " was"
	}
	return fmt.Sprintf("%d %ss were", n, one)
}

// ratiosToBest returns, for each solved run that has the quantity, its ratio to the least of its instance.
func ratiosToBest(instances []group, q quantity) map[*item]float64 {
	ratios := make(map[*item]float64)
	for _, g := range instances {
		best := math.Inf(1)
		for _, i := range g.items {
			if v, _, _ := q.of(i); i.Status == results.Solved && v > 0 {
				best = min(best, v)
			}
		}
		for _, i := range g.items {
			if v, _, _ := q.of(i); i.Status == results.Solved && v > 0 && finite(v) {
				ratios[i] = v / best
			}
		}
	}
	return ratios
}
