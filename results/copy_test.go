package results

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestCopy(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	path, to := filepath.Join(dir, "a.db"), filepath.Join(dir, "b.db")
	s, err := Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	experiment, err := s.BeginExperiment(ctx, &Experiment{Command: []string{"x"}, Suite: "s", Machine: Machine{Hostname: "h"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, old := range []string{"", "-wal"} { // what is in the way goes
		if err := os.WriteFile(to+old, []byte("an old one"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Copy(ctx, to); err != nil {
		t.Fatal(err)
	}
	c, err := OpenReadOnly(ctx, to)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	all, err := c.Experiments(ctx)
	if err != nil || len(all) != 1 || all[0].ID != experiment {
		t.Errorf("the copy has %v, error %v", all, err)
	}
	if err := s.Copy(ctx, path); err == nil {
		t.Error("copied onto itself")
	}
	if err := s.Copy(ctx, filepath.Join(dir, "none", "c.db")); err == nil {
		t.Error("copied into a folder that is not there")
	}
}

func TestCopyRuns(t *testing.T) {
	ctx := t.Context()
	s := openTemp(t)
	for range 2 {
		id := begin(t, s)
		for n := range 3 {
			save(t, s, id, testRun(n))
		}
	}
	path := filepath.Join(t.TempDir(), "some.db")
	if err := s.CopyRuns(ctx, path, []int64{5}); err != nil {
		t.Fatal(err)
	}
	c, err := OpenReadOnly(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	want, err := s.Runs(ctx, Filter{IDs: []int64{5}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Runs(ctx, Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("the copy has another run (-want +got):\n%s", diff)
	}
	if found, err := c.Check(ctx); err != nil || len(found) > 0 {
		t.Errorf("the copy is damaged: %v, error %v", found, err)
	}
	for table, n := range map[string]int{"experiment": 1, "machine": 1, "plugin": 1, "configuration": 1, "instance": 1} {
		var have int
		if err := c.db.QueryRow(`SELECT count(*) FROM ` + table).Scan(&have); err != nil || have != n {
			t.Errorf("%d rows of %s, error %v; expected %d", have, table, err, n)
		}
	}
	if left, _ := filepath.Glob(path + "-*"); len(left) > 0 {
		t.Errorf("it has %v beside it, expected one file", left)
	}
	if text, err := os.ReadFile(path); err != nil || bytes.Contains(text, []byte(want[0].ExperimentUID)) == bytes.Contains(text, []byte(first(t, s))) {
		t.Errorf("the file should name the experiment of its run and no other (error %v)", err)
	}
}

// first is the UID of the first experiment.
func first(t *testing.T, s *Store) string {
	all, err := s.Experiments(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all[0].UID
}
