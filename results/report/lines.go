package report

import (
	"fmt"
	"io"
	"strings"
)

// Clean makes text from a plugin fit for a line of a terminal, as the tables do.
func Clean(s string) string { return clean(s, longestReason) }

// Seconds formats a duration in seconds with three significant digits and the unit that suits it.
func Seconds(s float64) string { return seconds(s) }

// Columns writes rows of cells in aligned columns, indented, each cell on one line. The last column is wrapped to the
// width of a page.
func Columns(w io.Writer, rows [][]string) error {
	const indent, gap, page, widest = 2, 2, 120, 44
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			if n := width(clean(cell, longestReason)); n <= widest {
				widths[i] = max(widths[i], n)
			}
		}
	}
	for _, row := range rows {
		line, used := strings.Repeat(" ", indent), indent
		for i, cell := range row {
			cell = clean(cell, longestReason)
			if i == len(row)-1 {
				parts := wrap(cell, max(page-used, 30))
				line += strings.Join(parts, "\n"+strings.Repeat(" ", used))
				break
			}
			pad := max(widths[i]-width(cell), 0) + gap
			line += cell + strings.Repeat(" ", pad)
			used += width(cell) + pad
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " ")); err != nil {
			return err
		}
	}
	return nil
}

// ColumnsWithin writes rows of cells in aligned columns, indented, no wider than a line: the cells of the widest columns are wrapped.
func ColumnsWithin(w io.Writer, rows [][]string, line int) error {
	const indent, gap, narrowest = 2, 2, 6
	var widths []int
	total := indent
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
				total += gap
			}
			n := width(clean(cell, longestReason))
			total += max(n-widths[i], 0)
			widths[i] = max(widths[i], n)
		}
	}
	for total-gap > line {
		widest := 0
		for i := range widths {
			if widths[i] >= widths[widest] { // the last of them, which holds text rather than names
				widest = i
			}
		}
		if widths[widest] <= narrowest {
			break
		}
		widths[widest]--
		total--
	}
	for _, row := range rows {
		wrapped, high := make([][]string, len(row)), 0
		for i, cell := range row {
			wrapped[i] = wrap(clean(cell, longestReason), widths[i])
			high = max(high, len(wrapped[i]))
		}
		for k := range high {
			text := strings.Repeat(" ", indent)
			for i := range row {
				part := ""
				if k < len(wrapped[i]) {
					part = wrapped[i][k]
				}
				text += part + strings.Repeat(" ", max(widths[i]-width(part), 0)+gap)
			}
			if _, err := fmt.Fprintln(w, strings.TrimRight(text, " ")); err != nil {
				return err
			}
		}
	}
	return nil
}

// Indent wraps text to the width of a page, with the lines after the first indented.
func Indent(s string, indent int) string {
	return strings.Join(wrap(clean(s, 10*longestReason), 120-indent), "\n"+strings.Repeat(" ", indent))
}

// Paragraph writes text behind a lead, wrapped to the width of a line, with the lines after the first as far to the right.
func Paragraph(w io.Writer, lead, text string, s Style) {
	if s.Width <= 0 {
		s.Width = usualWidth
	}
	s.Width = max(s.Width, width(lead)+30)
	s.lines(w, lead, clean(text, 10*longestReason))
}
