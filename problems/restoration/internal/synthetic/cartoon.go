package synthetic

import (
	"math"

	"github.com/solverbench/solverbench/problems/random"
)

// cartoon is piecewise smooth: blobs and polygons over a background, each with a smooth shading,
// bounded by edges that are sharp or, now and then, soft.
func cartoon(rng *random.Source, size int) *canvas {
	c := newCanvas(size)
	n := float64(size)
	everywhere := func(x, y float64) float64 { return -n }
	c.fill(box{0, 0, size, size}, everywhere, 1, muted(rng, rng.Uniform(0.25, 0.85)), shading(rng, n/2, n/2, n))
	for shape := range 16 {
		// Later shapes, in front, are smaller, so that the early ones stay in view.
		r := n * rng.Uniform(0.5, 1) * 0.4 / (1 + 0.15*float64(shape))
		x, y := rng.Uniform(0, n), rng.Uniform(0, n)
		width := 1.0
		if rng.Float64() < 0.25 {
			width = rng.Uniform(2, 8)
		}
		distance := blob(rng, x, y, r)
		if rng.Float64() < 0.4 {
			distance = polygon(rng, x, y, r)
		}
		colour := muted(rng, rng.Uniform(0.08, 0.92))
		c.fill(c.around(x, y, 1.6*r+width), distance, width, colour, shading(rng, x, y, r))
	}
	return c
}

// fill paints the points where the signed distance is negative.
func (c *canvas) fill(b box, distance func(x, y float64) float64, width float64, colour rgb, shade texture) {
	for j := b.y0; j < b.y1; j++ {
		for i := b.x0; i < b.x1; i++ {
			x, y := float64(i), float64(j)
			a := coverage(distance(x, y), width)
			if a == 0 {
				continue
			}
			t := shade(x, y)
			c.blend(j*c.size+i, a, rgb{colour[0] + t, colour[1] + t, colour[2] + t})
		}
	}
}

// shading is a slope and a gentle wave about as long as a shape of radius r is wide.
func shading(rng *random.Source, x0, y0, r float64) texture {
	sin, cos := math.Sincos(2 * math.Pi * rng.Float64())
	slope, amplitude := rng.Uniform(0, 0.15)/r, rng.Uniform(0, 0.06)
	k, phase := rng.Uniform(0.5, 2)/r, rng.Uniform(0, 2*math.Pi)
	return func(x, y float64) float64 {
		along, across := cos*(x-x0)+sin*(y-y0), cos*(y-y0)-sin*(x-x0)
		return slope*along + amplitude*math.Sin(k*across+phase)
	}
}

// blob is star-shaped, its radius a circle's disturbed by a few harmonics; at most 1.5 r.
func blob(rng *random.Source, x0, y0, r float64) func(x, y float64) float64 {
	var amplitude, phase [4]float64
	for h := range amplitude {
		amplitude[h] = rng.Uniform(0, 0.25/float64(h+2))
		phase[h] = rng.Uniform(0, 2*math.Pi)
	}
	return func(x, y float64) float64 {
		dx, dy := x-x0, y-y0
		theta, edge, slope := math.Atan2(dy, dx), 1.0, 0.0
		for h := range amplitude {
			k := float64(h + 2)
			sin, cos := math.Sincos(k*theta + phase[h])
			edge += amplitude[h] * cos
			slope -= amplitude[h] * k * sin
		}
		d := math.Hypot(dx, dy)
		// To first order the distance is the radial one over the length of the gradient.
		return (d - r*edge) / math.Hypot(1, r*slope/max(d, r/2))
	}
}

// polygon is convex with three to six sides that touch an ellipse within r.
func polygon(rng *random.Source, x0, y0, r float64) func(x, y float64) float64 {
	sides := 3 + rng.Intn(4)
	turn := rng.Uniform(0, 2*math.Pi)
	normals := make([][3]float64, sides)
	for i := range normals {
		theta := turn + 2*math.Pi*(float64(i)+rng.Uniform(-0.25, 0.25))/float64(sides)
		sin, cos := math.Sincos(theta)
		normals[i] = [3]float64{cos, sin, r * rng.Uniform(0.4, 0.8)}
	}
	return func(x, y float64) float64 {
		d := math.Inf(-1)
		for _, m := range normals {
			d = max(d, m[0]*(x-x0)+m[1]*(y-y0)-m[2])
		}
		// A long corner is cut by the circle that bounds the shape.
		return max(d, math.Hypot(x-x0, y-y0)-1.5*r)
	}
}
