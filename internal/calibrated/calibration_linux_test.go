package calibrated_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/internal/calibrated"
	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
)

func TestMain(m *testing.M) {
	calibrated.Main()
	os.Exit(m.Run())
}

// strict is the variable of the environment that has TestMedians demand of the machine that it is calm: that the median, and
// not only the least disturbed repetition, is close to the truth.
const strict = "SOLVERBENCH_CALIBRATION"

// observer sorts what was measured inside the solves by the runs, which take turns.
type observer struct {
	t     *testing.T
	at    string
	truth map[string][]calibrated.Truth
}

func (o *observer) Planned([]harness.Scheduled, int)                    {}
func (o *observer) Started(run harness.Scheduled)                       { o.at = run.Configuration.String() }
func (o *observer) Progress(harness.Scheduled, string, float64, string) {}
func (o *observer) Repeated(harness.Scheduled, []float64)               {}
func (o *observer) Finished(*results.Run)                               {}
func (o *observer) Failed(run harness.Scheduled, err error) {
	o.t.Errorf("%v: %v", run.Configuration, err)
}
func (o *observer) Warned(string)               {}
func (o *observer) seen(truth calibrated.Truth) { o.truth[o.at] = append(o.truth[o.at], truth) }

// timed is a run with what was measured inside every one of its timed solves.
type timed struct {
	results.Run
	truth []calibrated.Truth
}

// carryOut makes the runs of an experiment with the calibrated plugin, every answer of which is verified.
func carryOut(t *testing.T, name string, settings harness.Settings, solvers ...string) []timed {
	plugin, err := harness.LoadPlugin(t.Context(), host.Program{Command: calibrated.Command()}, false)
	if err != nil {
		t.Error(err)
		return nil
	}
	o := &observer{t: t, truth: map[string][]calibrated.Truth{}}
	catalog := &harness.Catalog{Families: []problems.Family{calibrated.Family(o.seen)}, Plugins: []*harness.Plugin{plugin}}
	suite := harness.AdHoc([]string{"calibrated/copy"}, solvers)
	settings.Threads, settings.Timeout, settings.Verify = 1, suite.Timeout, harness.VerifyAll
	suite.Settings = settings
	jobs, err := catalog.Plan(suite)
	if err != nil {
		t.Error(err)
		return nil
	}
	store, err := results.Open(t.Context(), filepath.Join(t.TempDir(), name+".db"))
	if err != nil {
		t.Error(err)
		return nil
	}
	defer store.Close()
	e := &harness.Experiment{
		Catalog: catalog, Suite: suite, Store: store, Observer: o, Null: calibrated.Null(), Command: []string{"test"}, Version: "test",
	}
	if _, err := e.Start(t.Context(), jobs); err != nil {
		t.Error(err)
		return nil
	}
	runs, err := store.Runs(t.Context(), results.Filter{})
	if err != nil {
		t.Error(err)
		return nil
	}
	var out []timed
	for _, r := range runs {
		truth := o.truth[r.Configuration.Label]
		if r.Status != results.Solved || len(truth) != 1+r.Answers || r.Answers == 0 {
			t.Errorf("%s: %s (%s) with %d answers of which %d were seen", r.Configuration.Label, r.Status, r.Reason, r.Answers, len(truth))
			continue
		}
		out = append(out, timed{r, truth[1:]}) // the first solve is not timed
	}
	return out
}

// repetition is what a timed call took a solve, in seconds: as recorded, and as measured inside its solves.
type repetition struct {
	results.Repetition
	cpu, wall float64
}

func (r *timed) repetitions() []repetition {
	var out []repetition
	rest := r.truth
	for _, rep := range r.Repetitions {
		if rep.Warmup {
			continue
		}
		mean := repetition{Repetition: rep}
		for _, truth := range rest[:rep.Batch] {
			mean.cpu += truth.CPU.Seconds() / float64(rep.Batch)
			mean.wall += truth.Wall.Seconds() / float64(rep.Batch)
		}
		rest = rest[rep.Batch:]
		out = append(out, mean)
	}
	return out
}

// allowed is how far a time may be from the truth: 2 % or 20 µs.
func allowed(truth float64) float64 { return max(0.02*truth, 20e-6) }

// disturbed is how far it may be on a machine of which nothing is known.
func disturbed(truth float64) float64 { return truth / 2 }

// TestMedians: the time that is reported is the truth, within 2 % or 20 µs.
//
// All bounds are on what the machine does between the clock inside a solve and ours outside, in the same calls: it may be of
// any speed. It may also be busy, and stop either side between the two clocks, which makes our time longer and never
// shorter. So the upper bound is wide, and on the least disturbed of the repetitions, unless the environment says that the
// machine is calm: then it is 2 % or 20 µs, and on the median.
func TestMedians(t *testing.T) {
	reps := 6
	if testing.Short() {
		reps = 2
	}
	for _, r := range carryOut(t, "medians", harness.Settings{Repetitions: reps}, "calibrated[how=burn|sleep,us=100|1000|10000|100000]") {
		var excess, wall, truth []float64
		for i, rep := range r.repetitions() {
			const rounding = 1e-9
			if rep.WallSeconds < rep.wall-rounding || rep.PluginSeconds < rep.wall-rounding || rep.PluginSeconds > rep.WallSeconds {
				t.Errorf("%s, repetition %d: %v s by our clock, %v s by the plugin's, %v s inside the solves: expected one within the other",
					r.Configuration.Label, i, rep.WallSeconds, rep.PluginSeconds, rep.wall)
			}
			excess = append(excess, rep.WallSeconds-rep.wall)
			wall, truth = append(wall, rep.WallSeconds), append(truth, rep.wall)
			r.checkCPU(t, i, rep)
		}
		row := rank.NewRow(&r.Run, rank.Defaults)
		if *row.MedianSeconds != median(wall) {
			t.Errorf("%s: %v s reported, the median is %v s", r.Configuration.Label, *row.MedianSeconds, median(wall))
		}
		off := median(wall) - median(truth)
		if least := slices.Min(excess); least > disturbed(median(truth)) {
			t.Errorf("%s: every repetition is off the truth by %v s or more, of %v s", r.Configuration.Label, least, median(truth))
		}
		if os.Getenv(strict) != "" && math.Abs(off) > allowed(median(truth)) {
			t.Errorf("%s: %v s reported, which is off the truth by %v s", r.Configuration.Label, median(wall), off)
		}
		t.Logf("%-40s %9.3f ms inside, reported %+7.2f µs (%+.2f %%), batches of %d, noise %.2f", r.Configuration.Label,
			1e3*median(truth), 1e6*off, 100*off/median(truth), r.Repetitions[len(r.Repetitions)-1].Batch, r.Noise)
	}
}

// checkCPU checks the CPU time of a repetition: of all threads and calls, so it is at least that of the solves.
func (r *timed) checkCPU(t *testing.T, i int, rep repetition) {
	const tick = 0.01 // where there is no cgroup that accounts for it, twice
	cpu := rep.UserSeconds + rep.SystemSeconds
	if cpu < rep.cpu-2*tick/float64(rep.Batch) {
		t.Errorf("%s, repetition %d: %v s of CPU time recorded, %v s used inside the solves", r.Configuration.Label, i, cpu, rep.cpu)
	}
}

func median(x []float64) float64 {
	s := slices.Sorted(slices.Values(x))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// TestIntervals: the intervals that are reported cover the truth as often as they say. The plugin sleeps for times that it draws
// anew; the truth is the median of what all solves took, as measured inside. Every run has its own sample of
// that, and is an interval's trial.
func TestIntervals(t *testing.T) {
	if testing.Short() {
		t.Skip("makes 48 runs")
	}
	const experiments, each, reps = 8, 6, 6
	made := make([][]timed, experiments)
	var all sync.WaitGroup // they sleep: many fit on a core
	for i := range experiments {
		all.Go(func() {
			made[i] = carryOut(t, fmt.Sprint("intervals", i), harness.Settings{Repetitions: reps},
				fmt.Sprintf("calibrated[how=sleep,us=100000,spread=0.3,run=1..%d]", each))
		})
	}
	all.Wait()
	runs := slices.Concat(made...)
	var inside []float64
	for _, r := range runs {
		for _, truth := range r.truth {
			inside = append(inside, truth.Wall.Seconds())
		}
	}
	truth := median(inside)
	for _, confidence := range []float64{0.5, 0.95} {
		settings := rank.Defaults
		settings.Confidence = confidence
		covered, stated := 0, 0.0
		for _, r := range runs {
			row := rank.NewRow(&r.Run, settings)
			stated = row.Confidence
			if *row.LoSeconds <= truth && truth <= *row.HiSeconds {
				covered++
			}
		}
		t.Logf("%d of %d intervals cover the truth, %.1f %% of them, %.2f %% are to", covered, len(runs), 100*float64(covered)/float64(len(runs)), 100*stated)
		if p := atMost(covered, len(runs), stated); p < 1e-6 {
			t.Errorf("so few by chance: %v", p)
		}
		if p := 1 - atMost(covered-1, len(runs), stated); p < 1e-6 {
			t.Errorf("so many by chance: %v", p)
		}
	}
}

// atMost is the probability of at most k successes of n.
func atMost(k, n int, p float64) float64 {
	sum := 0.0
	for i := 0; i <= k; i++ {
		a, _ := math.Lgamma(float64(n + 1))
		b, _ := math.Lgamma(float64(i + 1))
		c, _ := math.Lgamma(float64(n - i + 1))
		sum += math.Exp(a - b - c + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
	}
	return sum
}
