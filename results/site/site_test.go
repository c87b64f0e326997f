package site

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/solverbench/solverbench/internal/htmlcheck"
	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
)

var update = flag.Bool("update", false, "write golden files")

// sample is a database's worth of runs: instances of three sizes a problem, configurations of a few solvers, one in seven fails.
func sample(problems, configurations, repetitions int) Input {
	random := rand.New(rand.NewPCG(1, 2))
	machine := &results.Machine{Hostname: "lab", OS: "linux", Kernel: "6.1", Arch: "amd64", CPU: "Example 3000", PhysicalCores: 8, LogicalCores: 16,
		MemoryBytes: 32 << 30, Governor: "performance", Details: map[string]any{"L2": "1 MiB"}}
	start := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	e := &results.Experiment{ID: 1, UID: "0123abcd", Started: start, Outcome: results.Finished, Command: []string{"solverbench", "run", "poisson/*"},
		Suite: "command line", HarnessVersion: "1.2.3", Revision: "abcdef", GoVersion: "go1.26", Machine: *machine}
	tags := [][]string{{"direct"}, {"iterative", "multigrid"}, {"spectral"}}
	var cs []*results.Configuration
	for c := range configurations {
		name := []string{"alpha", "beta", "gamma", "delta"}[c%4]
		plugin := results.Plugin{Name: "bundled", Version: "1", Language: "go", Licence: "MIT", SHA256: strings.Repeat("ab", 32), Bundled: true}
		if c%4 == 3 {
			plugin = results.Plugin{Name: "other", Version: "2", Language: "python", Licence: "BSD", SHA256: strings.Repeat("cd", 32)}
		}
		cs = append(cs, &results.Configuration{Plugin: plugin, Solver: name, Options: map[string]any{"k": c / 4}, Label: fmt.Sprintf("%s[k=%d]", name, c/4), Tags: tags[c%3]})
	}
	in := Input{Title: "Sample", Database: "sample.db", Version: "1.2.3", Made: start,
		Experiments: map[string]*results.Experiment{e.UID: e},
		Problems:    map[string]Problem{"poisson/p0": {Summary: "the first one", Equation: "−Δu = f", Source: "somebody 2000"}},
		Solvers:     map[string]Solver{"bundled/alpha": {Doc: "the first letter", Citation: "somebody 1999"}}}
	for p := range problems {
		for size := range 3 {
			n := 31 << size
			i := &results.Instance{Family: "poisson", Problem: fmt.Sprintf("p%d", p), Label: fmt.Sprintf("poisson/p%d[n=%d]", p, n), Params: map[string]any{"n": n},
				Seed: 7, Hash: strings.Repeat("5a", 8), Tolerance: 1e-8, Primary: "rel-residual", RankBy: results.ByTime, Unknowns: int64(n * n)}
			for c, configuration := range cs {
				r := results.Run{ID: int64(len(in.Runs) + 1), Experiment: 1, ExperimentUID: e.UID, Machine: machine, Configuration: configuration, Instance: i,
					Status: results.Solved, Started: start.Add(time.Duration(len(in.Runs)) * time.Second), Threads: 1, Timeout: 60, StartupSeconds: 0.01 + 1e-3*random.Float64(),
					SetupSeconds: 2e-4 * random.Float64(), FirstSeconds: 3e-3 * random.Float64(), PeakMemoryBytes: int64(n*n*8 + c<<20), PeakMemorySource: results.MemoryCgroup, Answers: 100, Verified: 10,
					Stopped: results.StopPrecise, Precision: 0.012 * random.Float64(), Noise: 1 + 0.02*random.Float64(), TransportSeconds: 1e-4 * random.Float64(), Attempts: 1,
					Measurements: []results.Measurement{{Name: "rel-residual", Value: math.Pow(10, -9-float64(c%3)), Better: results.Lower, Role: results.Primary}}}
				if (c+p)%7 == 6 {
					r.Status, r.Reason, r.Stderr = results.Timeout, "the limit of 60 s", "one line\nand another\n"
				} else {
					base := float64(n*n) * 1e-8 * math.Pow(1.7, float64(c%7)) * (1 + 0.3*float64((p+c)%3))
					for k := range repetitions {
						r.Repetitions = append(r.Repetitions, results.Repetition{Index: k, Batch: 1, WallSeconds: base * (1 + 0.02*random.Float64()), UserSeconds: base})
					}
				}
				in.Runs = append(in.Runs, r)
			}
		}
	}
	if len(in.Runs) > 1 {
		in.Galleries = map[string]*Gallery{in.Runs[0].Instance.Label: {
			Given: []Image{{Caption: "truth", PNG: square(40)}}, Note: "Values from 0 (violet) to 1 (yellow).",
			Solutions: map[int64]Pictures{
				1: {Solution: Image{Caption: "rel-residual 1e-09", PNG: square(200)}, Error: &Image{PNG: square(160)}},
				2: {Solution: Image{Caption: "rel-residual 1e-10", PNG: square(40)}},
			},
		}}
	}
	in.Boards = rank.Boards(in.Runs, rank.Defaults)
	return in
}

func square(shade uint8) []byte {
	m := image.NewGray(image.Rect(0, 0, 16, 16))
	for i := range m.Pix {
		m.Pix[i] = shade
	}
	m.SetGray(3, 3, color.Gray{Y: 255})
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func write(t *testing.T, in Input) string {
	t.Helper()
	dir := t.TempDir()
	if err := New(in).WriteDir(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestGolden(t *testing.T) {
	dir := write(t, sample(2, 5, 6))
	for _, name := range []string{"index.html", "family-poisson.html", "problem-poisson-p0.html", "solver-bundled-alpha.html", "machines.html"} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(golden, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from %s (go test ./results/site -update writes it)", name, golden)
		}
	}
}

// checkPages fails on what is wrong with the pages of a folder. Runs are places on pages that have a row of them.
func checkPages(t *testing.T, dir string, single bool) {
	t.Helper()
	checker := htmlcheck.Checker{Inline: single, Anchor: func(n *html.Node) string {
		if k := slices.IndexFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "data-r" }); k >= 0 {
			return "r" + n.Attr[k].Val
		}
		return ""
	}}
	found, err := checker.Folder(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Error(f)
	}
}

// Pages are well-formed, and every link leads to a page and a place in it.
func TestPages(t *testing.T) {
	for name, in := range map[string]Input{"none": {Title: "Nothing yet"}, "one": sample(1, 1, 1), "many": sample(3, 9, 4)} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := "a b#c?.db"
			if err := os.WriteFile(filepath.Join(dir, file), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			in.Downloads = []Download{{Name: file, Doc: "the database"}}
			if err := New(in).WriteDir(t.Context(), dir); err != nil {
				t.Fatal(err)
			}
			names, err := filepath.Glob(filepath.Join(dir, "*.html"))
			if want := 2 + len(in.Boards); err != nil || len(names) < want {
				t.Errorf("%d pages, error %v, expected at least %d", len(names), err, want)
			}
			checkPages(t, dir, false)

			alone := t.TempDir()
			in.Downloads = nil
			var single bytes.Buffer
			if err := New(in).WriteSingle(&single); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(alone, "single.html"), single.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			checkPages(t, alone, true)
		})
	}
}

func TestSize(t *testing.T) {
	in := sample(67, 50, 10)
	if len(in.Runs) < 10_000 {
		t.Fatalf("%d runs", len(in.Runs))
	}
	dir := write(t, in)
	var total int64
	err := filepath.Walk(dir, func(_ string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			total += info.Size()
		}
		return err
	})
	if err != nil || total > 5_000_000 {
		t.Errorf("%d runs take %d bytes, error %v, expected less than 5 MB", len(in.Runs), total, err)
	}
	t.Logf("%d runs: %d bytes", len(in.Runs), total)
}

// What plugins say is shown, and does nothing.
func TestHostile(t *testing.T) {
	in := sample(1, 4, 4)
	nasty := "<script>alert(1)</script><img src=x onerror=alert(2)>\u202e\x1b[31m\n\"'`&</script>{{.}}"
	for i := range in.Runs {
		r := &in.Runs[i]
		c := *r.Configuration
		c.Label, c.Solver, c.Plugin.Name, c.Plugin.Version, c.Tags = nasty+c.Label, nasty, nasty, nasty, []string{nasty}
		c.Options = map[string]any{nasty: nasty}
		p := *r.Instance
		p.Label, p.Problem, p.Primary = nasty, nasty, nasty
		r.Configuration, r.Instance = &c, &p
		r.Reason, r.Stderr, r.Flags = nasty, nasty+strings.Repeat("x", 10<<20), []string{nasty}
		r.Measurements = []results.Measurement{{Name: nasty, Value: math.NaN(), Unit: nasty, Role: results.Primary}}
		if i == 0 {
			r.Status, r.Reason = results.Crashed, strings.Repeat("long ", 2<<20)
		}
	}
	in.Boards = rank.Boards(in.Runs, rank.Defaults)
	dir := write(t, in)
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || !strings.HasSuffix(path, ".html") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, bad := range []string{"<script>alert", "<img src=x", "\u202e", "\x1b"} {
			if bytes.Contains(text, []byte(bad)) {
				t.Errorf("%s holds %q", filepath.Base(path), bad)
			}
		}
		if len(text) > 300_000 {
			t.Errorf("%s has %d bytes", filepath.Base(path), len(text))
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	checkPages(t, dir, false)
}

func TestFirsts(t *testing.T) {
	one, two := 1, 2
	table := func(ranks map[string]*int) (t rank.Table) {
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			if r := ranks[name]; r != nil {
				t.Rows = append(t.Rows, rank.Row{Plugin: "bundled", Configuration: name, Rank: r})
			}
		}
		return t
	}
	for _, c := range []struct {
		tables []rank.Table
		want   string
	}{
		{[]rank.Table{table(map[string]*int{"a": &one, "b": &two}), table(map[string]*int{"a": &two, "b": &one}), table(map[string]*int{"b": &one})}, "b on 2, a on 1."},
		{[]rank.Table{table(map[string]*int{"a": &one, "b": &one, "c": &one, "d": &one, "e": &one}), table(nil)}, "a on 1, b on 1, c on 1, 2 more."},
		{[]rank.Table{table(nil), table(nil)}, "Nobody solved any."},
	} {
		if got := firsts(c.tables); got != c.want {
			t.Errorf("%q, expected %q", got, c.want)
		}
	}
}

// What a site no longer has goes, and what is not of a site stays.
func TestAgain(t *testing.T) {
	dir := write(t, sample(3, 5, 2))
	mine := filepath.Join(dir, "mine.html")
	if err := os.WriteFile(mine, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := os.OpenFile(filepath.Join(dir, listName), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	outside := filepath.Join(filepath.Dir(dir), "outside.html")
	if err := os.WriteFile(outside, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(list, "../outside.html")
	list.Close()
	in := sample(1, 5, 2)
	in.Galleries = nil
	if err := New(in).WriteDir(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"problem-poisson-p2.html", "images/*.png"} {
		if left, _ := filepath.Glob(filepath.Join(dir, name)); len(left) > 0 {
			t.Errorf("%v is still there", left)
		}
	}
	for _, path := range []string{mine, outside, filepath.Join(dir, "problem-poisson-p0.html")} {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	if err := os.Remove(mine); err != nil { // which is no page by the rules
		t.Fatal(err)
	}
	checkPages(t, dir, false)
}

func TestNothing(t *testing.T) {
	dir := write(t, Input{Title: "Nothing yet"})
	text, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil || !bytes.Contains(text, []byte("There are no runs.")) {
		t.Errorf("%s, error %v", text, err)
	}
}
