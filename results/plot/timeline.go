package plot

import (
	"cmp"
	"image/color"
	"math"
	"slices"
	"time"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/solverbench/solverbench/results"
)

// noiseRow names the row of the reference kernels.
const noiseRow = "noise"

// Timeline draws when the runs of an experiment were made, to see how they took turns and how calm the machine was: a row
// a solver, a pale bar from a run's begin to its end, dark ones for its repetitions, and a row for the noise.
func Timeline(runs []results.Run, o Options) (*Figure, error) {
	all, err := items(runs)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(i *item) bool { return i.Started.IsZero() || i.Finished.Before(i.Started) })
	if len(all) == 0 {
		return nil, noData("none of the selected runs has begun and ended", "make some with solverbench run")
	}
	name(all, sweeps(all))
	rows := names(all)
	if err := tooMany("solvers", len(rows), 2*mostSeries); err != nil {
		return nil, err
	}
	slices.Reverse(rows) // upwards
	start := slices.MinFunc(all, func(a, b *item) int { return a.Started.Compare(b.Started) }).Started
	end := slices.MaxFunc(all, func(a, b *item) int { return a.Finished.Compare(b.Finished) }).Finished
	unit, one := "s", time.Second
	switch span := end.Sub(start); {
	case span > 3*time.Hour:
		unit, one = "h", time.Hour
	case span > 5*time.Minute:
		unit, one = "min", time.Minute
	}
	since := func(t time.Time) float64 { return float64(t.Sub(start)) / float64(one) }
	s := &sheet{title: "Time line of an experiment", least: Page}
	s.data.Head = append(slices.Clone(identityHead), "series", "what", "start_seconds", "end_seconds", "noise")
	p := &panel{grid: gridX, x: axis{label: "time since the first run began [" + unit + "]", fixed: true, min: 0, max: since(end) * 1.01}}
	p.y = axis{fixed: true, min: -.6, max: float64(len(rows)) + 1.3, names: append([]string{noiseRow}, rows...)}
	p.high = rowHigh*vg.Length(len(rows)+2) + axisHigh
	styles := looks(names(all))
	blocks(p, all, since)
	for _, i := range all {
		row := float64(1 + slices.Index(rows, i.name))
		s.data.add(append(i.identity(), i.name, "run", i.Started.Sub(start).Seconds(), i.Finished.Sub(start).Seconds(), i.Noise)...)
		bar(p, row, 3.4, since(i.Started), since(i.Finished), faded(styles[i.name].colour, .3))
		for _, r := range i.Repetitions {
			if r.Started.IsZero() {
				continue
			}
			stop := r.Started.Add(time.Duration(r.WallSeconds * float64(max(r.Batch, 1)) * float64(time.Second)))
			what := "repetition"
			if r.Warmup {
				what = "warm-up"
			}
			s.data.add(append(i.identity(), i.name, what, r.Started.Sub(start).Seconds(), stop.Sub(start).Seconds(), r.Noise)...)
			bar(p, row, 3.4, since(r.Started), since(stop), styles[i.name].colour)
		}
		if i.Status != results.Solved {
			cross(p, since(i.Finished), row)
		}
	}
	noise(p, o.Noise, since)
	for _, n := range o.Noise {
		at := n.Time.Sub(start).Seconds()
		s.data.add(nil, nil, nil, nil, nil, nil, nil, "noise", at, at, n.Ratio)
	}
	s.panels = []*panel{p}
	s.legend = []entry{
		{swatch(faded(grey, .3)), "run"}, {swatch(grey), "repetition"},
		{func(c draw.Canvas, b vg.Rectangle) {
			markers[7].draw(c, vg.Point{X: (b.Min.X + b.Max.X) / 2, Y: (b.Min.Y + b.Max.Y) / 2}, markRadius, black, false)
		}, "not solved"},
	}
	if len(o.Noise) > 0 {
		s.legend = append(s.legend, entry{func(c draw.Canvas, b vg.Rectangle) {
			y := (b.Min.Y + b.Max.Y) / 2
			c.StrokeLine2(noiseLine, b.Min.X, y, b.Max.X, y)
		}, "reference kernel, ratio to calm"})
	}
	return s.figure(), nil
}

// swatch is a filled box of a legend.
func swatch(colour color.Color) func(draw.Canvas, vg.Rectangle) {
	return func(c draw.Canvas, b vg.Rectangle) {
		c.FillPolygon(colour, []vg.Point{b.Min, {X: b.Max.X, Y: b.Min.Y}, b.Max, {X: b.Min.X, Y: b.Max.Y}})
	}
}

// blocks shades the time in which each second instance was run, and names it where there is room.
func blocks(p *panel, all []*item, since func(time.Time) float64) {
	type block struct {
		label    string
		from, to float64
	}
	var list []block
	for _, g := range groups(all, func(i *item) string { return i.Instance.Label }) {
		b := block{g.label, math.Inf(1), 0}
		for _, i := range g.items {
			b.from, b.to = min(b.from, since(i.Started)), max(b.to, since(i.Finished))
		}
		list = append(list, b)
	}
	slices.SortStableFunc(list, func(a, b block) int { return cmp.Compare(a.from, b.from) })
	p.layers = append(p.layers, func(c draw.Canvas, at func(x, y float64) vg.Point, l lettering) {
		for k, b := range list {
			from, to := at(b.from, 0).X, at(b.to, 0).X
			if k%2 == 0 {
				c.FillPolygon(faded(grey, .08), []vg.Point{{X: from, Y: c.Min.Y}, {X: to, Y: c.Min.Y}, {X: to, Y: c.Max.Y}, {X: from, Y: c.Max.Y}})
			}
			if l.width(noteSize-1, b.label) < to-from {
				l.write(c, noteSize-1, grey, vg.Point{X: (from + to) / 2, Y: c.Max.Y - 1}, text.XCenter, text.YTop, b.label)
			}
		}
	})
}

// bar fills a stretch of a row.
func bar(p *panel, row float64, half vg.Length, from, to float64, colour color.Color) {
	p.layers = append(p.layers, func(c draw.Canvas, at func(x, y float64) vg.Point, _ lettering) {
		a, b := at(from, row), at(to, row)
		b.X = max(b.X, a.X+.35) // so that short ones are seen
		c.FillPolygon(colour, []vg.Point{{X: a.X, Y: a.Y - half}, {X: b.X, Y: a.Y - half}, {X: b.X, Y: a.Y + half}, {X: a.X, Y: a.Y + half}})
	})
}

var noiseLine = draw.LineStyle{Color: black, Width: .7}

// noise draws the probes in the lowest row, from calm at its foot to the noisiest at its top.
func noise(p *panel, probes []results.NoiseProbe, since func(time.Time) float64) {
	if len(probes) == 0 {
		return
	}
	most := 1.05
	for _, n := range probes {
		most = max(most, n.Ratio)
	}
	p.y.names[0] = noiseRow + ", 1 to " + number(math.Round(100*most)/100)
	p.layers = append(p.layers, func(c draw.Canvas, at func(x, y float64) vg.Point, _ lettering) {
		var line []vg.Point
		for _, n := range probes {
			line = append(line, at(since(n.Time), -.4+.8*(max(n.Ratio, 1)-1)/(most-1)))
		}
		c.StrokeLines(noiseLine, c.ClipLinesXY(line)...)
	})
}

// cross marks the end of a run that is not solved.
func cross(p *panel, x, row float64) {
	p.layers = append(p.layers, func(c draw.Canvas, at func(x, y float64) vg.Point, _ lettering) {
		markers[7].draw(c, at(x, row), markRadius, black, false)
	})
}
