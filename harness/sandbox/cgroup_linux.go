package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// controller is where groups can be made that a cgroup controller accounts and limits.
type controller struct {
	base string // the directory to make them in
	v2   bool
}

// controllers are those that can be used: "memory", "pids", "cpu" and "cpuacct", and "" for what every group of version 2 can do, which is
// killing, freezing and CPU time. What is missing is explained.
type controllers struct {
	at      map[string]controller
	missing map[string]error
}

func (c controllers) has(name string) bool { _, ok := c.at[name]; return ok }

// why says what keeps a controller from being used.
func (c controllers) why(name string) string {
	if err := c.missing[name]; err != nil {
		return err.Error()
	}
	if name == "" {
		return "there is no cgroup v2 here"
	}
	return "there is no cgroup " + name + " controller here"
}

// wanted are the controllers that we have a use for.
var wanted = []string{"memory", "pids", "cpu", "cpuacct"}

// findControllers looks for them once; where groups of version 2 can have no members beside children the process may move itself into a
// group of its own.
var findControllers = sync.OnceValue(func() controllers {
	c := controllers{at: map[string]controller{}, missing: map[string]error{}}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err == nil {
		var membership []byte
		if membership, err = os.ReadFile("/proc/self/cgroup"); err == nil {
			for _, h := range hierarchies(string(mounts), string(membership)) {
				c.use(h)
			}
		}
	}
	return c
})

// hierarchy is one tree of cgroups and our place in it.
type hierarchy struct {
	top, own    string   // directories
	root        string   // the group that top is, unless it is the first of all
	controllers []string // of version 1; nil means version 2
}

// hierarchies joins what /proc/self/mountinfo and /proc/self/cgroup say.
func hierarchies(mounts, membership string) []hierarchy {
	paths := map[string]string{} // of our groups by controllers
	for line := range strings.Lines(membership) {
		if f := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3); len(f) == 3 {
			paths[f[1]] = f[2]
		}
	}
	var out []hierarchy
	seen := map[string]bool{}
	for line := range strings.Lines(mounts) {
		before, after, ok := strings.Cut(line, " - ")
		f, g := strings.Fields(before), strings.Fields(after)
		if !ok || len(f) < 5 || len(g) < 3 {
			continue
		}
		h := hierarchy{top: f[4]}
		if f[3] != "/" { // the mount shows only a part of the tree, as it may in containers
			h.root = f[3]
		}
		names := ""
		switch g[0] {
		case "cgroup2":
		case "cgroup":
			for name := range paths {
				if name != "" && includes(g[2], name) {
					names = name
				}
			}
			if names == "" {
				continue
			}
			h.controllers = strings.Split(names, ",")
		default:
			continue
		}
		path, member := paths[names]
		if !member || seen[names] {
			continue
		}
		seen[names] = true
		h.own = filepath.Join(h.top, strings.TrimPrefix(path, h.root))
		out = append(out, h)
	}
	return out
}

// includes says whether the options of a mount have all the names.
func includes(options, names string) bool {
	have := strings.Split(options, ",")
	for name := range strings.SplitSeq(names, ",") {
		if !slices.Contains(have, name) {
			return false
		}
	}
	return true
}

// use finds out what can be done in a hierarchy.
func (c *controllers) use(h hierarchy) {
	if h.controllers != nil {
		for _, name := range h.controllers {
			if !slices.Contains(wanted, name) {
				continue
			}
			if err := tryGroup(h.own); err != nil {
				c.missing[name] = err
			} else if !c.has(name) {
				c.at[name] = controller{base: h.own}
			}
		}
		return
	}
	base, names, err := delegated(h)
	if err != nil {
		c.missing[""] = err
	} else {
		c.at[""] = controller{base: base, v2: true}
	}
	for _, name := range words(filepath.Join(h.own, "cgroup.controllers")) {
		switch {
		case slices.Contains(names, name):
			c.at[name] = controller{base: base, v2: true}
		case err != nil:
			c.missing[name] = err
		default:
			c.missing[name] = fmt.Errorf("the %s controller is not delegated to %s", name, base)
		}
	}
}

// delegated finds the nearest group of version 2 in which we can make groups with controllers, and which those are: our own, once
// it is cleared of processes if need be, or one above.
func delegated(h hierarchy) (string, []string, error) {
	err := tryGroupWithMove(h, h.own)
	if err == nil && !enable(h.own) && alone(h.own) && vacate(h.own) == nil {
		enable(h.own)
	}
	for dir := h.own; len(dir) >= len(h.top); dir = filepath.Dir(dir) {
		on := words(filepath.Join(dir, "cgroup.subtree_control"))
		if (slices.Contains(on, "memory") || slices.Contains(on, "pids")) && tryGroupWithMove(h, dir) == nil {
			return dir, on, nil
		}
	}
	return h.own, words(filepath.Join(h.own, "cgroup.subtree_control")), err
}

// enable hands the wanted controllers on to groups in dir, as far as there are any to hand on, and says whether nothing was in the way.
func enable(dir string) bool {
	file := filepath.Join(dir, "cgroup.subtree_control")
	on, all := words(file), true
	for _, name := range words(filepath.Join(dir, "cgroup.controllers")) {
		if slices.Contains(wanted, name) && !slices.Contains(on, name) {
			all = write(file, "+"+name) == nil && all
		}
	}
	return all
}

// alone says whether this process is the only member of a group.
func alone(dir string) bool {
	return slices.Equal(words(filepath.Join(dir, "cgroup.procs")), []string{strconv.Itoa(os.Getpid())})
}

// vacate moves this process into a group below its own, which may then hand on controllers.
func vacate(dir string) error {
	group := filepath.Join(dir, groupPrefix()+"harness")
	if err := os.Mkdir(group, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return write(filepath.Join(group, "cgroup.procs"), "0")
}

// tryGroup makes a group and removes it.
func tryGroup(base string) error {
	dir := filepath.Join(base, groupPrefix()+"try")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return fmt.Errorf("no cgroup can be made in %s: %w", base, errors.Unwrap(err))
	}
	defer os.Remove(dir)
	f, err := os.OpenFile(filepath.Join(dir, "cgroup.procs"), os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("no process can be moved to a cgroup in %s: %w", base, errors.Unwrap(err))
	}
	return f.Close()
}

// tryGroupWithMove also tries whether a process can be moved there, which takes a right to the groups above both places that can only be
// found out by doing it: this process goes there and back.
func tryGroupWithMove(h hierarchy, base string) error {
	if err := tryGroup(base); err != nil || os.Geteuid() == 0 {
		return err
	}
	here, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return err
	}
	back := ""
	for line := range strings.Lines(string(here)) {
		if path, ok := strings.CutPrefix(line, "0::"); ok {
			back = filepath.Join(h.top, strings.TrimPrefix(strings.TrimSuffix(path, "\n"), h.root))
		}
	}
	dir := filepath.Join(base, groupPrefix()+"try")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	defer os.Remove(dir)
	if err := write(filepath.Join(dir, "cgroup.procs"), "0"); err != nil {
		return fmt.Errorf("no process can be moved to a cgroup in %s: %w", base, errors.Unwrap(err))
	}
	return write(filepath.Join(back, "cgroup.procs"), "0")
}

// groupPrefix begins the names of our groups, and says whose they are: a process id may be used again, and means something only in
// its PID namespace.
var groupPrefix = sync.OnceValue(func() string {
	s, _ := readStat(os.Getpid())
	return fmt.Sprintf("%s%d-%d-%d-", groupMark, pidNamespace(), os.Getpid(), s.start)
})

const groupMark = "solverbench-"

// pidNamespace is the number of our PID namespace, or 0.
func pidNamespace() uint64 {
	var st unix.Stat_t
	if err := unix.Stat("/proc/self/ns/pid", &st); err != nil {
		return 0
	}
	return st.Ino
}

// words reads a file that is a list; empty if it cannot be read.
func words(path string) []string {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return strings.Fields(string(b))
}

// write writes to an existing file in one call, as files of the kernel want it.
func write(path, value string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(value)
	return errors.Join(err, f.Close())
}

// RemoveLeftovers removes the cgroups, and ends what is still in them, of harnesses that are gone.
func RemoveLeftovers() {
	for _, base := range findControllers().bases() {
		entries, err := os.ReadDir(base)
		if err != nil {
			continue
		}
		for _, e := range entries {
			var namespace, start uint64
			var pid int
			n, _ := fmt.Sscanf(e.Name(), groupMark+"%d-%d-%d-", &namespace, &pid, &start)
			if n < 3 || namespace != pidNamespace() {
				continue
			}
			if s, ok := readStat(pid); ok && s.start == start && !s.zombie {
				continue
			}
			_ = removeGroup(filepath.Join(base, e.Name())) // the next harness will try again
		}
	}
}

// bases are the directories in which groups are made.
func (c controllers) bases() (out []string) {
	for _, at := range c.at {
		if !slices.Contains(out, at.base) {
			out = append(out, at.base)
		}
	}
	return out
}

// removeGroup ends what is in a group and removes it. A moment after the last process has ended it may still be busy.
func removeGroup(dir string) error {
	var err error
	for wait := 100 * time.Microsecond; wait < time.Second; wait *= 2 {
		if err = unix.Rmdir(dir); err == nil || errors.Is(err, unix.ENOENT) {
			return nil
		}
		killGroup(dir)
		time.Sleep(wait)
	}
	return &os.PathError{Op: "removing", Path: dir, Err: err}
}

// killGroup kills what is in a group now.
func killGroup(dir string) {
	if write(filepath.Join(dir, "cgroup.kill"), "1") == nil {
		return
	}
	for _, p := range words(filepath.Join(dir, "cgroup.procs")) {
		if pid, err := strconv.Atoi(p); err == nil && pid > 0 {
			_ = unix.Kill(pid, unix.SIGKILL)
		}
	}
}
