package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/report"
)

func newMerge() *cobra.Command {
	var output string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "merge DATABASE... -o DATABASE",
		Short: "Bring the runs of several databases together in one",
		Long: `Bring the runs of several databases together in one. What has the same content is one: a run is known by its
experiment, configuration and instance, an experiment by an identifier of its own, everything else by what it is. So the order
of the databases does not matter, and merging one again changes nothing.

Of a run that two databases have, a cancelled one gives way to a finished one. Where they differ otherwise, the message names
the runs and what differs, and nothing is merged.

The result appears when it is complete, or not at all. A file that exists already is not replaced; if it is named among the
databases, the others are added to it in one transaction. The others are never changed: older ones are migrated in
temporary copies, newer ones refused.`,
		Example: `  solverbench merge laptop.db cluster.db -o all.db
  solverbench merge all.db tonight.db -o all.db
  solverbench merge node*.db -o all.db --json`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			n := 0
			merged, err := results.Merge(cmd.Context(), output, args, func(source string) {
				n++
				fmt.Fprintf(cmd.ErrOrStderr(), "merging %s (%d)\n", printable(source), n)
			})
			var conflicts *results.ConflictError
			switch {
			case errors.Is(err, fs.ErrExist):
				return &exitError{exitUsage, err}
			case asJSON && errors.As(err, &conflicts):
				if err := writeJSON(cmd, map[string]any{"conflicts": conflicts.Conflicts}); err != nil {
					return err
				}
				return err
			case err != nil:
				return err
			case asJSON:
				return writeJSON(cmd, merged)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %d experiments, %d runs, %d of them new\n", output, merged.Experiments, merged.Runs, merged.Added)
			return err
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "database to make, or to add to if it is among those to merge")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a summary as JSON, or the conflicts")
	cmd.ValidArgsFunction = completeDatabases
	if err := cmd.MarkFlagRequired("output"); err != nil {
		panic(err) // the flag is defined above
	}
	return cmd
}

// writeJSON prints one object as every --json does, in an array.
func writeJSON(cmd *cobra.Command, v any) error {
	return report.JSON(cmd.OutOrStdout(), []any{v})
}
