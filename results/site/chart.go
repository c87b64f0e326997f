package site

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/solverbench/solverbench/results/report"
)

// chart is a figure in SVG. Its colours are classes of the style sheet, so that it follows dark and light; its series carry the names by
// which the script selects them.
type chart struct {
	Title      string
	X, Y       string // what the axes show, with units
	LogX, LogY bool
	Steps      bool // from point to point as a staircase, of shares: from 0 to 1
	Lines      bool // join points
	Series     []series
}

// series is what a chart shows of one solver.
type series struct {
	Name   string
	Style  int  // of colour, marker and dash
	Cloud  bool // not to be joined
	Points []point
}

type point struct {
	X, Y float64
	Run  int64 // that it is of, 0 for none
}

// add puts a point to the series of a name, and says whether there was room for it.
func (c *chart) add(name string, p point) bool {
	k := slices.IndexFunc(c.Series, func(s series) bool { return s.Name == name })
	if k < 0 {
		if k = len(c.Series); k == mostSeries {
			return false
		}
		c.Series = append(c.Series, series{Name: name, Style: k})
	}
	c.Series[k].Points = append(c.Series[k].Points, p)
	return true
}

// Sizes of a chart, in its own units; the page scales it.
const (
	chartWidth, chartHeight = 640.0, 340.0
	marginLeft, marginRight = 62.0, 12.0
	marginTop, marginBottom = 10.0, 44.0
	styles                  = 8 // that the style sheet has
	markerSize              = 4.5
)

// scale maps values onto an axis.
type scale struct {
	lo, hi   float64 // after the logarithm
	log      bool
	from, to float64
}

func newScale(values []float64, log bool, from, to float64) scale {
	s := scale{lo: math.Inf(1), hi: math.Inf(-1), log: log, from: from, to: to}
	for _, v := range values {
		if v = s.transform(v); !math.IsNaN(v) && !math.IsInf(v, 0) {
			s.lo, s.hi = min(s.lo, v), max(s.hi, v)
		}
	}
	switch pad := (s.hi - s.lo) * 0.04; {
	case s.lo > s.hi:
		s.lo, s.hi = 0, 1
	case pad == 0 && log:
		s.lo, s.hi = s.lo-0.5, s.hi+0.5
	case pad == 0:
		s.lo, s.hi = s.lo-max(math.Abs(s.lo)/2, 0.5), s.hi+max(math.Abs(s.hi)/2, 0.5)
	default:
		s.lo, s.hi = s.lo-pad, s.hi+pad
	}
	return s
}

func (s scale) transform(v float64) float64 {
	if s.log {
		return math.Log10(v)
	}
	return v
}

// at is where a value lies, and whether it can be shown.
func (s scale) at(v float64) (float64, bool) {
	v = s.transform(v)
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, false
	}
	return s.from + (v-s.lo)/(s.hi-s.lo)*(s.to-s.from), true
}

// ticks are the values to label, and those between that get a line only.
func (s scale) ticks() (labelled, minor []float64) {
	if s.log && s.hi-s.lo >= 1 {
		step := max(1, int(math.Ceil((s.hi-s.lo)/8)))
		for e := int(math.Ceil(s.lo)); float64(e) <= s.hi; e++ {
			if e%step == 0 {
				labelled = append(labelled, math.Pow10(e))
			}
		}
		for e := int(math.Floor(s.lo)); step == 1 && float64(e) <= s.hi; e++ {
			for m := 2.0; m < 10; m++ {
				if v := m * math.Pow10(e); s.transform(v) >= s.lo && s.transform(v) <= s.hi {
					minor = append(minor, v)
				}
			}
		}
		if len(labelled) >= 2 {
			return labelled, minor
		}
		labelled, minor = nil, nil
	}
	lo, hi := s.lo, s.hi
	if s.log {
		lo, hi = math.Pow(10, lo), math.Pow(10, hi)
	}
	raw := (hi - lo) / 5
	step := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5, 10} {
		if step*m >= raw {
			step *= m
			break
		}
	}
	for k := math.Ceil(lo / step); k*step <= hi; k++ {
		labelled = append(labelled, k*step+0) // which has no negative zero
	}
	return labelled, minor
}

// svg draws the chart.
func (c chart) svg() template.HTML {
	var xs, ys []float64
	for _, s := range c.Series {
		for _, p := range s.Points {
			xs, ys = append(xs, p.X), append(ys, p.Y)
		}
	}
	if c.Steps {
		ys = []float64{0, 1}
	}
	x := newScale(xs, c.LogX, marginLeft, chartWidth-marginRight)
	y := newScale(ys, c.LogY, chartHeight-marginBottom, marginTop)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %g %g" role="img" aria-label="%s">`, chartWidth, chartHeight, html.EscapeString(c.Title))
	c.axes(&b, x, y)
	for _, s := range c.Series {
		s.draw(&b, x, y, c)
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) //nolint:gosec // every text in it is escaped
}

func (c chart) axes(b *strings.Builder, x, y scale) {
	bottom, right := chartHeight-marginBottom, chartWidth-marginRight
	var grid, small, texts strings.Builder
	labelled, minor := x.ticks()
	for _, v := range minor {
		p, _ := x.at(v)
		fmt.Fprintf(&small, "M%.1f %gv4", p, bottom)
	}
	for _, v := range labelled {
		p, _ := x.at(v)
		fmt.Fprintf(&grid, "M%.1f %gV%g", p, bottom, marginTop)
		fmt.Fprintf(&texts, `<text x="%.1f" y="%g" text-anchor="middle">%s</text>`, p, bottom+16, tick(v))
	}
	labelled, minor = y.ticks()
	for _, v := range minor {
		p, _ := y.at(v)
		fmt.Fprintf(&small, "M%g %.1fh-4", marginLeft, p)
	}
	for _, v := range labelled {
		p, _ := y.at(v)
		fmt.Fprintf(&grid, "M%g %.1fH%g", marginLeft, p, right)
		fmt.Fprintf(&texts, `<text x="%g" y="%.1f" text-anchor="end">%s</text>`, marginLeft-7, p+4, tick(v))
	}
	fmt.Fprintf(b, `<path class="grid" d="%s"/><path class="minor" d="%s"/>%s`, grid.String(), small.String(), texts.String())
	fmt.Fprintf(b, `<path class="axis" d="M%g %gV%gH%g"/>`, marginLeft, marginTop, bottom, right)
	fmt.Fprintf(b, `<text x="%g" y="%g" text-anchor="middle">%s</text>`, (marginLeft+right)/2, chartHeight-6, html.EscapeString(c.X))
	fmt.Fprintf(b, `<text x="14" y="%g" text-anchor="middle" transform="rotate(-90 14 %[1]g)">%s</text>`,
		(marginTop+bottom)/2, html.EscapeString(c.Y))
}

// tick is the label of an axis: powers of ten as such, others as plain numbers.
func tick(v float64) string {
	e := math.Log10(math.Abs(v))
	if r := math.Round(e); v > 0 && math.Abs(e-r) < 1e-9 && (r >= 4 || r <= -3) {
		return fmt.Sprintf(`10<tspan dy="-5" font-size="75%%">%s</tspan>`, strings.Replace(strconv.Itoa(int(r)), "-", "−", 1))
	}
	return strings.Replace(strconv.FormatFloat(v, 'g', 4, 64), "-", "−", 1)
}

func (s series) draw(b *strings.Builder, x, y scale, c chart) {
	fmt.Fprintf(b, `<g class="series s%d" data-series="%s">`, s.Style%styles, html.EscapeString(report.Clean(s.Name)))
	var path, marks strings.Builder
	pen := "M"
	var last float64
	for _, p := range s.Points {
		px, okX := x.at(p.X)
		py, okY := y.at(p.Y)
		if !okX || !okY {
			continue
		}
		if c.Steps && pen == "L" {
			fmt.Fprintf(&path, "L%.1f %.1f", px, last)
		}
		fmt.Fprintf(&path, "%s%.1f %.1f", pen, px, py)
		pen, last = "L", py
		if !c.Steps {
			fmt.Fprintf(&marks, `<use href="#k%d" x="%.0f" y="%.0f"`, s.Style%styles, px, py)
			if p.Run != 0 {
				fmt.Fprintf(&marks, ` data-r="%d"`, p.Run)
			}
			marks.WriteString("/>")
		}
	}
	if c.Steps && pen == "L" {
		fmt.Fprintf(&path, "H%g", x.to)
	}
	if (c.Lines || c.Steps) && !s.Cloud {
		fmt.Fprintf(b, `<path class="line" d="%s"><title>%s</title></path>`, path.String(), html.EscapeString(report.Clean(s.Name)))
	}
	b.WriteString(marks.String() + "</g>")
}

// markers are shapes of their own for each style, for print in grey. They are around the origin.
var markers = [styles]string{
	"M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z", // circle
	"M-4 -4h8v8h-8z",        // square
	"M0 -5.4l5 9h-10z",      // triangle
	"M0 -6l6 6l-6 6l-6 -6z", // diamond
	"M0 5.4l5 -9h-10z",      // triangle on its tip
	"M-1.6 -5.4h3.2v3.8h3.8v3.2h-3.8v3.8h-3.2v-3.8h-3.8v-3.2h3.8z", // plus
	"M0 -5.4l4.6 2.7v5.4l-4.6 2.7l-4.6 -2.7v-5.4z",                 // hexagon
	"M-6 -2.2h12v4.4h-12z",                                         // bar
}

// marker is one of the markers, by its number.
type marker struct {
	ID   string
	Path string
}

func markerList() (out []marker) {
	for k, path := range markers {
		out = append(out, marker{fmt.Sprintf("k%d", k), path})
	}
	return out
}
