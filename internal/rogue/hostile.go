package rogue

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// attack does what a hostile mode says to the machine and those who use it. What should have been refused and was not is
// an error: whoever asked for the attack sees an answer that is not right. It does nothing in other modes.
func (s *Solver) attack(ctx context.Context) error {
	switch s.Mode {
	case "fork-bomb":
		return s.bomb()
	case "child-hog":
		return exec.CommandContext(ctx, Command("hog")[0], Command("hog")[1:]...).Run()
	case "child-hog-ignored":
		_ = exec.CommandContext(ctx, Command("hog")[0], Command("hog")[1:]...).Run()
		for {
			time.Sleep(time.Hour)
		}
	case "stubborn":
		signal.Ignore(unix.SIGTERM, unix.SIGINT, unix.SIGHUP, unix.SIGQUIT)
		for i := 0; ; i++ {
			_ = i
		}
	case "stop":
		_ = unix.Kill(os.Getpid(), unix.SIGSTOP)
		time.Sleep(time.Hour) // this thread may go on for a moment
	case "fill-disk":
		return fillDisk(os.TempDir())
	case "many-files":
		return manyFiles(os.TempDir())
	case "write":
		return errors.Join(write(filepath.Join(s.Target, "planted")), write("/tmp/planted-"+strconv.Itoa(s.Mark)),
			write("/dev/shm/planted-"+strconv.Itoa(s.Mark)), write("/etc/planted-"+strconv.Itoa(s.Mark)))
	case "write-own-home":
		return os.WriteFile(filepath.Join(os.Getenv("HOME"), "fine"), []byte("fine"), 0o600)
	case "read":
		return s.read()
	case "dial":
		return s.dial()
	case "flood":
		return flood("all work and no play\n", false)
	case "flood-one-line":
		return flood("no end in sight ", true)
	case "kill":
		_ = unix.Kill(os.Getpid(), unix.SIGKILL)
		time.Sleep(time.Hour)
	case "kill-others":
		return s.killOthers()
	case "close-sockets":
		for fd := 3; fd < 256; fd++ {
			if _, err := unix.Getsockname(fd); err == nil {
				_ = unix.Close(fd)
			}
		}
		time.Sleep(time.Hour)
	case "peek":
		return s.peek()
	case "leave-cgroup":
		return leaveCgroup()
	case "remove-own":
		return removeOwn()
	case "open-files":
		return openFiles()
	}
	return nil
}

// bomb makes processes as fast as it can, each of which makes more, and waits.
func (s *Solver) bomb() error {
	script := fmt.Sprintf("f() { sleep %d & f | f & }; f; wait", s.Mark)
	for {
		_ = exec.Command("/bin/sh", "-c", script).Start() // refused at last
		time.Sleep(10 * time.Millisecond)
	}
}

// hog takes memory and uses it, without end.
func hog() {
	var all [][]byte
	for {
		b := make([]byte, 8<<20)
		for i := range b {
			b[i] = byte(i)
		}
		all = append(all, b)
		runtime.KeepAlive(all)
	}
}

// fillDisk writes until there is no room.
func fillDisk(dir string) error {
	f, err := os.Create(filepath.Join(dir, "full"))
	if err != nil {
		return err
	}
	defer f.Close()
	block := make([]byte, 1<<20)
	for range 4096 {
		if _, err := f.Write(block); err != nil {
			return err
		}
	}
	return nil
}

// manyFiles makes empty files until there is no room.
func manyFiles(dir string) error {
	for i := range 1 << 20 {
		if err := os.WriteFile(filepath.Join(dir, strconv.Itoa(i)), nil, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func write(path string) error {
	if err := os.WriteFile(path, []byte("here I was"), 0o666); err == nil {
		return fmt.Errorf("could write %s", path)
	}
	return nil
}

// read looks at the target, through a symbolic link and a hard link too, and at what others have in the directories that
// everybody shares.
func (s *Solver) read() error {
	link := filepath.Join(os.TempDir(), "link")
	_ = os.Symlink(s.Target, link)
	hard := filepath.Join(os.TempDir(), "hard")
	_ = os.Link(s.Target, hard)
	for _, path := range []string{s.Target, link, hard, "/proc/1/root" + s.Target, "/proc/self/root" + s.Target} {
		if b, err := os.ReadFile(path); err == nil {
			return fmt.Errorf("could read %s: %q", path, b)
		}
	}
	for _, dir := range []string{filepath.Dir(s.Target), "/tmp"} {
		entries, err := os.ReadDir(dir)
		if err == nil && len(entries) > 0 && !strings.HasPrefix(dir, "/dev/") { // whose names are no secret
			return fmt.Errorf("could list %s: %v", dir, entries)
		}
	}
	return nil
}

// dial sends something to the target by TCP and by UDP; the error is why it could not.
func (s *Solver) dial() error {
	var errs []error
	for _, network := range []string{"tcp", "udp"} {
		c, err := net.DialTimeout(network, s.Target, 5*time.Second)
		if err == nil {
			_, err = c.Write([]byte("secrets"))
			err = errors.Join(err, c.Close())
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// flood writes 50 MB to standard output and error each: as a Go program does, or else below what go-plugin makes of standard
// output, as those in other languages do.
func flood(text string, below bool) error {
	write := func(fd int, b []byte) (int, error) { return []*os.File{os.Stdout, os.Stderr}[fd-1].Write(b) }
	if below {
		write = unix.Write
	}
	block := []byte(strings.Repeat(text, 1<<20/len(text)))
	for range 50 {
		for fd := 1; fd <= 2; fd++ {
			for left := block; len(left) > 0; {
				n, err := write(fd, left)
				if err != nil {
					return err
				}
				left = left[n:]
			}
		}
	}
	return nil
}

// killOthers sends signals to everybody within reach but itself: to the target, the harness, too.
func (s *Solver) killOthers() error {
	pids := []int{os.Getppid(), 1, -1}
	if group, err := unix.Getpgid(os.Getppid()); err == nil && group > 1 && group != unix.Getpgrp() {
		pids = append(pids, -group)
	}
	if pid, err := strconv.Atoi(s.Target); err == nil {
		pids = append(pids, pid)
		if group, err := unix.Getpgid(pid); err == nil && group > 1 && group != unix.Getpgrp() {
			pids = append(pids, -group)
		}
	}
	for _, sig := range []unix.Signal{unix.SIGTERM, unix.SIGSTOP, unix.SIGHUP, unix.SIGKILL} {
		for _, pid := range pids {
			_ = unix.Kill(pid, sig)
		}
	}
	return nil
}

// peek looks into the memory and the environment of the target and of all other processes that it sees.
func (s *Solver) peek() error {
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return err
	}
	for _, dir := range append(dirs, "/proc/"+s.Target) {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil || pid == os.Getpid() {
			continue
		}
		if b, err := os.ReadFile(dir + "/environ"); err == nil && len(b) > 0 {
			return fmt.Errorf("could read the environment of process %d", pid)
		}
		if f, err := os.OpenFile(dir+"/mem", os.O_RDWR, 0); err == nil {
			f.Close()
			return fmt.Errorf("could open the memory of process %d", pid)
		}
		if trace(pid) == nil {
			return fmt.Errorf("could trace process %d", pid)
		}
	}
	return nil
}

// leaveCgroup tries to go to every cgroup there is.
func leaveCgroup() error {
	before, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return err
	}
	_ = filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
		if err == nil && (d.Name() == "cgroup.procs" || d.Name() == "tasks" || d.Name() == "cgroup.threads") {
			_ = os.WriteFile(path, []byte("0"), 0)
		}
		return nil
	})
	_ = os.Mkdir("/sys/fs/cgroup/mine", 0o700)
	_ = mountCgroups(os.TempDir())
	if after, err := os.ReadFile("/proc/self/cgroup"); err != nil || string(before) != string(after) {
		return fmt.Errorf("went from cgroup %s to %s (%v)", before, after, err)
	}
	return nil
}

// removeOwn deletes all that it may delete.
func removeOwn() error {
	for _, dir := range []string{os.TempDir(), os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), filepath.Dir(os.TempDir()), filepath.Dir(filepath.Dir(os.TempDir()))} {
		_ = os.RemoveAll(dir)
	}
	return nil
}

// openFiles opens files until it may not open more, and keeps them.
func openFiles() error {
	for range 1 << 24 {
		if _, err := unix.Open("/dev/null", unix.O_RDONLY, 0); err != nil {
			return nil
		}
	}
	return errors.New("could open sixteen million files")
}
