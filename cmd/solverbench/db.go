package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/report"
)

func newDB() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "db",
		Short: "Look after a database: check, vacuum, info",
		Long:  "Look after a database. docs/database.md describes what is in it.",
		Example: `  solverbench db info
  solverbench db check --db old.db
  solverbench db vacuum`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newDBCheck(), newDBVacuum(), newDBInfo())
	return cmd
}

// dbFlags are those of every db command.
type dbFlags struct {
	path   string
	asJSON bool
}

func (f *dbFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.path, "db", defaultDB, "database")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print JSON")
	registerFlagCompletions(cmd)
}

func newDBCheck() *cobra.Command {
	var f dbFlags
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check that a database is whole",
		Long: `Check that a database is whole: the file's own structures, the references between rows, and what only solverbench
knows: that tables and views are as it makes them, that every run has its parts, that contents have the checksums they were
stored with, that values are what they can be. Each damage is named by table, row and field; if there is one, the exit code is 4. Nothing is changed.`,
		Example: `  solverbench db check
  solverbench db check --db old.db --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			store, err := results.OpenReadOnly(cmd.Context(), f.path)
			if err != nil {
				return err
			}
			defer store.Close()
			found, err := store.Check(cmd.Context())
			if err != nil {
				return err
			}
			if f.asJSON {
				err = report.JSON(cmd.OutOrStdout(), append([]results.Damage{}, found...))
			} else {
				err = writeDamage(cmd.OutOrStdout(), f.path, found)
			}
			if err == nil && len(found) > 0 {
				err = &exitError{code: exitStore}
			}
			return err
		},
	}
	f.register(cmd)
	return cmd
}

func writeDamage(w io.Writer, path string, found []results.Damage) error {
	if len(found) == 0 {
		_, err := fmt.Fprintf(w, "%s is whole\n", path)
		return err
	}
	var b strings.Builder
	for _, d := range found {
		fmt.Fprintln(&b, printable(d.String()))
	}
	fmt.Fprintf(&b, "%s is damaged in %d places; sqlite3 %[1]s .recover | sqlite3 new.db saves what can be read\n", path, len(found))
	_, err := io.WriteString(w, b.String())
	return err
}

func newDBVacuum() *cobra.Command {
	var f dbFlags
	cmd := &cobra.Command{
		Use:   "vacuum",
		Short: "Give room that deleted rows left back to the disk",
		Long: `Rewrite a database without the room that deleted rows left, and empty its write-ahead log. Stopped at any moment,
it leaves the database as it was. It needs as much free disk as the database has, and waits for no experiment: while one is
being run it refuses, so as not to disturb times.`,
		Example: `  solverbench db vacuum
  solverbench db vacuum --db old.db --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			store, err := openExisting(cmd, f.path)
			if err != nil {
				return err
			}
			defer store.Close()
			before, err := store.Overview(cmd.Context())
			if err == nil {
				err = store.Vacuum(cmd.Context())
			}
			if err != nil {
				return err
			}
			after, err := store.Overview(cmd.Context())
			if err != nil {
				return err
			}
			if f.asJSON {
				return writeJSON(cmd, map[string]any{"path": f.path, "before_bytes": before.Bytes, "after_bytes": after.Bytes})
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %s before, %s after\n", f.path, size(before.Bytes), size(after.Bytes))
			return err
		},
	}
	f.register(cmd)
	return cmd
}

// openExisting opens a database for writing but does not make one.
func openExisting(cmd *cobra.Command, path string) (*results.Store, error) {
	store, err := results.OpenReadOnly(cmd.Context(), path)
	if err != nil {
		return nil, err
	}
	if err := store.Close(); err != nil {
		return nil, err
	}
	return results.Open(cmd.Context(), path)
}

func newDBInfo() *cobra.Command {
	var f dbFlags
	cmd := &cobra.Command{
		Use:   "info",
		Short: "Say what is in a database",
		Long:  "Say what is in a database: its size and version, experiments, runs, and what is unfinished and how to go on with it.",
		Example: `  solverbench db info
  solverbench db info --json | jq '.[0].unfinished'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			store, err := results.OpenReadOnly(cmd.Context(), f.path)
			if err != nil {
				return err
			}
			defer store.Close()
			o, err := store.Overview(cmd.Context())
			if err != nil {
				return err
			}
			if f.asJSON {
				return writeJSON(cmd, o)
			}
			return writeOverview(cmd.OutOrStdout(), &o)
		},
	}
	f.register(cmd)
	return cmd
}

func writeOverview(w io.Writer, o *results.Overview) error {
	version := fmt.Sprintf("schema version %d, journal %s", o.SchemaVersion, o.Journal)
	if o.SchemaVersion < o.Newest {
		version = fmt.Sprintf("schema version %d; the next command that writes makes it %d, after a backup", o.SchemaVersion, o.Newest)
	}
	rows := [][]string{
		{"file", fmt.Sprintf("%s, %s, %s of them free", o.Path, size(o.Bytes), size(o.FreeBytes))},
		{"format", version},
		{"experiments", fmt.Sprint(o.Experiments)},
		{"runs", fmt.Sprintf("%d, with %d repetitions", o.Runs, o.Repetitions)},
		{"by status", tally(o.Statuses)},
		{"by family", tally(o.Families)},
	}
	for _, m := range o.Machines {
		rows = append(rows, []string{"machine", printable(m)})
	}
	if !o.First.IsZero() {
		rows = append(rows, []string{"made", o.First.Local().Format(time.DateTime) + " to " + o.Last.Local().Format(time.DateTime)})
	}
	for i, u := range o.Unfinished {
		text := fmt.Sprintf("experiment %d (%s), begun %s, %d runs done", u.ID, printable(u.Suite), u.Started.Local().Format(time.DateTime), u.Runs)
		switch {
		case u.Running != "":
			text += "; being run by " + printable(u.Running)
		case i == 0:
			text += "; go on with: solverbench run --resume --db " + o.Path
		}
		rows = append(rows, []string{"unfinished", text})
	}
	return printColumns(w, rows)
}

// tally lists counts, the greatest first.
func tally[K ~string](counts map[K]int) string {
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b K) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return strings.Compare(string(a), string(b))
	})
	var all []string
	for _, k := range keys {
		all = append(all, fmt.Sprintf("%s %d", printable(string(k)), counts[k]))
	}
	return cmp.Or(strings.Join(all, ", "), "none")
}

// size writes bytes for people.
func size(bytes int64) string {
	x := float64(bytes)
	for _, unit := range []string{"B", "KiB", "MiB"} {
		if x < 1024 {
			return fmt.Sprintf("%.4g %s", x, unit)
		}
		x /= 1024
	}
	return fmt.Sprintf("%.4g GiB", x)
}
