package results

import (
	"os"
	"path/filepath"
	"testing"
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
