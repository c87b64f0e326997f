package restoration

import (
	"fmt"

	"github.com/solverbench/solverbench/metrics"
)

// images is a set of images of one size, [n][h][w][c].
type images struct {
	n, h, w, c int
	pix        []float64
}

func newImages(n, h, w, c int) images {
	return images{n, h, w, c, make([]float64, n*h*w*c)}
}

func (x images) shape() []int { return []int{x.n, x.h, x.w, x.c} }

// stride is the number of values of one image.
func (x images) stride() int { return x.h * x.w * x.c }

// image returns the values of the i-th image, [h][w][c].
func (x images) image(i int) []float64 {
	m := x.stride()
	return x.pix[i*m : (i+1)*m : (i+1)*m]
}

// array returns the i-th image for package metrics.
func (x images) array(i int) metrics.Array {
	return metrics.Array{Shape: []int{x.h, x.w, x.c}, Values: x.image(i)}
}

func (x images) clone() images {
	x.pix = append([]float64(nil), x.pix...)
	return x
}

// clipped returns the images with values clipped to [0, 1].
func (x images) clipped() images {
	x = x.clone()
	for i, v := range x.pix {
		x.pix[i] = min(max(v, 0), 1)
	}
	return x
}

// picture is one image of any size, [h][w][c] in [0, 1], with the name of what it was read from.
type picture struct {
	name    string
	h, w, c int
	pix     []float64
}

// luminance are the weights of R, G and B (ITU-R BT.709).
var luminance = [3]float64{0.2125, 0.7154, 0.0721}

// gray returns the luminance of a picture, itself if it has one channel.
func (p picture) gray() picture {
	if p.c == 1 {
		return p
	}
	out := make([]float64, p.h*p.w)
	for i := range out {
		v := p.pix[3*i : 3*i+3]
		out[i] = luminance[0]*v[0] + luminance[1]*v[1] + luminance[2]*v[2]
	}
	return picture{p.name, p.h, p.w, 1, out}
}

// gather crops pictures about their centres to h×w and joins them in a set with c channels; a gray
// picture in a set of colours has three equal channels.
func gather(pictures []picture, h, w, c int) (images, error) {
	x := newImages(len(pictures), h, w, c)
	for n, p := range pictures {
		if p.h < h || p.w < w {
			return images{}, fmt.Errorf("%s: image of %d×%d (height × width), expected at least %d×%d", p.name, p.h, p.w, h, w)
		}
		if c == 1 {
			p = p.gray()
		}
		top, left := (p.h-h)/2, (p.w-w)/2
		out := x.image(n)
		for i := range h {
			in := p.pix[((top+i)*p.w+left)*p.c:][:w*p.c]
			row := out[i*w*c : (i+1)*w*c]
			if p.c == c {
				copy(row, in)
				continue
			}
			for j, v := range in {
				row[3*j], row[3*j+1], row[3*j+2] = v, v, v
			}
		}
	}
	return x, nil
}
