package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/plugins/bundled"
	"github.com/solverbench/solverbench/plugins/conformance"
	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/problems/registry"
	"github.com/solverbench/solverbench/problems/selection"
	"github.com/solverbench/solverbench/results/report"
)

func newPluginCheck() *cobra.Command {
	var (
		cfg           conformance.Config
		solvers       []string
		network       bool
		quiet, asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "check PLUGIN",
		Short: "Check whether a plugin keeps to the contract, and solves what it claims to",
		Long: `Check whether a plugin keeps to the contract, and solves what it claims to: each solver is asked what the harness
will ask of it, and some things that it should refuse. Every answer is verified.

PLUGIN is an executable, a shared library (.so), a Python script (.py), a folder with a plugin.yaml, the name of an installed
plugin, or "bundled". A solver is checked with its defaults, unless --solver gives it options. docs/conformance.md says what
each rule asks, why, and how to put right what fails:

` + report.Indent(strings.Join(ruleNames(), ", "), 2) + `

Exit codes: 0 nothing failed (warnings fail nothing), 1 a rule failed, 2 usage, 3 there is no such plugin, or it could not be
launched or asked what it offers, 130 interrupted.`,
		Example: `  solverbench plugin check ./my-solvers
  solverbench plugin check ./libmine.so --solver 'jacobi[max-sweeps=100000]'
  solverbench plugin check ./mine.py --rule cancel --rule memory   # while putting these right
  solverbench plugin check bundled --quick --quiet                 # only what did not pass, in about a minute
  solverbench plugin check ./my-solvers --json | jq '.[] | select(.outcome == "fail")'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("expected one plugin to check")
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{bundled.Name}, cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if cfg.Launch, err = launchOf(cmd.Context(), args[0]); err != nil {
				return err
			}
			cfg.Launch.Network = network
			if cfg.Solvers, err = solversToCheck(solvers); err != nil {
				return err
			}
			cfg.Families = registry.Families()
			p := &checkPrinter{w: cmd.OutOrStdout(), stderr: cmd.ErrOrStderr(), style: terminalStyle(cmd.OutOrStdout()), plugin: args[0], quiet: quiet, began: time.Now()}
			cfg.Working = p.working
			if !asJSON {
				cfg.Found = p.found
			}
			found, err := conformance.Check(cmd.Context(), cfg)
			showWorking(p.stderr, "")
			if asJSON {
				err = errors.Join(err, report.JSON(cmd.OutOrStdout(), found))
			} else if len(found) > 0 {
				p.summary(found, cmd.Context().Err() != nil)
			}
			return checkError(args[0], found, err)
		},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringArrayVar(&solvers, "solver", nil, "check this one, perhaps with options: 'NAME[option=value]' (repeatable; default all)")
	fl.StringArrayVar(&cfg.Rules, "rule", nil, "check this rule only (repeatable; default all)")
	fl.BoolVar(&cfg.Quick, "quick", false, "spend less time where many solves make a rule surer")
	fl.DurationVar(&cfg.Patience, "patience", 0, "what a call may take before it counts as hanging (default 30s, or 10s if quick)")
	fl.BoolVar(&network, "allow-network", false, "allow the plugin the network")
	fl.BoolVarP(&quiet, "quiet", "q", false, "print what did not pass, and the sum")
	fl.BoolVar(&asJSON, "json", false, "print JSON")
	_ = cmd.RegisterFlagCompletionFunc("rule", cobra.FixedCompletions(ruleNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func ruleNames() (names []string) {
	for _, r := range conformance.Rules() {
		names = append(names, r.Name)
	}
	return names
}

// launchOf is how a plugin is launched.
func launchOf(ctx context.Context, plugin string) (host.Config, error) {
	folder, err := pluginFolder()
	if err != nil {
		return host.Config{}, err
	}
	if plugin == bundled.Name {
		return host.Config{Command: []string{folder.Runner[0], serveBundled}}, nil
	}
	found, err := folder.Resolve(ctx, plugin)
	if err != nil {
		return host.Config{}, &harness.PluginError{Command: plugin, Err: err}
	}
	return found.Program.Config(), nil
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

// checkError gives what came of a check its exit code. Failures have been told by then.
func checkError(plugin string, found []conformance.Finding, err error) error {
	var (
		usage  *conformance.UsageError
		theirs *host.Error
	)
	switch {
	case errors.As(err, &usage):
		return &harness.UsageError{Err: usage}
	case errors.Is(err, context.Canceled):
		return &exitError{code: exitInterrupted}
	case errors.As(err, &theirs):
		return &exitError{code: exitPlugin}
	case err != nil:
		return &harness.PluginError{Command: plugin, Err: err}
	case slices.ContainsFunc(found, func(f conformance.Finding) bool { return f.Outcome == conformance.Fail }):
		return &exitError{code: exitUnsolved}
	}
	return nil
}

// checkPrinter prints findings as they come, those of a solver under its name.
type checkPrinter struct {
	w       io.Writer
	stderr  io.Writer // on which it is shown what is being done
	style   report.Style
	plugin  string
	quiet   bool
	heading string
	began   time.Time
}

// marks of outcomes, and their colours on a terminal.
var marks = map[conformance.Outcome]struct{ mark, colour string }{
	conformance.Pass: {"✓", "32"}, conformance.Fail: {"✗", "31"}, conformance.Warn: {"!", "33"}, conformance.Skip: {"–", "2"},
}

func (p *checkPrinter) working(s conformance.Step) {
	what := p.plugin
	if s.Solver != "" {
		what = s.Solver
	}
	if s.Solvers > 1 {
		what = fmt.Sprintf("%d/%d %s", s.At, s.Solvers, what)
	}
	showWorking(p.stderr, "… "+report.Clean(what+": "+s.Rule))
}

func (p *checkPrinter) found(f conformance.Finding) {
	showWorking(p.stderr, "")
	wrong := f.Outcome == conformance.Fail || f.Outcome == conformance.Warn
	if p.quiet && !wrong {
		return
	}
	heading := p.plugin
	if f.Solver != "" {
		heading = subjectOf(f) + " (" + f.Family + ")"
	}
	if heading != p.heading {
		if p.heading != "" {
			fmt.Fprintln(p.w)
		}
		fmt.Fprintln(p.w, report.Clean(heading))
		p.heading = heading
	}
	wants := ""
	if wrong {
		wants = f.Wants
	}
	writeMarked(p.w, f.Outcome, f.Rule, f.Message, wants, p.style)
}

// writeMarked writes what came of a check behind its mark, and below what was expected, if that is to be told.
func writeMarked(w io.Writer, o conformance.Outcome, check, message, wants string, style report.Style) {
	m := marks[o]
	mark := fmt.Sprintf("%s %s", m.mark, o)
	lead := fmt.Sprintf("  %s  %-13s  ", mark, check)
	var b strings.Builder
	report.Paragraph(&b, lead, message, style)
	if wants != "" {
		report.Paragraph(&b, strings.Repeat(" ", len([]rune(lead)))+"expected: ", wants, style)
	}
	text := b.String()
	if style.Color {
		text = strings.Replace(text, mark, "\x1b["+m.colour+"m"+mark+"\x1b[0m", 1)
	}
	fmt.Fprint(w, text)
}

// subjectOf is the solver of a finding, as a selection has it.
func subjectOf(f conformance.Finding) string {
	return selection.Of(f.Solver, f.Options).String()
}

// summary counts, and says again what failed: it may have been long ago.
func (p *checkPrinter) summary(found []conformance.Finding, interrupted bool) {
	n := map[conformance.Outcome]int{}
	var failed []string
	for _, f := range found {
		n[f.Outcome]++
		if f.Outcome == conformance.Fail {
			failed = append(failed, strings.TrimSpace(f.Rule+" "+subjectOf(f)))
		}
	}
	if p.heading != "" {
		fmt.Fprintln(p.w)
	}
	fmt.Fprintf(p.w, "%d passed, %d failed, %d warnings, %d skipped, in %v", n[conformance.Pass], n[conformance.Fail], n[conformance.Warn],
		n[conformance.Skip], time.Since(p.began).Round(100*time.Millisecond))
	if interrupted {
		fmt.Fprint(p.w, " until it was interrupted")
	}
	fmt.Fprintln(p.w)
	if len(failed) > 0 {
		report.Paragraph(p.w, "failed: ", strings.Join(failed, ", "), p.style)
		fmt.Fprintln(p.w, "docs/conformance.md says of each rule why it is there, and how to put right what fails.")
	}
}
