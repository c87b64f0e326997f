package report

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/compare"
	"github.com/solverbench/solverbench/results/rank"
)

func written(t *testing.T, d Document, format string) string {
	t.Helper()
	var b bytes.Buffer
	if err := d.Write(&b, format, Style{}, false); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	return b.String()
}

// fieldOfSix are runs on six instances on which solvers differ in how they scale, one fails once, and some share places.
func fieldOfSix() (runs []results.Run) {
	for i, n := range []int{31, 63, 127, 255, 511, 1023} {
		instance := *unit2d
		instance.Label, instance.Params, instance.Unknowns, instance.Hash = strings.Replace(unit2d.Label, "1023", number(float64(n)), 1),
			map[string]any{"n": n}, int64(n*n), number(float64(n))
		x := float64(n)
		mg := run(&instance, "multigrid", "cycle=V", 1e-6*x*x, residual(3e-11))
		cg := run(&instance, "cg", "precond=ic0", 2e-8*x*x*x, residual(9e-11))
		if i == 5 {
			cg = failed(few(cg, 0), results.Timeout, "killed after 60 s")
		}
		direct := run(&instance, "fast-poisson", "", 3e-7*x*x*(1+0.1*float64(i)), residual(2e-15))
		for k, r := range []*results.Run{&mg, &cg, &direct} {
			r.ID, r.Timeout = int64(3*i+k+1), 60
			r.Configuration.Tags = [][]string{{"iterative"}, {"iterative", "krylov"}, {"direct"}}[k]
			r.Checkpoints = []results.Checkpoint{
				{Seconds: r.SetupSeconds, Measurements: []results.Measurement{residual(1e-3)}},
				{Seconds: 2 * r.SetupSeconds, Measurements: []results.Measurement{residual(1e-6)}},
			}
			runs = append(runs, *r)
		}
	}
	return runs
}

func documents(t *testing.T) map[string]Document {
	t.Helper()
	runs := fieldOfSix()
	boards := rank.Boards(runs, rank.Defaults)
	return map[string]Document{
		"compare": comparison(t, runs),
		"board":   Leaderboards(rank.Boards(sample(), rank.Defaults), View{}),
		"summary": Leaderboards(boards, View{SummaryOnly: true}),
		"scale":   Scales(rank.Scales(runs, "n", rank.Defaults), rank.Defaults),
		"ladder": Ladders(rank.Ladders(runs, func(*results.Instance) []float64 {
			return []float64{1e-2, 1e-4, 1e-8}
		})),
	}
}

// comparison sets multigrid against cg.
func comparison(t *testing.T, runs []results.Run) Document {
	t.Helper()
	side := func(name string) (s compare.Side) {
		s.Name = name
		for _, r := range runs {
			if r.Configuration.Solver == name {
				s.Runs = append(s.Runs, r)
			}
		}
		return s
	}
	all, err := compare.Sides(side("multigrid"), side("cg"), compare.Defaults)
	if err != nil {
		t.Fatal(err)
	}
	return Comparisons(all, compare.Defaults)
}

var extensions = map[string]string{"table": "txt", "markdown": "md", "latex": "tex", "csv": "csv", "json": "json", "html": "html"}

func TestFormatsGolden(t *testing.T) {
	for name, d := range documents(t) {
		for _, format := range Formats() {
			if name != "summary" && (format == "latex" || format == "html") && name != "board" {
				continue // written as these two are
			}
			golden(t, filepath.Join("formats", name+"."+extensions[format]), written(t, d, format))
		}
	}
	var b bytes.Buffer
	if err := documents(t)["board"].Write(&b, "pdf", Style{}, false); err == nil {
		t.Error("there is no format pdf")
	}
}

// markup makes runs whose names and reasons are attempts at markup in every format.
func markup() []results.Run {
	r := run(&results.Instance{Family: "poi$son_%", Problem: "p", Label: `a_b^{c}\input{x}<script>alert("1")</script>&|~#`, Hash: "h"},
		`so_lver$\`, "", 1, results.Measurement{Name: `m_1 & <b>"`, Value: 1, Unit: "%", Role: results.Primary})
	r.Configuration.Plugin.Name = "中文 \u202eabc"
	f := failed(r, results.Crashed, "said \x1b[31m\"</td>\\end{document}\" 中 🙂 − ✗\nand left")
	other := *r.Configuration
	other.Label, f.Configuration = `[x]\\`, &other
	return []results.Run{r, f}
}

func TestHTMLIsWellFormed(t *testing.T) {
	all := documents(t)
	all["hostile"] = Leaderboards(rank.Boards(markup(), rank.Defaults), View{})
	all["empty"] = Leaderboards(nil, View{})
	for name, d := range all {
		text := written(t, d, "html")
		decoder := xml.NewDecoder(strings.NewReader(text))
		depth := 0
		for {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
			switch e := token.(type) {
			case xml.StartElement:
				depth++
				if e.Name.Local == "script" || e.Name.Local == "b" || e.Name.Local == "img" {
					t.Errorf("%s: an element <%s>", name, e.Name.Local)
				}
			case xml.EndElement:
				depth--
			}
		}
		if depth != 0 || !strings.Contains(text, "Content-Security-Policy") {
			t.Errorf("%s: %d elements left open, or no policy", name, depth)
		}
		var fragment bytes.Buffer
		if err := d.Write(&fragment, "html", Style{}, true); err != nil || strings.Contains(fragment.String(), "<html") || !strings.Contains(text, fragment.String()) {
			t.Errorf("%s: the fragment is not the page's body: %v", name, err)
		}
	}
}

func TestLaTeXCompiles(t *testing.T) {
	if _, err := exec.LookPath("pdflatex"); err != nil {
		t.Skip("no pdflatex")
	}
	all := documents(t)
	all["hostile"] = Leaderboards(rank.Boards(markup(), rank.Defaults), View{})
	all["empty"] = Leaderboards(nil, View{})
	dir := t.TempDir()
	for name, d := range all {
		document := "\\documentclass{article}\n\\usepackage[utf8]{inputenc}\n\\usepackage[T1]{fontenc}\n\\usepackage{longtable}\n\\begin{document}\n" +
			written(t, d, "latex") + "\\end{document}\n"
		if err := os.WriteFile(filepath.Join(dir, name+".tex"), []byte(document), 0o600); err != nil {
			t.Fatal(err)
		}
		compile := exec.Command("pdflatex", "-interaction=nonstopmode", "-halt-on-error", name+".tex")
		compile.Dir = dir
		if out, err := compile.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// What is not compiled everywhere is at least balanced, and has no character that TeX does not know.
func TestLaTeXIsBalanced(t *testing.T) {
	all := documents(t)
	all["hostile"] = Leaderboards(rank.Boards(markup(), rank.Defaults), View{})
	for name, d := range all {
		depth, escaped := 0, false
		for line := range strings.Lines(written(t, d, "latex")) {
			if strings.HasPrefix(line, "%") {
				continue
			}
			for _, r := range line {
				if r > 0xff {
					t.Errorf("%s: %q in %s", name, r, line)
				}
				switch {
				case escaped:
					escaped = false
				case r == '\\':
					escaped = true
				case r == '{':
					depth++
				case r == '}':
					depth--
				case r == '%' || r == '#' || r == '~':
					t.Errorf("%s: %q means something in %s", name, r, line)
				}
			}
		}
		if depth != 0 {
			t.Errorf("%s: %d braces are left open", name, depth)
		}
	}
}

func TestCSVHasAHeadAndEqualLines(t *testing.T) {
	all := documents(t)
	all["none"], all["no standings"] = Leaderboards(nil, View{}), Leaderboards(nil, View{SummaryOnly: true})
	for name, d := range all {
		lines, err := csv.NewReader(strings.NewReader(written(t, d, "csv"))).ReadAll() // an error if they are not as long
		if err != nil || len(lines) == 0 || len(lines[0]) < 10 {
			t.Errorf("%s: %d lines, %v", name, len(lines), err)
		}
	}
}
