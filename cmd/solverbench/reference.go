package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/solverbench/solverbench/harness"
)

// newReference writes the help of all commands as pages; docs/reference is made by it, and packagers make man pages.
func newReference() *cobra.Command {
	var man bool
	cmd := &cobra.Command{
		Use:     "reference DIR",
		Short:   "Write the help of all commands as Markdown or man pages",
		Example: "  solverbench reference docs/reference\n  solverbench reference --man /usr/local/share/man/man1",
		Args:    cobra.ExactArgs(1),
		Hidden:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := writeReference(cmd.Root(), args[0], man); err != nil {
				return &harness.UsageError{Err: fmt.Errorf("reference: %w", err)}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&man, "man", false, "man pages of section 1")
	return cmd
}

func writeReference(root *cobra.Command, dir string, man bool) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root.DisableAutoGenTag = true // pages change when commands do
	if man {
		return doc.GenManTree(root, &doc.GenManHeader{Title: "SOLVERBENCH", Section: "1", Source: "solverbench", Manual: "solverbench", Date: &time.Time{}}, dir)
	}
	return doc.GenMarkdownTree(root, dir)
}
