package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/plugins/install"
)

// Flags that every command has. Some say in their help what else they do there.
const (
	quietFlag   = "quiet"
	verboseFlag = "verbose"
)

func registerGlobalFlags(root *cobra.Command) {
	fl := root.PersistentFlags()
	fl.BoolP(quietFlag, "q", false, "nothing on standard error but what went wrong")
	fl.Bool(verboseFlag, false, "say on standard error which database, plugins and caches are used, and what is started")
}

// isSet says whether a flag without a value was given, the command's own or one of every command.
func isSet(cmd *cobra.Command, flag string) bool {
	set, err := cmd.Flags().GetBool(flag)
	return err == nil && set
}

// prepare is what every command begins with.
func prepare(cmd *cobra.Command, args []string) error {
	if err := useProjectDB(cmd, args); err != nil {
		return err
	}
	switch quiet, verbose := isSet(cmd, quietFlag), isSet(cmd, verboseFlag); {
	case quiet && verbose:
		return &harness.UsageError{Err: errors.New("--quiet and --verbose exclude each other")}
	case quiet:
		cmd.Root().SetErr(io.Discard) // what makes a command fail is told by main
	case verbose:
		return tellPlaces(cmd)
	}
	return nil
}

// tellPlaces says where things are, and has it said which processes are started.
func tellPlaces(cmd *cobra.Command) error {
	stderr := cmd.ErrOrStderr()
	rows := [][]string{{"version", version()}}
	if self, err := os.Executable(); err == nil {
		rows[0][1] += ", " + self
	}
	project, err := currentProject()
	if err != nil {
		return err
	}
	if project != nil {
		rows = append(rows, []string{"project", project.Path()})
	}
	if db := cmd.Flags().Lookup("db"); db != nil && db.Value.String() != "" {
		path, err := filepath.Abs(db.Value.String())
		if err != nil {
			return err
		}
		if _, err := os.Stat(path); err != nil {
			path += " (not there yet)"
		}
		rows = append(rows, []string{"database", path})
	}
	for _, place := range []struct {
		what string
		find func() (string, error)
	}{{"plugins", install.DefaultDir}, {"cache", cacheFolder}} {
		path, err := place.find()
		if err != nil {
			path = "none: " + err.Error()
		}
		rows = append(rows, []string{place.what, path})
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
				return slog.Attr{}
			}
			return a
		},
	})))
	return printColumns(stderr, rows)
}

// flagGroup is a set of flags that help shows under a heading.
type flagGroup struct {
	heading string
	flags   *pflag.FlagSet
}

// newFlagSet keeps flags in the order of their definition.
func newFlagSet() *pflag.FlagSet {
	fl := pflag.NewFlagSet("", pflag.ContinueOnError)
	fl.SortFlags = false
	return fl
}

// groupFlags adds flags to a command that has many of them, so that its help shows them under headings.
func groupFlags(cmd *cobra.Command, groups ...flagGroup) {
	for _, g := range groups {
		cmd.Flags().AddFlagSet(g.flags)
	}
	cmd.SetUsageFunc(func(cmd *cobra.Command) error {
		width := 100
		if w, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil && w > 0 {
			width = w
		}
		var b strings.Builder
		fmt.Fprintf(&b, "Usage:\n  %s\n", cmd.UseLine())
		if cmd.HasExample() {
			fmt.Fprintf(&b, "\nExamples:\n%s\n", cmd.Example)
		}
		for _, g := range append(groups, flagGroup{"Of every command", cmd.InheritedFlags()}) {
			fmt.Fprintf(&b, "\n%s:\n%s", g.heading, g.flags.FlagUsagesWrapped(width))
		}
		_, err := fmt.Fprint(cmd.OutOrStdout(), b.String())
		return err
	})
}
