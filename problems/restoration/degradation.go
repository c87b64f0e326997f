package restoration

import (
	"context"
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/solverbench/solverbench/plugins/option"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
	"github.com/solverbench/solverbench/problems/random"
)

// degradation is what was done to the images, with its parameters.
type degradation interface {
	// multiple is what the height and width of the images must be multiples of.
	multiple() int
	// degrade fills in what the task says of the degradation and returns y, and what one has who does
	// nothing about it: images of the size of x.
	degrade(ctx context.Context, x images, r draws, task *restorationv1.Task) (y, nothing images, err error)
}

// draws are the random numbers of an instance, or of one of its variations, k ≥ 1, which has other noise and the same masks.
type draws struct {
	seed      uint64
	variation int
}

// noise returns the source of one of the streams of noise for one image.
func (r draws) noise(stream uint64, image int) *random.Source {
	if r.variation == 0 {
		return random.New(r.seed, stream, uint64(image))
	}
	return random.New(r.seed, stream, uint64(image), uint64(r.variation))
}

// Streams of a seed beside those that procedural images are drawn from.
const (
	noiseStream = 1000 + iota
	maskStream
	photonStream
)

// eachImage calls f for the index of every image, several at a time.
func eachImage(ctx context.Context, n int, f func(i int)) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range n {
		g.Go(func() error {
			if ctx.Err() == nil {
				f(i)
			}
			return ctx.Err()
		})
	}
	return g.Wait()
}

// addNoise adds white Gaussian noise, of a stream of its own for each image. Values are not clipped, so the noise
// has the same law everywhere.
func addNoise(ctx context.Context, y images, sigma float64, r draws) error {
	if sigma == 0 {
		return nil
	}
	return eachImage(ctx, y.n, func(i int) {
		v := y.image(i)
		noise := make([]float64, len(v))
		r.noise(noiseStream, i).Normals(noise)
		for k, z := range noise {
			v[k] += sigma * z
		}
	})
}

// denoise: y = x + noise.
type denoise struct {
	Sigma float64 `opt:"sigma,min=0,max=255" doc:"standard deviation of the noise, in units of 1/255"`
}

func (denoise) multiple() int { return 1 }

func (d denoise) degrade(ctx context.Context, x images, r draws, task *restorationv1.Task) (y, nothing images, err error) {
	task.Degradation = &restorationv1.Task_Denoise{Denoise: &restorationv1.Denoise{}}
	task.Sigma = d.Sigma / 255
	y = x.clone()
	err = addNoise(ctx, y, task.Sigma, r)
	return y, y, err
}

// readNoise is the Gaussian noise of the degradations that have another part beside.
type readNoise struct {
	Noise float64 `opt:"noise,min=0,max=255" doc:"standard deviation of the Gaussian noise, in units of 1/255"`
}

// photons are the parameters of lowLight but for its Gaussian noise.
type photons struct {
	Peak float64 `opt:"peak,min=0.1,max=1e6" doc:"expected photon count of a pixel of value 1"`
}

// lowLight: y = Poisson(peak·x)/peak + noise.
type lowLight struct {
	photons
	readNoise
}

func (lowLight) multiple() int { return 1 }

func (d lowLight) degrade(ctx context.Context, x images, r draws, task *restorationv1.Task) (y, nothing images, err error) {
	task.Degradation = &restorationv1.Task_LowLight{LowLight: &restorationv1.LowLight{Peak: d.Peak}}
	task.Sigma = d.Noise / 255
	y = newImages(x.n, x.h, x.w, x.c)
	err = eachImage(ctx, x.n, func(i int) {
		rng := r.noise(photonStream, i)
		out := y.image(i)
		for k, v := range x.image(i) {
			out[k] = rng.Poisson(d.Peak*v) / d.Peak
		}
	})
	if err != nil {
		return images{}, images{}, err
	}
	err = addNoise(ctx, y, task.Sigma, r)
	return y, y, err
}

// inpaint: y = x where the mask is 1, else 0.
type inpaint struct {
	Mask    string  `opt:"mask,choices=random|blocks" doc:"pixels missing each by chance, or in square blocks at random places"`
	Missing float64 `opt:"missing,min=0,max=0.9" doc:"fraction of the pixels that is missing"`
	Block   int     `opt:"block,min=1,max=256" doc:"side of a block in pixels, for mask=blocks"`
}

func (inpaint) multiple() int { return 1 }

func (d inpaint) degrade(ctx context.Context, x images, r draws, task *restorationv1.Task) (y, nothing images, err error) {
	if d.Mask == "blocks" && d.Missing+float64(d.Block*d.Block)/float64(x.h*x.w) >= 1 {
		return y, nothing, &option.Error{Name: "block", Value: fmt.Sprint(d.Block),
			Expected: fmt.Sprintf("blocks that leave something of images of %d×%d (height × width) with missing=%g", x.h, x.w, d.Missing)}
	}
	mask := make([]uint8, x.n*x.h*x.w)
	y, nothing = x.clone(), x.clone()
	err = eachImage(ctx, x.n, func(i int) {
		m := mask[i*x.h*x.w : (i+1)*x.h*x.w]
		rng := random.New(r.seed, maskStream, uint64(i))
		if d.Mask == "blocks" {
			d.blocks(m, x.h, x.w, rng)
		} else {
			d.random(m, rng)
		}
		fill(y.image(i), m, x.c, make([]float64, x.c))
		fill(nothing.image(i), m, x.c, knownMean(x.image(i), m, x.c))
	})
	task.Degradation = &restorationv1.Task_Inpaint{Inpaint: &restorationv1.Inpaint{Mask: commonv1.Uint8(mask, x.n, x.h, x.w)}}
	return y, nothing, err
}

// random takes every pixel with the probability Missing.
func (d inpaint) random(mask []uint8, rng *random.Source) {
	for k := range mask {
		if rng.Float64() >= d.Missing {
			mask[k] = 1
		}
	}
}

// blocks takes blocks, which may overlap, until as many pixels are missing as asked for. They are placed so
// that a pixel at the edge is as likely to be hit as another.
func (d inpaint) blocks(mask []uint8, h, w int, rng *random.Source) {
	for k := range mask {
		mask[k] = 1
	}
	missing, want := 0, int(d.Missing*float64(h*w)+0.5)
	for missing < want {
		top, left := rng.Intn(h+d.Block-1)-d.Block+1, rng.Intn(w+d.Block-1)-d.Block+1
		for i := max(top, 0); i < min(top+d.Block, h); i++ {
			row := mask[i*w : (i+1)*w]
			for j := max(left, 0); j < min(left+d.Block, w); j++ {
				missing += int(row[j])
				row[j] = 0
			}
		}
	}
}

// fill gives the missing pixels of an image [h][w][c] a colour.
func fill(v []float64, mask []uint8, c int, colour []float64) {
	for k, known := range mask {
		if known == 0 {
			copy(v[k*c:(k+1)*c], colour)
		}
	}
}

// knownMean is the mean colour of the known pixels, black if there are none.
func knownMean(v []float64, mask []uint8, c int) []float64 {
	mean, count := make([]float64, c), 0.0
	for k, known := range mask {
		if known == 0 {
			continue
		}
		count++
		for l := range mean {
			mean[l] += v[k*c+l]
		}
	}
	for l := range mean {
		mean[l] /= max(count, 1)
	}
	return mean
}
