package harness

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strconv"

	"github.com/solverbench/solverbench/metrics"
	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/results"
)

// RecheckTolerance is how far a metric that is computed again may be from what is stored, as a part of it. The arithmetic is the same,
// and on one kind of processor gives the same bits; what is allowed is for libraries of mathematics that round the last of them another
// way, which a metric may carry on to some more. Who changes a number for his benefit changes it by more.
const RecheckTolerance = 1e-9

// otherRelative and otherAbsolute are the tolerance for runs that were made on another architecture than this: some round a
// multiplication with an addition once, and an error near that of rounding may consist of nothing else.
const otherRelative, otherAbsolute = 1e-4, 1e-11

// Metrics of runs that are counted while solving, beside those that problems compute of a solution.
const (
	iterationsMetric = "iterations"
	setUpMetric      = "set-up-evaluations"
)

// ErrNeedsFile says that an instance lives on a file of its author's.
var ErrNeedsFile = errors.New("its problem lives on a file that is not here")

// Rechecked is what came of judging the stored solution of a run again.
type Rechecked struct {
	Verdict problems.Verdict
	Reason  string
	// Metrics is how many were computed again, Exact how many of them are the same to the last bit.
	Metrics, Exact int
	// Unchecked are metrics that do not follow from the solution, such as a number of iterations.
	Unchecked []string
	// Differ is what is not as stored.
	Differ []Disagreement
	// Rounding is what differs by what the architecture of the run may round in another way than this one.
	Rounding []Disagreement
}

// Disagreement is something that is stored of a run and was found to be otherwise.
type Disagreement struct{ What, Stored, Found string }

func (d Disagreement) String() string {
	return fmt.Sprintf("%s is stored as %s and found to be %s", d.What, d.Stored, d.Found)
}

// Recheck builds the instance of a stored run, has it judge the arrays of the run's solution, and says what is not as stored. An error
// means that it could not be judged.
func (c *Catalog) Recheck(ctx context.Context, run *results.Run, arrays map[string]metrics.Array) (*Rechecked, error) {
	r := &Rechecked{}
	spec, err := c.specOf(run.Instance)
	if err != nil {
		return nil, err
	}
	if spec.HasFile() {
		return nil, ErrNeedsFile
	}
	if err := r.definition(c, spec, run.Instance); err != nil {
		return nil, err
	}
	instance, err := spec.Build(ctx)
	if err != nil {
		return nil, err
	}
	r.compare("number of unknowns", run.Instance.Unknowns, int64(instance.Size()))
	solution, err := c.family(spec.Family).Solution(arrays)
	if err == nil {
		err = host.CheckShapes(solution, instance.SolutionShapes())
	}
	if err != nil {
		return nil, fmt.Errorf("its solution: %w", err)
	}
	var e problems.Evaluation
	if judge, ok := instance.(problems.RunEvaluator); ok {
		e, err = judge.EvaluateRun(ctx, solution, evaluationsOf(run))
	} else {
		e, err = instance.Evaluate(ctx, solution)
	}
	if err != nil {
		return nil, fmt.Errorf("verifying its solution: %w", err)
	}
	r.Verdict, r.Reason = e.Verdict, e.Reason
	r.measurements(run, measurements(e))
	if run.Status == results.Solved && e.Verdict != problems.Solved {
		r.compare("status", run.Status, e.Verdict)
	}
	return r, nil
}

// specOf is a stored instance with every parameter as stored, whatever is the default by now.
func (c *Catalog) specOf(in *results.Instance) (problems.Spec, error) {
	family := c.family(in.Family)
	if family == nil {
		return problems.Spec{}, c.unknownProblem(in.Family + "/" + in.Problem)
	}
	given := map[string]string{problems.SeedParam: strconv.FormatUint(in.Seed, 10), problems.ToleranceParam: number(in.Tolerance)}
	for name, value := range in.Params {
		given[name] = fmt.Sprint(value)
	}
	return family.Resolve(in.Problem, given)
}

// definition compares what is stored of an instance with what its parameters make of it.
func (r *Rechecked) definition(c *Catalog, spec problems.Spec, stored *results.Instance) error {
	made, err := (&Experiment{Catalog: c}).instance(spec)
	if err != nil {
		return err
	}
	r.compare("instance", stored.Label, made.Label)
	r.compare("hash of the instance", stored.Hash, made.Hash)
	r.compare("tolerance", stored.Tolerance, made.Tolerance)
	r.compare("primary metric", stored.Primary, made.Primary)
	r.compare("what the instance ranks by", stored.RankBy, made.RankBy)
	return nil
}

func (r *Rechecked) compare(what string, stored, found any) {
	if a, b := fmt.Sprint(stored), fmt.Sprint(found); a != b {
		r.Differ = append(r.Differ, Disagreement{what, a, b})
	}
}

// evaluationsOf is how many evaluations of oracles the first answer of a run took, which is the one that was kept.
func evaluationsOf(run *results.Run) int {
	n := 0
	if len(run.Repetitions) > 0 {
		n = int(run.Repetitions[0].Evaluations)
	}
	for _, m := range run.Measurements {
		if m.Name == setUpMetric {
			n += int(m.Value)
		}
	}
	return n
}

// measurements compares what is stored with what was found.
func (r *Rechecked) measurements(run *results.Run, found []results.Measurement) {
	stored := map[string]results.Measurement{}
	for _, m := range run.Measurements {
		stored[m.Name] = m
	}
	foreign := run.Machine != nil && run.Machine.Arch != runtime.GOARCH
	for _, now := range found {
		then, ok := stored[now.Name]
		delete(stored, now.Name)
		r.Metrics++
		switch d := (Disagreement{now.Name, number(then.Value), number(now.Value)}); {
		case !ok:
			r.Differ = append(r.Differ, Disagreement{now.Name, "nothing", d.Found})
			continue
		case same(then.Value, now.Value):
			r.Exact++
		case near(then.Value, now.Value, RecheckTolerance, 0):
		case foreign && near(then.Value, now.Value, otherRelative, otherAbsolute):
			r.Rounding = append(r.Rounding, d)
		default:
			r.Differ = append(r.Differ, d)
		}
		r.compare("unit of "+now.Name, then.Unit, now.Unit)
		r.compare("direction of "+now.Name, then.Better, now.Better)
		r.compare("role of "+now.Name, then.Role, now.Role)
	}
	for _, m := range run.Measurements {
		if _, left := stored[m.Name]; !left {
			continue
		}
		if m.Name == iterationsMetric || m.Name == setUpMetric {
			r.Unchecked = append(r.Unchecked, m.Name)
			continue
		}
		r.Differ = append(r.Differ, Disagreement{m.Name, number(m.Value), "no metric of its problem"})
	}
}

func same(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || a == b || math.IsNaN(a) && math.IsNaN(b)
}

func near(a, b, relative, absolute float64) bool {
	apart := math.Abs(a - b) // NaN and infinity are near to nothing
	return !math.IsInf(apart, 0) && apart <= max(relative*max(math.Abs(a), math.Abs(b)), absolute)
}

func number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
