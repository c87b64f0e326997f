package plot

import (
	"cmp"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/solverbench/solverbench/results"
)

// Pareto draws runs by two quantities, a panel an instance, with the front of those that no other beats in both.
func Pareto(runs []results.Run, o Options) (*Figure, error) {
	all, err := items(runs)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, errNoRuns()
	}
	x, err := quantityOf(cmp.Or(o.X, timeQuantity), "x", all)
	if err != nil {
		return nil, err
	}
	y, err := primary(cmp.Or(o.Y, o.Metric), all)
	if err != nil {
		return nil, err
	}
	name(all, sweeps(all))
	panels := groups(all, withoutTolerance)
	if err := cmp.Or(tooMany("problems", len(panels), mostPanels), tooMany("solvers", len(names(all)), mostSeries)); err != nil {
		return nil, err
	}
	s := &sheet{title: "Pareto front: " + y.name + " against " + x.name}
	s.data.Head = append(slices.Clone(identityHead), "series", x.name, y.name, "front")
	styles, drawn, missing, hollow := looks(names(all)), make(map[string]bool), []*item(nil), false
	for _, g := range panels {
		p := &panel{title: g.label, x: x.axis(all), y: y.axis(all)}
		best := front(g.items, x, y)
		stairs(p, g.items, best, x, y)
		for _, i := range g.items {
			vx, vy := value(x, i), value(y, i)
			s.data.add(append(i.identity(), i.name, vx, vy, best[i])...)
			if !finite(vx) || !finite(vy) {
				missing = append(missing, i)
				continue
			}
			l := styles[i.name]
			if !best[i] {
				l.colour = faded(l.colour, .45)
			}
			unsolved := i.Status != results.Solved
			hollow, drawn[i.name] = hollow || unsolved, true
			curve{look: l, bare: true, points: []point{{x: vx, y: vy, hollow: unsolved}}}.on(p)
		}
		s.panels = append(s.panels, p)
	}
	if len(drawn) == 0 {
		return nil, noData("none of the selected runs has both "+x.name+" and "+y.name, "choose others with --x and --y")
	}
	s.key(styles, drawn, curve{bare: true})
	s.legend = append(s.legend, entry{func(c draw.Canvas, box vg.Rectangle) {
		v := (box.Min.Y + box.Max.Y) / 2
		c.StrokeLine2(frontLine, box.Min.X, v, box.Max.X, v)
	}, "front"})
	if hollow {
		s.legend = append(s.legend, hollowEntry("tolerance not met"))
	}
	s.note(missing, "without "+x.name+" or "+y.name)
	if x.name == timeQuantity || y.name == timeQuantity {
		s.doubt(all)
	}
	return s.figure(), nil
}

var frontLine = draw.LineStyle{Color: grey, Width: .8}

// cost turns a value so that less is better.
func cost(q quantity, i *item) float64 {
	if q.better == results.Higher {
		return -value(q, i)
	}
	return value(q, i)
}

// front says which runs no other beats: is at least as good in both quantities, and better in one.
func front(all []*item, x, y quantity) map[*item]bool {
	best := make(map[*item]bool)
	for _, i := range all {
		a, b := cost(x, i), cost(y, i)
		beaten := !finite(a) || !finite(b)
		for _, other := range all {
			c, d := cost(x, other), cost(y, other)
			beaten = beaten || c <= a && d <= b && (c < a || d < b)
		}
		best[i] = !beaten
	}
	return best
}

// stairs draws the edge of what the front beats.
func stairs(p *panel, all []*item, best map[*item]bool, x, y quantity) {
	var edge []*item
	for _, i := range all {
		if best[i] {
			edge = append(edge, i)
		}
	}
	slices.SortFunc(edge, func(a, b *item) int {
		return cmp.Or(cmp.Compare(value(x, a), value(x, b)), cmp.Compare(value(y, a), value(y, b)))
	})
	if x.better == results.Higher {
		slices.Reverse(edge)
	}
	p.layers = append(p.layers, func(c draw.Canvas, at func(x, y float64) vg.Point, _ lettering) {
		var line []vg.Point
		for k, i := range edge {
			q := at(value(x, i), value(y, i))
			if k > 0 {
				line = append(line, vg.Point{X: q.X, Y: line[len(line)-1].Y})
			}
			line = append(line, q)
		}
		c.StrokeLines(frontLine, c.ClipLinesXY(line)...)
	})
}
