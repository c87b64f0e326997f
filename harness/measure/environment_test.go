package measure

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"
)

const sysCPU = "sys/devices/system/cpu/"

// server is a calm machine made for measuring: two cores, nothing to warn of.
func server(changes map[string]string) tree {
	files := map[string]string{
		sysCPU + "online":                                                 "0-1",
		sysCPU + "cpu0/cpufreq/scaling_driver":                            "acpi-cpufreq",
		sysCPU + "cpu0/cpufreq/scaling_governor":                          "performance",
		sysCPU + "cpu1/cpufreq/scaling_driver":                            "acpi-cpufreq",
		sysCPU + "cpu1/cpufreq/scaling_governor":                          "performance",
		sysCPU + "cpufreq/boost":                                          "0",
		sysCPU + "smt/active":                                             "0",
		"sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc",
		"proc/sys/kernel/randomize_va_space":                              "2",
		"proc/loadavg":                                                    "0.05 0.10 0.20 1/200 4242",
		"proc/cpuinfo":                                                    "processor\t: 0\nflags\t\t: fpu sse2 avx2\n",
		"proc/stat":                                                       "cpu  100 20 30 4000 5 6 7 1 9 0\ncpu0 50 10 15 2000 2 3 3 1 4 0\nctxt 12345\n",
		"proc/self/cgroup":                                                "0::/user.slice",
		"proc/pressure/cpu":                                               "some avg10=0.00 avg60=0.00 avg300=0.00 total=2500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0",
	}
	maps.Copy(files, changes)
	return machine(files)
}

func TestEnvironment(t *testing.T) {
	e := server(nil).environment(1)
	want := Environment{
		CPUs: 2, FrequencyDriver: "acpi-cpufreq", Governor: "performance", Turbo: "off", SMT: "off", ClockSource: "tsc", AddressLayout: "2",
		Load: 0.05, Busy: 1630 * time.Millisecond, Steal: 10 * time.Millisecond, Pressure: 2500 * time.Millisecond, Switches: 12345,
	}
	e.processes = nil
	if text, wanted := describe(e), describe(want); text != wanted {
		t.Errorf("got  %s\nwant %s", text, wanted)
	}
	if w := e.Warnings(); len(w) != 0 {
		t.Errorf("warnings of a calm server: %q", w)
	}
	nothing := machine(nil).environment(1)
	if describe(nothing) != describe(Environment{}) || len(nothing.Warnings()) != 0 {
		t.Errorf("of a machine that says nothing: %s, %q", describe(nothing), nothing.Warnings())
	}
}

func TestWarnings(t *testing.T) {
	cgroup1 := func(quota string) map[string]string {
		return map[string]string{
			"proc/self/cgroup": "4:cpu,cpuacct:/a/b\n3:memory:/a\n0::/",
			"sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_quota_us":  "-1",
			"sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_period_us": "100000",
			"sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us":    quota,
			"sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us":   "100000",
		}
	}
	battery := func(online string) map[string]string {
		return map[string]string{
			"sys/class/power_supply/AC/type": "Mains", "sys/class/power_supply/AC/online": online,
			"sys/class/power_supply/BAT0/type": "Battery", "sys/class/power_supply/BAT0/status": "Charging",
		}
	}
	for _, c := range []struct {
		name    string
		changes map[string]string
		want    []string // a part of each warning
	}{
		{"intel_pstate", map[string]string{
			sysCPU + "cpu0/cpufreq/scaling_driver": "intel_pstate", sysCPU + "cpu1/cpufreq/scaling_driver": "intel_pstate",
			sysCPU + "cpu0/cpufreq/scaling_governor": "powersave", sysCPU + "cpu1/cpufreq/scaling_governor": "powersave",
			sysCPU + "intel_pstate/no_turbo": "0",
		}, []string{"governor is powersave: ", "echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo"}},
		{"intel_pstate without turbo", map[string]string{sysCPU + "intel_pstate/no_turbo": "1"}, nil},
		{"governors differ", map[string]string{sysCPU + "cpu1/cpufreq/scaling_governor": "schedutil"}, []string{"governor is performance,schedutil"}},
		{"acpi-cpufreq with boost", map[string]string{sysCPU + "cpufreq/boost": "1"}, []string{"echo 0 > /sys/devices/system/cpu/cpufreq/boost"}},
		{"amd-pstate with boost of one policy", map[string]string{
			sysCPU + "cpufreq/boost": "", sysCPU + "cpufreq/policy0/boost": "0", sysCPU + "cpufreq/policy1/boost": "1",
		}, []string{"turbo is on"}},
		{"amd-pstate without boost", map[string]string{sysCPU + "cpufreq/boost": "", sysCPU + "cpufreq/policy0/boost": "0"}, nil},
		{"SMT", map[string]string{sysCPU + "smt/active": "1"}, []string{"SMT is on"}},
		{"virtual machine", map[string]string{
			"proc/cpuinfo": "flags\t: fpu hypervisor avx2",
			"sys/devices/system/clocksource/clocksource0/available_clocksource": "tsc kvm-clock",
		}, []string{"virtual machine (KVM)"}},
		{"virtual machine that says its kind", map[string]string{"sys/hypervisor/type": "xen"}, []string{"virtual machine (xen)"}},
		{"steal time", map[string]string{"proc/stat": "cpu  90 0 0 4000 0 0 0 10 0 0"}, []string{"given 10 % of this machine's CPU time"}},
		{"no frequencies", map[string]string{
			sysCPU + "cpu0/cpufreq/scaling_governor": "", sysCPU + "cpu1/cpufreq/scaling_governor": "", sysCPU + "cpufreq/boost": "",
		}, nil},
		{"quota of a cgroup v2 above ours", map[string]string{
			"proc/self/cgroup": "0::/a/b", "sys/fs/cgroup/a/cpu.max": "150000 100000", "sys/fs/cgroup/a/b/cpu.max": "max 100000",
		}, []string{"quota of our cgroup is 1.5 of 2 cores"}},
		{"quota of a container's cgroup v2", map[string]string{"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "50000 100000"}, []string{"is 0.5 of 2"}},
		{"quota of more than there is", map[string]string{"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "400000 100000"}, nil},
		{"quota of cgroup v1", cgroup1("100000"), []string{"quota of our cgroup is 1 of 2 cores"}},
		{"no quota of cgroup v1", cgroup1("-1"), nil},
		{"slow clock", map[string]string{"sys/devices/system/clocksource/clocksource0/current_clocksource": "hpet"}, []string{"clock source is hpet"}},
		{"on battery", battery("0"), []string{"runs on battery"}},
		{"on mains", battery("1"), nil},
		{"low power", map[string]string{"sys/firmware/acpi/platform_profile": "low-power"}, []string{"platform profile is low-power"}},
		{"busy", map[string]string{"proc/loadavg": "1.50 1 1 3/200 99"}, []string{"load average is 1.50 on 2 CPUs"}},
	} {
		got := server(c.changes).environment(1).Warnings()
		if len(got) != len(c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
			continue
		}
		for i, w := range c.want {
			if !strings.Contains(got[i], w) {
				t.Errorf("%s: %q does not say %q", c.name, got[i], w)
			}
		}
	}
}

func TestContainer(t *testing.T) {
	for want, changes := range map[string]map[string]string{
		"":         nil,
		"docker":   {".dockerenv": ""},
		"podman":   {"run/.containerenv": ""},
		"kubepods": {"proc/self/cgroup": "0::/kubepods.slice/pod1"},
	} {
		if got := server(changes).environment(1).Container; got != want {
			t.Errorf("%v: %q, want %q", changes, got, want)
		}
	}
}

func TestSince(t *testing.T) {
	const self = 10
	process := func(name string, parent, started, ticks, children int) string {
		return strings.NewReplacer("NAME", name, "PARENT", strconv.Itoa(parent), "START", strconv.Itoa(started), "TICKS", strconv.Itoa(ticks), "CHILDREN", strconv.Itoa(children)).
			Replace("1 (NAME) S PARENT 1 1 0 -1 0 0 0 0 0 TICKS 0 CHILDREN 0 20 0 1 0 START 0 0")
	}
	before := map[string]string{
		"proc/1/stat":  process("init", 0, 1, 100, 0),
		"proc/10/stat": process("solverbench", 1, 50, 100, 0),
		"proc/11/stat": process("plugin", 10, 60, 100, 0),
		"proc/20/stat": process("a (b) c", 1, 70, 100, 0),
		"proc/30/stat": process("sleeper", 1, 80, 5000, 0),
		"proc/stat":    "cpu  1000 0 0 0 0 0 0 100 0 0",
	}
	after := maps.Clone(before)
	after["proc/10/stat"] = process("solverbench", 1, 50, 200, 300)
	after["proc/11/stat"] = process("plugin", 10, 60, 900, 0)
	after["proc/20/stat"] = process("a (b) c", 1, 70, 500, 0)
	for _, c := range []struct {
		name    string
		changes map[string]string // beside the processes'
		want    []string
	}{
		{"only ours", map[string]string{"proc/20/stat": before["proc/20/stat"], "proc/stat": "cpu  2200 0 0 0 0 0 0 100 0 0"}, nil},
		{"others", map[string]string{
			"proc/30/stat": process("another of this number", 1, 90, 200, 0), "proc/stat": "cpu  2900 0 0 0 0 0 0 100 0 0",
		}, []string{
			"other than ours used 0.7 of 2 cores", "a (b) c (process 20) used 0.4 cores", "another of this number (process 30) used 0.2 cores",
		}},
		{"stolen", map[string]string{"proc/20/stat": before["proc/20/stat"], "proc/stat": "cpu  2200 0 0 0 0 0 0 200 0 0"}, []string{"hypervisor took 1s of CPU time for other guests, 5 %"}},
		{"stopped for the quota", map[string]string{
			"proc/20/stat": before["proc/20/stat"], "proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "100000 100000",
			"sys/fs/cgroup/cpu.stat": "usage_usec 1\nnr_throttled 3\nthrottled_usec 250000",
		}, []string{"stopped for 250ms, having used up its CPU quota (1 of 2 cores)"}},
		{"stopped for the quota, cgroup v1", map[string]string{
			"proc/20/stat": before["proc/20/stat"], "proc/self/cgroup": "2:cpu:/", "sys/fs/cgroup/cpu/cpu.stat": "nr_periods 5\nthrottled_time 250000000",
		}, []string{"stopped for 250ms"}},
		{"hot", map[string]string{
			"proc/20/stat": before["proc/20/stat"],
			sysCPU + "cpu0/thermal_throttle/core_throttle_count": "2", sysCPU + "cpu0/thermal_throttle/package_throttle_count": "7",
			sysCPU + "cpu1/thermal_throttle/core_throttle_count": "1", sysCPU + "cpu1/thermal_throttle/package_throttle_count": "7",
			sysCPU + "cpu0/topology/physical_package_id": "0", sysCPU + "cpu1/topology/physical_package_id": "0",
		}, []string{"slowed down for heat 10 times"}},
		{"waiting", map[string]string{"proc/20/stat": before["proc/20/stat"], "proc/pressure/cpu": "some avg10=0 avg60=0 avg300=0 total=7500000"}, []string{"waiting for a CPU during 50 %"}},
		{"governor and clock changed", map[string]string{
			"proc/20/stat":                           before["proc/20/stat"],
			sysCPU + "cpu0/cpufreq/scaling_governor": "powersave", sysCPU + "cpu1/cpufreq/scaling_governor": "powersave",
			"sys/devices/system/clocksource/clocksource0/current_clocksource": "hpet",
		}, []string{"governor changed from performance to powersave", "clock source changed from tsc to hpet"}},
	} {
		files := maps.Clone(after)
		maps.Copy(files, map[string]string{"proc/stat": "cpu  1100 0 0 0 0 0 0 100 0 0"})
		maps.Copy(files, c.changes)
		a, b := server(before).environment(self), server(files).environment(self)
		a.At = time.Unix(1000, 0)
		b.At = a.At.Add(10 * time.Second)
		got := since(a, b, self)
		if len(got) != len(c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
			continue
		}
		for i, w := range c.want {
			if !strings.Contains(got[i], w) {
				t.Errorf("%s: %q does not say %q", c.name, got[i], w)
			}
		}
	}
	e := server(before).environment(self)
	if got := since(e, e, self); got != nil {
		t.Errorf("of no time: %q", got)
	}
}

func describe(e Environment) string { return fmt.Sprintf("%+v", e) }
