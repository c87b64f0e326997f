package sampling

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/dsp/fourier"

	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	samplingv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/sampling/v1"
	"github.com/solverbench/solverbench/problems"
	rng "github.com/solverbench/solverbench/problems/random"
)

// Vary moves the starting points on by a number of rows, each k another until all have been used, and the flow with
// them.
//
// A law cannot tell in which order its samples come, nor does a stochastic solver owe a starting point
// anything. So where the law is judged, an answer to another variation is recognised by the flow that it follows
// (see followsOther), or by having taken no evaluations. A solver that follows no flow and spends
// evaluations on nothing would pass; it repeats itself to the bit, which can be seen from outside.
func (in *instance) Vary(_ context.Context, k int) (problems.Instance, error) {
	if in.of != nil {
		in = in.of
	}
	rows := in.Size() / in.prior.dim()
	if rows == 1 {
		return nil, problems.ErrNoVariation
	}
	start, err := in.task.Start.Float64s()
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	by := (1 + rng.Spread(k, rows-1)) * in.prior.dim()
	moved := func(x []float64) []float64 { return append(append(make([]float64, 0, len(x)), x[by:]...), x[:by]...) }
	out := *in
	out.of = in
	out.truth.end = moved(in.truth.end)
	out.task = &samplingv1.Task{
		Schedule: in.task.Schedule, Start: commonv1.Float64(moved(start), rows, in.prior.dim()),
		Noise: in.task.Noise, MaxEvaluations: in.task.MaxEvaluations,
	}
	return &out, nil
}

// following is the correlation with a flow from which on samples are said to follow it. Solvers that do are at 0.98
// and above even with few steps; of independent samples of 32 rows one in 10⁷ gets there by chance.
const following = 0.8

// followsOther returns by how many rows the samples must be moved to follow the flow, if they follow it then and do not as
// they are; else 0. Correlations are of all dimensions together.
func (in *instance) followsOther(x []float64) int {
	d := in.prior.dim()
	rows := len(x) / d
	if rows < smallestSet {
		return 0 // where chance may do it
	}
	fft := fourier.NewFFT(rows)
	product := make([]complex128, rows/2+1) // of the transforms, summed over dimensions
	cx, cf := make([]complex128, len(product)), make([]complex128, len(product))
	column := make([]float64, rows)
	transform := func(dst []complex128, x []float64, j int) (energy float64) {
		mean := 0.0
		for i := range column {
			column[i] = x[i*d+j]
			mean += column[i] / float64(rows)
		}
		for i := range column {
			column[i] -= mean
			energy += column[i] * column[i]
		}
		fft.Coefficients(dst, column)
		return energy
	}
	ex, ef := 0.0, 0.0
	for j := range d {
		ex += transform(cx, x, j)
		ef += transform(cf, in.truth.end, j)
		for k, f := range cf {
			product[k] += cx[k] * complex(real(f), -imag(f))
		}
	}
	correlation := fft.Sequence(column, product) // Σ x_{i+s} f_i, times rows
	best := 0
	for s, c := range correlation {
		if c > correlation[best] {
			best = s
		}
	}
	if !(correlation[best] > following*float64(rows)*math.Sqrt(ex*ef)) {
		return 0
	}
	return best
}
