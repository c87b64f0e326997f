package plot

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/solverbench/solverbench/results"
)

// farthest is the ratio to the best from which on colours are the same.
const farthest = 100

// codes stand for what is not solved.
func codes() map[results.Status]string {
	return map[results.Status]string{
		results.Inaccurate: "I", results.Diverged: "D", results.Timeout: "T", results.OutOfMemory: "M", results.Crashed: "C",
		results.ProtocolError: "P", results.Unsupported: "U", results.Cancelled: "X",
	}
}

// Heatmap draws solvers against instances: the ratio of each to the best of the instance, as a colour and as a number, and a
// letter for why a run is not solved. An empty cell was not run.
func Heatmap(runs []results.Run, o Options) (*Figure, error) {
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
	rows := names(all)
	columns := groups(all, func(i *item) string { return i.Instance.Label })
	if err := cmp.Or(tooMany("solvers", len(rows), 2*mostSeries), tooMany("instances", len(columns), 4*mostPanels)); err != nil {
		return nil, err
	}
	slices.Reverse(rows) // upwards
	ratios := ratiosToBest(columns, q)
	s := &sheet{title: "Ratio of " + q.name + " to the best", least: Page}
	s.data.Head = append(slices.Clone(identityHead), "series", q.name, "ratio")
	labels, common := shortened(columns)
	p := &panel{grid: gridNone, title: "ratio of " + q.name + " to the best"}
	p.x = axis{label: common, fixed: true, min: -.5, max: float64(len(columns)) - .5, names: labels}
	p.y = axis{fixed: true, min: -.5, max: float64(len(rows)) - .5, names: rows}
	l := newLettering()
	longest := vg.Length(0)
	for _, t := range labels {
		longest = max(longest, l.width(tickSize, t))
	}
	p.high = rowHigh*vg.Length(len(rows)) + longest + 30
	if len(columns) <= 6 && !slices.ContainsFunc(rows, func(n string) bool { return l.width(tickSize, n) > nameShare*Column }) {
		s.least = Column
	}
	unsolved := make(map[results.Status]bool)
	for x, g := range columns {
		for _, i := range g.items {
			y := slices.Index(rows, i.name)
			r, solved := ratios[i]
			if solved {
				s.data.add(append(i.identity(), i.name, value(q, i), r)...)
				cell(p, float64(x), float64(y), viridis.at(1-.85*math.Log(min(r, farthest))/math.Log(farthest)), short(r))
				continue
			}
			s.data.add(append(i.identity(), i.name, value(q, i), nil)...)
			unsolved[i.Status] = true
			cell(p, float64(x), float64(y), pale, codes()[i.Status])
		}
	}
	s.panels = []*panel{p}
	for _, r := range []float64{1, 3, 10, 30, farthest} {
		label := short(r)
		if r == farthest {
			label += " and more"
		}
		s.legend = append(s.legend, entry{swatch(viridis.at(1 - .85*math.Log(r)/math.Log(farthest))), label})
	}
	for _, status := range results.Statuses() {
		if code, some := codes()[status]; some && unsolved[status] {
			s.legend = append(s.legend, entry{letter(code), string(status)})
		}
	}
	if q.name == timeQuantity {
		s.doubt(all)
	}
	return s.figure(), nil
}

// cell fills a place with a colour and a word that is read on it.
func cell(p *panel, x, y float64, colour color.RGBA, word string) {
	p.layers = append(p.layers, func(c draw.Canvas, at func(x, y float64) vg.Point, l lettering) {
		a, b := at(x-.5, y-.5), at(x+.5, y+.5)
		c.FillPolygon(colour, []vg.Point{a, {X: b.X, Y: a.Y}, b, {X: a.X, Y: b.Y}})
		c.StrokeLines(draw.LineStyle{Color: white, Width: .6}, []vg.Point{a, {X: b.X, Y: a.Y}, b, {X: a.X, Y: b.Y}, a})
		if l.width(noteSize, word) < b.X-a.X {
			ink := black
			if luminance(colour) < .5 {
				ink = white
			}
			l.write(c, noteSize, ink, vg.Point{X: (a.X + b.X) / 2, Y: (a.Y+b.Y)/2 + .6}, text.XCenter, text.YCenter, word)
		}
	})
}

// letter is a cell of a legend.
func letter(code string) func(draw.Canvas, vg.Rectangle) {
	l := newLettering()
	return func(c draw.Canvas, b vg.Rectangle) {
		swatch(pale)(c, b)
		l.write(c, noteSize, black, vg.Point{X: (b.Min.X + b.Max.X) / 2, Y: (b.Min.Y+b.Max.Y)/2 + .6}, text.XCenter, text.YCenter, code)
	}
}

// short writes a ratio with two digits.
func short(r float64) string {
	switch {
	case r < 9.95:
		return strconv.FormatFloat(r, 'f', 1, 64)
	case r < 9999.5:
		return strconv.FormatFloat(r, 'f', 0, 64)
	}
	return "10^{" + strconv.Itoa(int(math.Floor(math.Log10(r)))) + "}"
}

// shortened takes off labels of instances what they have in common: the problem if it is one, else the family.
func shortened(columns []group) (labels []string, common string) {
	var problems, families []string
	for _, g := range columns {
		labels = append(labels, g.label)
		problem, _, _ := strings.Cut(g.label, "[")
		problems = append(problems, problem)
		family, _, _ := strings.Cut(g.label, "/")
		families = append(families, family+"/")
	}
	common = ""
	if p := unique(problems); len(p) == 1 {
		common = p[0]
	} else if f := unique(families); len(f) == 1 {
		common = f[0]
	}
	for k, label := range labels {
		label = strings.TrimPrefix(label, common)
		if inner, ok := strings.CutPrefix(label, "["); ok {
			label = strings.TrimSuffix(inner, "]")
		}
		labels[k] = cmp.Or(label, "defaults")
	}
	return labels, strings.TrimSuffix(common, "/")
}
