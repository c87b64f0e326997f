// Package problems defines what is solved: families of problems, problems with documented
// parameters, and instances that make a task and judge its solution. The definitions
// themselves are in the packages below this one, one a family; package registry lists them.
package problems

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/metrics"
	"github.com/solverbench/solverbench/plugins/option"
	"github.com/solverbench/solverbench/problems/selection"
)

// Family is a field of problems that share one task schema.
type Family struct {
	Name string
	// Title is one line for people.
	Title string
	// Schema is the full name of the task message.
	Schema string
	// RankBy is how leaderboards order solved runs: "time", or the name of a metric of Evaluate's.
	RankBy string
	// Problems in the order they are listed.
	Problems []Problem
	// Solution makes a solution message from named arrays as `--save` writes them and `score`
	// reads them. The main array's name is MainArray.
	Solution func(arrays map[string]metrics.Array) (proto.Message, error)
	// Arrays is the inverse of Solution: the arrays worth saving.
	Arrays func(solution proto.Message) (map[string]metrics.Array, error)
	// MainArray names the array that a single file holds.
	MainArray string
	// Images says that arrays are images [N][H][W][C] in [0, 1], worth saving as PNG.
	Images bool
}

// Doc documents a problem for people.
type Doc struct {
	Summary  string // one line
	Equation string
	Domain   string    // with boundary conditions
	Truth    string    // where the truth comes from
	Accuracy string    // how accurate the truth is
	Ladder   []float64 // tolerances worth comparing solvers at
	Source   string    // authors, year
}

// Problem is a named definition with typed parameters.
type Problem struct {
	Name string
	Doc  Doc
	// Params are the parameters with their defaults, in order.
	Params []option.Spec
	// Tolerance is the default of the reserved parameter tol, in terms of the primary metric.
	Tolerance float64
	// Primary is the metric that tol bounds.
	Primary string
	// RankBy overrides the family's where it is not empty.
	RankBy string
	// NeedsFile says that the problem is nothing without a file of the user's, named by its first
	// parameter: globs pass it over.
	NeedsFile bool

	build func(ctx context.Context, params map[string]string, common Common) (Instance, error)
}

// Common are the parameters that every problem takes beside its own.
type Common struct {
	// Seed selects one of the problem's instances of equal kind and size, for those that have random
	// parts.
	Seed uint64
	// Tolerance is what the primary metric must meet.
	Tolerance float64
}

// Define makes a problem from the struct of its parameters, whose values are the defaults (package
// option), and a function that builds an instance. Every problem has two reserved parameters
// beside: seed and tol.
func Define[P any](name string, doc Doc, primary string, tolerance float64, defaults P,
	build func(ctx context.Context, params P, common Common) (Instance, error)) Problem {
	return Problem{
		Name: name, Doc: doc, Params: option.Specs(&defaults), Primary: primary, Tolerance: tolerance,
		build: func(ctx context.Context, values map[string]string, common Common) (Instance, error) {
			p := defaults
			if err := option.Set(&p, values); err != nil {
				return nil, err
			}
			return build(ctx, p, common)
		},
	}
}

// Instance is a problem with every parameter fixed. It is immutable: its methods may be called
// concurrently.
type Instance interface {
	// Task returns what the solver is handed: a message without any truth. Its arrays must not be
	// modified.
	Task() proto.Message
	// Size is the number of unknowns, for people and for scaling.
	Size() int
	// Solution describes the solution that a solver must return, so that memory can be reserved and
	// shapes checked: the extents of its arrays in field order.
	SolutionShapes() [][]int
	// Evaluate judges a solution by code that no solver shares. The shapes have been checked.
	// It returns metrics even for bad solutions; an error means that it could not judge.
	Evaluate(ctx context.Context, solution proto.Message) (Evaluation, error)
}

// OracleServer is implemented by instances whose tasks name oracles.
type OracleServer interface {
	// EvaluateOracle computes the named oracle on a batch x, of at most the declared extent, into dst, which has the
	// right size; there are as many scalars as declared. It must be safe for concurrent use.
	EvaluateOracle(ctx context.Context, name string, dst, x []float64, scalars []float64) error
}

// Varier is implemented by instances that can vary their data: same operator, size, parameters and
// difficulty, other data, and so another answer, whose truth is known as well.
type Varier interface {
	// Vary returns the k-th variation, k ≥ 1, the same for equal k. Its task differs from the
	// instance's in the elements of arrays only (the ones that are data: right-hand side and boundary
	// values, initial state, degraded images, start noise), never in scalars, shapes, or arrays of the
	// operator. Answers to the instance, or to another variation, are not answers to it. Families that
	// have finitely many variations, since they come from symmetries, start again after the last.
	// It returns ErrNoVariation, maybe wrapped, for an instance that none is known of.
	Vary(ctx context.Context, k int) (Instance, error)
}

// ErrNoVariation says that no variation of an instance is known.
var ErrNoVariation = errors.New("no variation of the data is known whose truth is known too")

// Revealer is implemented by instances whose solution is known at points: for pictures of it and of errors. Tasks never hold it.
type Revealer interface {
	// Truth returns the solution in the shape that solvers must return, false if it is not known. It must not be modified.
	Truth() (metrics.Array, bool)
}

// RunEvaluator is implemented by instances whose judgement needs to know how the solution came about.
type RunEvaluator interface {
	// EvaluateRun is called instead of Evaluate, with the oracle evaluations of the solve.
	EvaluateRun(ctx context.Context, solution proto.Message, evaluations int) (Evaluation, error)
}

// Better says in which direction a metric improves.
type Better string

// Directions of metrics.
const (
	Lower   Better = "lower"
	Higher  Better = "higher"
	Neither Better = ""
)

// Metric is a named number the harness computed.
type Metric struct {
	Name   string
	Value  float64
	Unit   string
	Better Better
}

// Verdict is what a solution amounts to.
type Verdict string

// Verdicts.
const (
	Solved     Verdict = "solved"     // met the instance's tolerance
	Inaccurate Verdict = "inaccurate" // did not
	Diverged   Verdict = "diverged"   // holds NaN or infinity, or has grown beyond all bounds
)

// Evaluation is the judgement of one solution.
type Evaluation struct {
	Verdict Verdict
	// Reason says in words why the verdict is not solved.
	Reason string
	// Metrics, the primary one first.
	Metrics []Metric
}

// Judge makes an evaluation from metrics, the primary one first, and the tolerance it must meet.
func Judge(tolerance float64, metrics ...Metric) Evaluation {
	p := metrics[0]
	e := Evaluation{Verdict: Solved, Metrics: metrics}
	switch {
	case p.Value != p.Value, p.Better == Lower && math.IsInf(p.Value, 1), p.Better == Higher && math.IsInf(p.Value, -1):
		e.Verdict, e.Reason = Diverged, fmt.Sprintf("%s is %v", p.Name, p.Value)
	case p.Better == Higher && p.Value < tolerance:
		e.Verdict, e.Reason = Inaccurate, fmt.Sprintf("%s %s is below %s", p.Name, besides(p.Value, tolerance), number(tolerance))
	case p.Better == Lower && p.Value > tolerance:
		e.Verdict, e.Reason = Inaccurate, fmt.Sprintf("%s %s exceeds %s", p.Name, besides(p.Value, tolerance), number(tolerance))
	}
	return e
}

// number writes a tolerance as it was given.
func number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// besides writes a value with three digits, or as many as it takes to see on which side of the tolerance it is.
func besides(value, tolerance float64) string {
	for digits := 3; digits < 17; digits++ {
		text := strconv.FormatFloat(value, 'g', digits, 64)
		if x, err := strconv.ParseFloat(text, 64); err == nil && (x < tolerance) == (value < tolerance) && x != tolerance {
			return text
		}
	}
	return number(value)
}

// Reserved parameters' names.
const (
	SeedParam      = "seed"
	ToleranceParam = "tol"
)

// Spec is a problem with all its parameters fixed by value: the identity of an instance, which
// Build makes.
type Spec struct {
	Family  string
	Problem string
	// Params in the problem's order, canonical, without the reserved ones.
	Params []option.Value
	Common
	problem *Problem
}

// Resolve fixes every parameter of a problem: those given, and the defaults of the others.
// Errors about a parameter are *option.Error.
func (f *Family) Resolve(problem string, given map[string]string) (Spec, error) {
	i := slices.IndexFunc(f.Problems, func(p Problem) bool { return p.Name == problem })
	if i < 0 {
		return Spec{}, fmt.Errorf("family %s has no problem %q", f.Name, problem)
	}
	p := &f.Problems[i]
	reserved := []option.Spec{
		{Name: SeedParam, Type: option.Int, Default: "0", Min: "0"},
		{Name: ToleranceParam, Type: option.Float, Default: strconv.FormatFloat(p.Tolerance, 'g', -1, 64)},
	}
	values, err := option.Resolve(append(slices.Clone(p.Params), reserved...), given)
	if err != nil {
		return Spec{}, fmt.Errorf("%s/%s: %w", f.Name, problem, parameter(err))
	}
	s := Spec{Family: f.Name, Problem: problem, Params: values[:len(p.Params)], problem: p}
	s.Seed, _ = strconv.ParseUint(values[len(p.Params)].Text, 10, 64) // canonical
	s.Tolerance, _ = strconv.ParseFloat(values[len(p.Params)+1].Text, 64)
	return s, nil
}

// Build makes the instance. It may read files and compute; ctx ends that.
func (s Spec) Build(ctx context.Context) (Instance, error) {
	params := make(map[string]string, len(s.Params))
	for _, v := range s.Params {
		params[v.Name] = v.Text
	}
	in, err := s.problem.build(ctx, params, s.Common)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s, parameter(err))
	}
	return in, nil
}

// parameter makes an error about a setting speak of a parameter.
func parameter(err error) error {
	var bad *option.Error
	if errors.As(err, &bad) {
		bad.What = "parameter"
	}
	return err
}

// String returns the instance's name in the selection language: poisson/unit-2d[n=1023]. The first parameter is always named,
// the others, with seed and tolerance, when they are not the defaults.
func (s Spec) String() string {
	var parts []string
	for i, v := range s.Params {
		if i == 0 && v.Text != "" || v.Text != s.problem.Params[i].Default {
			parts = append(parts, v.Name+"="+selection.Quote(v.Text))
		}
	}
	if s.Seed != 0 {
		parts = append(parts, fmt.Sprintf("%s=%d", SeedParam, s.Seed))
	}
	if s.Tolerance != s.problem.Tolerance {
		parts = append(parts, ToleranceParam+"="+strconv.FormatFloat(s.Tolerance, 'g', -1, 64))
	}
	name := s.Family + "/" + s.Problem
	if len(parts) == 0 {
		return name
	}
	return name + "[" + strings.Join(parts, ",") + "]"
}

// HasFile says whether a parameter names a file or folder.
func (s Spec) HasFile() bool {
	for i, v := range s.Params {
		if s.problem.Params[i].Path && v.Text != "" {
			return true
		}
	}
	return false
}

// Definition returns the problem the spec is of.
func (s Spec) Definition() *Problem { return s.problem }
