package plot

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/solverbench/solverbench/results"
)

// mostSeries is how many solvers can be told apart.
const mostSeries = 20

// WorkPrecision draws what precision costs: a panel a problem, a curve a solver through the points that a sweep of
// tolerances or of an option gives. Points that miss the tolerance of their instance are hollow.
func WorkPrecision(runs []results.Run, o Options) (*Figure, error) {
	all, err := items(runs)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, errNoRuns()
	}
	y, err := primary(cmp.Or(o.Y, o.Metric), all)
	if err != nil {
		return nil, err
	}
	x, err := work(o.X, all)
	if err != nil {
		return nil, err
	}
	swept := sweeps(all)
	name(all, swept)
	s := &sheet{title: "Work–precision: " + y.name + " against " + x.name}
	s.data.Head = append(slices.Clone(identityHead), "series", "swept", "value", x.name, x.name+"_lo", x.name+"_hi", y.name, "tolerance")
	panels := groups(all, withoutTolerance)
	if err := cmp.Or(tooMany("problems", len(panels), mostPanels), tooMany("solvers", len(names(all)), mostSeries)); err != nil {
		return nil, err
	}
	styles := looks(names(all))
	drawn, missing, hollow := make(map[string]bool), []*item(nil), false
	for _, g := range panels {
		p := &panel{title: g.label, x: x.axis(all), y: y.axis(all)}
		for _, k := range series(g.items) {
			c := curve{look: styles[k.label]}
			slices.SortStableFunc(k.items, func(a, b *item) int { return cmp.Compare(sweptValue(a, swept), sweptValue(b, swept)) })
			for _, i := range k.items {
				vx, lo, hi := x.of(i)
				vy, _, _ := y.of(i)
				s.data.add(append(i.identity(), i.name, cmp.Or(swept[i.solver()], ""), sweptValue(i, swept), vx, lo, hi, vy, i.Instance.Tolerance)...)
				if !finite(vx) || !finite(vy) {
					missing = append(missing, i)
					continue
				}
				unsolved := i.Status != results.Solved
				hollow = hollow || unsolved
				c.points = append(c.points, point{x: vx, y: vy, lo: lo, hi: hi, hollow: unsolved})
			}
			if len(c.points) > 0 {
				drawn[k.label] = true
				c.on(p)
			}
		}
		s.panels = append(s.panels, p)
	}
	if len(drawn) == 0 {
		return nil, noData("none of the selected runs has both "+x.name+" and "+y.name, "they gave no answer, or choose other quantities with --x and --y")
	}
	s.key(styles, drawn, curve{})
	if hollow {
		s.legend = append(s.legend, hollowEntry("tolerance not met"))
	}
	s.note(missing, "without an answer")
	if x.name == timeQuantity {
		s.doubt(all)
	}
	return s.figure(), nil
}

func errNoRuns() error {
	return noData("there are no runs to draw", "make some with solverbench run")
}

// tolerance is the name of what is swept where instances differ in nothing else.
const tolerance = "tol"

// sweeps finds what is swept for each solver: the tolerance if a problem was run with several, else the numeric option
// with the most values, which may be none.
func sweeps(all []*item) map[[2]string]string {
	swept := make(map[[2]string]string)
	type asked struct {
		solver  [2]string
		problem string
	}
	tolerances := make(map[asked]map[float64]bool)
	options := make(map[[2]string][]map[string]string)
	for _, i := range all {
		a := asked{i.solver(), withoutTolerance(i)}
		if tolerances[a] == nil {
			tolerances[a] = make(map[float64]bool)
		}
		tolerances[a][i.Instance.Tolerance] = true
		if len(tolerances[a]) > 1 {
			swept[i.solver()] = tolerance
		}
		options[i.solver()] = append(options[i.solver()], i.options())
	}
	for solver, list := range options {
		if swept[solver] != "" {
			continue
		}
		keys, distinct := varying(list)
		most := 0
		for _, k := range keys {
			numeric := !slices.ContainsFunc(list, func(o map[string]string) bool { _, ok := parse(o[k]); return !ok })
			if numeric && distinct[k] > most {
				swept[solver], most = k, distinct[k]
			}
		}
	}
	return swept
}

// sweptValue is that of a run of what is swept of its solver; 0 if nothing is.
func sweptValue(i *item, swept map[[2]string]string) float64 {
	switch k := swept[i.solver()]; k {
	case "":
		return 0
	case tolerance:
		return i.Instance.Tolerance
	default:
		v, _ := parse(i.options()[k])
		return v
	}
}

// key makes the legend of the solvers that are drawn, each like a curve in its look.
func (s *sheet) key(styles map[string]look, drawn map[string]bool, like curve) {
	for _, n := range sortedNames(styles) {
		if drawn[n] {
			k := like
			k.look = styles[n]
			s.legend = append(s.legend, entry{k.sample, n})
		}
	}
}

// note counts runs that are not drawn, by solver and status.
func (s *sheet) note(missing []*item, why string) {
	if len(missing) == 0 {
		return
	}
	counts := make(map[string]int)
	var order []string
	for _, i := range missing {
		k := i.name + " " + string(i.Status)
		if counts[k]++; counts[k] == 1 {
			order = append(order, k)
		}
	}
	slices.Sort(order)
	for k, o := range order {
		if counts[o] > 1 {
			order[k] = fmt.Sprintf("%s ×%d", o, counts[o])
		}
	}
	s.notes = append(s.notes, fmt.Sprintf("Not drawn: %s %s (%s).", plural(len(missing), "run"), why, strings.Join(order, ", ")))
}

// doubt counts runs whose times are in doubt because something else kept the machine busy.
func (s *sheet) doubt(all []*item) {
	noisy := 0
	for _, i := range all {
		if slices.Contains(i.Flags, "noisy") {
			noisy++
		}
	}
	if noisy > 0 {
		s.notes = append(s.notes, fmt.Sprintf("Measured on a busy machine: %s of %d.", plural(noisy, "run"), len(all)))
	}
}
