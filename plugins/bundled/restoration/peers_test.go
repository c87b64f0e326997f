package restoration

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
)

// reference is testdata/scikit-image.json, see testdata/make.py.
type reference struct {
	Height, Width int
	First         []float64
	FirstNoisy    []float64 `json:"first_noisy"`
	PSNR          map[string]float64
}

func readReference(t *testing.T) reference {
	t.Helper()
	data, err := os.ReadFile("testdata/scikit-image.json")
	if err != nil {
		t.Fatal(err)
	}
	var ref reference
	if err := json.Unmarshal(data, &ref); err != nil {
		t.Fatal(err)
	}
	return ref
}

// checkPSNR demands the PSNR of a reference, up to slack on both sides, or on the lower side only.
func (ref reference) checkPSNR(t *testing.T, name string, got, slack float64, both bool) {
	t.Helper()
	want, ok := ref.PSNR[name]
	if !ok {
		t.Fatalf("no reference %q", name)
	}
	t.Logf("%-30s %.2f dB, reference %.2f dB", name, got, want)
	if got < want-slack || both && got > want+slack {
		t.Errorf("%s: %.3f dB, reference %.3f dB", name, got, want)
	}
}

// Same images, same noise, same parameters as scikit-image.
func TestDenoisersAgainstScikitImage(t *testing.T) {
	ref := readReference(t)
	h, w := ref.Height, ref.Width
	x := phantom(h, w)
	if y := noisy(x, 15, 15./255); distance(x[40*w+40:40*w+44], ref.First) > 1e-15 || distance(y[:4], ref.FirstNoisy) > 1e-15 {
		t.Fatal("the image or the noise is not the one of testdata/make.py")
	}
	for _, s := range []int{15, 25, 50} {
		sigma := float64(s) / 255
		task := denoiseTask(noisy(x, uint64(s), sigma), h, w, sigma)
		got := func(s solver) float64 { return psnr(x, restore(t, s, task, 2)) }
		name := func(method string) string { return fmt.Sprintf("%s/%d", method, s) }
		ref.checkPSNR(t, name("none"), psnr(x, noisy(x, uint64(s), sigma)), 1e-9, true)
		ref.checkPSNR(t, name("gaussian"), got(&Gaussian{Sigma: 1}), 1e-3, true)
		ref.checkPSNR(t, name("tv"), got(&TV{Weight: sigma, Iterations: 300, Tolerance: 1e-3, Isotropic: true}), 0.15, true)
		ref.checkPSNR(t, name("wavelet"), got(&Wavelet{Wavelet: "db1"}), 1e-6, true)
		ref.checkPSNR(t, name("cycle-spin"), got(&Wavelet{Wavelet: "db1", Shifts: 3}), 1e-6, true)
		// scikit-image's fast mode sums 4×4 of the 5×5 patch and divides by 25: another decay.
		ref.checkPSNR(t, name("nl-means"), got(&NLMeans{PatchSize: 5, PatchDistance: 6, H: 0.9}), 0.3, false)
		ref.checkPSNR(t, name("nl-means-definition"), got(&NLMeans{PatchSize: 5, PatchDistance: 6, H: 0.8}), 1e-3, true)
		// scikit-image reads its table of spatial weights out of step when the window is odd.
		ref.checkPSNR(t, name("bilateral"), got(&Bilateral{SigmaSpatial: 2, SigmaColor: 3 * sigma}), 0, false)
		ref.checkPSNR(t, name("bilateral-definition"), got(&Bilateral{SigmaSpatial: 2, SigmaColor: 3 * sigma}), 1e-3, true)
	}
}

func TestOthersAgainstScikitImage(t *testing.T) {
	ref := readReference(t)
	h, w := ref.Height, ref.Width
	x := phantom(h, w)
	kernel, size := gaussianKernel(7, 1.6)
	y := noisy(convolve(x, h, w, kernel, size, periodic), 7, 2./255)
	task := blurTask(y, h, w, kernel, size, periodic, 2./255)
	wiener := psnr(x, restore(t, &Wiener{Balance: 0.01}, task, 1))
	ref.checkPSNR(t, "none/blur", psnr(x, y), 1e-9, true)
	ref.checkPSNR(t, "wiener/blur", wiener, 1e-6, true)
	lucy := psnr(x, restore(t, &RichardsonLucy{Iterations: 30}, task, 1))
	ref.checkPSNR(t, "richardson-lucy-periodic/blur", lucy, 1e-6, true)
	ref.checkPSNR(t, "richardson-lucy/blur", lucy, 0, false)

	task = inpaintTask(x, h, w, randomMask(h*w, 9), 0)
	ref.checkPSNR(t, "biharmonic/inpaint", psnr(x, restore(t, &Biharmonic{Tolerance: 1e-6}, task, 1)), 1e-3, true)

	low := make([]float64, h*w/4)
	newScaling(h, w, h/2, w/2).apply(low, x)
	task = reductionTask(low, h/2, w/2, 2, 0)
	ref.checkPSNR(t, "bicubic/2", psnr(x, restore(t, &Bicubic{}, task, 1)), 1e-6, true)
	ref.checkPSNR(t, "spline-zoom/2", psnr(x, restore(t, &Bicubic{BackProjection: 10}, task, 1)), 0, false)
}

// randomMask knows half of the pixels.
func randomMask(n int, seed uint64) []uint8 {
	s := splitMix(seed)
	mask := make([]uint8, n)
	for i := range mask {
		if s.uniform() < 0.5 {
			mask[i] = 1
		}
	}
	return mask
}

func inpaintTask(x []float64, h, w int, mask []uint8, sigma float64) *restorationv1.Task {
	y := make([]float64, h*w)
	for i, v := range noisy(x, 11, sigma) {
		if mask[i] != 0 {
			y[i] = v
		}
	}
	return &restorationv1.Task{
		Degraded: commonv1.Float64(y, 1, h, w, 1), Height: uint32(h), Width: uint32(w), Sigma: sigma,
		Degradation: &restorationv1.Task_Inpaint{Inpaint: &restorationv1.Inpaint{Mask: commonv1.Uint8(mask, 1, h, w)}},
	}
}
