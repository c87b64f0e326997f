package restoration

import "math"

// neighbours replaces every pixel by a weighted mean of those in a square window around it. The
// weight of the pixel at offset t is spatial(t)·exp(−max(d, 0)), where d is the mean over a
// square patch and the channels of ((v(p) − v(p+t))² − less), divided by width. Weights below
// exp(−cutoff) count as 0. Edges are reflected.
//
// Offsets t and −t share their weights, and the patch sums of an offset come from running
// sums, so the cost for each pixel and offset does not grow with the patch (Darbon et al. 2008).
type neighbours struct {
	h, w, c      int
	patch        int // radius
	window       int // radius
	less, width  float64
	spatial      func(dy, dx int) float64
	decay        *decay
	margin, wide int         // of the padded planes
	padded       [][]float64 // [c][h+2·margin][wide]
	sums         [][]float64 // Σ weight·value, likewise
	weights      []float64   // Σ weight
	ring         []float64   // squared differences of the last 2·patch+1 rows
	column       []float64   // their sum
	line         []float64   // weights of a row
}

func newNeighbours(h, w, c, patch, window int, cutoff float64, spatial func(dy, dx int) float64) *neighbours {
	margin := patch + window
	wide, high := w+2*margin, h+2*margin
	n := &neighbours{
		h: h, w: w, c: c, patch: patch, window: window, spatial: spatial, decay: newDecay(cutoff),
		margin: margin, wide: wide,
		weights: make([]float64, high*wide),
		ring:    make([]float64, (2*patch+1)*wide), column: make([]float64, wide), line: make([]float64, wide),
	}
	for range c {
		n.padded = append(n.padded, make([]float64, high*wide))
		n.sums = append(n.sums, make([]float64, high*wide))
	}
	return n
}

// load pads the planes of an image and forgets the weights of an earlier one.
func (n *neighbours) load(image [][]float64) {
	for k, plane := range image {
		for y := range n.h + 2*n.margin {
			row := fold(y-n.margin, n.h) * n.w
			extendLine(n.padded[k][y*n.wide:(y+1)*n.wide], plane[row:row+n.w], n.margin, fold)
		}
		clear(n.sums[k])
	}
	clear(n.weights)
}

// offsets are the offsets of one half of the window, (0, 0) included.
func (n *neighbours) offsets() [][2]int {
	out := [][2]int{{0, 0}}
	for dy := 0; dy <= n.window; dy++ {
		for dx := -n.window; dx <= n.window; dx++ {
			if dy > 0 || dx > 0 {
				out = append(out, [2]int{dy, dx})
			}
		}
	}
	return out
}

// add adds the contributions of offset (dy, dx) and its opposite, where dy ≥ 0.
func (n *neighbours) add(dy, dx int) {
	if dy == 0 && dx == 0 {
		weight := n.spatial(0, 0)
		for i := range n.weights {
			n.weights[i] += weight
		}
		for k, sum := range n.sums {
			addScaled(sum, n.padded[k], weight)
		}
		return
	}
	wide, r := n.wide, n.patch
	// p runs over all pixels of the image and all those whose p + t is in the image.
	top, bottom := n.margin-dy, n.margin+n.h
	left, right := n.margin-max(dx, 0), n.margin+n.w-min(dx, 0)
	first, last := left-r, right+r // columns of squared differences
	shift := dy*wide + dx
	factor := n.spatial(dy, dx)
	scale := 1 / (n.width * float64(n.c*(2*r+1)*(2*r+1)))
	offset := n.less / n.width
	column := n.column[:last-first]
	clear(column)
	clear(n.ring)
	for y := top - r; y < bottom+r; y++ {
		slot := (y - top + r) % (2*r + 1) * wide
		ring := n.ring[slot : slot+last-first]
		at := y*wide + first
		n.difference(column, ring, at, shift)
		row := y - r // the row whose patches are complete
		if row < top {
			continue
		}
		line := n.line[:right-left]
		n.decay.weigh(line, column, r, scale, offset, factor)
		n.accumulate(row*wide+left, shift, line)
	}
}

// difference replaces the oldest row of squared differences by that at index at, and updates their sum.
func (n *neighbours) difference(column, ring []float64, at, shift int) {
	ring = ring[:len(column)]
	a := n.padded[0][at : at+len(column)]
	b := n.padded[0][at+shift : at+shift+len(column)]
	if n.c == 1 {
		b = b[:len(a)]
		column, ring = column[:len(a)], ring[:len(a)]
		for i, v := range a {
			d := v - b[i]
			d *= d
			column[i] += d - ring[i]
			ring[i] = d
		}
		return
	}
	a1, b1 := n.padded[1][at:at+len(column)], n.padded[1][at+shift:at+shift+len(column)]
	a2, b2 := n.padded[2][at:at+len(column)], n.padded[2][at+shift:at+shift+len(column)]
	for i := range column {
		d0, d1, d2 := a[i]-b[i], a1[i]-b1[i], a2[i]-b2[i]
		d := d0*d0 + d1*d1 + d2*d2
		column[i] += d - ring[i]
		ring[i] = d
	}
}

// accumulate adds the pixels at + shift to the sums at at, with the weights of line, and the reverse.
func (n *neighbours) accumulate(at, shift int, line []float64) {
	to := at + shift
	w := n.weights[at : at+len(line)]
	for i, v := range line {
		w[i] += v
	}
	w = n.weights[to : to+len(line)]
	for i, v := range line {
		w[i] += v
	}
	for k, padded := range n.padded {
		addProduct(n.sums[k][at:at+len(line)], line, padded[to:to+len(line)])
		addProduct(n.sums[k][to:to+len(line)], line, padded[at:at+len(line)])
	}
}

// store adds the sums of others, over further offsets of the same image, and writes the means.
func (n *neighbours) store(image [][]float64, others ...*neighbours) {
	for _, other := range others {
		addScaled(n.weights, other.weights, 1)
		for k := range n.sums {
			addScaled(n.sums[k], other.sums[k], 1)
		}
	}
	for k, plane := range image {
		for y := range n.h {
			at := (y+n.margin)*n.wide + n.margin
			sum, weight := n.sums[k][at:at+n.w], n.weights[at:at+n.w]
			for x := range n.w {
				plane[y*n.w+x] = sum[x] / weight[x]
			}
		}
	}
}

// decay tabulates exp(−t) for 0 ≤ t < cutoff; linear interpolation is within 2e−6 of it.
type decay struct {
	cutoff float64
	values []float64
}

// decayPoints is the number of table entries for each unit of t.
const decayPoints = 256

func newDecay(cutoff float64) *decay {
	d := &decay{cutoff: cutoff, values: make([]float64, int(cutoff*decayPoints)+2)}
	for i := range d.values {
		d.values[i] = math.Exp(-float64(i) / decayPoints)
	}
	return d
}

// weigh sets line[i] = factor·exp(−max(scale·s − offset, 0)), where s is the sum of the 2r + 1
// entries of column from i on.
func (d *decay) weigh(line, column []float64, r int, scale, offset, factor float64) {
	sum := 0.0
	for _, v := range column[:2*r] {
		sum += v
	}
	ahead := column[2*r:]
	ahead = ahead[:len(line)]
	column = column[:len(line)]
	values := d.values
	scale, offset = scale*decayPoints, offset*decayPoints
	most := d.cutoff * decayPoints
	for i := range line {
		sum += ahead[i]
		t := sum*scale - offset
		sum -= column[i]
		weight := factor
		if t > 0 {
			weight = 0
			if t < most {
				k := int(t)
				if k+1 < len(values) {
					v := values[k]
					weight = factor * (v + (t-float64(k))*(values[k+1]-v))
				}
			}
		}
		line[i] = weight
	}
}
