package bundle

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/solverbench/solverbench/results"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// database has three runs, of which the first has a solution.
func database(t *testing.T, dir string) (*results.Store, Solution) {
	t.Helper()
	ctx := t.Context()
	store, err := results.Open(ctx, filepath.Join(dir, "all.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	id, err := store.BeginExperiment(ctx, &results.Experiment{Command: []string{"run"}, Suite: "s", SuiteText: "name: s\n", HarnessVersion: "v1", Machine: results.Machine{Hostname: "h"}})
	if err != nil {
		t.Fatal(err)
	}
	solution := filepath.Join(dir, "u.npy")
	if err := os.WriteFile(solution, []byte("an array"), 0o644); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"a", "b", "c"} {
		r := &results.Run{
			Ordinal: i, Status: results.Solved, Started: noon, Finished: noon, Threads: 1,
			Configuration: &results.Configuration{Plugin: results.Plugin{Name: "mine", Version: "1", SHA256: "ab", Licence: "MIT"}, Solver: name, Label: name},
			Instance:      &results.Instance{Family: "f", Problem: "p", Label: "f/p", Hash: "cafe", Primary: "error", RankBy: results.ByTime},
			Repetitions:   []results.Repetition{{Index: 0, Started: noon, WallSeconds: 0.5 + float64(i)}},
			Measurements:  []results.Measurement{{Name: "error", Value: 1e-9, Better: results.Lower, Role: results.Primary}},
		}
		if i == 0 {
			r.Artifacts = []results.Artifact{{Name: "u", Path: solution, SHA256: sumOf([]byte("an array")), Bytes: 8}}
		}
		if err := store.SaveRun(ctx, id, r); err != nil {
			t.Fatal(err)
		}
	}
	return store, Solution{Run: 1, Name: "u", File: solution}
}

func sumOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// create writes a bundle of runs and returns its path. Its one page tells the title.
func create(t *testing.T, title string, runs ...int64) string {
	t.Helper()
	dir := t.TempDir()
	store, solution := database(t, dir)
	source := filepath.Join(dir, "mine")
	for name, text := range map[string]string{
		"plugin.yaml": "name: mine\n", "solver.py": "pass\n", ".git/config": "secret", "mine": "\x7fELF…", "__pycache__/solver.pyc": "", "sub/more.py": "",
	} {
		path := filepath.Join(source, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(source, "link")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "b.tar.gz")
	_, sum, err := Create(t.Context(), path, Contents{
		Store: store, Runs: runs, Solutions: []Solution{solution}, Made: noon, Version: "v1", Site: Site{Title: title, Solvers: map[string]Solver{}},
		Plugins:    []Source{{Plugin: Plugin{Name: "mine", Version: "1", SHA256: "ab", Licence: "MIT"}, Dir: source}},
		WritePages: pages,
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if sum != sumOf(text) {
		t.Errorf("SHA-256 %s, expected that of the file, %s", sum, sumOf(text))
	}
	return path
}

func pages(_ context.Context, m *Manifest, _, dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "index.html"), []byte(m.Site.Title), 0o644)
}

// find opens a bundle and returns all findings, those of pages too, a line each.
func find(t *testing.T, path, program string) string {
	t.Helper()
	b, err := Open(t.Context(), path)
	if err != nil {
		return "archive: fail: " + err.Error()
	}
	defer b.Close()
	found, err := b.Check(t.Context(), program)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "site")
	if err := pages(t.Context(), b.Manifest, "", dir); err != nil {
		t.Fatal(err)
	}
	more, err := b.CheckPages(dir, program)
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for _, f := range append(found, more...) {
		fmt.Fprintf(&lines, "%s: %s: %s: %s\n", f.Check, f.Outcome, f.Subject, f.Message)
	}
	return lines.String()
}

func TestBundle(t *testing.T) {
	path := create(t, "Mine", 1, 3)
	text := find(t, path, "v1")
	for _, want := range []string{
		"files: pass: : all 8 have", "database: pass: : is whole, with the schema of solverbench; 2 runs in 1 experiment", "suites: pass",
		"complete: warn: experiment 1: 1 run of its first 3 not here", "plugins: pass: : the manifest names the 1 plugin that the runs were made with, and has the sources of 1",
		"leaderboard: pass: : ranked again, the runs make the same 2 rows", "solutions: pass: : of 1 run, with the SHA-256", "solutions: skip: : 1 run without", "site: pass",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("found\n%sexpected %s", text, want)
		}
	}
	if strings.Contains(text, ": fail:") {
		t.Errorf("something fails:\n%s", text)
	}
	var names []string
	for _, e := range entries(t, path) {
		names = append(names, e.Name)
	}
	want := []string{"manifest.json", "leaderboard.json", "plugins/mine/plugin.yaml", "plugins/mine/solver.py", "plugins/mine/sub/more.py", "runs.db", "site/index.html", "solutions/u.npy", "suites/1.yaml"}
	if !slices.Equal(names, want) {
		t.Errorf("entries %v, expected %v", names, want)
	}
}

// TestSameBytes makes a bundle of equal runs twice.
func TestSameBytes(t *testing.T) {
	dir := t.TempDir()
	store, solution := database(t, dir)
	var sums []string
	for range 2 {
		_, sum, err := Create(t.Context(), filepath.Join(dir, "b.tar.gz"), Contents{Store: store, Runs: []int64{1, 2}, Solutions: []Solution{solution}, Made: noon, WritePages: pages})
		if err != nil {
			t.Fatal(err)
		}
		sums = append(sums, sum)
	}
	if sums[0] != sums[1] {
		t.Error("two bundles of the same runs differ")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".bundle-*")); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

// entry is one of an archive.
type entry struct {
	tar.Header
	content []byte
}

func entries(t *testing.T, path string) (all []entry) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(zipped); ; {
		h, err := r.Next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, entry{*h, content})
	}
}

func archive(t *testing.T, all []entry) []byte {
	t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	w := tar.NewWriter(zipped)
	for _, e := range all {
		if e.Typeflag == tar.TypeReg {
			e.Size = int64(len(e.content))
		}
		if err := w.WriteHeader(&e.Header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(e.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// change rewrites the content of an entry. Who is careful changes the manifest with it.
func change(name string, careful bool, f func([]byte) []byte) func(*testing.T, []entry) []entry {
	return func(t *testing.T, all []entry) []entry {
		k := slices.IndexFunc(all, func(e entry) bool { return e.Name == name })
		all[k].content = f(all[k].content)
		if careful {
			return inManifest(t, all, func(m *Manifest) {
				i := slices.IndexFunc(m.Files, func(f File) bool { return f.Path == name })
				m.Files[i].Bytes, m.Files[i].SHA256 = int64(len(all[k].content)), sumOf(all[k].content)
			})
		}
		return all
	}
}

func inManifest(t *testing.T, all []entry, f func(*Manifest)) []entry {
	m, err := parseManifest(all[0].content)
	if err != nil {
		t.Fatal(err)
	}
	f(m)
	if all[0].content, err = json.Marshal(m); err != nil {
		t.Fatal(err)
	}
	return all
}

func add(name string, kind byte, target string) func(*testing.T, []entry) []entry {
	return func(_ *testing.T, all []entry) []entry {
		e := entry{Header: tar.Header{Name: name, Typeflag: kind, Linkname: target}}
		if kind == tar.TypeReg {
			e.content = []byte("more")
		}
		return append(all, e)
	}
}

func replace(old, new string) func([]byte) []byte {
	return func(text []byte) []byte { return bytes.ReplaceAll(text, []byte(old), []byte(new)) }
}

// inDatabase changes the database as somebody would who changes the manifest with it.
func inDatabase(statement string) func(*testing.T, []entry) []entry {
	return change(DatabaseName, true, func(text []byte) []byte {
		dir, err := os.MkdirTemp("", "")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		path := filepath.Join(dir, "x.db")
		if err := os.WriteFile(path, text, 0o644); err != nil {
			panic(err)
		}
		if err := execute(path, statement); err != nil {
			panic(err)
		}
		if text, err = os.ReadFile(path); err != nil {
			panic(err)
		}
		return text
	})
}

// execute runs statements on a database.
func execute(path, statements string) error {
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		return err
	}
	_, err = db.Exec(statements)
	return errors.Join(err, db.Close())
}

func TestTampering(t *testing.T) {
	path := create(t, "Mine", 1, 2, 3)
	for name, c := range map[string]struct {
		tamper func(*testing.T, []entry) []entry
		want   string
	}{
		"solution":          {change("solutions/u.npy", false, replace("an", "AN")), "files: fail: solutions/u.npy: its SHA-256 is "},
		"solution, careful": {change("solutions/u.npy", true, replace("an", "AN")), "solutions: fail: run 1: solutions/u.npy has SHA-256 "},
		"longer":            {change("site/index.html", false, replace("Mine", "Mine!")), "files: fail: site/index.html: has 5 bytes, the manifest says 4"},
		"page, careful":     {change("site/index.html", true, replace("Mine", "Best")), "site: fail: site/index.html: is not the page that the runs make"},
		"suite, careful":    {change("suites/1.yaml", true, replace("s", "z")), "suites: fail: experiment 1: suites/1.yaml is not the suite that the database has"},
		"row, careful":      {change(LeaderboardName, true, replace(`"rank": 1`, `"rank": 2`)), "leaderboard: fail: row 1, a on f/p: rank is 2, the runs make it 1"},
		"no rows, careful":  {change(LeaderboardName, true, func([]byte) []byte { return []byte("[]") }), "leaderboard: fail: leaderboard.json: has 0 rows, the runs make 3"},
		"time, careful":     {inDatabase(`UPDATE repetition SET wall_seconds = 0.1 WHERE run_id = 3`), "leaderboard: fail: row 1, c on f/p: "},
		"plugin, careful":   {inDatabase(`UPDATE plugin SET version = '2'`), `database: fail: runs.db: plugin 1, identity: `},
		"view, careful":     {inDatabase(`DROP VIEW v_leaderboard; CREATE VIEW v_leaderboard AS SELECT 1`), `database: fail: runs.db: v_leaderboard: is not the view`},
		"run, careful":      {inDatabase(`PRAGMA foreign_keys = on; DELETE FROM run WHERE id = 2`), "complete: warn: experiment 1: 1 run of its first 3 not here"},
		"no database": {change(DatabaseName, true, func([]byte) []byte { return []byte("nothing") }),
			"database: fail: runs.db: runs.db: open: not a solverbench database"},
		"missing":   {func(_ *testing.T, all []entry) []entry { return all[:len(all)-1] }, "files: fail: suites/1.yaml: is in the manifest, and not in the archive"},
		"extra":     {add("site/more.html", tar.TypeReg, ""), "files: fail: site/more.html: is in the archive, and not in the manifest"},
		"twice":     {add("site/index.html", tar.TypeReg, ""), `entry "site/index.html": it is there twice`},
		"up":        {add("../more", tar.TypeReg, ""), `entry "../more": its name is "../more", expected a path below`},
		"up inside": {add("site/../../more", tar.TypeReg, ""), `entry "site/../../more": its name is`},
		"absolute":  {add("/tmp/more", tar.TypeReg, ""), `entry "/tmp/more": its name is`},
		"backslash": {add(`site\more`, tar.TypeReg, ""), `its name is "site\\more", expected a path below`},
		"escapes":   {add("site/\x1b[2J", tar.TypeReg, ""), `its name is "site/\x1b[2J", expected a name that can be printed`},
		"elsewhere": {add("runs.db-journal", tar.TypeReg, ""), `its name is "runs.db-journal", expected one of manifest.json`},
		"symlink":   {add("site/link", tar.TypeSymlink, "/etc/passwd"), `entry "site/link": a symbolic link, expected files only`},
		"hard link": {add("site/link", tar.TypeLink, "site/index.html"), `entry "site/link": a hard link, expected files only`},
		"folder":    {add("site/sub/", tar.TypeDir, ""), `entry "site/sub/": a folder, expected files only`},
		"pipe":      {add("site/pipe", tar.TypeFifo, ""), `entry "site/pipe": a device or a pipe, expected files only`},
		"manifest last": {func(_ *testing.T, all []entry) []entry { return append(all[1:], all[0]) },
			`entry "leaderboard.json": it is the first, expected manifest.json`},
		"no manifest": {func(*testing.T, []entry) []entry { return nil }, "it is empty, expected manifest.json first"},
		"another plugin": {func(t *testing.T, all []entry) []entry {
			return inManifest(t, all, func(m *Manifest) { m.Plugins[0].SHA256 = "cd" })
		}, "plugins: fail: mine: version 1 with SHA-256 ab… made runs, and is not in the manifest"},
		"solution of another": {func(t *testing.T, all []entry) []entry {
			return inManifest(t, all, func(m *Manifest) { m.Solutions[0].Run = 2 })
		}, "solutions: fail: run 2: solutions/u.npy is its array u by the manifest, and the database knows of none"},
		"solution of none": {func(t *testing.T, all []entry) []entry {
			return inManifest(t, all, func(m *Manifest) { m.Solutions[0].Run = 7 })
		}, "solutions: fail: run 7: solutions/u.npy is its solution by the manifest, and the database has no such run"},
		"bomb": {func(t *testing.T, all []entry) []entry {
			return inManifest(t, all, func(m *Manifest) { m.Files[0].Bytes = usualBytes })
		}, `entry "manifest.json": files: 107`},
		"another page": {func(t *testing.T, all []entry) []entry {
			all = append(all, entry{Header: tar.Header{Name: "site/z.html", Typeflag: tar.TypeReg}, content: []byte("z")})
			return inManifest(t, all, func(m *Manifest) { m.Files = append(m.Files, File{"site/z.html", 1, sumOf([]byte("z"))}) })
		}, "site: fail: site/z.html: is no page that the runs make"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tampered := filepath.Join(t.TempDir(), "t.tar.gz")
			if err := os.WriteFile(tampered, archive(t, c.tamper(t, entries(t, path))), 0o644); err != nil {
				t.Fatal(err)
			}
			if got := find(t, tampered, "v1"); !strings.Contains(got, c.want) {
				t.Errorf("found\n%s\nexpected %s", got, c.want)
			}
		})
	}
}

// TestDamage cuts an archive off and changes bytes of it.
func TestDamage(t *testing.T) {
	path := create(t, "Mine", 1)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damaged := filepath.Join(t.TempDir(), "d.tar.gz")
	for _, n := range []int{0, 5, 100, len(whole) / 2, len(whole) - 9, len(whole) - 1} {
		if err := os.WriteFile(damaged, whole[:n], 0o644); err != nil {
			t.Fatal(err)
		}
		if b, err := Open(t.Context(), damaged); err == nil || !strings.Contains(err.Error(), "the file ends there") {
			t.Errorf("%d of %d bytes: %v, expected that the file ends there", n, len(whole), err)
			if b != nil {
				b.Close()
			}
		}
	}
	for at := 20; at < len(whole); at += len(whole)/20 + 1 {
		changed := slices.Clone(whole)
		changed[at] ^= 0x10
		if err := os.WriteFile(damaged, changed, 0o644); err != nil {
			t.Fatal(err)
		}
		if got := find(t, damaged, "v1"); !strings.Contains(got, ": fail:") {
			t.Errorf("byte %d changed, and nothing found:\n%s", at, got)
		}
	}
	for what, more := range map[string][]byte{"text": []byte("more"), "a second archive": whole} {
		if err := os.WriteFile(damaged, slices.Concat(whole, more), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), damaged); err == nil || !strings.Contains(err.Error(), "behind the last entry") {
			t.Errorf("%s behind the end: %v, expected that it is told", what, err)
		}
	}
}

// TestOtherProgram has a bundle that another version made.
func TestOtherProgram(t *testing.T) {
	path := create(t, "Mine", 1)
	tampered := filepath.Join(t.TempDir(), "t.tar.gz")
	if err := os.WriteFile(tampered, archive(t, change("site/index.html", true, replace("Mine", "Best"))(t, entries(t, path))), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := find(t, tampered, "v2"); !strings.Contains(got, "site: warn: site/index.html: is not the page that the runs make") {
		t.Errorf("found\n%s", got)
	}
	if got := find(t, path, "v2"); !strings.Contains(got, "site: pass") || !strings.Contains(got, "version: warn: the bundle, experiment 1: made by solverbench v1; this is v2") {
		t.Errorf("found\n%s", got)
	}
	if err := os.WriteFile(tampered, archive(t, change(LeaderboardName, true, replace(`"rank": 1`, `"rank": 2`))(t, entries(t, path))), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := find(t, tampered, "v2"); !strings.Contains(got, "leaderboard: warn: row 1, a on f/p: rank is 2, the runs make it 1") {
		t.Errorf("found\n%s", got)
	}
}

func TestNotABundle(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(t.Context(), filepath.Join(dir, "none")); !os.IsNotExist(err) {
		t.Errorf("%v, expected that there is none", err)
	}
	if _, err := Open(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("%v, expected that a folder is none", err)
	}
}

func TestSourcesLeftOut(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, bytes int) {
		if err := os.WriteFile(filepath.Join(dir, name), make([]byte, bytes), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	take := func(licence string) string {
		p, err := (&Source{Plugin: Plugin{Name: "x", Licence: licence}, Dir: dir}).take(t.Context(), t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		return p.Omitted
	}
	write("plugin.yaml", 9)
	for _, c := range []struct{ licence, want string }{
		{"", "it tells of no licence"},
		{"Proprietary", `its licence "Proprietary" is none of those`},
		{"MIT", "there are no sources in its folder"},
	} {
		if got := take(c.licence); !strings.HasPrefix(got, c.want) {
			t.Errorf("licence %q: %q, expected %q", c.licence, got, c.want)
		}
	}
	write("data", mostSourceBytes)
	if got := take("MIT"); got != "there are more than 32 MiB or 5000 files in its folder" {
		t.Errorf("%q, expected that it is too large", got)
	}
}
