package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"time"
)

// group is the cgroup of a box: one directory in each hierarchy that serves us, with the files open that are read often.
type group struct {
	dirs  []string
	procs []string // cgroup.procs of each

	threads *os.File // ids of all threads
	members *os.File // ids of all processes

	cpuStat               *os.File // version 2
	cpuUsage, cpuSplit    *os.File // version 1
	memoryStat            *os.File
	peak                  *os.File
	memoryNow             *os.File
	oom, refused          *os.File
	freeze, state, killer *os.File // version 2
}

// boxes numbers the groups of this process.
var boxes atomic.Int64

// makeGroup makes the group of a box with its limits; nil if no controller can be used.
func makeGroup(c controllers, l Limits) (_ *group, err error) {
	g := &group{}
	defer func() {
		if err != nil {
			_ = g.close()
		}
	}()
	name := groupPrefix() + strconv.FormatInt(boxes.Add(1), 10)
	use := []string{"", "memory", "pids"}
	if l.CPUs > 0 {
		use = append(use, "cpu")
	}
	if !c.has("") {
		use = append(use, "cpuacct")
	}
	for _, controller := range use {
		at, ok := c.at[controller]
		if !ok {
			continue
		}
		dir := filepath.Join(at.base, name)
		if !slices.Contains(g.dirs, dir) {
			if err := os.Mkdir(dir, 0o755); err != nil {
				return nil, fmt.Errorf("making a cgroup: %w", err)
			}
			g.dirs = append(g.dirs, dir)
			g.procs = append(g.procs, filepath.Join(dir, "cgroup.procs"))
			g.members = firstFile(g.members, dir, "cgroup.procs")
			g.threads = firstFile(g.threads, dir, "cgroup.threads")
			g.threads = firstFile(g.threads, dir, "tasks")
		}
		if err := g.open(controller, dir, at.v2, l); err != nil {
			return nil, err
		}
	}
	if len(g.dirs) == 0 {
		return nil, nil
	}
	return g, nil
}

// firstFile opens a file for reading unless there is one already; nil if it cannot be.
func firstFile(have *os.File, dir, name string) *os.File {
	if have != nil {
		return have
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return nil
	}
	return f
}

// open sets the limits of one controller and opens its files.
func (g *group) open(controller, dir string, v2 bool, l Limits) error {
	set := func(file string, value any) error {
		if err := write(filepath.Join(dir, file), fmt.Sprint(value)); err != nil {
			return fmt.Errorf("limiting the cgroup: %w", err)
		}
		return nil
	}
	writable := func(file string) *os.File {
		f, err := os.OpenFile(filepath.Join(dir, file), os.O_RDWR, 0)
		if err != nil {
			return firstFile(nil, dir, file)
		}
		return f
	}
	const period = 100000 // µs
	quota := max(1000, int64(l.CPUs*period))
	switch {
	case controller == "":
		g.cpuStat = firstFile(nil, dir, "cpu.stat")
		g.freeze, g.state = writable("cgroup.freeze"), firstFile(nil, dir, "cgroup.events")
		if f, err := os.OpenFile(filepath.Join(dir, "cgroup.kill"), os.O_WRONLY, 0); err == nil {
			g.killer = f
		}
	case controller == "memory" && v2:
		g.peak, g.memoryNow, g.memoryStat = writable("memory.peak"), firstFile(nil, dir, "memory.current"), firstFile(nil, dir, "memory.stat")
		g.oom = firstFile(nil, dir, "memory.events")
		// Where there is no swap, or the kernel is older, these two are not there.
		_, _ = set("memory.swap.max", 0), set("memory.oom.group", 1)
		return set("memory.max", l.Memory)
	case controller == "memory":
		g.peak, g.memoryNow, g.memoryStat = writable("memory.max_usage_in_bytes"), firstFile(nil, dir, "memory.usage_in_bytes"), firstFile(nil, dir, "memory.stat")
		g.oom = firstFile(nil, dir, "memory.oom_control")
		if err := set("memory.limit_in_bytes", l.Memory); err != nil {
			return err
		}
		_ = set("memory.memsw.limit_in_bytes", l.Memory) // if swap is accounted
	case controller == "pids":
		g.refused = firstFile(nil, dir, "pids.events")
		return set("pids.max", l.Pids)
	case controller == "cpu" && v2:
		return set("cpu.max", fmt.Sprintf("%d %d", quota, period))
	case controller == "cpu":
		return errors.Join(set("cpu.cfs_period_us", period), set("cpu.cfs_quota_us", quota))
	case controller == "cpuacct":
		g.cpuUsage, g.cpuSplit = firstFile(nil, dir, "cpuacct.usage"), firstFile(nil, dir, "cpuacct.stat")
	}
	return nil
}

// read reads a file of the kernel from its start; empty if it cannot be.
func read(f *os.File, buf []byte) []byte {
	if f == nil {
		return nil
	}
	n, err := f.ReadAt(buf, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil
	}
	return buf[:n]
}

// value finds the number behind a word at the start of a line, or the only number if the word is empty.
func value(text []byte, word string) int64 {
	for line := range bytes.Lines(text) {
		if word != "" {
			if !bytes.HasPrefix(line, []byte(word)) || len(line) <= len(word) || line[len(word)] != ' ' && line[len(word)] != '\t' {
				continue
			}
			line = line[len(word)+1:]
		}
		n, _ := strconv.ParseInt(string(bytes.TrimSpace(line)), 10, 64)
		return n
	}
	return 0
}

// accountsCPU, accountsFaults and accountsPeak say what usage finds out.
func (g *group) accountsCPU() bool    { return g != nil && (g.cpuStat != nil || g.cpuUsage != nil) }
func (g *group) accountsFaults() bool { return g != nil && g.memoryStat != nil }
func (g *group) accountsPeak() bool   { return g != nil && g.peak != nil }

// usage reads what the group accounts.
func (g *group) usage(u *Usage) {
	var buf [8192]byte
	switch {
	case g.cpuStat != nil:
		b := read(g.cpuStat, buf[:])
		total, user, system := value(b, "usage_usec"), value(b, "user_usec"), value(b, "system_usec")
		u.User, u.System = split(time.Duration(total)*time.Microsecond, user, system)
	case g.cpuUsage != nil:
		total := value(read(g.cpuUsage, buf[:]), "")
		b := read(g.cpuSplit, buf[:])
		u.User, u.System = split(time.Duration(total), value(b, "user"), value(b, "system"))
	}
	if g.memoryStat != nil {
		b := read(g.memoryStat, buf[:])
		u.MajorFaults = value(b, "pgmajfault")
		u.MinorFaults = value(b, "pgfault") - u.MajorFaults
	}
	if g.peak != nil {
		u.PeakMemory = value(read(g.peak, buf[:]), "")
	}
}

// split divides a precise total as the coarser user and system do it.
func split(total time.Duration, user, system int64) (time.Duration, time.Duration) {
	if user+system <= 0 {
		return total, 0
	}
	u := time.Duration(float64(total) * float64(user) / float64(user+system))
	return u, total - u
}

// events reads what the limits have done.
func (g *group) events() Events {
	var buf [1024]byte
	return Events{
		OOMKills:     int(value(read(g.oom, buf[:]), "oom_kill")),
		ForksRefused: int(value(read(g.refused, buf[:]), "max")),
	}
}

// ids reads a list of threads or processes.
func ids(f *os.File, into []int) []int {
	if f == nil {
		return into
	}
	var buf [4096]byte
	rest := 0
	for offset := int64(0); ; {
		n, err := f.ReadAt(buf[rest:], offset)
		offset += int64(n)
		b := buf[:rest+n]
		for {
			i := bytes.IndexByte(b, '\n')
			if i < 0 {
				break
			}
			if id, err := strconv.Atoi(string(b[:i])); err == nil && id > 0 {
				into = append(into, id)
			}
			b = b[i+1:]
		}
		rest = copy(buf[:], b)
		if err != nil || n == 0 {
			return into
		}
	}
}

// setFrozen stops or continues all processes and waits until that is so: the kernel stops each at its next opportunity.
func (g *group) setFrozen(frozen bool) error {
	state := "0"
	if frozen {
		state = "1"
	}
	if _, err := g.freeze.WriteAt([]byte(state), 0); err != nil {
		return fmt.Errorf("freezing the box: %w", err)
	}
	if g.state == nil {
		return nil
	}
	var buf [256]byte
	for wait := 10 * time.Microsecond; wait < time.Second; wait *= 2 {
		b := read(g.state, buf[:])
		if strconv.FormatInt(value(b, "frozen"), 10) == state || value(b, "populated") == 0 {
			return nil
		}
		time.Sleep(wait)
	}
	return errors.New("freezing the box: it does not stop")
}

// kill kills all members at once where the kernel has a way to, otherwise one by one.
func (g *group) kill() {
	if g.killer != nil {
		if _, err := g.killer.WriteAt([]byte("1"), 0); err == nil {
			return
		}
	}
	for _, dir := range g.dirs {
		killGroup(dir)
	}
}

// empty says whether no member is left.
func (g *group) empty() bool { return len(ids(g.members, nil)) == 0 }

// close removes the group.
func (g *group) close() error {
	for _, f := range []*os.File{
		g.threads, g.members, g.cpuStat, g.cpuUsage, g.cpuSplit, g.memoryStat, g.peak, g.memoryNow, g.oom, g.refused, g.freeze, g.state, g.killer,
	} {
		if f != nil {
			f.Close()
		}
	}
	var err error
	for _, dir := range g.dirs {
		err = errors.Join(err, removeGroup(dir))
	}
	return err
}
