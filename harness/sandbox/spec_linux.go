package sandbox

import (
	"encoding/json"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Files that the supervisor and the entering stage inherit, after the standard ones.
const (
	lifelineFD = 3 // the program keeps it; the null device if there is none
	specFD     = 4
	controlFD  = 5 // supervisor: its end is the harness's
	statusFD   = 6 // supervisor: reports go here
	errorFD    = 5 // entering stage: what went wrong; closed by the execution of the program
)

// Arguments by which Main knows what it is.
const (
	superviseArg = "sandbox-supervise"
	enterArg     = "sandbox-enter"
	probeArg     = "sandbox-probe"
)

// spec tells the supervisor and the entering stage what to do.
type spec struct {
	Command []string
	Env     []string
	Dir     string // of the box

	PIDNamespace bool  // the supervisor is its first process
	Temporary    int64 // bytes of the file system to mount on Dir/private; 0 means none
	Proc         bool  // mount a fresh /proc
	Hide         []string
	Shared       []string // stay writable where all else that is mounted is made read-only
	ReadOnly     bool
	NestUser     bool // another user namespace for the program: the limit on processes is counted in it

	Cores        []int
	MaxProcesses int // by rlimit; 0 means none
	Landlock     int // version; 0 means none
	Rules        []rule
	Seccomp      bool
	Network      bool
	CgroupProcs  []string // cgroup.procs of the cgroups to join
	Lifeline     bool
}

// file writes the spec to a file in memory.
func (s *spec) file() (*os.File, error) {
	b, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encoding the box: %w", err)
	}
	fd, err := unix.MemfdCreate("sandbox", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("making a file for the box: %w", err)
	}
	f := os.NewFile(uintptr(fd), "sandbox")
	if _, err := f.Write(b); err != nil {
		f.Close()
		return nil, fmt.Errorf("writing the box: %w", err)
	}
	return f, nil
}

// readSpec reads what file wrote, without moving the offset that all who have the file share.
func readSpec() (*spec, error) {
	var st unix.Stat_t
	if err := unix.Fstat(specFD, &st); err != nil {
		return nil, fmt.Errorf("reading the box: %w", err)
	}
	b := make([]byte, st.Size)
	n, err := unix.Pread(specFD, b, 0)
	if err != nil {
		return nil, fmt.Errorf("reading the box: %w", err)
	}
	var s spec
	if err := json.Unmarshal(b[:n], &s); err != nil {
		return nil, fmt.Errorf("decoding the box: %w", err)
	}
	return &s, nil
}

// report is what the supervisor tells the harness, one after the other.
type report struct {
	Started bool   `json:",omitempty"` // the program is being executed
	Error   string `json:",omitempty"` // it could not be
	Exit    *Exit  `json:",omitempty"` // it has ended
	Used    *used  `json:",omitempty"` // with Exit: what was used by all processes waited for
}

// used is what getrusage tells of children.
type used struct {
	User, System           int64 // ns
	MaxRSS                 int64 // bytes, of the largest process
	MinorFaults            int64
	MajorFaults            int64
	Voluntary, Involuntary int64
}
