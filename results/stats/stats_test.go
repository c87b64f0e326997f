package stats

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*max(1, math.Abs(want))) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// The numbers of this file are scipy 1.17.1's, made by the calls that stand beside them.
var (
	first  = []float64{19.8, 22.1, 20.3, 25.4, 23.7}
	second = []float64{24.9, 27.3, 26.2, 28.8, 23.5, 30.1}
)

func TestMannWhitneyAsScipy(t *testing.T) {
	// scipy.stats.mannwhitneyu(x, y, method='exact').pvalue, and with alternative='less'
	near(t, "exact", MannWhitney(first, second), 0.030303030303030304, 1e-12)
	near(t, "less", Less(first, second), 0.015151515151515152, 1e-12)
	// The example of scipy's documentation: P is 0.1111111111111111.
	near(t, "documented", MannWhitney([]float64{19, 22, 16, 29, 24}, []float64{20, 11, 17, 12}), 1.0/9, 1e-12)
	// mannwhitneyu(x, y, method=scipy.stats.PermutationMethod(n_resamples=inf), alternative='less').pvalue, which lists all ways.
	tied, other := []float64{1, 2, 2, 3, 5}, []float64{2, 4, 4, 5, 6}
	near(t, "ties", Less(tied, other), 0.09126984126984126, 1e-12)
	near(t, "ties, two sides", MannWhitney(other, tied), 2*0.09126984126984126, 1e-12)
	// mannwhitneyu([round(1+0.01*((i*37)%101), 3) for i in range(60)], [round(1.1+0.01*((i*53)%97), 3) for i in range(55)],
	// method='asymptotic').pvalue
	var x, y []float64
	for i := range 60 {
		x = append(x, math.Round(1000+10*float64(i*37%101))/1000)
	}
	for i := range 55 {
		y = append(y, math.Round(1100+10*float64(i*53%97))/1000)
	}
	near(t, "many", MannWhitney(x, y), 0.21488656127174544, 1e-9)
	if p := MannWhitney([]float64{1, 1}, []float64{1, 1}); p != 1 {
		t.Errorf("of equal values P is %v, want 1", p)
	}
	if p := MannWhitney(nil, second); p != 1 {
		t.Errorf("of nothing P is %v, want 1", p)
	}
}

func TestLeastPIsThatOfTheTest(t *testing.T) {
	for n := 1; n <= 8; n++ {
		for m := 1; m <= 8; m++ {
			var x, y []float64
			for i := range n {
				x = append(x, float64(i))
			}
			for i := range m {
				y = append(y, float64(100+i))
			}
			near(t, "least P", LeastP(n, m), MannWhitney(x, y), 1e-12)
		}
	}
}

func TestHolm(t *testing.T) {
	// statsmodels.stats.multitest.multipletests([.01, .04, .03, .005], method='holm'), which is by hand: 4 × .005,
	// 3 × .01, 2 × .03, and what is then less becomes as much.
	want := []float64{0.03, 0.06, 0.06, 0.02}
	for i, p := range Holm([]float64{0.01, 0.04, 0.03, 0.005}) {
		near(t, "adjusted", p, want[i], 1e-12)
	}
	if diff := cmp.Diff([]float64{1, 1}, Holm([]float64{0.6, 0.9})); diff != "" {
		t.Error(diff)
	}
}

// Whatever the P-values, adjusting keeps their order, makes none less, and is at most Bonferroni's.
func TestHolmIsBetweenNothingAndBonferroni(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOf(rapid.Float64Range(0, rapid.SampledFrom([]float64{0.05, 1}).Draw(t, "most"))).Draw(t, "p")
		adjusted := Holm(p)
		threshold := HolmThreshold(slices.Clone(p), 0.05)
		for i := range p {
			if (p[i] <= threshold) != (adjusted[i] <= 0.05) {
				t.Fatalf("%v adjusted is %v, but the threshold %v", p, adjusted, threshold)
			}
			if adjusted[i] < p[i] || adjusted[i] > min(1, p[i]*float64(len(p))) {
				t.Fatalf("%v adjusted is %v", p, adjusted)
			}
			for j := range p {
				if p[i] < p[j] && adjusted[i] > adjusted[j] {
					t.Fatalf("%v adjusted is %v, in another order", p, adjusted)
				}
			}
		}
	})
}

func TestRatioInvertsTheTest(t *testing.T) {
	// exp(median(log(b/a))) over all pairs, and the 4th least and greatest: of all 462 ways to mix the samples U is at most 3 in
	// 7 and at most 4 in 12, more than 2.5 %.
	got, err := Ratio(first, second, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "ratio", got.Value, 1.2009457978441063, 1e-12)
	near(t, "lo", got.Lo, 1.031496062992126, 1e-12)
	near(t, "hi", got.Hi, 1.4187192118226601, 1e-12)
	near(t, "confidence", got.Confidence, 0.9696969696969697, 1e-12)

	rapid.Check(t, func(t *rapid.T) {
		value := rapid.Float64Range(0.5, 2)
		x := rapid.SliceOfNDistinct(value, 4, 12, rapid.ID[float64]).Draw(t, "x")
		y := rapid.SliceOfNDistinct(value, 4, 12, rapid.ID[float64]).Draw(t, "y")
		for _, v := range x {
			if slices.Contains(y, v) {
				t.Skip("ties")
			}
		}
		r, err := Ratio(x, y, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		apart := r.Lo > 1 || r.Hi < 1
		if differ := MannWhitney(x, y) <= 0.05; differ != apart && math.Abs(r.Lo-1) > 1e-9 && math.Abs(r.Hi-1) > 1e-9 {
			t.Errorf("the test says %v (P %v), the interval is %+v", differ, MannWhitney(x, y), r)
		}
	})
	if _, err := Ratio(nil, first, 0.95); err == nil {
		t.Error("a ratio of nothing")
	}
	if _, err := Ratio([]float64{0}, first, 0.95); err == nil {
		t.Error("a ratio to zero")
	}
	// Too few for 95 %: the range of the ratios, with P(no ratio of 9 on either side of the true one) = 2/20.
	few, err := Ratio([]float64{1, 2, 3}, []float64{2, 4, 6}, 0.95)
	if err != nil || few.Lo != 2.0/3 || few.Hi != 6 || math.Abs(few.Confidence-0.9) > 1e-12 {
		t.Errorf("few: %+v, %v", few, err)
	}
}

// Ratios of many values are searched for, of few sorted: both find the same.
func TestRatioOfMany(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	x, y := make([]float64, 70), make([]float64, 90)
	fill(x, random, 1, 0.3)
	fill(y, random, 1.2, 0.3)
	slices.Sort(x)
	slices.Sort(y)
	all := ratios{x: x, y: y}
	var sorted []float64
	for _, a := range x {
		for _, b := range y {
			sorted = append(sorted, b/a)
		}
	}
	slices.Sort(sorted)
	for _, k := range []int{0, 1, 100, 3149, 3150, 6298, 6299} {
		if got := all.at(k); got != sorted[k] {
			t.Errorf("ratio %d is %v, want %v", k, got, sorted[k])
		}
	}
}

func fill(x []float64, random *rand.Rand, middle, spread float64) {
	for i := range x {
		x[i] = middle * math.Exp(spread*random.NormFloat64())
	}
}

// Intervals cover what they say, for sizes below and above where the distribution of U is computed, and of skew values.
func TestCoverage(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	const rounds, factor = 2000, 1.3
	for _, n := range []int{6, 10, 30} {
		x, y, inside, confidence := make([]float64, n), make([]float64, n+2), 0, 0.0
		for range rounds {
			for i := range x {
				x[i] = 1 + random.ExpFloat64()
			}
			for i := range y {
				y[i] = factor * (1 + random.ExpFloat64())
			}
			r, err := Ratio(x, y, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			if r.Lo <= factor && factor <= r.Hi {
				inside++
			}
			confidence = r.Confidence
		}
		// Four standard deviations of a share of so many rounds.
		slack := 4 * math.Sqrt(confidence*(1-confidence)/rounds)
		if share := float64(inside) / rounds; confidence < 0.95 || math.Abs(share-confidence) > slack {
			t.Errorf("%d values: covered in %.4f of the rounds, want %.4f ± %.4f", n, share, confidence, slack)
		}
	}
}

// The mean over instances is covered about as often as it says.
func TestGeometricMeanCoverage(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	const rounds = 200
	for _, c := range []struct{ pairs, n int }{{1, 10}, {5, 12}} {
		inside := 0
		for range rounds {
			pairs, truth := make([]Pair, c.pairs), 0.0
			for i := range pairs {
				factor := 0.8 + 0.1*float64(i)
				truth += math.Log(factor) / float64(c.pairs)
				pairs[i] = Pair{make([]float64, c.n), make([]float64, c.n)}
				fill(pairs[i].X, random, 1, 0.05)
				fill(pairs[i].Y, random, factor, 0.05)
			}
			mean, err := GeometricMeanRatio(pairs, 0.95, 200, 1)
			if err != nil {
				t.Fatal(err)
			}
			if mean.Lo <= math.Exp(truth) && math.Exp(truth) <= mean.Hi {
				inside++
			}
		}
		if share := float64(inside) / rounds; share < 0.90 || share > 0.99 {
			t.Errorf("%d pairs of %d values: covered in %.3f of the rounds, want about 0.95", c.pairs, c.n, share)
		}
	}
}

func TestGeometricMeanRatio(t *testing.T) {
	of := func(x float64) []float64 { return slices.Repeat([]float64{x}, fewestResampled) }
	pairs := []Pair{{of(1), of(2)}, {of(1), of(8)}}
	got, err := GeometricMeanRatio(pairs, 0.95, 100, 7)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []float64{got.Value, got.Lo, got.Hi} {
		near(t, "of constants", v, 4, 1e-12)
	}
	// Of too few values there are the means of the ranges: 1 to 4, and 8.
	few, err := GeometricMeanRatio([]Pair{{[]float64{1, 2}, []float64{2, 4}}, {of(1), []float64{8, 8}}}, 0.95, 100, 7)
	if err != nil || few.Confidence != 0 || math.Abs(few.Lo-math.Sqrt(8)) > 1e-12 || math.Abs(few.Hi-math.Sqrt(32)) > 1e-12 {
		t.Errorf("of few: %+v, %v", few, err)
	}
	random := rand.New(rand.NewPCG(7, 8))
	for i := range pairs {
		pairs[i] = Pair{make([]float64, 9), make([]float64, 11)}
		fill(pairs[i].X, random, 1, 0.2)
		fill(pairs[i].Y, random, 1, 0.2)
	}
	a, errA := GeometricMeanRatio(pairs, 0.95, 100, 7)
	b, errB := GeometricMeanRatio(pairs, 0.95, 100, 7)
	other, errC := GeometricMeanRatio(pairs, 0.95, 100, 8)
	if errA != nil || errB != nil || errC != nil || a != b || a.Lo == other.Lo {
		t.Errorf("seeds 7, 7, 8: %+v %+v %+v", a, b, other)
	}
	if _, err := GeometricMeanRatio(nil, 0.95, 100, 1); err == nil {
		t.Error("a mean of nothing")
	}
}

// All ways of choosing the first sample are tried, where values are equal and where they are not.
func TestMannWhitneyByListing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.Float64Range(0, 1)
		if rapid.Bool().Draw(t, "ties") {
			value = rapid.SampledFrom([]float64{1, 2, 3})
		}
		x, y := rapid.SliceOfN(value, 1, 6).Draw(t, "x"), rapid.SliceOfN(value, 1, 6).Draw(t, "y")
		ranks := MidRanks(slices.Concat(x, y))
		sum := func(chosen int) (s float64) {
			for i, r := range ranks {
				s += r * float64(chosen>>i&1)
			}
			return s
		}
		observed, less, more, all := sum(1<<len(x)-1), 0.0, 0.0, 0.0
		for chosen := range 1 << len(ranks) {
			if bits.OnesCount(uint(chosen)) != len(x) {
				continue
			}
			all++
			if sum(chosen) <= observed {
				less++
			}
			if sum(chosen) >= observed {
				more++
			}
		}
		if p := Less(x, y); math.Abs(p-less/all) > 1e-12 {
			t.Errorf("less: %v, want %v", p, less/all)
		}
		if p, want := MannWhitney(x, y), min(1, 2*less/all, 2*more/all); math.Abs(p-want) > 1e-12 {
			t.Errorf("two-sided: %v, want %v", p, want)
		}
	})
}
