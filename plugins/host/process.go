package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/solverbench/solverbench/plugins/internal/wire"
)

// process runs a plugin's executable for go-plugin (it is a runner.Runner): in a process group of
// its own, with a lifeline that tells it when the harness is gone.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr *os.File
	lifeline       *os.File // our end
	exited         chan struct{}
	waitErr        error // valid once exited is closed

	mu     sync.Mutex // held while it starts
	killed bool       // by us, perhaps before it was started
}

// newProcess prepares command to be run in dir.
func newProcess(command, env []string, dir string) *process {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(env, wire.LifelineEnv+"="+strconv.Itoa(wire.LifelineFD))
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return &process{cmd: cmd, exited: make(chan struct{})}
}

// Start launches the process, unless it has been killed already.
func (p *process) Start(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.killed {
		close(p.exited)
		return errors.New("launching the plugin: given up")
	}
	var pipes [3]struct{ r, w *os.File }
	defer func() {
		pipes[0].w.Close()
		pipes[1].w.Close()
		pipes[2].r.Close()
	}()
	for i := range pipes {
		r, w, err := os.Pipe()
		if err != nil {
			return fmt.Errorf("launching %s: %w", p.cmd.Path, err)
		}
		pipes[i].r, pipes[i].w = r, w
	}
	p.stdout, p.stderr, p.lifeline = pipes[0].r, pipes[1].r, pipes[2].w
	p.cmd.Stdout, p.cmd.Stderr = pipes[0].w, pipes[1].w
	p.cmd.ExtraFiles = []*os.File{pipes[2].r} // wire.LifelineFD
	if err := p.cmd.Start(); err != nil {
		p.stdout.Close()
		p.stderr.Close()
		p.lifeline.Close()
		close(p.exited)
		return fmt.Errorf("launching the plugin: %w", err)
	}
	go p.reap()
	return nil
}

// reap waits for the process, ends what it left behind and lets the readers of its output
// finish.
func (p *process) reap() {
	p.waitErr = p.cmd.Wait()
	p.endTree()
	close(p.exited)
	// Something that escaped may still hold the pipes: whoever reads them must not wait for it.
	soon := time.Now().Add(200 * time.Millisecond)
	_ = p.stdout.SetReadDeadline(soon)
	_ = p.stderr.SetReadDeadline(soon)
	p.lifeline.Close()
}

// Wait waits until the process has ended.
func (p *process) Wait(context.Context) error {
	<-p.exited
	return p.waitErr
}

// Kill ends the whole process tree.
func (p *process) Kill(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.exited:
		return nil
	default:
	}
	if !p.killed && p.cmd.Process != nil {
		p.endTree()
	}
	p.killed = true
	return nil
}

// started says whether there is, or was, a process.
func (p *process) started() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cmd.Process != nil
}

// endTree kills the process group, every descendant that has left it, and those that have left the tree too, as daemons
// do, but still have the environment of the launch.
func (p *process) endTree() {
	pid := p.cmd.Process.Pid
	others := append(descendants(pid), p.strays()...)
	_ = unix.Kill(-pid, unix.SIGKILL) // gone already is as good
	for _, other := range others {
		_ = unix.Kill(other, unix.SIGKILL)
	}
}

// strays lists the processes whose environment names this launch's private directory.
func (p *process) strays() []int {
	paths, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil || p.cmd.Dir == "" {
		return nil
	}
	var out []int
	for _, path := range paths {
		env, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(env, []byte("="+p.cmd.Dir+"/")) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			out = append(out, pid)
		}
	}
	return out
}

// descendants lists the processes below pid, the nearest first.
func descendants(pid int) []int {
	children := map[int][]int{}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil // not Linux: the group is what we have
	}
	for _, e := range entries {
		child, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue
		}
		// pid (comm) state ppid …, where comm may hold anything but ends at the last ')'.
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		if len(fields) < 2 {
			continue
		}
		if parent, err := strconv.Atoi(fields[1]); err == nil {
			children[parent] = append(children[parent], child)
		}
	}
	var out []int
	for queue := []int{pid}; len(queue) > 0; queue = queue[1:] {
		out = append(out, children[queue[0]]...)
		queue = append(queue, children[queue[0]]...)
	}
	return out
}

// endedByHarness is how a process ended that we have killed.
const endedByHarness = "ended by the harness"

// exit describes how the process ended, or is empty while it runs.
func (p *process) exit() string {
	select {
	case <-p.exited:
	default:
		return ""
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var e *exec.ExitError
	switch {
	case p.waitErr == nil:
		return "exit status 0"
	case errors.As(p.waitErr, &e):
		if ws, ok := e.Sys().(syscall.WaitStatus); ok && p.killed && ws.Signal() == syscall.SIGKILL {
			return endedByHarness
		}
		return e.Error()
	}
	return p.waitErr.Error()
}

// Stdout is read by go-plugin for the handshake.
func (p *process) Stdout() io.ReadCloser { return p.stdout }

// Stderr is read by go-plugin and kept as a tail.
func (p *process) Stderr() io.ReadCloser { return p.stderr }

// Name is the executable.
func (p *process) Name() string { return p.cmd.Path }

// ID is the process id.
func (p *process) ID() string {
	if p.cmd.Process == nil {
		return ""
	}
	return strconv.Itoa(p.cmd.Process.Pid)
}

// Diagnose has nothing to add to what Client reports.
func (p *process) Diagnose(context.Context) string { return "" }

// PluginToHost and HostToPlugin: both sides see the same file system.
func (p *process) PluginToHost(network, addr string) (string, string, error) {
	return network, addr, nil
}

func (p *process) HostToPlugin(network, addr string) (string, string, error) {
	return network, addr, nil
}

// tail keeps the last bytes written to it and, from before them, the last line that says why a process died: a crash is
// often followed by more of a trace than is worth keeping.
type tail struct {
	mu   sync.Mutex
	buf  []byte
	why  string // the line
	left int64  // how many bytes were written after it
}

// tailSize is how much of a plugin's standard error is kept.
const tailSize = 16 << 10

// Write takes a line, or a part of one, at a time: so go-plugin writes.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.left += int64(len(b))
	if line := string(b[:min(len(b), 1024)]); telling(line) {
		t.why, t.left = line, int64(len(b))
	}
	t.buf = append(t.buf, b...)
	if extra := len(t.buf) - tailSize; extra > 0 {
		t.buf = append(t.buf[:0], t.buf[extra:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := string(t.buf)
	if t.why != "" && t.left > tailSize {
		s = t.why + "\n…\n" + s
	}
	return strings.ToValidUTF8(s, "�")
}

// telling says whether a line of standard error most likely says why a process died.
func telling(line string) bool {
	for _, prefix := range []string{"panic:", "fatal error:", "runtime: out of memory", "Error:", "MemoryError", "terminate called"} {
		if strings.HasPrefix(line, prefix) {
			return true
		}
	}
	return false
}
