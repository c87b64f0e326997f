package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

var errKilledFirst = errors.New("sandbox: killed before the program was started")

// Box is a program with all processes it starts. Its methods may be called from any goroutine.
type Box struct {
	cfg   Config
	plan  *plan
	group *group // nil where there is none

	mu      sync.Mutex // guards the following
	killed  bool
	proc    *os.Process // the supervisor, once started
	control *os.File    // it ends the tree when this is closed

	done chan struct{} // closed when all processes have ended; then the following are valid
	exit Exit
	err  error

	meter meter
}

// New prepares a box. It fails with a MissingError if a limit is asked for that this machine cannot enforce. The caller must Close the
// box.
func New(cfg Config) (*Box, error) {
	if err := errors.Join(stray(), cfg.check()); err != nil {
		return nil, err
	}
	self, err := cfg.self()
	if err != nil {
		return nil, fmt.Errorf("sandbox: finding our own executable: %w", err)
	}
	return newBox(cfg, thisMachine(self), self)
}

func newBox(cfg Config, m machine, self string) (*Box, error) {
	p, err := cfg.makePlan(m, self)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(private(cfg.Dir), 0o700); err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	g, err := makeGroup(p.groups, p.limits)
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	return &Box{cfg: cfg, plan: p, group: g, meter: meter{group: g}, done: make(chan struct{})}, nil
}

// Start starts the program and returns once it is being executed. Its standard input is empty; nil outputs are discarded. The lifeline,
// if there is one, is the reading end of a pipe: the program has it as file 3, and when the writing end is closed everything in the
// box is ended.
func (b *Box) Start(stdout, stderr, lifeline *os.File) error {
	s := b.plan.spec(&b.cfg)
	s.Lifeline = lifeline != nil
	if b.group != nil {
		s.CgroupProcs = b.group.procs
	}
	started := make(chan error, 1)
	// The kernel ends the supervisor when the thread that started it does, so that thread has nothing else to do.
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		status, err := b.launch(s, stdout, stderr, lifeline)
		if err != nil {
			b.giveUp(err)
			started <- err
			return
		}
		b.attend(status, started)
	}()
	return <-started
}

// giveUp ends a box that was not started, and never will be.
func (b *Box) giveUp(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.proc == nil && !b.ended() {
		b.killed = true
		b.exit, b.err = Exit{Code: -1, Signal: unix.SIGKILL}, err
		close(b.done)
	}
}

// launch starts the supervisor.
func (b *Box) launch(s *spec, stdout, stderr, lifeline *os.File) (*os.File, error) {
	var opened []*os.File // of no use to us afterwards
	defer func() {
		for _, f := range opened {
			f.Close()
		}
	}()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	opened = append(opened, null)
	orders, err := s.file()
	if err != nil {
		return nil, err
	}
	opened = append(opened, orders)
	listen, control, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	opened = append(opened, listen)
	status, report, err := os.Pipe()
	if err != nil {
		control.Close()
		return nil, err
	}
	opened = append(opened, report)
	files := []*os.File{null, stdout, stderr, lifeline, orders, listen, report}
	for i, f := range files {
		if f == nil {
			files[i] = null
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.proc != nil:
		err = errors.New("sandbox: the box has been started already")
	case b.killed:
		err = errKilledFirst
	default:
		b.proc, err = os.StartProcess(b.plan.self, []string{b.plan.self, superviseArg}, &os.ProcAttr{
			Dir: "/", Env: supervisorEnv(), Files: files, Sys: b.plan.ns.attributes(b.cfg.Network),
		})
	}
	if err != nil {
		control.Close()
		status.Close()
		return nil, err
	}
	b.control = control
	return status, nil
}

// supervisorEnv keeps our own processes small: they do little and then wait.
func supervisorEnv() []string { return []string{"GOMAXPROCS=1", "GOGC=off"} }

// attend takes the supervisor's reports and waits for its end and that of all others.
func (b *Box) attend(status *os.File, started chan<- error) {
	defer close(b.done)
	defer status.Close()
	d := json.NewDecoder(status)
	b.exit = Exit{Code: -1, Signal: unix.SIGKILL} // unless it is reported
	running := false
	for {
		var r report
		if err := d.Decode(&r); err != nil {
			break
		}
		switch {
		case r.Started:
			running = true
			b.meter.begin(b.proc.Pid)
			started <- nil
		case r.Error != "":
			b.err = fmt.Errorf("sandbox: %s", r.Error)
		case r.Exit != nil:
			b.exit = *r.Exit
			b.meter.end(r.Used)
		}
	}
	// In a PID namespace the kernel reports the end of the first process after that of all others.
	_, _ = b.proc.Wait()
	b.meter.end(nil)
	for wait := 100 * time.Microsecond; b.group != nil && !b.group.empty() && wait < 5*time.Second; wait *= 2 {
		b.group.kill()
		time.Sleep(wait)
	}
	killed := b.letGo()
	if !running {
		if b.err == nil {
			b.err = errors.New("sandbox: the supervisor ended before the program was started")
			if killed {
				b.err = errKilledFirst
			}
		}
		started <- b.err
	}
}

// letGo closes our end of what the tree hangs on, and says whether it was killed.
func (b *Box) letGo() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.control.Close()
	return b.killed
}

// Pid is the process id of the supervisor, 0 before it is started.
func (b *Box) Pid() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.proc == nil {
		return 0
	}
	return b.proc.Pid
}

// Wait waits until the program and everything it has started have ended, and says how the program did. What still runs when the
// program ends is killed.
func (b *Box) Wait() (Exit, error) {
	<-b.done
	return b.exit, b.err
}

// Kill ends everything in the box, whatever it has done to its environment, session or parents. It does not wait for that; Wait does.
func (b *Box) Kill() {
	if b.Pid() == 0 {
		b.giveUp(errKilledFirst)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	first := !b.killed
	b.killed = true
	if b.proc == nil || b.ended() {
		return
	}
	if b.plan.ns.has(unix.CLONE_NEWPID) {
		_ = b.proc.Kill() // and the kernel kills the others
	}
	if b.group != nil {
		b.group.kill()
	}
	b.control.Close()
	if first && !b.plan.ns.has(unix.CLONE_NEWPID) {
		go b.insist()
	}
}

// insist ends a tree whose supervisor may have been stopped.
func (b *Box) insist() {
	for patience := time.Second; ; patience = 10 * time.Millisecond {
		select {
		case <-b.done:
			return
		case <-time.After(patience):
		}
		_ = b.proc.Signal(unix.SIGCONT)
		tree := descendants(b.proc.Pid)
		for _, pid := range tree {
			_ = unix.Kill(pid, unix.SIGKILL)
		}
		if len(tree) == 0 {
			_ = b.proc.Kill()
		}
	}
}

func (b *Box) ended() bool {
	select {
	case <-b.done:
		return true
	default:
		return false
	}
}

// Freeze stops everything in the box until Thaw: it uses no CPU time meanwhile. Killing works nevertheless.
func (b *Box) Freeze() error { return b.setFrozen(true) }

// Thaw lets everything in the box go on.
func (b *Box) Thaw() error { return b.setFrozen(false) }

func (b *Box) setFrozen(frozen bool) error {
	pid := b.Pid()
	if pid == 0 || b.ended() {
		return nil
	}
	// The freezer of version 1 is not used: what is frozen by it cannot be killed, so it would outlive a killed harness.
	if b.group != nil && b.group.freeze != nil {
		return b.group.setFrozen(frozen)
	}
	signal := unix.SIGCONT
	if frozen {
		signal = unix.SIGSTOP
	}
	for _, p := range descendants(pid) {
		if err := unix.Kill(p, signal); err != nil && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("sending %v to process %d: %w", signal, p, err)
		}
	}
	return nil
}

// Usage reads what the box has used. It goes on to be right after the end.
func (b *Box) Usage() Usage { return b.meter.read() }

// ResetPeak lets PeakMemory begin anew, with what is in use now. It says whether the kernel could do so.
func (b *Box) ResetPeak() bool { return b.meter.resetPeak() }

// Events reads what the limits have done.
func (b *Box) Events() Events {
	if b.group == nil {
		return Events{}
	}
	return b.meter.events()
}

// Applied lists what this box does to contain the program, and what it does not.
func (b *Box) Applied() []Protection { return b.plan.protections }

// HostPath is where the caller finds a file that the program made: its private directory may be a file system of its own.
func (b *Box) HostPath(path string) string {
	if pid := b.Pid(); pid != 0 && b.plan.limits.Disk > 0 && strings.HasPrefix(path, private(b.cfg.Dir)+"/") {
		return "/proc/" + strconv.Itoa(pid) + "/root" + path
	}
	return path
}

// Close kills what is left and removes what was made, but for Config.Dir.
func (b *Box) Close() error {
	b.Kill()
	if b.Pid() != 0 {
		<-b.done
	}
	return b.meter.close()
}

// Check says what boxes on this machine do to contain programs, and what they cannot.
func Check(context.Context) []Protection {
	self, err := os.Executable()
	if err != nil {
		return []Protection{{Name: "all", Why: err.Error()}}
	}
	p, _ := (&Config{}).makePlan(thisMachine(self), self) // which asks for nothing, so nothing is missing
	return p.protections
}

// CheckLimits returns a *MissingError if boxes on this machine cannot enforce one of the limits.
func CheckLimits(l Limits) error {
	if l == (Limits{}) {
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("sandbox: finding our own executable: %w", err)
	}
	_, err = (&Config{Limits: l}).makePlan(thisMachine(self), self)
	return err
}
