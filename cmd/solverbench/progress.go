package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
	"github.com/solverbench/solverbench/results/report"
)

// isTerminal says whether w is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// terminalStyle is how tables are written to w: in colour on a terminal that wants it, as wide as the terminal.
func terminalStyle(w io.Writer) report.Style {
	style := report.Style{Width: 120}
	f, ok := w.(*os.File)
	if !ok || !isTerminal(w) {
		return style
	}
	style.Color = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	if width, _, err := term.GetSize(int(f.Fd())); err == nil {
		style.Width = width
	}
	return style
}

// newObserver shows an experiment's progress on standard error: a bar on a terminal, a line a run otherwise. The caller
// calls stop when the experiment has ended.
func newObserver(ctx context.Context, quiet bool) (o harness.Observer, stop func()) {
	switch {
	case quiet:
		return nullObserver{}, func() {}
	case isTerminal(os.Stderr):
		b := &barObserver{progress: mpb.New(mpb.WithOutput(os.Stderr), mpb.WithRefreshRate(100*time.Millisecond), mpb.WithWidth(40))}
		over := context.AfterFunc(ctx, func() { fmt.Fprintln(b.progress, "Stopping. Another Ctrl-C ends everything at once.") })
		return b, func() { over(); b.stop() }
	}
	return &lineObserver{w: os.Stderr}, func() {}
}

type nullObserver struct{}

func (nullObserver) Planned(int, int)                              {}
func (nullObserver) Started(int, harness.Job)                      {}
func (nullObserver) Progress(harness.Job, string, float64, string) {}
func (nullObserver) Finished(*results.Run)                         {}
func (nullObserver) Failed(harness.Job, error)                     {}
func (nullObserver) Warned(string)                                 {}

// lineObserver prints a line for each finished run.
type lineObserver struct {
	w           io.Writer
	total, done int
}

func (l *lineObserver) Planned(total, done int) {
	l.total, l.done = total, done
	if done > 0 {
		fmt.Fprintf(l.w, "%d runs, %d of them done already\n", total, done)
	}
}

func (l *lineObserver) Started(int, harness.Job)                      {}
func (l *lineObserver) Progress(harness.Job, string, float64, string) {}

func (l *lineObserver) Warned(message string) {
	fmt.Fprintf(l.w, "warning: %s\n", report.Clean(message))
}

func (l *lineObserver) Finished(r *results.Run) {
	l.done++
	fmt.Fprintf(l.w, "[%d/%d] %s\n", l.done, l.total, runLine(r))
}

func (l *lineObserver) Failed(j harness.Job, err error) {
	l.done++
	fmt.Fprintf(l.w, "[%d/%d] %s  %s  could not be run: %s\n", l.done, l.total, j.Instance, planned(j), report.Clean(err.Error()))
}

// runLine says in a line what a run was.
func runLine(r *results.Run) string {
	line := fmt.Sprintf("%s  %s  %s", r.Instance.Label, qualified(r.Configuration.Plugin.Name, r.Configuration.Plugin.Bundled, r.Configuration.Label), r.Status)
	if r.Status == results.Solved {
		if median := rank.NewRow(r, rank.Defaults).MedianSeconds; median != nil {
			line += "  " + report.Seconds(*median)
		}
		return line
	}
	if r.Reason != "" {
		line += ": " + report.Clean(r.Reason)
	}
	return line
}

// barObserver shows a bar over all runs and below it what is going on in the present one.
type barObserver struct {
	progress *mpb.Progress
	bar      *mpb.Bar

	mu      sync.Mutex
	job     string
	phase   string
	started time.Time
}

func (b *barObserver) Planned(total, done int) {
	b.bar = b.progress.AddBar(int64(total),
		mpb.PrependDecorators(decor.CountersNoUnit("%d/%d")),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return b.now() })),
		mpb.BarRemoveOnComplete(),
	)
	b.bar.SetCurrent(int64(done))
}

// now says what is being done.
func (b *barObserver) now() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.job == "" {
		return ""
	}
	// What changes comes first: a narrow terminal cuts off the end.
	return fmt.Sprintf(" %.0fs %s  %s", time.Since(b.started).Seconds(), b.phase, b.job)
}

func (b *barObserver) Started(_ int, j harness.Job) {
	b.Progress(j, "", 0, "")
}

func (b *barObserver) Progress(j harness.Job, phase string, fraction float64, message string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if job := fmt.Sprintf("%s %s", j.Instance, planned(j)); job != b.job {
		b.job, b.started = job, time.Now()
	}
	b.phase = phase
	if fraction > 0 {
		b.phase += fmt.Sprintf(" %.0f%%", 100*fraction)
	}
	if message != "" {
		b.phase += " " + report.Clean(message)
	}
}

func (b *barObserver) Finished(r *results.Run) {
	if r.Status != results.Solved {
		fmt.Fprintln(b.progress, runLine(r))
	}
	b.bar.Increment()
}

func (b *barObserver) Failed(j harness.Job, err error) {
	fmt.Fprintf(b.progress, "%s  %s  could not be run: %s\n", j.Instance, planned(j), report.Clean(strings.TrimSpace(err.Error())))
	b.bar.Increment()
}

func (b *barObserver) Warned(message string) {
	fmt.Fprintf(b.progress, "warning: %s\n", report.Clean(message))
}

// stop takes the bar off the screen.
func (b *barObserver) stop() {
	if b.bar != nil {
		b.bar.Abort(true)
	}
	b.progress.Wait()
}

// planned is the configuration of a job, for people.
func planned(j harness.Job) string {
	return qualified(j.Configuration.Plugin.Name, j.Configuration.Plugin.Bundled, j.Configuration.String())
}

// qualified is a configuration with the name of its plugin, unless that is the bundled one.
func qualified(plugin string, bundled bool, configuration string) string {
	if bundled {
		return configuration
	}
	return plugin + "/" + configuration
}
