package plot

import (
	"fmt"
	"image"
	"image/color"
	"math"
)

// mostImages is how many images stand side by side.
const mostImages = 8

// Images draws images side by side, the input, what solvers made of it, and the truth, with the errors below on one scale.
// Values are from 0 to 1, of one channel or three.
func Images(s Scene) (*Figure, error) {
	all, err := s.all()
	if err != nil {
		return nil, err
	}
	if s.Truth == nil || len(s.Answers) == 0 {
		return nil, noData("there are no images with their truth to draw", "store some with solverbench run 'restoration/*' --save DIR")
	}
	all = append(all[1:], s.Truth)
	if s.Input != nil {
		if err := s.Input.check(); err != nil {
			return nil, err
		}
		all = append([]*Picture{s.Input}, all...)
	}
	if err := tooMany("images side by side", len(all), mostImages); err != nil {
		return nil, err
	}
	for _, p := range all {
		if n := p.channels(); n != 1 && n != 3 {
			return nil, fmt.Errorf("%s: %d channels, expected 1 or 3", p.Name, n)
		}
	}
	sheet := &sheet{title: "Images of " + s.Instance, data: s.data(), columns: len(all), least: Page, caption: printable(s.Instance, longestLabel)}
	sheet.aspect = float64(s.Truth.Rows) / float64(s.Truth.Columns)
	for _, p := range all {
		n := &panel{title: p.caption(2), bare: true, small: true}
		picture(n, photo(p))
		sheet.panels = append(sheet.panels, n)
	}
	scale := s.photoPaint()
	for _, p := range all {
		n := &panel{bare: true, empty: !s.comparable(p)}
		if !n.empty {
			picture(n, scale.raster(p.Columns, p.Rows, func(column, row int) float64 { return s.far(p, row*p.Columns+column) }))
		}
		sheet.panels = append(sheet.panels, n)
	}
	sheet.bar = &colourBar{scale, "|error|"}
	return sheet.figure(), nil
}

// comparable says whether a picture has a value wherever the truth has, and is another.
func (s *Scene) comparable(p *Picture) bool {
	return p != s.Truth && p.Rows == s.Truth.Rows && p.Columns == s.Truth.Columns && p.channels() == s.Truth.channels()
}

// photoPaint gives the errors of all answers their colours.
func (s *Scene) photoPaint() paint {
	most := 0.0
	for i := range s.Answers {
		if a := &s.Answers[i]; s.comparable(a) {
			for k := range a.Rows * a.Columns {
				most = max(most, s.far(a, k))
			}
		}
	}
	if most == 0 || !finite(most) {
		most = 1
	}
	return paint{viridis, 0, min(most, 1), false}
}

// far is the mean distance of a pixel from the truth over its channels, after clipping as metrics are computed.
func (s *Scene) far(p *Picture, pixel int) float64 {
	n, sum := p.channels(), 0.0
	for c := range n {
		sum += math.Abs(unit(p.Values[pixel*n+c])-unit(s.Truth.Values[pixel*n+c])) / float64(n)
	}
	return sum
}

// unit clips a value to [0, 1].
func unit(v float64) float64 { return min(max(v, 0), 1) }

// photo is the image that values from 0 to 1 are.
func photo(p *Picture) image.Image {
	if p.channels() == 1 {
		return paint{greys, 0, 1, false}.raster(p.Columns, p.Rows, func(column, row int) float64 { return p.Values[row*p.Columns+column] })
	}
	bounds, place := pixels(p.Columns, p.Rows)
	img := image.NewRGBA(bounds)
	for y := range bounds.Dy() {
		for x := range bounds.Dx() {
			column, row := place(x, y)
			var level [3]uint8
			for c, v := range p.Values[3*(row*p.Columns+column):][:3] {
				if !math.IsNaN(v) {
					level[c] = uint8(math.Round(unit(v) * 0xff))
				}
			}
			img.SetRGBA(x, y, color.RGBA{R: level[0], G: level[1], B: level[2], A: 0xff})
		}
	}
	return img
}
