package install

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/solverbench/solverbench/harness/sandbox"
)

// What a plugin may be at most. It is far more than sources are, and stops what would fill the disk.
const (
	mostBytes = 1 << 30
	mostFiles = 50_000
)

// notCopied are what versions are kept in, and what tools make.
var notCopied = []string{".git", ".hg", ".svn", ".tox", ".nox", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}

// copier copies a plugin's folder, with files and folders in place of links, so that the copy stands on its own.
type copier struct {
	root    string // links may lead to what lies in it, and is not hidden there
	skip    func(path string) bool
	open    []string // the folders being copied, resolved
	bytes   int64
	files   int
	stopped func() error
}

// copyFolder copies the folder from to the new folder to.
func copyFolder(from, to string, skip func(path string) bool, stopped func() error) error {
	resolved, err := filepath.EvalSymlinks(from)
	if err != nil {
		return err
	}
	c := &copier{root: linkRoot(resolved), skip: skip, stopped: stopped}
	return c.folder(resolved, to)
}

// linkRoot is where links out of a plugin's folder may lead to: the repository it belongs to. A folder that belongs to none may have links to
// what lies beside it, unless that is somebody's home.
func linkRoot(dir string) string {
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Lstat(filepath.Join(d, ".git")); err == nil {
			return d
		}
		if d == filepath.Dir(d) {
			break
		}
	}
	if beside, ok := sandbox.Beside(dir); ok {
		return beside
	}
	return dir
}

func (c *copier) folder(from, to string) error {
	if slices.Contains(c.open, from) {
		return fmt.Errorf("%s: a link to a folder that it is in, expected none", from)
	}
	c.open = append(c.open, from)
	defer func() { c.open = c.open[:len(c.open)-1] }()
	if err := os.Mkdir(to, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(from, e.Name())
		if slices.Contains(notCopied, e.Name()) || isVenv(path) || c.skip(path) {
			continue
		}
		if err := c.entry(path, filepath.Join(to, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func (c *copier) entry(path, to string) error {
	if err := c.stopped(); err != nil {
		return err
	}
	if c.files++; c.files > mostFiles {
		return fmt.Errorf("more than %d files, expected a plugin", mostFiles)
	}
	resolved, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: a link to what is not there", path)
	}
	if err != nil {
		return err
	}
	if resolved != path { // the folder itself has been resolved
		inside, err := filepath.Rel(c.root, resolved)
		if err != nil || !filepath.IsLocal(inside) || hidden(inside) {
			return fmt.Errorf("%s: a link to %s, expected one to a file in %s that is not hidden", path, resolved, c.root)
		}
	}
	info, err := os.Stat(resolved)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return c.folder(resolved, to)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s: neither a file nor a folder, expected nothing else in a plugin", path)
	}
	if c.bytes += info.Size(); c.bytes > mostBytes {
		return fmt.Errorf("%s: files of more than %d MiB together, expected a plugin", path, mostBytes>>20)
	}
	return copyFile(resolved, to, info)
}

// isVenv says whether a path is a virtual environment, which works in its place only.
func isVenv(path string) bool {
	_, err := os.Stat(filepath.Join(path, "pyvenv.cfg"))
	return err == nil
}

// hidden says whether a path leads through a folder or to a file that is.
func hidden(path string) bool {
	return slices.ContainsFunc(strings.Split(path, string(filepath.Separator)), func(part string) bool { return strings.HasPrefix(part, ".") && part != "." })
}

// copyFile copies a file with its time, by which make goes.
func copyFile(from, to string, info fs.FileInfo) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm()&0o755|0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	// A file that grows meanwhile is none that a plugin consists of.
	if n, err := io.Copy(out, io.LimitReader(in, info.Size()+1)); err != nil {
		return fmt.Errorf("copying %s: %w", from, err)
	} else if n != info.Size() {
		return fmt.Errorf("copying %s: it changed meanwhile", from)
	}
	if err := out.Close(); err != nil {
		return err
	}
	return os.Chtimes(to, info.ModTime(), info.ModTime())
}
