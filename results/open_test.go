package results

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/solverbench/solverbench/results/migrations"
)

// nextSchema is the schema as a later version of this program might have it.
func nextSchema(t *testing.T) fs.FS {
	t.Helper()
	schema := fstest.MapFS{
		"99999_colour.sql": {Data: []byte("-- +goose Up\nALTER TABLE plugin ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue';\n")},
	}
	err := fs.WalkDir(migrations.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := migrations.FS.ReadFile(path)
		schema[path] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// saved returns the path of a closed database with one run.
func saved(t *testing.T) string {
	t.Helper()
	s := openTemp(t)
	save(t, s, begin(t, s), testRun(1))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return s.Path()
}

func names(t *testing.T, folder string) string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

func TestPragmas(t *testing.T) {
	s := openTemp(t)
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000",
	} {
		var got string
		if err := s.db.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s = %q, %v; want %q", pragma, got, err, want)
		}
	}
	if n := s.count(t, `SELECT count(*) FROM pragma_table_list WHERE type = 'table' AND schema = 'main'
	                       AND NOT strict AND name NOT LIKE 'sqlite_%' AND name <> 'goose_db_version'`); n != 0 {
		t.Errorf("%d tables are not strict", n)
	}
}

func TestOlderDatabaseIsMigratedAfterBackup(t *testing.T) {
	path := saved(t)
	for range 2 { // the second time there is nothing to do
		s, err := open(t.Context(), path, nextSchema(t))
		if err != nil {
			t.Fatal(err)
		}
		if n := s.count(t, `SELECT count(*) FROM plugin WHERE colour = 'blue'`); n != 1 {
			t.Errorf("%d plugins after migrating, want 1", n)
		}
		checkWhole(t, s)
		s.Close()
	}
	if got, want := names(t, filepath.Dir(path)), "test.db test.db.v2.bak"; got != want {
		t.Errorf("folder has %q, want %q", got, want)
	}
	backup, err := Open(t.Context(), path+".v2.bak")
	if err != nil {
		t.Fatal(err)
	}
	defer backup.Close()
	if found := checkWhole(t, backup); len(found) != 1 {
		t.Errorf("%d runs in the backup, want 1", len(found))
	}
}

func TestBackupIsNeverOverwritten(t *testing.T) {
	path := saved(t)
	if err := os.WriteFile(path+".v2.bak", []byte("precious"), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := open(t.Context(), path, nextSchema(t))
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if b, err := os.ReadFile(path + ".v2.bak"); err != nil || string(b) != "precious" {
		t.Errorf("earlier backup is %q, %v", b, err)
	}
	if got, want := names(t, filepath.Dir(path)), "test.db test.db.v2.bak test.db.v2.bak.2"; got != want {
		t.Errorf("folder has %q, want %q", got, want)
	}
}

func TestFailedMigrationChangesNothing(t *testing.T) {
	path := saved(t)
	schema := nextSchema(t).(fstest.MapFS)
	schema["99999_colour.sql"].Data = []byte("-- +goose Up\nDROP VIEW v_leaderboard;\nALTER TABLE nonsense ADD COLUMN x TEXT;\n")
	_, err := open(t.Context(), path, schema)
	var e *Error
	if !errors.As(err, &e) || !strings.Contains(err.Error(), "migrate from version 2 to 99999") {
		t.Errorf("error %v", err)
	}
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	checkWhole(t, s)
	if n := s.count(t, `SELECT count(*) FROM v_leaderboard`); n != 1 {
		t.Errorf("%d rows in the view, want 1", n)
	}
}

func TestOlderDatabaseIsReadWithoutChangingIt(t *testing.T) {
	path := saved(t)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", t.TempDir())
	s, err := openReadOnly(t.Context(), path, nextSchema(t))
	if err != nil {
		t.Fatal(err)
	}
	if n := s.count(t, `SELECT count(*) FROM plugin WHERE colour = 'blue'`); n != 1 {
		t.Errorf("%d plugins, want 1", n)
	}
	if _, err := s.BeginExperiment(t.Context(), testExperiment()); !errors.Is(err, ErrReadOnly) {
		t.Errorf("writing: %v, want ErrReadOnly", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(path)
	if err != nil || string(before) != string(after) {
		t.Errorf("the database changed: %v", err)
	}
	if got := names(t, filepath.Dir(path)) + names(t, os.TempDir()); got != "test.db" {
		t.Errorf("left behind: %q", got)
	}
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	path := saved(t)
	s, err := open(t.Context(), path, nextSchema(t))
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	_, err = Open(t.Context(), path)
	_, errRead := OpenReadOnly(t.Context(), path)
	for _, err := range []error{err, errRead} {
		if !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "99999") {
			t.Errorf("error %v, want ErrNewer that names the file and version", err)
		}
	}
}

func TestWhatIsNotADatabase(t *testing.T) {
	folder := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	foreign := filepath.Join(folder, "foreign.db")
	db, err := sql.Open("sqlite3", foreign)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`CREATE TABLE song (title TEXT)`); err != nil {
		t.Fatal(err)
	}
	db.Close()
	pipe := filepath.Join(folder, "pipe")
	if err := syscall.Mkfifo(pipe, 0o644); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(folder, "no", "such.db")
	cases := []struct {
		path         string
		write, read  error
		emptyIsFresh bool
	}{
		{write("short", "hello"), ErrNotDatabase, ErrNotDatabase, false},
		{write("long.yaml", strings.Repeat("suite: quick\n", 1000)), ErrNotDatabase, ErrNotDatabase, false},
		{foreign, ErrNotDatabase, ErrNotDatabase, false},
		{folder, ErrNotDatabase, ErrNotDatabase, false},
		{pipe, ErrNotDatabase, ErrNotDatabase, false},
		{missing, ErrNotExist, ErrNotExist, false},
		{filepath.Join(folder, "short", "x.db"), nil, nil, false}, // a file is not a folder
		{write("empty", ""), nil, ErrNotDatabase, true},
	}
	for _, c := range cases {
		_, err := OpenReadOnly(t.Context(), c.path)
		checkRefused(t, "OpenReadOnly", c.path, err, c.read)
		if c.emptyIsFresh {
			continue
		}
		_, err = Open(t.Context(), c.path)
		checkRefused(t, "Open", c.path, err, c.write)
	}
	if _, err := OpenReadOnly(t.Context(), filepath.Join(folder, "absent.db")); !errors.Is(err, ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
	if got := names(t, folder); got != "empty foreign.db long.yaml pipe short" {
		t.Errorf("left behind: %q", got)
	}
	if s, err := Open(t.Context(), filepath.Join(folder, "empty")); err != nil {
		t.Errorf("an empty file becomes a database: %v", err)
	} else {
		s.Close()
	}
}

// A process killed between the two transactions that make a database leaves goose's table alone.
func TestHalfMadeDatabaseIsCompleted(t *testing.T) {
	s := openTemp(t)
	path := filepath.Join(t.TempDir(), "half.db")
	half, err := connect(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	var table string
	if err := s.db.QueryRow(`SELECT sql FROM sqlite_schema WHERE name = 'goose_db_version'`).Scan(&table); err != nil {
		t.Fatal(err)
	}
	if _, err := half.db.Exec(table + `; INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1)`); err != nil {
		t.Fatal(err)
	}
	half.Close()
	if s, err = Open(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	save(t, s, begin(t, s), testRun(1))
}

func checkRefused(t *testing.T, what, path string, err, want error) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || !strings.Contains(err.Error(), path) || (want != nil && !errors.Is(err, want)) {
		t.Errorf("%s %s: %v, want an *Error that names the path and wraps %v", what, path, err, want)
	}
}

func TestOddNames(t *testing.T) {
	for _, name := range []string{"a b.db", "50%?x=1#y.db", "é:ü&mode=ro.db"} {
		path := filepath.Join(t.TempDir(), name)
		s, err := Open(t.Context(), path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		s.Close()
		if got := names(t, filepath.Dir(path)); got != name {
			t.Errorf("%s: folder has %q", name, got)
		}
	}
	t.Chdir(t.TempDir())
	s, err := Open(t.Context(), "relative.db")
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
}

func TestReadOnlyPlaces(t *testing.T) {
	chmod := func(path string, mode os.FileMode) {
		t.Helper()
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name         string
		file, folder os.FileMode
	}{
		{"file", 0o444, 0o777},
		{"folder", 0o666, 0o555},
		{"both", 0o444, 0o555},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := saved(t)
			folder := filepath.Dir(path)
			chmod(filepath.Dir(folder), 0o755)
			chmod(path, c.file)
			chmod(folder, c.folder)
			t.Cleanup(func() { os.Chmod(folder, 0o755) })
			unprivileged(t, func() {
				_, err := Open(t.Context(), path)
				if !errors.Is(err, ErrReadOnly) || !strings.Contains(err.Error(), path) {
					t.Errorf("Open: %v, want ErrReadOnly that names the file", err)
				}
				s, err := OpenReadOnly(background{t.Context()}, path)
				if err != nil {
					t.Errorf("OpenReadOnly: %v", err)
					return
				}
				runs, err := s.Runs(background{t.Context()}, Filter{})
				if err != nil || len(runs) != 1 {
					t.Errorf("%d runs, %v", len(runs), err)
				}
				if err := s.SaveRun(t.Context(), 1, testRun(2)); !errors.Is(err, ErrReadOnly) {
					t.Errorf("SaveRun: %v, want ErrReadOnly", err)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}

	t.Run("log left by a killed writer", func(t *testing.T) {
		s := openTemp(t)
		save(t, s, begin(t, s), testRun(1))
		folder := filepath.Join(t.TempDir(), "copy")
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, suffix := range []string{"", "-wal"} {
			b, err := os.ReadFile(s.Path() + suffix)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, "x.db"+suffix), b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		chmod(filepath.Dir(filepath.Dir(folder)), 0o755)
		chmod(filepath.Dir(folder), 0o755)
		chmod(folder, 0o555)
		t.Cleanup(func() { os.Chmod(folder, 0o755) })
		unprivileged(t, func() {
			_, err := OpenReadOnly(background{t.Context()}, filepath.Join(folder, "x.db"))
			if err == nil || !strings.Contains(err.Error(), "x.db-wal") {
				t.Errorf("error %v, want one that says where the last runs are", err)
			}
		})
	})
}

func TestReadingLeavesNothingBehind(t *testing.T) {
	path := saved(t)
	s, err := OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Runs(t.Context(), Filter{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.Exec(`DELETE FROM run`); err == nil {
		t.Error("a store for reading can be written")
	}
	s.Close()
	if got := names(t, filepath.Dir(path)); got != "test.db" {
		t.Errorf("folder has %q", got)
	}
}

func TestReaderSeesWhatIsBeingWritten(t *testing.T) {
	w := openTemp(t)
	id := begin(t, w)
	save(t, w, id, testRun(1))
	r, err := OpenReadOnly(t.Context(), w.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for n := 2; n < 5; n++ {
		save(t, w, id, testRun(n))
		if runs, err := r.Runs(t.Context(), Filter{}); err != nil || len(runs) != n {
			t.Errorf("reader sees %d runs, %v; want %d", len(runs), err, n)
		}
	}
}

func TestFullDisk(t *testing.T) {
	s := openTemp(t)
	id := begin(t, s)
	save(t, s, id, testRun(0))
	if _, err := s.db.Exec(`PRAGMA max_page_count = 60`); err != nil {
		t.Fatal(err)
	}
	var err error
	kept := 1
	for n := 1; n < 1000; n++ {
		if err = s.SaveRun(t.Context(), id, testRun(n)); err != nil {
			break
		}
		kept++
	}
	if !errors.Is(err, ErrFull) {
		t.Fatalf("error %v, want ErrFull", err)
	}
	if found := checkWhole(t, s); len(found) != kept {
		t.Errorf("%d runs, want %d", len(found), kept)
	}
	if _, err := s.db.Exec(`PRAGMA max_page_count = 100000`); err != nil {
		t.Fatal(err)
	}
	save(t, s, id, testRun(2000)) // there is room again
}

func TestBusyDatabase(t *testing.T) {
	s := openTemp(t)
	id := begin(t, s)
	other, err := Open(t.Context(), s.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.db.Begin() // holds the write lock
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := s.db.Exec(`PRAGMA busy_timeout = 1`); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveRun(t.Context(), id, testRun(1)); !errors.Is(err, ErrBusy) {
		t.Errorf("error %v, want ErrBusy", err)
	}
	if _, err := s.Runs(t.Context(), Filter{}); err != nil {
		t.Errorf("reading waits for a writer: %v", err)
	}
	tx.Rollback()
	save(t, s, id, testRun(1))
}

// background hides that a context can be cancelled, so that the driver stays on the calling thread.
type background struct{ context.Context }

func (background) Done() <-chan struct{} { return nil }
