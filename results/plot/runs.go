package plot

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
)

// Options say what is drawn where a kind of figure leaves a choice. The zero value is the usual.
type Options struct {
	Metric string // instead of the primary metric, or of time in profiles and heat maps
	X      string // quantity across: time, setup, first, evaluations, memory or a metric
	Y      string // quantity upwards, likewise
	By     string // parameter of the problem that scaling is against, instead of unknowns
	// Noise are the probes of the experiment that a time line is of.
	Noise []results.NoiseProbe
}

// item is a run in a figure.
type item struct {
	*results.Run
	row  rank.Row // with a median also where the run is not solved
	name string   // of its solver, in the figure
}

// items prepares runs of one machine.
func items(runs []results.Run) ([]*item, error) {
	var machines []string
	all := make([]*item, 0, len(runs))
	for i := range runs {
		r := &runs[i]
		machine := ""
		if r.Machine != nil {
			id, err := r.Machine.Identity()
			if err != nil {
				return nil, fmt.Errorf("machine of run %d: %w", r.ID, err)
			}
			machine = r.Machine.Hostname + ", " + id
		}
		machines = append(machines, machine)
		timed := *r
		timed.Status = results.Solved // rank gives no median to others
		row := rank.NewRow(&timed, rank.Defaults)
		all = append(all, &item{Run: r, row: row})
	}
	if m := unique(machines); len(m) > 1 {
		return nil, fmt.Errorf("the runs are of %d machines, or of one with different kernels, governors or clocks, and a figure does not mix them: "+
			"select one with --where machine=NAME, or an experiment with --experiment", len(m))
	}
	slices.SortStableFunc(all, func(a, b *item) int {
		x, y := a.Configuration, b.Configuration
		return cmp.Or(cmp.Compare(x.Solver, y.Solver), cmp.Compare(x.Plugin.Name, y.Plugin.Name), cmp.Compare(x.Label, y.Label),
			cmp.Compare(a.Threads, b.Threads), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}

// options of a run's solver, as text.
func (i *item) options() map[string]string { return texts(i.Configuration.Options) }

func texts(values map[string]any) map[string]string {
	out := make(map[string]string, len(values))
	for k, v := range values {
		out[k] = fmt.Sprint(v)
	}
	return out
}

// solver names a run's solver over all of its options.
func (i *item) solver() [2]string {
	return [2]string{i.Configuration.Plugin.Name, i.Configuration.Solver}
}

// varying returns the keys, sorted, whose values are not all the same, with how many there are.
func varying(all []map[string]string) (keys []string, distinct map[string]int) {
	values := make(map[string]map[string]bool)
	for _, m := range all {
		for k, v := range m {
			if values[k] == nil {
				values[k] = make(map[string]bool)
			}
			values[k][v] = true
		}
	}
	distinct = make(map[string]int)
	for k, v := range values {
		if len(v) > 1 {
			keys, distinct[k] = append(keys, k), len(v)
		}
	}
	slices.Sort(keys)
	return keys, distinct
}

// name gives each item the shortest name that tells its solver, options and threads from the others', without the option
// that is swept, which may be none.
func name(all []*item, swept map[[2]string]string) {
	options := make(map[[2]string][]map[string]string)
	plugins := make(map[string]map[string]bool)
	threads := make(map[int]bool)
	for _, i := range all {
		options[i.solver()] = append(options[i.solver()], i.options())
		if plugins[i.Configuration.Solver] == nil {
			plugins[i.Configuration.Solver] = make(map[string]bool)
		}
		plugins[i.Configuration.Solver][i.Configuration.Plugin.Name] = true
		threads[i.Threads] = true
	}
	differ := make(map[[2]string][]string)
	for s, all := range options {
		keys, _ := varying(all)
		differ[s] = slices.DeleteFunc(keys, func(k string) bool { return k == swept[s] })
	}
	for _, i := range all {
		s, o := i.solver(), i.options()
		var parts []string
		for _, k := range differ[s] {
			if v, ok := o[k]; ok {
				parts = append(parts, k+"="+v)
			}
		}
		i.name = clean(i.Configuration.Solver)
		if len(parts) > 0 {
			i.name += "[" + clean(strings.Join(parts, ",")) + "]"
		}
		if len(plugins[s[1]]) > 1 {
			i.name += " (" + clean(s[0]) + ")"
		}
		if len(threads) > 1 {
			i.name += fmt.Sprintf(", %d threads", i.Threads)
		}
	}
}

// How much is shown of names, and of labels of instances.
const (
	longestName  = 48
	longestLabel = 160
)

// clean leaves out of a name what does not print: plugins choose theirs.
func clean(s string) string { return printable(s, longestName) }

func printable(s string, longest int) string {
	var r []rune
	for _, c := range s {
		if unicode.IsPrint(c) {
			r = append(r, c)
		}
	}
	if len(r) > longest {
		r = append(r[:longest-1], '…')
	}
	return string(r)
}

// names returns the names of items, sorted.
func names(all []*item) []string {
	set := make(map[string]bool)
	for _, i := range all {
		set[i.name] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// group is what has a panel of its own.
type group struct {
	label string
	items []*item
}

// groups puts together what has the same key, in the order of problem, size and label.
func groups(all []*item, key func(*item) string) []group {
	byKey := make(map[string]*group)
	var list []*group
	for _, i := range all {
		k := key(i)
		if byKey[k] == nil {
			byKey[k] = &group{label: printable(k, longestLabel)}
			list = append(list, byKey[k])
		}
		byKey[k].items = append(byKey[k].items, i)
	}
	slices.SortStableFunc(list, func(a, b *group) int {
		x, y := a.items[0].Instance, b.items[0].Instance
		return cmp.Or(cmp.Compare(x.Family, y.Family), cmp.Compare(x.Problem, y.Problem), cmp.Compare(x.Unknowns, y.Unknowns), cmp.Compare(a.label, b.label))
	})
	out := make([]group, len(list))
	for k, g := range list {
		out[k] = *g
	}
	return out
}

// withoutTolerance is the label of an instance whatever is asked of it.
func withoutTolerance(i *item) string { return withoutParam(i.Instance.Label, "tol") }

// withoutParam leaves a parameter out of a label.
func withoutParam(label, param string) string {
	head, rest, ok := strings.Cut(label, "[")
	if !ok {
		return label
	}
	var parts []string
	for part := range strings.SplitSeq(strings.TrimSuffix(rest, "]"), ",") {
		if !strings.HasPrefix(part, param+"=") {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return head
	}
	return head + "[" + strings.Join(parts, ",") + "]"
}

// series puts items of the same name together, in the order of their names.
func series(all []*item) []group {
	byName := make(map[string][]*item)
	for _, i := range all {
		byName[i.name] = append(byName[i.name], i)
	}
	var out []group
	for _, n := range slices.Sorted(maps.Keys(byName)) {
		out = append(out, group{n, byName[n]})
	}
	return out
}

// identity are the cells that say which run a row of data is about.
func (i *item) identity() []any {
	return []any{i.ID, i.Instance.Label, i.Configuration.Plugin.Name, i.Configuration.Label, i.Threads, string(i.Status)}
}

var identityHead = []string{"run", "instance", "plugin", "solver", "threads", "status"}

// parse is a number written as text.
func parse(s string) (float64, bool) {
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil && finite(v)
}

// plural counts things.
func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
