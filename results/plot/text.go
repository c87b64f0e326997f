package plot

import (
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Sizes of type, as read on paper.
const (
	labelSize = 8
	tickSize  = 7
	noteSize  = 6.5
)

// lettering writes text in which ^{…} is raised, such as 10^{−3}.
type lettering struct{ fonts *font.Cache }

func newLettering() lettering { return lettering{font.NewCache(liberation.Collection())} }

// style is that of text of a size in points.
func (l lettering) style(size vg.Length, x text.XAlignment, y text.YAlignment) text.Style {
	return text.Style{
		Color: black, Font: font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}, XAlign: x, YAlign: y, Handler: l,
	}
}

// write puts one line of text at a point.
func (l lettering) write(c draw.Canvas, size vg.Length, colour color.Color, at vg.Point, x text.XAlignment, y text.YAlignment, s string) {
	style := l.style(size, x, y)
	style.Color = colour
	c.FillText(style, at, s)
}

// width of one line of text.
func (l lettering) width(size vg.Length, s string) vg.Length {
	return l.style(size, text.XLeft, text.YTop).Width(s)
}

// fit cuts a line to a width, with an ellipsis where it had to.
func (l lettering) fit(size vg.Length, s string, width vg.Length) string {
	if l.width(size, s) <= width {
		return s
	}
	r := []rune(s)
	for len(r) > 1 && l.width(size, string(r)+"…") > width {
		r = r[:len(r)-1]
	}
	return string(r) + "…"
}

// wrap breaks text between words into lines of at most a width.
func (l lettering) wrap(size vg.Length, s string, width vg.Length) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(s) {
		longer := strings.TrimSpace(line + " " + word)
		if line != "" && l.width(size, longer) > width {
			lines = append(lines, line)
			longer = word
		}
		line = longer
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// piece is text of one size.
type piece struct {
	text   string
	raised bool
}

func pieces(s string) []piece {
	var all []piece
	for s != "" {
		before, rest, found := strings.Cut(s, "^{")
		up, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			return append(all, piece{s, false})
		}
		if before != "" {
			all = append(all, piece{before, false})
		}
		all = append(all, piece{up, true})
		s = after
	}
	return all
}

const (
	raisedSize = 0.72 // of the size of the line
	raisedBy   = 0.36
)

func (l lettering) face(f font.Font, raised bool) font.Face {
	if raised {
		f.Size *= raisedSize
	}
	return l.fonts.Lookup(f, f.Size)
}

// Cache, Extents, Lines, Box and Draw make lettering a text.Handler.
func (l lettering) Cache() *font.Cache { return l.fonts }

func (l lettering) Extents(f font.Font) font.Extents {
	face := l.face(f, false)
	return face.Extents()
}

func (l lettering) Lines(s string) []string { return strings.Split(strings.TrimRight(s, "\n"), "\n") }

func (l lettering) Box(s string, f font.Font) (width, height, depth vg.Length) {
	for _, p := range pieces(s) {
		face := l.face(f, p.raised)
		width += face.Width(p.text)
	}
	e := l.Extents(f)
	return width, e.Ascent, e.Descent
}

func (l lettering) Draw(c vg.Canvas, s string, style text.Style, at vg.Point) {
	if s == "" {
		return
	}
	c.SetColor(style.Color)
	if style.Rotation != 0 {
		c.Push()
		c.Rotate(style.Rotation)
		defer c.Pop()
	}
	sin64, cos64 := math.Sincos(style.Rotation)
	sin, cos := vg.Length(sin64), vg.Length(cos64)
	at.X, at.Y = at.Y*sin+at.X*cos, at.Y*cos-at.X*sin
	lines := l.Lines(s)
	at.Y += style.Height(s)*vg.Length(style.YAlign) - l.Extents(style.Font).Ascent
	for i, line := range lines {
		w, _, _ := l.Box(line, style.Font)
		p := at.Add(vg.Point{X: vg.Length(style.XAlign) * w, Y: vg.Length(len(lines)-i) * style.Font.Size})
		for _, piece := range pieces(line) {
			face, q := l.face(style.Font, piece.raised), p
			if piece.raised {
				q.Y += raisedBy * style.Font.Size
			}
			c.FillString(face, q, piece.text)
			p.X += face.Width(piece.text)
		}
	}
}
