package sampling

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/solverbench/solverbench/metrics"
)

const vectorsFile = "testdata/samplers.json"

// vectors are what the file holds beside the layout that mixture[file=] reads.
type vectors struct {
	Mixture struct {
		Mean       []float64   `json:"mean"`
		Covariance [][]float64 `json:"covariance"`
	} `json:"mixture"`
	Checks []struct {
		T   float64     `json:"t"`
		Eps [][]float64 `json:"eps"`
	} `json:"oracle_check"`
	Results []struct {
		Sampler string      `json:"sampler"`
		X0      [][]float64 `json:"x0"`
		RMS     float64     `json:"rms_error_to_exact"`
	} `json:"results"`
}

func loadVectors(t testing.TB) (*mixtureFile, vectors) {
	t.Helper()
	f, err := readMixtureFile(vectorsFile)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(vectorsFile)
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return f, v
}

func flat(rows [][]float64) []float64 {
	var x []float64
	for _, r := range rows {
		x = append(x, r...)
	}
	return x
}

func largestDifference(x, y []float64) float64 {
	d := 0.0
	for i := range x {
		d = math.Max(d, math.Abs(x[i]-y[i])) // keeps NaN
	}
	return d
}

func TestOracleAgainstReference(t *testing.T) {
	f, v := loadVectors(t)
	if len(v.Checks) != 4 {
		t.Fatalf("%d checks, expected 4", len(v.Checks))
	}
	eps := make([]float64, len(f.start))
	for _, c := range v.Checks {
		f.mixture.noise(eps, f.start, f.schedule.at(c.T))
		d := largestDifference(eps, flat(c.Eps))
		t.Logf("t = %g: %.2g", c.T, d)
		if !(d <= 1e-12) {
			t.Errorf("ε at t = %g differs by %.3g", c.T, d)
		}
	}
}

func TestMomentsAgainstReference(t *testing.T) {
	f, v := loadVectors(t)
	m := f.mixture.moments(level{alpha: 1})
	if d := largestDifference(m.Mean, v.Mixture.Mean); !(d <= 1e-14) {
		t.Errorf("mean differs by %.3g", d)
	}
	if d := largestDifference(m.Cov, flat(v.Mixture.Covariance)); !(d <= 1e-13) {
		t.Errorf("covariance differs by %.3g", d)
	}
	own := ring{Modes: 8, Radius: 4, SD: 0.3}.mixture()
	if d := largestDifference(own.means, f.mixture.means) + largestDifference(own.weights, f.mixture.weights) +
		largestDifference(own.variances, f.mixture.variances); !(d <= 1e-14) {
		t.Errorf("mixture-ring differs from the reference's ring by %.3g", d)
	}
}

func TestFlowAgainstReference(t *testing.T) {
	f, _ := loadVectors(t)
	got, err := f.mixture.flow(t.Context(), f.schedule, f.start)
	if err != nil {
		t.Fatal(err)
	}
	rms, err := metrics.RMSDistance(got.end, f.flow, 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("RMS distance %.2g, own estimate of the accuracy %.2g", rms, got.accuracy)
	if !(rms <= 1e-11) || !(got.accuracy <= 1e-10) {
		t.Errorf("RMS distance to the reference %.3g, own estimate %.3g", rms, got.accuracy)
	}
}

// The judge finds the RMS errors that the reference states of ten samplers.
func TestJudgeAgainstReference(t *testing.T) {
	_, v := loadVectors(t)
	in := build(t, "mixture", map[string]string{"file": vectorsFile})
	for _, r := range v.Results {
		e := evaluate(t, in, flat(r.X0))
		if got := value(t, e, rmsFlow); math.Abs(got-r.RMS) > 1e-9*r.RMS+1e-11 {
			t.Errorf("%s: RMS %.12g, reference has %.12g", r.Sampler, got, r.RMS)
		}
	}
}
