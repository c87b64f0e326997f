package metrics

import (
	"fmt"
	"math"
)

// PSNR returns the peak signal-to-noise ratio 10 log₁₀(dataRange² / MSE) in dB of images, or any
// arrays of equal shape; dataRange is the largest value minus the smallest that the kind of data can
// take, 1 for images in [0, 1]. Equal images have +Inf.
func PSNR(reference, candidate Array, dataRange float64) (float64, error) {
	if err := checkPair(reference, candidate); err != nil {
		return 0, err
	}
	if err := checkRange(dataRange); err != nil {
		return 0, err
	}
	mse, err := MSE(candidate.Values, reference.Values)
	if err != nil {
		return 0, err
	}
	return 10 * math.Log10(dataRange*dataRange/mse), nil
}

func checkRange(dataRange float64) error {
	if !(dataRange > 0) || math.IsInf(dataRange, 1) {
		return fmt.Errorf("data range: %v, expected a positive number", dataRange)
	}
	return nil
}

// imageExtents returns the height, width and channels of an image [H][W] or [H][W][C].
func imageExtents(shape []int) (h, w, c int, err error) {
	switch len(shape) {
	case 2:
		return shape[0], shape[1], 1, nil
	case 3:
		return shape[0], shape[1], shape[2], nil
	}
	return 0, 0, 0, fmt.Errorf("shape %v: expected an image, [H][W] or [H][W][C]", shape)
}

// channel returns one channel of an image as a contiguous plane; a single channel is not copied.
func channel(values []float64, c, channels int) []float64 {
	if channels == 1 {
		return values
	}
	plane := make([]float64, len(values)/channels)
	for i := range plane {
		plane[i] = values[i*channels+c]
	}
	return plane
}

// checkImages reports images that cannot be compared by a windowed index.
func checkImages(reference, candidate Array, dataRange float64, minSize int) (h, w, c int, err error) {
	if err := checkPair(reference, candidate); err != nil {
		return 0, 0, 0, err
	}
	if err := checkRange(dataRange); err != nil {
		return 0, 0, 0, err
	}
	h, w, c, err = imageExtents(reference.Shape)
	if err != nil {
		return 0, 0, 0, err
	}
	if h < minSize || w < minSize {
		return 0, 0, 0, fmt.Errorf("image of %d×%d: too small, expected at least %d×%d", h, w, minSize, minSize)
	}
	return h, w, c, nil
}
