package restoration

import (
	"context"
	"math"
	"testing"

	"google.golang.org/protobuf/proto"

	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
	"github.com/solverbench/solverbench/problems"
)

// build makes an instance by name, as the harness does.
func build(t testing.TB, problem string, params map[string]string) (problems.Instance, error) {
	t.Helper()
	f := Family()
	spec, err := f.Resolve(problem, params)
	if err != nil {
		return nil, err
	}
	return spec.Build(context.Background())
}

func mustBuild(t testing.TB, problem string, params map[string]string) *instance {
	t.Helper()
	in, err := build(t, problem, params)
	if err != nil {
		t.Fatal(err)
	}
	return in.(*instance)
}

func evaluate(t testing.TB, in *instance, pix []float64) problems.Evaluation {
	t.Helper()
	e, err := in.Evaluate(context.Background(), &restorationv1.Solution{Images: commonv1.Float64(pix, in.truth.shape()...)})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// metric returns a metric by name, NaN if it is missing.
func metric(e problems.Evaluation, name string) float64 {
	for _, m := range e.Metrics {
		if m.Name == name {
			return m.Value
		}
	}
	return math.NaN()
}

func degraded(t testing.TB, in *instance) images {
	t.Helper()
	d := in.task.Degraded.Dims()
	v, err := in.task.Degraded.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	return images{d[0], d[1], d[2], d[3], v}
}

var degradations = []string{"denoise", "deblur", "inpaint", "super-resolution", "jpeg", "low-light"}

// Every problem holds together: shapes agree, the truth is perfect and y by itself gains nothing.
func TestProblems(t *testing.T) {
	for _, name := range degradations {
		for _, gray := range []string{"true", "false"} {
			t.Run(name+"/gray="+gray, func(t *testing.T) {
				in := mustBuild(t, name, map[string]string{"size": "50", "count": "5", "gray": gray})
				shape := in.SolutionShapes()[0]
				if c := map[string]int{"true": 1, "false": 3}[gray]; shape[0] != 5 || shape[3] != c {
					t.Fatalf("shape %v", shape)
				}
				if int(in.task.Height) != shape[1] || int(in.task.Width) != shape[2] || in.Size() != len(in.truth.pix) {
					t.Errorf("task asks for %d×%d, shape %v, size %d", in.task.Height, in.task.Width, shape, in.Size())
				}
				e := evaluate(t, in, in.truth.pix)
				if e.Verdict != problems.Solved || metric(e, psnr) != maxPSNR || metric(e, "mse") != 0 || math.Abs(metric(e, "ssim")-1) > 1e-12 {
					t.Errorf("the truth: %+v", e)
				}
				y := degraded(t, in)
				if y.stride() != in.truth.stride() {
					return
				}
				e = evaluate(t, in, y.pix)
				if gain := metric(e, psnrGain); name == "inpaint" && gain >= 0 || name != "inpaint" && gain != 0 {
					t.Errorf("y gains %g dB", gain)
				}
			})
		}
	}
}

func TestSeeds(t *testing.T) {
	for _, name := range degradations {
		a := mustBuild(t, name, map[string]string{"size": "48", "count": "2"})
		b := mustBuild(t, name, map[string]string{"size": "48", "count": "2"})
		if !proto.Equal(a.Task(), b.Task()) {
			t.Errorf("%s: equal parameters, different tasks", name)
		}
		c := mustBuild(t, name, map[string]string{"size": "48", "count": "2", "seed": "1"})
		if proto.Equal(a.Task(), c.Task()) {
			t.Errorf("%s: different seeds, equal tasks", name)
		}
		d := mustBuild(t, name, map[string]string{"size": "48", "count": "3"})
		if y, z := degraded(t, a), degraded(t, d); !equal(y.pix, z.pix[:len(y.pix)]) {
			t.Errorf("%s: the first images depend on how many there are", name)
		}
	}
}

func equal(a, b []float64) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}
