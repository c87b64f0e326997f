package report

import (
	"slices"
	"strings"

	"github.com/solverbench/solverbench/results/rank"
)

// notes are the footnotes of a board, in the order in which its numbers were marked with them.
type notes []rank.Warning

// unlettered marks the footnotes after the 26th.
const unlettered = "*"

// mark returns the character that stands for a warning at the numbers it is about.
func (n *notes) mark(w rank.Warning) string {
	k := slices.Index(*n, w)
	if k < 0 {
		k = len(*n)
		*n = append(*n, w)
	}
	return letter(k)
}

func letter(k int) string {
	if k > 'z'-'a' {
		return unlettered
	}
	return string(rune('a' + k))
}

// set marks the cells of a grid. Within a column all marks take the same room, so that the numbers before them stay
// aligned.
func (n *notes) set(g *grid) {
	for c := range g.columns {
		for _, row := range g.rows {
			var marks []string
			for _, w := range row[c].doubts {
				marks = append(marks, n.mark(w))
			}
			slices.Sort(marks)
			row[c].marks = strings.Join(slices.Compact(marks), "")
			g.columns[c].marks = max(g.columns[c].marks, len(row[c].marks))
		}
	}
}

// each calls f for every footnote with its mark.
func (n notes) each(f func(mark, text string)) {
	for k, w := range n {
		f(letter(k), warning(w))
	}
}

func warning(w rank.Warning) string {
	return clean(w.Code, longestName) + ": " + clean(w.Text, longestReason)
}

// room is the most characters that the marks of a column's widest cell and the space before them take.
func (g *grid) room(c int) (most int) {
	for _, row := range g.rows {
		if n := len(row[c].doubts); n > 0 {
			most = max(most, 1+min(n, 'z'-'a'+2))
		}
	}
	return most
}

// doubts returns the warnings about a number of a row.
func doubts(r *rank.Row, about rank.Number) (all []rank.Warning) {
	for _, w := range r.Warnings {
		if w.Number == about {
			all = append(all, w)
		}
	}
	return all
}
