package results

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// v1 makes a database of version 1, with runs made by the program of that time, and returns its path.
func v1(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("testdata/v1.sql") // sqlite3 v1.db .dump
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "v1.db")
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(string(text) + fmt.Sprintf("; PRAGMA application_id = %d; PRAGMA journal_mode = WAL", applicationID)); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDatabaseOfVersion1(t *testing.T) {
	path := v1(t)
	for _, open := range []func() (*Store, error){
		func() (*Store, error) { return OpenReadOnly(t.Context(), path) },
		func() (*Store, error) { return Open(t.Context(), path) },
	} {
		s, err := open()
		if err != nil {
			t.Fatal(err)
		}
		runs, err := s.Runs(t.Context(), Filter{})
		if err != nil || len(runs) != 4 {
			t.Fatalf("%d runs, %v", len(runs), err)
		}
		for _, r := range runs[:3] {
			if r.Status != Solved || len(r.Repetitions) != 6 || r.Repetitions[5].WallSeconds <= 0 || r.PeakMemoryBytes == 0 {
				t.Errorf("run %d is not whole: %+v", r.ID, r)
			}
			if r.Attempts != 1 || r.Answers != 0 || r.Verified != 0 || r.PeakMemorySource != "" || r.Stopped != "" || len(r.CPUs) != 0 {
				t.Errorf("run %d has what version 1 did not know: %+v", r.ID, r)
			}
		}
		if runs[3].Status != Timeout || runs[3].Reason == "" {
			t.Errorf("run 4: %s, %q", runs[3].Status, runs[3].Reason)
		}
		if n := s.count(t, `SELECT count(*) FROM run WHERE answers IS NULL AND background_seconds IS NULL AND noise IS NULL`); n != 4 {
			t.Errorf("%d runs whose new columns are NULL, want 4", n)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(path + ".v1.bak"); err != nil {
		t.Errorf("no backup: %v", err)
	}
}
