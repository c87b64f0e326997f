package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/report"
)

func newShowRun() *cobra.Command {
	var db string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "run ID",
		Short: "Show everything that is stored about a run",
		Long: `Show everything that is stored about a run: what came out, the reasons to doubt it, how it was measured, every
repetition, where it was made and with what, and the end of what the plugin wrote to standard error. IDs are those that
"solverbench list runs" and the column run of JSON and CSV output show.`,
		Example: "  solverbench show run 12\n  solverbench show run 12 --json | jq '.[0].run.repetitions'",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ids, err := runNumbers(args)
			if err != nil {
				return &harness.UsageError{Err: fmt.Errorf("show run: %w", err)}
			}
			all, err := loadRecorded(cmd.Context(), db, ids)
			if err != nil {
				return err
			}
			detail := report.NewDetail(&all[0].run, all[0].experiment)
			if asJSON {
				return report.JSON(cmd.OutOrStdout(), []report.Detail{detail})
			}
			style := terminalStyle(cmd.OutOrStdout())
			style.Wide = !isTerminal(cmd.OutOrStdout())
			return report.Run(cmd.OutOrStdout(), detail, style)
		},
	}
	cmd.Flags().StringVar(&db, "db", defaultDB, "database to read")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	registerFlagCompletions(cmd)
	cmd.ValidArgsFunction = completeOneRun
	return cmd
}

// recorded is a run with the experiment it is of.
type recorded struct {
	run        results.Run
	experiment *results.Experiment
}

// runNumbers reads the numbers of runs, each once.
func runNumbers(texts []string) ([]int64, error) {
	var ids []int64
	for _, text := range texts {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || id < 1 {
			return nil, fmt.Errorf("%q, expected the number of a run (solverbench list runs shows them)", text)
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// loadRecorded reads runs whole.
func loadRecorded(ctx context.Context, db string, ids []int64) ([]recorded, error) {
	store, err := results.OpenReadOnly(ctx, db)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	runs, err := store.Runs(ctx, results.Filter{IDs: ids})
	if err != nil {
		return nil, err
	}
	experiments, err := store.Experiments(ctx)
	if err != nil {
		return nil, err
	}
	var all []recorded
	for _, id := range ids {
		k := slices.IndexFunc(runs, func(r results.Run) bool { return r.ID == id })
		if k < 0 {
			return nil, &harness.UsageError{Err: fmt.Errorf("%s has no run %d (solverbench list runs --db %[1]s shows them)", db, id)}
		}
		all = append(all, recorded{runs[k], experimentOf(experiments, runs[k].Experiment)})
	}
	return all, nil
}

// experimentOf finds an experiment that runs name.
func experimentOf(all []results.Experiment, id int64) *results.Experiment {
	return &all[slices.IndexFunc(all, func(e results.Experiment) bool { return e.ID == id })]
}

// listedRun and listedExperiment are the JSON of list.
type listedRun struct {
	Run           int64          `json:"run"`
	Experiment    int64          `json:"experiment"`
	ExperimentUID string         `json:"experiment_uid"`
	Started       time.Time      `json:"started"`
	Status        results.Status `json:"status"`
	Reason        string         `json:"reason"`
	Instance      string         `json:"instance"`
	Plugin        string         `json:"plugin"`
	Configuration string         `json:"configuration"`
	Threads       int            `json:"threads"`
	Flags         []string       `json:"flags"`
}

type listedExperiment struct {
	Experiment int64           `json:"experiment"`
	UID        string          `json:"uid"`
	Started    time.Time       `json:"started"`
	Finished   *time.Time      `json:"finished"`
	Outcome    results.Outcome `json:"outcome"`
	Suite      string          `json:"suite"`
	Machine    string          `json:"machine"`
	Version    string          `json:"harness_version"`
	Command    []string        `json:"command"`
}

func newListRuns() *cobra.Command {
	var f filterFlags
	var statuses []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "runs [PROBLEM-SELECTION...]",
		Short: "List stored runs",
		Example: `  solverbench list runs
  solverbench list runs 'poisson/*[n=1023]' --solver cg --status timeout,crashed
  solverbench list runs --json | jq '.[] | select(.flags != [])'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			filter := results.Filter{Bare: true}
			for _, s := range statuses {
				if !slices.Contains(results.Statuses(), results.Status(s)) {
					return &harness.UsageError{Err: fmt.Errorf("--status: %q, expected one of %s", s, strings.Trim(fmt.Sprint(results.Statuses()), "[]"))}
				}
				filter.Statuses = append(filter.Statuses, results.Status(s))
			}
			runs, err := f.loadOnly(cmd, args, filter)
			if err != nil {
				return err
			}
			if asJSON {
				return report.JSON(cmd.OutOrStdout(), listRuns(runs))
			}
			return printRuns(cmd.OutOrStdout(), runs)
		},
	}
	f.register(cmd)
	cmd.Flags().StringSliceVar(&statuses, "status", nil, "only runs with one of these statuses, separated by commas")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	statusNames := make([]string, len(results.Statuses()))
	for i, s := range results.Statuses() {
		statusNames[i] = string(s)
	}
	_ = cmd.RegisterFlagCompletionFunc("status", cobra.FixedCompletions(statusNames, cobra.ShellCompDirectiveNoFileComp))
	// The flag says 0 is the newest run of each configuration, which is how leaderboards are made; here it is all.
	cmd.Flags().Lookup("experiment").Usage = "only runs of this experiment; 0 for all"
	registerCompletions(cmd)
	return cmd
}

func listRuns(runs []results.Run) []listedRun {
	out := make([]listedRun, len(runs))
	for i := range runs {
		r := &runs[i]
		out[i] = listedRun{r.ID, r.Experiment, r.ExperimentUID, r.Started, r.Status, r.Reason, r.Instance.Label,
			r.Configuration.Plugin.Name, r.Configuration.Label, r.Threads, append([]string{}, r.Flags...)}
	}
	return out
}

func printRuns(out io.Writer, runs []results.Run) error {
	rows := [][]string{{"run", "exp.", "started", "status", "instance", "solver", "flags or reason"}}
	for i := range runs {
		r := &runs[i]
		rows = append(rows, []string{fmt.Sprint(r.ID), fmt.Sprint(r.Experiment), minute(r.Started), string(r.Status),
			r.Instance.Label, r.Configuration.Label, strings.TrimSpace(r.Reason + " " + strings.Join(r.Flags, " "))})
	}
	return printColumns(out, rows)
}

func newListExperiments() *cobra.Command {
	var db string
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "experiments",
		Short:   "List stored experiments",
		Example: "  solverbench list experiments\n  solverbench leaderboard --experiment 3",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			store, err := results.OpenReadOnly(cmd.Context(), db)
			if err != nil {
				return err
			}
			defer store.Close()
			all, err := store.Experiments(cmd.Context())
			if err != nil {
				return err
			}
			var list []listedExperiment
			rows := [][]string{{"exp.", "started", "outcome", "suite", "machine", "command"}}
			for _, e := range all {
				l := listedExperiment{e.ID, e.UID, e.Started, nil, e.Outcome, e.Suite, e.Machine.Hostname, e.HarnessVersion, e.Command}
				if !e.Finished.IsZero() {
					l.Finished = &e.Finished
				}
				list = append(list, l)
				rows = append(rows, []string{fmt.Sprint(e.ID), minute(e.Started), string(e.Outcome), e.Suite,
					e.Machine.Hostname, strings.Join(e.Command, " ")})
			}
			if asJSON {
				return report.JSON(cmd.OutOrStdout(), list)
			}
			return printColumns(cmd.OutOrStdout(), rows)
		},
	}
	cmd.Flags().StringVar(&db, "db", defaultDB, "database to read")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	registerFlagCompletions(cmd)
	return cmd
}

func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }
