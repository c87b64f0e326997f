package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/problems/registry"
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

// boardFlags say what leaderboards are of and how they are written.
type boardFlags struct {
	filterFlags
	by, at               string
	group, metric, where []string
	ladder, format, into string
	asJSON, chargeSetup  bool
	view                 report.View
}

// defaultLadder is the value of --ladder without one: each problem's own.
const defaultLadder = "default"

func newLeaderboard() *cobra.Command {
	var f boardFlags
	cmd := &cobra.Command{
		Use:   "leaderboard [PROBLEM-SELECTION...]",
		Short: "Rank the solvers of stored runs",
		Long: `Rank the solvers of stored runs: a table for each family, machine and instance, and over the instances of a family a
summary. Only solved runs rank, by time or by the family's metric; the others are listed below with their reasons. Numbers
that there is a reason to doubt are marked with letters, which are explained below the tables of their family.
docs/ranking.md says how to read the tables and how each number is made.

--by PARAMETER, such as --by n, fits how times grow with a parameter of the problems instead; --ladder says when each
tolerance was met, from checkpoints; --at 0.5s or --at 100evals ranks by the metric at equal budget, from checkpoints.

--into FILE replaces what stands in a file between the lines
  <!-- solverbench:begin leaderboard -->
  <!-- solverbench:end leaderboard -->`,
		Example: `  solverbench leaderboard
  solverbench leaderboard 'poisson/unit-2d[n=255..1023]' --solver 'multigrid[cycle=V|F]'
  solverbench leaderboard --summary --group tag
  solverbench leaderboard --where 'language=C|C++' --where threads=1
  solverbench leaderboard 'poisson/unit-2d' --by n
  solverbench leaderboard 'sampling/*' --at 100evals
  solverbench leaderboard --ladder=1e-2,1e-4,1e-6
  solverbench leaderboard --wide | less -S
  solverbench leaderboard --charge-setup
  solverbench leaderboard --format latex > table.tex
  solverbench leaderboard --format markdown --into BENCHMARKS.md
  solverbench leaderboard --json | jq '.[] | select(.rank == 1)'`,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	f.register(cmd)
	fl := cmd.Flags()
	registerFormat(cmd, &f.format, &f.asJSON)
	fl.StringVar(&f.into, "into", "", "write between the markers of this `FILE` instead of printing; FILE#NAME has the markers solverbench:begin NAME and end")
	fl.StringVar(&f.by, "by", "", "rank by time, a metric, evaluations, memory or set-up instead of the family's choice; or how times grow with a parameter (n, unknowns)")
	fl.StringSliceVar(&f.group, "group", nil, "a table for each value of "+keyNames())
	fl.StringArrayVar(&f.where, "where", nil, "only runs with a value of such a key: 'tag=direct|spectral' (repeatable)")
	fl.StringSliceVar(&f.metric, "metric", nil, "metrics to show instead of the family's; the first is the accuracy of the Pareto front")
	fl.BoolVar(&f.view.SummaryOnly, "summary", false, "only what is over all instances")
	fl.StringVar(&f.ladder, "ladder", "", "when each of these tolerances was met, from checkpoints; without a value the problem's own")
	fl.Lookup("ladder").NoOptDefVal = defaultLadder
	fl.StringVar(&f.at, "at", "", "rank by the primary metric at a budget, from checkpoints: 0.5s, 100evals")
	fl.BoolVar(&f.view.Wide, "wide", false, "also show how runs were measured: repetitions, precision, CPU time, transport, verification, noise, cores")
	fl.BoolVar(&f.chargeSetup, "charge-setup", false, "count set-up in the time of a solve; ranks by it where ranks are by time")
	for _, other := range []string{"at", "by", "summary", "group", "metric", "wide", "charge-setup"} {
		cmd.MarkFlagsMutuallyExclusive("ladder", other)
	}
	registerCompletions(cmd)
	completeBoardFlags(cmd)
	return cmd
}

// registerFormat adds the flags --format and --json.
func registerFormat(cmd *cobra.Command, format *string, asJSON *bool) {
	names := strings.Join(report.Formats(), ", ")
	cmd.Flags().StringVar(format, "format", "table", names)
	cmd.Flags().BoolVar(asJSON, "json", false, "the same as --format json")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(report.Formats(), cobra.ShellCompDirectiveNoFileComp))
}

func completeBoardFlags(cmd *cobra.Command) {
	var keys []string
	for _, k := range rank.Keys() {
		keys = append(keys, string(k))
	}
	_ = cmd.RegisterFlagCompletionFunc("group", cobra.FixedCompletions(keys, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("by", cobra.FixedCompletions(append(rank.Quantities(), results.ByTime, "n", rank.Unknowns), cobra.ShellCompDirectiveNoFileComp))
	for i := range keys {
		keys[i] += "="
	}
	_ = cmd.RegisterFlagCompletionFunc("where", cobra.FixedCompletions(keys, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace))
}

// chosenFormat returns the format that the flags ask for.
func chosenFormat(format string, asJSON bool) (string, error) {
	if asJSON {
		format = "json"
	}
	if !slices.Contains(report.Formats(), format) {
		return "", &harness.UsageError{Err: fmt.Errorf("--format: %q, expected one of %s", format, strings.Join(report.Formats(), ", "))}
	}
	return format, nil
}

func (f *boardFlags) run(cmd *cobra.Command, args []string) error {
	format, err := chosenFormat(f.format, f.asJSON)
	if err != nil {
		return err
	}
	settings := rank.Defaults
	settings.ChargeSetup = f.chargeSetup
	if settings.GroupBy, err = parseKeys(f.group); err != nil {
		return err
	}
	if f.view.Metrics = f.metric; len(f.metric) > 0 {
		settings.Accuracy = f.metric[0]
	}
	runs, err := f.loadOnly(cmd, args, results.Filter{Newest: true, Checkpoints: f.ladder != "" || f.at != ""})
	if err != nil {
		return err
	}
	if runs, err = having(runs, f.where); err != nil {
		return err
	}
	if err := knownMetrics(runs, f.metric); err != nil {
		return err
	}
	document, err := f.document(runs, settings)
	if err != nil {
		return err
	}
	if f.into == "" {
		style := terminalStyle(cmd.OutOrStdout())
		style.Wide = f.view.Wide
		return document.Write(cmd.OutOrStdout(), format, style, false)
	}
	var text bytes.Buffer
	if err := document.Write(&text, format, report.Style{}, true); err != nil {
		return err
	}
	if err := report.Into(f.into, "leaderboard", text.String()); err != nil {
		return &harness.UsageError{Err: err}
	}
	return nil
}

// document makes what the flags ask for of runs.
func (f *boardFlags) document(runs []results.Run, s rank.Settings) (report.Document, error) {
	if f.ladder != "" {
		rungs, err := parseLadder(f.ladder)
		if err != nil {
			return report.Document{}, err
		}
		return report.Ladders(rank.Ladders(runs, rungs)), nil
	}
	if f.at != "" {
		limit, evaluations, err := parseBudget(f.at)
		if err != nil {
			return report.Document{}, err
		}
		runs = rank.AtBudget(runs, limit, evaluations)
	}
	scales, err := rankBy(runs, f.by)
	if err != nil {
		return report.Document{}, err
	}
	if scales && (f.at != "" || len(f.group)+len(f.metric) > 0 || f.view.SummaryOnly) {
		return report.Document{}, &harness.UsageError{Err: fmt.Errorf("--by %s: it is a parameter, to fit times by; --at, --group, --metric and --summary are of ranks", f.by)}
	}
	if scales {
		return report.Scales(rank.Scales(runs, f.by, s), s), nil
	}
	boards := rank.Boards(runs, s)
	for i := range boards {
		if f.at != "" {
			boards[i].Group = strings.TrimPrefix(boards[i].Group+", at "+f.at, ", ")
		}
	}
	return report.Leaderboards(boards, f.view), nil
}

// rankBy makes the runs' instances be ranked otherwise than their family says, unless it is by a parameter of theirs.
func rankBy(runs []results.Run, by string) (scales bool, err error) {
	if by == "" || len(runs) == 0 {
		return false, nil
	}
	known := append([]string{results.ByTime}, rank.Quantities()...)
	known = append(known, metricsOf(runs)...)
	if !slices.Contains(known, by) {
		if rank.HasParam(runs, by) {
			return true, nil
		}
		return false, &harness.UsageError{Err: fmt.Errorf("--by: %q, expected one of %s, or a numeric parameter of the problems", by, strings.Join(known, ", "))}
	}
	shared := make(map[*results.Instance]*results.Instance) // as the runs share theirs
	for i := range runs {
		if shared[runs[i].Instance] == nil {
			changed := *runs[i].Instance
			changed.RankBy = by
			shared[runs[i].Instance] = &changed
		}
		runs[i].Instance = shared[runs[i].Instance]
	}
	return false, nil
}

func metricsOf(runs []results.Run) (names []string) {
	met := make(map[string]bool)
	for i := range runs {
		for _, m := range runs[i].Measurements {
			if !met[m.Name] {
				met[m.Name], names = true, append(names, m.Name)
			}
		}
	}
	return names
}

func knownMetrics(runs []results.Run, asked []string) error {
	if len(asked) == 0 || len(runs) == 0 {
		return nil
	}
	known := metricsOf(runs)
	for _, m := range asked {
		if !slices.Contains(known, m) {
			return &harness.UsageError{Err: fmt.Errorf("--metric: %q, expected one of %s", m, strings.Join(known, ", "))}
		}
	}
	return nil
}

func keyNames() string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(rank.Keys()), " ", ", "), "[]")
}

func parseKeys(names []string) (keys []rank.Key, err error) {
	for _, name := range names {
		if !slices.Contains(rank.Keys(), rank.Key(name)) {
			return nil, &harness.UsageError{Err: fmt.Errorf("--group: %q, expected one of %s", name, keyNames())}
		}
		keys = append(keys, rank.Key(name))
	}
	return keys, nil
}

// having chooses the runs that meet each of the conditions KEY=VALUE|VALUE.
func having(runs []results.Run, conditions []string) ([]results.Run, error) {
	for _, c := range conditions {
		name, values, ok := strings.Cut(c, "=")
		if !ok || values == "" || !slices.Contains(rank.Keys(), rank.Key(name)) {
			return nil, &harness.UsageError{Err: fmt.Errorf("--where: %q, expected KEY=VALUE or KEY=VALUE|VALUE with a key of %s", c, keyNames())}
		}
		left := rank.Having(runs, rank.Key(name), strings.Split(values, "|"))
		if len(runs) > 0 && len(left) == 0 {
			return nil, &harness.UsageError{Err: fmt.Errorf("--where: no run has %s; there are %s", c, strings.Join(valuesOf(runs, rank.Key(name)), ", "))}
		}
		runs = left
	}
	return runs, nil
}

func valuesOf(runs []results.Run, k rank.Key) []string {
	met := make(map[string]bool)
	for i := range runs {
		for _, v := range k.Values(&runs[i]) {
			met[string(k)+"="+v] = true
		}
	}
	return slices.Sorted(maps.Keys(met))
}

// parseLadder returns the tolerances to climb on an instance.
func parseLadder(text string) (func(*results.Instance) []float64, error) {
	if text == defaultLadder {
		return func(i *results.Instance) []float64 {
			for _, f := range registry.Families() {
				for _, p := range f.Problems {
					if f.Name == i.Family && p.Name == i.Problem {
						return p.Doc.Ladder
					}
				}
			}
			return []float64{i.Tolerance}
		}, nil
	}
	var rungs []float64
	for _, part := range strings.Split(text, ",") {
		x, err := strconv.ParseFloat(part, 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, &harness.UsageError{Err: fmt.Errorf("--ladder: %q, expected tolerances separated by commas: 1e-2,1e-4", part)}
		}
		rungs = append(rungs, x)
	}
	return func(*results.Instance) []float64 { return rungs }, nil
}

// parseBudget reads 0.5s, 300ms or 100evals.
func parseBudget(text string) (limit float64, evaluations bool, err error) {
	if count, ok := strings.CutSuffix(text, "evals"); ok {
		if limit, err = strconv.ParseFloat(count, 64); err == nil && limit > 0 && !math.IsInf(limit, 0) {
			return limit, true, nil
		}
	} else if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return d.Seconds(), false, nil
	}
	return 0, false, &harness.UsageError{Err: fmt.Errorf("--at: %q, expected a time (0.5s, 300ms) or a number of evaluations (100evals)", text)}
}

func newExport() *cobra.Command {
	var f filterFlags
	var format string
	var repetitions, asJSON bool
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
			if asJSON {
				format = "json"
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
	cmd.Flags().BoolVar(&asJSON, "json", false, "the same as --format json")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"csv", "json", "benchfmt"}, cobra.ShellCompDirectiveNoFileComp))
	cmd.Flags().BoolVar(&repetitions, "repetitions", false, "with csv: a line a repetition instead of a line a run")
	registerCompletions(cmd)
	return cmd
}
