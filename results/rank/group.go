package rank

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/solverbench/solverbench/results"
)

// Key is something that runs have in common, to group them by or to choose them by.
type Key string

const (
	Tag      Key = "tag"      // approaches of the solver, of which it may have several: direct, iterative, …
	Language Key = "language" // of the plugin
	Family   Key = "family"
	Size     Key = "size" // decade of the number of unknowns: 1e4..1e5
	Machine  Key = "machine"
	Threads  Key = "threads"
)

// Keys returns all keys.
func Keys() []Key { return []Key{Tag, Language, Family, Size, Machine, Threads} }

// Values returns what a run has of a key: one value, but for tags, of which it may have several or none.
func (k Key) Values(r *results.Run) []string {
	switch k {
	case Tag:
		return r.Configuration.Tags
	case Language:
		return []string{cmp.Or(r.Configuration.Plugin.Language, "unknown")}
	case Family:
		return []string{r.Instance.Family}
	case Size:
		return []string{decade(r.Instance.Unknowns)}
	case Machine:
		if r.Machine != nil {
			return []string{r.Machine.Hostname}
		}
	case Threads:
		return []string{strconv.Itoa(r.Threads)}
	}
	return nil
}

func decade(unknowns int64) string {
	if unknowns < 1 {
		return "unknown"
	}
	k := int(math.Log10(float64(unknowns) + 0.5))
	return fmt.Sprintf("1e%d..1e%d", k, k+1)
}

// groups returns the groups that a run belongs to, one for each combination of values, as "tag=direct, threads=1".
func groups(r *results.Run, by []Key) []string {
	all := []string{""}
	for _, k := range by {
		var longer []string
		for _, before := range all {
			for _, v := range k.Values(r) {
				longer = append(longer, strings.TrimPrefix(before+", "+string(k)+"="+v, ", "))
			}
		}
		all = longer
	}
	return all
}

// compareGroups orders numbers as numbers.
func compareGroups(a, b string) int {
	x, y := strings.Split(a, ", "), strings.Split(b, ", ")
	for i := range min(len(x), len(y)) {
		if c := compareValues(x[i], y[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(x), len(y))
}

func compareValues(a, b string) int {
	_, x, _ := strings.Cut(a, "=")
	_, y, _ := strings.Cut(b, "=")
	x, _, _ = strings.Cut(x, "..")
	y, _, _ = strings.Cut(y, "..")
	m, errM := strconv.ParseFloat(x, 64)
	n, errN := strconv.ParseFloat(y, 64)
	if errM == nil && errN == nil {
		return cmp.Compare(m, n)
	}
	return cmp.Compare(a, b)
}

// Having returns the runs that have one of the values of a key.
func Having(runs []results.Run, k Key, values []string) []results.Run {
	return slices.DeleteFunc(slices.Clone(runs), func(r results.Run) bool {
		return !slices.ContainsFunc(k.Values(&r), func(v string) bool { return slices.Contains(values, v) })
	})
}
