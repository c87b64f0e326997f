package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/solverbench/solverbench/internal/rogue"
	"github.com/solverbench/solverbench/results"
)

// command returns this test binary as solverbench, in dir.
func command(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Args = append([]string{"solverbench"}, args...)
	c.Dir = dir
	return c
}

// Kill -9 while runs are being written loses nothing that was reported, and --resume completes the experiment without doubles,
// however often that happens.
func TestKillAndResume(t *testing.T) {
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	rogue := filepath.Join(dir, "rogue")
	if err := os.Symlink(self, rogue); err != nil {
		t.Fatal(err)
	}
	args := []string{"run", "poisson/unit-2d[n=3|4|5|6|7|8|9|10|11|12]", "--solver", "rogue[mode=zero|nan|copy]", "--plugin", rogue}
	reported := 0
	for kills := 0; kills < 3; kills++ {
		c := command(t, dir, args...)
		stderr, err := c.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(stderr)
		for seen := 0; seen < 5 && lines.Scan(); {
			if strings.HasPrefix(lines.Text(), "[") {
				seen++
				reported++
			}
		}
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = c.Wait() // it was killed
		args = []string{"run", "--resume"}
	}
	out, err := command(t, dir, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	store, err := results.OpenReadOnly(t.Context(), filepath.Join(dir, "solverbench.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	runs, err := store.Runs(t.Context(), results.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range runs {
		key := r.Instance.Label + " " + r.Configuration.Label
		if seen[key] {
			t.Errorf("%s twice", key)
		}
		seen[key] = true
	}
	if len(runs) != 30 || reported != 15 {
		t.Errorf("%d runs, %d of them reported before a kill; expected 30 and 15", len(runs), reported)
	}
	if experiments, err := store.Experiments(t.Context()); err != nil || len(experiments) != 1 || experiments[0].Outcome != results.Finished {
		t.Errorf("experiments %+v, error %v, expected one that is finished", experiments, err)
	}
}

// startBusy begins a run whose solver never ends and waits until it is at work. It returns the mark of the plugin's child.
func startBusy(t *testing.T, dir, mode string) (c *exec.Cmd, output *bytes.Buffer, mark int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	plugin := filepath.Join(dir, "rogue")
	if err := os.Symlink(self, plugin); err != nil {
		t.Fatal(err)
	}
	mark = rogue.NewMark()
	c = command(t, dir, "run", "poisson/unit-2d[n=3|100]", "--solver", "rogue[mode=copy]", "--solver", fmt.Sprintf("rogue[mode=%s,mark=%d]", mode, mark), "--plugin", plugin)
	c.Env = append(os.Environ(), "TMPDIR="+dir)
	output = &bytes.Buffer{}
	c.Stdout, c.Stderr = output, output
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for range 3000 {
		time.Sleep(10 * time.Millisecond)
		if len(rogue.Marked(mark)) > 0 {
			return c, output, mark
		}
	}
	_ = c.Process.Kill()
	t.Fatalf("the solver was never at work: %s", output)
	return nil, nil, 0
}

// Kill -9 of the harness ends the plugin too, even one in a tight loop, with what it has started, and leaves no shared
// memory.
func TestKillEndsPlugins(t *testing.T) {
	dir := t.TempDir()
	c, _, mark := startBusy(t, dir, "spin")
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // it was killed
	if !rogue.Gone(mark) {
		t.Error("the plugin's child is still alive")
	}
	segments, err := filepath.Glob(fmt.Sprintf("/dev/shm/solverbench-%d-*/*.segment", c.Process.Pid))
	segments = slices.DeleteFunc(segments, inUse)
	if err != nil || len(segments) > 0 {
		t.Errorf("segments left: %v", segments)
	}
}

// inUse says whether the folder of a segment is locked by a harness, or gone with it.
func inUse(segment string) bool {
	f, err := os.Open(filepath.Dir(segment))
	if err != nil {
		return true
	}
	defer f.Close()
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil
}

// Ctrl-C and SIGTERM end the run in flight, keep what is done, say how to go on, and exit with 130.
func TestInterrupt(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		dir := t.TempDir()
		c, output, mark := startBusy(t, dir, "hang")
		if err := c.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		_ = c.Wait() // the code is looked at below
		if code := c.ProcessState.ExitCode(); code != exitInterrupted {
			t.Errorf("%v: exit code %d, expected %d", signal, code, exitInterrupted)
		}
		for _, says := range []string{"of 4 runs done: solverbench run --resume --db solverbench.db goes on", "POISSON"} {
			if !strings.Contains(output.String(), says) {
				t.Errorf("%v: it says %s, expected %q", signal, output, says)
			}
		}
		if !rogue.Gone(mark) {
			t.Errorf("%v: the plugin's child is still alive", signal)
		}
		if left, err := filepath.Glob(filepath.Join(dir, "solverbench-*")); err != nil || len(left) > 0 {
			t.Errorf("%v: left behind %v", signal, left)
		}
		store, err := results.OpenReadOnly(t.Context(), filepath.Join(dir, "solverbench.db"))
		if err != nil {
			t.Fatal(err)
		}
		runs, err := store.Runs(t.Context(), results.Filter{})
		store.Close()
		cancelled := 0
		for _, r := range runs {
			if r.Status == results.Cancelled {
				cancelled++
			}
		}
		if err != nil || cancelled != 1 {
			t.Errorf("%v: %d runs cancelled, error %v, expected 1", signal, cancelled, err)
		}
	}
}
