package measure

import (
	"fmt"
	"runtime"
	"slices"
)

// Placement says which CPUs, by the numbers of the operating system, a plugin and the harness are to run on.
type Placement struct {
	Plugin, Harness []int
	// Short says why the plugin does not have cores of its own; it is empty if it has.
	Short string
}

// Place chooses cores for a plugin of some threads, and others for the harness, among those that this process may use (so call
// it before Pin). The plugin has whole physical cores: their other hardware threads are left idle. Its cores share
// memory and last-level cache where enough of them do, are not efficiency cores, and not the first core, which serves
// interrupts, as far as there are others; the harness is near its plugins' memory.
func Place(threads int) Placement {
	t := system()
	allowed := t.allowed()
	if len(allowed) == 0 { // a system that does not say
		for cpu := range runtime.NumCPU() {
			allowed = append(allowed, cpu)
		}
	}
	return place(t.cores(allowed), threads)
}

func place(cores []core, threads int) Placement {
	threads = max(threads, 1)
	if threads >= len(cores) {
		return share(cores, threads)
	}
	mine := choose(cores, threads)
	rest := slices.DeleteFunc(slices.Clone(cores), func(c core) bool { return contains(mine, c) })
	near := slices.DeleteFunc(slices.Clone(rest), func(c core) bool { return c.node != mine[0].node })
	if len(near) > 0 {
		rest = near
	}
	return Placement{Plugin: firsts(mine), Harness: all(rest)}
}

// share is for a plugin that wants all cores, or more.
func share(cores []core, threads int) Placement {
	cpus := all(cores)
	// First hardware threads first, so that each core is used before any is used twice.
	order := firsts(cores)
	for _, cpu := range cpus {
		if !slices.Contains(order, cpu) {
			order = append(order, cpu)
		}
	}
	p := Placement{Plugin: slices.Sorted(slices.Values(order[:min(threads, len(order))]))}
	for _, cpu := range cpus {
		if !slices.Contains(p.Plugin, cpu) {
			p.Harness = append(p.Harness, cpu)
		}
	}
	have := fmt.Sprintf("there %s", count(len(cores), "core"))
	if len(cpus) > len(cores) {
		have += fmt.Sprintf(" with %d hardware threads", len(cpus))
	}
	switch {
	case threads > len(cpus):
		p.Short = fmt.Sprintf("%s for %d threads of the plugin: they take turns, and with the harness", have, threads)
	case len(p.Harness) == 0:
		p.Short = fmt.Sprintf("%s for %s of the plugin, so the harness is on the same", have, plural(threads, "thread"))
	default:
		p.Short = fmt.Sprintf("%s for %s of the plugin, so it shares cores with the harness", have, plural(threads, "thread"))
	}
	if len(p.Harness) == 0 {
		p.Harness = cpus
	}
	return p
}

// choose picks n of more cores.
func choose(cores []core, n int) []core {
	isSlow := func(c core) bool { return c.slow }
	quiet := slices.DeleteFunc(slices.Clone(cores), func(c core) bool { return c.cpus[0] == 0 })
	for _, candidates := range [][]core{
		slices.DeleteFunc(slices.Clone(quiet), isSlow),
		slices.DeleteFunc(slices.Clone(cores), isSlow), // better the first core than fast and slow ones together
		quiet,
	} {
		if fit := together(candidates, cores, n); fit != nil {
			return fit
		}
	}
	return cores[:n]
}

// together picks n cores that are as near each other as can be, nil if there are not as many. Of several memory nodes, it
// prefers one that has a core left for the harness.
func together(candidates, cores []core, n int) []core {
	if len(candidates) < n {
		return nil
	}
	roomy := func(c core) bool { return countIn(cores, func(o core) bool { return o.node == c.node }) > n }
	for _, near := range []func(a, b core) bool{
		func(a, b core) bool { return a.node == b.node && a.cache == b.cache && roomy(b) },
		func(a, b core) bool { return a.node == b.node && roomy(b) },
		func(a, b core) bool { return a.node == b.node && a.cache == b.cache },
		func(a, b core) bool { return a.node == b.node },
	} {
		for _, c := range candidates {
			group := slices.DeleteFunc(slices.Clone(candidates), func(o core) bool { return !near(c, o) })
			if len(group) >= n {
				return group[:n]
			}
		}
	}
	return candidates[:n]
}

func countIn(cores []core, is func(core) bool) int {
	n := 0
	for _, c := range cores {
		if is(c) {
			n++
		}
	}
	return n
}

func contains(cores []core, c core) bool {
	return slices.ContainsFunc(cores, func(o core) bool { return o.cpus[0] == c.cpus[0] })
}

func firsts(cores []core) []int {
	var cpus []int
	for _, c := range cores {
		cpus = append(cpus, c.cpus[0])
	}
	return cpus
}

func all(cores []core) []int {
	var cpus []int
	for _, c := range cores {
		cpus = append(cpus, c.cpus...)
	}
	slices.Sort(cpus)
	return cpus
}

func count(n int, what string) string {
	if n == 1 {
		return "is 1 " + what
	}
	return fmt.Sprintf("are %d %ss", n, what)
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
