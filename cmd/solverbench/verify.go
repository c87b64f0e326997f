package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/plugins/conformance"
	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/bundle"
	"github.com/solverbench/solverbench/results/report"
)

type verifyFlags struct {
	sum           string
	timeout       time.Duration
	memory        harness.Size
	asJSON, quiet bool
}

func newVerify() *cobra.Command {
	f := verifyFlags{memory: 8 << 30}
	cmd := &cobra.Command{
		Use:   "verify FILE.tar.gz",
		Short: "Check an archive that solverbench bundle wrote",
		Long: `Check an archive that solverbench bundle wrote, without its author and without running a solver:

  archive      it can be unpacked, and has --sha256 if that is given
  files        each has the size and the SHA-256 of the manifest, and there are no others
  database     it is whole, its schema is solverbench's, and what has a checksum has it
  version      other versions of solverbench that made some of it are told
  suites       they are those that the experiments were made of
  complete     runs that are missing between others are told
  plugins      the manifest names those that the runs were made with
  leaderboard  ranked again, the runs make the rows that are in the archive
  solutions    they are those that the runs left
  metrics      each instance is built again, and judges the solution: status and metrics are as stored
  site         made again, the pages are the same

Times are their author's word; solverbench reproduce --bundle makes runs again. docs/bundles.md has more, tolerances among it.

Exit codes: 0 nothing failed, 1 a check failed, 2 usage, 130 interrupted.`,
		Example: `  solverbench verify results.tar.gz
  solverbench verify results.tar.gz --sha256 "$(cat published.sha256)" --quiet
  solverbench verify results.tar.gz --json | jq '.[] | select(.outcome == "fail")'`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: bundleNames,
		RunE:              func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.sum, "sha256", "", "`checksum` that the archive was published with")
	fl.DurationVar(&f.timeout, "timeout", 10*time.Minute, "limit for judging one solution again")
	fl.Var(&f.memory, "memory", "memory that judging a solution may use")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "print what did not pass, and the sum")
	fl.BoolVar(&f.asJSON, "json", false, "print JSON")
	return cmd
}

func (f *verifyFlags) run(cmd *cobra.Command, path string) error {
	if _, err := os.Stat(path); err != nil {
		return &harness.UsageError{Err: err}
	}
	found, err := f.check(cmd, path)
	if err != nil {
		return err
	}
	if f.asJSON {
		err = report.JSON(cmd.OutOrStdout(), found)
	} else {
		err = f.print(cmd.OutOrStdout(), path, found)
	}
	if err == nil && slices.ContainsFunc(found, func(f bundle.Finding) bool { return f.Outcome == bundle.Fail }) {
		return &exitError{code: exitUnsolved}
	}
	return err
}

// check does all checks. An error means that they could not be done.
func (f *verifyFlags) check(cmd *cobra.Command, path string) ([]bundle.Finding, error) {
	ctx := cmd.Context()
	b, err := bundle.Open(ctx, path)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return []bundle.Finding{{Check: "archive", Outcome: bundle.Fail, Message: strings.TrimPrefix(err.Error(), path+": ")}}, nil
	}
	defer b.Close()
	all := []bundle.Finding{f.archive(b)}
	found, err := b.Check(ctx, thisProgram())
	all = append(all, found...)
	if err != nil || slices.ContainsFunc(found, func(f bundle.Finding) bool { return f.Check == "database" && f.Outcome == bundle.Fail }) {
		return all, err
	}
	store, err := results.OpenReadOnly(ctx, b.Database())
	if err != nil {
		return all, err
	}
	defer store.Close()
	if found, err = f.metrics(cmd, b, store); err != nil {
		return all, err
	}
	all = append(all, found...)
	found, err = checkPages(cmd, b)
	return append(all, found...), err
}

func (f *verifyFlags) archive(b *bundle.Bundle) bundle.Finding {
	found := bundle.Finding{Check: "archive", Outcome: bundle.Pass, Message: fmt.Sprintf("made %s by solverbench %s; SHA-256 %s",
		b.Manifest.Made.UTC().Format("2006-01-02 15:04 UTC"), bundle.Program(b.Manifest.Version, b.Manifest.Revision), b.SHA256)}
	if f.sum != "" && !strings.EqualFold(f.sum, b.SHA256) {
		found.Outcome, found.Message = bundle.Fail, fmt.Sprintf("its SHA-256 is %s, expected %s", b.SHA256, f.sum)
	}
	return found
}

// metrics has every solution judged again.
func (f *verifyFlags) metrics(cmd *cobra.Command, b *bundle.Bundle, store *results.Store) ([]bundle.Finding, error) {
	ctx := cmd.Context()
	defer showWorking(cmd.ErrOrStderr(), "")
	answers, err := b.Answers(ctx, store)
	if err != nil || len(answers) == 0 {
		return nil, err
	}
	j := &judgeProcess{database: b.Database(), memory: f.memory, timeout: f.timeout}
	defer j.end()
	var all []bundle.Finding
	var passed, computed, exact int
	for i := range answers {
		a := &answers[i]
		showWorking(cmd.ErrOrStderr(), fmt.Sprintf("… %d/%d: judging the solution of run %d", i+1, len(answers), a.Run.ID))
		r, err := j.ask(ctx, question{a.Run.ID, a.Arrays})
		if err != nil {
			return all, err
		}
		if r.Outcome == bundle.Pass {
			passed, computed, exact = passed+1, computed+r.Metrics, exact+r.Exact
			continue
		}
		subject := fmt.Sprintf("run %d, %s on %s", a.Run.ID, a.Run.Configuration.Label, a.Run.Instance.Label)
		all = append(all, bundle.Finding{Check: "metrics", Subject: subject, Outcome: r.Outcome, Message: r.Message})
	}
	if passed > 0 {
		all = append(all, bundle.Finding{Check: "metrics", Outcome: bundle.Pass, Message: fmt.Sprintf(
			"computed again from the solutions of %s, the %s are as stored, %d of them to the last bit", report.Plural(passed, "run"), report.Plural(computed, "metric"), exact)})
	}
	return all, nil
}

func disagreements(all []harness.Disagreement) string {
	texts := make([]string, len(all))
	for i, d := range all {
		texts[i] = d.String()
	}
	return strings.Join(texts, "; ")
}

// checkPages makes the pages again.
func checkPages(cmd *cobra.Command, b *bundle.Bundle) ([]bundle.Finding, error) {
	dir, err := os.MkdirTemp("", "solverbench-pages-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := writePages(cmd, b.Manifest, b.Database(), dir); err != nil {
		return nil, err
	}
	return b.CheckPages(dir, thisProgram())
}

// thisProgram is the name by which bundles know the program that made them.
func thisProgram() string { return bundle.Program(version(), revision()) }

// print writes findings for people.
func (f *verifyFlags) print(w io.Writer, path string, all []bundle.Finding) error {
	style := terminalStyle(w)
	fmt.Fprintln(w, report.Clean(path))
	n := map[bundle.Outcome]int{}
	for _, found := range all {
		n[found.Outcome]++
		if f.quiet && (found.Outcome == bundle.Pass || found.Outcome == bundle.Skip) {
			continue
		}
		writeMarked(w, conformance.Outcome(found.Outcome), found.Check, strings.TrimPrefix(found.Subject+": "+found.Message, ": "), "", style)
	}
	_, err := fmt.Fprintf(w, "%d passed, %d failed, %d warnings, %d skipped\n", n[bundle.Pass], n[bundle.Fail], n[bundle.Warn], n[bundle.Skip])
	return err
}
