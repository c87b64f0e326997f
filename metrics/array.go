package metrics

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Array is a dense array in C order: Values has as many elements as the extents of Shape multiply to.
type Array struct {
	Shape  []int
	Values []float64
}

// check reports a shape that does not describe the values.
func (a Array) check() error {
	n := 1
	for _, s := range a.Shape {
		if s < 0 {
			return fmt.Errorf("shape %v: negative extent", a.Shape)
		}
		if s > 0 && n > math.MaxInt/s {
			return fmt.Errorf("shape %v: too many elements", a.Shape)
		}
		n *= s
	}
	if n != len(a.Values) {
		return fmt.Errorf("shape %v: holds %d values, expected %d", a.Shape, len(a.Values), n)
	}
	if n == 0 {
		return fmt.Errorf("shape %v: no elements", a.Shape)
	}
	return nil
}

// checkFinite reports the first value that is NaN or infinite, by its index.
func (a Array) checkFinite() error {
	for i, v := range a.Values {
		// A finite value minus itself is zero; NaN and infinities give NaN.
		if v-v != 0 {
			return fmt.Errorf("value at %v: %v, expected a finite number", a.index(i), v)
		}
	}
	return nil
}

// index returns the multi-index of a flat one.
func (a Array) index(flat int) []int {
	ix := make([]int, len(a.Shape))
	for i, s := range slices.Backward(a.Shape) {
		ix[i] = flat % s
		flat /= s
	}
	return ix
}

// checkPair reports arrays that cannot be compared element by element.
func checkPair(reference, candidate Array) error {
	if err := errors.Join(within("reference", reference.check()), within("candidate", candidate.check())); err != nil {
		return err
	}
	if !slices.Equal(reference.Shape, candidate.Shape) {
		return fmt.Errorf("candidate: shape %v, expected that of the reference, %v", candidate.Shape, reference.Shape)
	}
	return errors.Join(within("reference", reference.checkFinite()), within("candidate", candidate.checkFinite()))
}

// within says where an error was found.
func within(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
