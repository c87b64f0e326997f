package plugins

import (
	"fmt"

	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
)

// OracleFunc computes an oracle in the same process; see NewTestRun.
type OracleFunc func(dst, x []float64, scalars []float64) error

// NewTestRun returns a Run without a harness behind it, so that a solver can be tested by calling
// its methods. Progress and checkpoints are discarded; oracles are served by the
// given functions.
func NewTestRun(threads int, oracles map[string]OracleFunc) *Run {
	return &Run{threads: threads, local: oracles}
}

func (r *Run) localOracle(spec *commonv1.Oracle) (*Oracle, error) {
	f, ok := r.local[spec.GetName()]
	if !ok {
		return nil, fmt.Errorf("oracle %q: not served", spec.GetName())
	}
	return &Oracle{spec: spec, local: f}, nil
}
