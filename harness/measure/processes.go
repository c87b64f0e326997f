package measure

import (
	"strconv"
	"strings"
	"time"
)

// process is one of the machine's, at some moment.
type process struct {
	name          string
	parent        int
	started       string        // in ticks since boot: tells two of the same number apart
	cpu, children time.Duration // of its own, and of its ended children
}

func (t tree) processes() map[int]process {
	all := map[int]process{}
	for _, dir := range t.glob("proc/[0-9]*") {
		if p, ok := parseStat(t.line(dir + "/stat")); ok {
			all[numbered(dir, "")] = p
		}
	}
	return all
}

// parseStat reads /proc/PID/stat. The name, in parentheses, may hold anything.
func parseStat(stat string) (process, bool) {
	open, end := strings.IndexByte(stat, '('), strings.LastIndexByte(stat, ')')
	if open < 0 || end < open {
		return process{}, false
	}
	f := strings.Fields(stat[end+1:]) // state is f[0], the 3rd field of the manual page
	if len(f) < 20 {
		return process{}, false
	}
	ticks := func(i int) time.Duration {
		n, _ := strconv.ParseInt(f[i], 10, 64) // 0 is what unknown looks like
		return time.Duration(n) * tick
	}
	parent, err := strconv.Atoi(f[1])
	return process{
		name: stat[open+1 : end], parent: parent, started: f[19],
		cpu: ticks(11) + ticks(12), children: ticks(13) + ticks(14),
	}, err == nil
}

// descends says whether a process is self or was started by it, directly or not.
func descends(all map[int]process, pid, self int) bool {
	for range len(all) {
		if pid == self {
			return true
		}
		p, ok := all[pid]
		if !ok {
			return false
		}
		pid = p.parent
	}
	return false
}
