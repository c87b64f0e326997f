package harness

import (
	"context"
	"fmt"
	"time"

	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/results"
)

// minCall is how long a timed call should last, so that the transport (about 0.1 ms) is a thousandth of it: shorter
// solves are repeated inside one call.
const minCall = 100 * time.Millisecond

// maxBatch bounds the solves inside one call.
const maxBatch = 100_000

// The flags of runs.
const (
	// flagClocks: the harness's clock and the plugin's disagree about most of the timed calls.
	flagClocks = "clocks-disagree"
	// flagInline: there was no room for shared memory, and the times include sending the arrays in messages.
	flagInline = "arrays-in-messages"
)

// timedCall is a call of Solve.
type timedCall struct {
	phase       string // for people
	batch       int    // solves in it
	warmup      bool   // its time does not count
	checkpoints bool
}

// repeat takes the timed repetitions, after first, and returns the last. Times are those of a call divided by its solves.
func (m *measured) repeat(ctx context.Context, session *host.Session, first host.Solved) (last host.Solved, err error) {
	batch, err := m.calibrate(ctx, session, first)
	if err != nil {
		return last, err
	}
	disagree := 0
	for i := 1; i <= m.settings.Repetitions; i++ {
		last, err = m.limitedSolve(ctx, session, timedCall{phase: fmt.Sprintf("repetition %d/%d", i, m.settings.Repetitions), batch: batch})
		if err != nil {
			return last, err
		}
		if clocksDisagree(last.Wall, last.Plugin) {
			disagree++
		}
	}
	if 2*disagree > m.settings.Repetitions {
		m.run.Flags = append(m.run.Flags, flagClocks)
	}
	return last, nil
}

// calibrate finds how many solves make a call that lasts minCall. It starts from the first solve and, as that was slower
// than the others will be (caches, page faults), tries what it finds; the calls warm up too.
func (m *measured) calibrate(ctx context.Context, session *host.Session, first host.Solved) (int, error) {
	batch, took := 1, first.Plugin // the rest of its wall time is paid once a call, not once a solve
	if took <= 0 || took > first.Wall {
		took = first.Wall
	}
	for took < minCall/2 && batch < maxBatch {
		fitting := int(float64(minCall) / (float64(took) / float64(batch)))
		batch = min(fitting+1, 100*batch, maxBatch)
		s, err := m.limitedSolve(ctx, session, timedCall{phase: "warming up", batch: batch, warmup: true})
		if err != nil {
			return 0, err
		}
		took = s.Wall
	}
	return batch, nil
}

// clocksDisagree says whether what a call took by our clock and by the plugin's differs by more than a slow round trip,
// or the plugin claims more time than has passed.
func clocksDisagree(wall, plugin time.Duration) bool {
	return plugin > wall || wall-plugin > max(wall/20, 5*time.Millisecond)
}

// limitedSolve is solve within the time limit, which is meant for one solve: a call of many short ones is given a second
// more.
func (m *measured) limitedSolve(ctx context.Context, session *host.Session, call timedCall) (host.Solved, error) {
	limit := m.settings.Timeout
	if call.batch > 1 {
		limit += time.Second
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	s, err := m.solve(limited, session, call)
	return s, overdue(limited, err, limit)
}

// solve makes one call and records it as a repetition.
func (m *measured) solve(ctx context.Context, session *host.Session, call timedCall) (host.Solved, error) {
	m.progress(call.phase, 0, "")
	started := time.Now()
	s, err := session.Solve(ctx, host.SolveConfig{
		Repeat: call.batch, Checkpoints: call.checkpoints,
		OnProgress: func(fraction float64, message string) { m.progress(call.phase, fraction, message) },
	})
	if err != nil {
		return s, err
	}
	n := float64(call.batch)
	m.run.Evaluations = int64(s.Evaluations.Count / call.batch)
	m.run.Repetitions = append(m.run.Repetitions, results.Repetition{
		Index: len(m.run.Repetitions), Warmup: call.warmup, Batch: call.batch, Started: started.UTC(),
		WallSeconds: s.Wall.Seconds() / n, PluginSeconds: s.Plugin.Seconds() / n,
		UserSeconds: s.Usage.User.Seconds() / n, SystemSeconds: s.Usage.System.Seconds() / n,
		OracleSeconds: s.Evaluations.Time.Seconds() / n, PeakMemoryBytes: s.Usage.PeakMemory,
		Evaluations: m.run.Evaluations,
	})
	return s, nil
}
