package plot

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/solverbench/solverbench/results"
)

// Convergence draws how a metric falls while solvers solve, from their checkpoints: a panel an instance, a curve a solver.
func Convergence(runs []results.Run, o Options) (*Figure, error) {
	all, err := items(runs)
	if err != nil {
		return nil, err
	}
	name(all, nil)
	var silent []*item
	all = slices.DeleteFunc(all, func(i *item) bool {
		none := len(i.Checkpoints) == 0
		if none {
			silent = append(silent, i)
		}
		return none
	})
	if len(all) == 0 {
		return nil, noData("none of the selected runs has checkpoints", "run solvers that send them with solverbench run --checkpoints 50")
	}
	y, err := primary(cmp.Or(o.Y, o.Metric), all)
	if err != nil {
		return nil, err
	}
	across, err := progress(o.X)
	if err != nil {
		return nil, err
	}
	panels := groups(all, func(i *item) string { return i.Instance.Label })
	if err := cmp.Or(tooMany("instances", len(panels), mostPanels), tooMany("solvers", len(names(all)), mostSeries)); err != nil {
		return nil, err
	}
	s := &sheet{title: "Convergence: " + y.name + " against " + across.label}
	s.data.Head = append(slices.Clone(identityHead), "series", "checkpoint", "seconds", "evaluations", y.name)
	styles, drawn, missing, bounded := looks(names(all)), make(map[string]bool), []*item(nil), false
	for _, g := range panels {
		p := &panel{title: g.label, x: axis{label: across.label}, y: y.axis(all)}
		curves := make(map[string]curve)
		least, most := math.Inf(1), math.Inf(-1)
		for _, i := range g.items {
			c := curve{look: styles[i.name], marks: 10}
			for _, k := range course(i, y.name) {
				s.data.add(append(i.identity(), i.name, k.label, k.seconds, k.evaluations, k.value)...)
				if x := across.of(k); finite(k.value) && finite(x) && !(p.y.log && k.value <= 0) {
					c.points = append(c.points, point{x: x, y: k.value})
					least, most = min(least, x), max(most, x)
				}
			}
			if len(c.points) == 0 {
				missing = append(missing, i)
				continue
			}
			curves[i.name], drawn[i.name] = c, true
		}
		p.x.log = least > 0 && most > 30*least
		for _, n := range names(g.items) {
			curves[n].on(p)
		}
		if tol := g.items[0].Instance.Tolerance; tol != 0 && y.name == g.items[0].Instance.Primary {
			bound(p, tol)
			bounded = true
		}
		s.panels = append(s.panels, p)
	}
	if len(drawn) == 0 {
		return nil, noData("no checkpoint of the selected runs has a value of "+y.name, "choose another with --metric")
	}
	s.key(styles, drawn, curve{})
	if bounded {
		s.legend = append(s.legend, ruleEntry("tolerance"))
	}
	s.note(silent, "without checkpoints")
	s.note(missing, "without "+y.name+" at checkpoints")
	return s.figure(), nil
}

// step is a solution on the way, or the last one.
type step struct {
	label       string
	seconds     float64
	evaluations float64
	value       float64
}

// course returns a run's checkpoints and, if the first solve ended after them, its end. Checkpoints are by the plugin's clock;
// the end is by the harness's, from which a call that does nothing is taken off.
func course(i *item, metric string) (all []step) {
	value := func(ms []results.Measurement) float64 {
		for _, m := range ms {
			if m.Name == metric {
				return m.Value
			}
		}
		return math.NaN()
	}
	last := 0.0
	for _, c := range i.Checkpoints {
		all = append(all, step{fmt.Sprint(c.Index), c.Seconds, float64(c.Evaluations), value(c.Measurements)})
		last = c.Seconds
	}
	if end := i.FirstSeconds - i.TransportSeconds; i.FirstSeconds > 0 && end >= last {
		all = append(all, step{"end", end, float64(i.Evaluations), value(i.Measurements)})
	}
	return all
}

// progression is what a solve's progress is measured by.
type progression struct {
	label string
	of    func(step) float64
}

func progress(asked string) (progression, error) {
	switch asked {
	case "", timeQuantity:
		return progression{"time since the solve began [s]", func(s step) float64 { return s.seconds }}, nil
	case evaluationsQuantity:
		return progression{"evaluations", func(s step) float64 { return s.evaluations }}, nil
	case "checkpoint":
		return progression{"checkpoint", func(s step) float64 {
			if k, ok := parse(s.label); ok {
				return k + 1
			}
			return math.NaN()
		}}, nil
	}
	return progression{}, fmt.Errorf("--x: %q, expected time, evaluations or checkpoint", asked)
}
