package plugins

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/plugins/option"
	pluginv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
)

// Solver solves tasks of type T with solutions of type S, both pointers to generated messages
// of one schema. Its options are the exported fields with an `opt` tag, see package option.
// A value serves one session at a time: each session gets a copy of the prototype
// handed to New, with its options set.
type Solver[T, S proto.Message] interface {
	// Solve solves the task. It is called several times in a session, with tasks that differ in their data (right-hand
	// side, initial state, …): each call computes the whole answer to the task it is given. It returns soon after ctx
	// ends. The arrays of the task are read-only.
	Solve(ctx context.Context, run *Run, task T) (S, error)
}

// Preparer is implemented by solvers with work that depends on the task and is worth keeping
// between solves: factorisations, plans, hierarchies. It is timed apart from Solve. Prepare may rely on scalars, shapes and
// the arrays of the operator, but not on the task's data, the arrays that the schema marks so: they change
// between solves of one session, and a solver must read them from the task given to Solve.
type Preparer[T proto.Message] interface {
	Prepare(ctx context.Context, run *Run, task T) error
}

// About is what a plugin says of a solver beside its name and options.
type About struct {
	// Doc is a paragraph for people.
	Doc string
	// Citation names the source of the method: authors, year, equation.
	Citation string
	// Tags say the approach: "direct", "iterative", "spectral", "stochastic", …
	Tags []string
	// Parallel says that Run.Threads above one is used.
	Parallel bool
}

// Offer is a solver as a plugin offers it; New makes one.
type Offer struct {
	name    string
	schema  string
	about   About
	options []option.Spec
	open    func(options map[string]string, task []byte) (session, error)
}

// session is one opened solver, with the types erased.
type session interface {
	task() proto.Message
	decode(task []byte) (proto.Message, error)
	load(tasks []proto.Message) error
	do(f func()) // the next three are called in
	prepare(ctx context.Context, run *Run) error
	solve(ctx context.Context, run *Run, task proto.Message) (proto.Message, error)
	close()
}

// New offers a solver under a name, unique among the solvers of its schema in the plugin. The
// prototype, a struct or a pointer to one, holds the default options. It panics on anything else, and on options
// that package option does not take: that is a mistake in the program.
func New[T, S proto.Message](name string, prototype Solver[T, S], about About) Offer {
	if v := reflect.Indirect(reflect.ValueOf(prototype)); v.Kind() != reflect.Struct {
		panic(fmt.Sprintf("plugins: the prototype of solver %q is %T(%[2]v), expected a struct or a pointer to one", name, prototype))
	}
	var zero T
	return Offer{
		name:    name,
		schema:  string(zero.ProtoReflect().Descriptor().FullName()),
		about:   about,
		options: option.Specs(prototype),
		open: func(options map[string]string, task []byte) (session, error) {
			s := &typedSession[T, S]{solver: fresh(prototype), name: name}
			if err := option.Set(s.solver, options); err != nil {
				return nil, err
			}
			typed, err := s.decode(task)
			if err != nil {
				return nil, err
			}
			s.typed = typed.(T)
			return s, nil
		},
	}
}

// fresh returns a pointer to a copy of the struct that prototype is or points to.
func fresh[T, S proto.Message](prototype Solver[T, S]) Solver[T, S] {
	v := reflect.Indirect(reflect.ValueOf(prototype))
	c := reflect.New(v.Type())
	c.Elem().Set(v)
	return c.Interface().(Solver[T, S])
}

type typedSession[T, S proto.Message] struct {
	solver Solver[T, S]
	typed  T
	name   string
}

func (s *typedSession[T, S]) decode(task []byte) (proto.Message, error) {
	var zero T
	m := zero.ProtoReflect().New().Interface()
	if err := proto.Unmarshal(task, m); err != nil {
		return nil, fmt.Errorf("decoding the task: %w", err)
	}
	return m, nil
}

func (s *typedSession[T, S]) task() proto.Message { return s.typed }

func (s *typedSession[T, S]) load([]proto.Message) error { return nil }

func (s *typedSession[T, S]) do(f func()) { f() }

func (s *typedSession[T, S]) prepare(ctx context.Context, run *Run) error {
	if p, ok := s.solver.(Preparer[T]); ok {
		return p.Prepare(ctx, run, s.typed)
	}
	return nil
}

func (s *typedSession[T, S]) solve(ctx context.Context, run *Run, task proto.Message) (proto.Message, error) {
	x, err := s.solver.Solve(ctx, run, task.(T))
	if err != nil {
		return nil, err
	}
	if reflect.ValueOf(x).IsNil() {
		return nil, fmt.Errorf("solver %s returned neither a solution nor an error", s.name)
	}
	return x, nil
}

// close tells solvers that hold something beyond memory.
func (s *typedSession[T, S]) close() {
	if c, ok := s.solver.(io.Closer); ok {
		_ = c.Close() // the answer has been given; there is nobody to tell
	}
}

// Errors a solver returns, bare or wrapped with a message for people. Any other error says that
// the solver tried and has no answer.
var (
	// ErrUnsupported says that this task, or this option with it, is not for the solver.
	ErrUnsupported = errors.New("unsupported")
	// ErrDiverged says that the solver met NaN, infinity or growth without bound.
	ErrDiverged = errors.New("diverged")
	// ErrInvalid says that the task or an option contradicts itself.
	ErrInvalid = errors.New("invalid")
)

func failure(ctx context.Context, err error) *pluginv1.Failure {
	kind := pluginv1.Failure_KIND_FAILED
	var bad *option.Error
	switch {
	case errors.As(err, &bad), errors.Is(err, ErrInvalid):
		kind = pluginv1.Failure_KIND_INVALID
	case errors.Is(err, ErrUnsupported):
		kind = pluginv1.Failure_KIND_UNSUPPORTED
	case errors.Is(err, ErrDiverged):
		kind = pluginv1.Failure_KIND_DIVERGED
	case ctx.Err() != nil, errors.Is(err, context.Canceled):
		kind = pluginv1.Failure_KIND_CANCELLED
	}
	return &pluginv1.Failure{Kind: kind, Message: withoutKind(err.Error())}
}

// withoutKind leaves out of a message what its kind says already.
func withoutKind(message string) string {
	for _, kind := range []error{ErrUnsupported, ErrDiverged, ErrInvalid} {
		message = strings.TrimSuffix(strings.TrimPrefix(message, kind.Error()+": "), ": "+kind.Error())
	}
	return message
}
