package restoration

import (
	"context"
	"math"

	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
)

// blockSide is the side of the blocks that JPEG transforms.
const blockSide = 8

// jpeg: y is x after quantisation of the DCT of its 8×8 blocks.
type jpeg struct {
	Quality int `opt:"quality,min=1,max=100" doc:"quality as libjpeg counts it; images are cut to a multiple of 8"`
}

func (jpeg) multiple() int { return blockSide }

func (d jpeg) degrade(ctx context.Context, x images, _ draws, task *restorationv1.Task) (y, nothing images, err error) {
	steps := quantisation(d.Quality)
	task.Degradation = &restorationv1.Task_Jpeg{Jpeg: &restorationv1.Jpeg{
		Quality: uint32(d.Quality), Steps: commonv1.Float64(steps[:], blockSide, blockSide),
	}}
	y = newImages(x.n, x.h, x.w, x.c)
	basis := dctBasis()
	err = eachImage(ctx, x.n, func(n int) {
		in, out := x.image(n), y.image(n)
		var block [blockSide * blockSide]float64
		for top := 0; top < x.h; top += blockSide {
			for left := 0; left < x.w; left += blockSide {
				for c := range x.c {
					at := func(k int) int { return ((top+k/blockSide)*x.w+left+k%blockSide)*x.c + c }
					for k := range block {
						block[k] = 255*in[at(k)] - 128
					}
					quantise(&block, &steps, &basis)
					for k, v := range block {
						out[at(k)] = (v + 128) / 255
					}
				}
			}
		}
	})
	return y, y, err
}

// annexK is the luminance quantisation table of ISO/IEC 10918-1, Annex K, table K.1, one row a vertical
// frequency.
var annexK = [blockSide * blockSide]int{
	16, 11, 10, 16, 24, 40, 51, 61,
	12, 12, 14, 19, 26, 58, 60, 55,
	14, 13, 16, 24, 40, 57, 69, 56,
	14, 17, 22, 29, 51, 87, 80, 62,
	18, 22, 37, 56, 68, 109, 103, 77,
	24, 35, 55, 64, 81, 104, 113, 92,
	49, 64, 78, 87, 103, 121, 120, 101,
	72, 92, 95, 98, 112, 100, 103, 99,
}

// quantisation scales the table by quality as libjpeg's jpeg_quality_scaling and jpeg_add_quant_table do,
// with steps that fit 8 bits.
func quantisation(quality int) (steps [blockSide * blockSide]float64) {
	scale := 200 - 2*quality
	if quality < 50 {
		scale = 5000 / quality
	}
	for i, base := range annexK {
		steps[i] = float64(min(max((base*scale+50)/100, 1), 255))
	}
	return steps
}

type matrix8 [blockSide][blockSide]float64

// dctBasis is the orthonormal DCT-II: row u is the cosine of frequency u.
func dctBasis() (m matrix8) {
	for u := range m {
		scale := math.Sqrt(2.0 / blockSide)
		if u == 0 {
			scale = math.Sqrt(1.0 / blockSide)
		}
		for x := range m[u] {
			m[u][x] = scale * math.Cos(math.Pi*(float64(x)+0.5)*float64(u)/blockSide)
		}
	}
	return m
}

// quantise rounds the DCT coefficients of a block to multiples of their steps.
func quantise(block, steps *[blockSide * blockSide]float64, basis *matrix8) {
	var half, coefficients [blockSide * blockSide]float64
	for i := range blockSide { // along x
		for u := range blockSide {
			for k := range blockSide {
				half[i*blockSide+u] += basis[u][k] * block[i*blockSide+k]
			}
		}
	}
	for v := range blockSide { // along y
		for u := range blockSide {
			s := 0.0
			for k := range blockSide {
				s += basis[v][k] * half[k*blockSide+u]
			}
			step := steps[v*blockSide+u]
			coefficients[v*blockSide+u] = step * math.Round(s/step)
		}
	}
	clear(half[:])
	for v := range blockSide {
		for k := range blockSide {
			for u := range blockSide {
				half[v*blockSide+k] += basis[u][k] * coefficients[v*blockSide+u]
			}
		}
	}
	for i := range blockSide {
		for k := range blockSide {
			s := 0.0
			for v := range blockSide {
				s += basis[v][i] * half[v*blockSide+k]
			}
			block[i*blockSide+k] = s
		}
	}
}
