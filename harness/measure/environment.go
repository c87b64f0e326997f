package measure

import (
	"cmp"
	"io/fs"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Environment is what about the machine disturbs or explains times. What cannot be read is empty or zero.
type Environment struct {
	At   time.Time
	CPUs int // that are online

	// Settings.
	FrequencyDriver  string // such as intel_pstate
	Governor         string // of all CPUs, with commas if they differ
	EnergyPreference string // of drivers that choose frequencies themselves
	Turbo            string // on or off
	SMT              string // on or off: whether cores run several hardware threads
	ClockSource      string
	AddressLayout    string // kernel.randomize_va_space: 0 is fixed
	Hypervisor       string // of a virtual machine
	Container        string // such as docker
	Power            string // mains or battery
	Profile          string // of the platform, such as low-power
	QuotaCores       float64

	// Since boot, or of the moment.
	Load             float64       // 1-minute average
	Busy             time.Duration // CPU time of everything
	Steal            time.Duration // CPU time that the hypervisor gave to others
	Own              time.Duration // CPU time of this process and all that it has started
	Pressure         time.Duration // during which something waited for a CPU
	QuotaThrottled   time.Duration // during which our own cgroup was stopped for its quota
	ThermalThrottles int64         // times that cores or packages were slowed down for heat
	Switches         int64         // of contexts

	processes map[int]process
}

// ReadEnvironment reads it.
func ReadEnvironment() Environment {
	e := system().environment(os.Getpid())
	e.At = time.Now()
	e.CPUs = cmp.Or(e.CPUs, runtime.NumCPU())
	return e
}

// tick is the unit of CPU times in /proc, on all architectures that Go has.
const tick = 10 * time.Millisecond

func (t tree) environment(self int) Environment {
	const cpu = "sys/devices/system/cpu/"
	e := Environment{
		CPUs:             len(cpuList(t.line(cpu + "online"))),
		FrequencyDriver:  strings.Join(t.lists(cpu+"cpu[0-9]*/cpufreq/scaling_driver"), ","),
		Governor:         strings.Join(t.lists(cpu+"cpu[0-9]*/cpufreq/scaling_governor"), ","),
		EnergyPreference: strings.Join(t.lists(cpu+"cpu[0-9]*/cpufreq/energy_performance_preference"), ","),
		Turbo:            t.turbo(),
		SMT:              onOff(t.line(cpu+"smt/active"), "1", "0"),
		ClockSource:      t.line("sys/devices/system/clocksource/clocksource0/current_clocksource"),
		AddressLayout:    t.line("proc/sys/kernel/randomize_va_space"),
		Hypervisor:       t.hypervisor(),
		Container:        t.container(),
		Power:            t.power(),
		Profile:          t.line("sys/firmware/acpi/platform_profile"),
		ThermalThrottles: t.throttles(),
	}
	first, _, _ := strings.Cut(t.line("proc/loadavg"), " ")
	e.Load, _ = strconv.ParseFloat(first, 64) // 0 is what unknown looks like
	t.cpuTimes(&e)
	t.quota(&e)
	e.processes = t.processes()
	for pid, p := range e.processes {
		if descends(e.processes, pid, self) {
			e.Own += p.cpu + p.children
		}
	}
	return e
}

// turbo says whether clocks above the nominal one are allowed.
func (t tree) turbo() string {
	const cpu = "sys/devices/system/cpu/"
	if s := onOff(t.line(cpu+"intel_pstate/no_turbo"), "0", "1"); s != "" {
		return s
	}
	if s := onOff(t.line(cpu+"cpufreq/boost"), "1", "0"); s != "" {
		return s
	}
	per := t.lists(cpu + "cpufreq/policy[0-9]*/boost") // amd-pstate
	if slices.Contains(per, "1") {
		return "on"
	}
	return onOff(strings.Join(per, ","), "1", "0")
}

func onOff(value, on, off string) string {
	switch value {
	case on:
		return "on"
	case off:
		return "off"
	}
	return ""
}

// hypervisor names the one that this machine is a guest of.
func (t tree) hypervisor() string {
	isGuest := strings.Contains(" "+field(t.text("proc/cpuinfo"), "flags")+" ", " hypervisor ")
	kind := t.line("sys/hypervisor/type")
	if kind == "" && !isGuest {
		return ""
	}
	clocks := t.line("sys/devices/system/clocksource/clocksource0/available_clocksource")
	for _, c := range []struct{ source, name string }{{"kvm-clock", "KVM"}, {"hyperv", "Hyper-V"}, {"xen", "Xen"}} {
		if kind == "" && strings.Contains(clocks, c.source) {
			kind = c.name
		}
	}
	return cmp.Or(kind, "of unknown kind")
}

// container names what runs this process in a container, as far as that leaves marks.
func (t tree) container() string {
	for _, mark := range []struct{ path, name string }{{".dockerenv", "docker"}, {"run/.containerenv", "podman"}} {
		if _, err := fs.Stat(t, mark.path); err == nil {
			return mark.name
		}
	}
	for _, name := range []string{"kubepods", "docker", "libpod", "lxc"} {
		if strings.Contains(t.text("proc/self/cgroup"), name) {
			return name
		}
	}
	return ""
}

// power says what the machine runs on, if it can run on a battery.
func (t tree) power() string {
	const supply = "sys/class/power_supply/*"
	if !slices.Contains(t.lists(supply+"/type"), "Battery") {
		return ""
	}
	mains := "battery"
	for _, s := range t.glob(supply) {
		if t.line(s+"/online") == "1" && t.line(s+"/type") != "Battery" {
			mains = "mains"
		}
	}
	for _, s := range t.glob(supply) {
		if t.line(s+"/type") == "Battery" && t.line(s+"/scope") != "Device" && t.line(s+"/status") == "Discharging" {
			return "battery"
		}
	}
	return mains
}

// throttles counts slowing down for heat: cores share the counter of their package.
func (t tree) throttles() int64 {
	var n int64
	packages := map[string]int64{}
	for _, dir := range t.glob("sys/devices/system/cpu/cpu[0-9]*/thermal_throttle") {
		core, _ := t.number(dir + "/core_throttle_count")
		n += core
		whole, _ := t.number(dir + "/package_throttle_count")
		id := t.line(strings.TrimSuffix(dir, "thermal_throttle") + "topology/physical_package_id")
		packages[id] = max(packages[id], whole)
	}
	for whole := range maps.Values(packages) {
		n += whole
	}
	return n
}

// cpuTimes reads /proc/stat and pressure.
func (t tree) cpuTimes(e *Environment) {
	stat := t.text("proc/stat")
	// user nice system idle iowait irq softirq steal; guest times are in user and nice already
	for i, s := range strings.Fields(field(stat, "cpu")) {
		n, err := strconv.ParseInt(s, 10, 64)
		switch took := time.Duration(n) * tick; {
		case err != nil:
		case i < 3 || i == 5 || i == 6:
			e.Busy += took
		case i == 7:
			e.Steal = took
		}
	}
	e.Switches, _ = strconv.ParseInt(field(stat, "ctxt"), 10, 64) // 0 is what unknown looks like
	if _, total, ok := strings.Cut(t.line("proc/pressure/cpu"), "total="); ok {
		us, _ := strconv.ParseInt(total, 10, 64)
		e.Pressure = time.Duration(us) * time.Microsecond
	}
}
