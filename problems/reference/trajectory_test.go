package reference

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sampleTrajectory() *Trajectory {
	return &Trajectory{
		Times: []float64{0.1, 1. / 3}, Shape: []int{2, 3}, Accuracy: []float64{1e-9, 2e-9}, Method: "by hand",
		Integrals: map[string][]float64{"energy": {1, math.Nextafter(1, 2)}},
		Fields:    [][]float64{{1, 2, 3, 4, 5, math.Pi}, {-1, math.Copysign(0, -1), 5e-324, 1e308, 0.1, 0.2}},
	}
}

func encoded(t *testing.T) []byte {
	t.Helper()
	b, err := sampleTrajectory().Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTrajectoryRoundTrip(t *testing.T) {
	got, err := Decode(encoded(t))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(sampleTrajectory(), got); d != "" {
		t.Errorf("decoded differs (-want +got):\n%s", d)
	}
}

func TestDecodeRefusesAnyDamage(t *testing.T) {
	good := encoded(t)
	for i := range good {
		bad := append([]byte(nil), good...)
		bad[i] ^= 0x10
		if _, err := Decode(bad); err == nil {
			t.Fatalf("byte %d flipped: no error", i)
		}
	}
	for n := range good {
		if _, err := Decode(good[:n]); err == nil {
			t.Fatalf("cut to %d bytes: no error", n)
		}
	}
}

func TestEncodeRefusesInconsistency(t *testing.T) {
	for name, spoil := range map[string]func(*Trajectory){
		"a field of the wrong size": func(tr *Trajectory) { tr.Fields[1] = tr.Fields[1][1:] },
		"a time without a field":    func(tr *Trajectory) { tr.Fields = tr.Fields[:1] },
		"too few integrals":         func(tr *Trajectory) { tr.Integrals["energy"] = []float64{1} },
		"no times":                  func(tr *Trajectory) { *tr = Trajectory{} },
	} {
		tr := sampleTrajectory()
		spoil(tr)
		if _, err := tr.Encode(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestAt(t *testing.T) {
	tr := sampleTrajectory()
	got, ok := tr.At([]float64{1. / 3})
	if !ok || got.Accuracy[0] != 2e-9 || &got.Fields[0][0] != &tr.Fields[1][0] || got.Integrals["energy"][0] != math.Nextafter(1, 2) {
		t.Errorf("part at the second time is %+v, %v", got, ok)
	}
	if _, ok := tr.At([]float64{0.1, 0.2}); ok {
		t.Error("a time that is missing was found")
	}
}

func TestTimes(t *testing.T) {
	for end, want := range map[float64][]float64{5: {5}, 10: {10}, 45: {10, 30, 45}, 60: {10, 30, 60}} {
		if d := cmp.Diff(want, Times(end, 10, 30, 60, 100)); d != "" {
			t.Errorf("to %g (-want +got):\n%s", end, d)
		}
	}
}

func TestJudgeableStatesTheAccuracy(t *testing.T) {
	tr := sampleTrajectory()
	if err := tr.Judgeable(2e-8); err != nil {
		t.Errorf("tolerance of ten times the accuracy: %v", err)
	}
	err := tr.Judgeable(1.9e-8)
	if err == nil || !strings.Contains(err.Error(), `option tol: "1.9e-08", expected a number ≥ 2e-08`) {
		t.Errorf("tolerance too small: %v", err)
	}
	tr.Accuracy[1] = 0
	if err := tr.Judgeable(0); err == nil {
		t.Error("tolerance zero was taken")
	}
	clear(tr.Fields[0])
	if err := tr.Judgeable(1); err == nil {
		t.Error("a zero field was taken")
	}
}

func TestTarget(t *testing.T) {
	for tolerance, want := range map[float64]float64{1e-4: 1e-6, 5e-4: 1e-6, 1e-6: 1e-8, 1e-12: 1e-11, 0: 1e-11} {
		if got := Target(tolerance, 1e-11); math.Abs(got/want-1) > 1e-12 {
			t.Errorf("tolerance %g: target %g, expected %g", tolerance, got, want)
		}
	}
}
