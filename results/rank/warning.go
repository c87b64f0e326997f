package rank

import (
	"fmt"
	"math"
	"slices"

	"github.com/solverbench/solverbench/results"
)

// Warning is a reason to doubt a number. It travels with the number into every table and file.
type Warning struct {
	Code   string `json:"code"`   // stable: one of those below, or a flag that this version does not know
	Number Number `json:"number"` // that it is about
	Text   string `json:"text"`   // for people: what it means and what to do
}

// Number is a quantity of a row that a warning can be about.
type Number string

const (
	Place  Number = "rank"
	Time   Number = "time"
	Memory Number = "memory"
)

// Codes of the warnings that this package finds. The others are the flags of runs.
const (
	NotTimed        = "not-timed"
	TooFewSamples   = "too-few-samples"
	NoValue         = "no-value"
	FewVerified     = "few-verified"
	Transport       = "transport"
	OtherExperiment = "other-experiment"
	OtherMachine    = "other-machine"
	SetupUnknown    = "set-up-unknown"
	ByRange         = "place-by-range"
	OneInstance     = "one-instance"
)

// flags are what harnesses flag runs with. "show run" stands for the command that shows the repetitions of a run.
var flags = []Warning{
	{"noisy", Time, "something else kept the machine busy: a reference kernel beside these repetitions was slower than when " +
		"calm. Run again on an idle machine, or with --retry-noisy 2."},
	{"imprecise", Time, "the time budget was spent before the confidence interval was as narrow as asked for. Give it more " +
		"with --budget, or quiet the machine."},
	{"clocks-disagree", Time, "the plugin's own clock and the harness's disagree by more than a call costs. The harness's " +
		"counts; show run has both: the plugin's time may not be honest, or it works outside of the timed call."},
	{"background-work", Time, "the plugin went on using the CPU after its answer, so this may not be all the time that the " +
		"answer took. The CPU time shows it; show run has how much."},
	{"inputs-repeat", Time, "every repetition was given the same input, so a remembered answer could not be told from a " +
		"computed one. Compare with the first solve (--wide)."},
	{"arrays-on-disk", Time, "there was no room in memory for the arrays, and their pages may have been read and written during " +
		"the calls. Make /dev/shm larger: solverbench doctor says how large it is."},
	{"arrays-in-messages", Time, "arrays went through messages instead of shared memory, and sending them is part of this " +
		"time. Use an SDK that maps the segment, or compare at sizes where transport is small (--wide)."},
	{"more-cores", Time, "it used more CPU time than as many threads as it was asked to use can: it ran on more cores than the others. " +
		"--cpus holds plugins to their share."},
	{"not-pinned", Time, "it had no cores of its own, because the machine has too few: the harness and other programs ran on " +
		"the same ones. Use fewer --threads or a larger machine."},
	{"unverified", Time, "only the last answer was verified; those before it, which were timed too, may be wrong. Run with " +
		"--verify all or sample."},
	{"memory-sampled", Memory, "peak memory was sampled now and then, so that short peaks are missed. Where the harness may " +
		"use a cgroup the kernel measures it: solverbench doctor says how."},
}

// warn adds a warning unless the row has one with the same code.
func (r *Row) warn(code string, about Number, format string, args ...any) {
	if !slices.ContainsFunc(r.Warnings, func(w Warning) bool { return w.Code == code }) {
		r.Warnings = append(r.Warnings, Warning{Code: code, Number: about, Text: fmt.Sprintf(format, args...)})
	}
}

// carry turns what a run is flagged with into warnings. A flag of a newer harness is passed on.
func (r *Row) carry(run *results.Run) {
	for _, flag := range run.Flags {
		k := slices.IndexFunc(flags, func(w Warning) bool { return w.Code == flag })
		if k < 0 {
			r.warn(flag, Time, "the harness that made the run flagged it so; this version does not know what that means.")
			continue
		}
		if flag == "noisy" && run.Attempts > 1 {
			r.warn(flag, flags[k].Number, "something else kept the machine busy, each of the %d times that this was run. Run again on an idle machine.", run.Attempts)
			continue
		}
		r.warn(flag, flags[k].Number, "%s", flags[k].Text)
	}
	if run.PeakMemorySource == results.MemorySampled {
		w := flags[slices.IndexFunc(flags, func(w Warning) bool { return w.Code == "memory-sampled" })]
		r.warn(w.Code, w.Number, "%s", w.Text)
	}
}

// doubt warns of what the numbers of a solved row show.
func (r *Row) doubt(s Settings) {
	if r.TransportShare != nil && *r.TransportShare > s.Transport {
		r.warn(Transport, Time, "handing over calls and arrays took more than %g%% of this time, which is not the solver's. "+
			"Compare at larger sizes; --wide has the share.", 100*s.Transport)
	}
	few := min(r.Answers, s.Verified)
	if r.Answers > 0 && r.Verified < few && !slices.Contains(r.Flags, "unverified") {
		r.warn(FewVerified, Time, "fewer than %d of the timed answers were verified; the others may be wrong. Run with "+
			"--verify all.", s.Verified)
	}
}

// samplesFor returns how many samples an interval of the median needs for a confidence: all n fall on one side of the
// median with probability 2^(1-n).
func samplesFor(confidence float64) int {
	return max(2, int(math.Ceil(1-math.Log2(1-confidence))))
}
