package ks

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/metrics"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	semilinearv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/semilinear/v1"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/reference"
)

// spectrumFloor is the energy, relative to the largest of all wave numbers, below which a spectrum counts as zero.
const spectrumFloor = 1e-8

// instance is one initial value problem with its truth.
type instance struct {
	task  *semilinearv1.Task
	truth *reference.Trajectory
	mean  float64 // ∫u dx / L, which the equation conserves
	// motions are those that make other instances of this one.
	motions func() []motion
	// of is what a variation was made of, nil for others.
	of *instance
}

// newInstance makes the instance for u0 on [0, length), whose truth fixes times and output grid.
func newInstance(u0 []float64, length float64, truth *reference.Trajectory, tolerance float64) (problems.Instance, error) {
	if err := truth.Judgeable(tolerance); err != nil {
		return nil, err
	}
	in := assemble(u0, length, truth, tolerance)
	in.motions = sync.OnceValue(func() []motion { return motions(u0, truth.Shape[0]) })
	return in, nil
}

func assemble(u0 []float64, length float64, truth *reference.Trajectory, tolerance float64) *instance {
	return &instance{
		task: &semilinearv1.Task{
			Length:       length,
			Initial:      commonv1.Float64(u0, len(u0)),
			Times:        truth.Times,
			OutputPoints: uint32(truth.Shape[0]),
			Linear:       []float64{0, 0, -1, 0, -1},
			Advection:    1,
			Tolerance:    tolerance,
		},
		truth: truth,
		mean:  mean(u0),
	}
}

func (in *instance) Task() proto.Message { return in.task }

// Size is the number of points of the output grid.
func (in *instance) Size() int { return in.truth.Shape[0] }

func (in *instance) SolutionShapes() [][]int {
	return [][]int{{len(in.truth.Times), in.truth.Shape[0]}}
}

// Truth is the reference solution at the times asked for.
func (in *instance) Truth() (metrics.Array, bool) {
	return metrics.Array{Shape: in.SolutionShapes()[0], Values: slices.Concat(in.truth.Fields...)}, true
}

func (in *instance) Evaluate(_ context.Context, solution proto.Message) (problems.Evaluation, error) {
	s, ok := solution.(*semilinearv1.Solution)
	if !ok {
		return problems.Evaluation{}, fmt.Errorf("solution is %T, expected %T", solution, s)
	}
	u, err := s.GetU().Float64s()
	if err != nil {
		return problems.Evaluation{}, fmt.Errorf("solution u: %w", err)
	}
	n := in.truth.Shape[0]
	if len(u) < n {
		return problems.Evaluation{}, fmt.Errorf("solution u has %d values, expected %d", len(u), n*len(in.truth.Times))
	}
	last := u[len(u)-n:]
	more := []problems.Metric{
		{Name: "spectrum-distance", Value: in.spectrumDistance(last), Better: problems.Lower},
		{Name: "mean-drift", Value: math.Abs(mean(last) - in.mean), Better: problems.Lower},
	}
	return in.truth.Judge(in.task.Tolerance, u, more...)
}

// spectrumDistance is NaN for fields that have no spectrum, those with NaN or infinity.
func (in *instance) spectrumDistance(u []float64) float64 {
	want, err := metrics.Spectrum1D(in.truth.Fields[len(in.truth.Fields)-1])
	if err != nil {
		return math.NaN()
	}
	got, err := metrics.Spectrum1D(u)
	if err != nil {
		return math.NaN()
	}
	d, err := metrics.SpectrumDistance(got, want, spectrumFloor)
	if err != nil {
		return math.NaN()
	}
	return d
}

func mean(u []float64) float64 {
	sum := 0.0
	for _, v := range u {
		sum += v
	}
	return sum / float64(len(u))
}

// solution makes the message from u as [times][n], or [n] for one time.
func solution(arrays map[string]metrics.Array) (proto.Message, error) {
	u, ok := arrays[mainArray]
	if !ok {
		return nil, fmt.Errorf("no array %q among %q", mainArray, slices.Sorted(maps.Keys(arrays)))
	}
	shape := u.Shape
	if len(shape) == 1 {
		shape = []int{1, shape[0]}
	}
	if len(shape) != 2 {
		return nil, fmt.Errorf("array %s has shape %v, expected [times][points], or [points] for one time", mainArray, u.Shape)
	}
	return &semilinearv1.Solution{U: commonv1.Float64(u.Values, shape...)}, nil
}

// arrays is the inverse of solution.
func arrays(m proto.Message) (map[string]metrics.Array, error) {
	s, ok := m.(*semilinearv1.Solution)
	if !ok || s.GetU() == nil {
		return nil, errors.New("solution has no u")
	}
	u, err := s.U.Float64s()
	if err != nil {
		return nil, fmt.Errorf("solution u: %w", err)
	}
	return map[string]metrics.Array{mainArray: {Shape: s.U.Dims(), Values: u}}, nil
}
