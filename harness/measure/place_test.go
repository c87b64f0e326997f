package measure

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// machine is a root directory with files of the given contents.
func machine(files map[string]string) tree {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text + "\n")}
	}
	return tree{fsys}
}

// topology is a machine of some nodes (sockets) whose cores have some hardware threads each; the second threads come after
// all first ones, as Linux numbers them on most machines.
func topology(nodes, coresEach, threads int, allowed string) map[string]string {
	files := map[string]string{"proc/self/status": "Name:\tx\nCpus_allowed:\tff\nCpus_allowed_list:\t" + allowed + "\nMems_allowed_list:\t0"}
	cores := nodes * coresEach
	for core := range cores {
		var siblings, shared []string
		for thread := range threads {
			siblings = append(siblings, fmt.Sprint(core+thread*cores))
			first := core/coresEach*coresEach + thread*cores
			shared = append(shared, fmt.Sprintf("%d-%d", first, first+coresEach-1))
		}
		for thread := range threads {
			dir := cpuDir(core + thread*cores)
			files[dir+"/topology/thread_siblings_list"] = strings.Join(siblings, ",")
			files[dir+"/cache/index0/shared_cpu_list"] = strings.Join(siblings, ",")
			files[dir+"/cache/index3/shared_cpu_list"] = strings.Join(shared, ",")
			files[fmt.Sprintf("%s/node%d/cpulist", dir, core/coresEach)] = strings.Join(shared, ",")
		}
	}
	return files
}

func TestPlace(t *testing.T) {
	hybrid := topology(1, 6, 1, "0-5")
	hybrid["sys/devices/cpu_atom/cpus"] = "2-5"
	big := topology(1, 4, 1, "0-3")
	for cpu, capacity := range []string{"400", "400", "1024", "1000"} {
		big[cpuDir(cpu)+"/cpu_capacity"] = capacity
	}
	chiplets := topology(1, 8, 1, "0-7") // one node, two last-level caches
	for cpu := range 8 {
		chiplets[cpuDir(cpu)+"/cache/index3/shared_cpu_list"] = []string{"0-3", "4-7"}[cpu/4]
	}
	for _, c := range []struct {
		name            string
		files           map[string]string
		threads         int
		plugin, harness string
		short           string // part of it
	}{
		{"1 core", topology(1, 1, 1, "0"), 1, "0", "0", "is 1 core for 1 thread"},
		{"1 core with 2 threads", topology(1, 1, 2, "0-1"), 1, "0", "1", "is 1 core with 2 hardware threads"},
		{"2 cores", topology(1, 2, 1, "0-1"), 1, "1", "0", ""},
		{"2 cores, 0 means 1", topology(1, 2, 1, "0-1"), 0, "1", "0", ""},
		{"2 cores for 2", topology(1, 2, 1, "0-1"), 2, "0,1", "0,1", "the harness is on the same"},
		{"2 cores for 3", topology(1, 2, 1, "0-1"), 3, "0,1", "0,1", "take turns"},
		{"4 cores, 8 threads, for 1", topology(1, 4, 2, "0-7"), 1, "1", "0,2,3,4,6,7", ""},
		{"4 cores, 8 threads, for 3", topology(1, 4, 2, "0-7"), 3, "1,2,3", "0,4", ""},
		{"4 cores, 8 threads, for 4", topology(1, 4, 2, "0-7"), 4, "0,1,2,3", "4,5,6,7", "shares cores"},
		{"4 cores, 8 threads, for 6", topology(1, 4, 2, "0-7"), 6, "0,1,2,3,4,5", "6,7", "shares cores"},
		{"4 cores, 8 threads, for 8", topology(1, 4, 2, "0-7"), 8, "0,1,2,3,4,5,6,7", "0,1,2,3,4,5,6,7", "on the same"},
		{"cpuset of 2 whole cores", topology(1, 4, 2, "2-3,6-7"), 1, "2", "3,7", ""},
		{"cpuset of 1 whole core", topology(1, 4, 2, "3,7"), 1, "3", "7", "is 1 core with 2 hardware threads"},
		{"cpuset of second threads", topology(1, 4, 2, "5,6"), 1, "5", "6", ""},
		{"2 nodes, near the harness", topology(2, 4, 1, "0-7"), 2, "1,2", "0,3", ""},
		{"2 nodes, filling what is left of the first", topology(2, 4, 1, "0-7"), 3, "1,2,3", "0", ""},
		{"2 nodes, the second whole", topology(2, 4, 1, "0-7"), 4, "4,5,6,7", "0,1,2,3", ""},
		{"2 nodes, too small for one", topology(2, 4, 1, "0-7"), 6, "1,2,3,4,5,6", "0", ""},
		{"2 nodes, all but one", topology(2, 4, 1, "0-7"), 7, "1,2,3,4,5,6,7", "0", ""},
		{"2 nodes, cpuset leaves more of the second", topology(2, 4, 1, "2-6"), 2, "4,5", "6", ""},
		{"2 nodes with SMT", topology(2, 2, 2, "0-7"), 2, "2,3", "0,1,4,5", ""},
		{"2 caches in a node", chiplets, 4, "4,5,6,7", "0,1,2,3", ""},
		{"2 caches in a node, either would do", chiplets, 3, "1,2,3", "0,4,5,6,7", ""},
		{"hybrid", hybrid, 1, "1", "0,2,3,4,5", ""},
		{"hybrid, as many as fast cores", hybrid, 2, "0,1", "2,3,4,5", ""},
		{"hybrid, more than fast cores but the first", hybrid, 3, "1,2,3", "0,4,5", ""},
		{"big and little", big, 2, "2,3", "0,1", ""},
		{"nothing but the affinity is known", map[string]string{"proc/self/status": "Cpus_allowed_list:\t0-2"}, 2, "1,2", "0", ""},
		{"CPUs that could be plugged in", map[string]string{"proc/self/status": "Cpus_allowed_list:\t0-63", sysCPU + "online": "0-1"}, 1, "1", "0", ""},
		{"nothing but the CPUs is known", map[string]string{sysCPU + "online": "0-2"}, 2, "1,2", "0", ""},
	} {
		m := machine(c.files)
		p := place(m.cores(m.allowed()), c.threads)
		if got := join(p.Plugin); got != c.plugin {
			t.Errorf("%s: plugin on %s, want %s", c.name, got, c.plugin)
		}
		if got := join(p.Harness); got != c.harness {
			t.Errorf("%s: harness on %s, want %s", c.name, got, c.harness)
		}
		if (p.Short == "") != (c.short == "") || !strings.Contains(p.Short, c.short) {
			t.Errorf("%s: %q, want %q", c.name, p.Short, c.short)
		}
	}
}

func join(cpus []int) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(cpus), "[]"), " ", ",")
}

func TestCPUList(t *testing.T) {
	for list, want := range map[string][]int{
		"": nil, "0": {0}, "0-3": {0, 1, 2, 3}, "8,0-1": {0, 1, 8}, "0-1,1-2": {0, 1, 2}, "x": nil, "0-x,4": {4}, " 2 ": {2},
	} {
		if got := cpuList(list); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", list, got, want)
		}
	}
}

func TestPlaceHere(t *testing.T) {
	for threads := range 5 {
		p := Place(threads)
		if len(p.Plugin) == 0 || len(p.Harness) == 0 {
			t.Errorf("%d threads: %+v", threads, p)
		}
		apart := !slices.ContainsFunc(p.Plugin, func(c int) bool { return slices.Contains(p.Harness, c) })
		if p.Short == "" && (!apart || len(p.Plugin) != max(threads, 1)) {
			t.Errorf("%d threads: %+v", threads, p)
		}
	}
}
