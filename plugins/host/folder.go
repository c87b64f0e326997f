package host

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"golang.org/x/sys/unix"

	"github.com/solverbench/solverbench/harness/sandbox"
	"github.com/solverbench/solverbench/plugins/shm"
)

// dirPattern is that of the names of private directories, with digits for the stars: the process that made it, and a random
// number. So no folder of the user's is called.
const dirPattern = "solverbench-*-*"

// makeDir makes a directory with such a name.
func makeDir(parent string) (string, error) {
	return os.MkdirTemp(parent, fmt.Sprintf("solverbench-%d-*", os.Getpid()))
}

// privateDir makes a directory of mode 0700 for the sockets and locks it for as long as this process lives. A socket's
// path holds at most 107 bytes: where the temporary directory is too deep, it is made in /tmp.
func privateDir() (string, *os.File, error) {
	const longest = len("/solverbench-1234567-1234567890/private/sockets/plugin1234567890")
	parent := os.TempDir()
	if len(parent)+longest > 107 {
		parent = "/tmp"
	}
	dir, err := makeDir(parent)
	if err != nil {
		return "", nil, fmt.Errorf("the temporary directory %s (TMPDIR) cannot be used: %w", parent, err)
	}
	lock, err := lockDir(dir)
	if err != nil {
		os.Remove(dir)
		return "", nil, err
	}
	return dir, lock, nil
}

// lockDir locks a directory until the file is closed. Where that cannot be done, nothing is taken for left behind.
func lockDir(dir string) (*os.File, error) {
	lock, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", dir, err)
	}
	_ = unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	return lock, nil
}

// sharedDirs makes the directories for segments: in memory where that can be, and below the private directory for what has
// no room there.
func (c *Client) sharedDirs() ([]string, error) {
	if dir, err := makeDir(shm.Dir); err == nil {
		c.shared = append(c.shared, dir)
		lock, err := lockDir(dir)
		if err != nil {
			return nil, err
		}
		c.locks = append(c.locks, lock)
	}
	dir := filepath.Join(c.dir, "shared")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, fmt.Errorf("launching a plugin: %w", err)
	}
	c.shared = append(c.shared, dir)
	return c.shared, nil
}

// leftAfter is the age from which what nobody has locked is taken for left behind: it is locked within a moment of being
// made.
const leftAfter = time.Minute

var ours = regexp.MustCompile(`^solverbench-[0-9]+-[0-9]+$`)

// RemoveLeftovers removes the private directories, segments and control groups of harnesses that were killed.
func RemoveLeftovers() {
	sandbox.RemoveLeftovers()
	for _, pattern := range []string{
		filepath.Join(os.TempDir(), dirPattern), filepath.Join("/tmp", dirPattern), filepath.Join(shm.Dir, dirPattern),
	} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			continue // TMPDIR is no pattern
		}
		for _, path := range paths {
			if ours.MatchString(filepath.Base(path)) && abandoned(path) {
				_ = removeAll(path) // another user's, or being removed by another harness
			}
		}
	}
}

// removeAll removes a directory even where the plugin has closed directories in it. It follows no links out of it.
func removeAll(dir string) error {
	err := os.RemoveAll(dir)
	if err == nil {
		return nil
	}
	root, rootErr := os.OpenRoot(dir)
	if rootErr != nil {
		return err
	}
	defer root.Close()
	_ = fs.WalkDir(root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			_ = root.Chmod(path, 0o700) // before it is read
		}
		return nil
	})
	return os.RemoveAll(dir)
}

// abandoned says whether a directory or segment is old and locked by nobody.
func abandoned(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.IsDir() && !info.Mode().IsRegular() || time.Since(info.ModTime()) < leftAfter {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil
}
