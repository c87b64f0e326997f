package harness

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/solverbench/solverbench/harness/measure"
	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/results"
)

// minCall is how long a timed call should last, so that the transport (about 0.1 ms) is a thousandth of it: shorter
// solves are repeated inside one call.
const minCall = 100 * time.Millisecond

// maxBatch bounds the solves inside one call.
const maxBatch = 100_000

// The flags of runs: doubts about a measurement. Package rank has the words for people.
const (
	flagClocks     = "clocks-disagree"    // the harness's clock and the plugin's, about most of the timed calls
	flagInline     = "arrays-in-messages" // there was no room for shared memory: the times include sending the arrays
	flagNoisy      = "noisy"              // the machine was disturbed beside a quarter of the repetitions
	flagImprecise  = "imprecise"          // the budget was spent, or the most repetitions made, before the interval was as narrow as asked for
	flagBackground = "background-work"    // the plugin used CPU time after its answers
	flagRepeated   = "inputs-repeat"      // solves had equal inputs: an answer may be an earlier one
	flagNotPinned  = "not-pinned"         // the plugin shares its cores with the harness
	flagSampled    = "memory-sampled"     // peak memory was seen by looking now and then
	flagDisk       = "arrays-on-disk"     // there was no room in memory: pages of the arrays may have to be read and written
	flagCores      = "more-cores"         // more CPU time was used than the threads asked for can
	flagUnverified = "unverified"         // only the last answer was verified
)

// timedCall is a call of Solve.
type timedCall struct {
	phase       string // for people
	batch       int    // solves in it
	warmup      bool   // its time does not count
	checkpoints bool
}

// ready finds how many solves make a timed call, and gives each of them an input of its own. It starts from the first solve
// and, as that was slower than the others will be (caches, page faults), tries what it finds; the calls warm up too.
func (m *measured) ready(ctx context.Context) error {
	m.batch = 1
	var err error
	if m.inputs, err = m.rig.inputs(ctx, m.instance); err != nil {
		return err
	}
	first := m.run.Repetitions[0]
	took := first.PluginSeconds // the rest of its wall time is paid once a call, not once a solve
	if took <= 0 || took > first.WallSeconds {
		took = first.WallSeconds
	}
	if err := m.grow(ctx, time.Duration(took*float64(time.Second))); err != nil {
		return err
	}
	m.answered = m.client.Usage()
	return nil
}

// grow makes the batch as large as a timed call needs it for solves that take so long.
func (m *measured) grow(ctx context.Context, solve time.Duration) error {
	for {
		batch := measure.Batch(solve, minCall, m.batch, maxBatch)
		if err := m.load(ctx, batch); err != nil {
			return err
		}
		if batch == m.batch {
			break
		}
		m.batch = batch
		if err := m.fill(ctx); err != nil {
			return err
		}
		s, err := m.limitedSolve(ctx, timedCall{phase: "warming up", batch: batch, warmup: true})
		if err != nil {
			return err
		}
		solve = s.Wall / time.Duration(batch)
	}
	if m.slots < m.batch {
		m.doubt(flagRepeated)
	}
	return nil
}

// load makes room for the inputs and answers of a batch, as far as memory goes: where there is less, for half as many, and so on.
func (m *measured) load(ctx context.Context, batch int) error {
	if m.inputs == nil {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, m.settings.Timeout.Duration)
	defer cancel()
	one := host.SolutionBytes(m.instance.SolutionShapes()) + host.DataBytes(m.instance.Task())
	for n := max(1, min(batch, slotMemory/max(one, 1))); n > m.slots; n /= 2 {
		err := m.session.Load(limited, n)
		var full *host.NoRoomError
		switch {
		case errors.As(err, &full) && n > 1:
			continue
		case errors.Is(err, host.ErrNoSlots), errors.As(err, &full):
			m.warn(fmt.Errorf("inputs are not varied: %w", err))
			m.inputs = nil
			return nil
		case err != nil:
			return overdue(limited, err, m.settings.Timeout.Duration)
		}
		m.slots = n
		m.mindDisk()
		return nil
	}
	return nil
}

// mindDisk flags a run whose arrays are on a disk.
func (m *measured) mindDisk() {
	if m.session.OnDisk() {
		m.doubt(flagDisk)
	}
}

// fill gives every slot a new input.
func (m *measured) fill(ctx context.Context) error {
	if m.slots == 0 {
		return nil
	}
	var err error
	if m.given, err = m.inputs.draw(ctx, m.slots); err != nil {
		return err
	}
	for k, instance := range m.given {
		if err := m.session.Put(k, instance.Task()); err != nil {
			return err
		}
	}
	return nil
}

// repetition makes one timed call and verifies answers of it. It says whether it was the last of the run, by the policy or
// because an answer was wrong.
func (m *measured) repetition(ctx context.Context, before float64) (last bool, err error) {
	if err := m.fill(ctx); err != nil {
		return true, err
	}
	if err := m.wake(); err != nil {
		return true, err
	}
	phase := fmt.Sprintf("repetition %d", len(m.times)+1)
	if n := m.settings.Repetitions; n > 0 {
		phase += fmt.Sprintf(" of %d", n)
	}
	solved, err := m.limitedSolve(ctx, timedCall{phase: phase, batch: m.batch})
	if err != nil {
		return true, err
	}
	// From here on it can do nothing, neither to the answers that it gave nor for those to come.
	if err := m.pause(); err != nil {
		return true, err
	}
	r := &m.run.Repetitions[len(m.run.Repetitions)-1]
	r.Noise = before
	// A plugin that compiles itself in its first solve, say, has made us expect solves far longer than they are.
	took := solved.Wall / time.Duration(m.batch)
	if len(m.times) == 0 && solved.Wall < minCall/2 && measure.Batch(took, minCall, m.batch, maxBatch) > m.batch {
		r.Warmup = true
		if err := m.wake(); err != nil {
			return true, err
		}
		if err := m.grow(ctx, took); err != nil {
			return true, err
		}
		m.answered = m.client.Usage()
		return false, m.pause()
	}
	m.times = append(m.times, r.WallSeconds)
	m.repeated()
	m.spent += solved.Wall
	m.cpu += solved.Usage.CPU()
	m.idled(solved.After.CPU() - solved.Usage.CPU())
	m.answered = solved.After
	if clocksDisagree(solved.Wall, solved.Plugin, m.run.TransportSeconds) || solved.Closing > slowClosing {
		m.disagree++
	}
	stop, last := m.settings.policy().Done(m.times, m.spent)
	m.run.Stopped = results.Stop(stop)
	if err := m.verify(ctx, solved, last); err != nil {
		return true, err
	}
	return last || m.run.Status != results.Solved, nil
}

// conclude sums up what the repetitions were like.
func (m *measured) conclude() {
	n := len(m.times)
	if n == 0 {
		return
	}
	m.run.Precision = m.settings.policy().Interval(m.times).Precision()
	m.run.BackgroundSeconds = m.idle.Seconds()
	var ratios []float64
	for _, r := range m.run.Repetitions {
		if !r.Warmup {
			ratios = append(ratios, r.Noise)
		}
	}
	slices.Sort(ratios)
	m.run.Noise = ratios[min(3*n/4, n-1)]
	for _, check := range []struct {
		is   bool
		flag string
	}{
		{2*m.disagree > n || m.early, flagClocks},
		{m.rig.noisy(m.run.Noise), flagNoisy},
		{m.settings.Repetitions == 0 && m.last && !(m.run.Precision <= m.settings.Precision), flagImprecise},
		{m.restless || m.idle > minBackground && m.idle.Seconds() > maxBackground*m.cpu.Seconds(), flagBackground},
		{m.cpu.Seconds() > moreCores*float64(m.settings.Threads)*m.spent.Seconds(), flagCores},
		{m.settings.Verify == VerifyLast, flagUnverified},
	} {
		if check.is {
			m.doubt(check.flag)
		}
	}
}

// moreCores is how much more CPU time than threads times wall time is no longer a matter of accounting: a plugin can undo its pinning.
const moreCores = 1.2

// slowClosing is how long a call may go on after its result: a plugin that holds it open gains time to work in.
const slowClosing = 10 * time.Millisecond

// CPU time after the answers that is no cause for doubt: runtimes clean up.
const (
	minBackground = 10 * time.Millisecond
	maxBackground = 0.05 // of the time of the solves
)

// idled adds the CPU time that the plugin has used since its last answer, while there was nothing to do for it: it now has used
// so much altogether.
func (m *measured) idled(now time.Duration) { m.idle += max(now-m.answered.CPU(), 0) }

// clocksDisagree says whether what a call took by our clock and by the plugin's differs by more than a slow round trip,
// or the plugin claims more time than has passed.
func clocksDisagree(wall, plugin time.Duration, transport float64) bool {
	allowed := max(wall/20, 5*time.Millisecond) + time.Duration(transport*float64(time.Second))
	return plugin > wall || wall-plugin > allowed
}

// limitedSolve is solve within the time limit, which is meant for one solve: a call of many short ones is given a second
// more.
func (m *measured) limitedSolve(ctx context.Context, call timedCall) (host.Solved, error) {
	limit := m.settings.Timeout.Duration
	if call.batch > 1 {
		limit += time.Second
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	s, err := m.solve(limited, call)
	return s, overdue(limited, err, limit)
}

// solve makes one call and records it as a repetition.
func (m *measured) solve(ctx context.Context, call timedCall) (solved host.Solved, err error) {
	m.progress(call.phase, 0, "")
	started := time.Now()
	m.rig.aside(func() {
		solved, err = m.session.Solve(ctx, host.SolveConfig{
			Repeat: call.batch, Checkpoints: call.checkpoints,
			OnProgress: func(fraction float64, message string) { m.progress(call.phase, fraction, message) },
		})
	})
	if err != nil {
		return solved, err
	}
	n := float64(call.batch)
	m.asides += solved.Between
	m.run.Evaluations = int64((solved.Evaluations.Count + call.batch - 1) / call.batch) // a part of one was more than allowed
	m.run.Repetitions = append(m.run.Repetitions, results.Repetition{
		Index: len(m.run.Repetitions), Warmup: call.warmup, Batch: call.batch, Started: started.UTC(),
		WallSeconds: solved.Wall.Seconds() / n, PluginSeconds: solved.Plugin.Seconds() / n,
		UserSeconds: solved.Usage.User.Seconds() / n, SystemSeconds: solved.Usage.System.Seconds() / n,
		OracleSeconds: solved.Evaluations.Time.Seconds() / n, PeakMemoryBytes: solved.Usage.PeakMemory,
		Evaluations: m.run.Evaluations, BytesMoved: m.bytesMoved(),
		MinorFaults: solved.Usage.MinorFaults, MajorFaults: solved.Usage.MajorFaults,
		VoluntarySwitches: solved.Usage.VoluntarySwitches, InvoluntarySwitches: solved.Usage.InvoluntarySwitches,
	})
	m.account(solved.Usage, call.batch)
	return solved, nil
}

// account adds what a call has used to the run's sums. The memory of a run is that of a solve: the inputs and answers of a batch are
// ours, and there are more of them the faster a solver is.
func (m *measured) account(u host.Usage, batch int) {
	m.run.MinorFaults += u.MinorFaults
	m.run.MajorFaults += u.MajorFaults
	m.run.VoluntarySwitches += u.VoluntarySwitches
	m.run.InvoluntarySwitches += u.InvoluntarySwitches
	m.peak = max(m.peak, u.PeakMemory)
	if batch == 1 {
		m.run.PeakMemoryBytes = max(m.run.PeakMemoryBytes, u.PeakMemory)
	}
	m.run.PeakMemorySource = results.MemoryCgroup
	if u.Sampled {
		m.run.PeakMemorySource = results.MemorySampled
		m.doubt(flagSampled)
	}
}

// bytesMoved is what goes to the plugin and back for one solve, oracles apart.
func (m *measured) bytesMoved() int64 {
	return int64(host.DataBytes(m.instance.Task()) + host.SolutionBytes(m.instance.SolutionShapes()))
}
