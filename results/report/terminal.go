package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/solverbench/solverbench/results/rank"
)

// Style is how terminal output looks.
type Style struct {
	Color bool
	Width int  // characters in a line; 120 if 0
	Wide  bool // show everything about how runs were measured, however long the lines get

	listed bool // too many rows to draw
}

const (
	usualWidth      = 120
	narrowestSolver = 20 // columns are dropped before the solver's gets narrower
	terminalMetrics = 4
)

// Terminal writes the leaderboards as tables with the failures under each. Numbers to doubt are marked with
// letters; what they mean stands below the tables of their family. Thousands of rows are written as lines without frames.
func Terminal(w io.Writer, boards []rank.Board, s Style) error {
	if s.Width <= 0 {
		s.Width = usualWidth
	}
	out := bufio.NewWriter(w)
	if len(boards) == 0 {
		fmt.Fprintln(out, "No runs to rank.")
	}
	if n := countRows(boards); n > mostDrawn {
		s.listed = true
		s.lines(out, "", fmt.Sprintf("%d rows, written as plain lines: tables are drawn of up to %d. Selections choose fewer.", n, mostDrawn))
		fmt.Fprintln(out)
	}
	for i := range boards {
		if i > 0 {
			fmt.Fprintln(out)
		}
		if err := s.board(out, &boards[i]); err != nil {
			return fmt.Errorf("write leaderboard of %s: %w", clean(boards[i].Family, longestName), err)
		}
	}
	if len(boards) > 0 {
		fmt.Fprintln(out)
		s.lines(out, "", legend(boards))
	}
	return out.Flush()
}

func (s Style) board(w *bufio.Writer, b *rank.Board) error {
	fmt.Fprintln(w, s.paint(strings.ToUpper(clean(b.Family, longestName)), bold))
	if m := machine(b); m != "" {
		s.lines(w, "", m)
	}
	for _, doubt := range b.Warnings {
		s.lines(w, s.paint("! ", yellow), warning(doubt))
	}
	var foot notes
	grids := tableGrids(b, terminalMetrics, s.Wide)
	for i := range b.Tables {
		t := &b.Tables[i]
		fmt.Fprintln(w)
		s.lines(w, "", clean(t.Instance.Label, longestName)+"  "+about(t.Instance, b.Settings))
		if err := s.grid(w, grids[i], &foot); err != nil {
			return err
		}
		for _, f := range failures(t, b) {
			s.lines(w, s.paint("✗ ", red), f.solver+" "+f.status+": "+f.reason)
		}
	}
	if len(b.Tables) > 1 {
		fmt.Fprintln(w)
		s.lines(w, "", fmt.Sprintf("%s over all %d instances", clean(b.Family, longestName), len(b.Tables)))
		if err := s.grid(w, standingsGrid(b), &foot); err != nil {
			return err
		}
	}
	if len(foot) > 0 {
		fmt.Fprintln(w)
	}
	foot.each(func(mark, text string) { s.lines(w, s.paint(mark+" ", yellow), text) })
	return nil
}

func countRows(boards []rank.Board) (n int) {
	for i := range boards {
		for k := range boards[i].Tables {
			n += len(boards[i].Tables[k].Rows)
		}
	}
	return n
}

// lines writes wrapped text after a mark of two characters, or none.
func (s Style) lines(w io.Writer, mark, text string) {
	indent := strings.Repeat(" ", width(mark))
	for i, line := range wrap(text, s.Width-len(indent)) {
		if i > 0 {
			mark = indent
		}
		fmt.Fprintln(w, mark+line)
	}
}

// grid fits, marks and draws a table.
func (s Style) grid(w *bufio.Writer, g grid, foot *notes) error {
	if s.listed {
		foot.set(&g)
		s.list(w, &g)
		return nil
	}
	s.fit(&g)
	foot.set(&g)
	return s.draw(w, &g)
}

// fit drops columns and breaks names until the grid is no wider than a line.
func (s Style) fit(g *grid) {
	for {
		widths := make([]int, len(g.columns))
		rest, droppable := 1, -1
		for c, column := range g.columns {
			widths[c] = width(column.head)
			for _, row := range g.rows {
				widths[c] = max(widths[c], width(row[c].text)+g.room(c))
			}
			rest += widths[c] + 3
			if column.drop > 0 && (droppable < 0 || column.drop > g.columns[droppable].drop) {
				droppable = c
			}
		}
		solver := widths[solverColumn]
		room := s.Width - (rest - solver)
		if room >= solver {
			return
		}
		if room < narrowestSolver && !s.Wide && droppable >= 0 {
			g.remove(droppable)
			continue
		}
		if s.Wide {
			room = max(room, narrowestSolver)
		}
		for _, row := range g.rows {
			c := &row[solverColumn]
			c.text = strings.Join(wrap(c.text, max(room, 8)), "\n")
		}
		return
	}
}

// ANSI colours.
const (
	bold   = "1"
	red    = "31"
	green  = "32"
	yellow = "33"
)

var colours = map[tone]string{best: green, bad: red}

func (s Style) paint(text, code string) string {
	if !s.Color || text == "" || code == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
