package report

import (
	"bufio"
	"io"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// width is how many columns of a terminal text takes.
func width(s string) int {
	if isPlain(s) {
		return len(s)
	}
	return twwidth.Width(s)
}

// mostDrawn is how many rows are drawn in frames. Drawing takes tablewriter 20 µs a row and 200 µs a table, which is two
// seconds for a hundred thousand rows, which nobody reads but grep: those are written as lines.
const mostDrawn = 3000

// draw writes a grid in a frame. Its widths have been fitted and its cells marked.
func (s Style) draw(w io.Writer, g *grid) error {
	align := make([]tw.Align, len(g.columns))
	head := make([]string, len(g.columns))
	for c, column := range g.columns {
		head[c], align[c] = column.head, tw.AlignRight
		if column.left {
			align[c] = tw.AlignLeft
		}
	}
	cells := tw.CellConfig{
		Alignment:  tw.CellAlignment{PerColumn: align},
		Formatting: tw.CellFormatting{AutoWrap: tw.WrapNone, AutoFormat: tw.Off},
	}
	t := tablewriter.NewTable(w,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{Symbols: tw.NewSymbols(tw.StyleLight)})),
		tablewriter.WithConfig(tablewriter.Config{Header: cells, Row: cells}),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithTrimSpace(tw.Off),
	)
	t.Header(head)
	for _, row := range g.rows {
		line := make([]string, len(row))
		for c := range row {
			line[c] = s.cell(row[c], g.columns[c].marks)
		}
		if err := t.Append(line); err != nil {
			return err
		}
	}
	return t.Render()
}

// cell paints a cell and puts its marks beside the first line, in as much room as those of its column need.
func (s Style) cell(c cell, room int) string {
	lines := strings.Split(c.text, "\n")
	for i := range lines {
		lines[i] = s.paint(lines[i], colours[c.tone])
		if room > 0 {
			marks := ""
			if i == 0 {
				marks = c.marks
			}
			lines[i] += " " + s.paint(marks, yellow) + strings.Repeat(" ", room-len(marks))
		}
	}
	return strings.Join(lines, "\n")
}

// list writes a grid as aligned lines, a row a line however long, with marks behind the numbers they are about.
func (s Style) list(w *bufio.Writer, g *grid) {
	widths := make([]int, len(g.columns))
	for c, column := range g.columns {
		widths[c] = width(column.head)
		for _, row := range g.rows {
			widths[c] = max(widths[c], width(row[c].text))
		}
	}
	for c, column := range g.columns {
		s.item(w, column, cell{text: column.head}, widths[c])
	}
	w.WriteByte('\n')
	for _, row := range g.rows {
		for c, column := range g.columns {
			s.item(w, column, row[c], widths[c])
		}
		w.WriteByte('\n')
	}
}

// item writes a cell of a line, with two spaces before it.
func (s Style) item(w *bufio.Writer, column column, c cell, room int) {
	pad := room - width(c.text)
	spaces(w, 2)
	if !column.left {
		spaces(w, pad)
	}
	w.WriteString(s.paint(c.text, colours[c.tone]))
	if column.left {
		spaces(w, pad)
	}
	if column.marks > 0 {
		spaces(w, 1)
		w.WriteString(s.paint(c.marks, yellow))
		spaces(w, column.marks-len(c.marks))
	}
}

func spaces(w *bufio.Writer, n int) {
	for range n {
		w.WriteByte(' ')
	}
}
