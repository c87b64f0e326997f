package restoration

import (
	"bytes"
	"image"
	stdjpeg "image/jpeg"
	"math"
	"testing"

	"github.com/solverbench/solverbench/problems/restoration/internal/synthetic"
)

func TestQuantisation(t *testing.T) {
	steps := quantisation(50)
	for i, base := range annexK {
		if steps[i] != float64(base) {
			t.Errorf("quality 50, step %d: %v, expected Annex K's %d", i, steps[i], base)
		}
	}
	// First rows as cjpeg writes them.
	for quality, want := range map[int][8]float64{
		1: {255, 255, 255, 255, 255, 255, 255, 255}, 10: {80, 55, 50, 80, 120, 200, 255, 255}, 20: {40, 28, 25, 40, 60, 100, 128, 153},
		75: {8, 6, 5, 8, 12, 20, 26, 31}, 90: {3, 2, 2, 3, 5, 8, 10, 12}, 100: {1, 1, 1, 1, 1, 1, 1, 1},
	} {
		if got := quantisation(quality); [8]float64(got[:8]) != want {
			t.Errorf("quality %d: %v, expected %v", quality, got[:8], want)
		}
	}
}

func TestDCTIsOrthonormal(t *testing.T) {
	m := dctBasis()
	for u := range m {
		for v := range m {
			want := 0.0
			if u == v {
				want = 1
			}
			if got := dot(m[u][:], m[v][:]); math.Abs(got-want) > 1e-14 {
				t.Errorf("rows %d and %d: product %v", u, v, got)
			}
		}
	}
}

// A real codec, which rounds to 8 bits, ends within one level of y in most blocks.
func TestAgreesWithACodec(t *testing.T) {
	pix, err := synthetic.Draw(synthetic.DeadLeaves, 64, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	p := picture{"", 64, 64, 3, pix}.gray()
	synthetic.Round(p.pix)
	img := image.NewGray(image.Rect(0, 0, 64, 64))
	for i, v := range p.pix {
		img.Pix[i] = uint8(math.Round(255 * v))
	}
	for _, quality := range []int{10, 50, 90} {
		y, _, task := apply(t, jpeg{quality}, images{1, 64, 64, 1, p.pix})
		if d := task.GetJpeg().GetSteps().Dims(); d[0] != 8 || d[1] != 8 || int(task.GetJpeg().GetQuality()) != quality {
			t.Errorf("task: %v, quality %d", d, task.GetJpeg().GetQuality())
		}
		var file bytes.Buffer
		if err := stdjpeg.Encode(&file, img, &stdjpeg.Options{Quality: quality}); err != nil {
			t.Fatal(err)
		}
		decoded, err := stdjpeg.Decode(&file)
		if err != nil {
			t.Fatal(err)
		}
		var worst [64]float64 // of each block
		for i, v := range y.pix {
			level := math.Round(255 * min(max(v, 0), 1))
			block := i/64/8*8 + i%64/8
			worst[block] = max(worst[block], math.Abs(level-float64(decoded.(*image.Gray).Pix[i])))
		}
		agree := 0
		for _, d := range worst {
			if d <= 1 {
				agree++
			}
		}
		// The codec's transform is of integers: where a coefficient falls near the middle between two steps it may
		// be rounded the other way, which changes its whole block by up to half a step.
		if agree < 64*2/3 {
			t.Errorf("quality %d: %d of 64 blocks are within one level of image/jpeg's", quality, agree)
		}
	}
}

func TestJPEGIsIdempotent(t *testing.T) {
	x := noisy(2, 16, 24, 3)
	y, _, _ := apply(t, jpeg{30}, x)
	z, _, _ := apply(t, jpeg{30}, y)
	if d := maxDifference(y.pix, z.pix); d > 1e-12 {
		t.Errorf("compressing again changes %.2g", d)
	}
	mid := constant(1, 8, 8, 1, 128.0/255)
	if y, _, _ := apply(t, jpeg{1}, mid); maxDifference(y.pix, mid.pix) > 1e-14 {
		t.Error("mid-gray changes")
	}
}
