package measure

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Warnings says in words what about the machine disturbs times, and what to do about it.
func (e Environment) Warnings() []string {
	var w []string
	warn := func(when bool, format string, args ...any) {
		if when {
			w = append(w, fmt.Sprintf(format, args...))
		}
	}
	warn(runtime.GOOS != "linux", "frequencies, load, steal time and throttling cannot be read on %s: whether they disturbed times is not known. "+
		"Use Linux for numbers that matter.", runtime.GOOS)
	warn(e.Governor != "" && e.Governor != "performance", "CPU frequency governor is %s: clocks, and with them times, follow the load. "+
		"`cpupower frequency-set -g performance` (as root) keeps them up.", e.Governor)
	warn(e.Turbo == "on", "turbo is on: clocks depend on temperature and on how many cores are busy. %s (as root) turns it off.", e.turboOff())
	warn(e.SMT == "on", "SMT is on: hardware threads share their core, so times depend on what the other one does. Cores given to plugins are "+
		"left to them whole where there are enough; `echo off > /sys/devices/system/cpu/smt/control` (as root) turns it off.")
	warn(e.Hypervisor != "", "this is a virtual machine (%s): other guests share its cores, caches and memory, unseen from here. "+
		"Look at the noise probes, and use a machine of your own for small differences.", e.Hypervisor)
	stolen := float64(e.Steal) / float64(max(e.Busy+e.Steal, 1))
	warn(stolen > 0.01, "the hypervisor has given %.2g %% of this machine's CPU time since boot to other guests (steal time): times that it hits "+
		"are longer than the solver is slow. Use a machine with cores of its own.", 100*stolen)
	warn(e.QuotaCores > 0 && e.QuotaCores < float64(e.CPUs), "the CPU quota of our cgroup is %.3g of %d cores: whoever uses more is stopped for "+
		"the rest of each period. Raise it (`--cpus` of docker, `limits.cpu` of Kubernetes, `CPUQuota=` of systemd) and use "+
		"fewer threads than it has cores.", e.QuotaCores, e.CPUs)
	warn(slices.Contains([]string{"hpet", "acpi_pm", "jiffies", "refined-jiffies", "pit"}, e.ClockSource),
		"the clock source is %s, which is slow or coarse to read: short times are less exact. `echo tsc > %s` (as root) if the kernel trusts it; "+
			"`dmesg | grep -i tsc` tells why not.", e.ClockSource, "/sys/devices/system/clocksource/clocksource0/current_clocksource")
	warn(e.Power == "battery", "the machine runs on battery, which saves power at the cost of speed. Plug it in.")
	warn(e.Profile != "" && !strings.Contains(e.Profile, "performance") && e.Profile != "balanced",
		"the platform profile is %s, which saves power or noise at the cost of speed. `echo performance > /sys/firmware/acpi/platform_profile` "+
			"(as root) changes it.", e.Profile)
	busy := max(0.25*float64(e.CPUs), 0.5)
	warn(e.Load > busy, "the load average is %.2f on %d CPUs: something else is running. `top` shows what; wait for it or end it.", e.Load, e.CPUs)
	return w
}

// turboOff is the command that turns it off.
func (e Environment) turboOff() string {
	if strings.HasPrefix(e.FrequencyDriver, "intel_pstate") || strings.HasPrefix(e.FrequencyDriver, "intel_cpufreq") {
		return "`echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo`"
	}
	return "`echo 0 > /sys/devices/system/cpu/cpufreq/boost`"
}

// What is worth telling of an experiment.
const (
	worthStolen  = 0.005 // of the time of all CPUs
	worthWaiting = 0.10  // of the time
	worthOthers  = 0.10  // of a core, in use by others
)

// Since says in words and figures what arose between two readings.
func Since(before, after Environment) []string {
	return since(before, after, os.Getpid())
}

func since(before, after Environment, self int) []string {
	var out []string
	say := func(when bool, format string, args ...any) {
		if when {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	took := after.At.Sub(before.At)
	if took <= 0 {
		return nil
	}
	share := func(d time.Duration) float64 { return float64(d) / float64(took) }
	stolen := after.Steal - before.Steal
	stolenShare := share(stolen) / float64(max(after.CPUs, 1))
	say(stolenShare >= worthStolen, "the hypervisor took %s of CPU time for other guests, %.2g %% of what there was.", rough(stolen), 100*stolenShare)
	throttled := after.QuotaThrottled - before.QuotaThrottled
	say(throttled > 0, "our cgroup was stopped for %s, having used up its CPU quota (%.3g of %d cores): raise it, or use fewer threads.",
		rough(throttled), after.QuotaCores, after.CPUs)
	hot := after.ThermalThrottles - before.ThermalThrottles
	say(hot > 0, "cores were slowed down for heat %d times: times of this experiment drift. Cool the machine, use fewer cores, or turn turbo off.", hot)
	waiting := share(after.Pressure - before.Pressure)
	say(waiting >= worthWaiting, "something was waiting for a CPU during %.0f %% of the time.", 100*waiting)
	for _, c := range []struct{ what, was, is string }{
		{"CPU frequency governor", before.Governor, after.Governor},
		{"turbo", before.Turbo, after.Turbo},
		{"SMT", before.SMT, after.SMT},
		{"clock source", before.ClockSource, after.ClockSource},
		{"power supply", before.Power, after.Power},
		{"platform profile", before.Profile, after.Profile},
	} {
		say(c.was != c.is, "%s changed from %s to %s.", c.what, cmp.Or(c.was, "unknown"), cmp.Or(c.is, "unknown"))
	}
	other := share(after.Busy - before.Busy - max(after.Own-before.Own, 0))
	say(other >= worthOthers, "programs other than ours used %.2g of %d cores.", other, after.CPUs)
	return append(out, busiest(before, after, self)...)
}

// busiest names the busiest processes that are not ours. Those that began and ended in between are not seen.
func busiest(before, after Environment, self int) []string {
	took := after.At.Sub(before.At)
	used := map[int]float64{}
	for pid, p := range after.processes {
		if descends(after.processes, pid, self) {
			continue
		}
		cpu := p.cpu
		if was, ok := before.processes[pid]; ok && was.started == p.started {
			cpu -= was.cpu
		}
		if share := float64(cpu) / float64(took); share >= worthOthers {
			used[pid] = share
		}
	}
	pids := slices.SortedFunc(maps.Keys(used), func(a, b int) int {
		return cmp.Or(cmp.Compare(used[b], used[a]), cmp.Compare(a, b))
	})
	var out []string
	for _, pid := range pids[:min(len(pids), 3)] {
		out = append(out, fmt.Sprintf("%s (process %d) used %.2g cores meanwhile.", after.processes[pid].name, pid, used[pid]))
	}
	return out
}

// rough is a duration with few digits.
func rough(d time.Duration) string {
	for _, unit := range []time.Duration{time.Minute, time.Second, time.Millisecond} {
		if d >= 10*unit {
			return d.Round(unit / 10).String()
		}
	}
	return d.Round(time.Microsecond).String()
}
