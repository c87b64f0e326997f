package plot

import (
	"cmp"
	"errors"
	"fmt"
	"image"
	"strconv"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Rasters are the pictures of a scene for a screen: without axes, a pixel a value or several, all on the same scales.
type Rasters struct {
	// Given is what answers are compared with: the input and the truth, as far as there are any.
	Given []Raster
	// Answers are in the order of the scene's.
	Answers []Raster
	// Errors are how far the answers are from the truth, none if that is not known.
	Errors []Raster
	// Colours says in a sentence what they mean.
	Colours string
}

// Raster is a picture with its name.
type Raster struct {
	Name  string
	Image image.Image
}

// Rasters returns the pictures of a scene with at most so many pixels across; where there are more values, they are averaged. Photos have
// values from 0 to 1, of one channel or three; others are fields, of which those in one row are drawn as curves over that of the truth.
func (s *Scene) Rasters(longest int, photos bool) (*Rasters, error) {
	if err := s.checkRasters(photos); err != nil {
		return nil, err
	}
	first := cmp.Or(s.Truth, &s.Answers[0])
	if first.Rows == 1 && !photos {
		return s.curveRasters(), nil
	}
	paintOne, said := photo, ""
	if !photos {
		values, err := fieldPaint(first)
		if err != nil {
			return nil, err
		}
		paintOne, said = values.of, "Values "+values.String()+"."
	}
	shrunk := func(p *Picture) *Picture {
		if p = s.shrink(p, longest); !photos {
			p = p.upward()
		}
		return p
	}
	out := &Rasters{Colours: said}
	for _, p := range []*Picture{s.Input, s.Truth} {
		if p != nil {
			out.Given = append(out.Given, Raster{p.Name, paintOne(shrunk(p))})
		}
	}
	for i := range s.Answers {
		out.Answers = append(out.Answers, Raster{s.Answers[i].Name, paintOne(shrunk(&s.Answers[i]))})
	}
	if s.Truth == nil {
		return out, nil
	}
	far, colours := s.apart, s.errorPaint
	if photos {
		far, colours = s.far, s.photoPaint
	}
	scale := colours()
	out.Colours = strings.TrimSpace(out.Colours + " Errors " + scale.String() + ".")
	for i := range s.Answers {
		a := &s.Answers[i]
		distance := &Picture{Rows: a.Rows, Columns: a.Columns, Values: make([]float64, a.Rows*a.Columns)}
		for k := range distance.Values {
			distance.Values[k] = far(a, k)
		}
		out.Errors = append(out.Errors, Raster{a.Name, scale.of(shrunk(distance))})
	}
	return out, nil
}

// checkRasters says what of a scene cannot be drawn.
func (s *Scene) checkRasters(photos bool) error {
	if len(s.Answers) == 0 {
		return errors.New("there are no solutions to draw")
	}
	all := []*Picture{cmp.Or(s.Truth, &s.Answers[0])} // what others are like comes first
	for i := range s.Answers {
		all = append(all, &s.Answers[i])
	}
	if s.Input != nil {
		all = append(all, s.Input)
	}
	for _, p := range all {
		if err := p.check(); err != nil {
			return err
		}
		if n := p.channels(); n != 1 && (n != 3 || !photos) {
			return fmt.Errorf("%s: %d values a place, expected 1, or 3 in photos", p.Name, n)
		}
		if first := all[0]; p != s.Input && (p.Rows != first.Rows || p.Columns != first.Columns || len(p.Values) != len(first.Values)) {
			return fmt.Errorf("%s: %d×%d values, expected %d×%d as %s has", p.Name, p.Rows, p.Columns, first.Rows, first.Columns, first.Name)
		}
	}
	return nil
}

// shrink returns a picture with at most so many columns and rows, each value the mean of those that it stands for. Space keeps its
// proportions. Time does not, and has some height even where there are few times.
func (s *Scene) shrink(p *Picture, longest int) *Picture {
	columns, rows := min(p.Columns, longest), min(p.Rows, longest)
	if s.square() {
		most := max(p.Columns, p.Rows, longest)
		columns, rows = max(1, p.Columns*longest/most), max(1, p.Rows*longest/most)
	} else {
		rows = max(rows, columns/2)
	}
	if columns == p.Columns && rows == p.Rows {
		return p
	}
	n := p.channels()
	out := &Picture{Name: p.Name, Columns: columns, Rows: rows, Values: make([]float64, columns*rows*n)}
	part := func(k, of, all int) (from, to int) { // of what the k-th of them stands for
		from = k * all / of
		return from, max((k+1)*all/of, from+1)
	}
	for row := range rows {
		top, bottom := part(row, rows, p.Rows)
		for column := range columns {
			left, right := part(column, columns, p.Columns)
			mean := out.Values[(row*columns+column)*n:][:n]
			for y := top; y < bottom; y++ {
				for k, v := range p.Values[(y*p.Columns+left)*n : (y*p.Columns+right)*n] {
					mean[k%n] += v / float64((bottom-top)*(right-left))
				}
			}
		}
	}
	return out
}

// upward returns a picture whose first row is the last.
func (p *Picture) upward() *Picture {
	out := &Picture{Name: p.Name, Columns: p.Columns, Rows: p.Rows, Values: make([]float64, 0, len(p.Values))}
	width := len(p.Values) / p.Rows
	for row := p.Rows - 1; row >= 0; row-- {
		out.Values = append(out.Values, p.Values[row*width:][:width]...)
	}
	return out
}

// of paints a picture of one channel.
func (p paint) of(q *Picture) image.Image {
	return p.raster(q.Columns, q.Rows, func(column, row int) float64 { return q.Values[row*q.Columns+column] })
}

// String says what the colours of the two maps mean.
func (p paint) String() string {
	short := func(v float64) string { return minus(strconv.FormatFloat(v, 'g', 3, 64)) }
	switch {
	case p.lo < 0 && p.lo == -p.hi:
		return fmt.Sprintf("from %s (blue) over 0 (grey) to %s (red)", short(p.lo), short(p.hi))
	case p.log:
		return fmt.Sprintf("in logarithms from %s (violet) to %s (yellow)", short(p.lo), short(p.hi))
	}
	return fmt.Sprintf("from %s (violet) to %s (yellow)", short(p.lo), short(p.hi))
}

// Size of curves for a screen, where they are shown at half of it, and what stands in them at its own.
const (
	curvesWide = 2.2 * vg.Inch
	curvesHigh = 1.6 * vg.Inch
	curvesDots = 192 // an inch
)

// curveRasters draws each answer over the truth.
func (s *Scene) curveRasters() *Rasters {
	out := &Rasters{Colours: "Grey: the truth."}
	if s.Truth == nil {
		out.Colours = ""
	}
	for i := range s.Answers {
		all := []*Picture{&s.Answers[i]}
		if s.Truth != nil {
			all = []*Picture{s.Truth, &s.Answers[i]}
		}
		sheet := s.curves(all)
		sheet.panels[0].title, sheet.legend = "", nil // which are beside it
		canvas := vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(curvesWide, curvesHigh), vgimg.UseDPI(curvesDots))}
		c := draw.NewCanvas(canvas, curvesWide, curvesHigh)
		c.SetColor(white)
		c.Fill(c.Rectangle.Path())
		sheet.draw(c, newLettering())
		out.Answers = append(out.Answers, Raster{s.Answers[i].Name, canvas.Image()})
	}
	return out
}
