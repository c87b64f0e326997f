package report

import (
	"strings"
	"testing"
	"unicode"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"pgregory.net/rapid"

	"github.com/solverbench/solverbench/results"
)

// Columns are no wider than a line has room for six characters in each, and nothing that is in a cell is lost.
func TestColumnsWithin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		columns := rapid.IntRange(1, 6).Draw(t, "columns")
		rows := rapid.SliceOfN(rapid.SliceOfN(rapid.StringMatching(`[a-z=,\[\] é界]{0,60}`), columns, columns), 1, 10).Draw(t, "rows")
		line := rapid.IntRange(10, 200).Draw(t, "line")
		var out strings.Builder
		if err := ColumnsWithin(&out, rows, line); err != nil {
			t.Fatal(err)
		}
		most := max(line, 2+8*columns-2)
		for l := range strings.Lines(out.String()) {
			if n := twwidth.Width(strings.TrimSuffix(l, "\n")); n > most {
				t.Fatalf("%d characters, expected %d at most: %q", n, most, l)
			}
		}
		if got, want := letters(out.String()), letters(strings.Join(flat(rows), "")); got != want {
			t.Fatalf("there are %v, expected %v", got, want)
		}
	})
}

func flat(rows [][]string) (all []string) {
	for _, r := range rows {
		all = append(all, r...)
	}
	return all
}

// letters counts what is not space.
func letters(text string) (n int) {
	for _, r := range text {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

// The best of a column has a sign: the shortest times that share the first place, and the best of each metric by its direction.
func TestBestIsMarked(t *testing.T) {
	text := terminal(t, sample(), Style{Width: 2000})
	for _, want := range []string{"★ 31.2 ms", "★ ◆ 2.2e-15", "★ 1.1e-14", "★ 1.23 ns", "★: the best of its column."} {
		if strings.Count(text, want) != 1 {
			t.Errorf("%q is there %d times, expected once, in\n%s", want, strings.Count(text, want), text)
		}
	}
	alone := terminal(t, sample()[:1], Style{})
	if strings.Contains(alone, bestSign) {
		t.Errorf("the only one is marked as the best:\n%s", alone)
	}
	colored := terminal(t, sample(), Style{Width: 200, Color: true})
	if !strings.Contains(colored, "\x1b[1;32m★ 31.2 ms") {
		t.Error("the best time is not bold")
	}
}

// What looks the same is as good.
func TestBestIsWhatIsShown(t *testing.T) {
	text := terminal(t, []results.Run{
		run(unit2d, "a", "", 1, residual(1.00001e-11)), run(unit2d, "b", "", 2, residual(1e-11)), run(unit2d, "c", "", 3, residual(1.001e-11)),
	}, Style{})
	if n := strings.Count(text, "★ ◆ 1e-11") + strings.Count(text, "★ 1e-11"); n != 2 || strings.Contains(text, "★ 1.001e-11") {
		t.Errorf("%d of the two best residuals are marked in\n%s", n, text)
	}
}

// What is written of a run, a comparison and a ladder keeps to a terminal's width, and says which columns there was no room for.
func TestEveryDocumentFits(t *testing.T) {
	for _, line := range []int{60, 80, 120, 200} {
		one := detail(t, everything(), Style{Width: line})
		checkWidth(t, one, line)
		if narrow := strings.Contains(one, "No room for "); narrow != (line < 120) {
			t.Errorf("with a width of %d some columns are left out: %v", line, narrow)
		}
		for name, d := range documents(t) {
			var out strings.Builder
			if err := d.Write(&out, "table", Style{Width: line}, false); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			checkWidth(t, out.String(), line)
		}
	}
}

// What is left of a line behind its break may be too long, too.
func TestWrapKeepsToItsWidth(t *testing.T) {
	for _, text := range []string{" ===界界", "a,bcdefgh", "/界界界界"} {
		for _, line := range wrap(text, 6) {
			if n := twwidth.Width(line); n > 6 {
				t.Errorf("%q: a line of %d characters, expected 6 at most: %q", text, n, line)
			}
		}
	}
}
