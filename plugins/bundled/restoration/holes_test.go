package restoration

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// The filled pixels solve the equations as a dense solver does, whether by banded factors or by
// conjugate gradients.
func TestHolesDense(t *testing.T) {
	const h, w = 17, 14
	x := phantom(h, w)
	for seed := range uint64(4) {
		known := randomMask(h*w, seed)
		for i := range known { // and a block at the corner
			if i/w < 5 && i%w < 4 {
				known[i] = 0
			}
		}
		want := denseBiharmonic(x, known, h, w)
		holes, err := newHoles(t.Context(), known, h, w)
		if err != nil {
			t.Fatal(err)
		}
		for _, iterative := range []bool{false, true} {
			if iterative {
				makeSparse(t, holes)
			}
			got := append([]float64(nil), x...)
			if _, err := holes.fill(t.Context(), got, 1e-12); err != nil {
				t.Fatal(err)
			}
			for i := range got {
				if math.Abs(got[i]-want[i]) > 1e-9 {
					t.Fatalf("mask %d, iterative=%v: pixel %d is %.12f, want %.12f", seed, iterative, i, got[i], want[i])
				}
			}
		}
	}
}

// makeSparse replaces banded factors by sparse matrices.
func makeSparse(t *testing.T, s *holes) {
	position := make([]int, s.h*s.w)
	for _, g := range s.groups {
		for i, p := range g.pixels {
			position[p] = i
		}
		var err error
		g.sparse, err = newSparse(len(g.pixels), func(i int, visit func(j int, v float64)) {
			s.row(g.pixels[i], func(q int, v float64) {
				if j := position[q]; s.known[q] == 0 && j <= i {
					visit(j, v)
				}
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// denseBiharmonic minimises ‖Δx‖² over the missing pixels with a dense matrix.
func denseBiharmonic(x []float64, known []uint8, h, w int) []float64 {
	n := h * w
	laplacian := mat.NewDense(n, n, nil)
	for p := range n {
		for _, d := range [][2]int{{-1, 0}, {1, 0}, {0, -1}, {0, 1}} {
			if y, c := p/w+d[0], p%w+d[1]; y >= 0 && y < h && c >= 0 && c < w {
				laplacian.Set(p, p, laplacian.At(p, p)-1)
				laplacian.Set(p, y*w+c, 1)
			}
		}
	}
	var square mat.Dense
	square.Mul(laplacian, laplacian)
	var missing []int
	low, high := math.Inf(1), math.Inf(-1)
	for p, k := range known {
		if k == 0 {
			missing = append(missing, p)
		} else {
			low, high = min(low, x[p]), max(high, x[p])
		}
	}
	a, b := mat.NewDense(len(missing), len(missing), nil), mat.NewVecDense(len(missing), nil)
	for i, p := range missing {
		for j, q := range missing {
			a.Set(i, j, square.At(p, q))
		}
		for q, k := range known {
			if k != 0 {
				b.SetVec(i, b.AtVec(i)-square.At(p, q)*x[q])
			}
		}
	}
	var u mat.VecDense
	if err := u.SolveVec(a, b); err != nil {
		panic(err)
	}
	out := append([]float64(nil), x...)
	for i, p := range missing {
		out[p] = min(max(u.AtVec(i), low), high)
	}
	return out
}

func TestDCT8(t *testing.T) {
	x := noisy(make([]float64, 64), 1, 1)
	block := [64]float64(x)
	dct8(&block, false)
	for f := range 64 {
		sum := 0.0
		for p := range 64 {
			sum += dctBasis[f/8][p/8] * dctBasis[f%8][p%8] * x[p]
		}
		if math.Abs(block[f]-sum) > 1e-12 {
			t.Errorf("coefficient %d is %g, want %g", f, block[f], sum)
		}
	}
	dct8(&block, true)
	if d := distance(block[:], x); d > 1e-13 {
		t.Errorf("RMS difference %g after the inverse", d)
	}
}

// Filling from a constant gives the constant, and known pixels stay.
func TestPullPush(t *testing.T) {
	const h, w = 19, 30
	known := randomMask(h*w, 2)
	for i := range known {
		if i/w > 5 {
			known[i] = 0
		}
	}
	x := make([]float64, h*w)
	for i := range x {
		if known[i] != 0 {
			x[i] = 0.7
		}
	}
	pullPush(x, known, h, w)
	for i, v := range x {
		if math.Abs(v-0.7) > 1e-12 {
			t.Fatalf("pixel %d is %g", i, v)
		}
	}
}
