package plot

import (
	"image"
	"image/color"
	"math"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// paint says which colour a value has.
type paint struct {
	scale  scale
	lo, hi float64
	log    bool
}

// place is where a value is on the scale, 0 to 1 within it.
func (p paint) place(v float64) float64 {
	if p.log {
		if v <= 0 {
			return 0
		}
		return math.Log(v/p.lo) / math.Log(p.hi/p.lo)
	}
	return (v - p.lo) / (p.hi - p.lo)
}

// coarsest is how many pixels an image has across at most.
const coarsest = 1024

// pixels returns the size of the image of a grid, and which place of the grid a pixel shows.
func pixels(columns, rows int) (bounds image.Rectangle, place func(x, y int) (column, row int)) {
	longest := max(columns, rows, coarsest)
	w, h := max(1, columns*coarsest/longest), max(1, rows*coarsest/longest)
	if longest == coarsest {
		w, h = columns, rows
	}
	return image.Rect(0, 0, w, h), func(x, y int) (int, int) { return x * columns / w, y * rows / h }
}

// raster makes an image of values, a pixel each unless there are too many, the first row at the top.
func (p paint) raster(columns, rows int, value func(column, row int) float64) image.Image {
	const levels = 255 // and one for what is no number
	colours := make(color.Palette, levels+1)
	for k := range levels {
		colours[k] = p.scale.at(float64(k) / (levels - 1))
	}
	colours[levels] = p.scale.at(math.NaN())
	bounds, place := pixels(columns, rows)
	img := image.NewPaletted(bounds, colours)
	for y := range bounds.Dy() {
		for x := range bounds.Dx() {
			level := uint8(levels)
			if v := p.place(value(place(x, y))); !math.IsNaN(v) {
				level = uint8(math.Round(min(max(v, 0), 1) * (levels - 1)))
			}
			img.SetColorIndex(x, y, level)
		}
	}
	return img
}

// picture fills a panel with an image.
func picture(p *panel, img image.Image) {
	p.grid = gridNone
	p.layers = append(p.layers, func(c draw.Canvas, _ func(x, y float64) vg.Point, _ lettering) {
		c.DrawImage(c.Rectangle, img)
	})
}

// colourBar shows what the colours of pictures mean.
type colourBar struct {
	paint
	label string
}

// Measures of a colour bar, in points.
const (
	barRoom = 26
	barHigh = 7
)

func (b *colourBar) draw(c draw.Canvas, l lettering) {
	middle := c.Center().X
	wide := min(c.Max.X-c.Min.X-40, 2.6*vg.Inch)
	box := vg.Rectangle{Min: vg.Point{X: middle - wide/2, Y: c.Max.Y - barHigh - 4}, Max: vg.Point{X: middle + wide/2, Y: c.Max.Y - 4}}
	const steps = 256
	linear := paint{scale: b.scale, hi: 1}
	c.DrawImage(box, linear.raster(steps, 1, func(k, _ int) float64 { return (float64(k) + .5) / steps }))
	line := draw.LineStyle{Color: black, Width: .5}
	c.StrokeLines(line, []vg.Point{box.Min, {X: box.Max.X, Y: box.Min.Y}, box.Max, {X: box.Min.X, Y: box.Max.Y}, box.Min})
	a := axis{log: b.log, fixed: true, min: b.lo, max: b.hi}
	for _, t := range a.ticks(6) {
		x := box.Min.X + vg.Length(a.place(t.value))*wide
		if t.label == "" || x < box.Min.X-.01 || x > box.Max.X+.01 {
			continue
		}
		c.StrokeLine2(line, x, box.Min.Y, x, box.Min.Y-2)
		l.write(c, tickSize, black, vg.Point{X: x, Y: box.Min.Y - 3}, text.XCenter, text.YTop, t.label)
	}
	l.write(c, tickSize, black, vg.Point{X: box.Max.X + 6, Y: (box.Min.Y+box.Max.Y)/2 + .8}, text.XLeft, text.YCenter, b.label)
}
