// Command solverbench compares solvers head-to-head: it runs them as plugins over standard problems, verifies every
// answer itself, and keeps what it measured in a SQLite database.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/harness/sandbox"
	"github.com/solverbench/solverbench/problems/selection"
	"github.com/solverbench/solverbench/results"
)

// Exit codes, documented in the help of the root command.
const (
	exitOK          = 0
	exitUnsolved    = 1
	exitUsage       = 2
	exitPlugin      = 3
	exitStore       = 4
	exitInterrupted = 130
)

func main() {
	sandbox.Main()
	os.Exit(Main())
}

// Main runs the command line and returns the exit code.
func Main() int {
	interrupts := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // nohup has us go on
		interrupts = append(interrupts, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), interrupts...)
	defer stop()
	// A second Ctrl-C ends the program at once.
	context.AfterFunc(ctx, stop)
	root := newRoot()
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	code := exitCode(err)
	if ctx.Err() != nil && (code != exitStore || errors.Is(err, context.Canceled)) {
		// Whatever failed, such as a plugin's launch, did so because of that.
		code = exitInterrupted
	}
	var quiet *exitError
	if !errors.As(err, &quiet) || quiet.err != nil {
		fmt.Fprintln(os.Stderr, "solverbench:", printable(err.Error()))
	}
	return code
}

// printable leaves out of a message what would act on the terminal: plugins and files may have a say in it.
func printable(message string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || unicode.IsPrint(r) {
			return r
		}
		return -1
	}, message)
}

// exitError carries an exit code; its message has been told already if err is nil.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func exitCode(err error) int {
	var (
		withCode  *exitError
		badUsage  *harness.UsageError
		badSelect *selection.Error
		badPlugin *harness.PluginError
		badStore  *results.Error
	)
	switch {
	case errors.As(err, &withCode):
		return withCode.code
	case errors.As(err, &badStore):
		return exitStore
	case errors.As(err, &badPlugin):
		return exitPlugin
	case errors.As(err, &badUsage), errors.As(err, &badSelect):
		return exitUsage
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	return exitUsage // cobra's own errors: unknown command or flag, wrong number of arguments
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "solverbench",
		Short: "Compare solvers head-to-head on problems with known truths",
		Long: `solverbench runs solvers, each in a process of its own, over standard problems, verifies every
answer itself, and keeps timings and metrics in a SQLite database from which it makes leaderboards.

On a terminal tables are as wide as it is. Where NO_COLOR is set or TERM is dumb there are no escape sequences, and so no table that is
redrawn while runs are made, but a line a run as in files.

Problems and solvers are selected by name, with parameters and options in brackets:
  poisson/unit-2d[n=63..1023]   ks/*   'multigrid[cycle=V|F]'   'cg[precond=ic0]'

Exit codes:
  0    all well
  1    a run was not solved, under --strict; or one could not be made
  2    usage: an unknown name, a bad value, a file that cannot be used
  3    a plugin could not be loaded
  4    the database
  130  interrupted`,
		Example: `  solverbench run
  solverbench run 'poisson/unit-2d[n=1023]' --solver 'multigrid[cycle=V|F]' --solver cg
  solverbench list solvers
  solverbench show poisson/jump
  solverbench leaderboard 'ks/*'`,
		Version:           version(),
		PersistentPreRunE: prepare,
		SilenceErrors:     true,
		SilenceUsage:      true,
	}
	registerGlobalFlags(root)
	root.SetVersionTemplate("solverbench {{.Version}}\n")
	root.AddCommand(
		newRun(), newSuite(), newList(), newShow(), newLeaderboard(), newCompare(), newReproduce(), newBundle(), newVerify(), newPublish(), newServe(), newPlot(), newExport(), newMerge(), newDB(), newScore(), newPlugin(), newDoctor(), newVersion(), newReference(), newServeBundled(), newServeNull(), newServeC(), newJudgeRuns(),
	)
	return root
}

// version is the module's version, or what is known of the revision.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	if r := revision(); r != "" {
		return "devel-" + r[:min(12, len(r))]
	}
	return "devel"
}

// linkedRevision is set by the Makefile, for builds in which the toolchain does not stamp it.
var linkedRevision string

// revision is that of the version control system at build time, empty if unknown.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return linkedRevision
	}
	rev, modified := linkedRevision, ""
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			rev = s.Value
		case "vcs.modified":
			if s.Value == "true" {
				modified = "+modified"
			}
		}
	}
	return rev + modified
}
