package harness

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/solverbench/solverbench/results"
)

// ThisMachine reads what is known of the computer; what cannot be read stays empty.
func ThisMachine() results.Machine {
	m := results.Machine{OS: runtime.GOOS, Arch: runtime.GOARCH, LogicalCores: runtime.NumCPU(), Details: map[string]any{}}
	m.Hostname, _ = os.Hostname() // empty is what unknown looks like
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		m.Kernel = unix.ByteSliceToString(u.Release[:])
	}
	cpuInfo(&m)
	m.MemoryBytes = memoryBytes()
	m.Governor = readLine("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
	if turbo := readLine("/sys/devices/system/cpu/intel_pstate/no_turbo"); turbo != "" {
		m.Details["no_turbo"] = turbo
	}
	if smt := readLine("/sys/devices/system/cpu/smt/active"); smt != "" {
		m.Details["smt"] = smt
	}
	caches, _ := filepath.Glob("/sys/devices/system/cpu/cpu0/cache/index*") // the pattern is right
	for _, dir := range caches {
		level, kind := readLine(dir+"/level"), readLine(dir+"/type")
		if kind != "Instruction" {
			m.Details["L"+level+" cache"] = readLine(dir + "/size")
		}
	}
	if _, err := os.Stat("/.dockerenv"); err == nil {
		m.Virtualisation = strings.TrimPrefix(m.Virtualisation+"+container", "+")
	}
	return m
}

// cpuInfo reads the model and the number of physical cores from /proc/cpuinfo.
func cpuInfo(m *results.Machine) {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return
	}
	cores := map[string]bool{}
	package_ := ""
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(line, ":")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		switch key {
		case "model name":
			m.CPU = value
		case "physical id":
			package_ = value
		case "core id":
			cores[package_+"/"+value] = true
		case "microcode":
			m.Details["microcode"] = value
		case "flags":
			for _, flag := range strings.Fields(value) {
				switch flag {
				case "hypervisor":
					m.Virtualisation = "hypervisor"
				case "avx2", "avx512f":
					m.Details[flag] = true
				}
			}
		}
	}
	m.PhysicalCores = len(cores)
}

func memoryBytes() int64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "MemTotal:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err == nil {
				return kb << 10
			}
		}
	}
	return 0
}

// loadAverage is the 1-minute load average, 0 where it cannot be read.
func loadAverage() float64 {
	first, _, _ := strings.Cut(readLine("/proc/loadavg"), " ")
	x, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return 0
	}
	return x
}

// readLine returns a file's first line, empty if it cannot be read.
func readLine(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSpace(line)
}
