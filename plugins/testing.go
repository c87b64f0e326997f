package plugins

import (
	"fmt"

	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
)

// OracleFunc computes an oracle in the same process; see NewTestRun.
type OracleFunc func(dst, x []float64, scalars []float64) error

// NewTestRun returns a Run without a harness behind it, so that a solver can be tested by calling
// its methods. Arrays from Output lie on the heap, no checkpoint is ever wanted, progress is discarded,
// and the oracles that a task names are served by the given functions.
func NewTestRun(threads int, oracles map[string]OracleFunc) *Run {
	return &Run{threads: threads, local: oracles}
}

func (r *Run) localOracle(spec *commonv1.Oracle) (*Oracle, error) {
	f, ok := r.local[spec.GetName()]
	if !ok {
		return nil, fmt.Errorf("oracle %q: not served", spec.GetName())
	}
	o, err := newOracle(spec)
	if err != nil {
		return nil, err
	}
	o.local = f
	return o, nil
}
