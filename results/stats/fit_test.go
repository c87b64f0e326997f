package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestShiftedGeometricMean(t *testing.T) {
	near(t, "plain", ShiftedGeometricMean([]float64{1, 4, 16}, 0), 4, 1e-12)
	near(t, "shifted", ShiftedGeometricMean([]float64{1, 7}, 1), 3, 1e-12) // √(2·8) - 1
}

func TestPowerLaw(t *testing.T) {
	// r = scipy.stats.linregress(log(n), log(t)); r.slope ± scipy.stats.t.ppf(.975, 3) * r.stderr; r.rvalue**2
	n, seconds := []float64{31, 63, 127, 255, 511}, []float64{1.1e-4, 5.2e-4, 2.4e-3, 1.15e-2, 5.4e-2}
	p, r2, err := PowerLaw(n, seconds, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "exponent", p.Value, 2.211725342473933, 1e-12)
	near(t, "lo", p.Lo, 2.187662704111389, 1e-10)
	near(t, "hi", p.Hi, 2.235787980836477, 1e-10)
	near(t, "r2", r2, 0.999964940319166, 1e-12)
	if _, _, err := PowerLaw(n[:2], seconds[:2], 0.95); err == nil {
		t.Error("two points have an interval")
	}
	if _, _, err := PowerLaw([]float64{5, 5, 5}, seconds[:3], 0.95); err == nil {
		t.Error("three times the same size has an exponent")
	}
}

func TestPowerLawCoverage(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const rounds = 4000
	n, inside := []float64{31, 63, 127, 255, 511}, 0
	for range rounds {
		var seconds []float64
		for _, v := range n {
			seconds = append(seconds, 1e-6*math.Pow(v, 2)*math.Exp(0.05*random.NormFloat64()))
		}
		p, _, err := PowerLaw(n, seconds, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		if p.Lo <= 2 && 2 <= p.Hi {
			inside++
		}
	}
	if share := float64(inside) / rounds; math.Abs(share-0.95) > 0.014 {
		t.Errorf("covered in %.4f of the rounds, want 0.95 ± 0.014", share)
	}
}

// Three solvers on four instances, by hand:
//
//	times     i1  i2   i3  i4
//	a          1   2    4   –
//	b          2   2    1   8
//	c          4   1    –   4
//	best       1   1    1   4
//	a's ratios 1   2    4   –
func TestProfileByHand(t *testing.T) {
	inf := math.Inf(1)
	want := []Step{{1, 0.25}, {2, 0.5}, {4, 0.75}}
	if diff := cmp.Diff(want, Profile([]float64{1, 2, 4, inf}, 4)); diff != "" {
		t.Errorf("a: %s", diff)
	}
	want = []Step{{1, 0.25}, {2, 1}}
	if diff := cmp.Diff(want, Profile([]float64{2, 2, 1, 2}, 4)); diff != "" {
		t.Errorf("b: %s", diff)
	}
	want = []Step{{1, 0.5}, {4, 0.75}}
	if diff := cmp.Diff(want, Profile([]float64{4, 1, math.NaN(), 1}, 4)); diff != "" {
		t.Errorf("c: %s", diff)
	}
	if diff := cmp.Diff([]Step{}, Profile([]float64{inf}, 4)); diff != "" {
		t.Errorf("nothing solved: %s", diff)
	}
	for at, share := range map[float64]float64{0.5: 0, 1: 0.25, 1.9: 0.25, 2: 0.5, 100: 0.75} {
		if got := ShareAt(Profile([]float64{1, 2, 4, inf}, 4), at); got != share {
			t.Errorf("share at %v: %v, want %v", at, got, share)
		}
	}
}

func ExampleProfile() {
	ratios := []float64{1, 1, 1.5, math.Inf(1)} // to the best on each of four instances, of which one is unsolved
	for _, s := range Profile(ratios, 4) {
		fmt.Printf("within ×%g of the best on %g of the instances\n", s.At, s.Share)
	}
	// Output:
	// within ×1 of the best on 0.5 of the instances
	// within ×1.5 of the best on 0.75 of the instances
}
