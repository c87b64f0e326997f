package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Limits that a tree of processes is held to. Zero means that none is asked for: New then applies a generous one of its own where the
// machine lets it, so that a plugin run wild does not take the machine along.
type Limits struct {
	Memory int64   // bytes, of the whole tree, page cache and private files included
	CPUs   float64 // cores' worth of CPU time
	Pids   int     // processes and threads
	Disk   int64   // bytes of private temporary space
}

// Config says what to run, and in which box.
type Config struct {
	// Command is the program, an absolute path, and its arguments.
	Command []string
	// Self is an executable that calls Main before anything else. Empty means the running one.
	Self string
	// Dir is a private directory for this box, which exists. The program may write below Temp(Dir), which is its working
	// directory, TMPDIR and HOME, and make its sockets in Sockets(Dir). It cannot list or change Dir itself, but it can connect to
	// sockets that the caller makes there.
	Dir string
	// Shared are directories of files that the program may open for reading and writing; it can neither create nor truncate
	// nor remove one.
	Shared []string
	// Env is the environment. TMPDIR and HOME are set to the private directory.
	Env []string
	// Readable are files and directories that the program may read and execute beside the system's, its own file with the directory
	// that it lies in (unless that is a home, or everybody's), and the installation that its interpreter belongs to.
	Readable []string
	// Network allows more than Unix sockets.
	Network bool
	// Cores are the CPUs to run on; nil means those of the caller.
	Cores []int
	// Limits are enforced or New fails.
	Limits Limits
}

// Temp is where a program in a box over dir keeps its files.
func Temp(dir string) string { return filepath.Join(private(dir), "tmp") }

// Sockets is where a program in a box over dir makes its sockets. The caller reaches them by Box.HostPath.
func Sockets(dir string) string { return filepath.Join(private(dir), "sockets") }

// private is a file system of its own where that can be.
func private(dir string) string { return filepath.Join(dir, "private") }

// check finds what no machine can run.
func (c *Config) check() error {
	if len(c.Command) == 0 || !filepath.IsAbs(c.Command[0]) {
		return fmt.Errorf("sandbox: command %q, expected one with an absolute path", c.Command)
	}
	if !filepath.IsAbs(c.Dir) {
		return fmt.Errorf("sandbox: directory %q, expected an absolute path", c.Dir)
	}
	if l := c.Limits; l.Memory < 0 || l.CPUs < 0 || l.Pids < 0 || l.Disk < 0 {
		return fmt.Errorf("sandbox: limits %+v, expected none below 0", l)
	}
	return nil
}

// environment is Env with the private directory in it.
func (c *Config) environment() []string {
	env := make([]string, 0, len(c.Env)+2)
	for _, v := range c.Env {
		if !strings.HasPrefix(v, "TMPDIR=") && !strings.HasPrefix(v, "HOME=") {
			env = append(env, v)
		}
	}
	return append(env, "TMPDIR="+Temp(c.Dir), "HOME="+Temp(c.Dir))
}

// self is the executable that calls Main.
func (c *Config) self() (string, error) {
	if c.Self != "" {
		return c.Self, nil
	}
	return os.Executable()
}

// Beside is the directory of a program, where its modules and data are; but never one with somebody's home in it, or one that
// everybody puts files into.
func Beside(path string) (string, bool) {
	dir := filepath.Dir(path)
	info, err := os.Stat(dir)
	return dir, err == nil && info.Mode()&os.ModeSticky == 0 && info.Mode().Perm()&0o002 == 0 && !holdsHome(dir)
}

// holdsHome says whether somebody's home is the directory or in it.
func holdsHome(dir string) bool {
	home, err := os.UserHomeDir()
	return err == nil && (home == dir || strings.HasPrefix(home, strings.TrimSuffix(dir, "/")+"/")) || dir == "/" || dir == "/home"
}

// MissingError says that a limit was asked for that this machine cannot enforce.
type MissingError struct {
	Limit   string // such as "memory"
	Missing string // what it would take
	Fix     string // how to get that
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("the %s limit cannot be enforced here: %s; %s", e.Limit, e.Missing, e.Fix)
}

// Exit is how a program ended.
type Exit struct {
	Code   int            // its exit status, -1 if a signal ended it
	Signal syscall.Signal // the signal, or 0
	Core   bool           // it left a core dump
}

// String is in the words of os.ProcessState.
func (e Exit) String() string {
	if e.Signal == 0 {
		return fmt.Sprintf("exit status %d", e.Code)
	}
	s := "signal: " + e.Signal.String()
	if e.Core {
		s += " (core dumped)"
	}
	return s
}

// Success says whether the program ended by itself with status 0.
func (e Exit) Success() bool { return e.Code == 0 && e.Signal == 0 }

// Usage is what all processes of a box, those that have ended included, have used since the program was started. No number ever
// becomes smaller, but for PeakMemory after ResetPeak.
type Usage struct {
	// User and System add up to the CPU time that the scheduler has accounted, in microseconds or better; their proportion is that
	// of the clock ticks seen in either. A thread that is running meanwhile may be behind by a tick of the clock.
	User, System time.Duration
	// PeakMemory is the most memory in use at one time since the start or ResetPeak, in bytes. With a cgroup it includes what the
	// processes brought into the page cache, their private files, and the pages of shared memory that they were the first to touch.
	PeakMemory int64
	// Sampled says that there is no cgroup: PeakMemory is the largest sum of resident sizes seen at intervals of 20 ms, in which
	// shared pages count as often as they are mapped, and CPU time and faults of a process are lost if nobody waited for it.
	Sampled bool
	// Page faults served without and with reading from disk.
	MinorFaults, MajorFaults int64
	// Context switches of threads seen by calls of Usage: those that come and go between two calls are missed until the end.
	VoluntarySwitches, InvoluntarySwitches int64
	// Processes alive now.
	Processes int
}

// CPU is user and system time together.
func (u Usage) CPU() time.Duration { return u.User + u.System }

// Events count what limits have done to the processes of a box.
type Events struct {
	OOMKills     int // processes killed because the tree reached its memory limit
	ForksRefused int // processes or threads not made because of the limit on their number
}

// Protection is one thing that a box does to keep a program contained.
type Protection struct {
	Name string // such as "memory limit"
	On   bool
	How  string // the mechanism, if on
	Why  string // the reason, if off
	Fix  string // what would turn it on
}
