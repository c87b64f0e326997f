package bundle

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/report"
)

// Outcome is what came of a check.
type Outcome string

// Outcomes.
const (
	Pass Outcome = "pass"
	Fail Outcome = "fail"
	// Warn is what a reader should know and does not show that anything is wrong.
	Warn Outcome = "warn"
	// Skip is what could not be checked.
	Skip Outcome = "skip"
)

// Finding is what was found about something. Its JSON form is stable.
type Finding struct {
	Check   string  `json:"check"`
	Subject string  `json:"subject"` // a file, a run, a plugin; empty if the bundle
	Outcome Outcome `json:"outcome"`
	Message string  `json:"message"`
}

// findings collects what one check found.
type findings struct {
	check string
	all   []Finding
}

func (f *findings) add(outcome Outcome, subject, message string, args ...any) {
	f.all = append(f.all, Finding{f.check, subject, outcome, fmt.Sprintf(message, args...)})
}

// orPass is what was found, or that all is well.
func (f *findings) orPass(message string, args ...any) []Finding {
	if len(f.all) == 0 {
		f.add(Pass, "", message, args...)
	}
	return f.all
}

// Check looks at everything that can be checked without solving or judging anything: the files, the database, and what follows from it, as
// the program of that name makes it. An error means that it was stopped.
func (b *Bundle) Check(ctx context.Context, program string) ([]Finding, error) {
	all := b.checkFiles()
	store, found, err := b.checkDatabase(ctx)
	all = append(all, found...)
	if store == nil {
		return all, err
	}
	defer store.Close()
	experiments, err := store.Experiments(ctx)
	if err != nil {
		return all, err
	}
	runs, err := store.Runs(ctx, results.Filter{Bare: true})
	if err != nil {
		return all, err
	}
	all = slices.Concat(all, b.checkVersions(experiments, program), b.checkExperiments(experiments, runs), b.checkPlugins(runs))
	if found, err = b.checkLeaderboard(ctx, store, program); err != nil {
		return all, err
	}
	return slices.Concat(all, found, b.checkSolutions(ctx, store, len(runs))), nil
}

func (b *Bundle) checkFiles() []Finding {
	f := &findings{check: "files"}
	for _, fault := range b.faults {
		f.add(Fail, fault.File, "%s", fault.Problem)
	}
	return f.orPass("all %d have their size and SHA-256, and there are no others", len(b.Manifest.Files))
}

// checkDatabase opens the database if it can be read. A damaged one is read no further: what it says may be anything.
func (b *Bundle) checkDatabase(ctx context.Context) (*results.Store, []Finding, error) {
	f := &findings{check: "database"}
	if _, err := os.Stat(b.Database()); err != nil {
		f.add(Fail, DatabaseName, "is not there as the manifest lists it, so that nothing that is in it can be checked")
		return nil, f.all, nil
	}
	store, err := results.OpenReadOnly(ctx, b.Database())
	if err == nil {
		var damage []results.Damage
		damage, err = store.Check(ctx)
		for _, d := range damage {
			f.add(Fail, DatabaseName, "%s", d)
		}
	}
	if err != nil {
		f.add(Fail, DatabaseName, "%s", strings.ReplaceAll(err.Error(), b.Dir+string(filepath.Separator), ""))
	}
	if len(f.all) > 0 {
		if store != nil {
			store.Close()
		}
		return nil, f.all, ctx.Err()
	}
	overview, err := store.Overview(ctx)
	if err != nil {
		store.Close()
		return nil, f.all, err
	}
	return store, f.orPass("is whole, with the schema of solverbench; %s in %s", report.Plural(overview.Runs, "run"), report.Plural(overview.Experiments, "experiment")), nil
}

// checkVersions tells of other programs than this one: they may have judged and ranked otherwise.
func (b *Bundle) checkVersions(experiments []results.Experiment, program string) []Finding {
	f := &findings{check: "version"}
	others := map[string][]string{}
	if by := b.Manifest.program(); by != program {
		others[by] = append(others[by], "the bundle")
	}
	for _, e := range experiments {
		if by := Program(e.HarnessVersion, e.Revision); by != program {
			others[by] = append(others[by], fmt.Sprintf("experiment %d", e.ID))
		}
	}
	for _, by := range slices.Sorted(maps.Keys(others)) {
		what := others[by]
		if more := len(what) - 5; more > 0 {
			what = append(what[:5:5], fmt.Sprintf("%d more", more))
		}
		f.add(Warn, strings.Join(what, ", "), "made by solverbench %s; this is %s, and what differs below may do so for that", by, program)
	}
	return f.orPass("all was made by this solverbench, %s", program)
}

// elsewhere is what was found, as a warning if another program made the bundle, which may make it otherwise.
func (f *findings) elsewhere(by, program string) {
	for i := range f.all {
		if by != program && f.all[i].Outcome == Fail {
			f.all[i].Outcome = Warn
		}
	}
}

// abridge leaves the first few findings, of which all have one outcome, and the number of the others.
func (f *findings) abridge() {
	const most = 5
	if more := len(f.all) - most; more > 1 {
		f.all = append(f.all[:most:most], Finding{f.check, "", f.all[0].Outcome, fmt.Sprintf("and %d more like these", more)})
	}
}

// checkExperiments looks whether suites are those of the experiments, and whether runs of them are not there.
func (b *Bundle) checkExperiments(experiments []results.Experiment, runs []results.Run) []Finding {
	suites, complete := &findings{check: "suites"}, &findings{check: "complete"}
	for _, e := range experiments {
		subject := fmt.Sprintf("experiment %d", e.ID)
		text, err := b.readListed(suiteName(e.ID))
		switch {
		case err != nil:
			suites.add(Fail, subject, "%v", err)
		case string(text) != e.SuiteText:
			suites.add(Fail, subject, "%s is not the suite that the database has", suiteName(e.ID))
		}
		if missing, last := gaps(runs, e.ID); missing > 0 {
			complete.add(Warn, subject, "%s of its first %d not here: not selected, or left out", report.Plural(missing, "run"), last+1)
		}
	}
	if n := b.Manifest.Selection.LeftOut; n > 0 {
		complete.add(Warn, "", "its author says that the database has %s more, not selected", report.Plural(n, "run"))
	}
	return slices.Concat(suites.orPass("of %s, as the database has them", report.Plural(len(experiments), "experiment")),
		complete.orPass("no gaps in the order of runs; that none was left out at an end of it cannot be seen"))
}

// gaps counts the runs of an experiment that should be before its last by their place in the schedule, and are not.
func gaps(runs []results.Run, experiment int64) (missing, last int) {
	met := map[int]bool{}
	for i := range runs {
		if r := &runs[i]; r.Experiment == experiment {
			met[r.Ordinal] = true
			last = max(last, r.Ordinal)
		}
	}
	return last + 1 - len(met), last
}

// readListed reads a file that must be there and be what the manifest says.
func (b *Bundle) readListed(name string) ([]byte, error) {
	if slices.ContainsFunc(b.faults, func(f fault) bool { return f.File == name }) {
		return nil, fmt.Errorf("%s is not as the manifest lists it", name)
	}
	text, err := os.ReadFile(filepath.Join(b.Dir, filepath.FromSlash(name)))
	if err != nil {
		return nil, fmt.Errorf("there is no %s", name)
	}
	return text, nil
}

// checkLeaderboard ranks the runs again.
func (b *Bundle) checkLeaderboard(ctx context.Context, store *results.Store, program string) ([]Finding, error) {
	f := &findings{check: "leaderboard"}
	now, err := leaderboards(ctx, store)
	if err != nil {
		return nil, err
	}
	then, err := b.readListed(LeaderboardName)
	if err != nil {
		f.add(Fail, LeaderboardName, "%v", err)
		return f.all, nil
	}
	rows, err := decodeRows(now)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(then, now) {
		stored, err := decodeRows(then)
		switch {
		case err != nil:
			f.add(Fail, LeaderboardName, "%v", err)
		case len(stored) != len(rows):
			f.add(Fail, LeaderboardName, "has %d rows, the runs make %d", len(stored), len(rows))
		default:
			f.compareRows(stored, rows)
			f.elsewhere(b.Manifest.program(), program)
			f.abridge()
		}
	}
	return f.orPass("ranked again, the runs make the same %s", report.Plural(len(rows), "row")), nil
}

func decodeRows(text []byte) (rows []map[string]any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&rows); err != nil {
		return nil, fmt.Errorf("expected rows as leaderboard --json prints them: %w", err)
	}
	return rows, nil
}

// compareRows names the fields that differ.
func (f *findings) compareRows(stored, made []map[string]any) {
	for i := range made {
		var differ []string
		for _, key := range keysOf(made[i], stored[i]) {
			if a, b := compact(stored[i][key]), compact(made[i][key]); a != b {
				differ = append(differ, fmt.Sprintf("%s is %s, the runs make it %s", key, shorten(a), shorten(b)))
			}
		}
		if len(differ) == 0 {
			continue
		}
		f.add(Fail, fmt.Sprintf("row %d, %v on %v", i+1, made[i]["configuration"], made[i]["instance"]), "%s", strings.Join(differ, "; "))
	}
}

func keysOf(rows ...map[string]any) (keys []string) {
	for _, m := range rows {
		for key := range m {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// compact writes a value as JSON, whose keys are sorted.
func compact(v any) string {
	text, _ := json.Marshal(v) // it has been decoded from JSON
	return string(text)
}

// checkPlugins looks whether the plugins are those of the runs.
func (b *Bundle) checkPlugins(runs []results.Run) []Finding {
	f := &findings{check: "plugins"}
	used := PluginsOf(runs)
	sources := 0
	for _, p := range b.Manifest.Plugins {
		k := slices.IndexFunc(used, p.same)
		switch {
		case k < 0:
			f.add(Fail, p.Name, "version %s with SHA-256 %.12s… is in the manifest, and no run was made with it", p.Version, p.SHA256)
			continue
		case p.Folder != "":
			sources++
		case p.Omitted != "":
			f.add(Skip, p.Name, "its sources are not here: %s", p.Omitted)
		}
		used = slices.Delete(used, k, k+1)
	}
	for _, p := range used {
		f.add(Fail, p.Name, "version %s with SHA-256 %.12s… made runs, and is not in the manifest", p.Version, p.SHA256)
	}
	if n := len(b.Manifest.Plugins); !slices.ContainsFunc(f.all, func(found Finding) bool { return found.Outcome == Fail }) {
		f.add(Pass, "", "the manifest names the %s that the runs were made with, and has the sources of %d", report.Plural(n, "plugin"), sources)
	}
	return f.all
}

// same says whether a plugin in the manifest is one that runs were made with.
func (p *Plugin) same(used results.Plugin) bool {
	return p.Name == used.Name && p.Version == used.Version && p.Licence == used.Licence && p.Language == used.Language &&
		p.SHA256 == used.SHA256 && p.Bundled == used.Bundled
}

// PluginsOf lists the plugins that runs were made with, sorted.
func PluginsOf(runs []results.Run) (all []results.Plugin) {
	for i := range runs {
		p := runs[i].Configuration.Plugin
		p.Path, p.Protocol = "", 0
		if !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b results.Plugin) int {
		return strings.Compare(a.Name+"\x00"+a.Version+a.SHA256, b.Name+"\x00"+b.Version+b.SHA256)
	})
	return all
}
