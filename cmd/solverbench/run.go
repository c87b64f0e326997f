package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
	"github.com/solverbench/solverbench/results/report"
)

type runFlags struct {
	db, suite, save  string
	solvers, plugins []string
	timeout          time.Duration
	threads, reps    int
	seed             uint64
	checkpoints      int
	strict, resume   bool
	json, quiet      bool
}

func newRun() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run [PROBLEM-SELECTION...]",
		Short: "Run solvers over problems, verify and store, and print leaderboards",
		Long: `Run solvers over problems. Every solver runs in a process of its own; every answer is verified; every finished
run is stored at once, so that stopping loses at most the run in flight (Ctrl-C stops cleanly, --resume goes on).

Without selections the built-in suite "quick" is run: every family, about a minute.
A timed call lasts at least 0.1 s: shorter solves are repeated inside it, and times are per solve.`,
		Example: `  solverbench run
  solverbench run 'poisson/unit-2d[n=1023]' 'ks/*' --solver 'multigrid[cycle=V|F]' --solver etdrk4
  solverbench run --suite my-suite.yaml --db my.db
  solverbench run --resume
  solverbench run 'sampling/mixture[file=mine.json]' --solver 'dpmpp-2m[steps=10]' --save out`,
		RunE: func(cmd *cobra.Command, args []string) error { return runExperiment(cmd, args, &f) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.db, "db", defaultDB, "database to store runs in")
	fl.StringVar(&f.suite, "suite", "", "built-in suite or YAML file")
	fl.StringArrayVar(&f.solvers, "solver", nil, "solver selection (repeatable); all that fit if not given")
	fl.StringArrayVar(&f.plugins, "plugin", nil, "plugin executable to load beside the bundled one (repeatable)")
	fl.DurationVar(&f.timeout, "timeout", harness.DefaultTimeout, "limit for setting up and solving once; the process tree is ended at it")
	fl.IntVar(&f.threads, "threads", 1, "threads a solver may use")
	fl.IntVar(&f.reps, "reps", harness.DefaultRepetitions, "timed repetitions of each run, after a warm-up")
	fl.Uint64Var(&f.seed, "seed", 0, "seed of instances with random parts, of solvers that draw, and of the order of runs")
	fl.IntVar(&f.checkpoints, "checkpoints", 0, "evaluate up to this many intermediate solutions in the warm-up solve")
	fl.StringVar(&f.save, "save", "", "folder for final solutions (.npy, images also .png) and index.json")
	fl.BoolVar(&f.strict, "strict", false, "exit with 1 if a run is not solved")
	fl.BoolVar(&f.resume, "resume", false, "go on with the database's last unfinished experiment")
	fl.BoolVar(&f.json, "json", false, "print leaderboard rows as JSON instead of tables")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "no progress and no tables; --json still prints its rows")
	registerCompletions(cmd)
	return cmd
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
	catalog, err := loadCatalog(ctx, f.plugins)
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
	observer, stopProgress := newObserver(f.quiet)
	e := &harness.Experiment{
		Catalog: catalog, Suite: suite, Store: store, Observer: observer, Checkpoints: f.checkpoints, SaveDir: f.save,
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
		if len(f.solvers) > 0 {
			suite = suite.WithSolvers(f.solvers)
		}
	}
	changed := cmd.Flags().Changed
	if changed("timeout") {
		suite.Timeout.Duration = f.timeout
	}
	if changed("reps") {
		suite.Repetitions = f.reps
	}
	if changed("threads") {
		suite.Threads = f.threads
	}
	if changed("seed") {
		suite.Seed = f.seed
	}
	for _, bad := range []struct {
		is   bool
		flag string
		text any
	}{
		{suite.Timeout.Duration <= 0, "--timeout", suite.Timeout},
		{suite.Repetitions < 1, "--reps", suite.Repetitions},
		{suite.Threads < 1, "--threads", suite.Threads},
		{f.checkpoints < 0, "--checkpoints", f.checkpoints},
	} {
		if bad.is {
			return nil, &harness.UsageError{Err: fmt.Errorf("%s: %v, expected more than zero", bad.flag, bad.text)}
		}
	}
	return suite, nil
}

// resumeExperiment goes on with the last unfinished experiment, as it was begun.
func resumeExperiment(cmd *cobra.Command, args []string, f *runFlags) error {
	ctx := cmd.Context()
	for _, name := range []string{"suite", "solver", "plugin", "timeout", "threads", "reps", "seed", "checkpoints", "save"} {
		if cmd.Flags().Changed(name) || len(args) > 0 {
			return &harness.UsageError{Err: fmt.Errorf("--resume goes on with an experiment as it was begun: it takes no selections and no --%s", name)}
		}
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
	settings, err := storedSettings(begun.Settings)
	if err != nil {
		return err
	}
	var paths []string
	for _, command := range settings.Plugins {
		paths = append(paths, command[0])
	}
	catalog, err := loadCatalog(ctx, paths)
	if err != nil {
		return err
	}
	jobs, err := catalog.Plan(suite)
	if err != nil {
		return err
	}
	observer, stopProgress := newObserver(f.quiet)
	e := &harness.Experiment{
		Catalog: catalog, Suite: suite, Store: store, Observer: observer, Checkpoints: settings.Checkpoints, SaveDir: settings.Save,
	}
	sum, err := e.Resume(ctx, begun.ID, jobs)
	stopProgress()
	return conclude(cmd, f, store, sum, err)
}

// storedSettings are those beside the suite that Resume needs again.
type resumeSettings struct {
	Checkpoints int        `json:"checkpoints"`
	Save        string     `json:"save"`
	Plugins     [][]string `json:"plugins"`
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
		boards := rank.Boards(runs, rank.Defaults)
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
	if !f.quiet {
		fmt.Fprintf(cmd.ErrOrStderr(), "\n%s, %d not solved. Stored as experiment %d in %s\n", plural(sum.Runs, "run"), sum.Unsolved, sum.ID, f.db)
	}
	switch {
	case sum.Interrupted:
		fmt.Fprintf(cmd.ErrOrStderr(), "Interrupted with %d of %s done: solverbench run --resume --db %s goes on.\n",
			sum.Before+sum.Runs+sum.Failed, plural(sum.Planned, "run"), f.db)
		return &exitError{code: exitInterrupted}
	case sum.Misuse != nil:
		return &harness.UsageError{Err: sum.Misuse}
	case sum.Failed > 0:
		return &exitError{code: exitUnsolved, err: fmt.Errorf("%s could not be made", plural(sum.Failed, "run"))}
	case f.strict && sum.Unsolved > 0:
		return &exitError{code: exitUnsolved, err: fmt.Errorf("%s not solved", plural(sum.Unsolved, "run"))}
	}
	return nil
}

// plural writes a number of things.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
