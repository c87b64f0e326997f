package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/solverbench/solverbench/internal/screen"
)

// onTerminal runs solverbench on a terminal of its own, in a folder with the plugin rogue.
func onTerminal(t *testing.T, dir string, width, height int, env []string, args ...string) (*screen.Terminal, *exec.Cmd) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(dir, "rogue")); err != nil && !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
	c := command(t, dir, args...)
	c.Env = append([]string{"TERM=xterm-256color", "HOME=" + dir, "PATH=" + os.Getenv("PATH")}, env...)
	terminal, err := screen.Start(c, width, height)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		t.Skipf("no terminal: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() }) // it has ended, if all is well
	return terminal, c
}

// until waits for the screen to show what matches.
func until(t *testing.T, terminal *screen.Terminal, pattern string) {
	t.Helper()
	for shows, end := regexp.MustCompile(pattern), time.Now().Add(30*time.Second); ; time.Sleep(20 * time.Millisecond) {
		seen := ""
		terminal.Look(func(s *screen.Screen, _ []byte) { seen = s.Visible() })
		if shows.MatchString(seen) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the screen never shows %q but\n%s", pattern, seen)
		}
	}
}

// isTidy checks that a terminal is as a program should leave it.
func isTidy(t *testing.T, terminal *screen.Terminal) {
	t.Helper()
	terminal.Look(func(s *screen.Screen, _ []byte) {
		if x, _, seen := s.Cursor(); x != 0 || !seen {
			t.Errorf("the cursor is in column %d, to be seen: %v, expected in the first and to be seen; the screen has\n%s", x, seen, s)
		}
		if strange := s.Strange(); len(strange) > 0 {
			t.Errorf("not understood: %v", strange)
		}
	})
}

// A run on a terminal shows a table of the family that fills in, and leaves nothing of it when the leaderboards are printed.
func TestRunOnATerminal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const width = 72
	began := time.Now()
	terminal, _ := onTerminal(t, dir, width, 24, nil, "run", "poisson/unit-2d[n=15|31]", "--solver", "fast-poisson", "--solver", "rogue/rogue[mode=zero]",
		"--plugin", "rogue", "--reps", "3", "--no-noise-probes")
	until(t, terminal, `(?s)POISSON: \d of 4 runs +median +reps\n  poisson/unit-2d\[n=15\]\n.*▸ .*\d of 4 runs done.* so far`)
	if err := terminal.Wait(); err != nil {
		t.Error(err)
	}
	isTidy(t, terminal)
	terminal.Look(func(s *screen.Screen, raw []byte) {
		frames := bytes.Split(raw, []byte("\x1b[?25l"))[1:]
		if most := int(time.Since(began)/(100*time.Millisecond)) + 2; len(frames) < 3 || len(frames) > most {
			t.Errorf("%d frames, expected 3 to %d", len(frames), most)
		}
		for _, sign := range []string{"✓ fast-poisson", "✗ rogue/rogue", "repetition 2 of 3", "about "} {
			if !bytes.Contains(raw, []byte(sign)) {
				t.Errorf("no frame has %q", sign)
			}
		}
		final := s.String()
		if strings.Contains(final, "▸") || strings.Contains(final, "runs done") || !strings.Contains(final, "POISSON\n") || !strings.Contains(final, "Stored as experiment 1") {
			t.Errorf("at the end the screen has\n%s", final)
		}
		for _, line := range strings.Split(final, "\n") {
			if n := len([]rune(line)); n > width {
				t.Errorf("a line of %d characters: %s", n, line)
			}
		}
	})
}

// Ctrl-C, and even kill -9, leave a terminal as it was; a terminal that is made smaller meanwhile is kept to.
func TestInterruptedOnATerminal(t *testing.T) {
	t.Parallel()
	for _, kill := range []bool{false, true} {
		terminal, c := onTerminal(t, t.TempDir(), 100, 20, nil, "run", "poisson/unit-2d[n=15]", "--solver", "rogue[mode=hang]", "--solver", "fast-poisson",
			"--plugin", "rogue", "--no-noise-probes")
		until(t, terminal, `▸ rogue/rogue\[mode=hang\] .*solving`)
		if err := terminal.Resize(40, 8); err != nil {
			t.Fatal(err)
		}
		before := 0
		terminal.Look(func(s *screen.Screen, _ []byte) { before = s.Wraps() })
		until(t, terminal, `(?m)^  ▸ rogue.*\n(.*\n)*\d/2 `)
		if kill {
			if err := c.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		} else if err := terminal.Type("\x03"); err != nil {
			t.Fatal(err)
		}
		var exit *exec.ExitError
		if err := terminal.Wait(); !errors.As(err, &exit) || !kill && exit.ExitCode() != exitInterrupted {
			t.Errorf("%v, expected exit code %d", err, exitInterrupted)
		}
		isTidy(t, terminal)
		terminal.Look(func(s *screen.Screen, _ []byte) {
			if !kill && (strings.Contains(s.String(), "▸") || !strings.Contains(s.String(), "\nStopping. Another Ctrl-C")) {
				t.Errorf("after Ctrl-C the screen has\n%s", s)
			}
			if kill && s.Wraps() > before {
				t.Errorf("lines are wider than the terminal:\n%s", s)
			}
		})
	}
}

// Who wants no colour, or has a terminal that knows none, gets no escape sequence: neither from a run nor from anything else.
func TestNoEscapes(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("many commands")
	}
	for _, env := range []string{"NO_COLOR=1", "TERM=dumb"} {
		dir := t.TempDir()
		for _, args := range [][]string{
			{"run", "poisson/unit-2d[n=15]", "--solver", "fast-poisson", "--solver", "rogue[mode=zero]", "--plugin", "rogue", "--reps", "1", "--no-noise-probes"},
			{"leaderboard", "--wide"}, {"compare", "fast-poisson", "rogue"}, {"show", "run", "1"}, {"list"}, {"list", "runs"}, {"show", "poisson/jump"},
			{"suite", "check", "quick"}, {"help", "run"}, {"nonsense"},
		} {
			terminal, _ := onTerminal(t, dir, 80, 24, []string{env}, args...)
			_ = terminal.Wait() // the exit code is not what this is about
			terminal.Look(func(s *screen.Screen, raw []byte) {
				if bytes.ContainsRune(raw, 0x1b) || len(raw) == 0 {
					t.Errorf("%s solverbench %s writes escape sequences, or nothing: %q", env, strings.Join(args, " "), raw)
				}
				if args[0] == "run" && !strings.Contains(s.String(), "[2/2] poisson/unit-2d[n=15]") {
					t.Errorf("%s: no line a run but\n%s", env, s)
				}
			})
		}
	}
}

// What is printed on a terminal keeps to its width.
func TestCommandsFitTheTerminal(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("many commands")
	}
	dir := t.TempDir()
	run := command(t, dir, "run", "poisson/unit-2d[n=15|31]", "--solver", "fast-poisson", "--solver", "multigrid[cycle=V|F]", "--reps", "2", "--no-noise-probes", "-q")
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, width := range []int{60, 80, 120, 200} {
		for _, args := range [][]string{
			{"leaderboard"}, {"leaderboard", "--summary"}, {"leaderboard", "--by", "n"}, {"compare", "fast-poisson", "multigrid[cycle=V]"}, {"list"},
			{"list", "runs"}, {"list", "experiments"}, {"show", "run", "1"}, {"show", "multigrid"}, {"show", "poisson/jump"}, {"suite", "list"},
			{"suite", "check", "quick"}, {"db", "info"},
		} {
			terminal, _ := onTerminal(t, dir, width, 50, nil, args...)
			if err := terminal.Wait(); err != nil {
				t.Errorf("%v: %v", args, err)
			}
			terminal.Look(func(s *screen.Screen, _ []byte) {
				if n := s.Wraps(); n > 0 {
					t.Errorf("solverbench %s has %d lines of more than %d characters:\n%s", strings.Join(args, " "), n, width, s)
				}
			})
		}
	}
}
