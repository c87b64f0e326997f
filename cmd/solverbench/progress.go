package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/internal/live"
	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
	"github.com/solverbench/solverbench/results/report"
)

// isTerminal says whether w is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// isPlain says whether terminals are to be written to as files are, without escape sequences.
func isPlain() bool { return os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" }

// terminalStyle is how tables are written to w: in colour on a terminal that wants it, as wide as the terminal.
func terminalStyle(w io.Writer) report.Style {
	style := report.Style{Width: 120}
	f, ok := w.(*os.File)
	if !ok || !isTerminal(w) {
		return style
	}
	style.Color = !isPlain()
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		style.Width = width
	}
	return style
}

// printColumns writes rows in aligned columns: as they come, as they are to be searched, but on a terminal no wider than that.
func printColumns(w io.Writer, rows [][]string) error {
	if isTerminal(w) {
		return report.ColumnsWithin(w, rows, terminalStyle(w).Width)
	}
	return report.Columns(w, rows)
}

// showWorking replaces the last line that it has shown, on a terminal.
func showWorking(w io.Writer, text string) {
	if isTerminal(w) && !isPlain() {
		fmt.Fprint(w, "\r\x1b[K"+text)
	}
}

// newObserver shows on standard error how an experiment with such settings goes: as a table on a terminal, by a line a run otherwise. The
// caller calls stop when the experiment has ended.
func newObserver(cmd *cobra.Command, settings harness.Settings) (o harness.Observer, stop func()) {
	const stopping = "Stopping. Another Ctrl-C ends everything at once."
	ctx, stderr := cmd.Context(), cmd.ErrOrStderr()
	switch {
	case !isTerminal(stderr):
		return &lineObserver{w: stderr}, func() {}
	case isPlain(), isSet(cmd, verboseFlag): // there will be other lines
		over := context.AfterFunc(ctx, func() { fmt.Fprintln(stderr, stopping) })
		return &lineObserver{w: stderr}, func() { over() }
	}
	t := &tableObserver{settings: settings, display: live.Show(stderr.(*os.File), live.NewTable(time.Now), true)}
	over := context.AfterFunc(ctx, func() { t.note(stopping) })
	return t, func() {
		over()
		t.display.Stop()
		fmt.Fprintln(stderr) // what stays of it stands apart from what is printed next
	}
}

// lineObserver prints a line for each finished run.
type lineObserver struct {
	w           io.Writer
	total, done int
}

func (l *lineObserver) Planned(runs []harness.Scheduled, before int) {
	l.total, l.done = before+len(runs), before
	if before > 0 {
		fmt.Fprintf(l.w, "%d runs, %d of them done already\n", l.total, before)
	}
}

func (*lineObserver) Started(harness.Scheduled)                           {}
func (*lineObserver) Progress(harness.Scheduled, string, float64, string) {}
func (*lineObserver) Repeated(harness.Scheduled, []float64)               {}

func (l *lineObserver) Warned(message string) {
	fmt.Fprintf(l.w, "warning: %s\n", report.Clean(message))
}

func (l *lineObserver) Finished(r *results.Run) {
	l.done++
	fmt.Fprintf(l.w, "[%d/%d] %s\n", l.done, l.total, runLine(r))
}

func (l *lineObserver) Failed(j harness.Scheduled, err error) {
	l.done++
	fmt.Fprintf(l.w, "[%d/%d] %s  %s  %s\n", l.done, l.total, j.Instance, planned(j.Job), notMade(err))
}

// runLine says in a line what a run was.
func runLine(r *results.Run) string {
	line := fmt.Sprintf("%s  %s  %s", r.Instance.Label, qualified(r.Configuration.Plugin.Name, r.Configuration.Plugin.Bundled, r.Configuration.Label), outcome(r))
	if median := medianTime(r); r.Status == results.Solved && median > 0 {
		line += "  " + report.Seconds(median)
	}
	return line
}

// outcome is a run's status, with the reason if it is not solved.
func outcome(r *results.Run) string {
	if r.Status == results.Solved || r.Reason == "" {
		return string(r.Status)
	}
	return string(r.Status) + ": " + report.Clean(r.Reason)
}

// medianTime is that of a run's times in seconds, 0 if it has none.
func medianTime(r *results.Run) float64 {
	if median := rank.NewRow(r, rank.Defaults).MedianSeconds; median != nil {
		return *median
	}
	return 0
}

func notMade(err error) string {
	return "could not be run: " + report.Clean(strings.TrimSpace(err.Error()))
}

// tableObserver shows the table of the family at hand, and above it what stays to be read.
type tableObserver struct {
	settings harness.Settings
	display  *live.Display
}

func (o *tableObserver) Planned(runs []harness.Scheduled, before int) {
	plan := live.Plan{Before: before, Repetitions: o.settings.Repetitions, Budget: o.settings.Budget.Duration}
	for _, j := range runs {
		plan.Runs = append(plan.Runs, live.Run{ID: j.Ordinal, Family: j.Instance.Family, Instance: j.Instance.String(), Solver: planned(j.Job)})
	}
	o.display.Do(func(t *live.Table) { t.Plan(plan) })
}

func (o *tableObserver) Started(j harness.Scheduled) {
	o.display.Do(func(t *live.Table) { t.Started(j.Ordinal) })
}

func (o *tableObserver) Progress(j harness.Scheduled, phase string, fraction float64, message string) {
	if fraction > 0 {
		phase += fmt.Sprintf(" %.0f%%", 100*fraction)
	}
	if message != "" {
		phase += " " + report.Clean(message)
	}
	o.display.Do(func(t *live.Table) { t.Doing(j.Ordinal, phase) })
}

func (o *tableObserver) Repeated(j harness.Scheduled, seconds []float64) {
	o.display.Do(func(t *live.Table) { t.Repeated(j.Ordinal, seconds) })
}

func (o *tableObserver) Finished(r *results.Run) {
	o.display.Do(func(t *live.Table) {
		if r.Status == results.Solved {
			t.Solved(r.Ordinal, medianTime(r))
			return
		}
		t.Note(runLine(r))
		t.Failed(r.Ordinal, outcome(r))
	})
}

func (o *tableObserver) Failed(j harness.Scheduled, err error) {
	o.display.Do(func(t *live.Table) {
		t.Note(fmt.Sprintf("%s  %s  %s", j.Instance, planned(j.Job), notMade(err)))
		t.Failed(j.Ordinal, notMade(err))
	})
}

func (o *tableObserver) Warned(message string) { o.note("warning: " + report.Clean(message)) }

func (o *tableObserver) note(line string) {
	o.display.Do(func(t *live.Table) { t.Note(line) })
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
