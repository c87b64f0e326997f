package host

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/solverbench/solverbench/internal/rogue"
)

// A launch can be given up at any moment.
func TestLaunchIsGivenUp(t *testing.T) {
	for i := range 20 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*300*time.Microsecond)
		c, err := Launch(ctx, Config{Command: rogue.Command("")})
		switch {
		case err == nil:
			c.Close()
		case KindOf(err) != Cancelled:
			t.Errorf("after %v: error %v, expected that it was cancelled", time.Duration(i)*300*time.Microsecond, err)
		}
		cancel()
	}
}

// busy starts a solve that does not end and waits until it is at work.
func busy(t *testing.T, s *Session, mark int) (cancel func(), done <-chan error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		_, err := s.Solve(ctx, SolveConfig{})
		failed <- err
	}()
	for range 1000 {
		if len(rogue.Marked(mark)) > 0 {
			return cancel, failed
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the solver was never at work")
	return nil, nil
}

// A solver that does not is ended with everything it has started.
func TestHangIsEnded(t *testing.T) {
	mark := rogue.NewMark()
	c := launch(t)
	s := open(t, c, 10, map[string]string{"mode": "hang", "mark": strconv.Itoa(mark)})
	cancel, done := busy(t, s, mark)
	cancel()
	if err := <-done; KindOf(err) != Cancelled {
		t.Fatalf("error %v, expected that it was cancelled", err)
	}
	c.Kill()
	if !rogue.Gone(mark) {
		t.Error("the solver's child is still alive")
	}
}

// Close ends also what has left the process tree and its environment.
func TestDaemonIsEnded(t *testing.T) {
	mark := rogue.NewMark()
	c := launch(t)
	s := open(t, c, 10, map[string]string{"mode": "daemon", "mark": strconv.Itoa(mark)})
	if _, err := s.Solve(t.Context(), SolveConfig{}); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if len(rogue.Marked(mark)) == 2 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if n := len(rogue.Marked(mark)); n != 2 {
		t.Fatalf("%d processes, expected a child and a daemon", n)
	}
	c.Close()
	if !rogue.Gone(mark) {
		t.Error("the child or the daemon is still alive")
	}
}

// A socket's path is short, whatever the temporary directory's.
func TestLongTemporaryDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("d", 100))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", dir)
	if _, err := launch(t).Describe(t.Context()); err != nil {
		t.Error(err)
	}
}

// What a launch makes is gone after Close, and the segment has no name from Open on.
func TestNothingIsLeftBehind(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	c := launch(t)
	s := open(t, c, 100, map[string]string{"mode": "copy"})
	if _, err := os.Stat(s.segment.Path()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s after Open: %v, expected that it is gone", s.segment.Path(), err)
	}
	if _, err := s.Solve(t.Context(), SolveConfig{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.Close()
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil || len(left) > 0 {
		t.Errorf("left in the temporary directory: %v, error %v", left, err)
	}
	// Nor does a failure of Open leave anything.
	c = launch(t)
	if _, err := c.Open(t.Context(), SessionConfig{Solver: "other", Task: task(100), Shapes: [][]int{{100, 100}}}); KindOf(err) != Unsupported {
		t.Errorf("error %v, expected unsupported", err)
	}
	c.Close()
	if left, err = os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("left in the temporary directory: %v, error %v", left, err)
	}
}

// A plugin cannot keep its files from being removed by closing their directories; links out of its own are not followed.
func TestRemoveAll(t *testing.T) {
	outside, dir := t.TempDir(), filepath.Join(t.TempDir(), "private")
	if err := os.Chmod(outside, 0o750); err != nil {
		t.Fatal(err)
	}
	inner := filepath.Join(dir, "a", "b")
	err := errors.Join(os.MkdirAll(filepath.Join(inner, "c"), 0o700), os.WriteFile(filepath.Join(inner, "file"), nil, 0),
		os.Symlink(outside, filepath.Join(dir, "a", "link")), os.Chmod(inner, 0), os.Chmod(filepath.Dir(inner), 0o500))
	if err != nil {
		t.Fatal(err)
	}
	if err := removeAll(dir); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("still there: %v", err)
	}
	if info, err := os.Stat(outside); err != nil || info.Mode().Perm() != 0o750 {
		t.Errorf("outside: %v, %v", info, err)
	}
}

// Directories that killed harnesses left are removed; those in use, young ones and the user's are not.
func TestRemoveLeftovers(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	inUse := launch(t).dir
	keep := []string{filepath.Join(tmp, "solverbench-1-results"), filepath.Join(tmp, "solverbench-2"), filepath.Join(tmp, "solverbench-1-3")}
	left := filepath.Join(tmp, "solverbench-1-1")
	for _, dir := range append(keep, left) {
		if err := os.MkdirAll(filepath.Join(dir, "plugin-dir"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-2 * leftAfter)
	for _, dir := range []string{inUse, keep[0], keep[1], left} {
		if err := os.Chtimes(dir, old, old); err != nil {
			t.Fatal(err)
		}
	}
	RemoveLeftovers()
	for _, dir := range append(keep, inUse) {
		if _, err := os.Stat(dir); err != nil {
			t.Errorf("%s is gone: %v", dir, err)
		}
	}
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s: %v, expected that it is gone", left, err)
	}
}

func TestTemporaryDirectoryIsNamed(t *testing.T) {
	t.Setenv("TMPDIR", "/nonexistent")
	if _, err := Launch(t.Context(), Config{Command: rogue.Command("")}); err == nil || !strings.Contains(err.Error(), "/nonexistent (TMPDIR)") {
		t.Errorf("error %v, expected one that names the directory", err)
	}
}

// A plugin that is closed leaves nothing open, without the help of the garbage collector.
func TestCloseClosesFiles(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	launch(t).Close() // what is opened once and for all
	begin := openFiles(t)
	for range 5 {
		launch(t).Close()
	}
	settled(t, begin)
}

// Whichever file it is that this process may not open any more, a launch that fails for it does not speak ill of the plugin, and
// leaves nothing open.
func TestLaunchWithoutFiles(t *testing.T) {
	launch(t).Close() // what is opened once and for all
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
			t.Error(err)
		}
	}()
	begin := openFiles(t)
	for spare := uint64(2); ; spare++ {
		few := limit
		few.Cur = uint64(begin) + spare
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &few); err != nil {
			t.Fatal(err)
		}
		c, err := Launch(t.Context(), Config{Command: rogue.Command("")})
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
			t.Fatal(err)
		}
		if err == nil {
			c.Close()
			if spare == 2 {
				t.Error("a plugin was launched with next to no files")
			}
			break
		}
		if KindOf(err) != 0 {
			t.Errorf("with %d files: %v, expected that it is not the plugin's fault", spare, err)
		}
	}
	settled(t, begin)
}

// settled waits until no more files are open than there were: the last of a connection are closed by others.
func settled(t *testing.T, begin int) {
	t.Helper()
	now := openFiles(t)
	for deadline := time.Now().Add(10 * time.Second); now > begin && time.Now().Before(deadline); now = openFiles(t) {
		time.Sleep(10 * time.Millisecond)
	}
	if now > begin {
		t.Errorf("%d files are open, %d were", now, begin)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	return len(open)
}

// A plugin that does not answer when it is asked whether it is well, or to end, is not waited for.
func TestUnansweredCalls(t *testing.T) {
	c, err := Launch(t.Context(), Config{Command: rogue.Command("health-hangs")})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := c.NullCall(ctx); KindOf(err) != Timeout {
		t.Errorf("error %v, expected a timeout", err)
	}
	if c, err = Launch(t.Context(), Config{Command: rogue.Command("shutdown-hangs")}); err != nil {
		t.Fatal(err)
	}
	c.Close() // returns
	if c.proc.ending() != endedByHarness {
		t.Errorf("the process %s, expected that it was ended", c.proc.ending())
	}
}
