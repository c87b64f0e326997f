package plot

import (
	"math"
	"strings"

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

// layout is the frames of a sheet, and the room that columns and rows need beside the data.
type layout struct {
	columns, rows int
	frames        []frame
	left, right   []vg.Length
	top, base     []vg.Length
}

// lay finds the layout for an area of about a size.
func (s *sheet) lay(l lettering, width, height vg.Length) layout {
	o := layout{}
	o.columns, o.rows = s.grid(width + 2*edge)
	o.left, o.right = make([]vg.Length, o.columns), make([]vg.Length, o.columns)
	o.top, o.base = make([]vg.Length, o.rows), make([]vg.Length, o.rows)
	wide := (width - gap*vg.Length(o.columns-1)) / vg.Length(o.columns)
	high := (height - gap*vg.Length(o.rows-1)) / vg.Length(o.rows)
	for k, p := range s.panels {
		column, row := k%o.columns, k/o.columns
		below := k+o.columns < len(s.panels) && s.panels[k+o.columns].x.label == p.x.label
		beside := column > 0 && s.panels[k-1].y.label == p.y.label
		f := newFrame(p, l, wide, high, !below, !beside)
		o.frames = append(o.frames, f)
		o.left[column], o.right[column] = max(o.left[column], f.left), max(o.right[column], f.right)
		o.top[row], o.base[row] = max(o.top[row], f.top), max(o.base[row], f.base)
	}
	return o
}

// data returns how large the data areas are if everything is of a size.
func (o *layout) data(width, height vg.Length) (wide, high vg.Length) {
	width -= gap * vg.Length(o.columns-1)
	height -= gap * vg.Length(o.rows-1)
	for k := range o.columns {
		width -= o.left[k] + o.right[k]
	}
	for k := range o.rows {
		height -= o.top[k] + o.base[k]
	}
	return max(width/vg.Length(o.columns), 4), max(height/vg.Length(o.rows), 4)
}

// drawPanels lays the panels out so that all data areas are as large and those in a row or column are in line.
func (s *sheet) drawPanels(c draw.Canvas, l lettering) {
	width, height := c.Max.X-c.Min.X, c.Max.Y-c.Min.Y
	o := s.lay(l, width, height)
	wide, high := o.data(width, height)
	start := c.Min.X
	if s.aspect > 0 {
		if w := high / vg.Length(s.aspect); w < wide {
			start += (wide - w) * vg.Length(o.columns) / 2
			wide = w
		}
		high = wide * vg.Length(s.aspect)
	}
	y := c.Max.Y
	for row := range o.rows {
		x := start
		y -= o.top[row]
		for column := range o.columns {
			x += o.left[column]
			if k := row*o.columns + column; k < len(o.frames) && !o.frames[k].empty {
				area := c
				area.Rectangle = vg.Rectangle{Min: vg.Point{X: x, Y: y - high}, Max: vg.Point{X: x + wide, Y: y}}
				o.frames[k].draw(area, l)
			}
			x += wide + o.right[column] + gap
		}
		y -= high + o.base[row] + gap
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
	if p.bare {
		f.left, f.right, f.top, f.base = 0, 0, p.titleHigh(), 0
		return f
	}
	f.xTicks, f.yTicks = p.x.ticks(max(2, int(wide/38))), p.y.ticks(max(2, int(high/22)))
	f.top = max(f.top, p.titleHigh())
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

func titleLines(title string) []string {
	if title == "" {
		return nil
	}
	return strings.Split(title, "\n")
}

func (p *panel) titleSize() vg.Length {
	if p.small {
		return tickSize
	}
	return labelSize
}

// titleHigh is how much room the title needs.
func (p *panel) titleHigh() vg.Length {
	if p.title == "" {
		return 0
	}
	return 4 + vg.Length(len(titleLines(p.title)))*(p.titleSize()+1)
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
	lines, size, room := titleLines(f.title), f.titleSize(), c.Max.X-c.Min.X+2*min(f.left, f.right)+2*edge
	for k, line := range lines {
		y := c.Max.Y + 3 + vg.Length(len(lines)-k)*(size+1)
		l.write(c, size, black, vg.Point{X: middle.X, Y: y}, text.XCenter, text.YTop, l.fit(size, line, room))
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
