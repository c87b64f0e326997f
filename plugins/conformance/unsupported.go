package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/solverbench/solverbench/plugins/host"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	pluginv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
	"github.com/solverbench/solverbench/problems"
)

func unsupported(ctx context.Context, s *subject) verdict {
	in, err := s.its(ctx, small)
	if err != nil {
		return skip("the instance could not be made: %v", err)
	}
	if wrong := s.refuses(ctx, in, func(cfg *host.SessionConfig) { cfg.Solver = "no-such-solver" }); wrong != "" {
		return fail("a solver that it does not have: %s", wrong)
	}
	foreign, err := s.foreign(ctx)
	if err != nil {
		return skip("an instance of another family could not be made: %v", err)
	}
	refused := 1
	if foreign != nil {
		if wrong := s.refuses(ctx, foreign, nil); wrong != "" {
			return fail("a %s: %s", foreign.Task().ProtoReflect().Descriptor().FullName(), wrong)
		}
		refused++
	}
	var bad []string
	for _, strange := range strangeTasks(in.Task()) {
		_, err := s.once(ctx, in, func(cfg *host.SessionConfig) { cfg.Task = strange.task })
		switch kind := host.KindOf(err); {
		case err == nil:
			bad = append(bad, strange.what+": it gives an answer")
		case kind != host.Unsupported && kind != host.Invalid:
			bad = append(bad, strange.what+": "+explain(err))
		}
		refused++
	}
	if len(bad) > 0 {
		return fail("a task with %s; what it does not know makes it another problem: it is unsupported", strings.Join(bad, "; with "))
	}
	return pass("%d refused", refused)
}

// refuses says what is wrong with how a session is refused that it cannot open.
func (s *subject) refuses(ctx context.Context, in problems.Instance, change func(*host.SessionConfig)) string {
	c, err := s.client(ctx)
	if err != nil {
		return explain(err)
	}
	n, err := s.open(ctx, c, in, change)
	if err == nil {
		n.end(ctx)
		return "it opens a session, expected a failure of the kind unsupported in the answer to Open"
	}
	if kind := host.KindOf(err); kind != host.Unsupported && kind != host.Invalid {
		s.dropAfter(err)
		return explain(err) + "; expected a failure of the kind unsupported"
	}
	return ""
}

// foreign is an instance of a family that no solver of the name is for; nil if there is none.
func (s *subject) foreign(ctx context.Context) (problems.Instance, error) {
	for i := range s.cfg.Families {
		f := &s.cfg.Families[i]
		p := slices.IndexFunc(f.Problems, func(p problems.Problem) bool { return !p.NeedsFile })
		claimed := slices.ContainsFunc(s.checker.about.Solvers, func(d *pluginv1.SolverDescription) bool {
			return d.Name == s.about.Name && d.Schema == f.Schema
		})
		if p >= 0 && !claimed {
			return s.of(ctx, f, &f.Problems[p], small)
		}
	}
	return nil, nil
}

// strange is a task that no solver can know the meaning of.
type strange struct {
	what string
	task proto.Message
}

// unknownValue is of no enum.
const unknownValue = 1999

// strangeTasks are copies of a task each of which says something that is newer than the contract: an enum has a value that there is not,
// or of the messages of which there is to be one there is none, as a message looks that is not known. Arrays are left as they are.
func strangeTasks(task proto.Message) (all []strange) {
	task = proto.Clone(task)
	note := func(format string, args ...any) {
		all = append(all, strange{fmt.Sprintf(format, args...), proto.Clone(task)})
	}
	var visit func(protoreflect.Message)
	visit = func(m protoreflect.Message) {
		if _, is := m.Interface().(*commonv1.Array); is {
			return
		}
		fields := m.Descriptor().Fields()
		for i := range fields.Len() {
			f := fields.Get(i)
			if !m.Has(f) || f.IsMap() {
				continue
			}
			v := m.Get(f)
			switch one := f.ContainingOneof(); {
			case f.IsList() && f.Message() != nil:
				visit(v.List().Get(0).Message())
			case f.IsList():
			case f.Enum() != nil:
				m.Set(f, protoreflect.ValueOfEnum(unknownValue))
				note("%s.%s = %d", m.Descriptor().Name(), f.Name(), unknownValue)
				m.Set(f, v)
			case f.Message() != nil:
				visit(v.Message())
				if one != nil {
					m.Clear(f)
					note("no known %s", one.Name())
					m.Set(f, v)
				}
			}
		}
	}
	visit(task.ProtoReflect())
	return all
}
