package harness

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/solverbench/solverbench/results"
)

// Short solves are repeated inside calls of one length, after calls that only warm up; the plugin's clock never
// shows more than ours. A first solve that takes much longer than the others changes nothing.
func TestTimedCalls(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector, and has no concurrency that others lack")
	}
	for _, mode := range []string{"copy", "slow-first"} {
		t.Run(mode, func(t *testing.T) { timedCalls(t, mode) })
	}
}

func timedCalls(t *testing.T, mode string) {
	c := catalog(t)
	suite := AdHoc([]string{"test/echo[n=8]"}, []string{"rogue[mode=" + mode + "]"})
	suite.Repetitions = 3
	jobs, err := c.Plan(suite)
	if err != nil {
		t.Fatal(err)
	}
	e := experiment(t, c, suite, filepath.Join(t.TempDir(), "x.db"))
	if _, err := e.Start(t.Context(), jobs); err != nil {
		t.Fatal(err)
	}
	runs, err := e.Store.Runs(t.Context(), results.Filter{})
	if err != nil || len(runs) != 1 || runs[0].Status != results.Solved {
		t.Fatalf("runs %+v, error %v, expected one that is solved", runs, err)
	}
	timed, batch, peak := 0, 0, int64(0)
	for i, r := range runs[0].Repetitions {
		if r.Batch == 1 {
			peak = max(peak, r.PeakMemoryBytes)
		}
		if r.Index != i || r.WallSeconds <= 0 || r.PluginSeconds <= 0 || r.PluginSeconds > r.WallSeconds {
			t.Errorf("repetition %d: %+v, expected the plugin's time within ours", i, r)
		}
		switch {
		case r.Warmup && timed > 0:
			t.Errorf("repetition %d warms up after %d timed ones", i, timed)
		case !r.Warmup && timed > 0 && r.Batch != batch:
			t.Errorf("repetition %d is of %d solves, the one before of %d", i, r.Batch, batch)
		case !r.Warmup:
			timed++
			batch = r.Batch
		}
	}
	if one := runs[0].Repetitions[0]; one.Batch != 1 || runs[0].PeakMemoryBytes != peak {
		t.Errorf("peak memory %d, expected that of the calls of one solve, %d; the first: %+v", runs[0].PeakMemoryBytes, peak, one)
	}
	if timed != 3 || batch < 2 {
		t.Errorf("%d timed calls of %d solves, expected 3 of several", timed, batch)
	}
}

func TestClocksDisagree(t *testing.T) {
	const ms = time.Millisecond
	for _, tt := range []struct {
		wall, plugin time.Duration
		want         bool
	}{
		{100 * ms, 99 * ms, false},
		{time.Second, 960 * ms, false},
		{time.Second, 940 * ms, true},
		{ms, 0, false}, // a round trip
		{100 * ms, 0, true},
		{100 * ms, 101 * ms, true},
	} {
		if got := clocksDisagree(tt.wall, tt.plugin, 0); got != tt.want {
			t.Errorf("%v by us, %v by the plugin: %v, expected %v", tt.wall, tt.plugin, got, tt.want)
		}
	}
}

// Who uses more CPU time than its threads can is marked.
func TestMoreCores(t *testing.T) {
	for _, tt := range []struct {
		threads int
		cpu     time.Duration
		want    bool
	}{
		{1, 1900 * time.Millisecond, false},
		{1, 2300 * time.Millisecond, false}, // accounting
		{1, 2500 * time.Millisecond, true},
		{2, 3900 * time.Millisecond, false},
		{2, 5 * time.Second, true},
	} {
		m := &measured{
			settings: &Settings{Threads: tt.threads, Repetitions: 1}, rig: &rig{}, spent: 2 * time.Second, cpu: tt.cpu, times: []float64{2},
			run: &results.Run{Repetitions: []results.Repetition{{WallSeconds: 2}}},
		}
		m.conclude()
		if got := slices.Contains(m.run.Flags, flagCores); got != tt.want {
			t.Errorf("%v of CPU time in 2 s with %d threads: flags %v, want %s: %v", tt.cpu, tt.threads, m.run.Flags, flagCores, tt.want)
		}
	}
}
