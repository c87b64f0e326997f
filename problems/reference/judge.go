package reference

import (
	"fmt"
	"math"
	"strconv"

	"github.com/solverbench/solverbench/metrics"
	"github.com/solverbench/solverbench/plugins/option"
	"github.com/solverbench/solverbench/problems"
)

// Margin is how many times more accurate than the tolerance asked of a solution its reference must be.
const Margin = 10

// Judgeable says whether solutions can be judged by the trajectory: it is an error if a field is zero, and an
// *option.Error if the tolerance is too small for the accuracy at the last time.
func (t *Trajectory) Judgeable(tolerance float64) error {
	for i, f := range t.Fields {
		if metrics.L2(f) == 0 {
			return fmt.Errorf("the reference solution is zero at t = %g, a relative error is undefined", t.Times[i])
		}
	}
	accuracy := max(t.Accuracy[len(t.Accuracy)-1], 1e-14)
	if tolerance >= Margin*accuracy {
		return nil
	}
	return &option.Error{Name: problems.ToleranceParam, Value: strconv.FormatFloat(tolerance, 'g', -1, 64),
		Expected: fmt.Sprintf("a number ≥ %.2g, %d times what the reference solution is known to (%.2g)", Margin*accuracy, Margin, accuracy)}
}

// Judge compares a solution, the values at all times in one array, with the trajectory. The
// metrics are rel-l2 and max-error at the last time, then the caller's more, rel-l2@t at each earlier time t, and
// truth-accuracy, the relative L2 error of the trajectory itself at the last time.
func (t *Trajectory) Judge(tolerance float64, values []float64, more ...problems.Metric) (problems.Evaluation, error) {
	size, last := t.size(), len(t.Times)-1
	if len(values) != size*len(t.Times) {
		return problems.Evaluation{}, fmt.Errorf("solution has %d values, expected %d", len(values), size*len(t.Times))
	}
	errorAt := func(i int) (float64, error) {
		return metrics.RelativeL2(values[i*size:(i+1)*size], t.Fields[i])
	}
	relative, err := errorAt(last)
	if err != nil {
		return problems.Evaluation{}, fmt.Errorf("error at t = %g: %w", t.Times[last], err)
	}
	largest, err := metrics.MaxError(values[last*size:], t.Fields[last])
	if err != nil {
		return problems.Evaluation{}, fmt.Errorf("error at t = %g: %w", t.Times[last], err)
	}
	all := []problems.Metric{
		{Name: "rel-l2", Value: relative, Better: problems.Lower},
		{Name: "max-error", Value: largest, Better: problems.Lower},
	}
	all = append(all, more...)
	for i, time := range t.Times[:last] {
		e, err := errorAt(i)
		if err != nil {
			return problems.Evaluation{}, fmt.Errorf("error at t = %g: %w", time, err)
		}
		all = append(all, problems.Metric{Name: fmt.Sprintf("rel-l2@%g", time), Value: e, Better: problems.Lower})
	}
	all = append(all, problems.Metric{Name: "truth-accuracy", Value: t.Accuracy[last]})
	e := problems.Judge(tolerance, all...)
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			e.Verdict = problems.Diverged
			e.Reason = fmt.Sprintf("value %d at t = %g is %g", i%size, t.Times[i/size], v)
			break
		}
	}
	return e, nil
}
