package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const marked = "# Benchmarks\n\n<!-- solverbench:begin leaderboard -->\nold\n<!-- solverbench:end leaderboard -->\n\nafter\n"

func TestInto(t *testing.T) {
	path := filepath.Join(t.TempDir(), "BENCHMARKS.md")
	if err := os.WriteFile(path, []byte(marked), 0o640); err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(marked, "old", "\nnew `<!-- solverbench:end leaderboard -->`\n", 1)
	for range 2 { // the same again changes nothing, markers within a line are text
		if err := Into(path, "leaderboard", "new `<!-- solverbench:end leaderboard -->`\n"); err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(path); err != nil || string(b) != want {
			t.Fatalf("file is %q, %v; want %q", b, err, want)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestIntoKeepsLink(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "real.md"), filepath.Join(dir, "link.md")
	if err := os.WriteFile(path, []byte(marked), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real.md", link); err != nil {
		t.Fatal(err)
	}
	if err := Into(link, "leaderboard", "new"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Readlink(link); err != nil {
		t.Errorf("the link was replaced: %v", err)
	}
	if b, err := os.ReadFile(path); err != nil || !strings.Contains(string(b), "\nnew\n") {
		t.Errorf("file is %q, %v", b, err)
	}
}

func TestIntoRefuses(t *testing.T) {
	begin, end := "<!-- solverbench:begin x -->\n", "<!-- solverbench:end x -->\n"
	for text, want := range map[string]string{
		"nothing\n":               "add these two lines",
		begin:                     "add these two lines",
		end + begin:               "comes before",
		begin + end + begin + end: "more than once",
		begin + begin + end:       "more than once",
		"<!-- solverbench:begin y -->\n<!-- solverbench:end y -->\n": "solverbench:begin x",
	} {
		path := filepath.Join(t.TempDir(), "page.md")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		err := Into(path, "x", "new")
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: error %v, want one with %q and the path", text, err, want)
		}
		if b, err := os.ReadFile(path); err != nil || string(b) != text {
			t.Errorf("%q: the file changed to %q, %v", text, b, err)
		}
	}
	missing := filepath.Join(t.TempDir(), "missing.md")
	if err := Into(missing, "x", "new"); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("missing file: %v", err)
	}
}

func TestIntoByName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.md")
	page := "<!-- solverbench:begin a -->\n<!-- solverbench:end a -->\n<!-- solverbench:begin b -->\n<!-- solverbench:end b -->\n"
	if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Into(path+"#b", "leaderboard", "new\n"); err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(page, "begin b -->\n", "begin b -->\n\nnew\n\n", 1)
	if b, err := os.ReadFile(path); err != nil || string(b) != want {
		t.Errorf("file is %q, %v; want %q", b, err, want)
	}
	if err := Into(path+"#c", "leaderboard", "new\n"); err == nil || !strings.Contains(err.Error(), "solverbench:begin c") {
		t.Errorf("error %v, expected one about the markers of c", err)
	}
}
