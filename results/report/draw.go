package report

import (
	"bufio"
	"strings"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

// width is how many columns of a terminal text takes.
func width(s string) int {
	if isPlain(s) {
		return len(s)
	}
	return twwidth.Width(s)
}

// draw writes a grid in a frame. Its widths have been fitted and its cells marked. A leaderboard may have 100 000 rows:
// this takes a microsecond or two a row, where a library that lays out any table takes twenty.
func (s Style) draw(w *bufio.Writer, g *grid) {
	widths := make([]int, len(g.columns))
	for c, column := range g.columns {
		widths[c] = width(column.head)
		for _, row := range g.rows {
			room := 0
			if column.marks > 0 {
				room = 1 + column.marks
			}
			for line := range strings.SplitSeq(row[c].text, "\n") {
				widths[c] = max(widths[c], width(line)+room)
			}
		}
	}
	rule := func(left, middle, right string) {
		for c, n := range widths {
			if c > 0 {
				left = middle
			}
			w.WriteString(left)
			w.WriteString(strings.Repeat("─", n+2))
		}
		w.WriteString(right + "\n")
	}
	rule("┌", "┬", "┐")
	for c, column := range g.columns {
		w.WriteString("│ ")
		pad(w, column.head, width(column.head), widths[c], column.left)
	}
	w.WriteString("│\n")
	rule("├", "┼", "┤")
	for _, row := range g.rows {
		s.drawRow(w, g, row, widths)
	}
	rule("└", "┴", "┘")
}

// drawRow writes as many lines as the cell with the most has. Marks stand on the first.
func (s Style) drawRow(w *bufio.Writer, g *grid, row []cell, widths []int) {
	for more, at := true, 0; more; at++ {
		more = false
		for c := range row {
			text, ok := lineOf(row[c].text, at)
			if _, next := lineOf(row[c].text, at+1); next {
				more = true
			}
			used := width(text)
			if ok {
				text = s.paint(text, colours[row[c].tone])
			}
			if n := g.columns[c].marks; n > 0 {
				marks := row[c].marks
				if at > 0 {
					marks = ""
				}
				text += " " + s.paint(marks, yellow) + strings.Repeat(" ", n-len(marks))
				used += 1 + n
			}
			w.WriteString("│ ")
			pad(w, text, used, widths[c], g.columns[c].left)
		}
		w.WriteString("│\n")
	}
}

func lineOf(text string, n int) (string, bool) {
	if n == 0 && !strings.Contains(text, "\n") {
		return text, true
	}
	lines := strings.Split(text, "\n")
	if n >= len(lines) {
		return "", false
	}
	return lines[n], true
}

// pad writes text that takes so many columns at one side of a cell, and a space.
func pad(w *bufio.Writer, text string, used, width int, left bool) {
	const spaces = "                                                                "
	n := max(width-used, 0)
	if left {
		w.WriteString(text)
	}
	for ; n > len(spaces); n -= len(spaces) {
		w.WriteString(spaces)
	}
	w.WriteString(spaces[:n])
	if !left {
		w.WriteString(text)
	}
	w.WriteString(" ")
}
