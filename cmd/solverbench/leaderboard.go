package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/problems/selection"
	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
	"github.com/solverbench/solverbench/results/report"
)

// defaultDB is the database of the current folder.
const defaultDB = "solverbench.db"

// filterFlags choose among stored runs.
type filterFlags struct {
	db         string
	solvers    []string
	experiment int64
}

func (f *filterFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.db, "db", defaultDB, "database to read")
	cmd.Flags().StringArrayVar(&f.solvers, "solver", nil, "solver selection (repeatable); all if not given")
	cmd.Flags().Int64Var(&f.experiment, "experiment", 0, "only runs of this experiment; 0 for the newest run of each configuration")
}

// load reads the runs that the problem and solver selections match. A range n=63..1023 means any value between.
func (f *filterFlags) load(cmd *cobra.Command, args []string) ([]results.Run, error) {
	return f.loadOnly(cmd, args, results.Filter{})
}

// loadOnly reads as load does, and of those only what a filter selects.
func (f *filterFlags) loadOnly(cmd *cobra.Command, args []string, filter results.Filter) ([]results.Run, error) {
	problems, err := parseAll(args)
	if err != nil {
		return nil, err
	}
	solvers, err := parseAll(f.solvers)
	if err != nil {
		return nil, err
	}
	// What is read is kept to the end: collecting garbage finds little, until there is much.
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(1 << 30)
	store, err := results.OpenReadOnly(cmd.Context(), f.db)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	if f.experiment != 0 {
		filter.Experiments = []int64{f.experiment}
	}
	runs, err := store.Runs(cmd.Context(), filter)
	if err != nil {
		return nil, err
	}
	some := len(runs) > 0
	instances := once(func(i *results.Instance) bool {
		return matchesAny(problems, instanceParams(i), i.Family, i.Family+"/"+i.Problem)
	})
	configurations := once(func(c *results.Configuration) bool {
		return matchesAny(solvers, texts(c.Options), c.Solver, c.Plugin.Name+"/"+c.Solver)
	})
	runs = slices.DeleteFunc(runs, func(r results.Run) bool { return !instances(r.Instance) || !configurations(r.Configuration) })
	if some && len(runs) == 0 {
		return nil, &harness.UsageError{Err: fmt.Errorf("none of the runs in %s matches %s", f.db, strings.Join(append(args, f.solvers...), " "))}
	}
	return runs, nil
}

// once remembers what f says of a pointer: runs share instances and configurations.
func once[T any](f func(*T) bool) func(*T) bool {
	said := make(map[*T]bool)
	return func(v *T) bool {
		answer, known := said[v]
		if !known {
			answer = f(v)
			said[v] = answer
		}
		return answer
	}
}

func parseAll(texts []string) ([]selection.Pattern, error) {
	var out []selection.Pattern
	for _, t := range texts {
		p, err := selection.Parse(t)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// matchesAny says whether one of the patterns, if there are any, matches one of the names and the values.
func matchesAny(patterns []selection.Pattern, values map[string]string, names ...string) bool {
	if len(patterns) == 0 {
		return true
	}
	return slices.ContainsFunc(patterns, func(p selection.Pattern) bool {
		return p.MatchName(names...) && p.MatchParams(values)
	})
}

func instanceParams(i *results.Instance) map[string]string {
	out := texts(i.Params)
	out["seed"], out["tol"] = fmt.Sprint(i.Seed), fmt.Sprint(i.Tolerance)
	return out
}

func texts(values map[string]any) map[string]string {
	out := make(map[string]string, len(values))
	for k, v := range values {
		out[k] = fmt.Sprint(v)
	}
	return out
}

func newLeaderboard() *cobra.Command {
	var f filterFlags
	var format, into, by string
	var asJSON, wide, chargeSetup bool
	cmd := &cobra.Command{
		Use:   "leaderboard [PROBLEM-SELECTION...]",
		Short: "Rank the solvers of stored runs",
		Long: `Rank the solvers of stored runs: a table for each family, machine and instance. Only solved runs rank, by time or
by the family's metric; the others are listed below with their reasons. Numbers that there is a reason to doubt are marked
with letters, which are explained below the tables of their family.

--into FILE replaces what stands in a file between the lines
  <!-- solverbench:begin leaderboard -->
  <!-- solverbench:end leaderboard -->`,
		Example: `  solverbench leaderboard
  solverbench leaderboard 'poisson/unit-2d[n=255..1023]' --solver 'multigrid[cycle=V|F]'
  solverbench leaderboard --wide | less -S
  solverbench leaderboard --charge-setup
  solverbench leaderboard --format markdown --into BENCHMARKS.md
  solverbench leaderboard --json | jq '.[] | select(.rank == 1)'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if asJSON {
				format = "json"
			}
			write, ok := leaderboardFormats(wide)[format]
			if !ok {
				return &harness.UsageError{Err: fmt.Errorf("--format: %q, expected table, markdown, csv or json", format)}
			}
			if chargeSetup && format == "csv" {
				return &harness.UsageError{Err: errors.New("--charge-setup: csv has runs as they are stored; add its columns median_seconds and setup_seconds")}
			}
			// CSV has every run; the others show the newest.
			runs, err := f.loadOnly(cmd, args, results.Filter{Newest: format != "csv"})
			if err != nil {
				return err
			}
			if err := rankBy(runs, by); err != nil {
				return err
			}
			settings := rank.Defaults
			settings.ChargeSetup = chargeSetup
			boards := rank.Boards(runs, settings)
			if into == "" {
				return write(cmd.OutOrStdout(), runs, boards)
			}
			var text bytes.Buffer
			if err := write(&text, runs, boards); err != nil {
				return err
			}
			if err := report.Into(into, "leaderboard", text.String()); err != nil {
				return &harness.UsageError{Err: err}
			}
			return nil
		},
	}
	f.register(cmd)
	cmd.Flags().StringVar(&format, "format", "table", "table, markdown, csv or json")
	cmd.Flags().StringVar(&into, "into", "", "write between the markers of this file instead of printing")
	cmd.Flags().StringVar(&by, "by", "", "rank by time or by this metric instead of the family's choice")
	cmd.Flags().BoolVar(&asJSON, "json", false, "the same as --format json")
	cmd.Flags().BoolVar(&wide, "wide", false, "also show how runs were measured: repetitions, precision, CPU time, transport, verification, noise, cores")
	cmd.Flags().BoolVar(&chargeSetup, "charge-setup", false, "count set-up in the time of a solve; ranks by it where ranks are by time")
	registerCompletions(cmd)
	return cmd
}

// rankBy makes the runs' instances be ranked otherwise than their family says.
func rankBy(runs []results.Run, by string) error {
	if by == "" {
		return nil
	}
	known := []string{results.ByTime, "evaluations"}
	shared := make(map[*results.Instance]*results.Instance) // as the runs share theirs
	for i := range runs {
		for _, m := range runs[i].Measurements {
			if !slices.Contains(known, m.Name) {
				known = append(known, m.Name)
			}
		}
		if shared[runs[i].Instance] == nil {
			changed := *runs[i].Instance
			changed.RankBy = by
			shared[runs[i].Instance] = &changed
		}
		runs[i].Instance = shared[runs[i].Instance]
	}
	if len(runs) > 0 && !slices.Contains(known, by) {
		return &harness.UsageError{Err: fmt.Errorf("--by: %q, expected one of %s", by, strings.Join(known, ", "))}
	}
	return nil
}

func leaderboardFormats(wide bool) map[string]func(io.Writer, []results.Run, []rank.Board) error {
	return map[string]func(io.Writer, []results.Run, []rank.Board) error{
		"table": func(w io.Writer, _ []results.Run, b []rank.Board) error {
			style := terminalStyle(w)
			style.Wide = wide
			return report.Terminal(w, b, style)
		},
		"markdown": func(w io.Writer, _ []results.Run, b []rank.Board) error { return report.Markdown(w, b, report.View{Wide: wide}) },
		"csv":      func(w io.Writer, r []results.Run, _ []rank.Board) error { return report.RunsCSV(w, r) },
		"json":     func(w io.Writer, _ []results.Run, b []rank.Board) error { return report.JSON(w, rank.Rows(b)) },
	}
}

func newExport() *cobra.Command {
	var f filterFlags
	var format string
	var repetitions bool
	cmd := &cobra.Command{
		Use:   "export [PROBLEM-SELECTION...]",
		Short: "Write stored runs as CSV, JSON or Go benchmark results",
		Example: `  solverbench export --format csv > runs.csv
  solverbench export --format csv --repetitions > repetitions.csv
  solverbench export --format benchfmt | benchstat -col /solver -row /instance /dev/stdin`,
		RunE: func(cmd *cobra.Command, args []string) error {
			formats := map[string]func(io.Writer, []results.Run) error{
				"csv": report.RunsCSV, "json": report.JSON[results.Run], "benchfmt": report.Benchfmt,
			}
			if repetitions {
				formats = map[string]func(io.Writer, []results.Run) error{"csv": report.RepetitionsCSV}
			}
			write, ok := formats[format]
			if !ok {
				return &harness.UsageError{Err: fmt.Errorf("--format: %q, expected csv, json or benchfmt; csv with --repetitions", format)}
			}
			runs, err := f.load(cmd, args)
			if err != nil {
				return err
			}
			return write(cmd.OutOrStdout(), runs)
		},
	}
	f.register(cmd)
	cmd.Flags().StringVar(&format, "format", "csv", "csv, json or benchfmt")
	cmd.Flags().BoolVar(&repetitions, "repetitions", false, "with csv: a line a repetition instead of a line a run")
	registerCompletions(cmd)
	return cmd
}
