package measure

import (
	"maps"
	"path"
	"slices"
)

// core is a physical core: its hardware threads that this process may use, the lowest first, and where it is.
type core struct {
	cpus        []int
	cache, node string // what it shares the last-level cache with; its memory
	slow        bool   // an efficiency core
}

// cores reads the physical cores that this process may run on, in the order of their first CPUs. A machine that does not
// say how its CPUs belong together has a core for each of them.
func (t tree) cores(allowed []int) []core {
	slow := t.slowCPUs(allowed)
	byFirst := map[int]*core{}
	for _, cpu := range allowed {
		dir := cpuDir(cpu)
		siblings := cpuList(t.line(dir + "/topology/thread_siblings_list"))
		first := cpu
		if len(siblings) > 0 {
			first = siblings[0]
		}
		c := byFirst[first]
		if c == nil {
			c = &core{cache: t.lastCache(dir), node: "node", slow: slow[cpu]}
			for _, node := range t.glob(dir + "/node[0-9]*") {
				c.node = path.Base(node)
			}
			byFirst[first] = c
		}
		c.cpus = append(c.cpus, cpu)
	}
	var out []core
	for _, first := range slices.Sorted(maps.Keys(byFirst)) {
		out = append(out, *byFirst[first])
	}
	return out
}

// lastCache lists the CPUs that share the largest cache of a CPU.
func (t tree) lastCache(dir string) string {
	shared := ""
	for _, index := range t.glob(dir + "/cache/index[0-9]*") { // in the order of their levels
		if s := t.line(index + "/shared_cpu_list"); s != "" {
			shared = s
		}
	}
	return shared
}

// slowCPUs are the CPUs of hybrid processors that are much slower than others.
func (t tree) slowCPUs(allowed []int) map[int]bool {
	slow := map[int]bool{}
	for _, cpu := range cpuList(t.line("sys/devices/cpu_atom/cpus")) { // Intel
		slow[cpu] = true
	}
	capacity, most := map[int]int64{}, int64(0) // Arm and others
	for _, cpu := range allowed {
		if c, ok := t.number(cpuDir(cpu) + "/cpu_capacity"); ok {
			capacity[cpu] = c
			most = max(most, c)
		}
	}
	for cpu, c := range capacity {
		if 10*c < 8*most {
			slow[cpu] = true
		}
	}
	return slow
}

// allowed lists the CPUs that this process may use: those online in its affinity, which its cpuset bounds.
func (t tree) allowed() []int {
	online := cpuList(t.line("sys/devices/system/cpu/online"))
	affinity := cpuList(field(t.text("proc/self/status"), "Cpus_allowed_list")) // may list what could be plugged in
	if len(online) == 0 {
		return affinity
	}
	if len(affinity) == 0 {
		return online
	}
	return slices.DeleteFunc(affinity, func(cpu int) bool { return !slices.Contains(online, cpu) })
}
