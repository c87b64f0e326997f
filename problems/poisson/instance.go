package poisson

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/metrics"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
	"github.com/solverbench/solverbench/problems"
)

// Names of this family's metrics.
const (
	relResidual = "rel-residual"
	maxResidual = "max-residual"
	relL2       = "rel-l2"
	maxError    = "max-error"
)

// instance is a task with what is known of its solution.
type instance struct {
	task  *poissonv1.Task
	shape []int
	// exact is the solution at the unknowns, nil where it is not known.
	exact []float64
	// mean is how to take a mean off before comparing with exact, nil if u is unique.
	mean trapezoid
	// vary makes the k-th variation.
	vary func(k int) (*instance, error)
}

func (in *instance) Task() proto.Message     { return in.task }
func (in *instance) Size() int               { return product(in.shape) }
func (in *instance) SolutionShapes() [][]int { return [][]int{in.shape} }

// Truth is the exact solution at the unknowns, where it is known and not free up to a constant.
func (in *instance) Truth() (metrics.Array, bool) {
	return metrics.Array{Shape: in.shape, Values: in.exact}, in.exact != nil && in.mean == nil
}

// Evaluate computes the residual of the discrete operator, or the error of continuous problems; both where
// both are known.
func (in *instance) Evaluate(_ context.Context, solution proto.Message) (problems.Evaluation, error) {
	u, err := solution.(*poissonv1.Solution).U.Float64s()
	if err != nil {
		return problems.Evaluation{}, fmt.Errorf("solution: %w", err)
	}
	var ms []problems.Metric
	if in.task.Kind != poissonv1.Kind_KIND_CONTINUOUS {
		if ms, err = in.residualMetrics(u); err != nil {
			return problems.Evaluation{}, fmt.Errorf("residual: %w", err)
		}
	}
	if in.exact != nil {
		more, err := in.errorMetrics(u)
		if err != nil {
			return problems.Evaluation{}, fmt.Errorf("error: %w", err)
		}
		ms = append(ms, more...)
	}
	e := problems.Judge(in.task.Tolerance, ms...)
	if p := firstNotFinite(u); p >= 0 {
		e.Verdict, e.Reason = problems.Diverged, fmt.Sprintf("u is %g at %v", u[p], in.index(p))
	} else if x := ms[0].Value; math.IsInf(x, 0) || math.IsNaN(x) {
		e.Verdict, e.Reason = problems.Diverged, fmt.Sprintf("u has grown until %s overflowed", ms[0].Name)
	}
	return e, nil
}

func (in *instance) residualMetrics(u []float64) ([]problems.Metric, error) {
	r, err := residual(in.task, u)
	if err != nil {
		return nil, err
	}
	f, err := in.task.Rhs.Float64s()
	if err != nil {
		return nil, fmt.Errorf("rhs: %w", err)
	}
	return []problems.Metric{
		{Name: relResidual, Value: metrics.L2(r) / metrics.L2(f), Better: problems.Lower},
		{Name: maxResidual, Value: maxAbs(r) / maxAbs(f), Better: problems.Lower},
	}, nil
}

func (in *instance) errorMetrics(u []float64) ([]problems.Metric, error) {
	if in.mean != nil {
		u = in.mean.withoutMean(u)
	}
	relative, err := metrics.RelativeL2(u, in.exact)
	if err != nil {
		return nil, err
	}
	largest, err := metrics.MaxError(u, in.exact)
	if err != nil {
		return nil, err
	}
	return []problems.Metric{
		{Name: relL2, Value: relative, Better: problems.Lower},
		{Name: maxError, Value: largest, Better: problems.Lower},
	}, nil
}

// index returns the multi-index of element p.
func (in *instance) index(p int) []int {
	index := make([]int, len(in.shape))
	for a := len(in.shape) - 1; a >= 0; a-- {
		index[a], p = p%in.shape[a], p/in.shape[a]
	}
	return index
}

// firstNotFinite returns the first element that is NaN or infinite, −1 if none is.
func firstNotFinite(x []float64) int {
	return slices.IndexFunc(x, func(v float64) bool { return v-v != 0 })
}

// maxAbs returns max |x|, NaN if any is.
func maxAbs(x []float64) float64 {
	m := 0.0
	for _, v := range x {
		m = max(m, math.Abs(v))
	}
	return m
}

// mainArray is the only array of a solution.
const mainArray = "u"

// solution and arrays turn named arrays into the family's message and back.
func solution(arrays map[string]metrics.Array) (proto.Message, error) {
	u, ok := arrays[mainArray]
	if !ok {
		var names []string
		for name := range arrays {
			names = append(names, name)
		}
		slices.Sort(names)
		return nil, fmt.Errorf("the solution has no array %q, only [%s]", mainArray, strings.Join(names, " "))
	}
	if product(u.Shape) != len(u.Values) {
		return nil, fmt.Errorf("array %q has %d values, expected %d by its shape %v", mainArray, len(u.Values), product(u.Shape), u.Shape)
	}
	return &poissonv1.Solution{U: commonv1.Float64(u.Values, u.Shape...)}, nil
}

func arrays(m proto.Message) (map[string]metrics.Array, error) {
	a := m.(*poissonv1.Solution).U
	u, err := a.Float64s()
	if err != nil {
		return nil, fmt.Errorf("array %q: %w", mainArray, err)
	}
	return map[string]metrics.Array{mainArray: {Shape: a.Dims(), Values: u}}, nil
}
