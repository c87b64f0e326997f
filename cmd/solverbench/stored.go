package main

import (
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
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil || id < 1 {
				return &harness.UsageError{Err: fmt.Errorf("show run: %q, expected the number of a run (solverbench list runs shows them)", args[0])}
			}
			detail, err := loadDetail(cmd, db, id)
			if err != nil {
				return err
			}
			if asJSON {
				return report.JSON(cmd.OutOrStdout(), []report.Detail{detail})
			}
			return report.Run(cmd.OutOrStdout(), detail, terminalStyle(cmd.OutOrStdout()))
		},
	}
	cmd.Flags().StringVar(&db, "db", defaultDB, "database to read")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func loadDetail(cmd *cobra.Command, db string, id int64) (report.Detail, error) {
	store, err := results.OpenReadOnly(cmd.Context(), db)
	if err != nil {
		return report.Detail{}, err
	}
	defer store.Close()
	runs, err := store.Runs(cmd.Context(), results.Filter{IDs: []int64{id}})
	if err != nil {
		return report.Detail{}, err
	}
	if len(runs) == 0 {
		return report.Detail{}, &harness.UsageError{Err: fmt.Errorf("%s has no run %d (solverbench list runs --db %s shows them)", db, id, db)}
	}
	experiments, err := store.Experiments(cmd.Context())
	if err != nil {
		return report.Detail{}, err
	}
	k := slices.IndexFunc(experiments, func(e results.Experiment) bool { return e.ID == runs[0].Experiment })
	return report.NewDetail(&runs[0], &experiments[k]), nil
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
	return report.Columns(out, rows)
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
			return report.Columns(cmd.OutOrStdout(), rows)
		},
	}
	cmd.Flags().StringVar(&db, "db", defaultDB, "database to read")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }
