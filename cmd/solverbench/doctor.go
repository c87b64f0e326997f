package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/harness/doctor"
	"github.com/solverbench/solverbench/results/report"
)

func newDoctor() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what this machine is, how well it measures, and what keeps plugins contained",
		Long: `Say what this machine is, how well times can be measured on it right now, what keeps plugins contained, what
calls of them cost, and where arrays and databases go. What could be better is followed by what would make it so.
It takes a few seconds.

Exits with 3 if the bundled plugin cannot be run, with 0 otherwise, whatever there is to warn of.`,
		Example: `  solverbench doctor
  solverbench doctor --json | jq '.[] | select(.state != "ok")'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			self, err := os.Executable()
			if err != nil {
				return fmt.Errorf("finding this executable: %w", err)
			}
			var all []doctor.Finding
			p := findingsPrinter{w: cmd.OutOrStdout(), stderr: cmd.ErrOrStderr(), style: terminalStyle(cmd.OutOrStdout())}
			cfg := doctor.Config{
				Version: version(), Revision: revision(), Bundled: []string{self, serveBundled}, Null: nullCommand(), Dir: ".",
				Working: func(what string) { showWorking(p.stderr, "… "+what) },
				Found:   p.found,
			}
			if asJSON {
				cfg.Found = func(f doctor.Finding) { all = append(all, f) }
			}
			err = doctor.Examine(cmd.Context(), cfg)
			showWorking(p.stderr, "")
			if asJSON {
				return errors.Join(err, report.JSON(cmd.OutOrStdout(), all))
			}
			p.flush()
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// findingsPrinter prints the findings of a section once it is complete.
type findingsPrinter struct {
	w       io.Writer
	stderr  io.Writer // on which it is shown what is being done
	style   report.Style
	section []doctor.Finding
	printed bool
}

// headings of the sections.
var headings = map[string]string{
	doctor.Machine: "This machine", doctor.Measuring: "Measuring", doctor.Protection: "What keeps plugins contained",
	doctor.Plugins: "Calling plugins", doctor.Storage: "Memory and disk",
}

func (p *findingsPrinter) found(f doctor.Finding) {
	if len(p.section) > 0 && p.section[0].Section != f.Section {
		p.flush()
	}
	p.section = append(p.section, f)
}

func (p *findingsPrinter) flush() {
	if len(p.section) == 0 {
		return
	}
	showWorking(p.stderr, "")
	if p.printed {
		fmt.Fprintln(p.w)
	}
	fmt.Fprintln(p.w, headings[p.section[0].Section])
	widest := 0
	for _, f := range p.section {
		widest = max(widest, utf8.RuneCountInString(f.Check))
	}
	for _, f := range p.section {
		state := string(f.State)
		if f.Section == doctor.Protection {
			state = map[doctor.State]string{doctor.OK: "on"}[f.State]
			if state == "" {
				state = "off"
			}
		}
		report.Paragraph(p.w, fmt.Sprintf("  %-*s  %-7s  ", widest, f.Check, state), f.Detail, p.style)
		if f.Fix != "" {
			report.Paragraph(p.w, fmt.Sprintf("  %-*s  %-7s  → ", widest, "", ""), f.Fix, p.style)
		}
	}
	p.section, p.printed = nil, true
}
