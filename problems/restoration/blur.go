package restoration

import (
	"context"
	"math"
	"sync"

	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
)

// blur are the parameters of deblur but for its noise.
type blur struct {
	Kernel string  `opt:"kernel,choices=gaussian|motion" doc:"shape of the kernel"`
	Width  float64 `opt:"width,min=0.1,max=20" doc:"standard deviation of the gaussian kernel in pixels"`
	Length float64 `opt:"length,min=0,max=80" doc:"length of the motion in pixels"`
	Angle  float64 `opt:"angle,min=-180,max=180" doc:"direction of the motion in degrees, anticlockwise from the x axis"`
	Edge   string  `opt:"edge,choices=periodic|reflect" doc:"how images go on beyond their edges"`
}

// deblur: y = k ∗ x + noise.
type deblur struct {
	blur
	readNoise
}

func (deblur) multiple() int { return 1 }

func (d deblur) degrade(ctx context.Context, x images, r draws, task *restorationv1.Task) (y, nothing images, err error) {
	k, edge := d.shape()
	if y, err = convolve(ctx, x, k, edge); err != nil {
		return images{}, images{}, err
	}
	return d.withNoise(ctx, y, r, task)
}

// shape returns the kernel and how images go on beyond their edges.
func (d deblur) shape() (kernel, restorationv1.Edge) {
	k, edge := gaussianKernel(d.Width), restorationv1.Edge_EDGE_PERIODIC
	if d.Kernel == "motion" {
		k = motionKernel(d.Length, d.Angle*math.Pi/180)
	}
	if d.Edge == "reflect" {
		edge = restorationv1.Edge_EDGE_REFLECT
	}
	return k, edge
}

// withNoise fills in the task and adds noise to y, blurred images.
func (d deblur) withNoise(ctx context.Context, y images, r draws, task *restorationv1.Task) (noisy, nothing images, err error) {
	k, edge := d.shape()
	task.Degradation = &restorationv1.Task_Blur{Blur: &restorationv1.Blur{
		Kernel: commonv1.Float64(k.weights, k.side(), k.side()), Edge: edge,
	}}
	task.Sigma = d.Noise / 255
	err = addNoise(ctx, y, task.Sigma, r)
	return y, y, err
}

// keptBlur degrades variations: where the kernel looks the same in their pose, it turns images that were blurred once.
type keptBlur struct {
	deblur
	blurred func() (images, error)
}

// keep makes d ready for variations of x.
func (d deblur) keep(x images) keptBlur {
	return keptBlur{d, sync.OnceValues(func() (images, error) {
		k, edge := d.shape()
		// Not of the first caller's context, since the result is for all.
		return convolve(context.Background(), x, k, edge)
	})}
}

func (d keptBlur) degrade(ctx context.Context, x images, r draws, task *restorationv1.Task) (y, nothing images, err error) {
	p := poseOf(r.variation, x)
	if k, _ := d.shape(); !k.looksAlike(p) {
		return d.deblur.degrade(ctx, x, r, task)
	}
	blurred, err := d.blurred()
	if err != nil {
		return images{}, images{}, err
	}
	return d.withNoise(ctx, p.of(blurred), r, task)
}

// looksAlike says whether the kernel in that pose is the same, but for rounding.
func (k kernel) looksAlike(p pose) bool {
	p.by = 0
	turned := p.of(images{1, k.side(), k.side(), 1, k.weights})
	for i, w := range turned.pix {
		if math.Abs(w-k.weights[i]) > 1e-12 {
			return false
		}
	}
	return true
}

// kernel is a square of odd side 2·radius + 1 about its centre, of sum 1.
type kernel struct {
	radius  int
	weights []float64
}

func newKernel(radius int) kernel {
	side := 2*radius + 1
	return kernel{radius, make([]float64, side*side)}
}

func (k kernel) side() int { return 2*k.radius + 1 }

// normalise makes the sum 1.
func (k kernel) normalise() kernel {
	sum := 0.0
	for _, w := range k.weights {
		sum += w
	}
	for i := range k.weights {
		k.weights[i] /= sum
	}
	return k
}

// gaussianKernel samples e^(−r²/2σ²) at the pixels, cut at 4 σ on both axes.
func gaussianKernel(sigma float64) kernel {
	k := newKernel(int(math.Ceil(4 * sigma)))
	at := 0
	for i := -k.radius; i <= k.radius; i++ {
		for j := -k.radius; j <= k.radius; j++ {
			k.weights[at] = math.Exp(-float64(i*i+j*j) / (2 * sigma * sigma))
			at++
		}
	}
	return k.normalise()
}

// motionKernel is a segment of uniform density through the centre, shared among the pixels around by
// bilinear weights; the angle is that of the y axis pointing up.
func motionKernel(length, angle float64) kernel {
	k := newKernel(int(math.Ceil(length / 2)))
	sin, cos := math.Sincos(angle)
	parts := 256*k.radius + 1 // odd, so that the centre is one of the midpoints
	for p := range parts {
		t := length * ((float64(p)+0.5)/float64(parts) - 0.5)
		k.splat(-t*sin, t*cos)
	}
	return k.normalise()
}

// splat adds a unit of weight at (y, x) from the centre.
func (k kernel) splat(y, x float64) {
	fy, fx := math.Floor(y), math.Floor(x)
	ty, tx := y-fy, x-fx
	i, j := int(fy)+k.radius, int(fx)+k.radius
	for _, corner := range []struct {
		i, j int
		w    float64
	}{{i, j, (1 - ty) * (1 - tx)}, {i, j + 1, (1 - ty) * tx}, {i + 1, j, ty * (1 - tx)}, {i + 1, j + 1, ty * tx}} {
		if corner.w > 0 {
			k.weights[corner.i*k.side()+corner.j] += corner.w
		}
	}
}

// convolve returns k ∗ x, y[i] = Σ_a k[a] x[i−a], by its definition.
func convolve(ctx context.Context, x images, k kernel, edge restorationv1.Edge) (images, error) {
	y := newImages(x.n, x.h, x.w, x.c)
	rows, columns := extension(x.h, k.radius, edge), extension(x.w, k.radius, edge)
	err := eachImage(ctx, x.n, func(n int) {
		in, out := x.image(n), y.image(n)
		wide := make([]float64, (x.w+2*k.radius)*x.c) // a row, extended to both sides
		for i, from := range rows {
			if ctx.Err() != nil {
				return
			}
			source := in[from*x.w*x.c:][:x.w*x.c]
			for j, column := range columns {
				copy(wide[j*x.c:(j+1)*x.c], source[column*x.c:])
			}
			// Row i−radius of the extended image adds to those output rows that the kernel joins it with.
			for a := -k.radius; a <= k.radius; a++ {
				if to := i - k.radius + a; to >= 0 && to < x.h {
					k.addRow(out[to*x.w*x.c:][:x.w*x.c], wide, a, x.c)
				}
			}
		}
	})
	return y, err
}

// addRow adds to an output row what row a of the kernel makes of an extended input row.
func (k kernel) addRow(out, wide []float64, a, c int) {
	weights := k.weights[(a+k.radius)*k.side():][:k.side()]
	for b, w := range weights {
		if w == 0 {
			continue
		}
		// x[j−b′], b′ = b − radius, lies at j − b′ + radius of the extended row.
		in := wide[(2*k.radius-b)*c:][:len(out)]
		for j, v := range in {
			out[j] += w * v
		}
	}
}

// extension returns, for the positions −radius … n−1+radius, which of 0 … n−1 is seen there.
func extension(n, radius int, edge restorationv1.Edge) []int {
	out := make([]int, n+2*radius)
	for i := range out {
		out[i] = extend(i-radius, n, edge)
	}
	return out
}

func extend(i, n int, edge restorationv1.Edge) int {
	if edge == restorationv1.Edge_EDGE_PERIODIC {
		return (i%n + n) % n
	}
	i = (i%(2*n) + 2*n) % (2 * n)
	return min(i, 2*n-1-i)
}
