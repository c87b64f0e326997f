package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/selection"
	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/bundle"
	"github.com/solverbench/solverbench/results/compare"
	"github.com/solverbench/solverbench/results/rank"
	"github.com/solverbench/solverbench/results/report"
)

type reproduceFlags struct {
	db, bundle string
	plugins    []string
	pin        bool
	json       bool
}

func newReproduce() *cobra.Command {
	var f reproduceFlags
	cmd := &cobra.Command{
		Use:   "reproduce {DB | --bundle FILE.tar.gz} RUN...",
		Short: "Make stored runs again and say whether they agree",
		Long: `Make stored runs again, with their configuration, parameters, seeds, settings and limits, and say of each whether it agrees
with what is stored, and what differs in machine and versions. Numbers of runs are those that "solverbench list runs" shows.

A run agrees if its status is the same and, where both were solved, its times do not differ significantly by more than the
margin of solverbench compare (docs/ranking.md). With too few repetitions that cannot be told. Metrics are shown, then and now.

With --bundle, the runs are those of an archive that solverbench bundle wrote, and plugins those that are installed here under their names.

New runs go to a temporary database, or to that of --db. A plugin is looked for where it was; --plugin says where it is now.

Exit codes:
  0  all agree, or it cannot be told
  1  one does not agree, could not be made, or its problem has another definition now
  2  usage
  3  a plugin could not be loaded, or under --pin its checksum is another
  4  the database`,
		Example: `  solverbench reproduce solverbench.db 12
  solverbench reproduce published.db 3 7 12 --db again.db
  solverbench reproduce published.db 12 --plugin ./my-solver --pin
  solverbench reproduce --bundle results.tar.gz 12
  solverbench reproduce published.db 12 --json | jq '.[].differences'`,
		Args: func(cmd *cobra.Command, args []string) error {
			if f.bundle != "" {
				return cobra.MinimumNArgs(1)(cmd, args)
			}
			return cobra.MinimumNArgs(2)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.db, "db", "", "database `file` to store the new runs in (default a temporary one)")
	fl.StringVar(&f.bundle, "bundle", "", "`file` of a bundle that has the runs, instead of a database")
	_ = cmd.MarkFlagFilename("bundle", "tar.gz", "tgz")
	fl.StringArrayVar(&f.plugins, "plugin", nil, "plugin `file` or folder instead of where it was (repeatable)")
	fl.BoolVar(&f.pin, "pin", false, "refuse a plugin whose checksum is not the stored one")
	fl.BoolVar(&f.json, "json", false, "print JSON")
	registerFlagCompletions(cmd)
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
		if f.bundle == "" {
			return completeDatabaseThenRuns(cmd, args, toComplete)
		}
		b, err := bundle.Open(cmd.Context(), f.bundle)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		defer b.Close()
		return runsIn(cmd, b.Database(), args, toComplete)
	}
	return cmd
}

// reproduction is what came out of making a run again. Its JSON form is stable.
type reproduction struct {
	Run           int64           `json:"run"`
	Instance      string          `json:"instance"`
	Configuration string          `json:"configuration"`
	Hash          string          `json:"hash"` // of the instance, then and now
	Verdict       agreement       `json:"verdict"`
	Why           string          `json:"why"`
	Pair          *compare.Pair   `json:"pair"`
	Metrics       []metricThenNow `json:"metrics"`
	Differences   []difference    `json:"differences"`
}

// agreement is a verdict about a reproduction.
type agreement string

const (
	agrees     agreement = "agrees"
	differs    agreement = "differs"
	cannotTell agreement = "cannot-tell"
)

// metricThenNow is the value of a metric in both runs, nil where it is absent or not finite.
type metricThenNow struct {
	Name string   `json:"name"`
	Then *float64 `json:"then"`
	Now  *float64 `json:"now"`
}

// difference is one in machine or versions.
type difference struct {
	What string `json:"what"`
	Then string `json:"then"`
	Now  string `json:"now"`
}

func (f *reproduceFlags) run(cmd *cobra.Command, args []string) error {
	then, err := f.recorded(cmd.Context(), args)
	if err != nil {
		return err
	}
	path := f.db
	if path == "" {
		dir, err := os.MkdirTemp("", "solverbench-reproduce-")
		if err != nil {
			return &exitError{exitStore, fmt.Errorf("a temporary database: %w", err)}
		}
		defer os.RemoveAll(dir)
		path = filepath.Join(dir, "reproduce.db")
	}
	store, err := results.Open(cmd.Context(), path)
	if err != nil {
		return err
	}
	defer store.Close()
	done := []reproduction{}
	var failure error
	for i := range then {
		var made *reproduction
		if made, failure = f.reproduce(cmd, store, &then[i]); failure != nil {
			failure = fmt.Errorf("run %d: %w", then[i].run.ID, failure)
			break
		}
		done = append(done, *made)
		if !f.json {
			if failure = made.print(cmd.OutOrStdout()); failure != nil {
				return failure
			}
		}
	}
	if f.json {
		failure = errors.Join(failure, report.JSON(cmd.OutOrStdout(), done))
	}
	if failure == nil && slices.ContainsFunc(done, func(r reproduction) bool { return r.Verdict == differs }) {
		return &exitError{code: exitUnsolved}
	}
	return failure
}

// recorded reads the runs that are to be made again.
func (f *reproduceFlags) recorded(ctx context.Context, args []string) ([]recorded, error) {
	numbers := args
	if f.bundle == "" {
		numbers = args[1:]
	}
	ids, err := runNumbers(numbers)
	if err != nil {
		return nil, &harness.UsageError{Err: err}
	}
	if f.bundle == "" {
		return loadRecorded(ctx, args[0], ids)
	}
	b, err := bundle.Open(ctx, f.bundle)
	if err != nil {
		return nil, &exitError{exitStore, err}
	}
	defer b.Close()
	if err := b.Whole(); err != nil {
		return nil, &exitError{exitStore, fmt.Errorf("%s: %w (solverbench verify says more)", f.bundle, err)}
	}
	all, err := loadRecorded(ctx, b.Database(), ids)
	var none *harness.UsageError
	if errors.As(err, &none) {
		err = &harness.UsageError{Err: fmt.Errorf("%s does not have all of the runs %s (leaderboard.json in it names them)", f.bundle, strings.Join(numbers, ", "))}
	}
	return all, err
}

// reproduce makes a run again and sets it against the stored one.
func (f *reproduceFlags) reproduce(cmd *cobra.Command, store *results.Store, then *recorded) (*reproduction, error) {
	ctx := cmd.Context()
	suite, err := suiteOf(then)
	if err != nil {
		return nil, err
	}
	if err := suite.CheckLimits(); err != nil {
		return nil, err
	}
	catalog, err := f.catalog(cmd, &then.run.Configuration.Plugin)
	if err != nil {
		return nil, err
	}
	jobs, err := catalog.Plan(suite)
	if err != nil {
		return nil, err
	}
	if err := catalog.Check(ctx, jobs); err != nil {
		return nil, err
	}
	observer, stopProgress := newObserver(cmd, suite.Settings)
	e := &harness.Experiment{
		Catalog: catalog, Suite: suite, Store: store, Observer: observer, Null: nullCommand(),
		Command: os.Args, Version: version(), Revision: revision(),
	}
	sum, err := e.Start(ctx, jobs)
	stopProgress()
	switch {
	case err != nil:
		return nil, err
	case sum.Interrupted:
		return nil, &exitError{exitInterrupted, errors.New("interrupted")}
	case sum.Misuse != nil:
		return nil, &harness.UsageError{Err: sum.Misuse}
	case sum.Runs != 1:
		return nil, &exitError{exitUnsolved, fmt.Errorf("%s made, expected 1", report.Plural(sum.Runs, "run"))}
	}
	runs, err := store.Runs(ctx, results.Filter{Experiments: []int64{sum.ID}})
	if err != nil {
		return nil, err
	}
	experiments, err := store.Experiments(ctx)
	if err != nil {
		return nil, err
	}
	return agree(then, &recorded{runs[0], experimentOf(experiments, sum.ID)})
}

// suiteOf is a suite of the one run, with the settings that it was made with.
func suiteOf(then *recorded) (*harness.Suite, error) {
	stored, err := harness.ParseSuite([]byte(then.experiment.SuiteText))
	if err != nil {
		return nil, &exitError{exitStore, fmt.Errorf("the suite of experiment %d: %w", then.experiment.ID, err)}
	}
	r := &then.run
	// Everything is named, whatever is the default by now.
	params := maps.Clone(r.Instance.Params)
	if params == nil {
		params = map[string]any{}
	}
	params[problems.SeedParam] = r.Instance.Seed
	if r.Instance.Tolerance != 0 {
		params[problems.ToleranceParam] = strconv.FormatFloat(r.Instance.Tolerance, 'g', -1, 64)
	}
	suite := harness.AdHoc(
		[]string{selection.Of(r.Instance.Family+"/"+r.Instance.Problem, texts(params)).String()},
		[]string{selection.Of(r.Configuration.Plugin.Name+"/"+r.Configuration.Solver, texts(r.Configuration.Options)).String()})
	suite.Name, suite.Settings = "reproduce", stored.Settings
	suite.Seed, suite.Threads = r.Seed, r.Threads
	return suite, nil
}

// catalog has the plugin of a run, and no other than the bundled one.
func (f *reproduceFlags) catalog(cmd *cobra.Command, then *results.Plugin) (*harness.Catalog, error) {
	chosen := pluginFlags{paths: f.plugins, alone: true}
	switch {
	case len(f.plugins) > 0 || then.Bundled:
	case f.bundle == "":
		chosen.paths = []string{then.Path}
	default:
		path, err := installedAt(cmd.Context(), then.Name)
		if err != nil {
			return nil, err
		}
		chosen.paths = []string{path}
	}
	catalog, err := loadCatalog(cmd.Context(), cmd.ErrOrStderr(), chosen, nil)
	if err != nil {
		return nil, err
	}
	k := slices.IndexFunc(catalog.Plugins, func(p *harness.Plugin) bool { return p.Name == then.Name })
	if k < 0 {
		return nil, &harness.PluginError{Command: strings.Join(chosen.paths, ", "), Err: fmt.Errorf("expected plugin %q (--plugin says where it is)", then.Name)}
	}
	if now := catalog.Plugins[k]; f.pin && now.SHA256 != then.SHA256 {
		return nil, &harness.PluginError{Command: now.Program.Path(), Err: fmt.Errorf("--pin: its checksum is %s, expected %s", now.SHA256, then.SHA256)}
	}
	return catalog, nil
}

// installedAt is where a plugin is installed: what lies at the path that somebody else's bundle names is anybody's.
func installedAt(ctx context.Context, name string) (string, error) {
	folder, err := pluginFolder()
	if err != nil {
		return "", err
	}
	installed, err := folder.Installed(ctx)
	if err != nil {
		return "", err
	}
	for _, i := range installed {
		if i.Name == name {
			return i.Dir, nil
		}
	}
	return "", &harness.PluginError{Command: name, Err: errors.New("it is not installed (--plugin says where it is)")}
}

// agree sets both runs against each other.
func agree(then, now *recorded) (*reproduction, error) {
	if then.run.Instance.Hash != now.run.Instance.Hash {
		return nil, &exitError{exitUnsolved, fmt.Errorf("the definition of %s has changed: its hash is %s, expected %s",
			then.run.Instance.Label, now.run.Instance.Hash, then.run.Instance.Hash)}
	}
	settings := compare.Defaults
	settings.SameOnly, settings.AnyMachine = true, true
	all, err := compare.Sides(compare.Side{Name: "then", Runs: []results.Run{then.run}}, compare.Side{Name: "now", Runs: []results.Run{now.run}}, settings)
	if err != nil {
		return nil, err
	}
	r := &reproduction{
		Run: then.run.ID, Instance: then.run.Instance.Label, Configuration: then.run.Configuration.Label, Hash: then.run.Instance.Hash,
		Metrics: metricsThenNow(then.run.Measurements, now.run.Measurements), Differences: differences(then, now),
	}
	tooFew := true
	if len(all) == 1 && len(all[0].Pairs) == 1 {
		r.Pair = &all[0].Pairs[0]
		tooFew = slices.ContainsFunc(all[0].Warnings, func(w rank.Warning) bool { return w.Code == compare.TooFewToTell })
	}
	switch {
	case then.run.Status != now.run.Status:
		r.Verdict, r.Why = differs, fmt.Sprintf("it was %s, and is %s", then.run.Status, now.run.Status)
	case now.run.Status != results.Solved:
		r.Verdict, r.Why = agrees, fmt.Sprintf("it is %s again", now.run.Status)
	case r.Pair == nil || r.Pair.Ratio == nil || tooFew:
		r.Verdict, r.Why = cannotTell, "there are too few repetitions for a difference to be significant"
	case r.Pair.Verdict == compare.Same:
		r.Verdict, r.Why = agrees, "times do not differ significantly"
	default:
		r.Verdict, r.Why = differs, fmt.Sprintf("times are significantly %s, by a factor of %.3g", r.Pair.Verdict, r.Pair.Ratio.Value)
	}
	return r, nil
}

// metricsThenNow pairs measurements by name, in the order stored.
func metricsThenNow(then, now []results.Measurement) []metricThenNow {
	out := []metricThenNow{}
	entry := func(name string) *metricThenNow {
		k := slices.IndexFunc(out, func(m metricThenNow) bool { return m.Name == name })
		if k < 0 {
			k, out = len(out), append(out, metricThenNow{Name: name})
		}
		return &out[k]
	}
	for _, m := range then {
		entry(m.Name).Then = finite(m.Value)
	}
	for _, m := range now {
		entry(m.Name).Now = finite(m.Value)
	}
	return out
}

func finite(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

// differences lists what is not the same in machine and versions.
func differences(then, now *recorded) []difference {
	out := []difference{}
	add := func(what string, a, b any) {
		if x, y := fmt.Sprint(a), fmt.Sprint(b); x != y {
			out = append(out, difference{what, x, y})
		}
	}
	p, q := then.run.Configuration.Plugin, now.run.Configuration.Plugin
	add("plugin version", p.Version, q.Version)
	add("plugin checksum", p.SHA256, q.SHA256)
	e, g := then.experiment, now.experiment
	add("harness version", e.HarnessVersion, g.HarnessVersion)
	add("harness revision", e.Revision, g.Revision)
	add("Go version", e.GoVersion, g.GoVersion)
	m, n := &e.Machine, &g.Machine
	add("host", m.Hostname, n.Hostname)
	add("system", m.OS+"/"+m.Arch, n.OS+"/"+n.Arch)
	add("kernel", m.Kernel, n.Kernel)
	add("CPU", m.CPU, n.CPU)
	add("physical cores", m.PhysicalCores, n.PhysicalCores)
	add("logical cores", m.LogicalCores, n.LogicalCores)
	add("memory", m.MemoryBytes, n.MemoryBytes)
	add("governor", m.Governor, n.Governor)
	add("virtualisation", m.Virtualisation, n.Virtualisation)
	keys := maps.Clone(m.Details)
	if keys == nil {
		keys = map[string]any{}
	}
	maps.Copy(keys, n.Details)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		add(key, m.Details[key], n.Details[key])
	}
	return out
}

// print writes a reproduction for people.
func (r *reproduction) print(w io.Writer) error {
	fmt.Fprintf(w, "Run %d, %s on %s: %s: %s\n", r.Run, report.Clean(r.Configuration), report.Clean(r.Instance), r.Verdict, r.Why)
	rows := [][]string{{"", "then", "now"}}
	if r.Pair != nil {
		a, b := &r.Pair.A, &r.Pair.B
		rows = append(rows, []string{"status", string(a.Status), string(b.Status)},
			[]string{"median", medianOf(a), medianOf(b)})
	}
	for _, m := range r.Metrics {
		rows = append(rows, []string{report.Clean(m.Name), numberOrNone(m.Then), numberOrNone(m.Now)})
	}
	for _, d := range r.Differences {
		rows = append(rows, []string{report.Clean(d.What), report.Clean(d.Then), report.Clean(d.Now)})
	}
	if err := printColumns(w, rows); err != nil {
		return err
	}
	if len(r.Differences) == 0 {
		fmt.Fprintln(w, "Machine and versions are the same.")
	}
	if r.Pair != nil && r.Pair.Ratio != nil {
		q := r.Pair.Ratio
		fmt.Fprintf(w, "Ratio of times, now to then: %.3g [%.3g, %.3g], with a margin of %s\n", q.Value, q.Lo, q.Hi, report.Percent(r.Pair.Margin))
	}
	_, err := fmt.Fprintln(w)
	return err
}

func medianOf(r *rank.Row) string {
	if r.MedianSeconds == nil {
		return "-"
	}
	return report.Interval(r)
}

func numberOrNone(x *float64) string {
	if x == nil {
		return "-"
	}
	return report.Number(*x)
}
