package stats

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMidRanks(t *testing.T) {
	inf := math.Inf(1)
	// scipy.stats.rankdata([3, 1, 2, 2, inf, inf])
	if diff := cmp.Diff([]float64{4, 1, 2.5, 2.5, 5.5, 5.5}, MidRanks([]float64{3, 1, 2, 2, inf, inf})); diff != "" {
		t.Error(diff)
	}
}

func TestFriedmanAsScipy(t *testing.T) {
	// The example of scipy's documentation, pulses of seven people before, after and later:
	// scipy.stats.friedmanchisquare([72, 96, …], [120, 120, …], [76, 95, …])
	ranks, chi2, p := Friedman([][]float64{{72, 120, 76}, {96, 120, 95}, {88, 132, 104}, {92, 120, 96}, {74, 101, 84}, {76, 96, 72}, {82, 112, 76}})
	near(t, "statistic", chi2, 10.57142857142857, 1e-12)
	near(t, "P", p, 0.005063414171757498, 1e-12)
	want := []float64{10.0 / 7, 3, 11.0 / 7}
	for i := range want {
		near(t, "mean rank", ranks[i], want[i], 1e-12)
	}
	// scipy.stats.friedmanchisquare(*numpy.array(these).T)
	_, chi2, p = Friedman([][]float64{{1, 2, 2, 4}, {3, 1, 2, 2}, {1, 1, 1, 4}, {2, 3, 4, 4}, {1, 2, 3, 4}, {2, 2, 1, 3}})
	near(t, "statistic with ties", chi2, 8.134615384615397, 1e-12)
	near(t, "P with ties", p, 0.0433100135520246, 1e-10)

	if _, _, p := Friedman([][]float64{{1, 1}, {2, 2}}); p != 1 {
		t.Errorf("where nothing differs P is %v, want 1", p)
	}
	if _, _, p := Friedman(nil); p != 1 {
		t.Errorf("of nothing P is %v, want 1", p)
	}
}

func TestCriticalDifference(t *testing.T) {
	// scipy.stats.studentized_range.ppf(1 - alpha, k, inf) / sqrt(2); Demšar (2006), table 5, has them to three digits.
	for _, c := range []struct {
		k         int
		at5, at10 float64
	}{
		{2, 1.9599639845400534, 1.6448536269514722}, {3, 2.343700586378409, 2.0522927304967755},
		{4, 2.569031772546482, 2.2913414968880566}, {5, 2.7277743708703763, 2.4595157642714183},
		{10, 3.163683577053373, 2.9198888400615384}, {20, 3.5437991315177815, 3.319233059548415},
	} {
		near(t, "q at 0.05", studentizedRange(c.k, 0.95)/math.Sqrt2, c.at5, 1e-6)
		near(t, "q at 0.10", studentizedRange(c.k, 0.90)/math.Sqrt2, c.at10, 1e-6)
	}
	// Demšar's example: four classifiers on 14 data sets.
	near(t, "critical difference", CriticalDifference(4, 14, 0.05), 1.25, 0.005)
}

// Where solvers do not differ, some two are found to in at most 5 % of experiments; with 12 instances Nemenyi's test is a little
// careful.
func TestCriticalDifferenceFalseAlarms(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const k, n, rounds = 5, 12, 2000
	cd, alarms := CriticalDifference(k, n, 0.05), 0
	for range rounds {
		costs := make([][]float64, n)
		for i := range costs {
			costs[i] = make([]float64, k)
			fill(costs[i], random, 1, 1)
		}
		ranks, _, _ := Friedman(costs)
		lo, hi := ranks[0], ranks[0]
		for _, r := range ranks {
			lo, hi = min(lo, r), max(hi, r)
		}
		if hi-lo > cd {
			alarms++
		}
	}
	if share := float64(alarms) / rounds; share > 0.06 || share < 0.02 {
		t.Errorf("false alarms in %.3f of the experiments, want about 0.04", share)
	}
}

func TestCliques(t *testing.T) {
	for _, c := range []struct {
		sorted []float64
		width  float64
		want   [][2]int
	}{
		{nil, 1, nil},
		{[]float64{1, 1.5, 2, 3, 4}, 1, [][2]int{{0, 3}, {2, 4}, {3, 5}}},
		{[]float64{1, 5}, 1, [][2]int{{0, 1}, {1, 2}}},
		{[]float64{1, 1.2, 1.3}, 9, [][2]int{{0, 3}}},
	} {
		if diff := cmp.Diff(c.want, Cliques(c.sorted, c.width)); diff != "" {
			t.Errorf("%v: %s", c.sorted, diff)
		}
	}
}
