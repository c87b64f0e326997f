package install

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// What a copy must not follow, take or wait for.
func TestCopyRefuses(t *testing.T) {
	link := func(target string) func(string) error {
		return func(dir string) error { return os.Symlink(target, filepath.Join(dir, "link")) }
	}
	for _, tt := range []struct {
		name string
		make func(dir string) error
		want string
	}{
		{"a link to a file of the system", link("/etc/passwd"), "link: a link to /etc/passwd, expected one to a file in "},
		{"a link out of the repository", link("../../../outside"), "expected one to a file in "},
		{"a link to what is hidden", link("../../.secret"), "that is not hidden"},
		{"a link into what is hidden", link("../../.git/config"), "that is not hidden"},
		{"a link to nothing", link("nosuch"), "link: a link to what is not there"},
		{"a link to itself", link("link"), "too many links"},
		{"a link to the folder", link("."), "a link to a folder that it is in"},
		{"a link to a folder above", link(".."), "a link to a folder that it is in"},
		{"a pipe", func(dir string) error { return syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600) }, "pipe: neither a file nor a folder"},
		{"a huge file", func(dir string) error {
			path := filepath.Join(dir, "huge")
			return errors.Join(os.WriteFile(path, nil, 0o600), os.Truncate(path, 1<<40))
		}, "huge: files of more than 1024 MiB together"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root := files{
				"outside": "secret", "repository/.secret": "secret", "repository/.git/config": "secret", "repository/plugins/a/plugin.yaml": "x",
			}.write(t, t.TempDir())
			from := filepath.Join(root, "repository", "plugins", "a")
			if err := tt.make(from); err != nil {
				t.Fatal(err)
			}
			err := copyFolder(from, filepath.Join(t.TempDir(), "copy"), func(string) bool { return false }, t.Context().Err)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, expected %s", err, tt.want)
			}
		})
	}
}

func TestCopyStandsOnItsOwn(t *testing.T) {
	root := files{
		"common/x.h": "x", "common/deep/y.h": "y", "a/src/main.c": "int x;", "a/.config": "c", "a/.hg/store": "h", "a/__pycache__/m.pyc": "p",
		"a/env/pyvenv.cfg": "home = /\n", "a/env/bin/python": "p", "a/left/out": "o", ".git/HEAD": "h",
	}.write(t, t.TempDir())
	for name, target := range map[string]string{"x.h": "../common/x.h", "deep": "../common/deep", "inner": "src/main.c"} {
		if err := os.Symlink(target, filepath.Join(root, "a", name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(root, "a", "src", "main.c"), 0o777); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "copy")
	left := filepath.Join(root, "a", "left")
	if err := copyFolder(filepath.Join(root, "a"), to, func(path string) bool { return path == left }, t.Context().Err); err != nil {
		t.Fatal(err)
	}
	var got []string
	err := filepath.WalkDir(to, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if !d.Type().IsRegular() {
			t.Errorf("%s is no file", path)
		}
		name, err := filepath.Rel(to, path)
		got = append(got, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{".config", "deep/y.h", "inner", "src/main.c", "x.h"}; !slices.Equal(got, want) {
		t.Errorf("%q, expected %q", got, want)
	}
	before, err1 := os.Stat(filepath.Join(root, "a", "src", "main.c"))
	after, err2 := os.Stat(filepath.Join(to, "src", "main.c"))
	if err := errors.Join(err1, err2); err != nil || !before.ModTime().Equal(after.ModTime()) || after.Mode().Perm() != 0o755 {
		t.Errorf("%v: %v and %v, %v", err, before.ModTime(), after.ModTime(), after.Mode())
	}
}

// Outside of a repository, links may lead to what lies beside the folder, but not if that is somebody's home.
func TestLinksBesideAFolder(t *testing.T) {
	root := files{"diary": "secret", "a/x": "x"}.write(t, filepath.Join(t.TempDir(), "user"))
	if err := os.Symlink("../diary", filepath.Join(root, "a", "diary")); err != nil {
		t.Fatal(err)
	}
	all := func(string) bool { return false }
	if err := copyFolder(filepath.Join(root, "a"), filepath.Join(t.TempDir(), "copy"), all, t.Context().Err); err != nil {
		t.Error(err)
	}
	t.Setenv("HOME", root)
	if err := copyFolder(filepath.Join(root, "a"), filepath.Join(t.TempDir(), "copy"), all, t.Context().Err); err == nil {
		t.Error("what is in a home is copied")
	}
}
