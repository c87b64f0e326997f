package synthetic

import (
	"math"

	"github.com/solverbench/solverbench/problems/random"
)

// point is a place in a glyph's cell, [0, 1] wide and 0 … 1 from the x-height's top to the base
// line, or on the canvas.
type point struct{ x, y float64 }

// glyph is a set of polylines, pen down.
type glyph [][]point

// strokes looks like print: lines of words set in an alphabet of invented glyphs, on paper under
// uneven light, with a headline, and a few curves drawn by hand.
func strokes(rng *random.Source, size int) *canvas {
	c := newCanvas(size)
	n := float64(size)
	paper, ink := rng.Uniform(0.78, 0.95), rng.Uniform(0.05, 0.25)
	if rng.Float64() < 0.3 {
		paper, ink = ink, paper
	}
	everywhere := func(x, y float64) float64 { return -n }
	c.fill(box{0, 0, size, size}, everywhere, 1, muted(rng, paper), shading(rng, n/2, n/2, n))
	colour := muted(rng, ink)
	alphabet := make([]glyph, 18)
	for i := range alphabet {
		alphabet[i] = newGlyph(rng)
	}
	// Lines of print, the first a headline, from above the image to below it.
	height := rng.Uniform(6, 10)
	slant := rng.Uniform(-0.06, 0.06)
	for y := rng.Uniform(-height, height); y < 1.1*n; {
		h := height
		if rng.Float64() < 0.15 {
			h = rng.Uniform(2, 3) * height
		}
		c.line(rng, alphabet, y, h, slant, colour)
		y += h * rng.Uniform(2, 2.3)
	}
	for range 2 {
		c.flourish(rng, muted(rng, rng.Uniform(0.2, 0.5)))
	}
	return c
}

// line sets one line of words of x-height h with its top at y.
func (c *canvas) line(rng *random.Source, alphabet []glyph, y, h, slant float64, colour rgb) {
	pen := h * rng.Uniform(0.14, 0.24)
	for x := rng.Uniform(-3, 1) * h; x < float64(c.size)+h; {
		for range 2 + rng.Intn(7) {
			// Frequent letters come first, as in any language.
			g := alphabet[int(float64(len(alphabet))*rng.Float64()*rng.Float64())]
			for _, path := range g {
				c.stroke(path, point{x, y + slant*x}, h, pen, colour)
			}
			x += 0.95 * h
		}
		x += 0.7 * h
	}
}

// newGlyph draws a letter: one to three strokes among stems, bars, bowls and diagonals.
func newGlyph(rng *random.Source) glyph {
	var g glyph
	stem := func(x float64) []point {
		top, bottom := 0.0, 1.0
		switch rng.Intn(4) {
		case 0:
			top = -0.55 // ascender
		case 1:
			bottom = 1.45 // descender
		}
		return []point{{x, top}, {x, bottom}}
	}
	columns := []float64{0.05, 0.35, 0.65}
	g = append(g, stem(columns[rng.Intn(3)]))
	for range rng.Intn(3) {
		switch rng.Intn(4) {
		case 0:
			y := []float64{0, 0.5, 1}[rng.Intn(3)]
			g = append(g, []point{{0.05, y}, {0.65, y}})
		case 1:
			g = append(g, arc(point{0.35, 0.5}, 0.3, 0.5, rng.Uniform(0, 2*math.Pi), rng.Uniform(3, 6.3)))
		case 2:
			g = append(g, arc(point{0.35, 0.3}, 0.3, 0.3, -math.Pi, math.Pi))
		default:
			if rng.Intn(2) == 0 {
				g = append(g, []point{{0.05, 0}, {0.65, 1}})
			} else {
				g = append(g, []point{{0.65, 0}, {0.05, 1}})
			}
		}
	}
	return g
}

// arc approximates part of an ellipse by a polyline.
func arc(centre point, a, b, from, sweep float64) []point {
	const segments = 12
	p := make([]point, segments+1)
	for i := range p {
		sin, cos := math.Sincos(from + sweep*float64(i)/segments)
		p[i] = point{centre.x + a*cos, centre.y + b*sin}
	}
	return p
}

// flourish is one smooth curve across the image.
func (c *canvas) flourish(rng *random.Source, colour rgb) {
	n := float64(c.size)
	var a, phase [3]float64
	for k := range a {
		a[k], phase[k] = rng.Uniform(0, 0.25)*n/float64(k+1), rng.Uniform(0, 2*math.Pi)
	}
	sin, cos := math.Sincos(rng.Uniform(0, math.Pi))
	path := make([]point, 65)
	for i := range path {
		t := 1.4*float64(i)/64 - 0.7
		var across float64
		for k := range a {
			across += a[k] * math.Sin(float64(k+1)*4*t+phase[k])
		}
		path[i] = point{n*(0.5+t*cos) - across*sin, n*(0.5+t*sin) + across*cos}
	}
	c.stroke(path, point{}, 1, n*rng.Uniform(0.008, 0.02), colour)
}

// stroke draws a polyline, scaled and moved, with a round pen of the given width. Coverage is taken
// from the distance to the whole line, so that joints are not drawn twice.
func (c *canvas) stroke(path []point, origin point, scale, pen float64, colour rgb) {
	p := make([]point, len(path))
	lo, hi := point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	for i, q := range path {
		p[i] = point{origin.x + scale*q.x, origin.y + scale*q.y}
		lo = point{min(lo.x, p[i].x), min(lo.y, p[i].y)}
		hi = point{max(hi.x, p[i].x), max(hi.y, p[i].y)}
	}
	reach := pen/2 + 1
	first, last := c.around(lo.x, lo.y, reach), c.around(hi.x, hi.y, reach)
	for j := first.y0; j < last.y1; j++ {
		for i := first.x0; i < last.x1; i++ {
			d := math.Inf(1)
			for k := 1; k < len(p); k++ {
				d = min(d, segmentDistance(point{float64(i), float64(j)}, p[k-1], p[k]))
			}
			if a := coverage(d-pen/2, 1); a > 0 {
				c.blend(j*c.size+i, a, colour)
			}
		}
	}
}

func segmentDistance(q, a, b point) float64 {
	ux, uy := b.x-a.x, b.y-a.y
	vx, vy := q.x-a.x, q.y-a.y
	t := (ux*vx + uy*vy) / (ux*ux + uy*uy)
	t = min(max(t, 0), 1)
	return math.Hypot(vx-t*ux, vy-t*uy)
}
