//go:build !linux

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// Box is a program in a process group of its own: this system has none of what contains programs on Linux.
type Box struct {
	cfg Config

	mu     sync.Mutex
	killed bool
	cmd    *exec.Cmd
	done   chan struct{}
	exit   Exit
}

const why = "it is made for Linux, and this is " + runtime.GOOS

// New prepares a box. It fails with a MissingError if a limit is asked for.
func New(cfg Config) (*Box, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if err := CheckLimits(cfg.Limits); err != nil {
		return nil, err
	}
	for _, dir := range []string{Temp(cfg.Dir), Sockets(cfg.Dir)} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("sandbox: %w", err)
		}
	}
	return &Box{cfg: cfg, done: make(chan struct{})}, nil
}

// Start starts the program. The lifeline becomes its file 3.
func (b *Box) Start(stdout, stderr, lifeline *os.File) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.killed || b.cmd != nil {
		return errors.New("sandbox: the box has been started or killed already")
	}
	cmd := exec.Command(b.cfg.Command[0], b.cfg.Command[1:]...)
	cmd.Env, cmd.Dir = b.cfg.environment(), Temp(b.cfg.Dir)
	if stdout != nil {
		cmd.Stdout = stdout
	}
	if stderr != nil {
		cmd.Stderr = stderr
	}
	if lifeline != nil {
		cmd.ExtraFiles = []*os.File{lifeline}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	b.cmd = cmd
	go func() {
		_ = cmd.Wait()
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
			b.exit = Exit{Code: -1, Signal: ws.Signal(), Core: ws.CoreDump()}
		} else {
			b.exit = Exit{Code: cmd.ProcessState.ExitCode()}
		}
		close(b.done)
	}()
	return nil
}

// Pid is the process id of the program, 0 before it is started.
func (b *Box) Pid() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cmd == nil {
		return 0
	}
	return b.cmd.Process.Pid
}

// Wait waits until the program has ended, and says how.
func (b *Box) Wait() (Exit, error) {
	<-b.done
	return b.exit, nil
}

// Kill ends the process group.
func (b *Box) Kill() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.killed = true
	if b.cmd == nil {
		return
	}
	select {
	case <-b.done:
	default:
		_ = syscall.Kill(-b.cmd.Process.Pid, syscall.SIGKILL)
	}
}

// Freeze stops the process group.
func (b *Box) Freeze() error { return b.signal(syscall.SIGSTOP) }

// Thaw lets the process group go on.
func (b *Box) Thaw() error { return b.signal(syscall.SIGCONT) }

func (b *Box) signal(s syscall.Signal) error {
	pid := b.Pid()
	if pid == 0 {
		return nil
	}
	if err := syscall.Kill(-pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("sending %v to process group %d: %w", s, pid, err)
	}
	return nil
}

// Usage reads what the program has used; only known once it has ended.
func (b *Box) Usage() Usage {
	select {
	case <-b.done:
	default:
		return Usage{Sampled: true}
	}
	u := Usage{User: b.cmd.ProcessState.UserTime(), System: b.cmd.ProcessState.SystemTime(), Sampled: true}
	if r, ok := b.cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.PeakMemory = r.Maxrss // bytes here, unlike on Linux
		u.MinorFaults, u.MajorFaults = r.Minflt, r.Majflt
		u.VoluntarySwitches, u.InvoluntarySwitches = r.Nvcsw, r.Nivcsw
	}
	return u
}

// ResetPeak cannot be done.
func (b *Box) ResetPeak() bool { return false }

// Events are not known.
func (b *Box) Events() Events { return Events{} }

// Applied lists what this box does to contain the program, and what it does not.
func (b *Box) Applied() []Protection { return Check(context.Background()) }

// HostPath is where the caller finds a file that the program made.
func (b *Box) HostPath(path string) string { return path }

// Close kills what is left.
func (b *Box) Close() error {
	b.Kill()
	if b.Pid() != 0 {
		select {
		case <-b.done:
		case <-time.After(time.Second):
			return errors.New("sandbox: the program does not end")
		}
	}
	return nil
}

// Check says that nothing contains programs here.
func Check(context.Context) []Protection {
	var out []Protection
	for _, name := range []string{
		"memory limit", "CPU limit", "process limit", "disk limit", "process tree ends as a whole", "file access",
		"shared files keep their size", "no signals to others", "no network", "dangerous system calls", "no new privileges",
		"idle plugins stop", "exact peak memory", "exact CPU time of the tree",
	} {
		out = append(out, Protection{Name: name, Why: why, Fix: "use Linux"})
	}
	return out
}

// CheckLimits returns a *MissingError if there is a limit.
func CheckLimits(l Limits) error {
	for _, x := range []struct {
		name  string
		asked bool
	}{
		{"memory", l.Memory > 0}, {"CPU", l.CPUs > 0}, {"process", l.Pids > 0}, {"disk", l.Disk > 0},
	} {
		if x.asked {
			return &MissingError{Limit: x.name, Missing: why, Fix: "use Linux"}
		}
	}
	return nil
}

// Main has nothing to do here.
func Main() {}

// RemoveLeftovers has nothing to do here.
func RemoveLeftovers() {}
