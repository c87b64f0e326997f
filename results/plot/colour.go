package plot

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/palette"
	"gonum.org/v1/plot/palette/moreland"
)

// hex is an opaque colour by its digits.
func hex(digits uint32) color.RGBA {
	return color.RGBA{R: uint8(digits >> 16), G: uint8(digits >> 8), B: uint8(digits), A: 0xff}
}

// scale is a map of colours from 0 to 1, by colours at equal distances.
type scale []color.RGBA

// viridis is the perceptually uniform map of van der Walt and Smith (2015), at elevenths: dark to bright also in grey and
// for all kinds of colour vision.
var viridis = scale{
	hex(0x440154), hex(0x482576), hex(0x414487), hex(0x35608d), hex(0x2a788e),
	hex(0x21908c), hex(0x22a884), hex(0x43bf71), hex(0x7ad151), hex(0xbbdf27),
	hex(0xfde725),
}

// greys are from black to white.
var greys = scale{hex(0), hex(0xffffff)}

// at returns the colour of a value; what is not a number has one that no map has.
func (s scale) at(v float64) color.RGBA {
	if math.IsNaN(v) {
		return hex(0xff00ff)
	}
	x := min(max(v, 0), 1) * float64(len(s)-1)
	k := min(int(x), len(s)-2)
	f := x - float64(k)
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + f*(float64(b)-float64(a)))) }
	a, b := s[k], s[k+1]
	return color.RGBA{R: mix(a.R, b.R), G: mix(a.G, b.G), B: mix(a.B, b.B), A: 0xff}
}

// luminance is how bright a colour is, 0 to 1.
func luminance(c color.RGBA) float64 {
	return (0.2126*float64(c.R) + 0.7152*float64(c.G) + 0.0722*float64(c.B)) / 0xff
}

// diverging is Moreland's map from blue over grey to red, in which what is zero is neither.
var diverging = sampled(moreland.SmoothBlueRed(), 33)

// sampled makes a scale of a map of gonum's.
func sampled(m palette.DivergingColorMap, n int) scale {
	m.SetMin(0)
	m.SetMax(1)
	m.SetConvergePoint(.5)
	s := make(scale, n)
	for k := range s {
		c, err := m.At(float64(k) / float64(n-1))
		if err != nil {
			panic(err) // within the range
		}
		r, g, b, _ := c.RGBA()
		s[k] = color.RGBA{R: uint8(r >> 8), G: uint8(g >> 8), B: uint8(b >> 8), A: 0xff}
	}
	return s
}
