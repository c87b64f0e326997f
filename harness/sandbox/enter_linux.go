package sandbox

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// enter is the second process of a box: it takes everything from its thread that the program shall not have, then becomes the
// program. It never returns.
func enter() {
	// Nearly all of this holds for a thread, and the one that executes the program is the one that stays.
	runtime.LockOSThread()
	for fd := specFD; fd <= errorFD; fd++ {
		unix.CloseOnExec(fd)
	}
	s, err := readSpec()
	if err == nil {
		err = s.become()
	}
	fmt.Fprintln(os.NewFile(errorFD, "errors"), err)
	syscall.Exit(1)
}

// become executes the program; it returns only if it could not.
func (s *spec) become() error {
	if err := os.Chdir(Temp(s.Dir)); err != nil {
		return fmt.Errorf("entering the private directory: %w", err)
	}
	cgroups, err := openAll(s.CgroupProcs)
	if err != nil {
		return err
	}
	if err := s.limit(); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("giving up new privileges: %w", err)
	}
	if s.Landlock > 0 {
		if err := restrictFiles(s.Landlock, s.Network, s.Rules); err != nil {
			return err
		}
	}
	if err := dropCapabilities(); err != nil {
		return err
	}
	if s.Seccomp {
		if err := filterCalls(s.Network); err != nil {
			return err
		}
	}
	keep := lifelineFD
	if s.Lifeline {
		keep++
	}
	if err := closeOnExecFrom(keep); err != nil {
		return err
	}
	// Last, so that neither our memory nor our time is charged to it.
	for _, fd := range cgroups {
		if _, err := unix.Write(fd, []byte("0")); err != nil {
			return fmt.Errorf("joining the cgroup: %w", err)
		}
	}
	err = syscall.Exec(s.Command[0], s.Command, s.Env)
	if errors.Is(err, unix.ENOENT) {
		if _, statErr := os.Stat(s.Command[0]); statErr == nil {
			err = fmt.Errorf("%w (of its interpreter)", err)
		}
	}
	return &os.PathError{Op: "executing", Path: s.Command[0], Err: err}
}

// limit sets what is inherited by children and needs no privilege.
func (s *spec) limit() error {
	if len(s.Cores) > 0 {
		var set unix.CPUSet
		for _, c := range s.Cores {
			set.Set(c)
		}
		if err := unix.SchedSetaffinity(0, &set); err != nil {
			return fmt.Errorf("pinning to cores %v: %w", s.Cores, err)
		}
	}
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("forbidding core dumps: %w", err)
	}
	var files unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files); err == nil && files.Max > maxFiles {
		// The runtime has raised its own soft limit and gives back the old one when it executes something.
		_ = unix.Prlimit(0, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: min(files.Cur, maxFiles), Max: maxFiles}, nil)
	}
	if s.MaxProcesses > 0 {
		n := uint64(s.MaxProcesses)
		if err := unix.Setrlimit(unix.RLIMIT_NPROC, &unix.Rlimit{Cur: n, Max: n}); err != nil {
			return fmt.Errorf("limiting processes: %w", err)
		}
	}
	// Should the machine run out of memory the program goes first. Not essential.
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0)
	return nil
}

// maxFiles is how many files a process may have open at most.
const maxFiles = 1 << 16

// openAll opens files for writing, for this process only.
func openAll(paths []string) ([]int, error) {
	fds := make([]int, len(paths))
	for i, p := range paths {
		fd, err := unix.Open(p, unix.O_WRONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return nil, &os.PathError{Op: "opening", Path: p, Err: err}
		}
		fds[i] = fd
	}
	return fds, nil
}

// closeOnExecFrom has all files from fd on closed when the program is executed.
func closeOnExecFrom(fd int) error {
	if unix.CloseRange(uint(fd), 1<<31-1, unix.CLOSE_RANGE_CLOEXEC) == nil {
		return nil
	}
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return fmt.Errorf("closing files: %w", err)
	}
	for _, e := range entries {
		var n int
		if _, err := fmt.Sscan(e.Name(), &n); err == nil && n >= fd {
			unix.CloseOnExec(n)
		}
	}
	return nil
}
