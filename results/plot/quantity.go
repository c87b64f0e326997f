package plot

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/solverbench/solverbench/results"
)

// quantity is a number that every run may have.
type quantity struct {
	name, label string
	better      results.Better
	of          func(*item) (value, lo, hi float64) // NaN where it has none
}

// exactly is a quantity without an interval; zero was not measured.
func exactly(of func(*item) float64) func(*item) (v, lo, hi float64) {
	return func(i *item) (v, lo, hi float64) {
		v = of(i)
		if v == 0 {
			v = math.NaN()
		}
		return v, v, v
	}
}

// Quantities of every run, whatever its family.
const (
	timeQuantity        = results.ByTime
	evaluationsQuantity = "evaluations"
)

func commonQuantities() []quantity {
	return []quantity{
		{timeQuantity, "time of a solve [s]", results.Lower, func(i *item) (v, lo, hi float64) {
			if i.row.MedianSeconds == nil {
				return math.NaN(), math.NaN(), math.NaN()
			}
			return *i.row.MedianSeconds, *i.row.LoSeconds, *i.row.HiSeconds
		}},
		{evaluationsQuantity, "evaluations", results.Lower, exactly(func(i *item) float64 { return float64(i.Evaluations) })},
		{"setup", "set-up [s]", results.Lower, exactly(func(i *item) float64 { return i.SetupSeconds })},
		{"first", "first solve [s]", results.Lower, exactly(func(i *item) float64 { return i.FirstSeconds })},
		{"memory", "peak memory [MiB]", results.Lower, exactly(func(i *item) float64 { return float64(i.PeakMemoryBytes) / (1 << 20) })},
	}
}

// quantityOf finds a quantity by name: one of every run, or a metric of some.
func quantityOf(name, flag string, all []*item) (quantity, error) {
	known := make(map[string]bool)
	for _, q := range commonQuantities() {
		if q.name == name {
			return q, nil
		}
		known[q.name] = true
	}
	for _, i := range all {
		for _, m := range i.Measurements {
			if m.Name == name {
				return metric(m), nil
			}
			known[m.Name] = true
		}
	}
	return quantity{}, fmt.Errorf("--%s: %q, expected one of %s", flag, name, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
}

func metric(m results.Measurement) quantity {
	label := clean(m.Name)
	if m.Unit != "" {
		label += " [" + clean(m.Unit) + "]"
	}
	return quantity{m.Name, label, m.Better, func(i *item) (v, lo, hi float64) {
		for _, n := range i.Measurements {
			if n.Name == m.Name {
				return n.Value, n.Value, n.Value
			}
		}
		return math.NaN(), math.NaN(), math.NaN()
	}}
}

// primary is the metric that tolerances are about; all runs must agree on it unless one is asked for.
func primary(asked string, all []*item) (quantity, error) {
	if asked != "" {
		return quantityOf(asked, "metric", all)
	}
	var primaries []string
	for _, i := range all {
		primaries = append(primaries, i.Instance.Primary)
	}
	if p := unique(primaries); len(p) > 1 {
		return quantity{}, fmt.Errorf("the selected problems are judged by different metrics (%s): select one family or name one with --metric", strings.Join(p, ", "))
	}
	for _, i := range all {
		for _, m := range i.Measurements {
			if m.Name == i.Instance.Primary {
				return metric(m), nil
			}
		}
	}
	return quantity{}, noData("none of the selected runs has a value of its primary metric", "they gave no answer; solverbench list runs says why")
}

// work is the quantity that work is counted by: time, but evaluations where solvers are not ranked by time and have them.
func work(asked string, all []*item) (quantity, error) {
	if asked != "" {
		return quantityOf(asked, "x", all)
	}
	counted := true
	for _, i := range all {
		byTime := cmp.Or(i.Instance.RankBy, results.ByTime) == results.ByTime
		counted = counted && !byTime && (i.Evaluations > 0 || i.Status != results.Solved)
	}
	if counted {
		return quantityOf(evaluationsQuantity, "x", all)
	}
	return quantityOf(timeQuantity, "x", all)
}

// axis is one that shows the quantity: in logarithms where less is better and nothing is zero or less, or where values
// are far apart.
func (q quantity) axis(all []*item) axis {
	least, most := math.Inf(1), math.Inf(-1)
	for _, i := range all {
		if v, _, _ := q.of(i); finite(v) {
			least, most = math.Min(least, v), math.Max(most, v)
		}
	}
	far := most > 30*least
	return axis{label: q.label, log: least > 0 && (q.better == results.Lower || far)}
}
