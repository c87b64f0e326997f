package metrics

import (
	"errors"
	"fmt"
	"math"
)

var errEmpty = errors.New("no values to compare")

func sameLength(got, want []float64) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d values, expected %d as in the reference", len(got), len(want))
	}
	if len(want) == 0 {
		return errEmpty
	}
	return nil
}

// L2 returns the Euclidean norm (Σ x²)^½, safe from overflow and underflow.
func L2(x []float64) float64 {
	var sum float64
	for _, v := range x {
		sum += v * v
	}
	if sum > 1e-280 && sum < 1e280 {
		return math.Sqrt(sum)
	}
	scale := maxAbs(x)
	if scale == 0 || scale-scale != 0 { // zero, infinite or NaN
		return scale
	}
	sum = 0
	for _, v := range x {
		v /= scale
		sum += v * v
	}
	return scale * math.Sqrt(sum)
}

// maxAbs returns max |x|, NaN if any is.
func maxAbs(x []float64) float64 {
	var m float64
	for _, v := range x {
		m = max(m, math.Abs(v))
	}
	return m
}

// MSE returns the mean squared error, Σ (got − want)² / n.
func MSE(got, want []float64) (float64, error) {
	if err := sameLength(got, want); err != nil {
		return 0, err
	}
	var sum float64
	for i, w := range want {
		d := got[i] - w
		sum += d * d
	}
	return sum / float64(len(want)), nil
}

// RMSE returns the root of the mean squared error, in the unit of the data.
func RMSE(got, want []float64) (float64, error) {
	mse, err := MSE(got, want)
	return math.Sqrt(mse), err
}

// RelativeL2 returns ‖got − want‖₂ / ‖want‖₂. It is an error if ‖want‖₂ is zero.
func RelativeL2(got, want []float64) (float64, error) {
	return relative(got, want, L2)
}

// MaxError returns the largest absolute difference, max |got − want|.
func MaxError(got, want []float64) (float64, error) {
	if err := sameLength(got, want); err != nil {
		return 0, err
	}
	var m float64
	for i, w := range want {
		m = max(m, math.Abs(got[i]-w))
	}
	return m, nil
}

// RelativeMaxError returns max |got − want| / max |want|. It is an error if want is zero throughout.
func RelativeMaxError(got, want []float64) (float64, error) {
	return relative(got, want, maxAbs)
}

func relative(got, want []float64, norm func([]float64) float64) (float64, error) {
	if err := sameLength(got, want); err != nil {
		return 0, err
	}
	scale := norm(want)
	if scale == 0 {
		return 0, errors.New("the reference is zero, a relative error is undefined")
	}
	diff := make([]float64, len(want))
	for i, w := range want {
		diff[i] = got[i] - w
	}
	return norm(diff) / scale, nil
}

// RMSDistance returns the root mean square distance of points: got and want are [N][dim] in C order,
// the result is (Σ ‖got_i − want_i‖² / N)^½.
func RMSDistance(got, want []float64, dim int) (float64, error) {
	if dim < 1 || len(want)%dim != 0 {
		return 0, fmt.Errorf("%d values are not points of dimension %d", len(want), dim)
	}
	mse, err := MSE(got, want)
	return math.Sqrt(mse * float64(dim)), err
}
