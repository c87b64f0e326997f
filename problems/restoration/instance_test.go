package restoration

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/solverbench/solverbench/metrics"
	"github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
	"github.com/solverbench/solverbench/problems"
)

func TestVerdicts(t *testing.T) {
	in := mustBuild(t, "denoise", map[string]string{"size": "32", "count": "2"})
	y := degraded(t, in)
	change := func(f func(v, truth float64) float64) []float64 {
		out := make([]float64, len(y.pix))
		for i, v := range y.pix {
			out[i] = f(v, in.truth.pix[i])
		}
		return out
	}
	at := func(i int, v float64) []float64 {
		out := change(func(_, truth float64) float64 { return truth })
		out[i] = v
		return out
	}
	for _, c := range []struct {
		name    string
		pix     []float64
		verdict problems.Verdict
		reason  string
	}{
		{"half the noise", change(func(v, x float64) float64 { return (v + x) / 2 }), problems.Solved, ""},
		{"y", y.pix, problems.Solved, ""},
		{"twice the noise", change(func(v, x float64) float64 { return 2*v - x }), problems.Inaccurate, "psnr-gain"},
		{"black", make([]float64, len(y.pix)), problems.Inaccurate, "below"},
		{"NaN", at(7, math.NaN()), problems.Diverged, "NaN"},
		{"infinity", at(7, math.Inf(-1)), problems.Diverged, "infinity"},
		{"grown", at(7, -1e6), problems.Diverged, "1e+06"},
	} {
		e := evaluate(t, in, c.pix)
		if e.Verdict != c.verdict || !strings.Contains(e.Reason, c.reason) || (c.reason == "") != (e.Reason == "") {
			t.Errorf("%s: %s (%s), expected %s (%s)", c.name, e.Verdict, e.Reason, c.verdict, c.reason)
		}
		if len(e.Metrics) == 0 || e.Metrics[0].Name != psnrGain {
			t.Errorf("%s: metrics %v", c.name, e.Metrics)
		}
	}
	// A tolerance of 3 dB is not met by 1 dB.
	strict := mustBuild(t, "denoise", map[string]string{"size": "32", "count": "2", "tol": "3"})
	if e := evaluate(t, strict, change(func(v, x float64) float64 { return x + 0.9*(v-x) })); e.Verdict != problems.Inaccurate {
		t.Errorf("1 dB with tol=3: %s", e.Verdict)
	}
}

// Metrics are means over the images, of clipped values, in the definition's terms.
func TestMetrics(t *testing.T) {
	in := mustBuild(t, "low-light", map[string]string{"size": "32", "count": "3", "peak": "5"})
	y := degraded(t, in)
	e := evaluate(t, in, y.pix)
	var mse, mean, ssim float64
	worst := math.Inf(1)
	for i := range y.n {
		var m float64
		for k, v := range y.image(i) {
			d := math.Min(math.Max(v, 0), 1) - in.truth.image(i)[k]
			m += d * d / float64(y.stride())
		}
		mse += m / 3
		mean -= 10 * math.Log10(m) / 3
		worst = math.Min(worst, -10*math.Log10(m))
		s, err := metrics.SSIM(in.truth.array(i), y.clipped().array(i), 1)
		if err != nil {
			t.Fatal(err)
		}
		ssim += s / 3
	}
	for name, want := range map[string]float64{"mse": mse, psnr: mean, "psnr-nothing": mean, "psnr-worst": worst, psnrGain: 0, "ssim": ssim} {
		if got := metric(e, name); math.Abs(got-want) > 1e-9 {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	shifted := make([]float64, len(y.pix))
	for i, v := range in.truth.pix {
		shifted[i] = v
		if v == 0 {
			shifted[i] = -3
		}
	}
	if e := evaluate(t, in, shifted); metric(e, "mse") != 0 {
		t.Error("values below 0 are not clipped")
	}
}

func TestIndicesNeedSize(t *testing.T) {
	for _, c := range []struct {
		size, count   int
		msssim, patch bool
	}{{64, 2, false, false}, {176, 1, true, false}, {288, 4, true, true}} {
		if c.patch && testing.Short() {
			continue // features take seconds
		}
		in := mustBuild(t, "denoise", map[string]string{"size": fmt.Sprint(c.size), "count": fmt.Sprint(c.count)})
		e := evaluate(t, in, degraded(t, in).pix)
		if got := !math.IsNaN(metric(e, "ms-ssim")); got != c.msssim {
			t.Errorf("%d images of %d: ms-ssim given: %t", c.count, c.size, got)
		}
		for _, name := range []string{"fd-scattering", "kid-scattering", "fd-scattering-floor", "fd-scattering-patches"} {
			if got := !math.IsNaN(metric(e, name)); got != c.patch {
				t.Errorf("%d images of %d: %s given: %t", c.count, c.size, name, got)
			}
		}
		if !c.patch {
			continue
		}
		fd, floor := metric(e, "fd-scattering"), metric(e, "fd-scattering-floor")
		if n := metric(e, "fd-scattering-patches"); n != 4*64 {
			t.Errorf("%g patches, expected 256", n)
		}
		if !(fd > 4*floor) || !(floor > 0) {
			t.Errorf("fd-scattering of noise %.2g, floor %.2g", fd, floor)
		}
	}
}

// Of many patches a bounded number is compared, from all over the set.
func TestPatchesAreBounded(t *testing.T) {
	x := newImages(30, 256, 288, 3) // 30 × 7 × 8 patches
	for k := range x.pix {
		x.pix[k] = float64(k)
	}
	got := patches(x)
	if len(got) != maxPatches {
		t.Fatalf("%d patches, expected %d", len(got), maxPatches)
	}
	seen := map[int]int{}
	for i, p := range got {
		first := int(p.Values[0])
		n, top, left := first/x.stride(), first%x.stride()/(3*288), first%(3*288)/3
		seen[n]++
		if top%32 != 0 || left%32 != 0 || top > 192 || left > 224 {
			t.Fatalf("patch %d is at %d %d", i, top, left)
		}
		if last := p.Values[len(p.Values)-1]; last != float64(((n*256+top+63)*288+left+63)*3+2) {
			t.Fatalf("patch %d ends with value %v", i, last)
		}
	}
	for i := range x.n {
		if seen[i] < 17 || seen[i] > 18 {
			t.Errorf("image %d has %d patches, expected about 17", i, seen[i])
		}
	}
	if few := patches(newImages(5, 256, 256, 1)); len(few) != 0 {
		t.Errorf("%d patches of too few are compared", len(few))
	}
}

func TestSolution(t *testing.T) {
	values := make([]float64, 24)
	for _, c := range []struct{ shape, want []int }{
		{[]int{2, 2, 2, 3}, []int{2, 2, 2, 3}}, {[]int{2, 3, 4}, []int{2, 3, 4, 1}}, {[]int{6, 4}, []int{1, 6, 4, 1}},
	} {
		m, err := solution(map[string]metrics.Array{"images": {Shape: c.shape, Values: values}})
		if err != nil {
			t.Fatal(err)
		}
		back, err := arrays(m)
		if err != nil {
			t.Fatal(err)
		}
		if got := back["images"].Shape; fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("shape %v becomes %v, expected %v", c.shape, got, c.want)
		}
	}
	for _, bad := range []map[string]metrics.Array{{}, {"images": {Shape: []int{24}, Values: values}}} {
		if _, err := solution(bad); err == nil || !strings.Contains(err.Error(), "images") {
			t.Errorf("%v: error %v", bad, err)
		}
	}
	if _, err := arrays(&restorationv1.Solution{Images: commonv1.Uint8(nil, 0)}); err == nil {
		t.Error("bytes are taken for images")
	}
}
