package rank

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solverbench/solverbench/results"
)

func TestWarnings(t *testing.T) {
	calm := func(change func(*results.Run)) results.Run {
		r := run("a", around(1, 8)...)
		r.Answers, r.Verified, r.TransportSeconds, r.PeakMemorySource = 8, 8, 1e-4, results.MemoryCgroup
		change(&r)
		return r
	}
	for name, c := range map[string]struct {
		change func(*results.Run)
		want   string // codes with what they are about
	}{
		"none":              {func(*results.Run) {}, ""},
		"not timed":         {func(r *results.Run) { r.Repetitions = r.Repetitions[:1] }, "not-timed@time"},
		"five":              {func(r *results.Run) { r.Repetitions = r.Repetitions[:6] }, "too-few-samples@time"},
		"six":               {func(r *results.Run) { r.Repetitions = r.Repetitions[:7] }, ""},
		"transport":         {func(r *results.Run) { r.TransportSeconds = 0.02 }, "transport@time"},
		"transport batched": {func(r *results.Run) { r.TransportSeconds = 0.02; batch(r, 10) }, ""},
		"two verified":      {func(r *results.Run) { r.Verified = 2 }, "few-verified@time"},
		"three verified":    {func(r *results.Run) { r.Verified = 3 }, ""},
		"all two verified":  {func(r *results.Run) { r.Answers, r.Verified = 2, 2 }, ""},
		"last verified": {func(r *results.Run) { r.Verified = 1; r.Flags = []string{"unverified"} },
			"unverified@time"},
		"answers unknown": {func(r *results.Run) { r.Answers, r.Verified = 0, 0 }, ""},
		"flags": {func(r *results.Run) { r.Flags = []string{"noisy", "clocks-disagree", "imprecise"} },
			"noisy@time clocks-disagree@time imprecise@time"},
		"all flags": {func(r *results.Run) {
			r.Flags = []string{"background-work", "inputs-repeat", "not-pinned", "arrays-in-messages", "memory-sampled"}
		}, "background-work@time inputs-repeat@time not-pinned@time arrays-in-messages@time memory-sampled@memory"},
		"flag twice": {func(r *results.Run) { r.Flags = []string{"noisy", "noisy"} }, "noisy@time"},
		"memory sampled": {func(r *results.Run) {
			r.PeakMemorySource, r.Flags = results.MemorySampled, []string{"memory-sampled"}
		}, "memory-sampled@memory"},
		"from a newer harness": {func(r *results.Run) { r.Flags = []string{"moon-phase"} }, "moon-phase@time"},
		"not solved": {func(r *results.Run) {
			r.Status, r.Flags, r.Verified, r.Repetitions = results.Timeout, []string{"noisy"}, 0, nil
		}, "noisy@time"},
	} {
		row := Boards([]results.Run{calm(c.change)}, Defaults)[0].Tables[0].Rows[0]
		var got []string
		for _, w := range row.Warnings {
			got = append(got, w.Code+"@"+string(w.Number))
			if !strings.HasSuffix(w.Text, ".") || strings.Contains(w.Text, "%!") {
				t.Errorf("%s: text %q is no sentence", name, w.Text)
			}
		}
		if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func batch(r *results.Run, n int) {
	for i := range r.Repetitions {
		r.Repetitions[i].Batch = n
	}
}

// Who has run again already is not told to.
func TestNoisyTwice(t *testing.T) {
	text := func(attempts int) string {
		r := run("a", around(1, 8)...)
		r.Flags, r.Attempts = []string{"noisy"}, attempts
		return Boards([]results.Run{r}, Defaults)[0].Tables[0].Rows[0].Warnings[0].Text
	}
	if once, twice := text(1), text(2); !strings.Contains(once, "--retry-noisy") || strings.Contains(twice, "--retry-noisy") {
		t.Errorf("%q after one attempt and %q after two, expected --retry-noisy in the first", once, twice)
	}
}

// What a board says of another, and a row of the fastest, is about how they were measured together.
func TestWarningsAboutOthers(t *testing.T) {
	fast, slow, together, elsewhere := run("a", around(1, 8)...), run("b", around(2, 8)...), run("c", around(3, 8)...), run("a", around(1, 8)...)
	slow.ExperimentUID, elsewhere.Machine = "e2", other
	boards := Boards([]results.Run{fast, slow, together}, Defaults)
	var got []string
	for _, r := range Rows(boards) {
		for _, w := range r.Warnings {
			got = append(got, r.Solver+" "+w.Code)
		}
	}
	if diff := cmp.Diff([]string{"b other-experiment"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if w := boards[0].Warnings; len(w) != 0 {
		t.Errorf("one machine: %v", w)
	}
	boards = Boards([]results.Run{fast, elsewhere}, Defaults)
	for _, b := range boards {
		if len(b.Warnings) != 1 || b.Warnings[0].Code != OtherMachine {
			t.Errorf("two machines: %s has %v", b.Machine.Hostname, b.Warnings)
		}
		if row := Rows([]Board{b})[0]; len(row.Warnings) != 1 || row.Warnings[0].Code != OtherMachine || len(b.Tables[0].Rows[0].Warnings) != 0 {
			t.Errorf("the row has %v, in its table %v", row.Warnings, b.Tables[0].Rows[0].Warnings)
		}
	}
}

func TestSamplesFor(t *testing.T) {
	for confidence, want := range map[float64]int{0.5: 2, 0.75: 3, 0.95: 6, 0.97: 7, 0.99: 8} {
		if got := samplesFor(confidence); got != want {
			t.Errorf("%v: %d, want %d", confidence, got, want)
		}
	}
}

// Set-up is the same for all repetitions, so charging it shifts the median and both ends, and may turn the order.
func TestChargeSetup(t *testing.T) {
	lazy, eager, unknown := run("lazy", around(1, 8)...), run("eager", around(0.1, 8)...), run("unknown", around(5, 8)...)
	lazy.SetupSeconds, eager.SetupSeconds, lazy.TransportSeconds = 0.5, 10, 0.001
	runs := []results.Run{lazy, eager, unknown}
	plain := Rows(Boards(runs, Defaults))
	want(t, order(t, runs...), "1 eager solved", "2 lazy solved", "3 unknown solved")
	s := Defaults
	s.ChargeSetup = true
	charged := Rows(Boards(runs, s))
	for i, w := range []string{"lazy", "unknown", "eager"} {
		if r := charged[i]; r.Solver != w || *r.Rank != i+1 || !r.SetupCharged {
			t.Errorf("place %d is %s (%d), want %s", i+1, r.Solver, *r.Rank, w)
		}
	}
	a, b := plain[1], charged[0]
	if *b.MedianSeconds != *a.MedianSeconds+0.5 || *b.LoSeconds != *a.LoSeconds+0.5 || *b.HiSeconds != *a.HiSeconds+0.5 ||
		b.Confidence != a.Confidence || *b.TransportShare != *a.TransportShare {
		t.Errorf("charged %v [%v, %v], plain %v [%v, %v]", *b.MedianSeconds, *b.LoSeconds, *b.HiSeconds, *a.MedianSeconds, *a.LoSeconds, *a.HiSeconds)
	}
	if w := charged[1].Warnings; len(w) != 1 || w[0].Code != SetupUnknown {
		t.Errorf("without set-up: %v", w)
	}
	// The runs themselves are as they were.
	if diff := cmp.Diff(around(1, 8)[0], lazy.Repetitions[1].WallSeconds); diff != "" {
		t.Error(diff)
	}
}

func TestRowCarriesHowItWasMeasured(t *testing.T) {
	r := run("a", 1, 3, 2)
	for i := range r.Repetitions {
		r.Repetitions[i].Batch, r.Repetitions[i].UserSeconds, r.Repetitions[i].SystemSeconds = 4, float64(i), 0.5
	}
	r.TransportSeconds, r.Stopped, r.Precision, r.Noise, r.CPUs = 0.08, results.StopBudget, 0.07, 1.2, []int{2, 3}
	r.FirstSeconds, r.Answers, r.Verified, r.BackgroundSeconds = 5, 12, 4, 0.25
	text, err := json.Marshal(NewRow(&r, Defaults))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]json.RawMessage
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]string{
		"repetitions": "3", "batch": "4", "stopped": `"budget"`, "precision": "0.07", "answers": "12", "verified": "4",
		"noise": "1.2", "attempts": "1", "cpus": "[2,3]", "transport_seconds": "0.08", "transport_share": "0.01",
		"cpu_seconds": "2.5", "first_seconds": "5", "startup_seconds": "null", "background_seconds": "0.25", "rank": "null",
		"peak_memory_source": `""`, "setup_charged": "false", "median_seconds": "2",
	} {
		if string(got[field]) != want {
			t.Errorf("%s is %s, want %s", field, got[field], want)
		}
	}
	// A repetition whose CPU time is unknown leaves the median unknown.
	r.Repetitions[2].UserSeconds, r.Repetitions[2].SystemSeconds = 0, 0
	if row := NewRow(&r, Defaults); row.CPUSeconds != nil {
		t.Errorf("CPU seconds %v of repetitions that are not all known", *row.CPUSeconds)
	}
}
