package nse

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
	nsev1 "github.com/solverbench/solverbench/plugins/proto/solverbench/nse/v1"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/reference"
)

// mainArray is the name of a solution's array in files.
const mainArray = "vorticity"

// spectrumFloor is the energy, relative to the largest of all shells, below which a spectrum counts as zero.
const spectrumFloor = 1e-8

// instance is a flow with its truth.
type instance struct {
	task  *nsev1.Task
	truth *reference.Trajectory
	want  integrals // of the truth at the last time
	// shifts are those that make other instances of this one.
	shifts func() shifts
	// of is what a variation was made of, nil for others.
	of *instance
}

// integrals of a vorticity field by its samples on the output grid. Truth and solution are
// treated alike, so that what the grid does not resolve cancels.
type integrals struct {
	energy, enstrophy float64
	spectrum          []float64
}

func integralsOf(w []float64, n int, length float64) (integrals, error) {
	field := metrics.Field{Ny: n, Nx: n, L: length, Values: w}
	spectrum, err := metrics.EnergySpectrum(field)
	if err != nil {
		return integrals{}, err
	}
	in := integrals{spectrum: spectrum}
	for _, e := range spectrum {
		in.energy += e
	}
	in.enstrophy, err = metrics.Enstrophy(w)
	return in, err
}

// newInstance makes the instance of a flow whose truth fixes times and output grid.
func newInstance(f flow, truth *reference.Trajectory, tolerance float64) (problems.Instance, error) {
	if err := truth.Judgeable(tolerance); err != nil {
		return nil, err
	}
	points := truth.Shape[0]
	want, err := integralsOf(truth.Fields[len(truth.Fields)-1], points, f.Length)
	if err != nil {
		return nil, fmt.Errorf("reference solution: %w", err)
	}
	task := &nsev1.Task{
		Length:    f.Length,
		Viscosity: f.Viscosity, Drag: f.Drag, MeanFlowX: f.U, MeanFlowY: f.V,
		Vorticity:    square(f.Vorticity),
		Times:        truth.Times,
		OutputPoints: uint32(points),
		Tolerance:    tolerance,
	}
	if f.Forcing != nil {
		task.Forcing = square(f.Forcing)
	}
	in := &instance{task: task, truth: truth, want: want}
	in.shifts = sync.OnceValue(func() shifts { return shiftsOf(f, points) })
	return in, nil
}

func square(field []float64) *commonv1.Array {
	n := side(field)
	return commonv1.Float64(field, n, n)
}

func (in *instance) Task() proto.Message { return in.task }

// Size is the number of points of the output grid.
func (in *instance) Size() int { return in.truth.Shape[0] * in.truth.Shape[1] }

func (in *instance) SolutionShapes() [][]int {
	return [][]int{{len(in.truth.Times), in.truth.Shape[0], in.truth.Shape[1]}}
}

// Truth is the reference solution at the times asked for.
func (in *instance) Truth() (metrics.Array, bool) {
	return metrics.Array{Shape: in.SolutionShapes()[0], Values: slices.Concat(in.truth.Fields...)}, true
}

func (in *instance) Evaluate(_ context.Context, solution proto.Message) (problems.Evaluation, error) {
	s, ok := solution.(*nsev1.Solution)
	if !ok {
		return problems.Evaluation{}, fmt.Errorf("solution is %T, expected %T", solution, s)
	}
	w, err := s.GetVorticity().Float64s()
	if err != nil {
		return problems.Evaluation{}, fmt.Errorf("solution vorticity: %w", err)
	}
	size := in.Size()
	if len(w) < size {
		return problems.Evaluation{}, fmt.Errorf("solution vorticity has %d values, expected %d", len(w), size*len(in.truth.Times))
	}
	return in.truth.Judge(in.task.Tolerance, w, in.compare(w[len(w)-size:])...)
}

// compare returns the metrics of the integrals, NaN for fields that hold NaN or infinity.
func (in *instance) compare(last []float64) []problems.Metric {
	energy, enstrophy, distance := math.NaN(), math.NaN(), math.NaN()
	if got, err := integralsOf(last, in.truth.Shape[0], in.task.Length); err == nil {
		energy = math.Abs(got.energy-in.want.energy) / in.want.energy
		enstrophy = math.Abs(got.enstrophy-in.want.enstrophy) / in.want.enstrophy
		if d, err := metrics.SpectrumDistance(got.spectrum, in.want.spectrum, spectrumFloor); err == nil {
			distance = d
		}
	}
	return []problems.Metric{
		{Name: "energy-error", Value: energy, Better: problems.Lower},
		{Name: "enstrophy-error", Value: enstrophy, Better: problems.Lower},
		{Name: "spectrum-distance", Value: distance, Better: problems.Lower},
	}
}

// solution makes the message from vorticity as [times][n][n], or [n][n] for one time.
func solution(arrays map[string]metrics.Array) (proto.Message, error) {
	w, ok := arrays[mainArray]
	if !ok {
		return nil, fmt.Errorf("no array %q among %q", mainArray, slices.Sorted(maps.Keys(arrays)))
	}
	shape := w.Shape
	if len(shape) == 2 {
		shape = []int{1, shape[0], shape[1]}
	}
	if len(shape) != 3 {
		return nil, fmt.Errorf("array %s has shape %v, expected [times][points][points], or [points][points] for one time", mainArray, w.Shape)
	}
	return &nsev1.Solution{Vorticity: commonv1.Float64(w.Values, shape...)}, nil
}

// arrays is the inverse of solution.
func arrays(m proto.Message) (map[string]metrics.Array, error) {
	s, ok := m.(*nsev1.Solution)
	if !ok || s.GetVorticity() == nil {
		return nil, errors.New("solution has no vorticity")
	}
	w, err := s.Vorticity.Float64s()
	if err != nil {
		return nil, fmt.Errorf("solution vorticity: %w", err)
	}
	return map[string]metrics.Array{mainArray: {Shape: s.Vorticity.Dims(), Values: w}}, nil
}
