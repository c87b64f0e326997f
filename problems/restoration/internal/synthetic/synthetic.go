// Package synthetic draws images with the statistics of natural and man-made ones, for
// restoration problems that need no files: dead leaves, 1/f Gaussian fields, piecewise-smooth cartoons and
// text-like strokes. Edges are antialiased by the coverage of a pixel, as a camera would, and
// images are rounded to 8 bits, as files are.
package synthetic

import (
	"fmt"
	"math"

	"github.com/solverbench/solverbench/problems/random"
)

// Kind is a kind of image.
type Kind string

// The kinds of images. Mixed takes the others in turn.
const (
	Mixed      Kind = "mixed"
	DeadLeaves Kind = "dead-leaves"
	Cartoon    Kind = "cartoon"
	Strokes    Kind = "strokes"
	Fields     Kind = "fields"
)

var kinds = []struct {
	kind Kind
	draw func(rng *random.Source, size int) *canvas
}{
	{DeadLeaves, deadLeaves}, {Cartoon, cartoon}, {Strokes, strokes}, {Fields, field},
}

// Draw returns the index-th image of a kind and seed: size×size pixels of RGB in [0, 1], each a
// multiple of 1/255, as [size][size][3]. Equal arguments give equal images up to the last bit of the
// machine's transcendental functions.
func Draw(kind Kind, size int, seed uint64, index int) ([]float64, error) {
	k := index % len(kinds)
	if kind != Mixed {
		k = -1
		for i := range kinds {
			if kinds[i].kind == kind {
				k = i
			}
		}
		if k < 0 {
			return nil, fmt.Errorf("no kind of image is named %q", kind)
		}
	}
	// In a mixed set the images of one kind are that kind's first, second, … too.
	if kind == Mixed {
		index /= len(kinds)
	}
	rng := random.New(seed, uint64(k), uint64(index))
	c := kinds[k].draw(rng, size)
	Round(c.pix)
	return c.pix, nil
}

// Round clips values to [0, 1] and rounds them to multiples of 1/255.
func Round(pix []float64) {
	for i, v := range pix {
		pix[i] = math.Round(255*min(max(v, 0), 1)) / 255
	}
}

// rgb is a colour.
type rgb [3]float64

// ycc returns the colour of a luma and two chroma coordinates (ITU-R BT.709).
func ycc(y, cb, cr float64) rgb {
	return rgb{y + 1.5748*cr, y - 0.1873*cb - 0.4681*cr, y + 1.8556*cb}
}

// muted draws a colour of the given luma and of a saturation that natural things have.
func muted(rng *random.Source, y float64) rgb {
	// The chroma shrinks towards black and white, where little of it is left to be seen.
	s := 0.16 * math.Abs(normal(rng)) * 4 * y * (1 - y)
	// Natural colours spread along blue–orange more than across.
	sin, cos := math.Sincos(2 * math.Pi * rng.Float64())
	return ycc(y, s*(0.8*cos+0.3*sin), s*(-0.6*cos+0.5*sin))
}

func normal(rng *random.Source) float64 {
	var x [1]float64
	rng.Normals(x[:])
	return x[0]
}

// canvas is an image in the making, [size][size][3], linear in no particular sense.
type canvas struct {
	size int
	pix  []float64
}

func newCanvas(size int) *canvas {
	return &canvas{size, make([]float64, size*size*3)}
}

// blend lays a colour over a pixel with coverage a.
func (c *canvas) blend(i int, a float64, v rgb) {
	p := c.pix[3*i : 3*i+3 : 3*i+3]
	p[0] += a * (v[0] - p[0])
	p[1] += a * (v[1] - p[1])
	p[2] += a * (v[2] - p[2])
}

// box is a range of pixels within a canvas: x0 ≤ x < x1, y0 ≤ y < y1.
type box struct{ x0, y0, x1, y1 int }

// around returns the pixels that a shape reaches which lies within r of a point.
func (c *canvas) around(x, y, r float64) box {
	clamp := func(v float64) int { return int(min(max(v, 0), float64(c.size))) }
	return box{clamp(math.Floor(x - r)), clamp(math.Floor(y - r)), clamp(math.Ceil(x+r) + 1), clamp(math.Ceil(y+r) + 1)}
}

// coverage is the part of a pixel that a shape covers whose edge lies at the signed distance d from the
// pixel's centre, negative inside, blurred over the given width (1 for a sharp edge).
func coverage(d, width float64) float64 {
	t := 0.5 - d/width
	if t <= 0 {
		return 0
	}
	if t >= 1 {
		return 1
	}
	if width <= 1 {
		return t
	}
	return t * t * (3 - 2*t)
}

// texture gives a surface its pattern: an offset of the luma at a point.
type texture func(x, y float64) float64

// newTexture draws a texture: nothing, a shading, a grating, or grain.
func newTexture(rng *random.Source, size float64) texture {
	sin, cos := math.Sincos(2 * math.Pi * rng.Float64())
	slope := rng.Uniform(-0.25, 0.25) / size
	shade := func(x, y float64) float64 { return slope * (cos*x + sin*y) }
	switch rng.Intn(4) {
	case 0:
		return shade
	case 1:
		amplitude, k := rng.Uniform(0.02, 0.12), 2*math.Pi/rng.Uniform(4, 16)
		phase, bend := rng.Uniform(0, 2*math.Pi), rng.Uniform(0, 1)
		return func(x, y float64) float64 {
			along, across := cos*x+sin*y, cos*y-sin*x
			return slope*along + amplitude*math.Sin(k*(along+bend*math.Sin(0.3*k*across))+phase)
		}
	default:
		amplitude, scale, key := rng.Uniform(0.03, 0.15), rng.Uniform(1.5, 10), rng.Uint64()
		stretch := rng.Uniform(1, 3)
		return func(x, y float64) float64 {
			u, v := (cos*x+sin*y)/scale, (cos*y-sin*x)/(scale*stretch)
			return shade(x, y) + amplitude*(valueNoise(key, u, v)+0.5*valueNoise(key+1, 2*u, 2*v))
		}
	}
}

// valueNoise interpolates random numbers in (−1, 1) at the points of a lattice smoothly.
func valueNoise(key uint64, x, y float64) float64 {
	fx, fy := math.Floor(x), math.Floor(y)
	tx, ty := x-fx, y-fy
	tx, ty = tx*tx*(3-2*tx), ty*ty*(3-2*ty)
	at := func(i, j float64) float64 {
		r := random.New(key, uint64(int64(i)), uint64(int64(j)))
		return 2*r.Float64() - 1
	}
	a, b := at(fx, fy), at(fx+1, fy)
	c, d := at(fx, fy+1), at(fx+1, fy+1)
	return (a+(b-a)*tx)*(1-ty) + (c+(d-c)*tx)*ty
}
