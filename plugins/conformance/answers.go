package conformance

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/solverbench/solverbench/plugins/host"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	"github.com/solverbench/solverbench/problems"
)

// anything is an instance to open a session with.
func (s *subject) anything(ctx context.Context) (problems.Instance, error) {
	if s.problem != nil {
		return s.its(ctx, small)
	}
	for i := range s.family.Problems {
		if p := &s.family.Problems[i]; !p.NeedsFile {
			return s.instance(ctx, p, small)
		}
	}
	return nil, fmt.Errorf("the family %s has no problem that needs no file", s.family.Name)
}

// quickSolves is for how long instances are solved when it is to be quick, once one of them is solved.
const quickSolves = 100 * time.Millisecond

func solves(ctx context.Context, s *subject) verdict {
	if s.cfg.Quick {
		return s.look(ctx, quickSolves)
	}
	return s.look(ctx, math.MaxInt64)
}

// reasons say why problems have no answer, an equal one once for all of them.
type reasons struct{ list, names []string }

func (r *reasons) add(problem, why string) {
	r.names = append(r.names, problem)
	for i, text := range r.list {
		if who, same := strings.CutSuffix(text, ": "+why); same {
			r.list[i] = who + ", " + problem + ": " + why
			return
		}
	}
	r.list = append(r.list, problem+": "+why)
}

// look solves the family's problems until one is solved and some time is over.
func (s *subject) look(ctx context.Context, limit time.Duration) verdict {
	s.looked = true
	var (
		solved, left        []string
		unsupported, missed reasons
	)
	began := time.Now()
	for i := range s.family.Problems {
		p := &s.family.Problems[i]
		if p.NeedsFile {
			continue
		}
		if s.problem != nil && time.Since(began) > limit {
			left = append(left, p.Name)
			continue
		}
		in, err := s.instance(ctx, p, small)
		if err != nil {
			return skip("the instance could not be made: %v", err)
		}
		out, err := s.once(ctx, in, nil)
		switch kind := host.KindOf(err); {
		case kind == host.Unsupported:
			unsupported.add(p.Name, err.Error())
			continue
		case err != nil && !refused(err):
			return fail("%s: %s", p.Name, explain(err))
		}
		if wrong := right(ctx, in, out, err); wrong != "" {
			missed.add(p.Name, wrong)
			continue
		}
		solved = append(solved, p.Name)
		if s.problem == nil {
			s.problem = p
		}
	}
	if len(solved) == 0 {
		return fail("it solves none of the family's problems (%s); a solver must solve at least one as its options are: "+
			"see to its defaults, or check it with others by --solver '%s[option=value]'",
			strings.Join(append(missed.list, unsupported.list...), "; "), s.about.Name)
	}
	message := "solved " + strings.Join(solved, ", ")
	if len(missed.list) > 0 {
		message += "; not solved: " + strings.Join(missed.list, "; ")
	}
	if len(unsupported.names) > 0 {
		message += "; unsupported: " + strings.Join(unsupported.names, ", ")
	}
	if len(left) > 0 {
		message += "; left out to be quick: " + strings.Join(left, ", ")
	}
	return pass("%s", message)
}

// solveMedium solves the medium instance in one of two ways that should be equal: with its arrays in a segment, or in the messages. One that the
// solver refuses in both ways is too much for it, which is not the matter here.
func (s *subject) solveMedium(ctx context.Context, inline bool, advice string) verdict {
	in, err := s.its(ctx, medium)
	if err != nil {
		return skip("the instance could not be made: %v", err)
	}
	solve := func(inline bool) (host.Solved, error) {
		return s.once(ctx, in, func(cfg *host.SessionConfig) { cfg.Inline = inline })
	}
	solved, err := solve(inline)
	wrong := right(ctx, in, solved, err)
	if refused(err) {
		if _, other := solve(!inline); refused(other) {
			return skip("it does not solve an instance that large: %s", wrong)
		}
	}
	if wrong != "" {
		return fail("%s; %s", wrong, advice)
	}
	return pass("the answer is right")
}

// inSegment is from how many bytes on arrays lie in shared memory.
const inSegment = 4096

func largeArrays(ctx context.Context, s *subject) verdict {
	in, err := s.its(ctx, medium)
	if err != nil {
		return skip("the instance could not be made: %v", err)
	}
	most := host.SolutionBytes(in.SolutionShapes())
	_ = commonv1.VisitArrays(in.Task(), func(_ string, a *commonv1.Array) error {
		most = max(most, len(a.GetInline()))
		return nil
	})
	if most < inSegment {
		return skip("arrays of %s/%s are never that large", s.family.Name, s.problem.Name)
	}
	v := s.solveMedium(ctx, false, "the same with small arrays is right: see to those with an offset into the segment")
	if v.outcome == Pass {
		v.message = fmt.Sprintf("right, with arrays of up to %d KiB", most/1024)
	}
	return v
}

func inlineArrays(ctx context.Context, s *subject) verdict {
	return s.solveMedium(ctx, true, "there is no segment in this session: all arrays are in the messages, and so the answer's must be")
}

func seed(ctx context.Context, s *subject) verdict {
	in, err := s.its(ctx, small)
	if err != nil {
		return skip("the instance could not be made: %v", err)
	}
	var (
		first   []float64
		differs string
	)
	for i, when := range []string{"at first", "in another session", "after another launch"} {
		if i == 2 {
			s.drop()
		}
		solved, err := s.once(ctx, in, nil)
		if err != nil {
			return fail("%s: %s", when, explain(err))
		}
		x := values(solved.Solution)
		if i == 0 {
			first = x
		}
		switch off := apart(first, x); {
		case off > rounding:
			return fail("%s the answer is another, by %.1e of its largest value; draw random numbers from the session's seed alone", when, off)
		case off > 0:
			differs = fmt.Sprintf("%s the answer differs by rounding, %.1e of its largest value: sums are made in another order, or a plan "+
				"is made by timing", when, off)
		}
	}
	if differs != "" {
		return warn("%s", differs)
	}
	return pass("three equal answers")
}

// rounding is by how much answers may differ, of the largest value, because sums are made in another order.
const rounding = 1e-9

// values are all elements of a solution.
func values(solution proto.Message) (all []float64) {
	_ = commonv1.VisitArrays(solution, func(_ string, a *commonv1.Array) error {
		x, err := a.Float64s()
		all = append(all, x...)
		return err
	})
	return all
}

// apart is the largest difference of two answers, to the largest value; 0 only if they are equal to the bit.
func apart(a, b []float64) float64 {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	largest, off := 0.0, 0.0
	for i := range a {
		if math.Float64bits(a[i]) != math.Float64bits(b[i]) {
			off = max(off, math.Abs(a[i]-b[i]), math.SmallestNonzeroFloat64)
		}
		largest = max(largest, math.Abs(a[i]))
	}
	if off == 0 || largest == 0 {
		return off
	}
	return max(off/largest, math.SmallestNonzeroFloat64)
}

func sessions(ctx context.Context, s *subject) verdict {
	in, err := s.its(ctx, small)
	if err != nil {
		return skip("the instance could not be made: %v", err)
	}
	first, err := s.once(ctx, in, nil)
	if wrong := right(ctx, in, first, err); wrong != "" {
		return fail("in the first session: %s", wrong)
	}
	c, err := s.client(ctx)
	if err != nil {
		return fail("%s", explain(err))
	}
	n, err := s.open(ctx, c, in, nil)
	if err != nil {
		return fail("in a second session: %s", explain(err))
	}
	if err := n.Close(ctx); err != nil {
		return fail("closing a session in which nothing was done: %s", explain(err))
	}
	if n, err := s.open(ctx, c, in, func(cfg *host.SessionConfig) { cfg.Options = map[string]string{"no-such-option": "1"} }); err == nil {
		n.end(ctx)
	} else if !refused(err) {
		return fail("opening a session with an option that there is not: %s", explain(err))
	}
	last, err := s.once(ctx, in, nil)
	if wrong := right(ctx, in, last, err); wrong != "" {
		return fail("after a session that could not be opened: %s", wrong)
	}
	return pass("three in a row, one refused")
}

func checkpoints(ctx context.Context, s *subject) verdict {
	in, err := s.its(ctx, small)
	if err != nil {
		return skip("the instance could not be made: %v", err)
	}
	c, err := s.client(ctx)
	if err != nil {
		return fail("%s", explain(err))
	}
	n, err := s.prepared(ctx, c, in, func(cfg *host.SessionConfig) { cfg.MaxCheckpoints = 5 })
	if err != nil {
		return fail("%s", explain(err))
	}
	defer n.end(ctx)
	solved, err := n.solve(ctx, host.SolveConfig{Checkpoints: true})
	if wrong := right(ctx, in, solved, err); wrong != "" {
		return fail("%s", wrong)
	}
	if len(solved.Checkpoints) == 0 {
		return pass("none were sent; run has no convergence curves of it")
	}
	return pass("%d", len(solved.Checkpoints))
}

func oracle(ctx context.Context, s *subject) verdict {
	in, err := s.its(ctx, small)
	if err != nil {
		return skip("the instance could not be made: %v", err)
	}
	if _, ok := in.(problems.OracleServer); !ok {
		return skip("the family %s has no oracles", s.family.Name)
	}
	c, err := s.client(ctx)
	if err != nil {
		return fail("%s", explain(err))
	}
	n, err := s.open(ctx, c, in, nil)
	if err != nil {
		return fail("%s", explain(err))
	}
	defer n.end(ctx)
	p, err := n.Prepare(ctx)
	if err != nil {
		return fail("%s", explain(err))
	}
	if p.Count > 0 {
		return fail("it evaluates %d times in Prepare, which is not counted as solving; do so in Solve", p.Count)
	}
	var count int
	for i := range 2 {
		solved, err := n.solve(ctx, host.SolveConfig{})
		switch most := allowed(in.Task()); {
		case err != nil:
			return fail("%s", explain(err))
		case solved.Between > 0:
			return fail("it evaluates %d times between two solves; do so in Solve", solved.Between)
		case most > 0 && solved.Count > most:
			return fail("%d evaluations, expected at most %d", solved.Count, most)
		case i > 0 && solved.Count < count:
			return fail("%d evaluations in the first solve and %d in the next; keep no values from one solve to another", count, solved.Count)
		}
		count = solved.Count
	}
	return pass("%d evaluations a solve", count)
}

// allowed is how many evaluations a task allows, 0 for any number.
func allowed(task proto.Message) int {
	m := task.ProtoReflect()
	if f := m.Descriptor().Fields().ByName("max_evaluations"); f != nil && f.Kind() == protoreflect.Uint32Kind {
		return int(m.Get(f).Uint())
	}
	return 0
}

// batchOf are how many inputs a batch has.
const batchOf = 3

func batch(ctx context.Context, s *subject) verdict {
	in, err := s.its(ctx, small)
	if err != nil {
		return skip("the instance could not be made: %v", err)
	}
	c, err := s.client(ctx)
	if err != nil {
		return fail("%s", explain(err))
	}
	n, err := s.prepared(ctx, c, in, nil)
	if err != nil {
		return fail("%s", explain(err))
	}
	defer n.end(ctx)
	if err := n.Load(ctx, batchOf); errors.Is(err, host.ErrNoSlots) {
		return skip("the plugin does not implement Load: its times will be marked, for all its solves are of one input")
	} else if err != nil {
		return fail("%s", explain(err))
	}
	answered := 0
	for round := range 2 {
		inputs, err := variations(ctx, in, round*batchOf)
		if errors.Is(err, problems.ErrNoVariation) {
			return skip("no other input of the same kind is known whose answer is known too")
		} else if err != nil {
			return skip("the inputs could not be made: %v", err)
		}
		// In the second round some are solved twice.
		if wrong := s.answers(ctx, n, inputs, batchOf+2*round); wrong != "" {
			return fail("%s; solve the task that is given to Solve, and let Prepare depend on the operator alone", wrong)
		}
		answered += batchOf
	}
	return pass("%d inputs, each with its answer", answered)
}

// variations are instances that differ in their data.
func variations(ctx context.Context, in problems.Instance, from int) ([]problems.Instance, error) {
	v, ok := in.(problems.Varier)
	if !ok {
		return nil, problems.ErrNoVariation
	}
	all := make([]problems.Instance, batchOf)
	for k := range all {
		var err error
		if all[k], err = v.Vary(ctx, from+k+1); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// answers says what is wrong with those to inputs of a batch.
func (s *subject) answers(ctx context.Context, n *session, inputs []problems.Instance, repeat int) string {
	for k, in := range inputs {
		if err := n.Put(k, in.Task()); err != nil {
			return err.Error()
		}
	}
	solved, err := n.solve(ctx, host.SolveConfig{Repeat: repeat})
	if err != nil {
		return explain(err)
	}
	for k, in := range inputs {
		if changed, err := n.Changed(k, in.Task()); err != nil || changed {
			return fmt.Sprintf("input %d is another after the solve (%v)", k, err)
		}
		answer, err := n.Answer(k)
		if err != nil {
			return explain(err)
		}
		wrong, err := judge(ctx, in, answer, solved.Count/repeat)
		if err != nil {
			return err.Error()
		}
		if wrong != "" {
			return fmt.Sprintf("the answer to input %d of %d is wrong, %s", k+1, len(inputs), wrong)
		}
	}
	return ""
}
