package harness

import (
	"context"
	"fmt"
	"time"

	"github.com/solverbench/solverbench/results"
)

// Bounds on the runs of a block that are open at once: the others wait until these are done.
const (
	maxOpen       = 12
	maxOpenMemory = 0.4 // of the machine's
)

// block is the runs on one instance. Their repetitions take turns, in an order drawn anew for every round, so that a drift of
// the machine hits all alike, and between rounds a probe tells how calm the machine is. A process is awake while it solves
// and frozen otherwise: when it gets its inputs, when its answers are judged, and while others have their turn.
type block struct {
	rig    *rig
	runs   []*measured
	memory int64 // of the machine
	// begun is called before a run begins, ended once it is all that it will be.
	begun, ended func(*measured) error
	// turn is called when another run is at it.
	turn func(*measured)
}

// measure makes the runs. It returns the first error that is not a run's own; runs that could not be made because of an
// interruption have been ended as cancelled.
func (b *block) measure(ctx context.Context) error {
	for waiting := b.runs; len(waiting) > 0; {
		n, err := b.some(ctx, waiting)
		if err != nil {
			return err
		}
		waiting = waiting[n:]
	}
	return nil
}

// some makes the first n of the waiting runs: as many as may be open at once.
func (b *block) some(ctx context.Context, waiting []*measured) (n int, err error) {
	var open []*measured
	defer func() {
		for _, m := range open { // after an error
			m.run.Status, m.run.Reason = results.Cancelled, "interrupted"
			m.end(ctx)
		}
	}()
	var memory, largest int64
	for n < len(waiting) && len(open) < maxOpen && float64(memory+largest) <= maxOpenMemory*float64(b.memory) {
		m := waiting[n]
		n++
		if ctx.Err() != nil {
			continue // begins no more
		}
		solved, err := b.begin(ctx, m)
		if solved {
			open = append(open, m)
			largest = max(largest, m.peak)
			memory += m.peak
		}
		if err != nil {
			return n, err
		}
	}
	before := b.rig.probe()
	for len(open) > 0 {
		if open, err = b.round(ctx, open, before); err != nil {
			return n, err
		}
		after := b.rig.probe()
		if open, err = b.close(open, after); err != nil {
			return n, err
		}
		before = after
	}
	return n, nil
}

// begin begins a run and says whether it is open for repetitions; if not, it has ended.
func (b *block) begin(ctx context.Context, m *measured) (open bool, err error) {
	if err := b.begun(m); err != nil {
		return false, err
	}
	b.turn(m)
	if err := m.begin(ctx); err != nil {
		m.failed = err
	}
	if m.client == nil {
		return false, b.ended(m)
	}
	return true, m.pause()
}

// round gives every open run a repetition, and returns those that are still open; runs that have ended otherwise than
// solved are closed already.
func (b *block) round(ctx context.Context, open []*measured, before float64) ([]*measured, error) {
	b.rig.order.Shuffle(len(open), func(i, k int) { open[i], open[k] = open[k], open[i] })
	var still []*measured
	for i, m := range open {
		b.turn(m)
		last, err := m.repetition(ctx, before)
		m.last = last
		if err = m.settle(ctx, err); err != nil {
			m.failed = err
		}
		if m.client == nil {
			if err := b.ended(m); err != nil {
				return append(still, open[i+1:]...), err
			}
			continue
		}
		still = append(still, m)
	}
	return still, nil
}

// close ends the runs that have been repeated enough, and returns the others. Which noise there was after their
// last repetition is known now.
func (b *block) close(open []*measured, after float64) ([]*measured, error) {
	var still []*measured
	for i, m := range open {
		r := &m.run.Repetitions[len(m.run.Repetitions)-1]
		r.Noise = max(r.Noise, after)
		if !m.last {
			still = append(still, m)
			continue
		}
		m.rest()
		m.end(context.Background())
		if err := b.ended(m); err != nil {
			return append(still, open[i+1:]...), err
		}
	}
	return still, nil
}

// wake lets the plugin go on.
func (m *measured) wake() error {
	if err := m.client.Thaw(); err != nil {
		return fmt.Errorf("waking the plugin: %w", err)
	}
	return nil
}

// pause freezes the plugin until its next turn.
func (m *measured) pause() error {
	if err := m.client.Freeze(); err != nil {
		return fmt.Errorf("freezing the plugin between its turns: %w", err)
	}
	return nil
}

// rest gives a plugin that is done a moment in which to be seen at work that it should have finished, and a longer one if it
// seems to be.
func (m *measured) rest() {
	if err := m.client.Thaw(); err != nil {
		return // it ends now anyway
	}
	began := m.client.Usage().CPU()
	now := began
	for rested := restTime; rested <= longestRest && !m.restless; rested += restTime {
		time.Sleep(restTime)
		now = m.client.Usage().CPU()
		if now-began < rested/20 {
			break
		}
		m.restless = now-began > minBackground
	}
	m.idled(now)
}

const (
	restTime    = 50 * time.Millisecond // on a busy machine it has a turn in that time
	longestRest = 300 * time.Millisecond
)
