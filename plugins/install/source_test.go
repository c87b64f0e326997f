package install

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestParseSource(t *testing.T) {
	dir := files{"mine.so": "x", "folder/x": "x", "example.com/pkg/x": "x", "bare.git/HEAD": "x", "bare.git/objects/x": "x", "bare.git/refs/x": "x"}.write(t, t.TempDir())
	t.Chdir(dir)
	for _, tt := range []struct {
		text string
		want source
	}{
		{"mine.so", source{fromFile, filepath.Join(dir, "mine.so"), ""}},
		{"./folder", source{fromFolder, filepath.Join(dir, "folder"), ""}},
		{".", source{fromFolder, dir, ""}},
		{"bare.git", source{fromGit, filepath.Join(dir, "bare.git"), ""}},
		{"example.com/pkg", source{fromFolder, filepath.Join(dir, "example.com", "pkg"), ""}},
		{"example.com/other/cmd/x", source{fromGo, "example.com/other/cmd/x", ""}},
		{"example.com/other/cmd/x@v1.2.3-rc.1+incompatible", source{fromGo, "example.com/other/cmd/x", "v1.2.3-rc.1+incompatible"}},
		{"https://example.com/x.git", source{fromGit, "https://example.com/x.git", ""}},
		{"https://example.com/x@v1/rc", source{fromGit, "https://example.com/x", "v1/rc"}},
		{"https://user@example.com/x.git", source{fromGit, "https://user@example.com/x.git", ""}},
		{"ssh://git@example.com/x.git@main", source{fromGit, "ssh://git@example.com/x.git", "main"}},
		{"git@example.com:x/y.git", source{fromGit, "git@example.com:x/y.git", ""}},
		{"git@example.com:x/y.git@main", source{fromGit, "git@example.com:x/y.git", "main"}},
		{"file:///srv/x.git@v1", source{fromGit, "file:///srv/x.git", "v1"}},
	} {
		got, err := parseSource(tt.text)
		if err != nil || got != tt.want {
			t.Errorf("%s: %+v, %v, expected %+v", tt.text, got, err, tt.want)
		}
		// What the lock file keeps means the same.
		if again, err := parseSource(got.String()); err != nil || again != got {
			t.Errorf("%s: %s is read as %+v, %v", tt.text, got, again, err)
		}
	}
	for _, bad := range []string{
		"", "nosuch", "./nosuch", "/nosuch", "ext::sh -c id", "--upload-pack=id", "-x", "https://", "https:///x", "example", "example.com/x@", "example.com/x@-v1",
		"https://example.com/x.git@--exec=id", "git@example.com:x@a:b", "a\nb", "example.com/../x y",
	} {
		if got, err := parseSource(bad); err == nil {
			t.Errorf("%q is read as %+v", bad, got)
		}
	}
}

// The lines that matter of what tools have said.
func TestMatters(t *testing.T) {
	for _, tt := range []struct {
		name, said, headline string
		lines                int
	}{
		{"a compiler", "cc -c x.c\nx.c: In function ‘f’:\nx.c:3:1: warning: unused\nx.c:4:1: error: ‘y’ undeclared\n    4 | y\n      | ^\nmake: *** [Makefile:2: x.o] Error 1\n", "x.c:4:1: error: ‘y’ undeclared", 5},
		{"a linker", "cc -o x x.o -lnosuch\n/usr/bin/ld: cannot find -lnosuch: No such file or directory\ncollect2: error: ld returned 1 exit status\n", "/usr/bin/ld: cannot find -lnosuch: No such file or directory", 3},
		{"a missing make", "/bin/sh: 1: make: not found\n", "/bin/sh: 1: make: not found", 1},
		{"pip", "Collecting x\n  error: subprocess-exited-with-error\n  × python setup.py egg_info did not run successfully.\n  ModuleNotFoundError: No module named 'y'\n", "ModuleNotFoundError: No module named 'y'", 2},
		{"go", "# example.com/x\n./x.go:7:2: undefined: y\n", "./x.go:7:2: undefined: y", 2},
		{"a progress bar", " 10%\r 50%\r100% error: disk full\n", "100% error: disk full", 1},
		{"nothing known", strings.Repeat("line\n", 30) + "the end\n", "the end", saidLines},
		{"nothing", "", "", 0},
		{"a lot", "x.c:1: error: first\n" + strings.Repeat("x.c:2: error: another\n", 500), "x.c:1: error: first", saidLines},
	} {
		f := &Failure{Step: "s", Said: matters(tt.said), Err: os.ErrInvalid}
		if got := f.headline(); got != tt.headline || len(f.Said) != tt.lines {
			t.Errorf("%s: %q of %q, expected %q of %d lines", tt.name, got, f.Said, tt.headline, tt.lines)
		}
		if tt.headline != "" && !strings.HasSuffix(f.Error(), "\nnot installed: "+tt.headline) {
			t.Errorf("%s: %v", tt.name, f)
		}
	}
	err := withHint(&Failure{Step: "s", Said: []string{"sh: 1: gfortran: not found"}, Err: os.ErrInvalid}, "")
	if !strings.HasSuffix(err.Error(), "; on Debian: apt-get install gfortran") {
		t.Error(err)
	}
}

func TestLimitedKeepsBothEnds(t *testing.T) {
	var l limited
	for _, part := range []string{"begin ", strings.Repeat("x", 5*limitedBytes), " end"} {
		if n, err := l.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatal(n, err)
		}
	}
	got := l.String()
	if !strings.HasPrefix(got, "begin ") || !strings.HasSuffix(got, " end") || len(got) > 4*limitedBytes {
		t.Errorf("%d bytes, %q … %q", len(got), got[:10], got[len(got)-10:])
	}
}

func TestCommandsDoNotInherit(t *testing.T) {
	t.Setenv("MAKEFLAGS", "-j8")
	t.Setenv("GIT_DIR", "/nosuch")
	t.Setenv("KEPT", "yes")
	var log strings.Builder
	c := &command{step: "s", dir: t.TempDir(), env: []string{"MORE=1"}, log: &log, argv: []string{"env"}}
	out, err := c.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out, "\n")
	for line, want := range map[string]bool{"MAKEFLAGS=-j8": false, "GIT_DIR=/nosuch": false, "KEPT=yes": true, "MORE=1": true} {
		if slices.Contains(lines, line) != want {
			t.Errorf("%s: %t", line, !want)
		}
	}
	if log.String() != out {
		t.Errorf("the log has %q", log.String())
	}
}
