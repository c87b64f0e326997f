package install

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Failure is a step of an installation that failed because a program did: a compiler, pip, git, go.
type Failure struct {
	// Step is what was being done.
	Step string
	// Said are the lines that matter of what the program said.
	Said []string
	// Hint is what may help, empty if nothing is known.
	Hint string
	Err  error
}

// Error ends with the line that says most.
func (e *Failure) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s failed: %v", e.Step, e.Err)
	if len(e.Said) == 0 && e.Hint == "" {
		return b.String()
	}
	for _, line := range e.Said {
		fmt.Fprintf(&b, "\n  | %s", line)
	}
	b.WriteString("\nnot installed: ")
	if len(e.Said) > 0 {
		b.WriteString(e.headline())
	}
	if len(e.Said) > 0 && e.Hint != "" {
		b.WriteString("; ")
	}
	b.WriteString(e.Hint)
	return b.String()
}

func (e *Failure) Unwrap() error { return e.Err }

var (
	// What compilers, linkers, shells, make, pip, npm, git and go write where they say what is wrong.
	tells = regexp.MustCompile(`(?i)error( at|:|\[)|fatal:|undefined reference|cannot find|: not found|no such file|permission denied|npm err|\.go:\d+:\d+:|\*\*\* `)
	// They are followed by lines that say what.
	announces = regexp.MustCompile(`(?i)subprocess-exited-with-error|exited with error|\*\*\* `)
)

// headline is the line that says most.
func (e *Failure) headline() string {
	if len(e.Said) == 0 {
		return ""
	}
	for _, line := range e.Said {
		if tells.MatchString(line) && !announces.MatchString(line) {
			return strings.TrimSpace(line)
		}
	}
	return strings.TrimSpace(e.Said[len(e.Said)-1])
}

// saidLines is how many lines of what a program said are shown.
const saidLines = 12

// matters picks the lines of a program's output that say what is wrong: from the first that does on, or else the last ones.
func matters(output string) []string {
	var lines []string
	first := -1
	for line := range strings.Lines(output) {
		if i := strings.LastIndexByte(strings.TrimRight(line, "\r\n"), '\r'); i >= 0 { // a progress bar
			line = line[i+1:]
		}
		line = strings.TrimRight(line, " \t\r\n")
		if line == "" {
			continue
		}
		if first < 0 && tells.MatchString(line) && !announces.MatchString(line) {
			first = len(lines)
		}
		lines = append(lines, clip(line, 240))
	}
	if first < 0 {
		return lines[max(0, len(lines)-saidLines):]
	}
	first = max(0, first-1) // the line before may say where
	return lines[first:min(len(lines), first+saidLines)]
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

// command is a program that an installation needs.
type command struct {
	step string // for people
	dir  string
	env  []string // beside that of this process
	log  io.Writer
	argv []string
}

// notInherited are variables of a make or git that this process may run under, which are not for those that it starts.
var notInherited = []string{
	"MAKEFLAGS=", "MFLAGS=", "MAKELEVEL=", "MAKEOVERRIDES=", "GIT_DIR=", "GIT_WORK_TREE=", "GIT_INDEX_FILE=", "GIT_PREFIX=",
	"VIRTUAL_ENV=", "PYTHONHOME=", "PYTHONPATH=",
}

// run runs it and returns its standard output. Errors are *Failure, but for that of ctx. When ctx ends, so do the program and all it has
// started.
func (c *command) run(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, c.argv[0], c.argv[1:]...)
	cmd.Dir = c.dir
	for _, v := range os.Environ() {
		if !hasAnyPrefix(v, notInherited) {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(append(cmd.Env, "LC_ALL=C.UTF-8"), c.env...) // what matters is found by English words
	// In a session of its own it has no terminal to ask on, where it would be stopped for that.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	var stdout, said limited
	cmd.Stdout, cmd.Stderr = io.MultiWriter(&stdout, &said, c.log), io.MultiWriter(&said, c.log)
	err := cmd.Run()
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		return "", &Failure{Step: c.step, Said: matters(said.String()), Err: err}
	}
	return stdout.String(), nil
}

func hasAnyPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// limited keeps the beginning of what is written, where compilers say what is wrong, and the end.
type limited struct {
	mu         sync.Mutex
	head, tail []byte
}

const limitedBytes = 256 << 10

func (l *limited) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(len(p), limitedBytes-len(l.head))
	l.head = append(l.head, p[:n]...)
	l.tail = append(l.tail, p[n:]...)
	if len(l.tail) > 2*limitedBytes {
		l.tail = bytes.Clone(l.tail[len(l.tail)-limitedBytes:])
	}
	return len(p), nil
}

func (l *limited) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.head) + string(l.tail)
}

// needed says that a program is missing, and why it is needed.
func needed(program, purpose, debian string) error {
	if _, err := exec.LookPath(program); err != nil {
		return fmt.Errorf("%s is not in $PATH, and is needed to %s (on Debian: apt-get install %s)", program, purpose, debian)
	}
	return nil
}

// tools are the packages of Debian in which what plugins are built with is, by what a shell says if it is not there.
var tools = []struct{ absent, debian string }{
	{"make: not found", "make"}, {"cc: not found", "gcc"}, {"gcc: not found", "gcc"}, {"c++: not found", "g++"}, {"g++: not found", "g++"},
	{"gfortran: not found", "gfortran"}, {"cmake: not found", "cmake"}, {"npm: not found", "npm"}, {"cargo: not found", "cargo"},
}

// withHint adds what may help to a failure.
func withHint(err error, hint string) error {
	var f *Failure
	if !errors.As(err, &f) {
		return err
	}
	for _, t := range tools {
		if strings.Contains(f.headline(), " "+t.absent) || strings.HasPrefix(f.headline(), t.absent) {
			hint = strings.TrimPrefix(hint+"; on Debian: apt-get install "+t.debian, "; ")
		}
	}
	if f.Hint == "" {
		f.Hint = hint
	}
	return err
}
