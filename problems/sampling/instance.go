package sampling

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/metrics"
	"github.com/solverbench/solverbench/plugins/option"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	samplingv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/sampling/v1"
	"github.com/solverbench/solverbench/problems"
)

// prior is a distribution p_0 whose diffusion is known exactly.
type prior interface {
	dim() int
	// noise sets the rows of dst to ε at the rows of x. It may be called concurrently.
	noise(dst, x []float64, l level)
	// flow solves the probability-flow ODE from the start to the schedule's end.
	flow(ctx context.Context, s schedule, start []float64) (truth, error)
	// draw returns n exact samples of the marginal at a level.
	draw(r source, n int, l level) []float64
	// momentErrors compares the moments of samples with those of the marginal at a level.
	momentErrors(x, flow []float64, l level) (momentErrors, error)
	// modeMetrics say how samples spread over the modes, if there are any.
	modeMetrics(x []float64, l level) []problems.Metric
}

// Names of the metrics that tolerances and ranks refer to.
const (
	momentError = "moment-error"
	rmsFlow     = "rms-flow"
)

// margin is how many times more accurate than the tolerance the flow must be.
const margin = 10

// oracleName is what tasks call the noise prediction.
const oracleName = "noise"

// Sizes of the set metrics.
const (
	smallestSet = 32   // fewer samples say nothing of a law
	largestSet  = 1024 // rows that go into the metrics of quadratic cost, the first
	projections = 128
	neighbours  = 3
	floorDraws  = 4 // sets of exact draws whose mean distance is the floor
)

// instance is a task with its truth.
type instance struct {
	prior    prior
	schedule schedule
	task     *samplingv1.Task
	truth    truth
	draws    []float64 // as many exact samples of the last marginal
	floor    float64   // the mean plain Fréchet distance of such draws
	settings settings
	// of is what a variation was made of, nil for others.
	of *instance
}

// settings is what an instance needs beside the prior.
type settings struct {
	problems.Common
	primary string
	budget  int
}

// newInstance makes the instance of a prior; known, if not nil, is the flow's end, trusted.
func newInstance(ctx context.Context, p prior, s schedule, start []float64, known *truth, with settings) (*instance, error) {
	in := &instance{prior: p, schedule: s, settings: with}
	rows, d := len(start)/p.dim(), p.dim()
	shape := []int64{int64(rows), int64(d)}
	in.task = &samplingv1.Task{
		Schedule: s.message(),
		Start:    commonv1.Float64(start, rows, d),
		Noise: &commonv1.Oracle{
			Name: oracleName, Doc: "ε(x, t) = −σ_t ∇ ln p_t(x) for each row of x", Scalars: []string{"t"},
			InputShape: shape, OutputShape: shape,
		},
		MaxEvaluations: uint32(with.budget),
	}
	if known != nil {
		in.truth = *known
	} else {
		var err error
		if in.truth, err = p.flow(ctx, s, start); err != nil {
			return nil, err
		}
	}
	if with.primary == rmsFlow && with.Tolerance < margin*in.truth.accuracy {
		return nil, &option.Error{Name: problems.ToleranceParam, Value: strconv.FormatFloat(with.Tolerance, 'g', -1, 64),
			Expected: fmt.Sprintf("a number ≥ %.2g, %d times what the flow is known to", margin*in.truth.accuracy, margin)}
	}
	if rows >= smallestSet {
		last := s.at(s.TEnd)
		r := stream(with.Seed, streamReference)
		for range floorDraws {
			in.draws = p.draw(r, rows, last)
			e, err := p.momentErrors(in.draws, in.truth.end, last)
			if err != nil {
				return nil, fmt.Errorf("exact draws: %w", err)
			}
			in.floor += e.plain / floorDraws
		}
	}
	return in, nil
}

// drawStart returns x at t_start: rows of independent normal numbers of standard deviation σ.
func drawStart(seed uint64, s schedule, rows, d int) []float64 {
	x := make([]float64, rows*d)
	stream(seed, streamStart).normals(x)
	sigma := s.at(s.TStart).sigma
	for i := range x {
		x[i] *= sigma
	}
	return x
}

func (in *instance) Task() proto.Message     { return in.task }
func (in *instance) Size() int               { return len(in.truth.end) }
func (in *instance) SolutionShapes() [][]int { return [][]int{in.task.Start.Dims()} }

// EvaluateOracle computes the noise prediction.
func (in *instance) EvaluateOracle(_ context.Context, name string, dst, x []float64, scalars []float64) error {
	if name != oracleName {
		return fmt.Errorf("oracle %q, expected %q", name, oracleName)
	}
	if len(scalars) != 1 || !(scalars[0] > 0) || math.IsInf(scalars[0], 0) {
		return fmt.Errorf("oracle %s at %v, expected one time t > 0", name, scalars)
	}
	if len(x)%in.prior.dim() != 0 || len(dst) != len(x) {
		return fmt.Errorf("oracle %s: %d values into %d, expected rows of %d", name, len(x), len(dst), in.prior.dim())
	}
	in.prior.noise(dst, x, in.schedule.at(scalars[0]))
	return nil
}

// Evaluate judges samples whose evaluations are not known, made elsewhere.
func (in *instance) Evaluate(ctx context.Context, solution proto.Message) (problems.Evaluation, error) {
	return in.evaluate(ctx, solution)
}

// EvaluateRun also counts the evaluations, and fails a run that took more than the task allowed, or none: nothing else
// says what law to sample.
func (in *instance) EvaluateRun(ctx context.Context, solution proto.Message, evaluations int) (problems.Evaluation, error) {
	e, err := in.evaluate(ctx, solution, problems.Metric{Name: "nfe", Value: float64(evaluations), Better: problems.Lower})
	if err != nil || e.Verdict != problems.Solved {
		return e, err
	}
	if in.settings.budget > 0 && evaluations > in.settings.budget {
		e.Verdict = problems.Inaccurate
		e.Reason = fmt.Sprintf("%d evaluations, %d were allowed", evaluations, in.settings.budget)
	}
	if evaluations == 0 {
		e.Verdict, e.Reason = problems.Inaccurate, "no evaluation was made: the samples were not computed from this task"
	}
	return e, nil
}

func (in *instance) evaluate(ctx context.Context, solution proto.Message, more ...problems.Metric) (problems.Evaluation, error) {
	x, err := solution.(*samplingv1.Solution).Samples.Float64s()
	if err != nil {
		return problems.Evaluation{}, fmt.Errorf("samples: %w", err)
	}
	if len(x) != in.Size() {
		return problems.Evaluation{}, fmt.Errorf("%d values of samples, expected %d", len(x), in.Size())
	}
	if at, bad := tooLarge(x); bad {
		d := in.prior.dim()
		return problems.Evaluation{
			Verdict: problems.Diverged, Reason: fmt.Sprintf("sample %d holds %g at dimension %d", at/d, x[at], at%d),
			Metrics: append([]problems.Metric{{Name: in.settings.primary, Value: math.NaN(), Better: problems.Lower}}, more...),
		}, nil
	}
	distance, err := metrics.RMSDistance(x, in.truth.end, in.prior.dim())
	if err != nil {
		return problems.Evaluation{}, fmt.Errorf("distance to the flow: %w", err)
	}
	first := []problems.Metric{{Name: rmsFlow, Value: distance, Better: problems.Lower}}
	set, err := in.setMetrics(ctx, x)
	if err != nil {
		return problems.Evaluation{}, err
	}
	if in.settings.primary == momentError {
		first, set = append(set[:1:1], first...), set[1:]
	}
	all := append(append(first, set...), more...)
	all = append(all, problems.Metric{Name: "truth-accuracy", Value: in.truth.accuracy})
	judged := problems.Judge(in.settings.Tolerance, all...)
	if by := in.followsOther(x); judged.Verdict == problems.Solved && by != 0 {
		judged.Verdict = problems.Inaccurate
		judged.Reason = fmt.Sprintf("the samples follow the flow of starting points %d rows on: they are the answer to another variation", by)
	}
	return judged, nil
}

// bound is beyond what any sample of a sensible solver reaches; the metrics still take it to the sixth power.
const bound = 1e30

// tooLarge returns where x is NaN, infinite or beyond all bounds.
func tooLarge(x []float64) (int, bool) {
	for i, v := range x {
		if !(math.Abs(v) <= bound) {
			return i, true
		}
	}
	return 0, false
}

// setMetrics compares the samples as a set with the law of the exact ones, the moment error first. There are none
// of a single sample, and only that of few.
func (in *instance) setMetrics(ctx context.Context, x []float64) ([]problems.Metric, error) {
	d := in.prior.dim()
	if len(x) == d {
		return nil, nil
	}
	last := in.schedule.at(in.schedule.TEnd)
	e, err := in.prior.momentErrors(x, in.truth.end, last)
	if err != nil {
		return nil, err
	}
	out := []problems.Metric{{Name: momentError, Value: e.controlled, Better: problems.Lower}}
	if in.draws == nil {
		return out, nil
	}
	out = append(out,
		problems.Metric{Name: "frechet", Value: e.plain, Better: problems.Lower},
		problems.Metric{Name: "frechet-floor", Value: in.floor})
	feature := func(x []float64, rows int) metrics.Array {
		rows = min(rows, len(x)/d)
		return metrics.Array{Shape: []int{rows, d}, Values: x[:rows*d]}
	}
	exact, got := feature(in.draws, len(x)), feature(x, len(x))
	exactHead, gotHead := feature(in.draws, largestSet), feature(x, largestSet)
	for _, m := range []struct {
		name   string
		better problems.Better
		value  func() (float64, error)
	}{
		{"swd", problems.Lower, func() (float64, error) { return metrics.SlicedWasserstein(exact, got, projections, in.settings.Seed) }},
		{"kid", problems.Lower, func() (float64, error) { return metrics.KID(exactHead, gotHead) }},
		{"precision", problems.Higher, func() (float64, error) { return metrics.Precision(exactHead, gotHead, neighbours) }},
		{"recall", problems.Higher, func() (float64, error) { return metrics.Recall(exactHead, gotHead, neighbours) }},
	} {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		v, err := m.value()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		out = append(out, problems.Metric{Name: m.name, Value: v, Better: m.better})
	}
	return append(out, in.prior.modeMetrics(x, last)...), nil
}
