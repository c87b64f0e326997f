package reference

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/solverbench/solverbench/metrics"
)

// Refine calls compute for level 0, 1, …, each of higher resolution and with smaller time errors than
// the one before, until two successive results agree to target (relative L2) at every time or the
// levels are used up. It returns the finest result, whose Accuracy it sets to the difference from the one before.
// A level that fails with ErrStep counts as not agreeing.
func Refine(ctx context.Context, levels int, target float64, compute func(ctx context.Context, level int) (*Trajectory, error)) (*Trajectory, error) {
	var last *Trajectory
	var failure error
	for level := range levels {
		t, err := compute(ctx, level)
		if errors.Is(err, ErrStep) {
			last, failure = nil, err
			continue
		}
		if err != nil {
			return nil, err
		}
		if last == nil {
			last, failure = t, errors.New("one resolution only could be computed, with nothing to compare it with")
			continue
		}
		t.Accuracy = make([]float64, len(t.Times))
		agree := true
		for i, f := range t.Fields {
			if t.Accuracy[i], err = metrics.RelativeL2(last.Fields[i], f); err != nil {
				return nil, fmt.Errorf("reference solution at t = %g: %w", t.Times[i], err)
			}
			agree = agree && t.Accuracy[i] <= target
		}
		last, failure = t, nil
		if agree {
			break
		}
	}
	if failure != nil {
		return nil, fmt.Errorf("reference solution: %w", failure)
	}
	return last, nil
}

// Target returns the accuracy to ask of a reference solution that is to judge solutions by tolerance: the
// power of ten a hundred times smaller or less, and no less than least.
func Target(tolerance, least float64) float64 {
	if tolerance <= 0 {
		return least
	}
	return max(least, math.Pow(10, math.Floor(math.Log10(tolerance)+1e-9)-2))
}
