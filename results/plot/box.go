package plot

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/stats"
)

// mostPoints is up to how many repetitions are drawn one by one.
const mostPoints = 60

// Room for rows of names, in points.
const (
	rowHigh  = 12
	axisHigh = 42
)

// Box draws how the times of repetitions are spread: a panel an instance, a row a solver, with the quartiles as a box, the
// median as a line with its interval as a bar, the whole range as whiskers and, if there are not too many, every repetition
// as a point.
func Box(runs []results.Run, _ Options) (*Figure, error) {
	all, err := items(runs)
	if err != nil {
		return nil, err
	}
	name(all, nil)
	var missing []*item
	all = slices.DeleteFunc(all, func(i *item) bool {
		none := len(i.Timed()) == 0
		if none {
			missing = append(missing, i)
		}
		return none
	})
	if len(all) == 0 {
		return nil, noData("none of the selected runs has timed repetitions", "solverbench list runs says what became of them")
	}
	panels := groups(all, func(i *item) string { return i.Instance.Label })
	if err := tooMany("instances", len(panels), mostPanels); err != nil {
		return nil, err
	}
	s := &sheet{title: "Times of repetitions", panelWide: 3 * vg.Inch, least: Page}
	s.data.Head = append(slices.Clone(identityHead), "series", "repetition", "seconds", "batch")
	styles, rows := looks(names(all)), 0
	for _, g := range panels {
		rows = max(rows, len(g.items))
	}
	if err := tooMany("runs of an instance", rows, 2*mostSeries); err != nil {
		return nil, err
	}
	for _, g := range panels {
		slices.SortStableFunc(g.items, func(a, b *item) int { return cmp.Compare(b.name, a.name) }) // upwards
		p := &panel{title: g.label, grid: gridX, x: axis{label: "time of a solve [s]"}, high: rowHigh*vg.Length(rows) + axisHigh}
		p.y = axis{fixed: true, min: -.6, max: float64(len(g.items)) - .4}
		least, most := math.Inf(1), 0.0
		for row, i := range g.items {
			p.y.names = append(p.y.names, i.name)
			var times []float64
			for k, t := range i.Timed() {
				s.data.add(append(i.identity(), i.name, k, t.WallSeconds, t.Batch)...)
				times = append(times, t.WallSeconds)
				least, most = min(least, t.WallSeconds), max(most, t.WallSeconds)
			}
			p.x.cover(times...)
			p.layers = append(p.layers, box(float64(row), times, i, styles[i.name]))
		}
		p.x.log = least > 0 && most > 8*least
		s.panels = append(s.panels, p)
	}
	s.note(missing, "not timed")
	s.doubt(all)
	return s.figure(), nil
}

// box draws the row of a run.
func box(row float64, times []float64, i *item, l look) layer {
	sorted := slices.Sorted(slices.Values(times))
	return func(c draw.Canvas, at func(x, y float64) vg.Point, _ lettering) {
		const half, bar = 3.6, 5.2 // of the heights of box and median, in points
		x := func(v float64) vg.Length { return at(v, row).X }
		y := at(sorted[0], row).Y
		line := draw.LineStyle{Color: l.colour, Width: .7}
		first, third := x(stats.Quantile(sorted, .25)), x(stats.Quantile(sorted, .75))
		c.StrokeLine2(line, x(sorted[0]), y, first, y)
		c.StrokeLine2(line, third, y, x(sorted[len(sorted)-1]), y)
		corners := []vg.Point{{X: first, Y: y - half}, {X: third, Y: y - half}, {X: third, Y: y + half}, {X: first, Y: y + half}}
		c.FillPolygon(faded(l.colour, .22), corners)
		c.StrokeLines(line, append(corners, corners[0]))
		if len(times) <= mostPoints {
			for k, v := range times {
				// Spread upwards in the order in which they were made.
				dy := vg.Length(half*1.4) * (vg.Length(k)/vg.Length(max(1, len(times)-1)) - .5)
				marker(nil).draw(c, vg.Point{X: x(v), Y: y + dy}, .9, faded(l.colour, .75), false)
			}
		}
		if i.row.MedianSeconds != nil {
			if i.row.Confidence >= .95 {
				c.StrokeLine2(draw.LineStyle{Color: black, Width: .9}, x(*i.row.LoSeconds), y, x(*i.row.HiSeconds), y)
			}
			m := x(*i.row.MedianSeconds)
			c.StrokeLine2(draw.LineStyle{Color: black, Width: 1}, m, y-bar, m, y+bar)
		}
	}
}
