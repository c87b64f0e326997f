package synthetic

import (
	"math"

	"github.com/solverbench/solverbench/problems/random"
)

// deadLeaves is the dead-leaves model (Matheron 1968; Lee, Mumford & Huang 2001): discs of radius
// density ∝ r⁻³ at uniform places, each hiding what lies below, which gives scale-invariant statistics like
// those of natural images. Every disc has a colour and a texture of its own, and some are out of focus.
//
// Discs are laid from the front to the back, each seen through what the earlier ones leave open,
// until nothing shows through.
func deadLeaves(rng *random.Source, size int) *canvas {
	c := newCanvas(size)
	n := float64(size)
	rMin, rMax := 3.0, 0.4*n
	open := make([]float64, size*size)
	for i := range open {
		open[i] = 1
	}
	// Pixels left nearly closed are closed: the bound of the sum is what stops the loop.
	left := n * n
	for left > 0 {
		r := paretoRadius(rng, rMin, rMax)
		x, y := rng.Uniform(-rMax, n+rMax), rng.Uniform(-rMax, n+rMax)
		width := 1.0
		if rng.Float64() < 0.15 {
			width = rng.Uniform(1, min(r, 6))
		}
		colour, pattern := muted(rng, min(max(0.48+0.22*normal(rng), 0.05), 0.95)), newTexture(rng, r+8)
		left -= c.leaf(open, x, y, r, width, colour, pattern)
	}
	return c
}

// paretoRadius draws from the density ∝ r⁻³ between two bounds by inversion.
func paretoRadius(rng *random.Source, lo, hi float64) float64 {
	a, b := 1/(lo*lo), 1/(hi*hi)
	return 1 / math.Sqrt(a+(b-a)*rng.Float64())
}

// leaf lays a disc below what is there and returns how many pixels it closed.
func (c *canvas) leaf(open []float64, x, y, r, width float64, colour rgb, pattern texture) (closed float64) {
	const shut = 1.0 / 1024 // less than a quarter of an 8-bit step
	b := c.around(x, y, r+width)
	for j := b.y0; j < b.y1; j++ {
		for i := b.x0; i < b.x1; i++ {
			at := j*c.size + i
			if open[at] == 0 {
				continue
			}
			dx, dy := float64(i)-x, float64(j)-y
			a := coverage(math.Hypot(dx, dy)-r, width)
			if a == 0 {
				continue
			}
			t := pattern(dx, dy)
			w := a * open[at]
			for k, v := range colour {
				c.pix[3*at+k] += w * (v + t)
			}
			open[at] -= w
			if open[at] < shut {
				open[at] = 0
				closed++
			}
		}
	}
	return closed
}
