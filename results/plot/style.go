package plot

import (
	"hash/fnv"
	"image/color"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// colours are those of Okabe and Ito (2008), told apart by all kinds of colour vision, without their yellow, which is too
// pale for lines on white.
var colours = []color.RGBA{
	hex(0x0072b2), // blue
	hex(0xd55e00), // vermilion
	hex(0x009e73), // bluish green
	hex(0xcc79a7), // reddish purple
	hex(0xe69f00), // orange
	hex(0x56b4e9), // sky blue
	hex(0x000000), // black
}

var (
	black = hex(0)
	white = hex(0xffffff)
	grey  = hex(0x606060)
	pale  = hex(0xe4e4e4)
)

// dashes tell lines apart where colours do not.
var dashes = [][]vg.Length{nil, {4, 1.5}, {1.2, 1.2}, {5, 1.5, 1.2, 1.5}, {8, 2}}

// look is how a solver is drawn.
type look struct {
	colour color.RGBA
	marker marker
	dash   []vg.Length
}

// looks gives every name its look: the one that its hash points at or, if that colour is taken, the next. So a name
// looks the same in most figures, and as long as there are as many colours as names no two have the same.
func looks(names []string) map[string]look {
	all := make(map[string]look, len(names))
	taken := make(map[int]bool)
	n := len(colours)
	for i, name := range slices.Sorted(slices.Values(names)) {
		h := fnv.New32a()
		h.Write([]byte(name))
		round := i / n // all colours are taken as often as that
		k := int(h.Sum32() % uint32(n))
		for taken[round*n+k] {
			k = (k + 1) % n
		}
		taken[round*n+k] = true
		// Those of one round have markers of their own; those with one marker have dashes of their own.
		m := (k + round) % len(markers)
		all[name] = look{colours[k], markers[m], dashes[(m+round)%len(dashes)]}
	}
	return all
}

// marker is a polygon about the origin with extent 1; a circle has no corners.
type marker []vg.Point

var markers = []marker{
	nil, // circle
	{{X: -.86, Y: -.86}, {X: .86, Y: -.86}, {X: .86, Y: .86}, {X: -.86, Y: .86}},
	{{X: 0, Y: 1.2}, {X: -1.04, Y: -.6}, {X: 1.04, Y: -.6}},
	{{X: 0, Y: 1.25}, {X: -1.05, Y: 0}, {X: 0, Y: -1.25}, {X: 1.05, Y: 0}},
	{{X: 0, Y: -1.2}, {X: 1.04, Y: .6}, {X: -1.04, Y: .6}},
	star(5, 1.3, .55),
	plus(0),
	plus(math.Pi / 4),
}

// star has so many points of one radius and dents of another.
func star(points int, outer, inner float64) marker {
	var m marker
	for i := range 2 * points {
		r := outer
		if i%2 == 1 {
			r = inner
		}
		sin, cos := math.Sincos(math.Pi/2 + math.Pi*float64(i)/float64(points))
		m = append(m, vg.Point{X: vg.Length(r * cos), Y: vg.Length(r * sin)})
	}
	return m
}

// plus is a thick plus sign, turned.
func plus(angle float64) marker {
	const long, wide = 1.15, .38
	sin, cos := math.Sincos(angle)
	var m marker
	for _, p := range [][2]float64{{wide, long}, {wide, wide}, {long, wide}, {long, -wide}, {wide, -wide}, {wide, -long},
		{-wide, -long}, {-wide, -wide}, {-long, -wide}, {-long, wide}, {-wide, wide}, {-wide, long}} {
		m = append(m, vg.Point{X: vg.Length(p[0]*cos - p[1]*sin), Y: vg.Length(p[0]*sin + p[1]*cos)})
	}
	return m
}

// draw puts a marker at a point; hollow ones have an edge only.
func (m marker) draw(c draw.Canvas, at vg.Point, radius vg.Length, colour color.Color, hollow bool) {
	var path vg.Path
	if m == nil {
		path.Move(vg.Point{X: at.X + radius, Y: at.Y})
		path.Arc(at, radius, 0, 2*math.Pi)
	}
	for i, p := range m {
		q := at.Add(p.Scale(radius))
		if i == 0 {
			path.Move(q)
		} else {
			path.Line(q)
		}
	}
	path.Close()
	fill, edge, width := colour, color.Color(white), vg.Length(.3)
	if hollow {
		fill, edge, width = white, colour, .8
	}
	c.SetColor(fill)
	c.Fill(path)
	c.SetLineStyle(draw.LineStyle{Color: edge, Width: width})
	c.Stroke(path)
}

func (l look) line(width vg.Length) draw.LineStyle {
	return draw.LineStyle{Color: l.colour, Width: width, Dashes: l.dash}
}

// faded mixes a colour with white: 0 is white, 1 is the colour.
func faded(c color.RGBA, share float64) color.RGBA {
	mix := func(v uint8) uint8 { return uint8(255 - share*(255-float64(v)) + .5) }
	return color.RGBA{R: mix(c.R), G: mix(c.G), B: mix(c.B), A: 0xff}
}

func sortedNames(styles map[string]look) []string { return slices.Sorted(maps.Keys(styles)) }

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
