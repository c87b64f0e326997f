package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// supervise is the first process of a box. It never returns.
func supervise() {
	// The kernel ends the program when this thread does.
	runtime.LockOSThread()
	// Signals sent to everybody by the program shall not end us; caught ones, unlike ignored ones, are not inherited.
	signal.Notify(make(chan os.Signal, 1))
	status := os.NewFile(statusFD, "status")
	for fd := lifelineFD; fd <= statusFD; fd++ {
		unix.CloseOnExec(fd)
	}
	tell := json.NewEncoder(status)
	s, err := readSpec()
	if err == nil {
		err = s.mount()
	}
	var pid int
	if err == nil {
		pid, err = s.enter()
	}
	if err != nil {
		_ = tell.Encode(report{Error: err.Error()})
		syscall.Exit(1)
	}
	_ = tell.Encode(report{Started: true})
	var ending atomic.Bool
	go func() {
		awaitHangUp(s.Lifeline)
		if s.PIDNamespace {
			syscall.Exit(1) // and the kernel ends all others
		}
		ending.Store(true)
		endDescendants(&ending)
	}()
	exit := waitFor(pid)
	if !s.PIDNamespace {
		ending.Store(true)
		go endDescendants(&ending)
		waitForAll()
		ending.Store(false)
	}
	_ = tell.Encode(report{Exit: &exit, Used: usedByChildren()})
	syscall.Exit(0)
}

// mount gives the box its own view of the file system.
func (s *spec) mount() error {
	for _, dir := range []string{Temp(s.Dir), Sockets(s.Dir)} {
		if s.Temporary == 0 {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				return err
			}
		}
	}
	if !s.PIDNamespace {
		if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
			return fmt.Errorf("becoming the parent of orphans: %w", err)
		}
	}
	if s.Temporary == 0 && !s.Proc && len(s.Hide) == 0 {
		return nil
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making mounts private: %w", err)
	}
	if s.Proc {
		if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
			return fmt.Errorf("mounting /proc: %w", err)
		}
	}
	for _, dir := range s.Hide {
		if err := unix.Mount("hidden", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC|unix.MS_RDONLY, "size=4k,mode=755"); err != nil {
			return fmt.Errorf("hiding %s: %w", dir, err)
		}
	}
	if s.Temporary == 0 {
		return nil
	}
	options := fmt.Sprintf("size=%d,nr_inodes=%d,mode=700", s.Temporary, max(64, s.Temporary>>12))
	if err := unix.Mount("private", private(s.Dir), "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		return fmt.Errorf("mounting temporary space: %w", err)
	}
	for _, dir := range []string{Temp(s.Dir), Sockets(s.Dir)} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return err
		}
	}
	if s.ReadOnly {
		return s.protectMounts()
	}
	return nil
}

// enter starts the entering stage and returns once that has become the program.
func (s *spec) enter() (int, error) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	r, w, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer r.Close()
	attr := &syscall.ProcAttr{
		Env:   os.Environ(),
		Files: []uintptr{null.Fd(), 1, 2, lifelineFD, specFD, w.Fd()},
		Sys:   &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL},
	}
	if s.NestUser {
		attr.Sys.Cloneflags = syscall.CLONE_NEWUSER
		attr.Sys.UidMappings, attr.Sys.GidMappings = identity()
	}
	pid, err := syscall.ForkExec("/proc/self/exe", []string{os.Args[0], enterArg}, attr)
	w.Close()
	unix.Close(specFD)
	if err != nil {
		return 0, fmt.Errorf("starting the entering stage: %w", err)
	}
	if msg, err := io.ReadAll(r); err != nil || len(msg) > 0 {
		waitFor(pid)
		return 0, errors.Join(errors.New(strings.TrimSpace(string(msg))), err)
	}
	return pid, nil
}

// identity maps the user and group to themselves.
func identity() (uids, gids []syscall.SysProcIDMap) {
	uid, gid := os.Getuid(), os.Getgid()
	return []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}}, []syscall.SysProcIDMap{{ContainerID: gid, HostID: gid, Size: 1}}
}

// awaitHangUp returns when the harness has gone or has let go of either pipe. It takes nothing out of them: the program reads the
// lifeline too.
func awaitHangUp(lifeline bool) {
	fds := []unix.PollFd{{Fd: controlFD}}
	if lifeline {
		fds = append(fds, unix.PollFd{Fd: lifelineFD})
	}
	for {
		n, err := unix.Poll(fds, -1)
		if n > 0 || err != nil && !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

// waitFor waits for one child and meanwhile for all others that end.
func waitFor(pid int) Exit {
	for {
		var ws syscall.WaitStatus
		got, err := syscall.Wait4(-1, &ws, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return Exit{Code: -1, Signal: syscall.SIGKILL} // cannot be: it was ours
		case got == pid && ws.Exited():
			return Exit{Code: ws.ExitStatus()}
		case got == pid:
			return Exit{Code: -1, Signal: ws.Signal(), Core: ws.CoreDump()}
		}
	}
}

// waitForAll waits until there is no child left.
func waitForAll() {
	for {
		if _, err := syscall.Wait4(-1, nil, 0, nil); err != nil && !errors.Is(err, syscall.EINTR) {
			return
		}
	}
}

// endDescendants kills everything below this process, again and again as it may multiply meanwhile, for as long as told to.
func endDescendants(ending *atomic.Bool) {
	for ending.Load() {
		for _, pid := range descendants(os.Getpid()) {
			_ = unix.Kill(pid, unix.SIGKILL)
		}
		time.Sleep(time.Millisecond)
	}
}

func usedByChildren() *used {
	var r unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_CHILDREN, &r); err != nil {
		return nil
	}
	return &used{
		User: r.Utime.Nano(), System: r.Stime.Nano(), MaxRSS: r.Maxrss << 10,
		MinorFaults: r.Minflt, MajorFaults: r.Majflt, Voluntary: r.Nvcsw, Involuntary: r.Nivcsw,
	}
}
