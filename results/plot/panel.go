package plot

import (
	"slices"

	gonum "gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// panel is a system of axes with what is drawn in it.
type panel struct {
	title  string
	x, y   axis
	layers []layer
	grid   gridLines
	ratio  float64 // height to width, about, where the figure may choose
}

type gridLines int

const (
	gridBoth gridLines = iota
	gridX
	gridNone
)

// layer draws into a panel; at turns values into points.
type layer func(c draw.Canvas, at func(x, y float64) vg.Point, l lettering)

// sheet lays panels out with a legend and notes below.
type sheet struct {
	title   string
	panels  []*panel
	legend  []entry
	notes   []string
	columns int // of panels; 0 for as many as fit
	data    Table
	least   vg.Length // width of a panel where the figure may choose its own
}

// entry is a line of a legend: a sample, which may be nil, and what it means.
type entry struct {
	sample func(c draw.Canvas, box vg.Rectangle)
	text   string
}

// mostPanels is how many panels can be read on a page.
const mostPanels = 12

// Room around things, in points.
const (
	edge       = 2
	gap        = 8
	sampleWide = 20
	lineHigh   = 10
)

func (s *sheet) grid(width vg.Length) (columns, rows int) {
	columns = s.columns
	if columns == 0 {
		columns = min(len(s.panels), max(1, int(width/(2*vg.Inch))))
		if len(s.panels) == 4 && columns == 3 {
			columns = 2
		}
	}
	return columns, (len(s.panels) + columns - 1) / columns
}

func (s *sheet) figure() *Figure {
	l := newLettering()
	width := vg.Length(Column)
	if len(s.panels) > 1 || s.least > Column {
		width = Page
	}
	f := &Figure{Title: s.title, Data: s.data, Notes: s.notes, width: width}
	f.height = func(width vg.Length) vg.Length {
		columns, rows := s.grid(width)
		ratio := 0.8
		if r := s.panels[0].ratio; r > 0 {
			ratio = r
		}
		one := width / vg.Length(columns) * vg.Length(ratio)
		return vg.Length(rows)*one + s.below(l, width)
	}
	f.draw = func(c draw.Canvas) { s.draw(c, l) }
	return f
}

// below is how high legend and notes are.
func (s *sheet) below(l lettering, width vg.Length) vg.Length {
	return vg.Length(len(s.flow(l, width)))*lineHigh + vg.Length(len(s.noteLines(l, width)))*(noteSize+1.5) + 2*edge
}

func (s *sheet) noteLines(l lettering, width vg.Length) (all []string) {
	for _, n := range s.notes {
		all = append(all, l.wrap(noteSize, n, width-2*edge)...)
	}
	return all
}

// flow breaks the legend into lines, of columns as wide as the widest entry if that costs no more lines than are saved.
func (s *sheet) flow(l lettering, width vg.Length) [][]entry {
	if len(s.legend) == 0 {
		return nil
	}
	n := max(1, int((width-2*edge)/s.columnWide(l, width)))
	return slices.Collect(slices.Chunk(s.legend, n))
}

func (s *sheet) columnWide(l lettering, width vg.Length) vg.Length {
	widest := vg.Length(0)
	for _, e := range s.legend {
		widest = max(widest, l.width(tickSize, e.text))
	}
	return min(widest+sampleWide+4+gap, width-2*edge)
}

func (s *sheet) draw(c draw.Canvas, l lettering) {
	width := c.Max.X - c.Min.X
	c = draw.Crop(c, edge, -edge, edge, -edge)
	bottom := c.Min.Y
	notes := s.noteLines(l, width)
	for i, n := range notes {
		y := bottom + vg.Length(len(notes)-1-i)*(noteSize+1.5)
		l.write(c, noteSize, grey, vg.Point{X: c.Min.X, Y: y}, text.XLeft, text.YBottom, n)
	}
	bottom += vg.Length(len(notes)) * (noteSize + 1.5)
	lines := s.flow(l, width)
	wide := s.columnWide(l, width)
	left := c.Min.X
	if len(lines) > 0 {
		left += max(0, (c.Max.X-c.Min.X-vg.Length(len(lines[0]))*wide+gap)/2)
	}
	for i, line := range lines {
		y := bottom + vg.Length(len(lines)-1-i)*lineHigh
		for k, e := range line {
			x := left + vg.Length(k)*wide
			e.sample(c, vg.Rectangle{Min: vg.Point{X: x, Y: y + 1}, Max: vg.Point{X: x + sampleWide, Y: y + lineHigh - 1}})
			label := l.fit(tickSize, e.text, wide-sampleWide-4)
			l.write(c, tickSize, black, vg.Point{X: x + sampleWide + 4, Y: y + lineHigh/2 + .3}, text.XLeft, text.YCenter, label)
		}
	}
	c.Min.Y += s.below(l, width)
	s.drawPanels(c, l, width)
}

func (s *sheet) drawPanels(c draw.Canvas, l lettering, width vg.Length) {
	columns, rows := s.grid(width)
	tiles := draw.Tiles{Cols: columns, Rows: rows, PadX: gap, PadY: gap}
	plots := make([][]*gonum.Plot, rows)
	for r := range rows {
		plots[r] = make([]*gonum.Plot, columns)
		for k := range columns {
			if i := r*columns + k; i < len(s.panels) {
				below := i+columns < len(s.panels) && s.panels[i+columns].x.label == s.panels[i].x.label
				besides := k > 0 && s.panels[i-1].y.label == s.panels[i].y.label
				one := tiles.At(c, k, r)
				plots[r][k] = s.panels[i].plot(l, one.Max.X-one.Min.X, one.Max.Y-one.Min.Y, !below, !besides)
			}
		}
	}
	for r, row := range gonum.Align(plots, tiles, c) {
		for k, canvas := range row {
			if plots[r][k] != nil {
				plots[r][k].Draw(canvas)
			}
		}
	}
}

// plot makes the panel for about a size, with or without labels of its axes.
func (p *panel) plot(l lettering, width, height vg.Length, labelX, labelY bool) *gonum.Plot {
	g := gonum.New()
	g.BackgroundColor = nil
	g.TextHandler = l
	g.Title.TextStyle = l.style(labelSize, text.XCenter, text.YTop)
	g.Title.Text = l.fit(labelSize, p.title, width)
	g.Title.Padding = 3
	p.x.set(&g.X, max(2, int(width/38)))
	p.y.set(&g.Y, max(2, int(height/22)))
	for _, a := range []*gonum.Axis{&g.X, &g.Y} {
		a.Padding = 0
		a.Label.Padding = 1
		a.Tick.Length = min(a.Tick.Length, 3.5)
		a.Tick.LineStyle.Width, a.LineStyle.Width = .5, .5
	}
	g.X.Label.TextStyle = l.style(labelSize, text.XCenter, text.YBottom)
	g.Y.Label.TextStyle = g.X.Label.TextStyle
	g.X.Tick.Label = l.style(tickSize, text.XCenter, text.YTop)
	g.Y.Tick.Label = l.style(tickSize, text.XRight, text.YCenter)
	if labelX {
		g.X.Label.Text = p.x.label
	}
	if labelY {
		g.Y.Label.Text = p.y.label
	}
	g.Add(background{p})
	g.Add(foreground{p, l})
	return g
}

// background is the frame and the grid.
type background struct{ *panel }

func (b background) Plot(c draw.Canvas, g *gonum.Plot) {
	x, y := g.Transforms(&c)
	line := draw.LineStyle{Color: pale, Width: .4}
	if b.panel.grid != gridNone {
		for _, t := range g.X.Tick.Marker.Ticks(g.X.Min, g.X.Max) {
			if v := x(t.Value); !t.IsMinor() && c.ContainsX(v) {
				c.StrokeLine2(line, v, c.Min.Y, v, c.Max.Y)
			}
		}
	}
	if b.panel.grid == gridBoth {
		for _, t := range g.Y.Tick.Marker.Ticks(g.Y.Min, g.Y.Max) {
			if v := y(t.Value); !t.IsMinor() && c.ContainsY(v) {
				c.StrokeLine2(line, c.Min.X, v, c.Max.X, v)
			}
		}
	}
	c.StrokeLines(draw.LineStyle{Color: grey, Width: .4}, []vg.Point{c.Min, {X: c.Max.X, Y: c.Min.Y}, c.Max, {X: c.Min.X, Y: c.Max.Y}, c.Min})
}

// foreground is the data.
type foreground struct {
	*panel
	l lettering
}

func (f foreground) Plot(c draw.Canvas, g *gonum.Plot) {
	x, y := g.Transforms(&c)
	at := func(u, v float64) vg.Point { return vg.Point{X: x(u), Y: y(v)} }
	for _, layer := range f.layers {
		layer(c, at, f.l)
	}
}
