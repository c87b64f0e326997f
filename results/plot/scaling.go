package plot

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/stats"
)

// Scaling draws cost against size in logarithms: a panel a problem, a curve a solver, with the exponent of the power law
// that fits its solved runs best.
func Scaling(runs []results.Run, o Options) (*Figure, error) {
	all, err := items(runs)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, errNoRuns()
	}
	y, err := quantityOf(cmp.Or(o.Y, o.Metric, timeQuantity), "y", all)
	if err != nil {
		return nil, err
	}
	size, err := sizeOf(o.By, all)
	if err != nil {
		return nil, err
	}
	name(all, nil)
	panels := groups(all, func(i *item) string { return withoutParam(i.Instance.Label, size.param(i)) })
	panels = slices.DeleteFunc(panels, func(g group) bool { return len(unique(sizes(g.items, size))) < 2 })
	if len(panels) == 0 {
		return nil, noData("none of the selected problems was run in two sizes or more", "run them with solverbench run 'poisson/unit-2d[n=63|127|255]', or name another parameter with --by")
	}
	if err := cmp.Or(tooMany("problems", len(panels), mostPanels), tooMany("solvers", len(names(all)), mostSeries)); err != nil {
		return nil, err
	}
	s := &sheet{title: "Scaling: " + y.name + " against " + size.label}
	s.data.Head = append(slices.Clone(identityHead), "series", size.label, y.name, y.name+"_lo", y.name+"_hi", "exponent", "exponent_lo", "exponent_hi")
	styles, drawn, missing, fitted := looks(names(all)), make(map[string]bool), []*item(nil), 0
	exponents := make(map[string]string)
	for _, g := range panels {
		p := &panel{title: g.label, x: axis{label: size.label, log: true}, y: axis{label: y.label, log: true}}
		for _, k := range series(g.items) {
			slices.SortStableFunc(k.items, func(a, b *item) int { return cmp.Compare(size.of(a), size.of(b)) })
			c := curve{look: styles[k.label], bare: true}
			var xs, ys []float64
			for _, i := range k.items {
				if vx, vy := size.of(i), value(y, i); i.Status == results.Solved && vx > 0 && vy > 0 {
					_, lo, hi := y.of(i)
					c.points = append(c.points, point{x: vx, y: vy})
					p.y.cover(lo, hi)
					xs, ys = append(xs, vx), append(ys, vy)
				} else {
					missing = append(missing, i)
				}
			}
			exponent, _, err := stats.PowerLaw(xs, ys, 0.95)
			some := err == nil
			for _, i := range k.items {
				v, lo, hi := y.of(i)
				row := append(i.identity(), i.name, size.of(i), v, lo, hi)
				if some {
					row = append(row, exponent.Value, exponent.Lo, exponent.Hi)
				} else {
					row = append(row, nil, nil, nil)
				}
				s.data.add(row...)
			}
			if len(c.points) == 0 {
				continue
			}
			drawn[k.label] = true
			if some {
				fitted++
				law(p, c.look, xs, ys, exponent.Value)
				exponents[k.label] += fmt.Sprintf(", %.2f ± %.2f", exponent.Value, (exponent.Hi-exponent.Lo)/2)
			} else {
				c.bare = false
				exponents[k.label] += ", –"
			}
			c.on(p)
		}
		s.panels = append(s.panels, p)
	}
	if len(drawn) == 0 {
		return nil, noData("none of the selected runs is solved and has a "+y.name, "solverbench list runs says what became of them")
	}
	s.key(styles, drawn, curve{})
	for k, e := range s.legend {
		s.legend[k].text += ": " + strings.TrimPrefix(exponents[e.text], ", ")
	}
	if fitted > 0 {
		note := "Numbers are exponents of the fitted power laws, with 95 % intervals"
		if len(panels) > 1 {
			note += ", in the order of the panels"
		}
		s.notes = append(s.notes, note+".")
	}
	s.note(missing, "not solved")
	if y.name == timeQuantity {
		s.doubt(all)
	}
	return s.figure(), nil
}

func value(q quantity, i *item) float64 {
	v, _, _ := q.of(i)
	return v
}

// law draws y ∝ x^p through the centre of points.
func law(p *panel, l look, xs, ys []float64, exponent float64) {
	var mx, my float64
	for k := range xs {
		mx += math.Log(xs[k]) / float64(len(xs))
		my += math.Log(ys[k]) / float64(len(xs))
	}
	at := func(x float64) point { return point{x: x, y: math.Exp(my + exponent*(math.Log(x)-mx))} }
	curve{look: look{l.colour, l.marker, l.dash}, points: []point{at(slices.Min(xs)), at(slices.Max(xs))}, marks: -1}.on(p)
}

// sizing is what problems are scaled by.
type sizing struct {
	label string
	of    func(*item) float64
	param func(*item) string // what differs between the sizes of a problem
}

func sizes(all []*item, s sizing) []float64 {
	out := make([]float64, len(all))
	for k, i := range all {
		out[k] = s.of(i)
	}
	return out
}

// sizeOf is a parameter of the problems or, if none is named, their unknowns: then one parameter of each problem may differ.
func sizeOf(by string, all []*item) (sizing, error) {
	if by != "" {
		known := make(map[string]bool)
		for _, i := range all {
			for k := range i.Instance.Params {
				known[k] = true
			}
		}
		if !known[by] {
			return sizing{}, fmt.Errorf("--by: %q, expected a parameter of the selected problems: %s", by, strings.Join(sorted(known), ", "))
		}
		return sizing{by, func(i *item) float64 {
			v, ok := parse(fmt.Sprint(i.Instance.Params[by]))
			if !ok {
				return math.NaN()
			}
			return v
		}, func(*item) string { return by }}, nil
	}
	byProblem := make(map[string][]map[string]string)
	problem := func(i *item) string { return i.Instance.Family + "/" + i.Instance.Problem }
	for _, i := range all {
		byProblem[problem(i)] = append(byProblem[problem(i)], texts(i.Instance.Params))
	}
	param := make(map[string]string)
	for p, list := range byProblem {
		keys, _ := varying(list)
		if len(keys) > 1 {
			return sizing{}, fmt.Errorf("instances of %s differ in %s: say which is the size with --by", p, strings.Join(keys, ", "))
		}
		if len(keys) == 1 {
			param[p] = keys[0]
		}
	}
	return sizing{"unknowns", func(i *item) float64 { return float64(i.Instance.Unknowns) },
		func(i *item) string { return param[problem(i)] }}, nil
}
