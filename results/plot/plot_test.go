package plot

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/plot/vg"

	"github.com/solverbench/solverbench/results"
)

var update = flag.Bool("update", false, "write the golden files")

// start is when the runs of the tests began.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// lab is where runs are made up.
type lab struct {
	runs    []results.Run
	machine *results.Machine
}

// run makes up a run: four repetitions about a number of seconds and, if it is solved or inaccurate, an error.
func (l *lab) run(solver string, options map[string]any, instance results.Instance, status results.Status, seconds, miss float64) *results.Run {
	if l.machine == nil {
		l.machine = &results.Machine{Hostname: "lab"}
	}
	n := len(l.runs)
	begun := start.Add(time.Duration(n) * 2 * time.Second)
	r := results.Run{
		ID: int64(n + 1), Experiment: 1, Machine: l.machine, Threads: 1, Status: status, Started: begun, Finished: begun.Add(1500 * time.Millisecond),
		Configuration: &results.Configuration{Plugin: results.Plugin{Name: "bundled"}, Solver: solver, Options: options, Label: solver + brackets(options)},
		Instance:      &instance, PeakMemoryBytes: int64(1+n) << 20,
	}
	if status == results.Solved || status == results.Inaccurate {
		for k, factor := range []float64{1.02, .97, 1.1, .99, 1, 1.01, 1.04} {
			r.Repetitions = append(r.Repetitions, results.Repetition{Index: k, WallSeconds: seconds * factor, Batch: 1, Started: begun.Add(time.Duration(k) * 200 * time.Millisecond)})
		}
		r.Measurements = []results.Measurement{{Name: "rel-l2", Value: miss, Better: results.Lower, Role: results.Primary}, {Name: "psnr", Value: -10 * miss, Unit: "dB", Better: results.Higher}}
	}
	l.runs = append(l.runs, r)
	return &l.runs[n]
}

func brackets(options map[string]any) string {
	if len(options) == 0 {
		return ""
	}
	var parts []string
	for k, v := range options {
		parts = append(parts, fmt.Sprintf("%s=%v", k, v))
	}
	slices.Sort(parts)
	return "[" + strings.Join(parts, ",") + "]"
}

// square is an instance of n² unknowns.
func square(n int, tolerance float64) results.Instance {
	label := fmt.Sprintf("poisson/square[n=%d]", n)
	if tolerance != 1e-6 {
		label = fmt.Sprintf("poisson/square[n=%d,tol=%g]", n, tolerance)
	}
	return results.Instance{
		Family: "poisson", Problem: "square", Label: label, Params: map[string]any{"n": json.Number(strconv.Itoa(n))},
		Tolerance: tolerance, Primary: "rel-l2", Unknowns: int64(n * n),
	}
}

// several are runs of three solvers in four sizes, one of which times out and one misses its tolerance.
func several() []results.Run {
	var l lab
	for _, n := range []int{16, 32, 64, 128} {
		size := float64(n * n)
		l.run("direct", nil, square(n, 1e-6), results.Solved, 1e-7*size*float64(n), 1e-12)
		status := results.Solved
		if n == 128 {
			status = results.Timeout
		}
		l.run("relaxation", nil, square(n, 1e-6), status, 1e-8*size*size, 5e-7)
		status, miss := results.Solved, 4e-8
		if n == 16 {
			status, miss = results.Inaccurate, 3e-6
		}
		l.run("multigrid", map[string]any{"cycle": "V"}, square(n, 1e-6), status, 4e-7*size, miss)
		l.run("multigrid", map[string]any{"cycle": "F"}, square(n, 1e-6), results.Solved, 5e-7*size, 2e-9)
	}
	return l.runs
}

// swept are runs of two solvers with five tolerances.
func swept() []results.Run {
	var l lab
	for k, tol := range []float64{1e-2, 1e-4, 1e-6, 1e-8, 1e-10} {
		l.run("slow", nil, square(32, tol), results.Solved, float64(k+1)*1e-2, tol/3)
		status := results.Solved
		if k == 4 {
			status = results.Inaccurate
		}
		l.run("quick", nil, square(32, tol), status, float64(k*k+1)*1e-3, max(tol/5, 1e-9))
	}
	return l.runs
}

// converging are runs with checkpoints.
func converging() []results.Run {
	var l lab
	for s, solver := range []string{"quick", "slow"} {
		r := l.run(solver, nil, square(32, 1e-6), results.Solved, .1, 1e-7)
		for k := range 6 {
			r.Checkpoints = append(r.Checkpoints, results.Checkpoint{
				Index: k, Seconds: float64((s+1)*(k+1)) / 64, Evaluations: int64(10 * k),
				Measurements: []results.Measurement{{Name: "rel-l2", Value: 1 / float64(int64(1)<<(4*k)), Better: results.Lower}},
			})
		}
		r.FirstSeconds, r.TransportSeconds = .25, 1./64
	}
	l.run("silent", nil, square(32, 1e-6), results.Solved, .1, 1e-7)
	return l.runs
}

// figures makes one figure of each kind.
func figures(t *testing.T) map[string]*Figure {
	runs := map[string][]results.Run{"work-precision": swept(), "convergence": converging()}
	o := Options{Noise: []results.NoiseProbe{{Time: start, Ratio: 1}, {Time: start.Add(10 * time.Second), Ratio: 1.5}, {Time: start.Add(30 * time.Second), Ratio: 1.02}}}
	all := make(map[string]*Figure)
	for _, k := range Kinds() {
		r, ok := runs[k.Name]
		if !ok {
			r = several()
		}
		f, err := k.Make(r, o)
		if err != nil {
			t.Fatalf("%s: %v", k.Name, err)
		}
		all[k.Name] = f
	}
	return all
}

// TestData compares the numbers of each kind with golden files.
func TestData(t *testing.T) {
	for kind, f := range figures(t) {
		t.Run(kind, func(t *testing.T) {
			for _, row := range f.Data.Rows { // other processors round otherwise
				for k, text := range row {
					if v, ok := parse(text); ok {
						row[k] = strconv.FormatFloat(v, 'g', 9, 64)
					}
				}
			}
			var b bytes.Buffer
			if err := f.Data.WriteCSV(&b); err != nil {
				t.Fatal(err)
			}
			for _, n := range f.Notes {
				fmt.Fprintln(&b, "#", n)
			}
			path := filepath.Join("testdata", kind+".csv")
			if *update {
				if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), b.String()); d != "" {
				t.Errorf("differs from %s (-update writes it): %s", path, d)
			}
		})
	}
}

// TestFormats writes each kind twice in each format: the bytes are the same, and those of the format.
func TestFormats(t *testing.T) {
	magic := map[string]string{"svg": "<?xml", "png": "\x89PNG", "pdf": "%PDF-"}
	first, second := figures(t), figures(t)
	for kind, f := range first {
		for _, format := range Formats() {
			a, b := written(t, f, format, Size{}), written(t, second[kind], format, Size{})
			if !bytes.Equal(a, b) {
				t.Errorf("%s as %s: the same runs gave other bytes", kind, format)
			}
			if !bytes.HasPrefix(a, []byte(magic[format])) {
				t.Errorf("%s as %s begins with %q", kind, format, a[:8])
			}
		}
	}
	err := first["box"].Write(io.Discard, "gif", Size{})
	if err == nil || !strings.Contains(err.Error(), `"gif", expected one of svg, png, pdf`) {
		t.Errorf("gif: %v", err)
	}
}

func written(t *testing.T, f *Figure, format string, s Size) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b, format, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// word is text in an SVG, by the box that it takes.
type word struct {
	text                   string
	left, right, low, high float64
}

// words returns the text of an SVG that is not turned. It fails on what is not XML.
func words(t *testing.T, svg []byte) (all []word, width, height float64) {
	t.Helper()
	l := newLettering()
	size := regexp.MustCompile(`font-size:([\d.]+)px`)
	d := xml.NewDecoder(bytes.NewReader(svg))
	turned := []bool{false}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all, width, height
		}
		if err != nil {
			t.Fatalf("not XML: %v", err)
		}
		element, ok := token.(xml.StartElement)
		if _, end := token.(xml.EndElement); end {
			turned = turned[:len(turned)-1]
		}
		if !ok {
			continue
		}
		attributes := make(map[string]string)
		for _, a := range element.Attr {
			attributes[a.Name.Local] = a.Value
		}
		number := func(name string) float64 {
			v, _ := strconv.ParseFloat(strings.TrimSuffix(attributes[name], "pt"), 64)
			return v
		}
		turned = append(turned, turned[len(turned)-1] || strings.HasPrefix(attributes["transform"], "rotate"))
		switch element.Name.Local {
		case "svg":
			width, height = number("width"), number("height")
		case "text":
			if turned[len(turned)-1] {
				continue
			}
			text, err := d.Token()
			if err != nil {
				t.Fatal(err)
			}
			letters, some := text.(xml.CharData)
			if !some { // there are none between the tags
				turned = turned[:len(turned)-1]
				continue
			}
			s := string(letters)
			points, _ := strconv.ParseFloat(size.FindStringSubmatch(attributes["style"])[1], 64)
			x, y := number("x"), -number("y")
			all = append(all, word{s, x, x + l.width(vg.Length(points), s).Points(), y - .1*points, y + .6*points})
		}
	}
}

// TestLayout: at both usual widths no text leaves the figure or covers other text.
func TestLayout(t *testing.T) {
	for kind, f := range figures(t) {
		for _, width := range []vg.Length{Column, Page} {
			all, w, h := words(t, written(t, f, "svg", Size{Width: width}))
			if len(all) < 8 {
				t.Errorf("%s: %d words, expected at least those of the axes", kind, len(all))
			}
			for i, a := range all {
				const slack = .3
				if a.left < -slack || a.right > w+slack || a.low < -slack || a.high > h+slack {
					t.Errorf("%s, %g pt wide: %q is beyond the edge: %+v in %g×%g", kind, width.Points(), a.text, a, w, h)
				}
				for _, b := range all[:i] {
					if a.left+slack < b.right && b.left+slack < a.right && a.low+slack < b.high && b.low+slack < a.high {
						t.Errorf("%s, %g pt wide: %q covers %q", kind, width.Points(), a.text, b.text)
					}
				}
			}
		}
	}
}

// TestSizes: a figure as small as a stamp or as large as a poster is drawn all the same.
func TestSizes(t *testing.T) {
	for kind, f := range figures(t) {
		for _, s := range []Size{{vg.Inch, vg.Inch}, {vg.Inch, 20 * vg.Inch}, {20 * vg.Inch, vg.Inch}} {
			if _, w, h := words(t, written(t, f, "svg", s)); w != s.Width.Points() || h != s.Height.Points() {
				t.Errorf("%s: %g×%g pt, expected %v", kind, w, h, s)
			}
		}
	}
}

// TestDoubts: runs that were made on a busy machine are counted where times are drawn.
func TestDoubts(t *testing.T) {
	runs := several()
	runs[2].Flags = []string{"noisy"}
	for _, k := range Kinds() {
		if k.Name == "timeline" || k.Name == "convergence" { // has the noise itself, has no checkpoints
			continue
		}
		f, err := k.Make(runs, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(f.Notes, "Measured on a busy machine: 1 run of 16.") && !slices.Contains(f.Notes, "Measured on a busy machine: 1 run of 15.") {
			t.Errorf("%s: notes %q do not tell of the noise", k.Name, f.Notes)
		}
	}
}

// TestHostile draws names that plugins might choose: the SVG is XML without a script, and has nothing that does not print.
func TestHostile(t *testing.T) {
	var l lab
	for _, name := range []string{"<script>alert(1)</script>", "a\nb\x1b[31m", "\u202egnp.exe", strings.Repeat("long", 1<<18), "\xff\xfe", "x^{", "^{}", ""} {
		i := square(16, 1e-6)
		i.Label = name
		l.run(name, map[string]any{name: name}, i, results.Solved, 1, 1e-9)
		l.run(name, map[string]any{name: 7}, i, results.Crashed, 1, 1e-9)
	}
	for _, k := range Kinds() {
		if k.Name == "convergence" || k.Name == "scaling" { // have no checkpoints and one size
			continue
		}
		f, err := k.Make(l.runs, Options{})
		if err != nil {
			t.Fatalf("%s: %v", k.Name, err)
		}
		svg := written(t, f, "svg", Size{})
		words(t, svg)
		if bytes.Contains(svg, []byte("<script")) || bytes.ContainsAny(svg, "\x1b\u202e") {
			t.Errorf("%s: has what was in a name", k.Name)
		}
		if len(svg) > 1<<20 {
			t.Errorf("%s: %d bytes", k.Name, len(svg))
		}
	}
}

// TestRefused: errors say what is missing or wrong, and what helps.
func TestRefused(t *testing.T) {
	other := several()
	other[3].Machine = &results.Machine{Hostname: "elsewhere"}
	metrics := several()
	different := *metrics[0].Instance
	different.Primary = "psnr-gain"
	metrics[0].Instance = &different
	options := several()
	for k := range options {
		i := *options[k].Instance
		i.Params = map[string]any{"n": k, "m": k * k}
		options[k].Instance = &i
	}
	for _, c := range []struct {
		kind string
		runs []results.Run
		o    Options
		want string
	}{
		{"profile", nil, Options{}, "there are no runs to draw: make some with solverbench run"},
		{"box", nil, Options{}, "none of the selected runs has timed repetitions"},
		{"timeline", nil, Options{}, "none of the selected runs has begun and ended"},
		{"convergence", several(), Options{}, "none of the selected runs has checkpoints: run solvers that send them with solverbench run --checkpoints 50"},
		{"convergence", converging(), Options{X: "memory"}, `--x: "memory", expected time, evaluations or checkpoint`},
		{"scaling", swept(), Options{}, "none of the selected problems was run in two sizes or more"},
		{"scaling", several(), Options{By: "m"}, `--by: "m", expected a parameter of the selected problems: n`},
		{"scaling", options, Options{}, "instances of poisson/square differ in m, n: say which is the size with --by"},
		{"profile", other, Options{}, "the runs are of 2 machines"},
		{"work-precision", metrics, Options{}, "judged by different metrics (psnr-gain, rel-l2)"},
		{"work-precision", several(), Options{Metric: "fid"}, `--metric: "fid", expected one of evaluations, first, memory, psnr, rel-l2, setup, time`},
		{"heatmap", several(), Options{Metric: "psnr"}, `--metric: "psnr", expected a quantity of which less is better`},
	} {
		for _, k := range Kinds() {
			if k.Name != c.kind {
				continue
			}
			if _, err := k.Make(c.runs, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s of %d runs, %+v: %v\nexpected %s", c.kind, len(c.runs), c.o, err, c.want)
			}
		}
	}
}

// TestTooMuch: a figure that could not be read is refused.
func TestTooMuch(t *testing.T) {
	var l lab
	for k := range 60 {
		l.run(fmt.Sprint("solver", k), nil, square(16, 1e-6), results.Solved, 1, 1e-9)
	}
	for _, k := range Kinds() {
		if k.Name == "convergence" || k.Name == "scaling" {
			continue
		}
		if _, err := k.Make(l.runs, Options{}); err == nil || !strings.Contains(err.Error(), "60 ") || !strings.Contains(err.Error(), "select fewer") {
			t.Errorf("%s: %v, expected 60 solvers to be refused", k.Name, err)
		}
	}
}
