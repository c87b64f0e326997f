package sandbox

import (
	"bytes"
	"os"
	"strconv"
	"strings"
)

// stat is what we need of /proc/PID/stat.
type stat struct {
	parent                 int
	minflt, cminflt        int64
	majflt, cmajflt        int64
	user, system           int64 // clock ticks
	childUser, childSystem int64
	start                  uint64 // clock ticks since boot: with the pid it tells a process from a later one of that number
	pages                  int64  // resident
	zombie                 bool
}

// readStat reads the state of a process; false if it is gone.
func readStat(pid int) (stat, bool) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return stat{}, false
	}
	// pid (comm) state ppid …, where comm may hold anything but ends at the last ')'; numbering as in proc_pid_stat(5).
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	if len(f) < 22 {
		return stat{}, false
	}
	n := func(field int) int64 {
		v, _ := strconv.ParseInt(f[field-3], 10, 64)
		return v
	}
	return stat{
		parent: int(n(4)), minflt: n(10), cminflt: n(11), majflt: n(12), cmajflt: n(13),
		user: n(14), system: n(15), childUser: n(16), childSystem: n(17), start: uint64(n(22)), pages: n(24),
		zombie: f[0] == "Z" || f[0] == "X",
	}, true
}

// descendants lists the processes below pid, the nearest first.
func descendants(pid int) []int {
	if out, ok := byChildren(pid); ok {
		return out
	}
	return byParents(pid)
}

// byChildren asks each thread for its children, which is quick, where the kernel keeps lists of them.
func byChildren(pid int) (out []int, ok bool) {
	for queue := []int{pid}; len(queue) > 0; queue = queue[1:] {
		dir := "/proc/" + strconv.Itoa(queue[0]) + "/task"
		threads, err := os.ReadDir(dir)
		if err != nil {
			continue // gone
		}
		for _, t := range threads {
			b, err := os.ReadFile(dir + "/" + t.Name() + "/children")
			if err != nil {
				if _, gone := os.Stat(dir + "/" + t.Name()); gone == nil {
					return nil, false
				}
				continue
			}
			for f := range strings.FieldsSeq(string(b)) {
				if child, err := strconv.Atoi(f); err == nil {
					out = append(out, child)
					queue = append(queue, child)
				}
			}
		}
	}
	return out, true
}

// byParents looks at all processes of the machine.
func byParents(pid int) (out []int) {
	children := map[int][]int{}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		child, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if s, ok := readStat(child); ok {
			children[s.parent] = append(children[s.parent], child)
		}
	}
	for queue := []int{pid}; len(queue) > 0; queue = queue[1:] {
		out = append(out, children[queue[0]]...)
		queue = append(queue, children[queue[0]]...)
	}
	return out
}

// memory reads a line such as "MemAvailable:  123 kB" of a file of /proc, in bytes.
func memory(file, name string) (int64, bool) {
	b, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kb << 10, err == nil
		}
	}
	return 0, false
}
