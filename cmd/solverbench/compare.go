package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/problems/selection"
	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/compare"
	"github.com/solverbench/solverbench/results/rank"
	"github.com/solverbench/solverbench/results/report"
)

// compareFlags say what is compared and how.
type compareFlags struct {
	filterFlags
	by, format, into string
	failIf           []string
	margin           string
	asJSON           bool
	settings         compare.Settings
}

func newCompare() *cobra.Command {
	f := compareFlags{settings: compare.Defaults}
	cmd := &cobra.Command{
		Use:   "compare A B [PROBLEM-SELECTION...]",
		Short: "Set two solvers, versions or databases against each other",
		Long: `Set two sides against each other, instance by instance: the ratio of B's time to A's with its interval, whether B is
better, worse or the same, and over the instances wins, ties, losses and the geometric mean. A and B are
  two solver selections      one configuration each: 'multigrid[cycle=V]'
  two versions of a plugin   NAME@VERSION, with the name of the plugin or of a solver
  two databases              the same configurations in both: old.db new.db

A difference counts if it is significant, corrected for as many pairs as there are, and more than a margin: runs of the very
same program differ a little. What is to be compared closely should be run in one experiment, where repetitions are interleaved;
between experiments the margin grows with the noise that was measured. docs/ranking.md says how.

With --fail-if the exit code is 1 where B is
  slower:5%   significantly slower by more than that, and the margin, on some instance or in the geometric mean
  unsolved    not a solution where A is one
Without a pair to compare it is 2.`,
		Example: `  solverbench compare 'multigrid[cycle=V]' 'multigrid[cycle=F]'
  solverbench compare fast-poisson cg 'poisson/unit-2d[n=63..1023]'
  solverbench compare bundled@0.1.0 bundled@0.2.0
  solverbench compare old.db new.db --fail-if slower:5% --fail-if unsolved
  solverbench compare old.db new.db 'ks/*' --solver etdrk4 --format markdown
  solverbench compare tv nl-means --by psnr-gain --json`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	f.register(cmd)
	fl := cmd.Flags()
	registerFormat(cmd, &f.format, &f.asJSON)
	fl.StringVar(&f.into, "into", "", "write between the markers solverbench:begin compare and end of this `FILE` instead of printing; FILE#NAME has markers of that name")
	fl.StringVar(&f.by, "by", "", "compare by this metric instead of time")
	fl.StringArrayVar(&f.failIf, "fail-if", nil, "exit with 1 if B is slower:PERCENT, or unsolved where A is not (repeatable)")
	fl.StringVar(&f.margin, "margin", "1%", "by how much times of the same program may differ from run to run")
	fl.BoolVar(&f.settings.ChargeSetup, "charge-setup", false, "count set-up in the time of a solve")
	fl.BoolVar(&f.settings.AnyMachine, "any-machine", false, "compare times of different machines all the same")
	registerCompletions(cmd)
	cmd.ValidArgsFunction = completeSides
	return cmd
}

// completeSides completes databases and solvers as sides, and then problems.
func completeSides(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	if len(args) >= 2 {
		return completeSelections(problemsOf)(cmd, args, toComplete)
	}
	out, directive := completeSelections(solversOf)(cmd, args, toComplete)
	files, _ := filepath.Glob("*.db") // the pattern is right
	return append(out, files...), directive
}

// alarm is one of --fail-if.
type alarm struct {
	unsolved bool
	slower   float64
	text     string
}

func parseAlarms(texts []string) (all []alarm, err error) {
	for _, t := range texts {
		kind, value, _ := strings.Cut(t, ":")
		share, ok := parseShare(value)
		switch {
		case t == "unsolved":
			all = append(all, alarm{unsolved: true, text: t})
		case kind == "slower" && ok:
			all = append(all, alarm{slower: share, text: t})
		default:
			return nil, &harness.UsageError{Err: fmt.Errorf("--fail-if: %q, expected slower:PERCENT, as in slower:5%%, or unsolved", t)}
		}
	}
	return all, nil
}

// parseShare reads a percentage of at least 0.
func parseShare(text string) (float64, bool) {
	digits, ok := strings.CutSuffix(text, "%")
	x, err := strconv.ParseFloat(digits, 64)
	return x / 100, ok && err == nil && x >= 0 && x < 1e6
}

func (f *compareFlags) run(cmd *cobra.Command, args []string) error {
	format, err := chosenFormat(f.format, f.asJSON)
	if err != nil {
		return err
	}
	alarms, err := parseAlarms(f.failIf)
	if err != nil {
		return err
	}
	share, ok := parseShare(f.margin)
	if !ok {
		return &harness.UsageError{Err: fmt.Errorf("--margin: %q, expected a percentage: 1%%", f.margin)}
	}
	f.settings.Margin = share
	a, b, err := f.sides(cmd, args)
	if err != nil {
		return err
	}
	if f.by != "" && f.by != results.ByTime {
		if err := knownMetrics(append(slices.Clone(a.Runs), b.Runs...), []string{f.by}); err != nil {
			return err
		}
		f.settings.By = f.by
	}
	all, err := compare.Sides(a, b, f.settings)
	var machines *compare.MachinesError
	switch {
	case errors.As(err, &machines):
		return &harness.UsageError{Err: fmt.Errorf("%w (--any-machine does it all the same)", err)}
	case err != nil:
		return &harness.UsageError{Err: err}
	case len(all) == 0:
		return &harness.UsageError{Err: fmt.Errorf("nothing to compare: no instance was tried by both %s and %s", a.Name, b.Name)}
	}
	failures := f.failures(all, alarms)
	if err := f.write(cmd, report.Comparisons(all, f.settings), format); err != nil {
		return err
	}
	if len(failures) == 0 {
		return nil
	}
	for _, line := range failures {
		fmt.Fprintln(cmd.ErrOrStderr(), "solverbench: "+report.Clean(line))
	}
	return &exitError{code: exitUnsolved}
}

func (f *compareFlags) write(cmd *cobra.Command, d report.Document, format string) error {
	if f.into == "" {
		return d.Write(cmd.OutOrStdout(), format, terminalStyle(cmd.OutOrStdout()), false)
	}
	var text bytes.Buffer
	if err := d.Write(&text, format, report.Style{}, true); err != nil {
		return err
	}
	if err := report.Into(f.into, "compare", text.String()); err != nil {
		return &harness.UsageError{Err: err}
	}
	return nil
}

// failures says which alarms go off and where.
func (f *compareFlags) failures(all []compare.Comparison, alarms []alarm) (lines []string) {
	for _, c := range alarms {
		if c.unsolved {
			for _, p := range compare.Lost(all) {
				lines = append(lines, fmt.Sprintf("unsolved: %s on %s: %s: %s", p.B.Configuration, p.Instance, p.B.Status, p.B.Reason))
			}
			continue
		}
		pairs, means := compare.Slower(all, c.slower, f.settings)
		for _, p := range pairs {
			lines = append(lines, fmt.Sprintf("%s: %s on %s: ×%.3g", c.text, p.B.Configuration, p.Instance, p.Ratio.Value))
		}
		for _, m := range means {
			lines = append(lines, fmt.Sprintf("%s: geometric mean over %s: ×%.3g", c.text, m.Family, m.Mean.Value))
		}
	}
	return lines
}

// sides loads what is compared.
func (f *compareFlags) sides(cmd *cobra.Command, args []string) (a, b compare.Side, err error) {
	first, second, problems := args[0], args[1], args[2:]
	isA, isB := isDatabase(first), isDatabase(second)
	if isA != isB {
		other := first
		if isA {
			other = second
		}
		return a, b, &harness.UsageError{Err: fmt.Errorf("%q: not a database, as the other side is", other)}
	}
	a.Name, b.Name = first, second
	if !isA {
		a.Runs, err = f.chosen(cmd, first, problems)
		if err == nil {
			b.Runs, err = f.chosen(cmd, second, problems)
		}
		// Versions of a plugin are compared by what both offer.
		f.settings.SameOnly = strings.Contains(first, "@") && strings.Contains(second, "@")
		return a, b, err
	}
	f.settings.SameOnly = true
	for _, side := range []*compare.Side{&a, &b} {
		f.db = side.Name
		if side.Runs, err = f.loadOnly(cmd, problems, results.Filter{Newest: true}); err != nil {
			return a, b, err
		}
	}
	return a, b, nil
}

// chosen returns the runs of a solver selection, or of a version of a plugin.
func (f *compareFlags) chosen(cmd *cobra.Command, side string, problems []string) ([]results.Run, error) {
	name, version := side, ""
	if at := strings.LastIndexByte(side, '@'); at > strings.LastIndexByte(side, ']') {
		name, version = side[:at], side[at+1:]
	}
	pattern, err := selection.Parse(name)
	if err != nil {
		return nil, err
	}
	// The newest run may be of another version.
	runs, err := f.loadOnly(cmd, problems, results.Filter{Newest: version == ""})
	if err != nil {
		return nil, err
	}
	var versions []string
	matches := once(func(c *results.Configuration) bool {
		names := []string{c.Solver, c.Plugin.Name + "/" + c.Solver}
		if version != "" {
			names = append(names, c.Plugin.Name)
		}
		if !pattern.MatchName(names...) || !pattern.MatchParams(texts(c.Options)) {
			return false
		}
		if !slices.Contains(versions, c.Plugin.Version) {
			versions = append(versions, c.Plugin.Version)
		}
		return version == "" || c.Plugin.Version == version
	})
	runs = slices.DeleteFunc(runs, func(r results.Run) bool { return !matches(r.Configuration) })
	switch {
	case len(runs) > 0:
		return rank.Newest(runs), nil
	case len(versions) > 0:
		slices.Sort(versions)
		return nil, &harness.UsageError{Err: fmt.Errorf("%s: no run of version %q, there are %s", name, version, strings.Join(versions, ", "))}
	}
	return nil, &harness.UsageError{Err: fmt.Errorf("%s: no run of it in %s, and no such file", side, f.db)}
}

// isDatabase says whether a file is one of SQLite.
func isDatabase(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	const magic = "SQLite format 3\x00"
	head := make([]byte, len(magic))
	_, err = io.ReadFull(file, head)
	return err == nil && string(head) == magic
}
