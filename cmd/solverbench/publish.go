package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/problems/registry"
	"github.com/solverbench/solverbench/problems/selection"
	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
	"github.com/solverbench/solverbench/results/report"
	"github.com/solverbench/solverbench/results/site"
)

func newPublish() *cobra.Command {
	var f filterFlags
	var title, solutions string
	var single, chargeSetup, noDownloads, asJSON bool
	cmd := &cobra.Command{
		Use:   "publish DIR [PROBLEM-SELECTION...]",
		Short: "Write leaderboards as a web site",
		Long: `Write stored runs as a web site that needs no server and no network: open DIR/index.html. There is a page for each family,
problem, solver and machine; each number leads to its run, with repetitions, provenance and the command that makes it again. Of the newest
runs, as in leaderboards. What was published into DIR before is replaced; other files there are left alone.

With --single-file, DIR is the name of one HTML file that stands alone.

With --solutions, pages show the solutions that run --save stored: images, and fields on grids, with their errors where the truth is known
at points. Pictures are small, and of the best 24 on an instance.`,
		Example: `  solverbench publish site
  solverbench publish site 'poisson/*' --title 'Poisson solvers'
  solverbench publish results.html --single-file --db my.db

  solverbench run 'restoration/denoise' --save out
  solverbench publish site --solutions out`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in, err := describedSite(cmd, &f, title)
			if err != nil {
				return err
			}
			pictures, err := newGallerist(solutions)
			if err != nil {
				return err
			}
			if err := loadSite(cmd, &f, args[1:], chargeSetup, in); err != nil {
				return err
			}
			if in.Galleries, err = pictures.galleries(cmd.Context(), in.Boards, in.Runs, cmd.ErrOrStderr()); err != nil {
				return err
			}
			if single {
				return publishSingle(cmd, in, args[0], asJSON)
			}
			if !noDownloads {
				if in.Downloads, err = writeDownloads(cmd, &f, in.Runs, args[0]); err != nil {
					return err
				}
			}
			if err := site.New(*in).WriteDir(cmd.Context(), args[0]); err != nil {
				return &harness.UsageError{Err: err}
			}
			return tellPublished(cmd, publishedSite{filepath.Join(args[0], "index.html"), len(in.Runs)}, asJSON)
		},
	}
	f.register(cmd)
	cmd.Flags().StringVar(&title, "title", "Solver leaderboards", "title of the site")
	cmd.Flags().StringVar(&solutions, "solutions", "", "`folder` that run --save wrote, for pictures of solutions")
	cmd.Flags().BoolVar(&single, "single-file", false, "write one HTML file that stands alone")
	cmd.Flags().BoolVar(&chargeSetup, "charge-setup", false, "count set-up in the time of a solve; ranks by it where ranks are by time")
	cmd.Flags().BoolVar(&noDownloads, "no-downloads", false, "no copy of the database and no CSV beside the pages")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	registerCompletions(cmd)
	cmd.ValidArgsFunction = completeFolderThenProblems
	_ = cmd.MarkFlagDirname("solutions")
	return cmd
}

// completeFolderThenProblems completes a folder as the first argument, and then problems.
func completeFolderThenProblems(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return completeSelections(problemsOf)(cmd, args, toComplete)
}

// publishedSite is the JSON of publish.
type publishedSite struct {
	Path string `json:"path"`
	Runs int    `json:"runs"`
}

func tellPublished(cmd *cobra.Command, p publishedSite, asJSON bool) error {
	if asJSON {
		return writeJSON(cmd, p)
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%d runs in %s\n", p.Runs, p.Path)
	return err
}

func publishSingle(cmd *cobra.Command, in *site.Input, path string, asJSON bool) error {
	var text bytes.Buffer
	if err := site.New(*in).WriteSingle(&text); err != nil {
		return err
	}
	if err := os.WriteFile(path, text.Bytes(), 0o644); err != nil {
		return &harness.UsageError{Err: err}
	}
	return tellPublished(cmd, publishedSite{path, len(in.Runs)}, asJSON)
}

// describedSite is a site without runs yet, with what problems and solvers say of themselves, as far as they are here.
func describedSite(cmd *cobra.Command, f *filterFlags, title string) (*site.Input, error) {
	in := &site.Input{
		Title: title, Database: filepath.Base(f.db), Version: version(), Families: familyTitles(), Problems: problemDocs(), Solvers: map[string]site.Solver{},
	}
	catalog, err := loadCatalog(cmd.Context(), cmd.ErrOrStderr(), pluginFlags{}, nil)
	if err != nil {
		return nil, err
	}
	for _, s := range listSolvers(catalog, selection.Pattern{Name: "*"}) {
		in.Solvers[s.Plugin+"/"+s.Solver] = site.Solver{Doc: s.Doc, Citation: s.Citation}
	}
	return in, nil
}

// familyTitles say what families are about.
func familyTitles() map[string]string {
	titles := map[string]string{}
	for _, family := range registry.Families() {
		titles[family.Name] = family.Title
	}
	return titles
}

// problemDocs is what problems say of themselves.
func problemDocs() map[string]site.Problem {
	all := map[string]site.Problem{}
	for _, family := range registry.Families() {
		for _, p := range family.Problems {
			all[family.Name+"/"+p.Name] = site.Problem{Summary: p.Doc.Summary, Equation: p.Doc.Equation, Domain: p.Doc.Domain,
				Truth: p.Doc.Truth, Accuracy: p.Doc.Accuracy, Source: p.Doc.Source}
		}
	}
	return all
}

// loadSite reads the runs of a site as they are now, and ranks them.
func loadSite(cmd *cobra.Command, f *filterFlags, args []string, chargeSetup bool, in *site.Input) error {
	newest, err := f.loadOnly(cmd, args, results.Filter{Newest: true})
	if err != nil {
		return err
	}
	settings := rank.Defaults
	settings.ChargeSetup = chargeSetup
	in.Boards, in.Made, in.Experiments = rank.Boards(newest, settings), time.Now(), map[string]*results.Experiment{}
	ctx := cmd.Context()
	store, err := results.OpenReadOnly(ctx, f.db)
	if err != nil {
		return err
	}
	defer store.Close()
	// What ranking has no need of has not been read yet.
	var ids []int64
	for _, row := range rank.Rows(in.Boards) {
		ids = append(ids, row.Run)
	}
	if len(ids) > 0 {
		if in.Runs, err = store.Runs(ctx, results.Filter{IDs: ids}); err != nil {
			return err
		}
	}
	experiments, err := store.Experiments(ctx)
	if err != nil {
		return err
	}
	for i := range experiments {
		in.Experiments[experiments[i].UID] = &experiments[i]
	}
	return nil
}

// writeDownloads copies the database, and writes the runs as CSV.
func writeDownloads(cmd *cobra.Command, f *filterFlags, runs []results.Run, dir string) ([]site.Download, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, &harness.UsageError{Err: err}
	}
	table, err := os.Create(filepath.Join(dir, "runs.csv"))
	if err != nil {
		return nil, &harness.UsageError{Err: err}
	}
	if err := report.RunsCSV(table, runs); err != nil {
		table.Close()
		return nil, err
	}
	if err := table.Close(); err != nil {
		return nil, err
	}
	name := filepath.Base(f.db)
	downloads := []site.Download{{Name: "runs.csv", Doc: "the runs of this site"}, {Name: name, Doc: "the database, with all runs"}}
	target := filepath.Join(dir, name)
	if here, err := os.Stat(f.db); err == nil {
		if there, err := os.Stat(target); err == nil && os.SameFile(here, there) {
			return downloads, nil
		}
	}
	store, err := results.OpenReadOnly(cmd.Context(), f.db)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	return downloads, store.Copy(cmd.Context(), target)
}
