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
	Width int // characters in a line; 120 if 0
	View

	listed bool // too many rows to draw
}

const (
	usualWidth      = 120
	narrowestSolver = 20 // columns are dropped before the solver's gets narrower
	narrowestName   = 8  // it gets no narrower than that
	terminalMetrics = 4
)

// Terminal writes the leaderboards as tables with the failures under each. Numbers to doubt are marked with
// letters; what they mean stands below the tables of their family. Thousands of rows are written as lines without frames.
func Terminal(w io.Writer, boards []rank.Board, s Style) error {
	return s.page(w, leaderboard(boards, terminalMetrics, s.View))
}

// page writes what has been laid out.
func (s Style) page(w io.Writer, p page) error {
	if s.Width <= 0 {
		s.Width = usualWidth
	}
	out := bufio.NewWriter(w)
	if len(p.sections) == 0 {
		fmt.Fprintln(out, p.empty)
	}
	if n := p.rows(); n > mostDrawn {
		s.listed = true
		s.lines(out, "", fmt.Sprintf("%d rows, written as plain lines: tables are drawn of up to %d. Selections choose fewer.", n, mostDrawn))
		fmt.Fprintln(out)
	}
	for i := range p.sections {
		if i > 0 {
			fmt.Fprintln(out)
		}
		if err := s.section(out, &p.sections[i]); err != nil {
			return fmt.Errorf("write tables of %s: %w", clean(p.sections[i].title, longestName), err)
		}
	}
	legend := p.legend
	if p.hasBest() {
		legend = strings.TrimSpace(legend + " " + bestSign + ": the best of its column.")
	}
	if legend != "" {
		fmt.Fprintln(out)
		s.lines(out, "", legend)
	}
	return out.Flush()
}

func (s Style) section(w *bufio.Writer, c *section) error {
	fmt.Fprintln(w, s.paint(strings.ToUpper(clean(c.title, longestName)), bold))
	if c.about != "" {
		s.lines(w, "", c.about)
	}
	for _, doubt := range c.warnings {
		s.lines(w, s.paint("! ", yellow), warning(doubt))
	}
	var foot notes
	for i := range c.parts {
		p := &c.parts[i]
		fmt.Fprintln(w)
		s.lines(w, "", strings.TrimSpace(p.label+"  "+p.text))
		if err := s.grid(w, p.grid, &foot); err != nil {
			return err
		}
		for _, f := range p.failures {
			s.lines(w, s.paint("✗ ", red), f.solver+" "+f.status+": "+f.reason)
		}
		for _, doubt := range p.warnings {
			s.lines(w, s.paint("! ", yellow), warning(doubt))
		}
		for _, remark := range p.remarks {
			s.lines(w, "", remark)
		}
	}
	if len(foot) > 0 {
		fmt.Fprintln(w)
	}
	foot.each(func(mark, text string) { s.lines(w, s.paint(mark+" ", yellow), text) })
	return nil
}

func (p *page) rows() (n int) {
	for i := range p.sections {
		for k := range p.sections[i].parts {
			n += len(p.sections[i].parts[k].grid.rows)
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
	g.sign()
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
		rest, droppable, names := 1, -1, 0
		for c, column := range g.columns {
			widths[c] = width(column.head)
			for _, row := range g.rows {
				widths[c] = max(widths[c], width(row[c].text)+g.room(c))
			}
			rest += widths[c] + 3
			if column.name {
				names = c
			}
			if column.drop != 0 && (droppable < 0 || column.drop > g.columns[droppable].drop) {
				droppable = c
			}
		}
		solver := widths[names]
		room := s.Width - (rest - solver)
		if room >= solver {
			return
		}
		if droppable >= 0 && !s.Wide && (room < narrowestSolver && g.columns[droppable].drop > 0 || room < narrowestName) {
			g.remove(droppable)
			continue
		}
		if s.Wide {
			room = max(room, narrowestSolver)
		}
		for _, row := range g.rows {
			c := &row[names]
			c.text = strings.Join(wrap(c.text, max(room, narrowestName)), "\n")
		}
		return
	}
}

// ANSI colours.
const (
	bold      = "1"
	red       = "31"
	boldGreen = "1;32"
	yellow    = "33"
)

var colours = map[tone]string{best: boldGreen, bad: red}

func (s Style) paint(text, code string) string {
	if !s.Color || text == "" || code == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
