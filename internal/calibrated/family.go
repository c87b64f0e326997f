package calibrated

import (
	"context"
	"fmt"
	"math"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/metrics"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
	"github.com/solverbench/solverbench/problems"
)

// open is the number of elements of an answer that the input does not determine.
const open = 2

// Truth is what a solve took, as measured inside it.
type Truth struct {
	CPU, Wall time.Duration
}

// Family is one problem, calibrated/copy[n=…], whose answer is its input. Verifying an answer tells seen what its solve took.
func Family(seen func(Truth)) problems.Family {
	type params struct {
		N int `opt:"n,min=2" doc:"elements"`
	}
	p := problems.Define("copy", problems.Doc{Summary: "return the input"}, "error", 1e-12, params{N: 16},
		func(_ context.Context, p params, c problems.Common) (problems.Instance, error) {
			return &instance{n: p.N, tolerance: c.Tolerance, seen: seen}, nil
		})
	return problems.Family{
		Name: "calibrated", Schema: "solverbench.poisson.v1.Task", RankBy: "time", Problems: []problems.Problem{p}, MainArray: "u",
		Arrays: func(m proto.Message) (map[string]metrics.Array, error) {
			u, err := m.(*poissonv1.Solution).U.Float64s()
			return map[string]metrics.Array{"u": {Shape: []int{len(u)}, Values: u}}, err
		},
	}
}

// instance is the k-th variation of the problem, 0 being the problem itself.
type instance struct {
	n, k      int
	tolerance float64
	seen      func(Truth)
}

// element is the i-th of the input.
func (p *instance) element(i int) float64 { return float64(p.k) + float64(i)/float64(p.n) }

func (p *instance) Task() proto.Message {
	f := make([]float64, p.n)
	for i := range f {
		f[i] = p.element(i)
	}
	return &poissonv1.Task{Rhs: commonv1.Float64(f, p.n)}
}

func (p *instance) Size() int               { return p.n }
func (p *instance) SolutionShapes() [][]int { return [][]int{{p.n}} }

func (p *instance) Vary(_ context.Context, k int) (problems.Instance, error) {
	varied := *p
	varied.k = k
	return &varied, nil
}

func (p *instance) Evaluate(_ context.Context, s proto.Message) (problems.Evaluation, error) {
	u, err := s.(*poissonv1.Solution).U.Float64s()
	if err != nil {
		return problems.Evaluation{}, err
	}
	if len(u) != p.n {
		return problems.Evaluation{}, fmt.Errorf("%d elements, expected %d", len(u), p.n)
	}
	worst := 0.0
	for i, x := range u[open:] {
		worst = math.Max(worst, math.Abs(x-p.element(open+i)))
	}
	p.seen(Truth{CPU: duration(u[0]), Wall: duration(u[1])})
	return problems.Judge(p.tolerance, problems.Metric{Name: "error", Value: worst, Better: problems.Lower}), nil
}

func duration(seconds float64) time.Duration {
	return time.Duration(math.Round(seconds * float64(time.Second)))
}
