package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
	"github.com/solverbench/solverbench/results/report"
)

type runFlags struct {
	db, suite, save string
	solvers         []string
	plugins         pluginFlags
	sweep, tags     []string
	settings        harness.Settings
	timeout, budget time.Duration
	verify          string
	strict, resume  bool
	json, quiet     bool
	chargeSetup     bool // in leaderboards; the runs are the same
}

func newRun() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run [PROBLEM-SELECTION...]",
		Short: "Run solvers over problems, verify and store, and print leaderboards",
		Long: `Run solvers over problems. Every solver runs in a process of its own; every answer is verified; every finished
run is stored at once, so that stopping loses at most the run in flight (Ctrl-C stops cleanly, --resume goes on).

On a terminal the table of the family at hand fills in meanwhile, with the time that is left by what has been measured so far.

Without selections the built-in suite "quick" is run: every family, about a minute.
A timed call lasts at least 0.1 s: shorter solves are repeated inside it, and times are per solve. Runs on one
instance take turns, and are repeated until the interval of each median is narrow enough or the budget is spent.`,
		Example: `  solverbench run
  solverbench run 'poisson/unit-2d[n=1023]' 'ks/*' --solver 'multigrid[cycle=V|F]' --solver etdrk4
  solverbench run --suite my-suite.yaml --db my.db
  solverbench run --suite full --tag short
  solverbench run 'ks/*' --solver etdrk4 --sweep tol=1e-2..1e-12
  solverbench run 'nse/*' --threads 4 --precision 0.01 --budget 60s --retry-noisy 2
  solverbench run 'poisson/*' --plugin ./my-solver --memory 4GB --pids 256 --timeout 5m
  solverbench run --resume
  solverbench run 'sampling/mixture[file=mine.json]' --solver 'dpmpp-2m[steps=10]' --save out`,
		RunE: func(cmd *cobra.Command, args []string) error { return runExperiment(cmd, args, &f) },
	}
	groupFlags(cmd,
		flagGroup{"Selecting", selectFlags(&f)}, flagGroup{"Measuring", measureFlags(&f)},
		flagGroup{"Isolation: limits are enforced, or the run refused (solverbench doctor tells what this machine can do)", isolationFlags(&f)},
		flagGroup{"Output", outputFlags(&f)})
	registerCompletions(cmd)
	completeRunFlags(cmd)
	return cmd
}

// selectFlags are about what is run.
func selectFlags(f *runFlags) *pflag.FlagSet {
	fl := newFlagSet()
	fl.StringVar(&f.suite, "suite", "", "built-in suite or YAML `file`")
	fl.StringArrayVar(&f.tags, "tag", nil, "only those parts of the suite that have this `word` among their tags (repeatable)")
	fl.StringArrayVar(&f.solvers, "solver", nil, "solver `selection` (repeatable); all that fit if not given")
	f.plugins.register(fl)
	fl.StringArrayVar(&f.sweep, "sweep", nil, "run every configuration once for each of the `values` of a solver's option or a problem's parameter: tol=1e-2..1e-12, steps=10|20|40 (repeatable)")
	fl.BoolVar(&f.resume, "resume", false, "go on with the database's last unfinished experiment")
	return fl
}

// measureFlags are about how runs are measured.
func measureFlags(f *runFlags) *pflag.FlagSet {
	fl, s := newFlagSet(), &f.settings
	fl.DurationVar(&f.timeout, "timeout", harness.DefaultTimeout, "limit for setting up and solving once; the process tree is ended at it")
	fl.IntVar(&s.Threads, "threads", 1, "threads a solver may use; it gets as many cores, that the harness keeps off if there are enough")
	fl.Float64Var(&s.Precision, "precision", harness.DefaultPrecision, "repeat until the median's 95 % interval is this narrow (half-width, relative)")
	fl.DurationVar(&f.budget, "budget", harness.DefaultBudget, "time for the repetitions of a run that does not become that precise")
	fl.IntVar(&s.Repetitions, "reps", 0, "exactly this many timed repetitions instead")
	fl.Uint64Var(&s.Seed, "seed", 0, "seed of instances with random parts, of solvers that draw, and of the order of runs")
	fl.IntVar(&s.Checkpoints, "checkpoints", 0, "evaluate up to this many intermediate solutions of the first solve")
	fl.StringVar(&f.verify, "verify", string(harness.VerifySample), "answers of the repetitions to verify: all, sample (some of each, chosen afterwards) or last")
	fl.IntVar(&s.RetryNoisy, "retry-noisy", 0, "make a run again up to this often if the machine was disturbed meanwhile")
	fl.BoolVar(&s.NoProbes, "no-noise-probes", false, "do not look how calm the machine is (saves a second at the start, and a little between rounds)")
	return fl
}

// isolationFlags are about what plugins may do.
func isolationFlags(f *runFlags) *pflag.FlagSet {
	fl, s := newFlagSet(), &f.settings
	fl.Var(&s.Limits.Memory, "memory", "memory that a plugin's processes may use together, such as 4GB")
	fl.Float64Var(&s.Limits.CPUs, "cpus", 0, "CPU time that they may use together, in cores")
	fl.IntVar(&s.Limits.Pids, "pids", 0, "processes and threads that they may be")
	fl.Var(&s.Limits.Disk, "disk", "temporary files that they may have")
	fl.Lookup("memory").DefValue, fl.Lookup("disk").DefValue = "", "" // there is none
	fl.BoolVar(&s.Network, "allow-network", false, "let plugins use the network")
	fl.StringArrayVar(&s.Readable, "allow-read", nil, "`file` or folder that plugins may read beside the system's and their own (repeatable)")
	return fl
}

// outputFlags are about what becomes of the results.
func outputFlags(f *runFlags) *pflag.FlagSet {
	fl := newFlagSet()
	fl.StringVar(&f.db, "db", defaultDB, "database `file` to store runs in")
	fl.StringVar(&f.save, "save", "", "`folder` for final solutions (.npy, images also .png) and index.json")
	fl.BoolVar(&f.chargeSetup, "charge-setup", false, "count set-up in the time of a solve; ranks by it where ranks are by time")
	fl.BoolVar(&f.strict, "strict", false, "exit with 1 if a run is not solved")
	fl.BoolVar(&f.json, "json", false, "print leaderboard rows as JSON instead of tables")
	fl.BoolVarP(&f.quiet, quietFlag, "q", false, "no progress and no tables; --json still prints its rows")
	return fl
}

func runExperiment(cmd *cobra.Command, args []string, f *runFlags) error {
	ctx := cmd.Context()
	if f.resume {
		return resumeExperiment(cmd, args, f)
	}
	suite, err := chooseSuite(cmd, args, f)
	if err != nil {
		return err
	}
	if err := suite.Settings.CheckLimits(); err != nil {
		return err
	}
	catalog, err := loadCatalog(ctx, cmd.ErrOrStderr(), f.plugins, f.solvers)
	if err != nil {
		return err
	}
	jobs, err := catalog.Plan(suite)
	if err != nil {
		return err
	}
	if err := catalog.Check(ctx, jobs); err != nil {
		return err
	}
	store, err := results.Open(ctx, f.db)
	if err != nil {
		return err
	}
	defer store.Close()
	if absent := catalog.Absent(suite); len(absent) > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "Not there, left out: %s\n", strings.Join(absent, ", "))
	}
	observer, stopProgress := newObserver(cmd, suite.Settings)
	e := &harness.Experiment{
		Catalog: catalog, Suite: suite, Store: store, Observer: observer, Null: nullCommand(), SaveDir: f.save,
		Command: os.Args, Version: version(), Revision: revision(),
	}
	sum, err := e.Start(ctx, jobs)
	stopProgress()
	return conclude(cmd, f, store, sum, err)
}

// chooseSuite makes the suite that flags and arguments ask for.
func chooseSuite(cmd *cobra.Command, args []string, f *runFlags) (*harness.Suite, error) {
	var suite *harness.Suite
	switch {
	case f.suite != "" && len(args) > 0:
		return nil, &harness.UsageError{Err: errors.New("--suite and problem selections exclude each other")}
	case len(f.tags) > 0 && f.suite == "":
		return nil, &harness.UsageError{Err: errors.New("--tag: expected --suite with it")}
	case len(args) > 0:
		suite = harness.AdHoc(args, f.solvers)
	default:
		name := f.suite
		if name == "" {
			name = "quick"
		}
		var err error
		if suite, err = harness.LoadSuite(name); err != nil {
			return nil, err
		}
		if len(f.tags) > 0 {
			if suite, err = suite.Tagged(f.tags); err != nil {
				return nil, err
			}
		}
		if len(f.solvers) > 0 {
			suite = suite.WithSolvers(f.solvers)
		}
	}
	if err := f.override(cmd.Flags(), &suite.Settings); err != nil {
		return nil, err
	}
	for _, text := range f.sweep {
		if err := suite.Sweep(text); err != nil {
			return nil, err
		}
	}
	return suite, nil
}

// override puts the settings that flags were given for in place of a suite's.
func (f *runFlags) override(flags *pflag.FlagSet, s *harness.Settings) error {
	f.settings.Timeout.Duration, f.settings.Budget.Duration, f.settings.Verify = f.timeout, f.budget, harness.Verify(f.verify)
	if flags.Changed("precision") || flags.Changed("budget") { // instead of a suite's number of repetitions
		s.Repetitions = 0
	}
	for name, set := range map[string]func(){
		"timeout":         func() { s.Timeout = f.settings.Timeout },
		"threads":         func() { s.Threads = f.settings.Threads },
		"precision":       func() { s.Precision = f.settings.Precision },
		"budget":          func() { s.Budget = f.settings.Budget },
		"reps":            func() { s.Repetitions = f.settings.Repetitions },
		"seed":            func() { s.Seed = f.settings.Seed },
		"checkpoints":     func() { s.Checkpoints = f.settings.Checkpoints },
		"verify":          func() { s.Verify = f.settings.Verify },
		"retry-noisy":     func() { s.RetryNoisy = f.settings.RetryNoisy },
		"no-noise-probes": func() { s.NoProbes = f.settings.NoProbes },
		"memory":          func() { s.Limits.Memory = f.settings.Limits.Memory },
		"cpus":            func() { s.Limits.CPUs = f.settings.Limits.CPUs },
		"pids":            func() { s.Limits.Pids = f.settings.Limits.Pids },
		"disk":            func() { s.Limits.Disk = f.settings.Limits.Disk },
		"allow-network":   func() { s.Network = f.settings.Network },
		"allow-read":      func() { s.Readable = f.settings.Readable },
	} {
		if flags.Changed(name) {
			set()
		}
	}
	for _, positive := range []struct {
		flag  string
		value float64
		text  any
	}{
		{"timeout", s.Timeout.Seconds(), s.Timeout}, {"budget", s.Budget.Seconds(), s.Budget}, {"precision", s.Precision, s.Precision},
		{"threads", float64(s.Threads), s.Threads}, {"reps", float64(s.Repetitions), s.Repetitions},
		{"cpus", s.Limits.CPUs, s.Limits.CPUs}, {"pids", float64(s.Limits.Pids), s.Limits.Pids},
	} {
		if flags.Changed(positive.flag) && !(positive.value > 0) {
			return &harness.UsageError{Err: fmt.Errorf("--%s: %v, expected more than zero", positive.flag, positive.text)}
		}
	}
	return s.Check()
}

// resumeExperiment goes on with the last unfinished experiment, as it was begun.
func resumeExperiment(cmd *cobra.Command, args []string, f *runFlags) error {
	ctx := cmd.Context()
	if err := resumesAsBegun(cmd.Flags(), args); err != nil {
		return err
	}
	if _, err := os.Stat(f.db); err != nil {
		return &exitError{exitStore, fmt.Errorf("--resume: %w", err)}
	}
	store, err := results.Open(ctx, f.db)
	if err != nil {
		return err
	}
	defer store.Close()
	begun, err := store.LatestUnfinished(ctx)
	if errors.Is(err, results.ErrNotFound) {
		return &exitError{exitStore, fmt.Errorf("--resume: %s holds no unfinished experiment", f.db)}
	}
	if err != nil {
		return err
	}
	suite, err := harness.ParseSuite([]byte(begun.SuiteText))
	if err != nil {
		return fmt.Errorf("the suite of experiment %d: %w", begun.ID, err)
	}
	if err := suite.Settings.CheckLimits(); err != nil {
		return err
	}
	settings, err := storedSettings(begun.Settings)
	if err != nil {
		return err
	}
	var paths []string
	for _, command := range settings.Plugins {
		paths = append(paths, command[0])
	}
	catalog, err := loadCatalog(ctx, cmd.ErrOrStderr(), pluginFlags{paths: paths, alone: true}, nil)
	if err != nil {
		return err
	}
	jobs, err := catalog.Plan(suite)
	if err != nil {
		return err
	}
	observer, stopProgress := newObserver(cmd, suite.Settings)
	e := &harness.Experiment{
		Catalog: catalog, Suite: suite, Store: store, Observer: observer, Null: nullCommand(), SaveDir: settings.Save,
	}
	sum, err := e.Resume(ctx, begun.ID, jobs)
	stopProgress()
	return conclude(cmd, f, store, sum, err)
}

// resumesAsBegun refuses flags and selections that would make another experiment of the one to resume.
func resumesAsBegun(flags *pflag.FlagSet, args []string) (err error) {
	if len(args) > 0 {
		return &harness.UsageError{Err: errors.New("--resume goes on with an experiment as it was begun: it takes no selections")}
	}
	flags.Visit(func(fl *pflag.Flag) {
		if !slices.Contains([]string{"resume", "db", "json", quietFlag, verboseFlag, "strict", "charge-setup"}, fl.Name) && err == nil {
			err = &harness.UsageError{Err: fmt.Errorf("--resume goes on with an experiment as it was begun: it takes no --%s", fl.Name)}
		}
	})
	return err
}

// storedSettings are those beside the suite that Resume needs again.
type resumeSettings struct {
	Save    string     `json:"save"`
	Plugins [][]string `json:"plugins"`
}

func storedSettings(settings map[string]any) (resumeSettings, error) {
	var s resumeSettings
	text, err := json.Marshal(settings)
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		return s, fmt.Errorf("the settings of the experiment to resume: %w", err)
	}
	return s, nil
}

// conclude prints the leaderboards of an experiment and says how it went.
func conclude(cmd *cobra.Command, f *runFlags, store *results.Store, sum harness.Summary, failure error) error {
	ctx := context.WithoutCancel(cmd.Context())
	if sum.ID != 0 && (!f.quiet || f.json) {
		runs, err := store.Runs(ctx, results.Filter{Experiments: []int64{sum.ID}})
		if err != nil {
			return errors.Join(failure, err)
		}
		ranking := rank.Defaults
		ranking.ChargeSetup = f.chargeSetup
		boards := rank.Boards(runs, ranking)
		if f.json {
			err = report.JSON(cmd.OutOrStdout(), rank.Rows(boards))
		} else {
			err = report.Terminal(cmd.OutOrStdout(), boards, terminalStyle(cmd.OutOrStdout()))
		}
		if err != nil {
			return errors.Join(failure, err)
		}
	}
	if failure != nil {
		return failure
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "\n%s, %d not solved. Stored as experiment %d in %s\n", report.Plural(sum.Runs, "run"), sum.Unsolved, sum.ID, f.db)
	switch {
	case sum.Interrupted:
		return &exitError{code: exitInterrupted, err: fmt.Errorf("interrupted with %d of %s done: solverbench run --resume --db %s goes on",
			sum.Before+sum.Runs+sum.Failed, report.Plural(sum.Planned, "run"), f.db)}
	case sum.Misuse != nil:
		return &harness.UsageError{Err: sum.Misuse}
	case sum.Failed > 0:
		return &exitError{code: exitUnsolved, err: fmt.Errorf("%s could not be made", report.Plural(sum.Failed, "run"))}
	case f.strict && sum.Unsolved > 0:
		return &exitError{code: exitUnsolved, err: fmt.Errorf("%s not solved", report.Plural(sum.Unsolved, "run"))}
	}
	return nil
}
