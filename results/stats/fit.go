package stats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// ShiftedGeometricMean returns exp(mean(log(x + shift))) - shift. The shift keeps values far below it from deciding the mean.
func ShiftedGeometricMean(x []float64, shift float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += math.Log(v + shift)
	}
	return math.Exp(sum/float64(len(x))) - shift
}

// PowerLaw fits y = c x^p by least squares of log y on log x and returns the exponent with its interval, by Student's t with as
// many degrees of freedom as there are points less two: it assumes that what is left is independent and normal, which a law
// that bends is not. r2 is the share of the variance of log y that the law explains.
func PowerLaw(x, y []float64, confidence float64) (exponent Interval, r2 float64, err error) {
	n := len(x)
	if n < 3 {
		return Interval{}, 0, ErrTooFew
	}
	lx, ly := logs(x), logs(y)
	intercept, slope := stat.LinearRegression(lx, ly, nil, false)
	mean, spread, left := stat.Mean(lx, nil), 0.0, 0.0
	for i := range lx {
		spread += (lx[i] - mean) * (lx[i] - mean)
		e := ly[i] - intercept - slope*lx[i]
		left += e * e
	}
	if spread == 0 {
		return Interval{}, 0, ErrTooFew
	}
	r2 = 1
	if total := stat.Variance(ly, nil) * float64(n-1); total > 0 {
		r2 = 1 - left/total
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(n - 2)}.Quantile(1 - (1-confidence)/2)
	half := t * math.Sqrt(left/float64(n-2)/spread)
	return Interval{Value: slope, Lo: slope - half, Hi: slope + half, Confidence: confidence}, r2, nil
}

func logs(x []float64) []float64 {
	all := make([]float64, len(x))
	for i, v := range x {
		all[i] = math.Log(v)
	}
	return all
}

// Step is a point of a profile: the share of instances whose value is at most At.
type Step struct {
	At    float64 `json:"at"`
	Share float64 `json:"share"`
}

// Profile returns the steps of the cumulative share of n instances with values up to each; what is not finite never
// counts. Of ratios to the best it is Dolan and Moré's performance profile, of budgets Moré and Wild's data profile.
func Profile(values []float64, n int) []Step {
	steps := []Step{}
	finite := slices.DeleteFunc(slices.Clone(values), func(v float64) bool { return math.IsInf(v, 0) || math.IsNaN(v) })
	slices.Sort(finite)
	for i, v := range finite {
		share := float64(i+1) / float64(n)
		if k := len(steps) - 1; k >= 0 && steps[k].At == v {
			steps[k].Share = share
			continue
		}
		steps = append(steps, Step{At: v, Share: share})
	}
	return steps
}

// ShareAt returns the share of a profile at a value.
func ShareAt(steps []Step, at float64) float64 {
	share := 0.0
	for _, s := range steps {
		if s.At <= at {
			share = s.Share
		}
	}
	return share
}
