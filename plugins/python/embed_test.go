package python

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWriteSDK compares what is written with the files here: nothing is missing, and nothing else came along.
func TestWriteSDK(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "sdk")
	if err := WriteSDK(dir); err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"pyproject.toml": true, "README.md": true}
	err := filepath.WalkDir("src", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "__pycache__" || strings.HasSuffix(d.Name(), ".egg-info")):
			return fs.SkipDir
		case !d.IsDir():
			want[path] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	got := 0
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		got++
		rel, _ := filepath.Rel(dir, path)
		if !want[rel] {
			t.Errorf("%s is written and should not be", rel)
			return nil
		}
		written, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if source, err := os.ReadFile(rel); err != nil || string(source) != string(written) {
			t.Errorf("%s is not the same here and there (%v)", rel, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got != len(want) {
		t.Errorf("%d files are written, expected %d", got, len(want))
	}
}

// TestVersion keeps the two places equal in which the version stands.
func TestVersion(t *testing.T) {
	text, err := os.ReadFile("pyproject.toml")
	if err != nil {
		t.Fatal(err)
	}
	if line := "\nversion = \"" + Version + "\"\n"; !strings.Contains(string(text), line) {
		t.Errorf("pyproject.toml has no line %q", strings.TrimSpace(line))
	}
}
