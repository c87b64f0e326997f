package conformance

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/solverbench/solverbench/plugins/host"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	"github.com/solverbench/solverbench/problems"
)

// damage is a way in which a task can be wrong. An answer is allowed if it is the right one all the same, or is seen to be wrong: not one
// that is invented.
type damage struct {
	what string
	do   func(task proto.Message)
	// shaped: the answer may have the shape of the data, which the harness sees.
	shaped bool
	// lost: there is no right answer; one without NaN is invented.
	lost bool
}

// damages are what is done to tasks of every family.
var damages = []damage{
	{what: "a task without its data", do: func(task proto.Message) {
		m := task.ProtoReflect()
		eachData(task, func(f protoreflect.FieldDescriptor, _ *commonv1.Array) { m.Clear(f) })
	}},
	{what: "a task with nothing in it", do: proto.Reset},
	{what: "data with an axis too many", shaped: true, do: func(task proto.Message) {
		eachData(task, func(_ protoreflect.FieldDescriptor, a *commonv1.Array) { a.Shape = append(a.Shape, 1) })
	}},
	{what: "data of float32 instead of float64", do: func(task proto.Message) {
		eachData(task, func(_ protoreflect.FieldDescriptor, a *commonv1.Array) {
			x, err := a.Float64s()
			if err != nil {
				return
			}
			var b []byte
			for _, v := range x {
				b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
			}
			a.ElementType, a.Place = commonv1.ElementType_ELEMENT_TYPE_FLOAT32, &commonv1.Array_Inline{Inline: b}
		})
	}},
	{what: "data that are all NaN", lost: true, do: func(task proto.Message) {
		eachData(task, func(_ protoreflect.FieldDescriptor, a *commonv1.Array) {
			x := make([]float64, len(a.GetInline())/8)
			for i := range x {
				x[i] = math.NaN()
			}
			a.Place = commonv1.Float64(x, a.Dims()...).Place
		})
	}},
}

// eachData visits the arrays of a task, not of messages in it, that are data.
func eachData(task proto.Message, visit func(protoreflect.FieldDescriptor, *commonv1.Array)) {
	data := map[*commonv1.Array]bool{}
	_ = commonv1.VisitData(task, func(_ string, a *commonv1.Array) error {
		data[a] = true
		return nil
	})
	m := task.ProtoReflect()
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.Message() == nil || f.IsList() || f.IsMap() || !m.Has(f) {
			continue
		}
		if a, ok := m.Get(f).Message().Interface().(*commonv1.Array); ok && data[a] {
			visit(f, a)
		}
	}
}

func wrongInput(ctx context.Context, s *subject) verdict {
	in, err := s.its(ctx, small)
	if err != nil {
		return skip("the instance could not be made: %v", err)
	}
	var bad, doubtful []string
	for _, d := range damages {
		solved, err := s.once(ctx, in, func(cfg *host.SessionConfig) {
			cfg.Task = proto.Clone(cfg.Task)
			d.do(cfg.Task)
		})
		switch {
		case refused(err), d.shaped && host.KindOf(err) == host.Protocol:
		case err != nil:
			bad = append(bad, d.what+": "+explain(err))
		case d.lost && allFinite(solved.Solution):
			doubtful = append(doubtful, d.what+": it gives an answer without any NaN; have loops end, and fail, when a norm is NaN")
		case !d.lost && right(ctx, in, solved, nil) != "":
			bad = append(bad, d.what+": it gives an answer, expected a failure")
		}
	}
	switch {
	case len(bad) > 0:
		return fail("%s; look at shapes and element types before use, and return a failure", strings.Join(append(bad, doubtful...), "; "))
	case len(doubtful) > 0:
		return warn("%s", strings.Join(doubtful, "; "))
	}
	return pass("%d kinds of wrong tasks", len(damages))
}

// allFinite says whether the arrays of a solution hold neither NaN nor infinity.
func allFinite(solution proto.Message) bool {
	ok := true
	_ = commonv1.VisitArrays(solution, func(_ string, a *commonv1.Array) error {
		x, err := a.Float64s()
		ok = ok && err == nil && !slices.ContainsFunc(x, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
		return nil
	})
	return ok
}

func impossibleTolerance(ctx context.Context, s *subject) verdict {
	in, err := s.its(ctx, small)
	if err != nil {
		return skip("the instance could not be made: %v", err)
	}
	f := in.Task().ProtoReflect().Descriptor().Fields().ByName("tolerance")
	if f == nil || f.Kind() != protoreflect.DoubleKind {
		return skip("tasks of the family %s name no tolerance", s.family.Name)
	}
	c, err := s.client(ctx)
	if err != nil {
		return fail("%s", explain(err))
	}
	n, err := s.prepared(ctx, c, in, func(cfg *host.SessionConfig) {
		cfg.Task = proto.Clone(cfg.Task)
		cfg.Task.ProtoReflect().Set(f, protoreflect.ValueOfFloat64(1e-300))
	})
	if refused(err) {
		return pass("asked for 1e-300: %v", err)
	} else if err != nil {
		return fail("asked for 1e-300: %s", explain(err))
	}
	solving, stop := context.WithTimeout(ctx, s.long())
	defer stop()
	solved, busy, err := watched(solving, n, host.SolveConfig{})
	if host.KindOf(err) == host.Timeout {
		if wrong := stopped(ctx, c, n, time.Now(), busy); wrong != "" {
			return fail("asked for 1e-300, it computes without end, and is not to be stopped: %s", wrong)
		}
		return skip("asked for 1e-300, it was still at it after %v; it could be cancelled, so that a time limit will end it", s.long())
	}
	n.end(ctx)
	switch {
	case refused(err):
		return pass("asked for 1e-300: %v", err)
	case err != nil:
		return fail("asked for 1e-300: %s", explain(err))
	}
	if wrong := right(ctx, in, solved, nil); wrong != "" {
		return fail("asked for 1e-300, its answer is worse than asked for less: %s", wrong)
	}
	return pass("asked for 1e-300 it gives its best")
}

// long is how long a solver may try what cannot be done.
func (s *subject) long() time.Duration {
	if s.cfg.Quick {
		return 500 * time.Millisecond
	}
	return min(s.cfg.Patience, 10*time.Second)
}

// underWay is how long a solve is let run before it is cancelled.
const underWay = 100 * time.Millisecond

// preparing is how long a large instance may take to prepare before a smaller one is taken.
const preparing = 5 * time.Second

// laborious is a session on the largest instance that is prepared soon: of that one, single solves take long.
func (s *subject) laborious(ctx context.Context) (c *host.Client, n *session, err error) {
	for _, z := range []size{large, ample, medium} {
		var in problems.Instance
		if in, err = s.its(ctx, z); err != nil {
			return nil, nil, err
		}
		if c, err = s.client(ctx); err != nil {
			return nil, nil, err
		}
		limited, cancel := context.WithTimeout(ctx, preparing)
		n, err = s.prepared(limited, c, in, nil)
		cancel()
		if err == nil {
			return c, n, nil
		}
		s.dropAfter(err)
		if !refused(err) && host.KindOf(err) != host.Timeout {
			break
		}
	}
	return nil, nil, err
}

func cancel(ctx context.Context, s *subject) verdict {
	c, n, err := s.laborious(ctx)
	if err != nil {
		if refused(err) || host.KindOf(err) == 0 {
			return skip("there is no instance that it could be busy with: %v", err)
		}
		return fail("with a medium instance: %s", explain(err))
	}
	solving, stop := context.WithTimeout(ctx, underWay)
	defer stop()
	_, busy, err := watched(solving, n, host.SolveConfig{Repeat: math.MaxInt32}) // so that those who are fast are at it, too
	began := time.Now()
	if kind := host.KindOf(err); err == nil || kind != host.Timeout {
		n.end(ctx)
		if err == nil || refused(err) {
			return skip("it had ended before it could be cancelled")
		}
		return fail("%s", explain(err))
	}
	if wrong := stopped(ctx, c, n, began, busy); wrong != "" {
		s.drop()
		return fail("%s; look often at what says that the call was cancelled", wrong)
	}
	took := time.Since(began)
	after, err := s.its(ctx, small)
	if err != nil {
		return skip("the instance could not be made: %v", err)
	}
	again, err := s.once(ctx, after, nil)
	if wrong := right(ctx, after, again, err); wrong != "" {
		return fail("in the next session after a solve that was cancelled: %s", wrong)
	}
	if took > endsWithin+2*stoppedLook {
		return skip("other programs keep the cores busy: stopped after %v", rounded(took))
	}
	return pass("stopped after %v at most", rounded(took))
}

// stoppedLook is for how long it is watched whether a plugin computes.
const stoppedLook = 50 * time.Millisecond

// stopped says what a plugin is still about after a solve was cancelled: it has a second for closing the session, and computes no more
// after that. On a machine whose cores others keep busy it has longer: the second is for one that has a core.
func stopped(ctx context.Context, c *host.Client, n *session, began time.Time, busy bool) string {
	within := endsWithin
	if busy {
		within *= 5
	}
	limit, cancel := context.WithDeadline(ctx, began.Add(within))
	defer cancel()
	if err := n.Close(limit); err != nil {
		if host.KindOf(err) == host.Timeout {
			return fmt.Sprintf("the session cannot be closed %v after the solve was cancelled", within)
		}
		return explain(err)
	}
	for used := stoppedLook; used > stoppedLook/2; {
		if time.Since(began) > within+stoppedLook {
			return fmt.Sprintf("it still computes %v after the solve was cancelled", within)
		}
		before := c.Usage().CPU()
		time.Sleep(stoppedLook)
		used = c.Usage().CPU() - before
	}
	return ""
}
