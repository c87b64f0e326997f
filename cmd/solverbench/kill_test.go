package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

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
