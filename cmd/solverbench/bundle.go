package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/plugins/install"
	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/bundle"
	"github.com/solverbench/solverbench/results/report"
	"github.com/solverbench/solverbench/results/site"
)

type bundleFlags struct {
	filterFlags
	title       string
	solutions   []string
	all, asJSON bool
}

func newBundle() *cobra.Command {
	var f bundleFlags
	cmd := &cobra.Command{
		Use:   "bundle FILE.tar.gz [PROBLEM-SELECTION...]",
		Short: "Write runs as one archive that others can check",
		Long: `Write stored runs as one archive that others can check with solverbench verify, without its author: the runs in a database of
their own, their leaderboards, the suites, the pages of solverbench publish, the solutions that run --save has kept, and which
plugins they were made with, with the sources of those that are installed and whose licences permit to pass them on.

Of the newest runs, as in leaderboards; --all has those before, too. The database tells of the machine and the commands as list
experiments shows them. What is not in the bundle, and why, is told. docs/bundles.md says what a reader may conclude from one.

The SHA-256 that is printed is worth publishing beside the tables: it shows that nobody has changed the archive since. The same
runs make the same bytes but for the date, which $SOURCE_DATE_EPOCH can fix.`,
		Example: `  solverbench run 'poisson/*' --save out
  solverbench bundle results.tar.gz
  solverbench bundle poisson.tar.gz 'poisson/*' --solver multigrid --title 'Multigrid'
  solverbench bundle results.tar.gz --db my.db --solutions /mnt/out --json`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	f.register(cmd)
	fl := cmd.Flags()
	fl.BoolVar(&f.all, "all", false, "also runs that newer ones of the same configuration took the place of")
	fl.StringVar(&f.title, "title", "Solver leaderboards", "title of the pages")
	fl.StringArrayVar(&f.solutions, "solutions", nil, "`folder` that saved solutions have been moved to (repeatable)")
	fl.BoolVar(&f.asJSON, "json", false, "print JSON")
	registerCompletions(cmd)
	problems := cmd.ValidArgsFunction
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, text string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 0 {
			return bundleNames(cmd, args, text)
		}
		return problems(cmd, args, text)
	}
	_ = cmd.MarkFlagDirname("solutions")
	return cmd
}

// bundleNames completes the file of a bundle.
func bundleNames(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return []string{"tar.gz", "tgz"}, cobra.ShellCompDirectiveFilterFileExt
}

// bundledJSON is the JSON of bundle.
type bundledJSON struct {
	Path      string          `json:"path"`
	SHA256    string          `json:"sha256"`
	Bytes     int64           `json:"bytes"`
	Runs      int             `json:"runs"`
	LeftOut   int             `json:"left_out"`
	Solutions int             `json:"solutions"` // runs that are there with theirs
	Lost      []lostSolution  `json:"lost"`
	Plugins   []bundle.Plugin `json:"plugins"`
}

// lostSolution is one that was saved and is not there as it was.
type lostSolution struct {
	Run int64  `json:"run"`
	Why string `json:"why"`
}

func (f *bundleFlags) run(cmd *cobra.Command, args []string) error {
	ctx := cmd.Context()
	made, err := dateOf(os.Getenv("SOURCE_DATE_EPOCH"))
	if err != nil {
		return &harness.UsageError{Err: err}
	}
	chosen, err := f.loadOnly(cmd, args[1:], results.Filter{Newest: !f.all, Bare: true})
	if err != nil {
		return err
	}
	if len(chosen) == 0 {
		return &harness.UsageError{Err: fmt.Errorf("%s has no runs to bundle", f.db)}
	}
	ids := make([]int64, len(chosen))
	for i := range chosen {
		ids[i] = chosen[i].ID
	}
	store, err := results.OpenReadOnly(ctx, f.db)
	if err != nil {
		return err
	}
	defer store.Close()
	runs, err := store.Runs(ctx, results.Filter{IDs: ids})
	if err != nil {
		return err
	}
	overview, err := store.Overview(ctx)
	if err != nil {
		return err
	}
	c := bundle.Contents{
		Store: store, Runs: ids, Made: made, Version: version(), Revision: revision(),
		Selection: bundle.Selection{
			Database: filepath.Base(f.db), Problems: append([]string{}, args[1:]...), Solvers: append([]string{}, f.solvers...),
			Experiment: f.experiment, All: f.all, Runs: len(ids), LeftOut: overview.Runs - len(ids),
		},
		WritePages: func(_ context.Context, m *bundle.Manifest, database, dir string) error {
			return writePages(cmd, m, database, dir)
		},
	}
	if c.Site, err = f.describe(cmd, runs); err != nil {
		return err
	}
	if c.Plugins, err = pluginSources(ctx, runs); err != nil {
		return err
	}
	var lost []lostSolution
	c.Solutions, lost = f.find(runs)
	m, sum, err := bundle.Create(ctx, args[0], c)
	var outside *fs.PathError
	if errors.As(err, &outside) {
		err = &harness.UsageError{Err: err}
	}
	if err != nil {
		return err
	}
	info, err := os.Stat(args[0])
	if err != nil {
		return err
	}
	return f.tell(cmd, &bundledJSON{args[0], sum, info.Size(), len(ids), m.Selection.LeftOut, solutionRuns(m), lost, m.Plugins})
}

// dateOf is the date that a bundle is made at: now, unless SOURCE_DATE_EPOCH says otherwise.
func dateOf(epoch string) (time.Time, error) {
	if epoch == "" {
		return time.Now(), nil
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("$SOURCE_DATE_EPOCH: %q, expected seconds since 1970", epoch)
	}
	return time.Unix(seconds, 0), nil
}

func solutionRuns(m *bundle.Manifest) int {
	runs := map[int64]bool{}
	for _, s := range m.Solutions {
		runs[s.Run] = true
	}
	return len(runs)
}

// tell says what is in the bundle, and what is not.
func (f *bundleFlags) tell(cmd *cobra.Command, b *bundledJSON) error {
	if f.asJSON {
		b.Lost = append([]lostSolution{}, b.Lost...)
		return writeJSON(cmd, b)
	}
	const most = 5
	for i, l := range b.Lost {
		if i == most {
			fmt.Fprintf(cmd.ErrOrStderr(), "and those of %s more (--json lists them)\n", report.Plural(len(b.Lost)-most, "run"))
			break
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "Run %d: %s (--solutions says where it is now)\n", l.Run, printable(l.Why))
	}
	if b.Solutions+len(b.Lost) == 0 {
		fmt.Fprintln(cmd.ErrOrStderr(), "No run has its solution, by which others could check metrics: solverbench run --save DIR keeps them.")
	}
	for _, p := range b.Plugins {
		if p.Omitted != "" && !p.Bundled {
			fmt.Fprintf(cmd.ErrOrStderr(), "The sources of plugin %s are not in it: %s\n", report.Clean(p.Name), report.Clean(p.Omitted))
		}
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: %s, %d with their solutions, %s; %s\nSHA-256 %s\n", b.Path, report.Plural(b.Runs, "run"), b.Solutions,
		report.Plural(len(b.Plugins), "plugin"), size(b.Bytes), b.SHA256)
	return err
}

// describe is what the pages say beside the runs.
func (f *bundleFlags) describe(cmd *cobra.Command, runs []results.Run) (bundle.Site, error) {
	s := bundle.Site{Title: f.title, Solvers: map[string]bundle.Solver{}}
	in, err := describedSite(cmd, &f.filterFlags, f.title)
	if err != nil {
		return s, err
	}
	for i := range runs {
		c := runs[i].Configuration
		name := c.Plugin.Name + "/" + c.Solver
		if d, ok := in.Solvers[name]; ok {
			s.Solvers[name] = bundle.Solver{Doc: d.Doc, Citation: d.Citation}
		}
	}
	return s, nil
}

// writePages writes the pages of a bundle's database, the same whenever that is.
func writePages(cmd *cobra.Command, m *bundle.Manifest, database, dir string) error {
	in := &site.Input{
		Title: m.Site.Title, Database: bundle.DatabaseName, Version: m.Version, Families: familyTitles(), Problems: problemDocs(), Solvers: map[string]site.Solver{},
	}
	for name, s := range m.Site.Solvers {
		in.Solvers[name] = site.Solver{Doc: s.Doc, Citation: s.Citation}
	}
	if err := loadSite(cmd, &filterFlags{db: database}, nil, false, in); err != nil {
		return err
	}
	in.Made = m.Made
	return site.New(*in).WriteDir(cmd.Context(), dir)
}

// find looks for the solutions of runs where they were saved, and where they may have been moved to.
func (f *bundleFlags) find(runs []results.Run) (found []bundle.Solution, lost []lostSolution) {
	for i := range runs {
		files, err := harness.SolutionFiles(&runs[i], append([]string{""}, f.solutions...)...)
		if err != nil {
			lost = append(lost, lostSolution{runs[i].ID, err.Error()})
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(files)) {
			found = append(found, bundle.Solution{Run: runs[i].ID, Name: name, File: files[name]})
		}
	}
	return found, lost
}

// pluginSources are the plugins of runs, with the folders of those that are installed as they were.
func pluginSources(ctx context.Context, runs []results.Run) ([]bundle.Source, error) {
	folder, err := pluginFolder()
	if err != nil {
		return nil, err
	}
	lock, err := folder.Lock()
	if errors.Is(err, fs.ErrPermission) { // as with somebody else's home
		lock, err = &install.Lock{}, nil
	}
	if err != nil {
		return nil, &harness.UsageError{Err: err}
	}
	installed, err := folder.Installed(ctx)
	if err != nil && !errors.Is(err, fs.ErrPermission) {
		return nil, err
	}
	var all []bundle.Source
	for _, p := range bundle.PluginsOf(runs) {
		s := bundle.Source{Plugin: bundle.Plugin{
			Name: p.Name, Version: p.Version, Licence: p.Licence, Language: p.Language, SHA256: p.SHA256, Bundled: p.Bundled,
		}}
		entry, known := lock.Plugins[p.Name]
		k := slices.IndexFunc(installed, func(i install.Installed) bool { return i.Name == p.Name && i.Err == nil })
		switch {
		case p.Bundled:
			s.Omitted = "it is a part of solverbench"
		case !known || k < 0:
			s.Omitted = "it is none of those that solverbench plugin install keeps the sources of"
		default:
			s.Source, s.Subfolder, s.Revision = entry.Source, entry.Subfolder, entry.Revision
			sum, err := installed[k].Program.Checksum()
			switch {
			case err != nil:
				return nil, &harness.PluginError{Command: installed[k].Dir, Err: err}
			case sum != p.SHA256:
				s.Source, s.Subfolder, s.Revision = "", "", ""
				s.Omitted = fmt.Sprintf("what is installed now is another (its checksum is %.12s…)", sum)
			default:
				s.Dir = installed[k].Dir
			}
		}
		all = append(all, s)
	}
	return all, nil
}
