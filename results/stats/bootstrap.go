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

// GeometricMeanRatio returns the geometric mean over pairs of their [Ratio], with the percentile interval of as many
// bootstrap resamples of the values within each pair. The pairs stay as they are: the interval is of the mean over these
// instances, and says nothing of others. It is the same each time for a seed.
func GeometricMeanRatio(pairs []Pair, confidence float64, resamples int, seed uint64) (Interval, error) {
	if len(pairs) == 0 {
		return Interval{}, ErrTooFew
	}
	mean, n := 0.0, float64(len(pairs))
	for _, p := range pairs {
		ratio, err := Ratio(p.X, p.Y, confidence)
		if err != nil {
			return Interval{}, err
		}
		mean += math.Log(ratio.Value) / n
	}
	means := make([]float64, resamples)
	var adding sync.Mutex
	var workers sync.WaitGroup
	for w := range min(runtime.GOMAXPROCS(0), len(pairs)) {
		workers.Go(func() {
			for i := w; i < len(pairs); i += runtime.GOMAXPROCS(0) {
				logs := resampledRatios(pairs[i], resamples, rand.New(rand.NewPCG(seed, uint64(i))))
				adding.Lock()
				for k, v := range logs {
					means[k] += v / n
				}
				adding.Unlock()
			}
		})
	}
	workers.Wait()
	slices.Sort(means)
	tail := (1 - confidence) / 2
	return Interval{Value: math.Exp(mean), Lo: math.Exp(Quantile(means, tail)), Hi: math.Exp(Quantile(means, 1-tail)),
		Confidence: confidence}, nil
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
