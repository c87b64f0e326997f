package stats

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
)

// Pair is what two solvers took on an instance: positive values of each.
type Pair struct{ X, Y []float64 }

// fewestResampled is how many values a sample has at least for a bootstrap to say something of it.
const fewestResampled = 5

// GeometricMeanRatio returns the geometric mean over pairs of their [Ratio], with the percentile interval of as many
// bootstrap resamples of the values within each pair, made wider by √(n/(n-1)) of the smallest sample, by which such
// intervals are too narrow. The pairs stay as they are: the interval is of the mean over these instances, and says nothing of
// others. It is the same each time for a seed. Where a sample has fewer than 5 values the bounds are the means of those of the
// ratios, and Confidence is 0.
func GeometricMeanRatio(pairs []Pair, confidence float64, resamples int, seed uint64) (Interval, error) {
	if len(pairs) == 0 {
		return Interval{}, ErrTooFew
	}
	mean, lo, hi, n, smallest := 0.0, 0.0, 0.0, float64(len(pairs)), len(pairs[0].X)
	for _, p := range pairs {
		ratio, err := Ratio(p.X, p.Y, confidence)
		if err != nil {
			return Interval{}, err
		}
		mean, lo, hi = mean+math.Log(ratio.Value)/n, lo+math.Log(ratio.Lo)/n, hi+math.Log(ratio.Hi)/n
		smallest = min(smallest, len(p.X), len(p.Y))
	}
	if smallest < fewestResampled {
		return Interval{Value: math.Exp(mean), Lo: math.Exp(lo), Hi: math.Exp(hi)}, nil
	}
	means := resampledMeans(pairs, resamples, seed)
	tail, wider := (1-confidence)/2, math.Sqrt(float64(smallest)/float64(smallest-1))
	return Interval{Value: math.Exp(mean), Lo: math.Exp(mean + wider*(Quantile(means, tail)-mean)),
		Hi: math.Exp(mean + wider*(Quantile(means, 1-tail)-mean)), Confidence: confidence}, nil
}

// resampledMeans returns the sorted means over pairs of the logarithms of resampled ratios. Each pair draws from its own seed, so that
// it does not matter how many processors there are; sums are in the order of pairs.
func resampledMeans(pairs []Pair, resamples int, seed uint64) []float64 {
	logs := make([][]float64, len(pairs))
	var workers sync.WaitGroup
	n := runtime.GOMAXPROCS(0)
	for w := range n {
		workers.Go(func() {
			for i := w; i < len(pairs); i += n {
				logs[i] = resampledRatios(pairs[i], resamples, rand.New(rand.NewPCG(seed, uint64(i))))
			}
		})
	}
	workers.Wait()
	means := make([]float64, resamples)
	for _, of := range logs {
		for k, v := range of {
			means[k] += v / float64(len(pairs))
		}
	}
	slices.Sort(means)
	return means
}

// resampledRatios returns logarithms of the ratio of samples drawn from a pair.
func resampledRatios(p Pair, resamples int, random *rand.Rand) []float64 {
	x, y := slices.Sorted(slices.Values(p.X)), slices.Sorted(slices.Values(p.Y))
	drawn := ratios{x: make([]float64, len(x)), y: make([]float64, len(y))}
	logs := make([]float64, resamples)
	for k := range logs {
		draw(drawn.x, x, random)
		draw(drawn.y, y, random)
		drawn.room = drawn.room[:0]
		logs[k] = math.Log(drawn.median())
	}
	return logs
}

// draw fills a sample with values of another, with replacement, sorted.
func draw(into, from []float64, random *rand.Rand) {
	for i := range into {
		into[i] = from[random.IntN(len(from))]
	}
	slices.Sort(into)
}

// Quantile returns the value below which a share of sorted values lies, interpolated.
func Quantile(sorted []float64, share float64) float64 {
	at := share * float64(len(sorted)-1)
	k := min(int(at), len(sorted)-2)
	if k < 0 {
		return sorted[0]
	}
	return sorted[k] + (at-float64(k))*(sorted[k+1]-sorted[k])
}
