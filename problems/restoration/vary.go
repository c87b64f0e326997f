package restoration

import (
	"context"

	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/random"
)

// Vary returns an instance of the same images in another order, turned and flipped, with other noise and the
// same masks and kernels. Every image differs from the one in its place in the instance and in other variations, until all
// poses have been used: there are 8 less one for one square image, and 8N − 1 for N. Where images are symmetric or alike,
// answers may carry over.
func (in *instance) Vary(ctx context.Context, k int) (problems.Instance, error) {
	v, err := in.vary(ctx, k)
	if err != nil {
		return nil, err
	}
	v.vary = in.vary
	return v, nil
}

// pose is how a set of images is placed: by how many places they are moved on, and how each of them is turned.
type pose struct {
	by                      int
	flipY, flipX, transpose bool
}

// poseOf returns the pose of the k-th variation of x. It is not that of x itself.
func poseOf(k int, x images) pose {
	ways := 4
	if x.h == x.w {
		ways = 8
	}
	p := 1 + random.Spread(k, x.n*ways-1)
	way := p % ways
	return pose{by: p / ways, flipY: way&1 != 0, flipX: way&2 != 0, transpose: way&4 != 0}
}

// of returns the images of x in the pose.
func (p pose) of(x images) images {
	out := newImages(x.n, x.h, x.w, x.c)
	for n := range x.n {
		from, to := x.image((n+p.by)%x.n), out.image(n)
		for i := range x.h {
			for j := range x.w {
				row, column := i, j
				if p.transpose {
					row, column = j, i
				}
				if p.flipY {
					row = x.h - 1 - row
				}
				if p.flipX {
					column = x.w - 1 - column
				}
				copy(to[(i*x.w+j)*x.c:][:x.c], from[(row*x.w+column)*x.c:])
			}
		}
	}
	return out
}
