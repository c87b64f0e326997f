package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// machine is what there is to contain programs with.
type machine struct {
	ns       namespaces
	groups   controllers
	landlock int // version
	seccomp  bool
}

// thisMachine finds out what this one has; self calls Main.
func thisMachine(self string) machine {
	return machine{ns: survey(self), groups: findControllers(), landlock: landlockABI(), seccomp: canFilterCalls()}
}

// plan is what can be had of what a configuration asks for.
type plan struct {
	machine
	self        string // our executable
	limits      Limits // asked for, or our own
	protections []Protection
}

// Limits of our own: far from what a sane plugin needs, near enough to keep the machine alive.
const (
	defaultPids = 1024
	defaultDisk = 4 << 30
)

// makePlan finds out what can be done; it fails if a limit that is asked for cannot be enforced.
func (c *Config) makePlan(m machine, self string) (*plan, error) {
	p := &plan{machine: m, self: self, limits: c.Limits}
	available, _ := memory("/proc/meminfo", "MemAvailable")
	var missing error
	limit := func(name string, asked, on bool, how, why, fix string) bool {
		if !on && asked && missing == nil {
			missing = &MissingError{Limit: name, Missing: why, Fix: fix}
		}
		p.note(name+" limit", on, how, why, fix)
		return on
	}
	if !limit("memory", c.Limits.Memory > 0, p.groups.has("memory"), p.cgroup("memory"), p.groups.why("memory"), cgroupFix()) {
		p.limits.Memory = 0
	} else if p.limits.Memory == 0 {
		p.limits.Memory = max(available/10*9, 64<<20)
	}
	limit("CPU", c.Limits.CPUs > 0, p.groups.has("cpu"), p.cgroup("cpu"), p.groups.why("cpu"), cgroupFix())
	byRlimit := !p.groups.has("pids") && p.ns.NestUser && os.Geteuid() != 0
	how := p.cgroup("pids")
	if byRlimit {
		how = "RLIMIT_NPROC, counted in a user namespace of its own"
	}
	if !limit("process", c.Limits.Pids > 0, p.groups.has("pids") || byRlimit, how, p.groups.why("pids"), cgroupFix()) {
		p.limits.Pids = 0
	} else if p.limits.Pids == 0 {
		p.limits.Pids = defaultPids
	}
	why := "no file system can be mounted"
	if p.ns.refused != nil {
		why += ": " + p.ns.refused.Error()
	}
	if !limit("disk", c.Limits.Disk > 0, p.ns.Temporary, "a tmpfs in a mount namespace", why, namespaceFix) {
		p.limits.Disk = 0
	} else if p.limits.Disk == 0 {
		p.limits.Disk = max(min(defaultDisk, available/4), 16<<20)
	}
	p.noteRest(c, byRlimit)
	return p, missing
}

// byRlimit says whether the number of processes is limited by rlimit.
func (p *plan) byRlimit() bool { return p.limits.Pids > 0 && !p.groups.has("pids") }

func (p *plan) note(name string, on bool, how, why, fix string) {
	n := Protection{Name: name, On: on}
	if on {
		n.How = how
	} else {
		n.Why, n.Fix = why, fix
	}
	p.protections = append(p.protections, n)
}

// cgroup says by which cgroup something is done.
func (p *plan) cgroup(name string) string {
	at := p.groups.at[name]
	if at.v2 {
		return "cgroup v2 in " + at.base
	}
	return "cgroup v1 " + name + " in " + at.base
}

// noteRest lists the protections that are no limits.
func (p *plan) noteRest(c *Config, byRlimit bool) {
	refused := "the machine refuses new namespaces"
	if p.ns.refused != nil {
		refused = p.ns.refused.Error()
	}
	v2 := p.groups.has("")
	switch {
	case p.ns.has(unix.CLONE_NEWPID):
		p.note("process tree ends as a whole", true, "a PID namespace", "", "")
	case v2:
		p.note("process tree ends as a whole", true, "cgroup.kill, and a supervisor to which orphans fall", "", "")
	default:
		p.note("process tree ends as a whole", true, "a supervisor to which orphans fall; a program that kills it can get away", "", "")
	}
	const kernel = "Linux %s with Landlock among its security modules (lsm=landlock,…)"
	p.note("file access", p.landlock > 0, fmt.Sprintf("Landlock version %d", p.landlock), "the kernel has no Landlock", fmt.Sprintf(kernel, "5.13"))
	p.note("modes and times of files", p.ns.ReadOnly && p.limits.Disk > 0, "all that is mounted is read-only in its mount namespace", refused,
		"Linux 5.12, and: "+namespaceFix)
	p.note("shared files keep their size", p.landlock >= 3, fmt.Sprintf("Landlock version %d", p.landlock),
		"the kernel's Landlock cannot refuse truncation", fmt.Sprintf(kernel, "6.2"))
	switch {
	case p.landlock >= 6:
		p.note("no signals to others", true, fmt.Sprintf("Landlock version %d", p.landlock), "", "")
	default:
		p.note("no signals to others", p.ns.has(unix.CLONE_NEWPID), "a PID namespace", refused, fmt.Sprintf(kernel, "6.12")+", or: "+namespaceFix)
	}
	var network []string
	if p.ns.has(unix.CLONE_NEWNET) {
		network = append(network, "a network namespace")
	}
	if p.seccomp {
		network = append(network, "seccomp")
	}
	if p.landlock >= 4 {
		network = append(network, "Landlock (TCP)")
	}
	if c.Network {
		p.note("no network", false, "", "the network is allowed", "leave out --allow-network")
	} else {
		p.note("no network", p.seccomp || p.ns.has(unix.CLONE_NEWNET), strings.Join(network, ", "), refused, namespaceFix)
	}
	p.note("dangerous system calls", p.seccomp, "seccomp", "no seccomp filter for "+runtime.GOARCH+" or the kernel takes none", "a kernel with CONFIG_SECCOMP_FILTER, on amd64 or arm64")
	p.note("no new privileges", true, "no_new_privs, capabilities dropped", "", "")
	p.note("idle plugins stop", true, freezer(v2), "", "")
	memory := p.groups.has("memory")
	p.note("exact peak memory", memory, p.cgroup("memory"), p.groups.why("memory")+": it is sampled", cgroupFix())
	p.note("exact CPU time of the tree", v2 || p.groups.has("cpuacct"), p.accounting(), p.groups.why(""), cgroupFix())
}

func (p *plan) accounting() string {
	if p.groups.has("") {
		return p.cgroup("")
	}
	return p.cgroup("cpuacct")
}

func freezer(v2 bool) string {
	if v2 {
		return "cgroup.freeze"
	}
	return "SIGSTOP to each process"
}

const namespaceFix = "run as root, or allow user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone=1, " +
	"kernel.apparmor_restrict_unprivileged_userns=0; in a container --security-opt seccomp=unconfined)"

// cgroupFix says how to get cgroups to work.
func cgroupFix() string {
	if os.Geteuid() == 0 {
		return "mount the cgroup file system writable (in a container: docker run --cgroupns=private --privileged)"
	}
	return "run as root, or where systemd delegates a cgroup: systemd-run --user --scope -p Delegate=yes solverbench …"
}

// spec makes the orders for the supervisor and the entering stage.
func (p *plan) spec(c *Config) *spec {
	s := &spec{
		Command: c.Command, Env: c.environment(), Dir: c.Dir,
		PIDNamespace: p.ns.has(unix.CLONE_NEWPID), Temporary: p.limits.Disk, Proc: p.ns.Proc,
		Shared: c.Shared, ReadOnly: p.ns.ReadOnly && p.limits.Disk > 0,
		Cores: c.Cores, Landlock: p.landlock, Seccomp: p.seccomp, Network: c.Network,
	}
	if p.landlock > 0 {
		s.Rules = c.rules()
	}
	if p.byRlimit() {
		s.NestUser, s.MaxProcesses = true, p.limits.Pids
	}
	// What runs there has sockets there, of a container engine, say, that takes orders from whoever can connect.
	if p.ns.Temporary && !c.needs("/run") {
		s.Hide = []string{"/run"}
	}
	return s
}

// needs says whether anything that the program is given lies below dir.
func (c *Config) needs(dir string) bool {
	for _, path := range slices.Concat([]string{c.Dir, c.Command[0]}, c.Shared, c.Readable) {
		for _, p := range []string{path, resolved(path)} {
			if p == dir || strings.HasPrefix(p, dir+"/") {
				return true
			}
		}
	}
	return false
}

// resolved is a path without symbolic links, or as it is if that fails.
func resolved(path string) string {
	if p, err := filepath.EvalSymlinks(path); err == nil {
		return p
	}
	return path
}
