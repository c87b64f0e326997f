package plot

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// point of a curve; hollow where what it stands for was not solved.
type point struct {
	x, y   float64
	lo, hi float64 // interval of x, if they differ
	hollow bool
}

// curve is a line through points, with markers.
type curve struct {
	look
	points []point
	step   bool // horizontal to the next point, then vertical
	bare   bool // no line
	marks  int  // about how many points have markers; 0 for all, negative for none
}

const (
	lineWide   = 1.1
	markRadius = 2.3
)

// on draws the curve in a panel and makes room for it.
func (k curve) on(p *panel) {
	for _, q := range k.points {
		p.x.cover(q.x)
		p.y.cover(q.y)
		if q.lo < q.hi {
			p.x.cover(q.lo, q.hi)
		}
	}
	p.layers = append(p.layers, func(c draw.Canvas, at func(x, y float64) vg.Point, _ lettering) {
		visible := make([]point, 0, len(k.points))
		for _, q := range k.points {
			if !(p.x.log && q.x <= 0) && !(p.y.log && q.y <= 0) && finite(q.x) && finite(q.y) {
				if p.x.log && q.lo <= 0 {
					q.lo, q.hi = q.x, q.x
				}
				visible = append(visible, q)
			}
		}
		k.draw(c, at, visible)
	})
}

func (k curve) draw(c draw.Canvas, at func(x, y float64) vg.Point, points []point) {
	if !k.bare {
		var line []vg.Point
		for i, q := range points {
			if k.step && i > 0 {
				line = append(line, at(q.x, points[i-1].y))
			}
			line = append(line, at(q.x, q.y))
		}
		c.StrokeLines(k.line(lineWide), c.ClipLinesXY(line)...)
	}
	thin := draw.LineStyle{Color: k.colour, Width: .6}
	for _, q := range points {
		if q.lo < q.hi {
			a, b := at(q.lo, q.y), at(q.hi, q.y)
			c.StrokeLine2(thin, a.X, a.Y, b.X, b.Y)
		}
	}
	if k.marks < 0 {
		return
	}
	every := 1
	if k.marks > 0 {
		every = max(1, (len(points)+k.marks-1)/k.marks)
	}
	for i, q := range points {
		if last := i == len(points)-1; !last && i%every == 0 || last && !k.step {
			if p := at(q.x, q.y); c.Contains(p) {
				k.marker.draw(c, p, markRadius, k.colour, q.hollow)
			}
		}
	}
}

// sample shows in a legend what a curve looks like.
func (k curve) sample(c draw.Canvas, box vg.Rectangle) {
	y := (box.Min.Y + box.Max.Y) / 2
	if !k.bare {
		c.StrokeLine2(k.line(lineWide), box.Min.X, y, box.Max.X, y)
	}
	if k.marks >= 0 {
		k.marker.draw(c, vg.Point{X: (box.Min.X + box.Max.X) / 2, Y: y}, markRadius, k.colour, false)
	}
}

// hollowEntry explains hollow markers.
func hollowEntry(text string) entry {
	return entry{func(c draw.Canvas, box vg.Rectangle) {
		marker(nil).draw(c, vg.Point{X: (box.Min.X + box.Max.X) / 2, Y: (box.Min.Y + box.Max.Y) / 2}, markRadius, grey, true)
	}, text}
}

// ruleEntry explains a thin dashed line.
func ruleEntry(text string) entry {
	return entry{func(c draw.Canvas, box vg.Rectangle) {
		y := (box.Min.Y + box.Max.Y) / 2
		c.StrokeLine2(rule, box.Min.X, y, box.Max.X, y)
	}, text}
}

// rule is how bounds are drawn.
var rule = draw.LineStyle{Color: grey, Width: .6, Dashes: []vg.Length{3, 2}}

// bound draws a horizontal line across a panel.
func bound(p *panel, y float64) {
	if p.y.log && y <= 0 {
		return
	}
	p.y.cover(y)
	p.layers = append(p.layers, func(c draw.Canvas, at func(x, y float64) vg.Point, _ lettering) {
		v := at(1, y).Y
		c.StrokeLine2(rule, c.Min.X, v, c.Max.X, v)
	})
}
