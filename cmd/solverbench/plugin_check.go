package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/plugins/conformance"
	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/problems/registry"
	"github.com/solverbench/solverbench/problems/selection"
	"github.com/solverbench/solverbench/results/report"
)

func newPluginCheck() *cobra.Command {
	var (
		solvers                 []string
		bundled, quick, verbose bool
		asJSON, network         bool
		patience                time.Duration
	)
	cmd := &cobra.Command{
		Use:   "check PATH",
		Short: "Check whether a plugin keeps to the contract, and solves what it claims to",
		Long: `Check whether a plugin keeps to the contract, and solves what it claims to: each solver is asked what the harness
will ask of it, and some things that it should refuse. Every answer is verified. docs/conformance.md has the rules.

Exits with 0 if nothing failed, with 1 if a rule failed, with 3 if the plugin could not be loaded. Warnings fail nothing.`,
		Example: `  solverbench plugin check ./my-solvers
  solverbench plugin check ./my-solvers --solver 'jacobi[max-sweeps=100000]'
  solverbench plugin check --bundled --quick
  solverbench plugin check ./my-solvers --json | jq '.[] | select(.outcome == "fail")'`,
		Args: func(_ *cobra.Command, args []string) error {
			if bundled != (len(args) == 0) || len(args) > 1 {
				return errors.New("expected one plugin to check: its path, or --bundled")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg := conformance.Config{Families: registry.Families(), Quick: quick, Patience: patience}
			var err error
			if cfg.Launch, err = launchOf(args); err != nil {
				return err
			}
			cfg.Launch.Network = network
			if cfg.Solvers, err = solversToCheck(solvers); err != nil {
				return err
			}
			p := &checkPrinter{w: cmd.OutOrStdout(), style: terminalStyle(cmd.OutOrStdout()), verbose: verbose}
			cfg.Working = p.working
			if !asJSON {
				cfg.Found = p.found
			}
			found, err := conformance.Check(cmd.Context(), cfg)
			showWorking("")
			if err != nil {
				return checkError(cmd.Context(), cfg.Launch.Command[0], err)
			}
			if asJSON {
				err = report.JSON(cmd.OutOrStdout(), found)
			} else {
				p.summary(found)
			}
			for _, f := range found {
				if err == nil && f.Outcome == conformance.Fail {
					return &exitError{code: exitUnsolved}
				}
			}
			return err
		},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringArrayVar(&solvers, "solver", nil, "check this one, perhaps with options: 'NAME[option=value]' (repeatable; default all)")
	fl.BoolVar(&bundled, "bundled", false, "check the bundled plugin")
	fl.BoolVar(&quick, "quick", false, "spend less time where many solves make a rule surer")
	fl.DurationVar(&patience, "patience", 0, "what a call may take before it counts as hanging (default 30s, or 10s if quick)")
	fl.BoolVar(&network, "allow-network", false, "allow the plugin the network")
	fl.BoolVarP(&verbose, "verbose", "v", false, "say what was seen of rules that passed, too")
	fl.BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// launchOf is how a plugin is launched: the one named, or the bundled one.
func launchOf(args []string) (host.Config, error) {
	if len(args) == 0 {
		self, err := os.Executable()
		if err != nil {
			return host.Config{}, fmt.Errorf("finding this executable: %w", err)
		}
		return host.Config{Command: []string{self, serveBundled}}, nil
	}
	path, err := exec.LookPath(args[0])
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return host.Config{}, &harness.PluginError{Command: args[0], Err: err}
	}
	return host.Config{Command: []string{path}}, nil
}

// solversToCheck are those of --solver, with each combination of the options given.
func solversToCheck(selections []string) (all []conformance.Solver, err error) {
	for _, text := range selections {
		parsed, err := selection.Parse(text)
		if err != nil {
			return nil, err
		}
		combinations, err := parsed.Expand()
		if err != nil {
			return nil, err
		}
		for _, options := range combinations {
			all = append(all, conformance.Solver{Name: parsed.Name, Options: options})
		}
	}
	return all, nil
}

// checkError gives an error of a check its exit code.
func checkError(ctx context.Context, path string, err error) error {
	var unknown *conformance.UnknownError
	if errors.As(err, &unknown) || ctx.Err() != nil {
		return err
	}
	return &harness.PluginError{Command: path, Err: err}
}

// checkPrinter prints findings as they come, those of a solver under its name.
type checkPrinter struct {
	w       io.Writer
	style   report.Style
	verbose bool
	heading string
}

// marks of outcomes, and their colours on a terminal.
var marks = map[conformance.Outcome]struct{ mark, colour string }{
	conformance.Pass: {"✓", "32"}, conformance.Fail: {"✗", "31"}, conformance.Warn: {"!", "33"}, conformance.Skip: {"–", "2"},
}

func (p *checkPrinter) working(solver, rule string) {
	showWorking("… " + report.Clean(solver+" "+rule))
}

func (p *checkPrinter) found(f conformance.Finding) {
	showWorking("")
	heading := f.Plugin
	if f.Solver != "" {
		heading = f.Solver + writtenOptions(f.Options) + " (" + f.Family + ")"
	}
	if heading != p.heading {
		if p.heading != "" {
			fmt.Fprintln(p.w)
		}
		fmt.Fprintln(p.w, report.Clean(heading))
		p.heading = heading
	}
	message := f.Message
	if f.Outcome == conformance.Pass && !p.verbose {
		message = ""
	}
	m := marks[f.Outcome]
	mark := fmt.Sprintf("%s %s", m.mark, f.Outcome)
	var b strings.Builder
	report.Paragraph(&b, fmt.Sprintf("  %s  %-13s  ", mark, f.Rule), message, p.style)
	text := b.String()
	if p.style.Color {
		text = strings.Replace(text, mark, "\x1b["+m.colour+"m"+mark+"\x1b[0m", 1)
	}
	fmt.Fprintln(p.w, strings.TrimRight(text, " \n"))
}

// writtenOptions are options as a selection has them.
func writtenOptions(options map[string]string) string {
	if len(options) == 0 {
		return ""
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(options)) {
		parts = append(parts, name+"="+selection.Quote(options[name]))
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// summary counts.
func (p *checkPrinter) summary(found []conformance.Finding) {
	n := map[conformance.Outcome]int{}
	for _, f := range found {
		n[f.Outcome]++
	}
	fmt.Fprintf(p.w, "\n%d passed, %d failed, %d warnings, %d skipped\n", n[conformance.Pass], n[conformance.Fail], n[conformance.Warn], n[conformance.Skip])
}
