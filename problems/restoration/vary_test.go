package restoration

import (
	"math"
	"testing"

	"google.golang.org/protobuf/proto"

	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
	"github.com/solverbench/solverbench/problems"
)

func variation(t testing.TB, in *instance, k int) *instance {
	t.Helper()
	v, err := in.Vary(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	return v.(*instance)
}

// near is a good answer: the truth with an error of 2e-3.
func near(in *instance) []float64 {
	pix := in.truth.clone().pix
	for i, v := range pix {
		pix[i] -= math.Copysign(2e-3, v-0.5)
	}
	return pix
}

// TestAnswersDoNotCarryOver: the answer to a variation solves it as the instance's does the instance, and nothing
// else.
func TestAnswersDoNotCarryOver(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector, and has no concurrency that others lack")
	}
	for _, f := range Family().Problems {
		if f.NeedsFile {
			continue
		}
		in := mustBuild(t, f.Name, map[string]string{"size": "64"})
		all := []*instance{in}
		for k := 1; k < 8*in.truth.n; k++ {
			all = append(all, variation(t, in, k))
		}
		original := evaluate(t, in, near(in))
		for i, from := range all {
			e := evaluate(t, from, near(from))
			if e.Verdict != problems.Solved {
				t.Errorf("%s: answer to %d: %s", f.Name, i, e.Reason)
			}
			for _, m := range e.Metrics {
				want := metric(original, m.Name)
				allowed := 1e-9 * math.Abs(want)
				switch m.Name {
				case "psnr-gain", "psnr-nothing": // depend on the noise, and on what masks hide
					allowed = 0.4
				}
				if !(math.Abs(m.Value-want) <= allowed) {
					t.Errorf("%s %d: %s is %g, the instance's %g", f.Name, i, m.Name, m.Value, want)
				}
			}
			for j, to := range all {
				if i == j {
					continue
				}
				if e := evaluate(t, to, near(from)); e.Verdict != problems.Inaccurate || metric(e, psnrGain) > -1 {
					t.Fatalf("%s: answer to %d, judged as one to %d: %s, %.3g dB", f.Name, i, j, e.Verdict, metric(e, psnrGain))
				}
			}
			if again := variation(t, from, 3); !proto.Equal(again.task, all[3].task) {
				t.Fatalf("%s: a variation's variation is not the instance's", f.Name)
			}
		}
	}
}

// TestVariationsAreDegradedAlike: D, applied anew to the truth of a variation, makes its task but for the noise.
func TestVariationsAreDegradedAlike(t *testing.T) {
	for problem, params := range map[string]map[string]string{
		"deblur":           {"noise": "0", "kernel": "motion"},
		"inpaint":          {"mask": "blocks"},
		"super-resolution": {"scale": "3"},
		"jpeg":             {},
	} {
		params["size"], params["count"], params["gray"] = "48", "2", "false"
		in := mustBuild(t, problem, params)
		v := variation(t, in, 5)
		same := *v
		same.task = &restorationv1.Task{Height: in.task.Height, Width: in.task.Width, Degradation: in.task.Degradation, Degraded: v.task.Degraded}
		if !proto.Equal(same.task, v.task) {
			t.Errorf("%s: the operator of a variation is another", problem)
		}
		if problem != "inpaint" {
			continue
		}
		y, mask := degraded(t, v), in.task.GetInpaint().GetMask()
		known, err := mask.Uint8s()
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range known {
			for c := range y.c {
				if want := v.truth.pix[i*y.c+c] * float64(m); y.pix[i*y.c+c] != want {
					t.Fatalf("pixel %d is %g, expected %g", i, y.pix[i*y.c+c], want)
				}
			}
		}
	}
}

// TestTurnedBlur: turning blurred images is blurring turned ones.
func TestTurnedBlur(t *testing.T) {
	for _, params := range []map[string]string{
		{"kernel": "gaussian"}, {"kernel": "gaussian", "edge": "reflect"},
		{"kernel": "motion"}, {"kernel": "motion", "edge": "reflect", "angle": "90"},
	} {
		params["size"], params["count"], params["noise"] = "32", "2", "0"
		in := mustBuild(t, "deblur", params)
		weights, err := in.task.GetBlur().Kernel.Float64s()
		if err != nil {
			t.Fatal(err)
		}
		side := in.task.GetBlur().Kernel.Dims()[0]
		k := newKernel(side / 2)
		copy(k.weights, weights)
		turned := 0
		for variant := 1; variant < 16; variant++ {
			v := variation(t, in, variant)
			if d := maxDifference(degraded(t, v).pix, blurred(t, v.truth, k, in.task.GetBlur().Edge).pix); d > 1e-12 {
				t.Errorf("%v, variation %d: off by %.2g", params, variant, d)
			}
			if k.looksAlike(poseOf(variant, in.truth)) {
				turned++
			}
		}
		if turned == 0 {
			t.Errorf("%v: no variation is made by turning", params)
		}
	}
}

// TestNoiseIsNew: from the same pose come other data.
func TestNoiseIsNew(t *testing.T) {
	in := mustBuild(t, "denoise", map[string]string{"size": "32", "count": "1"})
	a, b := variation(t, in, 2), variation(t, in, 2+7)
	if !equal(a.truth.pix, b.truth.pix) {
		t.Error("the eighth variation has another pose than the first")
	}
	noise := func(in *instance) (n []float64) {
		for i, v := range degraded(t, in).pix {
			n = append(n, (v-in.truth.pix[i])/in.task.Sigma)
		}
		return n
	}
	p, q := noise(a), noise(b)
	if c := dot(p, q) / math.Sqrt(dot(p, p)*dot(q, q)); math.Abs(c) > 0.1 {
		t.Errorf("noise is correlated: %.2g", c)
	}
}

func TestPosesOfOblongImages(t *testing.T) {
	x := noisy(3, 16, 24, 1)
	seen := map[pose]bool{{}: true}
	for k := 1; k < 12; k++ {
		p := poseOf(k, x)
		if seen[p] || p.transpose {
			t.Errorf("pose %d is %+v", k, p)
		}
		seen[p] = true
	}
	y := pose{by: 1, flipY: true}.of(x)
	if y.image(0)[0] != x.image(1)[15*24] || y.image(2)[3*24+5] != x.image(0)[12*24+5] {
		t.Error("the pose is not that of its definition")
	}
}

func BenchmarkVary(b *testing.B) {
	for _, f := range Family().Problems {
		if f.NeedsFile {
			continue
		}
		in := mustBuild(b, f.Name, nil)
		b.Run(f.Name+"/vary", func(b *testing.B) {
			for k := 1; b.Loop(); k++ {
				variation(b, in, k)
			}
		})
		b.Run(f.Name+"/evaluate", func(b *testing.B) {
			pix := near(in)
			for b.Loop() {
				evaluate(b, in, pix)
			}
		})
	}
}
