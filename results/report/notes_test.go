package report

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
)

// doubtful returns runs with all there is to say about how they were measured.
func doubtful() []results.Run {
	measured := func(r results.Run, flags ...string) results.Run {
		r.Flags, r.CPUs, r.Stopped, r.Precision, r.Noise = flags, []int{2, 3, 5}, results.StopPrecise, 0.018, 1.04
		r.StartupSeconds, r.FirstSeconds, r.TransportSeconds, r.Answers, r.Verified = 0.006, 0.2, 0.0004, 40, 40
		r.PeakMemorySource = results.MemoryCgroup
		for i := range r.Repetitions {
			p := &r.Repetitions[i]
			p.PluginSeconds, p.UserSeconds, p.SystemSeconds, p.Verified = p.WallSeconds*0.99, p.WallSeconds*0.9, p.WallSeconds*0.05, 4
			p.VoluntarySwitches, p.BytesMoved, p.Noise = 12, 8<<20, 1.01
		}
		return r
	}
	noisy := measured(run(unit2d, "cg", "precond=ic0", 0.42, residual(9.7e-11)), "noisy", "imprecise", "clocks-disagree")
	noisy.Stopped = results.StopBudget
	sampled := measured(run(unit2d, "multigrid", "cycle=V", 0.12, residual(8e-11)), "memory-sampled")
	sampled.PeakMemorySource = results.MemorySampled
	short := measured(few(run(unit2d, "fast-poisson", "", 0.001, residual(2e-15)), 3), "unverified")
	short.Verified = 1
	late := measured(run(unit2d, "multigrid", "cycle=F", 0.2, residual(2e-15)), "moon-phase")
	late.ExperimentUID = "0195-e2"
	killed := failed(measured(few(run(unit2d, "sor", "", 9), 0), "noisy"), results.Timeout, "killed after 60 s")
	odd := measured(run(denoise, "tv", "", 0.8), "noisy") // has no psnr
	return []results.Run{noisy, sampled, short, late, killed, odd}
}

func TestMarksGolden(t *testing.T) {
	runs := doubtful()
	golden(t, "marks.txt", terminal(t, runs, Style{Width: 100}))
	golden(t, "marks.md", markdown(t, runs))
	s := rank.Defaults
	s.ChargeSetup = true
	var b strings.Builder
	if err := Terminal(&b, rank.Boards(runs, s), Style{View: View{Wide: true}}); err != nil {
		t.Fatal(err)
	}
	golden(t, "wide.txt", b.String())
	for _, w := range []int{60, 80, 100, 200} {
		checkWidth(t, terminal(t, runs, Style{Width: w}), w)
	}
}

// Whatever a run is flagged with, the lines of a table are as wide as its frame, colour or not, and each mark in it is
// explained.
func TestMarksKeepColumnsAligned(t *testing.T) {
	flags := []string{"noisy", "imprecise", "clocks-disagree", "memory-sampled", "not-pinned", "unverified", hostile}
	for i := range 40 {
		flags = append(flags, fmt.Sprint("unknown-", i))
	}
	rapid.Check(t, func(t *rapid.T) {
		runs := doubtful()
		for i := range runs {
			runs[i].Flags = rapid.SliceOfN(rapid.SampledFrom(flags), 0, 50).Draw(t, "flags")
		}
		s := Style{Width: rapid.IntRange(40, 200).Draw(t, "width"), View: View{Wide: rapid.Bool().Draw(t, "wide")}, Color: rapid.Bool().Draw(t, "colour")}
		var b strings.Builder
		if err := Terminal(&b, rank.Boards(runs, rank.Defaults), s); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		for _, code := range []string{"\x1b[0m", "\x1b[1m", "\x1b[31m", "\x1b[1;32m", "\x1b[33m"} {
			text = strings.ReplaceAll(text, code, "")
		}
		var frame string
		for line := range strings.Lines(text) {
			line = strings.TrimRight(line, "\n")
			switch {
			case strings.HasPrefix(line, "┌"):
				frame = line
			case strings.HasPrefix(line, "│"):
				if bars(line) != bars(frame) {
					t.Fatalf("bars at %s in %q, frame at %s", bars(line), line, bars(frame))
				}
			}
		}
		for _, r := range runs {
			for _, f := range r.Flags {
				// The memory column may have been dropped, and with it what there was to doubt.
				if f != "memory-sampled" && f != hostile && !strings.Contains(text, f+": ") {
					t.Fatalf("no footnote of %q", f)
				}
			}
		}
	})
}

// bars tells in which columns of the terminal a line of a table has its frame.
func bars(line string) string {
	var at []int
	used := 0
	for _, r := range line {
		if strings.ContainsRune("│┌┬┐", r) {
			at = append(at, used)
		}
		used += width(string(r))
	}
	return fmt.Sprint(at)
}
