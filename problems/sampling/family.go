package sampling

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/metrics"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	samplingv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/sampling/v1"
	"github.com/solverbench/solverbench/problems"
)

// Family returns the family sampling. Solved runs are ranked by quality at what they spent, not by time: what
// sampling costs in practice is evaluations of a network, and those are in the metric nfe.
func Family() problems.Family {
	return problems.Family{
		Name:   "sampling",
		Title:  "diffusion sampling with an exact score",
		Schema: "solverbench.sampling.v1.Task",
		RankBy: momentError,
		Problems: []problems.Problem{
			ringProblem(), randomProblem(), fieldProblem(), fileProblem(),
		},
		Solution: solution, Arrays: arrays, MainArray: mainArray,
	}
}

const mainArray = "samples"

func solution(named map[string]metrics.Array) (proto.Message, error) {
	x, ok := named[mainArray]
	if !ok {
		return nil, fmt.Errorf("no array %q, expected x at t_end, [batch][d]", mainArray)
	}
	if len(x.Shape) != 2 || x.Shape[0]*x.Shape[1] != len(x.Values) {
		return nil, fmt.Errorf("array %q of shape %v with %d values, expected [batch][d]", mainArray, x.Shape, len(x.Values))
	}
	return &samplingv1.Solution{Samples: commonv1.Float64(x.Values, x.Shape...)}, nil
}

func arrays(m proto.Message) (map[string]metrics.Array, error) {
	s, ok := m.(*samplingv1.Solution)
	if !ok {
		return nil, fmt.Errorf("solution of type %T, expected %T", m, s)
	}
	x, err := s.Samples.Float64s()
	if err != nil {
		return nil, fmt.Errorf("samples: %w", err)
	}
	return map[string]metrics.Array{mainArray: {Shape: s.Samples.Dims(), Values: x}}, nil
}
