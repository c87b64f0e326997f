package plot

import (
	"cmp"

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
	bare   bool      // no ticks
	small  bool      // title
	empty  bool      // a place where nothing is
	high   vg.Length // where the figure may choose; 0 for a share of the width
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
	title     string
	panels    []*panel
	legend    []entry
	caption   string // below, before the notes
	notes     []string
	columns   int       // of panels; 0 for as many as fit
	panelWide vg.Length // that a panel has at least; 0 for 2 in
	aspect    float64   // height to width of the data; 0 for any
	bar       *colourBar
	data      Table
	least     vg.Length // width of a panel where the figure may choose its own
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
	gap        = 9
	sampleWide = 20
	sampleGap  = 4
	lineHigh   = 10
)

func (s *sheet) grid(width vg.Length) (columns, rows int) {
	columns = s.columns
	if columns == 0 {
		columns = min(len(s.panels), max(1, int(width/cmp.Or(s.panelWide, 2*vg.Inch))))
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
		if s.aspect > 0 {
			o := s.lay(l, width-2*edge, vg.Length(rows)*width*vg.Length(s.aspect)/vg.Length(columns))
			wide, _ := o.data(width-2*edge, 0)
			high := vg.Length(rows)*wide*vg.Length(s.aspect) + gap*vg.Length(rows-1)
			for k := range rows {
				high += o.top[k] + o.base[k]
			}
			return high + s.below(l, width) + 2*edge
		}
		one := width / vg.Length(columns) * .8
		for _, p := range s.panels {
			one = cmp.Or(max(p.high, 0), one)
		}
		return vg.Length(rows)*one + s.below(l, width)
	}
	f.draw = func(c draw.Canvas) { s.draw(c, l) }
	return f
}

// below is how high legend and notes are.
func (s *sheet) below(l lettering, width vg.Length) vg.Length {
	high := vg.Length(len(s.flow(l, width)))*lineHigh + vg.Length(len(s.noteLines(l, width)))*(noteSize+1.5) + 2*edge
	if s.bar != nil {
		high += barRoom
	}
	return high
}

func (s *sheet) noteLines(l lettering, width vg.Length) (all []string) {
	for _, n := range append([]string{s.caption}, s.notes...) {
		all = append(all, l.wrap(noteSize, n, width-2*edge)...)
	}
	return all
}

// placed is an entry of the legend with its place in its line.
type placed struct {
	entry
	x, wide vg.Length
}

// flow breaks the legend into lines: one if it fits, else columns as wide as the widest entry.
func (s *sheet) flow(l lettering, width vg.Length) (lines [][]placed) {
	width -= 2 * edge
	total, widest := vg.Length(0), vg.Length(0)
	wide := make([]vg.Length, len(s.legend))
	for k, e := range s.legend {
		wide[k] = sampleWide + sampleGap + l.width(tickSize, e.text) + gap
		total, widest = total+wide[k], max(widest, wide[k])
	}
	columns := len(s.legend)
	if total-gap > width {
		widest = min(widest, width)
		columns = max(1, int((width+gap)/widest))
		total = widest * vg.Length(columns)
		for k := range wide {
			wide[k] = widest
		}
	}
	for k, e := range s.legend {
		if k%columns == 0 {
			lines = append(lines, nil)
		}
		line := &lines[len(lines)-1]
		x := (width - total + gap) / 2
		if n := len(*line); n > 0 {
			x = (*line)[n-1].x + wide[k-1]
		}
		*line = append(*line, placed{e, x, wide[k] - gap})
	}
	return lines
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
	for i, line := range lines {
		y := bottom + vg.Length(len(lines)-1-i)*lineHigh
		for _, e := range line {
			x := c.Min.X + e.x
			e.sample(c, vg.Rectangle{Min: vg.Point{X: x, Y: y + 1}, Max: vg.Point{X: x + sampleWide, Y: y + lineHigh - 1}})
			label := l.fit(tickSize, e.text, e.wide-sampleWide-sampleGap+1)
			l.write(c, tickSize, black, vg.Point{X: x + sampleWide + sampleGap, Y: y + lineHigh/2 + .8}, text.XLeft, text.YCenter, label)
		}
	}
	if s.bar != nil {
		area := c
		area.Min.Y = bottom + vg.Length(len(lines))*lineHigh
		area.Max.Y = area.Min.Y + barRoom
		s.bar.draw(area, l)
	}
	c.Min.Y += s.below(l, width)
	s.drawPanels(c, l)
}
