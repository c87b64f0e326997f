package harness

import (
	"context"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/internal/rogue"
	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
)

// A plugin that looks faster than it is by giving answers that it has not computed is not solved; that it was right the first
// time does not help it.
func TestCheatsWithAnswers(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector, and has no concurrency that others lack")
	}
	wrong := one(results.Inaccurate)
	trials := map[string]trial{
		"gives the first answer again":                    {solver: "rogue[mode=cached]", statuses: wrong, says: "repetition 1"},
		"computes only the last of a batch":               {start: "cheat-last-only", statuses: wrong, says: "repetition 1, which has another input"},
		"gives the answer to the input before":            {start: "cheat-previous", statuses: wrong, says: "repetition 1, which has another input"},
		"foresees the next input":                         {start: "cheat-predict", statuses: wrong, says: "repetition 1, which has another input"},
		"leaves the answers that it gave before":          {start: "cheat-same-slots", statuses: wrong, says: "repetition 1"},
		"does half the work every second time":            {start: "cheat-half-later", statuses: wrong, says: "which has another input"},
		"works only while checkpoints are asked for":      {start: "cheat-for-show", suite: func(s *Suite) { s.Checkpoints = 3 }, statuses: wrong, says: "another input"},
		"makes its input one that it knows the answer to": {start: "cheat-write-input", statuses: one(results.ProtocolError), says: "has changed its input in repetition 1"},
	}
	for name, tr := range trials {
		tr.repetitions = 3
		trials[name] = tr
	}
	all(t, trials)
}

// What cannot be told to be wrong is marked.
func TestCheatsWithTime(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector, and has no concurrency that others lack")
	}
	for name, tr := range map[string]trial{
		"works on after its answer":               {start: "cheat-background", repetitions: 3, slow: 80, flag: flagBackground},
		"has a child work on after its answer":    {start: "cheat-background-child", repetitions: 3, slow: 80, flag: flagBackground},
		"says that it took a quarter of the time": {start: "cheat-clock-slow", flag: flagClocks},
		"says that it took no time":               {start: "cheat-clock-stopped", flag: flagClocks},
		"says that it took four times as long":    {start: "cheat-clock-fast", flag: flagClocks},
		"says that its checkpoints came earlier":  {start: "early-checkpoint", suite: func(s *Suite) { s.Checkpoints = 1 }, flag: flagClocks},
		"says that it sent checkpoints meanwhile": {start: "free-checkpoints", flag: flagClocks},
		"takes no inputs but the first":           {start: "slow", flag: flagRepeated},
		"is not verified but for the last answer": {start: "cheat-honest", suite: func(s *Suite) { s.Verify = VerifyLast }, flag: flagUnverified},
	} {
		t.Run(name, func(t *testing.T) {
			tr.statuses = one(results.Solved)
			tr.make(t)
		})
	}
}

// Who does not cheat is not marked as one who does.
func TestHonestPluginIsNotMarked(t *testing.T) {
	r := trial{start: "cheat-honest", repetitions: 3, statuses: one(results.Solved)}.make(t)
	for _, flag := range []string{flagBackground, flagRepeated, flagUnverified} {
		if slices.Contains(r.Flags, flag) {
			t.Errorf("flags %v, expected no %s; %v s of background work", r.Flags, flag, r.BackgroundSeconds)
		}
	}
	if r.Verified == 0 || r.Answers < 3 {
		t.Errorf("%d of %d answers verified", r.Verified, r.Answers)
	}
}

// Work that is moved into Prepare is told, and can be charged.
func TestWorkInPrepareIsTold(t *testing.T) {
	r := trial{solver: "rogue[mode=prepare-works]", statuses: one(results.Solved)}.make(t)
	least := rogue.PrepareTime.Seconds()
	if r.SetupSeconds < least {
		t.Errorf("setting up took %v s, expected %v at least", r.SetupSeconds, least)
	}
	if charged := rank.NewRow(r, rank.Settings{ChargeSetup: true}); charged.MedianSeconds == nil || *charged.MedianSeconds < least {
		t.Errorf("charged: %+v, expected a median of %v at least", charged, least)
	}
}

// Evaluations of an oracle that are made ahead of the solve, or after it, count where answers are judged by their number; so
// what is learnt of it in Prepare is not free.
func TestEvaluationsAsideCount(t *testing.T) {
	in := &countedInstance{}
	m := &measured{run: &results.Run{Evaluations: 3}, asides: 4}
	if _, err := m.evaluate(t.Context(), in, nil); err != nil || in.evaluations != 7 {
		t.Errorf("judged by %d evaluations, error %v, expected 7", in.evaluations, err)
	}
}

type countedInstance struct {
	echoInstance
	evaluations int
}

func (c *countedInstance) EvaluateRun(_ context.Context, _ proto.Message, evaluations int) (problems.Evaluation, error) {
	c.evaluations = evaluations
	return problems.Evaluation{}, nil
}

// Sending checkpoints is not believed to have taken longer than it can.
func TestOversent(t *testing.T) {
	const ms = time.Millisecond
	for _, tt := range []struct {
		wall, sending time.Duration
		checkpoints   int
		bytes         int64
		want          bool
	}{
		{100 * ms, 4 * ms, 0, 0, false},
		{100 * ms, 20 * ms, 0, 0, true},
		{100 * ms, 20 * ms, 20, 0, false},
		{time.Second, 40 * ms, 0, 0, false},
		{time.Second, 900 * ms, 20, 0, true},
		{4 * time.Second, 2 * time.Second, 4, 256 << 20, false}, // large ones take long to copy
	} {
		solved := host.Solved{Wall: tt.wall, Sending: tt.sending, Checkpoints: make([]host.Checkpoint, tt.checkpoints)}
		if got := oversent(solved, 1e-4, tt.bytes); got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
	}
}

// A solver that is faster from its second solve on is timed by those, and its first solve is told beside them.
func TestFasterLater(t *testing.T) {
	r := trial{start: "cheat-faster-later", repetitions: 3, statuses: one(results.Solved)}.make(t)
	if r.FirstSeconds < rogue.Work.Seconds() {
		t.Errorf("the first solve took %v s, expected %v at least", r.FirstSeconds, rogue.Work)
	}
	timed := 0
	for i, rep := range r.Repetitions {
		if rep.Warmup {
			continue
		}
		timed++
		if i == 0 || rep.WallSeconds < (rogue.Work/2).Seconds() {
			t.Errorf("repetition %d: %+v, expected one after the first, of %v at least", i, rep, rogue.Work/2)
		}
	}
	if timed != 3 || !r.Repetitions[0].Warmup {
		t.Errorf("%d timed repetitions of %d, expected 3 after others", timed, len(r.Repetitions))
	}
}

// No variation tells which one is next: those of a batch differ, and where it begins is drawn.
func TestVariationsCannotBeForeseen(t *testing.T) {
	r, err := newRig(t.Context(), &Settings{NoProbes: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	in, err := r.inputs(t.Context(), (&variedInstance{echoInstance{n: 1}, 0}).vary(0))
	if err != nil {
		t.Fatal(err)
	}
	const batches, size = 20, 5
	steps, seen := map[float64]bool{}, map[float64]bool{}
	last := 0.0
	for range batches {
		drawn, err := in.draw(t.Context(), size)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range drawn {
			now := v.(*variedInstance).f[0]
			seen[now] = true
			if i == 0 {
				steps[now-last] = true
			}
			last = now
		}
	}
	if len(steps) != batches || len(seen) != batches*size {
		t.Errorf("%d different steps between %d batches, %d inputs of %d", len(steps), batches, len(seen), batches*size)
	}
}
