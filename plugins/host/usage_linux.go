package host

import (
	"os"
	"strconv"
	"strings"
	"time"
)

// usage reads /proc: the kernel's accounting of the process's CPU time, in ticks of 10 ms,
// and its peak resident size.
func usage(pid int) Usage {
	var u Usage
	dir := "/proc/" + strconv.Itoa(pid)
	stat, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return u
	}
	// pid (comm) state …, where comm may hold anything but ends at the last ')'. Then utime and stime are
	// the fields 14 and 15 of proc_pid_stat(5).
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) > 12 {
		u.User, u.System = ticks(fields[11]), ticks(fields[12])
	}
	status, err := os.ReadFile(dir + "/status")
	if err != nil {
		return u
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err == nil {
				u.PeakMemory = kb << 10
			}
		}
	}
	return u
}

// ticks converts clock ticks, which are 1/100 s on every Linux that Go runs on.
func ticks(s string) time.Duration {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return time.Duration(n) * 10 * time.Millisecond
}
