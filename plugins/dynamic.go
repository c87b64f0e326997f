package plugins

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/solverbench/solverbench/plugins/option"
)

// Dynamic is a solver in one session, of tasks whose type is known only when the program runs: what runners of solvers
// in other languages implement. Solvers in Go implement Solver.
type Dynamic interface {
	// Load is told the tasks that Solve will be called with from now on: at first that which the session was opened with, and
	// then others that differ from it in their data. It is not timed.
	Load(tasks []proto.Message) error
	// Prepare is that of Preparer, for the first task loaded.
	Prepare(ctx context.Context, run *Run) error
	// Solve is that of Solver. The task is one of those loaded.
	Solve(ctx context.Context, run *Run, task proto.Message) (proto.Message, error)
	// Do calls f on the thread that the solver wants to be called on. Prepare, Solve and Close are called in it, many at a
	// time, so that a change of threads is not counted as the solver's.
	Do(f func())
	// Close ends the session.
	Close()
}

// NewDynamic offers a solver of the tasks of a schema, the full name of a message. Sessions are opened with all the options,
// checked and in the order of their specs.
func NewDynamic(name, schema string, options []option.Spec, about About, open func(options []option.Value) (Dynamic, error)) Offer {
	return Offer{
		name: name, schema: schema, about: about, options: options,
		open: func(given map[string]string, task []byte) (session, error) {
			values, err := option.Resolve(options, given)
			if err != nil {
				return nil, err
			}
			s := &dynamicSession{}
			if s.schema, err = protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(schema)); err != nil {
				return nil, fmt.Errorf("%w: tasks of %s are not known here", ErrUnsupported, schema)
			}
			if s.opened, err = s.decode(task); err != nil {
				return nil, err
			}
			s.Dynamic, err = open(values)
			return s, err
		},
	}
}

type dynamicSession struct {
	Dynamic
	schema protoreflect.MessageType
	opened proto.Message
}

func (s *dynamicSession) task() proto.Message { return s.opened }

func (s *dynamicSession) decode(task []byte) (proto.Message, error) {
	m := s.schema.New().Interface()
	if err := proto.Unmarshal(task, m); err != nil {
		return nil, fmt.Errorf("decoding the task: %w", err)
	}
	return m, nil
}

func (s *dynamicSession) load(tasks []proto.Message) error            { return s.Load(tasks) }
func (s *dynamicSession) prepare(ctx context.Context, run *Run) error { return s.Prepare(ctx, run) }
func (s *dynamicSession) do(f func())                                 { s.Do(f) }
func (s *dynamicSession) close()                                      { s.Close() }
func (s *dynamicSession) solve(ctx context.Context, run *Run, task proto.Message) (proto.Message, error) {
	return s.Solve(ctx, run, task)
}
