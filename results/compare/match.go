package compare

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
)

// place is where runs can be compared.
type place struct {
	family, machine, instance string
	threads                   int
}

// group holds the runs of both sides in a place.
type group struct{ a, b []*results.Run }

// match pairs the runs of two sides, by family and machine: on each instance the only configuration of each side, or else those
// that are the same on both but for the version of the plugin.
func match(a, b Side, s Settings) ([]Comparison, error) {
	groups := make(map[place]*group)
	put := func(runs []results.Run, first bool) error {
		for i := range runs {
			r := &runs[i]
			p, err := placeOf(r, s)
			if err != nil {
				return err
			}
			if groups[p] == nil {
				groups[p] = &group{}
			}
			if first {
				groups[p].a = append(groups[p].a, r)
			} else {
				groups[p].b = append(groups[p].b, r)
			}
		}
		return nil
	}
	newestA, newestB := rank.Newest(a.Runs), rank.Newest(b.Runs)
	if err := put(newestA, true); err != nil {
		return nil, err
	}
	if err := put(newestB, false); err != nil {
		return nil, err
	}
	found := make(map[[2]string]*Comparison)
	var order []*Comparison
	paired := false
	for p, g := range groups {
		key := [2]string{p.family, p.machine}
		c := found[key]
		if c == nil {
			c = &Comparison{A: a.Name, B: b.Name, Family: p.family, By: cmp.Or(s.By, results.ByTime), Pairs: []Pair{}, Warnings: []rank.Warning{}}
			if r := append(slices.Clone(g.a), g.b...)[0]; r.Machine != nil {
				c.Machine = r.Machine.Hostname
			}
			found[key], order = c, append(order, c)
		}
		if err := c.pair(g, s); err != nil {
			return nil, err
		}
		paired = paired || len(c.Pairs) > 0
	}
	if !paired && len(newestA) > 0 && len(newestB) > 0 {
		if x, y := hosts(newestA), hosts(newestB); !s.AnyMachine && !sameMachine(newestA, newestB) {
			return nil, &MachinesError{x, y}
		}
	}
	return sorted(order), nil
}

func sorted(order []*Comparison) []Comparison {
	all := make([]Comparison, 0, len(order))
	for _, c := range order {
		slices.SortStableFunc(c.Pairs, func(a, b Pair) int {
			return cmp.Or(cmp.Compare(a.Problem, b.Problem), cmp.Compare(a.A.Tolerance, b.A.Tolerance), compareLabels(a.Instance, b.Instance),
				cmp.Compare(a.A.Configuration, b.A.Configuration), cmp.Compare(a.Threads, b.Threads))
		})
		if len(c.Pairs) > 0 {
			all = append(all, *c)
		}
	}
	slices.SortStableFunc(all, func(a, b Comparison) int {
		return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Machine, b.Machine))
	})
	return all
}

// compareLabels puts n=63 before n=127: the shorter of two labels that differ by a number is of the smaller.
func compareLabels(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }

func placeOf(r *results.Run, s Settings) (place, error) {
	instance, err := r.Instance.Identity()
	if err != nil {
		return place{}, err
	}
	p := place{family: r.Instance.Family, instance: instance, threads: r.Threads}
	if r.Machine != nil && !s.AnyMachine {
		if p.machine, err = r.Machine.Identity(); err != nil {
			return place{}, err
		}
	}
	return p, nil
}

// pair adds the pairs of a place.
func (c *Comparison) pair(g *group, s Settings) error {
	for _, r := range slices.Concat(g.a, g.b) {
		if name := host(r); !slices.Contains(c.machines, name) {
			c.machines = append(c.machines, name)
		}
	}
	if len(g.a) == 1 && len(g.b) == 1 && !s.SameOnly {
		c.add(g.a[0], g.b[0], s)
		return nil
	}
	matched := 0
	for _, x := range g.a {
		k := slices.IndexFunc(g.b, func(y *results.Run) bool { return alike(x.Configuration, y.Configuration) })
		if k >= 0 {
			c.add(x, g.b[k], s)
			matched++
		}
	}
	if (matched == 0 || len(g.a) == 1 || len(g.b) == 1) && len(g.a) > 0 && len(g.b) > 0 && !s.SameOnly {
		side, runs := c.A, g.a
		if len(g.b) > 1 {
			side, runs = c.B, g.b
		}
		return ambiguous(side, runs)
	}
	c.OnlyA += len(g.a) - matched
	c.OnlyB += len(g.b) - matched
	return nil
}

func ambiguous(side string, runs []*results.Run) error {
	e := &AmbiguousError{Side: side, Instance: runs[0].Instance.Label}
	for _, r := range runs {
		e.Configurations = append(e.Configurations, r.Configuration.Label)
	}
	slices.Sort(e.Configurations)
	return e
}

// alike says whether configurations are the same but for the version of the plugin.
func alike(x, y *results.Configuration) bool {
	if x.Plugin.Name != y.Plugin.Name || x.Solver != y.Solver {
		return false
	}
	a, errA := json.Marshal(x.Options)
	b, errB := json.Marshal(y.Options)
	return errA == nil && errB == nil && string(a) == string(b)
}

func (c *Comparison) add(a, b *results.Run, s Settings) {
	settings := rank.Defaults
	settings.Confidence, settings.Alpha, settings.ChargeSetup = s.Confidence, s.Alpha, s.ChargeSetup
	c.Pairs = append(c.Pairs, Pair{Family: a.Instance.Family, Problem: a.Instance.Problem, Instance: a.Instance.Label, Threads: a.Threads,
		A: rank.NewRow(a, settings), B: rank.NewRow(b, settings), a: times(a, s), b: times(b, s)})
}

func times(r *results.Run, s Settings) (all []float64) {
	for _, t := range r.Timed() {
		seconds := t.WallSeconds
		if s.ChargeSetup {
			seconds += r.SetupSeconds
		}
		all = append(all, seconds)
	}
	return all
}

// hosts names the machines of runs.
func hosts(runs []results.Run) (names []string) {
	for i := range runs {
		if name := host(&runs[i]); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// host says enough of a machine to see what tells it from others.
func host(r *results.Run) string {
	if r.Machine == nil {
		return "an unknown machine"
	}
	m := r.Machine
	var parts []string
	for _, p := range []string{m.CPU, m.Kernel, m.Governor} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return m.Hostname + " (" + strings.Join(parts, ", ") + ")"
}

func sameMachine(a, b []results.Run) bool {
	identities := make(map[string]bool)
	for i := range a {
		if p, err := placeOf(&a[i], Settings{}); err == nil {
			identities[p.machine] = true
		}
	}
	return slices.ContainsFunc(b, func(r results.Run) bool {
		p, err := placeOf(&r, Settings{})
		return err == nil && identities[p.machine]
	})
}
