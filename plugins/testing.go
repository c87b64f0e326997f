package plugins

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

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

// NewTestSolver makes the solver of a name among offers, with options as text, in the same process, and prepares it for the task: for
// tests and benchmarks of what a plugin offers. The function solves tasks that differ in their data only, one at a time.
func NewTestSolver(ctx context.Context, run *Run, offers []Offer, name string, options map[string]string, task proto.Message) (func(proto.Message) (proto.Message, error), error) {
	schema := string(task.ProtoReflect().Descriptor().FullName())
	for _, o := range offers {
		if o.name != name || o.schema != schema {
			continue
		}
		encoded, err := proto.Marshal(task)
		if err != nil {
			return nil, fmt.Errorf("encoding the task: %w", err)
		}
		s, err := o.open(options, encoded)
		if err != nil {
			return nil, err
		}
		if err := s.prepare(ctx, run); err != nil {
			return nil, fmt.Errorf("preparing %s: %w", name, err)
		}
		return func(task proto.Message) (proto.Message, error) { return s.solve(ctx, run, task) }, nil
	}
	return nil, fmt.Errorf("no solver %q of %s is offered", name, schema)
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
