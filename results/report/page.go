package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/solverbench/solverbench/results/rank"
)

// View says what of leaderboards is shown.
type View struct {
	Wide        bool     // everything about how runs were measured, however long the lines get
	SummaryOnly bool     // no tables of single instances
	Metrics     []string // instead of the primary and secondary ones
}

// page is what is written, before it has a format: a section for each family and machine, and a legend.
type page struct {
	sections []section
	legend   string
	empty    string // what is written where there is no section
}

type section struct {
	title    string
	about    string // where and when it was measured
	warnings []rank.Warning
	parts    []part
}

// part is a table with what stands above and below it.
type part struct {
	label    string // of an instance
	text     string
	grid     grid
	failures []failure
	remarks  []string
	warnings []rank.Warning
}

// leaderboard lays out boards with at most so many metrics a table.
func leaderboard(boards []rank.Board, metrics int, v View) page {
	p := page{empty: "No runs to rank."}
	summaries := false
	for i := range boards {
		b := &boards[i]
		s := section{title: b.Family, about: machine(b), warnings: b.Warnings}
		if b.Group != "" {
			s.title += ", " + b.Group
		}
		if !v.SummaryOnly {
			s.parts = instanceParts(b, metrics, v)
		}
		if len(b.Tables) > 1 || v.SummaryOnly {
			s.parts = append(s.parts, summaryPart(b))
			summaries = true
		}
		p.sections = append(p.sections, s)
	}
	if len(boards) > 0 {
		p.legend = legend(boards, summaries, v)
	}
	return p
}

func instanceParts(b *rank.Board, metrics int, v View) []part {
	grids := tableGrids(b, metrics, v)
	parts := make([]part, len(b.Tables))
	for i := range b.Tables {
		t := &b.Tables[i]
		parts[i] = part{label: clean(t.Instance.Label, longestName), text: about(t, b.Settings), grid: grids[i], failures: failures(t, b)}
	}
	return parts
}

func summaryPart(b *rank.Board) part {
	s := b.Summary()
	over := "1 instance"
	if n := len(b.Tables); n != 1 {
		over = fmt.Sprintf("all %d instances", n)
	}
	p := part{text: clean(b.Family, longestName) + " over " + over,
		grid: summaryGrid(b, &s), warnings: s.Warnings}
	if a := s.Agreement; a != nil {
		verdict := "solvers that share a letter do not differ"
		switch {
		case a.P > b.Settings.Alpha:
			verdict = "no differences are found"
		case !slices.ContainsFunc(s.Standings, func(y rank.Standing) bool { return y.Groups != "" }):
			verdict = "those differ whose mean ranks are farther apart"
		}
		left := ""
		if n := len(s.Standings) - a.Configurations; n > 0 {
			left = fmt.Sprintf(" (%d others were not tried on every instance)", n)
		}
		p.remarks = append(p.remarks, fmt.Sprintf("Friedman test of mean ranks, %d solvers%s on %d instances: χ² = %s, P = %s; critical difference "+
			"(Nemenyi, α = %s) %s: %s.", a.Configurations, left, a.Instances, digits(a.ChiSquared, 3), probability(a.P),
			number(b.Settings.Alpha), digits(a.CriticalDifference, 3), verdict))
	}
	return p
}

// legend says how to read the tables of boards.
func legend(boards []rank.Board, summaries bool, v View) string {
	s := boards[0].Settings
	var b strings.Builder
	if s.ChargeSetup {
		b.WriteString("Times include set-up (--charge-setup), which was measured once a run: intervals and significance are " +
			"those of the solves, all shifted by it, and do not know how set-up varies. ")
	}
	if !v.SummaryOnly {
		fmt.Fprintf(&b, "Times are medians a solve, ± their %s confidence interval, or [least, most] of too few repetitions. ×fastest is the "+
			"time to that of the fastest solved run. Ranked by time, places are shared where times do not differ significantly "+
			"(Mann–Whitney, α = %s, Holm's correction for all pairs on the instance); by a metric, where values are equal. %s: nothing is both faster "+
			"and more accurate. ", percent(s.Confidence), number(s.Alpha), frontSign)
	}
	if summaries {
		fmt.Fprintf(&b, "Over instances: ranked by how many were solved, then by the geometric mean of ×fastest (shifted by %s), or by mean rank if "+
			"ranked by a metric. First in, rank of: in which share of resamples of the instances it was first, and where in %s of them. "+
			"Within ×2: solved in at most twice the best time. PAR-2: mean time, twice the limit if unsolved. ×memory: to the least. Set-up: in "+
			"solves.", number(s.Shift), percent(s.Confidence))
	}
	return strings.TrimSpace(b.String())
}
