package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// namespaces are those that this machine lets us make, and what can be done in them.
type namespaces struct {
	Flags     uintptr // of clone(2)
	Temporary bool    // a tmpfs can be mounted
	Proc      bool    // a fresh /proc can be
	ReadOnly  bool    // what is mounted can be made read-only
	NestUser  bool    // a user namespace can be made inside
	refused   error   // why something is missing
}

func (n namespaces) has(flags uintptr) bool { return n.Flags&flags == flags }

// attributes are for starting a process in them; without the network namespace if the network is to be used.
func (n namespaces) attributes(network bool) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setsid: true, Cloneflags: n.Flags}
	if network {
		attr.Cloneflags &^= unix.CLONE_NEWNET
	}
	if n.has(unix.CLONE_NEWUSER) {
		attr.UidMappings, attr.GidMappings = identity()
		if os.Geteuid() != 0 {
			// A user who is not root loses, by executing the supervisor, all that the namespace gives.
			attr.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_SETPCAP}
		}
	}
	if n.has(unix.CLONE_NEWPID) {
		attr.Pdeathsig = syscall.SIGKILL
	}
	return attr
}

// surveyed are the namespaces by executable: a machine does not change while we run.
var surveyed sync.Map

// survey tries out which namespaces can be had, once.
func survey(self string) namespaces {
	once, _ := surveyed.LoadOrStore(self, sync.OnceValue(func() namespaces { return tryNamespaces(self) }))
	return once.(func() namespaces)()
}

func tryNamespaces(self string) namespaces {
	const all = unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWIPC | unix.CLONE_NEWNET
	var refused error
	bases := []uintptr{unix.CLONE_NEWUSER}
	if os.Geteuid() == 0 {
		bases = []uintptr{0, unix.CLONE_NEWUSER}
	}
	for _, base := range bases {
		n, err := tryFlags(self, base|all)
		if err == nil {
			return n
		}
		refused = errors.Join(refused, err)
		// One by one. A PID namespace is of use without a mount namespace too.
		got := base
		for _, flag := range []uintptr{unix.CLONE_NEWPID, unix.CLONE_NEWNS, unix.CLONE_NEWIPC, unix.CLONE_NEWNET} {
			if try, err := tryFlags(self, got|flag); err == nil {
				got, n = got|flag, try
			}
		}
		if got != base {
			n.refused = refused
			return n
		}
	}
	return namespaces{refused: refused}
}

// tryFlags starts a process in new namespaces and has it report what it can do there.
func tryFlags(self string, flags uintptr) (namespaces, error) {
	n := namespaces{Flags: flags}
	if err := stray(); err != nil {
		return n, err
	}
	cmd := exec.Command(self, probeArg)
	cmd.Env = []string{probeEnv + "=" + strconv.FormatUint(uint64(flags), 10)}
	cmd.SysProcAttr = n.attributes(false)
	cmd.SysProcAttr.Pdeathsig = 0 // its parent thread may be gone at any time
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		return namespaces{}, fmt.Errorf("a process in new namespaces (clone flags %#x): %w", flags, err)
	}
	if err := json.Unmarshal(out, &n); err != nil {
		return namespaces{}, fmt.Errorf("%s does not call sandbox.Main first thing: it printed %.80q: %w", self, out, err)
	}
	n.Flags = flags
	return n, nil
}

// probeEnv tells the probe its clone flags; without it it only has to start.
const probeEnv = "SANDBOX_PROBE_FLAGS"

// probe reports what can be done in the namespaces that it was started in.
func probe() {
	flags, err := strconv.ParseUint(os.Getenv(probeEnv), 10, 64)
	if err != nil {
		syscall.Exit(0)
	}
	n := namespaces{Flags: uintptr(flags)}
	// Without a mount namespace of its own this would be felt by others.
	if n.has(unix.CLONE_NEWNS) && unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") == nil {
		n.Temporary = unix.Mount("probe", os.TempDir(), "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "size=4k") == nil
		n.ReadOnly = n.Temporary && makeReadOnly([]string{os.TempDir()}) == nil
		n.Proc = n.has(unix.CLONE_NEWPID) &&
			unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "") == nil
	}
	if n.has(unix.CLONE_NEWUSER) {
		attr := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER}
		attr.UidMappings, attr.GidMappings = identity()
		_, err := syscall.ForkExec("/proc/self/exe", []string{os.Args[0], probeArg}, &syscall.ProcAttr{Sys: attr})
		n.NestUser = err == nil
	}
	_ = json.NewEncoder(os.Stdout).Encode(n)
	syscall.Exit(0)
}
