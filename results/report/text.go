package report

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
)

const (
	longestName   = 160 // characters of a name that are shown
	longestReason = 400
)

// clean makes text from outside fit for a line of a terminal or Markdown file: anything that would not show as itself
// becomes visible or a space.
func clean(s string, longest int) string {
	if len(s) <= longest && isPlain(s) {
		return s
	}
	var b strings.Builder
	n := 0
	for _, r := range s { // invalid UTF-8 comes as U+FFFD
		switch {
		case n == longest:
			return b.String() + "…"
		case unicode.IsSpace(r):
			r = ' '
		case r < ' ':
			r += '␀' // control pictures
		case r == 0x7f:
			r = '␡'
		case !unicode.IsPrint(r): // C1 controls, directional overrides, zero-width and unassigned characters
			r = unicode.ReplacementChar
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// isPlain says whether text is of printable ASCII, as nearly all is.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// seconds formats a duration with three significant digits and the unit that suits it.
func seconds(s float64) string {
	scale, unit := timeUnit(s)
	return digits(s/scale, 3) + " " + unit
}

func timeUnit(s float64) (scale float64, unit string) {
	switch s = math.Abs(s); {
	case s >= 0.9995 || s == 0:
		return 1, "s"
	case s >= 0.9995e-3:
		return 1e-3, "ms"
	case s >= 0.9995e-6:
		return 1e-6, "µs"
	}
	return 1e-9, "ns"
}

// digits formats x with n significant digits and no exponent; whole digits are never dropped.
func digits(x float64, n int) string {
	if x == 0 {
		return "0"
	}
	whole := int(math.Floor(math.Log10(math.Abs(x)))) + 1
	s := strconv.FormatFloat(x, 'f', max(n-whole, 0), 64)
	// Rounding may have added a digit: 9.999 is 10.0.
	if y, err := strconv.ParseFloat(s, 64); err == nil && int(math.Floor(math.Log10(math.Abs(y))))+1 > whole {
		s = strconv.FormatFloat(x, 'f', max(n-whole-1, 0), 64)
	}
	return s
}

// interval formats a median with its interval: "1.23 ms ± 2%", or "1.23 ms [1.20, 1.31]" where that is only the range
// of a few repetitions, or "1.23 ms once".
func interval(r *rank.Row, confidence float64) string {
	if r.MedianSeconds == nil {
		return "–"
	}
	m, lo, hi := *r.MedianSeconds, *r.LoSeconds, *r.HiSeconds
	switch {
	case r.Repetitions == 1:
		return seconds(m) + " once"
	case m <= 0:
		return seconds(m)
	case r.Confidence < confidence:
		scale, _ := timeUnit(m)
		return fmt.Sprintf("%s [%s, %s]", seconds(m), digits(lo/scale, 3), digits(hi/scale, 3))
	}
	return seconds(m) + " ± " + percent(max(hi/m-1, 1-lo/m))
}

// times formats the ratio to the best.
func times(ratio float64) string {
	if ratio >= 99999.5 {
		return strconv.FormatFloat(ratio, 'e', 1, 64)
	}
	return digits(ratio, 3)
}

func percent(x float64) string {
	if x > 0 && x < 0.0095 {
		return strconv.FormatFloat(100*x, 'f', 1, 64) + "%"
	}
	return strconv.FormatFloat(100*x, 'f', 0, 64) + "%"
}

// probability formats a P-value; what is tiny is no more than that.
func probability(p float64) string {
	if p < 1e-4 {
		return "< 0.0001"
	}
	return strconv.FormatFloat(p, 'g', 2, 64)
}

func memory(n int64) string {
	if n == 0 {
		return "–"
	}
	x, units := float64(n), []string{"B", "KiB", "MiB", "GiB", "TiB"}
	for x >= 1000 && len(units) > 1 {
		x, units = x/1024, units[1:]
	}
	return digits(x, 3) + " " + units[0]
}

func number(x float64) string {
	switch {
	case math.IsInf(x, 1):
		return "∞"
	case math.IsInf(x, -1):
		return "−∞"
	}
	return strconv.FormatFloat(x, 'g', 4, 64)
}

func count(n int64) string {
	if n == 0 {
		return "–"
	}
	return strconv.FormatInt(n, 10)
}

// machine describes where a board was measured.
func machine(b *rank.Board) string {
	m := b.Machine
	parts := []string{m.Hostname, m.CPU}
	if cores := cmp.Or(m.PhysicalCores, m.LogicalCores); cores > 0 {
		parts = append(parts, Plural(cores, "core"))
	}
	if m.MemoryBytes > 0 {
		parts = append(parts, memory(m.MemoryBytes))
	}
	parts = append(parts, strings.TrimSpace(m.OS+" "+m.Kernel+" "+m.Arch), m.Virtualisation)
	if m.Governor != "" {
		parts = append(parts, "governor "+m.Governor)
	}
	if b.Threads > 0 {
		parts = append(parts, Plural(b.Threads, "thread"))
	}
	if !b.Newest.IsZero() {
		parts = append(parts, b.Newest.UTC().Format("2006-01-02 15:04 UTC"))
	}
	if n := len(b.Experiments); n > 1 {
		parts = append(parts, Plural(n, "experiment"))
	}
	var shown []string
	for _, p := range parts {
		if p = clean(p, longestName); p != "" {
			shown = append(shown, p)
		}
	}
	return strings.Join(shown, ", ")
}

// about describes an instance, after its label.
func about(t *rank.Table, s rank.Settings) string {
	var parts []string
	i, solved := t.Instance, 0
	for k := range t.Rows {
		if t.Rows[k].Status == results.Solved {
			solved++
		}
	}
	if i.Unknowns > 0 {
		parts = append(parts, strconv.FormatInt(i.Unknowns, 10)+" unknowns")
	}
	if i.Tolerance > 0 {
		parts = append(parts, "tolerance "+number(i.Tolerance)+" on "+cmp.Or(clean(i.Primary, longestName), "the result"))
	}
	by := clean(i.RankBy, longestName)
	if by == "" || by == results.ByTime {
		by = timeName(s)
	}
	parts = append(parts, "ranked by "+by)
	if solved < len(t.Rows) {
		parts = append(parts, fmt.Sprintf("%d of %d solved", solved, len(t.Rows)))
	}
	return strings.Join(parts, ", ")
}

// wrap breaks text into lines of a width, after a space or comma where there is one, or else where names have parts.
func wrap(s string, room int) []string {
	if width(s) <= room {
		return []string{s}
	}
	var lines []string
	line, used, breakAt, partAt := []rune(nil), 0, 0, 0
	for _, r := range s {
		w := width(string(r))
		for used+w > room && len(line) > 0 { // what is left of a line may be too long for another character, too
			cut := cmp.Or(breakAt, partAt, len(line))
			lines = append(lines, strings.TrimRight(string(line[:cut]), " "))
			line = append([]rune(nil), line[cut:]...)
			if len(line) > 0 && line[0] == ' ' { // after a comma
				line = line[1:]
			}
			used, breakAt, partAt = width(string(line)), 0, 0
		}
		line = append(line, r)
		used += w
		switch r {
		case ' ', ',':
			breakAt = len(line)
		case '/', '[', '|':
			partAt = len(line)
		}
	}
	return append(lines, string(line))
}
