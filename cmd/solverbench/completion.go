package main

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/plugins/option"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/selection"
	"github.com/solverbench/solverbench/results"
)

// completer is what cobra asks for the completions of an argument or flag.
type completer = func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective)

// registerCompletions completes problem selections as arguments, and the flags that choose among what can be run or is stored, where
// the command has them.
func registerCompletions(cmd *cobra.Command) {
	cmd.ValidArgsFunction = completeSelections(problemsOf)
	registerFlagCompletions(cmd)
}

// registerFlagCompletions completes the flags that several commands have.
func registerFlagCompletions(cmd *cobra.Command) {
	for flag, complete := range map[string]completer{
		"solver": completeSelections(solversOf), "suite": completeSuites, "plugin": completePlugins, "db": completeDatabases,
		"experiment": completeExperiments,
	} {
		// The error says that the flag does not exist: then there is nothing to complete.
		_ = cmd.RegisterFlagCompletionFunc(flag, complete)
	}
}

// selectable is what selections name: a problem or a solver.
type selectable struct {
	name    string
	plugin  string // of a solver, which may be named with it
	doc     string
	options []option.Spec
}

func problemsOf(c *harness.Catalog) (out []selectable) {
	for _, f := range c.Families {
		for _, p := range f.Problems {
			common := []option.Spec{
				{Name: problems.ToleranceParam, Type: option.Float, Default: strconv.FormatFloat(p.Tolerance, 'g', -1, 64), Doc: "tolerance on " + p.Primary},
				{Name: problems.SeedParam, Type: option.Int, Default: "0", Doc: "of what is random"},
			}
			out = append(out, selectable{name: f.Name + "/" + p.Name, doc: p.Doc.Summary, options: slices.Concat(p.Params, common)})
		}
	}
	return out
}

func solversOf(c *harness.Catalog) (out []selectable) {
	for _, p := range c.Plugins {
		for _, s := range p.Solvers {
			out = append(out, selectable{s.Name, p.Name, s.Doc, s.Options})
		}
	}
	return out
}

// completeSelections completes names, and behind a bracket options and their values.
func completeSelections(of ...func(*harness.Catalog) []selectable) completer {
	return func(cmd *cobra.Command, _ []string, toComplete string) ([]string, cobra.ShellCompDirective) {
		c, err := knownCatalog(cmd)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		var all []selectable
		for _, f := range of {
			all = append(all, f(c)...)
		}
		if name, inside, ok := strings.Cut(toComplete, "["); ok {
			return completeOptions(name, inside, all), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
		}
		var out []string
		for _, s := range all {
			out = append(out, s.name+"\t"+s.doc)
			if s.plugin != "" && strings.HasPrefix(toComplete, s.plugin+"/") {
				out = append(out, s.plugin+"/"+s.name+"\t"+s.doc)
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeOptions completes the last option behind a name and its bracket, or the last value of it.
func completeOptions(name, inside string, all []selectable) (out []string) {
	pattern, err := selection.Parse(name)
	if err != nil || strings.Contains(inside, `"`) { // where quoted text ends is not guessed
		return nil
	}
	before, last := cutLast(inside, ",")
	key, values, valued := strings.Cut(last, "=")
	given, value := cutLast(values, "|")
	offered := map[string]bool{}
	offer := func(text, doc string) {
		if !offered[text] {
			offered[text] = true
			out = append(out, name+"["+before+text+"\t"+doc)
		}
	}
	for _, s := range all {
		if !pattern.MatchName(s.name, s.plugin+"/"+s.name) {
			continue
		}
		for _, o := range s.options {
			switch {
			case !valued && !strings.Contains(","+before, ","+o.Name+"="):
				offer(o.Name+"=", o.Doc)
			case valued && o.Name == key:
				for _, v := range usualValues(o) {
					doc := ""
					if v == o.Default {
						doc = "the default"
					}
					offer(key+"="+given+v, doc)
					if v == value { // complete: what may come next
						offer(key+"="+given+v+"]", "")
						offer(key+"="+given+v+",", "")
					}
				}
			}
		}
	}
	return out
}

// cutLast cuts text behind the last separator.
func cutLast(text, separator string) (before, after string) {
	i := strings.LastIndex(text, separator) + 1
	return text[:i], text[i:]
}

// usualValues are all values of an option, or its default.
func usualValues(o option.Spec) []string {
	switch {
	case o.Type == option.Bool:
		return []string{"true", "false"}
	case len(o.Choices) > 0:
		return o.Choices
	case o.Default != "":
		return []string{selection.Quote(o.Default)}
	}
	return nil
}

// knownCatalog is what there is to be run, with the plugins that the command line names so far.
func knownCatalog(cmd *cobra.Command) (*harness.Catalog, error) {
	var chosen pluginFlags
	chosen.paths, _ = cmd.Flags().GetStringArray("plugin") // none if there is no such flag
	return loadCatalog(cmd.Context(), io.Discard, chosen, nil)
}

// completeDatabases completes the names of files that may be databases.
func completeDatabases(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"db"}, cobra.ShellCompDirectiveFilterFileExt
}

// mostCompleted is how many runs are offered: a screen or two.
const mostCompleted = 100

// completeRuns completes the numbers of runs in the database of --db, the newest first.
func completeRuns(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	return runsIn(cmd, usedDatabase(cmd), args, toComplete)
}

// completeOneRun completes the number of a run where there is one argument.
func completeOneRun(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return completeRuns(cmd, args, toComplete)
}

// completeDatabaseThenRuns completes a database as the first argument, and then numbers of runs in it.
func completeDatabaseThenRuns(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return completeDatabases(cmd, args, toComplete)
	}
	return runsIn(cmd, args[0], args[1:], toComplete)
}

func runsIn(cmd *cobra.Command, db string, given []string, toComplete string) (out []string, _ cobra.ShellCompDirective) {
	store, err := results.OpenReadOnly(cmd.Context(), db)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	defer store.Close()
	runs, err := store.Runs(cmd.Context(), results.Filter{Bare: true})
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	slices.SortFunc(runs, func(a, b results.Run) int { return cmp.Compare(b.ID, a.ID) })
	for i := range runs {
		id := strconv.FormatInt(runs[i].ID, 10)
		if !strings.HasPrefix(id, toComplete) || slices.Contains(given, id) {
			continue
		}
		if out = append(out, id+"\t"+printable(described(&runs[i]))); len(out) == mostCompleted {
			break
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// described says what a run was.
func described(r *results.Run) string {
	return fmt.Sprintf("%s on %s, %s", qualified(r.Configuration.Plugin.Name, r.Configuration.Plugin.Bundled, r.Configuration.Label), r.Instance.Label, r.Status)
}

// completeExperiments completes the numbers of experiments in the database of --db, the newest first.
func completeExperiments(cmd *cobra.Command, _ []string, _ string) (out []string, _ cobra.ShellCompDirective) {
	store, err := results.OpenReadOnly(cmd.Context(), usedDatabase(cmd))
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	defer store.Close()
	all, err := store.Experiments(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	for _, e := range slices.Backward(all) {
		out = append(out, fmt.Sprintf("%d\t%s", e.ID, printable(fmt.Sprintf("%s of %s, %s", e.Suite, minute(e.Started), e.Outcome))))
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// usedDatabase is the one that a command would use: completions are asked for before it is prepared.
func usedDatabase(cmd *cobra.Command) string {
	_ = useProjectDB(cmd, nil) // that the project is broken is told by commands
	db, err := cmd.Flags().GetString("db")
	if err != nil {
		return defaultDB
	}
	return db
}

// completeRunFlags completes values of run's flags: all that there are, or the usual ones.
func completeRunFlags(cmd *cobra.Command) {
	var threads []string
	for n := range min(runtime.NumCPU(), 64) {
		threads = append(threads, strconv.Itoa(n+1))
	}
	sizes := []string{"1GB", "2GB", "4GB", "8GB", "16GB", "32GB"}
	for flag, values := range map[string][]string{
		"verify":      {"all\tevery answer", "sample\tsome of each repetition, chosen afterwards", "last\tthe last of all"},
		"precision":   {"0.005", "0.01", "0.02", "0.05"},
		"timeout":     {"10s", "60s", "5m", "1h"},
		"budget":      {"5s", "10s", "60s", "5m"},
		"retry-noisy": {"1", "2", "3"},
		"threads":     threads,
		"memory":      sizes, "disk": sizes,
		"cpus": threads, "pids": {"64", "256", "1024"},
	} {
		_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
	_ = cmd.RegisterFlagCompletionFunc("sweep", completeSweep)
	_ = cmd.RegisterFlagCompletionFunc("tag", completeTags)
	_ = cmd.MarkFlagDirname("save")
}

// completeSweep completes the names of solvers' options.
func completeSweep(cmd *cobra.Command, _ []string, _ string) (out []string, _ cobra.ShellCompDirective) {
	c, err := knownCatalog(cmd)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	for _, s := range solversOf(c) {
		for _, o := range s.options {
			out = append(out, o.Name+"=\t"+o.Doc)
		}
	}
	slices.Sort(out)
	out = slices.CompactFunc(out, func(a, b string) bool {
		a, _, _ = strings.Cut(a, "\t")
		return strings.HasPrefix(b, a+"\t")
	})
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// completeTags completes the tags of the suite that is chosen.
func completeTags(cmd *cobra.Command, _ []string, _ string) (out []string, _ cobra.ShellCompDirective) {
	name, err := cmd.Flags().GetString("suite")
	if err != nil || name == "" {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	suite, err := harness.LoadSuite(name)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	for _, group := range suite.Runs {
		out = append(out, group.Tags...)
	}
	slices.Sort(out)
	return slices.Compact(out), cobra.ShellCompDirectiveNoFileComp
}
