//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// bench is where a scenario works.
type bench struct {
	amounts
	dir     string // everything is below it
	harness string // the solverbench that is tried
	plugin  string // that it loads beside the bundled one
	tmp     string // TMPDIR of harnesses
	private bool   // /dev/shm is nobody else's
	random  *rand.Rand
	verbose bool
}

// remove removes the folder.
func (b *bench) remove() {
	if err := os.RemoveAll(b.dir); err != nil {
		fmt.Fprintln(os.Stderr, "crashtest:", err)
	}
}

// say prints what is being done, with -v.
func (b *bench) say(format string, args ...any) {
	if b.verbose {
		fmt.Printf("  "+format+"\n", args...)
	}
}

// progress says how far a scenario is, at each quarter.
func (b *bench) progress(name string, done, total int) {
	if total >= 20 && done < total && done*4/total > (done-1)*4/total {
		fmt.Printf("%-8s %d/%d\n", name, done, total)
	}
}

// suite is an experiment of many runs that take a moment, by the bundled plugin and by one whose solvers leave processes,
// and of one that is solved and so repeated.
const suite = `name: crash
timeout: 60s
repetitions: 2
no-probes: true
runs:
  - problems: ["poisson/unit-2d[n=3|4|5]"]
    solvers: ["cg[max-iterations=1]", "sor[max-iterations=1]", "` + pluginName + `[do=nothing|child|daemon]"]
  - problems: ["poisson/unit-2d[n=3]"]
    solvers: [multigrid]
`

// fresh are the arguments of run for a new experiment.
func (b *bench) fresh() ([]string, error) {
	path := filepath.Join(b.dir, "crash.yaml")
	return []string{"--suite", path, "--plugin", b.plugin}, os.WriteFile(path, []byte(suite), 0o644)
}

// life is one process of the harness.
type life struct {
	cmd    *exec.Cmd
	stdout bytes.Buffer
	said   chan string   // the runs that it acknowledges, closed at its end
	ended  chan struct{} // closed when it has ended and all it printed has been read

	mu     sync.Mutex
	acked  []string
	stderr bytes.Buffer
	onAck  func(run string)
}

// change is what is different about a process from the usual.
type change func(*life)

func withEnv(env ...string) change {
	return func(l *life) { l.cmd.Env = append(l.cmd.Env, env...) }
}

// asNobody makes a process one without privileges, for which read-only means something.
func asNobody(l *life) {
	if os.Getuid() == 0 {
		l.cmd.SysProcAttr.Credential = &syscall.Credential{Uid: 65534, Gid: 65534}
	}
}

func onAck(f func(run string)) change {
	return func(l *life) { l.onAck = f }
}

// start runs a command that acknowledges runs as the harness does.
func (b *bench) start(ctx context.Context, command []string, changes ...change) (*life, error) {
	l := &life{cmd: exec.CommandContext(ctx, command[0], command[1:]...), said: make(chan string, 1<<12), ended: make(chan struct{})}
	l.cmd.Dir = b.dir
	l.cmd.Env = append(os.Environ(), "TMPDIR="+b.tmp)
	l.cmd.SysProcAttr = &syscall.SysProcAttr{}
	l.cmd.Stdout = &l.stdout
	for _, c := range changes {
		c(l)
	}
	// A pipe of our own: that of exec is also held by what the harness leaves behind, and Wait would wait for it.
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	l.cmd.Stderr = w
	l.cmd.WaitDelay = 10 * time.Second
	if err := errors.Join(l.cmd.Start(), w.Close()); err != nil {
		r.Close()
		return nil, err
	}
	go l.listen(r)
	return l, nil
}

// listen reads standard error to its end.
func (l *life) listen(r *os.File) {
	defer r.Close()
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		l.mu.Lock()
		l.stderr.WriteString(line)
		if run, ok := acknowledged(line); ok {
			l.acked = append(l.acked, run)
			if l.onAck != nil {
				l.onAck(run)
			}
			l.said <- run
		}
		l.mu.Unlock()
		if err != nil {
			break
		}
	}
	close(l.said)
	close(l.ended)
}

// acknowledged returns the run that a line of the harness says has been stored: "[3/12] INSTANCE  CONFIGURATION  STATUS…".
// A line that was cut off is none.
func acknowledged(line string) (run string, ok bool) {
	if !strings.HasPrefix(line, "[") || !strings.HasSuffix(line, "\n") {
		return "", false
	}
	_, rest, ok := strings.Cut(line, "] ")
	parts := strings.SplitN(rest, "  ", 3)
	if !ok || len(parts) < 3 || strings.HasPrefix(parts[2], "could not be run") {
		return "", false
	}
	return parts[0] + "  " + parts[1], true
}

// wait waits for the end and returns the exit code, -1 if a signal ended it.
func (l *life) wait() int {
	_ = l.cmd.Wait() // the code says it
	<-l.ended
	return l.cmd.ProcessState.ExitCode()
}

func (l *life) acks() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.acked...)
}

// tail is the end of what it has printed.
func (l *life) tail() string {
	lines := strings.Split(strings.TrimSpace(l.text()), "\n")
	return strings.Join(lines[max(0, len(lines)-3):], "\n")
}

// text is all that it has printed.
func (l *life) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stderr.String()
}

// until waits until the process has acknowledged n more runs or has ended, and then for a moment more.
func (l *life) until(n int, moment time.Duration) {
	for ; n > 0; n-- {
		if _, more := <-l.said; !more {
			return
		}
	}
	select {
	case <-l.ended:
	case <-time.After(moment):
	}
}

// run runs the harness on a database to its end.
func (b *bench) run(ctx context.Context, db string, args []string, changes ...change) (*life, int, error) {
	l, err := b.start(ctx, append(append([]string{b.harness, "run"}, args...), "--db", db), changes...)
	if err != nil {
		return nil, 0, err
	}
	return l, l.wait(), nil
}

// resume is the way to go on with an experiment.
var resume = []string{"--resume"}

// finish resumes until no experiment in the database is unfinished.
func (b *bench) finish(ctx context.Context, db string, changes ...change) error {
	for range 1000 {
		l, code, err := b.run(ctx, db, resume, changes...)
		switch {
		case err != nil:
			return err
		case code == 4 && strings.Contains(l.text(), "no unfinished experiment"):
			return nil
		case code != 0:
			return fmt.Errorf("run --resume ends with exit code %d: %s", code, l.tail())
		}
	}
	return errors.New("run --resume finds unfinished experiments without end")
}

// running lists the processes that run from the bench's folder.
func (b *bench) running() ([]string, error) {
	paths, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		return nil, err
	}
	var all []string
	for _, path := range paths {
		// One that is gone, or another user's, has no readable link.
		if exe, err := os.Readlink(path); err == nil && strings.HasPrefix(exe, b.dir+"/") {
			all = append(all, fmt.Sprintf("%s (%s)", filepath.Base(filepath.Dir(path)), filepath.Base(exe)))
		}
	}
	return all, nil
}

// patience is how long the processes of a dead harness have to be gone, which takes them milliseconds.
const patience = 20 * time.Second

// noOrphans waits until nothing runs from the bench's folder.
func (b *bench) noOrphans() error {
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		left, err := b.running()
		if err != nil || len(left) == 0 {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("processes left behind for %v: %s", patience, strings.Join(left, ", "))
		}
	}
}

// leftovers lists what is in TMPDIR and, if that is ours alone, in /dev/shm.
func (b *bench) leftovers() ([]string, error) {
	places := []string{b.tmp}
	if b.private {
		places = append(places, "/dev/shm")
	}
	var all []string
	for _, place := range places {
		entries, err := os.ReadDir(place)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			all = append(all, filepath.Join(place, e.Name()))
		}
	}
	return all, nil
}

// age makes what a dead harness has left look older than the minute for which the next one leaves it alone.
func age(paths []string) error {
	then := time.Now().Add(-time.Hour)
	for _, p := range paths {
		if err := os.Chtimes(p, then, then); err != nil {
			return err
		}
	}
	return nil
}

// nothingLeft fails if a path is still there.
func nothingLeft(paths []string) error {
	for _, p := range paths {
		if _, err := os.Lstat(p); err == nil {
			return fmt.Errorf("%s of a dead harness is still there after the next one has begun to measure", p)
		}
	}
	return nil
}
