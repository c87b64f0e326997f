package plot

import (
	"math"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Lengths of marks, and room between things around a panel, in points.
const (
	majorTick = 3
	minorTick = 1.6
	tickGap   = 2
	labelGap  = 3.5
)

// nameShare is how much of the width of a panel names at its side may take.
const nameShare = 0.38

// frame is a panel as it is drawn: its ticks and the room that stands around the data.
type frame struct {
	*panel
	xTicks, yTicks         []tick
	labelX, labelY         bool
	left, right, top, base vg.Length
}

// drawPanels lays the panels out so that all data areas are as large and those in a row or column are in line.
func (s *sheet) drawPanels(c draw.Canvas, l lettering) {
	columns, rows := s.grid(c.Max.X - c.Min.X + 2*edge)
	wide := (c.Max.X - c.Min.X - gap*vg.Length(columns-1)) / vg.Length(columns)
	high := (c.Max.Y - c.Min.Y - gap*vg.Length(rows-1)) / vg.Length(rows)
	frames := make([]frame, len(s.panels))
	left, right := make([]vg.Length, columns), make([]vg.Length, columns)
	top, base := make([]vg.Length, rows), make([]vg.Length, rows)
	for k, p := range s.panels {
		column, row := k%columns, k/columns
		below := k+columns < len(s.panels) && s.panels[k+columns].x.label == p.x.label
		beside := column > 0 && s.panels[k-1].y.label == p.y.label
		f := newFrame(p, l, wide, high, !below, !beside)
		frames[k] = f
		left[column], right[column] = max(left[column], f.left), max(right[column], f.right)
		top[row], base[row] = max(top[row], f.top), max(base[row], f.base)
	}
	wide, high = wide*vg.Length(columns), high*vg.Length(rows)
	for k := range columns {
		wide -= left[k] + right[k]
	}
	for k := range rows {
		high -= top[k] + base[k]
	}
	wide, high = max(wide/vg.Length(columns), 4), max(high/vg.Length(rows), 4)
	y := c.Max.Y
	for row := range rows {
		x := c.Min.X
		y -= top[row]
		for column := range columns {
			x += left[column]
			if k := row*columns + column; k < len(frames) {
				area := c
				area.Rectangle = vg.Rectangle{Min: vg.Point{X: x, Y: y - high}, Max: vg.Point{X: x + wide, Y: y}}
				frames[k].draw(area, l)
			}
			x += wide + right[column] + gap
		}
		y -= high + base[row] + gap
	}
}

func newFrame(p *panel, l lettering, wide, high vg.Length, labelX, labelY bool) frame {
	f := frame{panel: p, labelX: labelX && p.x.label != "", labelY: labelY && p.y.label != "", top: 4, right: 4}
	for k, n := range p.y.names {
		p.y.names[k] = l.fit(tickSize, n, wide*nameShare)
	}
	for k, n := range p.x.names {
		p.x.names[k] = l.fit(tickSize, n, high*.5)
	}
	f.xTicks, f.yTicks = p.x.ticks(max(2, int(wide/38))), p.y.ticks(max(2, int(high/22)))
	if p.title != "" {
		f.top = labelSize + 5
	}
	f.left, f.base = tickGap+majorTick, tickGap+majorTick
	for _, t := range f.yTicks {
		f.left = max(f.left, l.width(tickSize, t.label)+tickGap+majorTick)
	}
	for _, t := range f.xTicks {
		w := l.width(tickSize, t.label)
		switch {
		case p.x.names != nil:
			f.base = max(f.base, w+2*tickGap)
		case t.label != "":
			f.base = max(f.base, tickSize+tickGap+majorTick)
			f.right = max(f.right, w/2-vg.Length(1-p.x.place(t.value))*wide*.8)
		}
	}
	if f.labelX {
		f.base += labelSize + labelGap
	}
	if f.labelY {
		f.left += labelSize + labelGap
	}
	return f
}

// at returns where values are in the area of the data.
func (f *frame) at(c draw.Canvas) func(x, y float64) vg.Point {
	return func(x, y float64) vg.Point { return vg.Point{X: c.X(f.x.place(x)), Y: c.Y(f.y.place(y))} }
}

func (f *frame) draw(c draw.Canvas, l lettering) {
	at := f.at(c)
	f.drawGrid(c, at)
	for _, layer := range f.layers {
		layer(c, at, l)
	}
	c.StrokeLines(draw.LineStyle{Color: black, Width: .5}, []vg.Point{c.Min, {X: c.Max.X, Y: c.Min.Y}, c.Max, {X: c.Min.X, Y: c.Max.Y}, c.Min})
	f.drawTicks(c, at, l)
	middle := c.Center()
	if f.title != "" {
		title := l.fit(labelSize, f.title, c.Max.X-c.Min.X+f.left)
		l.write(c, labelSize, black, vg.Point{X: middle.X, Y: c.Max.Y + f.top - 1}, text.XCenter, text.YTop, title)
	}
	if f.labelX {
		l.write(c, labelSize, black, vg.Point{X: middle.X, Y: c.Min.Y - f.base}, text.XCenter, text.YBottom, f.x.label)
	}
	if f.labelY {
		style := l.style(labelSize, text.XCenter, text.YTop)
		style.Rotation = math.Pi / 2
		label := l.fit(labelSize, f.y.label, c.Max.Y-c.Min.Y+f.top+f.base)
		c.FillText(style, vg.Point{X: c.Min.X - f.left, Y: middle.Y}, label)
	}
}

func (f *frame) drawGrid(c draw.Canvas, at func(x, y float64) vg.Point) {
	line := draw.LineStyle{Color: pale, Width: .4}
	if f.grid != gridNone {
		for _, t := range f.xTicks {
			if x := at(t.value, 1).X; t.label != "" && c.ContainsX(x) {
				c.StrokeLine2(line, x, c.Min.Y, x, c.Max.Y)
			}
		}
	}
	if f.grid == gridBoth {
		for _, t := range f.yTicks {
			if y := at(1, t.value).Y; t.label != "" && c.ContainsY(y) {
				c.StrokeLine2(line, c.Min.X, y, c.Max.X, y)
			}
		}
	}
}

func (f *frame) drawTicks(c draw.Canvas, at func(x, y float64) vg.Point, l lettering) {
	line := draw.LineStyle{Color: black, Width: .5}
	length := func(t tick) vg.Length {
		if t.label == "" {
			return minorTick
		}
		return majorTick
	}
	for _, t := range f.xTicks {
		x := at(t.value, 1).X
		switch {
		case !c.ContainsX(x):
		case f.x.names != nil:
			style := l.style(tickSize, text.XRight, text.YCenter)
			style.Rotation = math.Pi / 2
			c.FillText(style, vg.Point{X: x - 1, Y: c.Min.Y - tickGap}, t.label)
		default:
			c.StrokeLine2(line, x, c.Min.Y, x, c.Min.Y-length(t))
			l.write(c, tickSize, black, vg.Point{X: x, Y: c.Min.Y - majorTick - tickGap/2}, text.XCenter, text.YTop, t.label)
		}
	}
	for _, t := range f.yTicks {
		y := at(1, t.value).Y
		if !c.ContainsY(y) {
			continue
		}
		if f.y.names == nil {
			c.StrokeLine2(line, c.Min.X, y, c.Min.X-length(t), y)
		}
		l.write(c, tickSize, black, vg.Point{X: c.Min.X - majorTick - tickGap, Y: y + .8}, text.XRight, text.YCenter, t.label)
	}
}
