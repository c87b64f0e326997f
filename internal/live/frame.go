package live

import (
	"fmt"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter/pkg/twwidth"

	"github.com/solverbench/solverbench/results/report"
)

// Style is how a frame looks.
type Style struct {
	Width, Height int // of the terminal, in characters
	Color         bool
}

// The room that the columns behind the solver's take, with the spaces before them, and what should be left for the last.
const (
	timeRoom   = 11
	repsRoom   = 6
	leastState = 14
)

// Frame lays out the table of the family at hand, with what is left to do in the last line. It keeps within the
// terminal, less the last column and the line for the cursor: where there are too many runs for its height, those on the
// instance at hand are shown, as many of them as fit.
func (t *Table) Frame(s Style) []string {
	if t.plan == nil {
		return nil
	}
	var lines []string
	if room := s.Height - 2; t.current != nil && room > 2 {
		lines = t.family(s, room)
	}
	return append(lines, s.cut(t.status(s.Width-1), ""))
}

// family lays out the table of the family at hand in as many lines at most.
func (t *Table) family(s Style, most int) []string {
	f := t.current.family
	instances, rows := f.instances, f.rows
	where := ""
	if 1+len(instances)+len(rows) > most {
		at := slices.Index(instances, t.current.Instance)
		if len(instances) > 1 {
			where = fmt.Sprintf(", instance %d of %d", at+1, len(instances))
		}
		instances = instances[at : at+1]
		rows = f.on(t.current.Instance)
	}
	left := 0
	for _, r := range rows {
		left = max(left, 4+twwidth.Width(r.Solver))
	}
	head := fmt.Sprintf("%s: %d of %s%s", strings.ToUpper(f.name), f.ended, report.Plural(len(f.rows), "run"), where)
	left = max(left, twwidth.Width(head))
	left = max(min(left, s.Width-1-timeRoom-repsRoom-2-leastState), min(left, s.Width/2))
	lines := []string{s.line(left, bold, head, "median", "reps", "")}
	for _, instance := range instances {
		lines = append(lines, s.cut("  "+instance, ""))
		before, shown, after := t.window(f.on(instance), most-2)
		if before > 0 {
			lines = append(lines, s.cut(fmt.Sprintf("    … %d above", before), ""))
		}
		for _, r := range shown {
			lines = append(lines, t.row(s, left, r))
		}
		if after > 0 {
			lines = append(lines, s.cut(fmt.Sprintf("    … %d below", after), ""))
		}
	}
	return lines
}

// on returns the runs on an instance.
func (f *family) on(instance string) (rows []*row) {
	for _, r := range f.rows {
		if r.Instance == instance {
			rows = append(rows, r)
		}
	}
	return rows
}

// window chooses the runs about the one at hand that fit into as many lines; where there is room for that with one for how many there
// are before and one for how many after, and says how many those are.
func (t *Table) window(rows []*row, most int) (before int, shown []*row, after int) {
	if len(rows) <= most {
		return 0, rows, 0
	}
	n := most - 2
	if most < 3 {
		n = most
	}
	from := min(max(slices.Index(rows, t.current)-n/2, 0), len(rows)-n)
	if shown = rows[from : from+n]; n == most {
		return 0, shown, 0
	}
	return from, shown, len(rows) - from - n
}

// row lays out a run.
func (t *Table) row(s Style, left int, r *row) string {
	mark, code, text := "·", "", r.doing
	switch {
	case r.state == solved:
		mark, code = "✓", green
	case r.state == failed:
		mark, code = "✗", red
	case r == t.current:
		mark, code = "▸", bold
	case r.state == open:
		text = "waits for its turn"
	}
	time, reps := "", ""
	if r.median > 0 && r.state != failed {
		time = report.Seconds(r.median)
	}
	if r.repetitions > 0 && r.state != failed {
		reps = fmt.Sprint(r.repetitions)
	}
	return s.line(left, code, "  "+mark+" "+r.Solver, time, reps, text)
}

// status says how much is done, and when all of it will be. What is most wanted comes first: a narrow terminal cuts off the end.
func (t *Table) status(room int) string {
	done, total := t.plan.Before+t.ended, t.plan.Before+len(t.rows)
	count := fmt.Sprintf("%d of %s done", done, report.Plural(total, "run"))
	if t.unsolved > 0 {
		count += fmt.Sprintf(", %d not solved", t.unsolved)
	}
	parts := []string{count}
	if left, known := t.left(); !known {
		parts = append(parts, "time left not known yet")
	} else if t.ended < len(t.rows) {
		parts = append(parts, about(left))
	}
	parts = append(parts, span(t.clock().Sub(t.began))+" so far")
	line := strings.Join(parts, "   ")
	if twwidth.Width(line) > room {
		parts[0] = fmt.Sprintf("%d/%d", done, total)
		line = strings.Join(parts, "  ")
	}
	return line
}

// line lays out the columns of a line and cuts off what is too wide.
func (s Style) line(left int, code, name, time, reps, text string) string {
	columns := fit(name, left) + right(time, timeRoom) + right(reps, repsRoom)
	return s.cut(strings.TrimRight(columns+"  "+text, " "), code)
}

// cut makes text as narrow as the terminal and paints it.
func (s Style) cut(text, code string) string {
	text = shorten(text, s.Width-1)
	if !s.Color || code == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

const (
	bold  = "1"
	red   = "31"
	green = "32"
)

// fit makes text exactly as wide.
func fit(text string, room int) string {
	text = shorten(text, room)
	return text + strings.Repeat(" ", max(room-twwidth.Width(text), 0))
}

func right(text string, room int) string {
	return strings.Repeat(" ", max(room-twwidth.Width(text), 0)) + text
}

// shorten cuts off the end of text that is too wide, and shows that it did.
func shorten(text string, room int) string {
	if twwidth.Width(text) <= room {
		return text
	}
	used := 1 // for the …
	for i, r := range text {
		if used += twwidth.Width(string(r)); used > room {
			if room < 1 {
				return ""
			}
			return text[:i] + "…"
		}
	}
	return text
}
