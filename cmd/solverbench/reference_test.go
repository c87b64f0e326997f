package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write docs/reference")

// The pages in docs/reference are those of the commands as they are.
func TestReference(t *testing.T) {
	const kept = "../../docs/reference"
	if *update {
		if err := os.RemoveAll(kept); err != nil {
			t.Fatal(err)
		}
		if err := writeReference(newRoot(), kept, false); err != nil {
			t.Fatal(err)
		}
	}
	fresh := t.TempDir()
	if err := writeReference(newRoot(), fresh, false); err != nil {
		t.Fatal(err)
	}
	pages := map[string]bool{}
	for _, dir := range []string{kept, fresh} {
		names, err := filepath.Glob(filepath.Join(dir, "*.md"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			pages[filepath.Base(name)] = true
		}
	}
	for page := range pages {
		got, err := os.ReadFile(filepath.Join(kept, page))
		if err != nil {
			t.Error(err)
		}
		want, err := os.ReadFile(filepath.Join(fresh, page))
		if err != nil {
			t.Errorf("%s is of no command", page)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("docs/reference/%s is not up to date (make generate)", page)
		}
	}
	man := t.TempDir()
	if err := writeReference(newRoot(), man, true); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(man, "solverbench-run.1")); err != nil || !bytes.Contains(text, []byte(".SH EXAMPLE")) {
		t.Errorf("man page of run: %.80q, error %v", text, err)
	}
}
