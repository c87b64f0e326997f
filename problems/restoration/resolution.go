package restoration

import (
	"context"
	"math"

	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
)

// superResolution: y is x reduced by an integer factor.
type superResolution struct {
	Scale int `opt:"scale,min=2,max=4" doc:"factor by which height and width are reduced; images are cut to a multiple of it"`
}

func (d superResolution) multiple() int { return d.Scale }

func (d superResolution) degrade(ctx context.Context, x images, _ draws, task *restorationv1.Task) (y, nothing images, err error) {
	task.Degradation = &restorationv1.Task_SuperResolution{SuperResolution: &restorationv1.SuperResolution{Scale: uint32(d.Scale)}}
	y = newImages(x.n, x.h/d.Scale, x.w/d.Scale, x.c)
	nothing = newImages(x.n, x.h, x.w, x.c)
	rows, columns := reduction(x.h, d.Scale), reduction(x.w, d.Scale)
	err = eachImage(ctx, x.n, func(n int) {
		// Rows first, then columns.
		narrow := make([]float64, x.h*y.w*x.c)
		reduceAxis(narrow, x.image(n), x.h, x.w, x.c, columns)
		reduceAxis(y.image(n), narrow, 1, x.h, y.w*x.c, rows)
		replicate(nothing.image(n), y.image(n), x.w, x.c, d.Scale)
	})
	return y, nothing, err
}

// keys is the cubic convolution kernel with a = −½ (Keys 1981, eq. 15).
func keys(t float64) float64 {
	t = math.Abs(t)
	switch {
	case t <= 1:
		return (1.5*t-2.5)*t*t + 1
	case t < 2:
		return ((-0.5*t+2.5)*t-4)*t + 2
	}
	return 0
}

// tap is an input's weight in an output.
type tap struct {
	at     int
	weight float64
}

// reduction returns the taps of the n/scale outputs along an axis: output i is centred at
// u = (i+½)·scale − ½, input j weighs keys((j−u)/scale), normalised to sum 1, and inputs beyond the edge
// are reflected.
func reduction(n, scale int) [][]tap {
	out := make([][]tap, n/scale)
	for i := range out {
		u := (float64(i)+0.5)*float64(scale) - 0.5
		first, last := int(math.Ceil(u-2*float64(scale))), int(math.Floor(u+2*float64(scale)))
		sum := 0.0
		for j := first; j <= last; j++ {
			w := keys((float64(j) - u) / float64(scale))
			out[i] = append(out[i], tap{extend(j, n, restorationv1.Edge_EDGE_REFLECT), w})
			sum += w
		}
		for k := range out[i] {
			out[i][k].weight /= sum
		}
	}
	return out
}

// reduceAxis applies taps along the middle axis of [before][n][after].
func reduceAxis(dst, src []float64, before, n, after int, taps [][]tap) {
	for b := range before {
		for i, ts := range taps {
			out := dst[(b*len(taps)+i)*after:][:after]
			for _, t := range ts {
				in := src[(b*n+t.at)*after:][:after]
				for k, v := range in {
					out[k] += t.weight * v
				}
			}
		}
	}
}

// replicate enlarges an image by making scale×scale pixels of each; w is the enlarged width.
func replicate(dst, src []float64, w, c, scale int) {
	for p := range len(dst) / c {
		i, j := p/w/scale, p%w/scale
		copy(dst[p*c:(p+1)*c], src[(i*(w/scale)+j)*c:])
	}
}
