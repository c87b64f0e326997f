package harness

import (
	"context"
	"fmt"
	"hash/maphash"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/plugins/host"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/results"
)

// judge evaluates the solution of an instance: the run's own, of which the run gets status and measurements, or a
// variation of it that the given words describe, which can only take the status away.
func (m *measured) judge(ctx context.Context, instance problems.Instance, solution proto.Message, variation string) error {
	m.progress("verifying", 0, "")
	began := time.Now()
	e, err := m.evaluate(ctx, instance, solution)
	if err != nil {
		return fmt.Errorf("verifying a solution: %w", err)
	}
	m.verifying = time.Since(began)
	status := map[problems.Verdict]results.Status{
		problems.Solved: results.Solved, problems.Inaccurate: results.Inaccurate, problems.Diverged: results.Diverged,
	}[e.Verdict]
	switch {
	case variation == "":
		m.run.Status, m.run.Reason, m.run.Measurements = status, e.Reason, measurements(e)
	case status != results.Solved:
		m.run.Status, m.run.Reason = status, fmt.Sprintf("%s: %s, although the first answer was right", variation, e.Reason)
	}
	return nil
}

// early says whether most checkpoints claim to have been made long before they arrived, which would make a curve steeper.
func early(solved host.Solved, transport float64) bool {
	n := 0
	for _, c := range solved.Checkpoints {
		if clocksDisagree(max(c.Arrived-solved.Sending, c.At), c.At, transport) {
			n++
		}
	}
	return 2*n > len(solved.Checkpoints)
}

// oversent says whether sending checkpoints claims longer than it can have taken: that time is subtracted.
func oversent(solved host.Solved, transport float64, bytes int64) bool {
	each := 10*time.Duration(transport*float64(time.Second)) + time.Millisecond + 4*time.Duration(bytes) // 250 MB/s
	allowed := max(solved.Wall/20, 5*time.Millisecond) + time.Duration(len(solved.Checkpoints))*each
	return solved.Sending > allowed
}

func (m *measured) evaluate(ctx context.Context, instance problems.Instance, solution proto.Message) (problems.Evaluation, error) {
	if r, ok := instance.(problems.RunEvaluator); ok {
		// What was evaluated ahead of the solve, or after it, is not to be had for nothing.
		return r.EvaluateRun(ctx, solution, int(m.run.Evaluations)+m.asides)
	}
	return instance.Evaluate(ctx, solution)
}

func (m *measured) checkpoint(ctx context.Context, i int, c host.Checkpoint) error {
	e, err := m.evaluate(ctx, m.instance, c.Solution)
	if err != nil {
		return fmt.Errorf("verifying checkpoint %d: %w", i, err)
	}
	m.run.Checkpoints = append(m.run.Checkpoints, results.Checkpoint{
		Index: i, Seconds: c.At.Seconds(), Measurements: measurements(e),
	})
	return nil
}

func measurements(e problems.Evaluation) []results.Measurement {
	var out []results.Measurement
	for i, metric := range e.Metrics {
		role := results.Secondary
		switch {
		case i == 0:
			role = results.Primary
		case metric.Better == problems.Neither:
			role = results.Info
		}
		out = append(out, results.Measurement{
			Name: metric.Name, Value: metric.Value, Unit: metric.Unit, Better: results.Better(metric.Better), Role: role,
		})
	}
	return out
}

// verify judges answers of the last timed call: of batch solves in slots, or the one of a session without slots. Which, is
// decided only now.
func (m *measured) verify(ctx context.Context, solved host.Solved, last bool) error {
	r := &m.run.Repetitions[len(m.run.Repetitions)-1]
	m.run.Answers += r.Batch
	number := len(m.times)
	if m.slots == 0 {
		if m.settings.Verify == VerifyLast && !last {
			return nil
		}
		r.Verified++
		m.run.Verified++
		return m.judge(ctx, m.instance, solved.Solution, fmt.Sprintf("repetition %d", number))
	}
	for _, k := range m.chosen(solved.Wall, last) {
		answer, err := m.session.Answer(k)
		if err != nil {
			return err
		}
		changed, err := m.session.Changed(k, m.given[k].Task())
		if err != nil {
			return err
		}
		if changed {
			return &host.Error{Kind: host.Protocol, Message: fmt.Sprintf("the plugin has changed its input in repetition %d", number)}
		}
		r.Verified++
		m.run.Verified++
		if m.answeredBefore(m.given[k].Task(), answer) {
			m.run.Status, m.run.Reason = results.Inaccurate, fmt.Sprintf("repetition %d: its answer is, to the bit, that to another input", number)
			return nil
		}
		if err := m.judge(ctx, m.given[k], answer, fmt.Sprintf("repetition %d, which has another input", number)); err != nil {
			return err
		}
		if m.run.Status != results.Solved {
			return nil
		}
	}
	return nil
}

// answeredBefore says whether the same answer was given to another input.
func (m *measured) answeredBefore(task, answer proto.Message) bool {
	input, output := digest(task), digest(answer)
	if m.answers == nil {
		m.answers = map[uint64]uint64{}
	}
	before, known := m.answers[output]
	m.answers[output] = input
	return known && before != input
}

var seed = maphash.MakeSeed()

// digest is that of a message's data, or of all its arrays if none of them is.
func digest(message proto.Message) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	write := func(_ string, a *commonv1.Array) error {
		_, err := h.Write(a.GetInline())
		return err
	}
	if host.DataBytes(message) > 0 {
		_ = commonv1.VisitData(message, write)
	} else {
		_ = commonv1.VisitArrays(message, write)
	}
	return h.Sum64()
}

// chosen are the slots of a timed call whose answers are verified, in order.
func (m *measured) chosen(took time.Duration, last bool) []int {
	n := min(m.slots, m.batch)
	switch {
	case m.settings.Verify == VerifyAll:
	case m.settings.Verify == VerifyLast && last:
		return []int{(m.batch - 1) % m.slots}
	case m.settings.Verify == VerifyLast:
		return nil
	default:
		n = min(n, max(1, int(took/max(m.verifying, 1))), sampled)
	}
	order := m.rig.dice.Perm(min(m.slots, m.batch))[:n]
	slices.Sort(order)
	return order
}

// sampled is the most answers of a timed call that are verified by VerifySample.
const sampled = 8
