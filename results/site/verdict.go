package site

import (
	"fmt"
	"slices"
	"strings"

	"github.com/solverbench/solverbench/results/rank"
	"github.com/solverbench/solverbench/results/report"
)

// overall says in a sentence who leads a board.
func overall(b *boardView, tables []rank.Table) string {
	if len(tables) == 1 {
		return verdict(tables[0])
	}
	if len(b.Standings) == 0 || !b.Standings[0].Leads {
		return "Nobody solved any of the instances."
	}
	first := b.Standings[0]
	text := fmt.Sprintf("%s leads: it solved %s %s", first.Name, first.Solved, plural(b.Instances, "instance"))
	switch {
	case !b.ByTime:
		k := 0
		for _, t := range tables {
			if slices.ContainsFunc(t.Rows, func(r rank.Row) bool {
				return r.Rank != nil && *r.Rank == 1 && displayName(r.Plugin, r.Configuration) == first.Name
			}) {
				k++
			}
		}
		text += fmt.Sprintf(", and is first on %d of them", k)
	case first.Ratio == "":
	case first.Ratio == report.Times(1):
		text += ", and nobody is faster"
	default:
		text += fmt.Sprintf(", on average in %s times the best time", first.Ratio)
	}
	return text + "."
}

func plural(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

// certainty is how sure it is that the first of a board leads on instances of this kind.
type certainty struct {
	Grade string // high, fair or low
	Text  string
}

// What certainty takes: so many instances, and the first place in such a share of their resamples.
const (
	fewInstances, manyInstances = 5, 10
	rarelyFirst, mostlyFirst    = 0.8, 0.95
)

// sure grades a board; nil if nobody leads it.
func sure(standings []rank.Standing) *certainty {
	if len(standings) == 0 || standings[0].Solved == 0 {
		return nil
	}
	first := &standings[0]
	n := first.Instances
	if n == 1 {
		return &certainty{"low", "one instance tells little about others."}
	}
	c := &certainty{"fair", fmt.Sprintf("first in %s of resamples of the %d instances", report.Percent(first.First), n)}
	switch {
	case n < fewInstances || first.First < rarelyFirst:
		c.Grade = "low"
	case n >= manyInstances && first.First >= mostlyFirst:
		c.Grade = "high"
	}
	var rivals []string
	for _, s := range standings[1:] {
		if s.RankLo == 1 {
			rivals = append(rivals, displayName(s.Plugin, s.Configuration))
		}
	}
	if len(rivals) > 0 {
		c.Text += "; " + names(rivals, 2) + " may be as good"
	}
	if n < fewInstances {
		c.Text += fmt.Sprintf("; %d instances are few", n)
	}
	c.Text += "."
	return c
}

// names lists some of many.
func names(all []string, most int) string {
	if more := len(all) - most; more > 0 {
		all = append(all[:most:most], fmt.Sprintf("%d more", more))
	}
	last := len(all) - 1
	if last == 0 {
		return all[0]
	}
	return strings.Join(all[:last], ", ") + " and " + all[last]
}
