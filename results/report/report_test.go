package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"golang.org/x/perf/benchfmt"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
)

var update = flag.Bool("update", false, "write the golden files in testdata")

var (
	epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	box   = &results.Machine{Hostname: "box", OS: "linux", Kernel: "6.1.0", Arch: "amd64", CPU: "AMD EPYC 7B13",
		PhysicalCores: 8, LogicalCores: 16, MemoryBytes: 64 << 30, Governor: "performance"}
	unit2d = &results.Instance{Family: "poisson", Problem: "unit-2d", Label: "poisson/unit-2d[n=1023]",
		Params: map[string]any{"n": 1023}, Hash: "a", Tolerance: 1e-10, Primary: "residual", RankBy: results.ByTime,
		Unknowns: 1023 * 1023}
	jump = &results.Instance{Family: "poisson", Problem: "jump", Label: "poisson/jump[contrast=6,n=511]", Hash: "b",
		Tolerance: 1e-10, Primary: "residual", RankBy: results.ByTime, Unknowns: 511 * 511}
	denoise = &results.Instance{Family: "restoration", Problem: "denoise", Label: "restoration/denoise[sigma=0.1]",
		Hash: "c", Primary: "psnr", RankBy: "psnr", Unknowns: 256 * 256}
)

// run returns a solved run with ten repetitions that spread by a percent around a middle.
func run(instance *results.Instance, solver, options string, middle float64, metrics ...results.Measurement) results.Run {
	label := solver
	set := make(map[string]any)
	if options != "" {
		label += "[" + options + "]"
		for _, o := range strings.Split(options, ",") {
			name, value, _ := strings.Cut(o, "=")
			set[name] = value
		}
	}
	r := results.Run{
		ID: 1, ExperimentUID: "0195-e1", Machine: box, Instance: instance, Status: results.Solved, Threads: 1,
		Configuration: &results.Configuration{Plugin: results.Plugin{Name: "bundled", Version: "0.1.0"}, Solver: solver,
			Options: set, Label: label},
		Started: epoch, Finished: epoch.Add(time.Minute), SetupSeconds: middle / 7, PeakMemoryBytes: 48<<20 + 1<<19,
		Repetitions:  []results.Repetition{{Warmup: true, Batch: 1, WallSeconds: 2 * middle}},
		Measurements: metrics,
	}
	for i := range 10 {
		r.Repetitions = append(r.Repetitions, results.Repetition{Index: i + 1, Batch: 4,
			WallSeconds: middle * (1 + 0.002*float64(i-5))})
	}
	return r
}

func residual(x float64) results.Measurement {
	return results.Measurement{Name: "residual", Value: x, Better: results.Lower, Role: results.Primary}
}

func failed(r results.Run, status results.Status, reason string) results.Run {
	r.Status, r.Reason = status, reason
	return r
}

func few(r results.Run, n int) results.Run {
	r.Repetitions = r.Repetitions[:n+1]
	return r
}

func sample() []results.Run {
	l2 := func(x float64) results.Measurement {
		return results.Measurement{Name: "error", Value: x, Better: results.Lower, Role: results.Secondary}
	}
	image := func(psnr, ssim float64) []results.Measurement {
		return []results.Measurement{
			{Name: "psnr", Value: psnr, Unit: "dB", Better: results.Higher, Role: results.Primary},
			{Name: "ssim", Value: ssim, Better: results.Higher, Role: results.Secondary},
			{Name: "mse", Value: 0.01, Better: results.Lower, Role: results.Info},
		}
	}
	cg := run(unit2d, "cg", "precond=ic0,tol=1e-10", 4.2, residual(9.7e-11), l2(1.2e-9))
	cg.Evaluations, cg.Flags = 812, []string{"noisy"}
	return []results.Run{
		cg,
		run(unit2d, "multigrid", "cg=true,cycle=F,levels=auto,post=2,pre=2,smoother=chebyshev", 0.123, residual(3.1e-11), l2(4.5e-10)),
		run(unit2d, "fast-poisson", "", 0.0312, residual(2.2e-15), l2(1.1e-14)),
		few(run(unit2d, "multigrid", "cycle=V", 0.1232, residual(8e-11), l2(4e-10)), 3),
		failed(run(unit2d, "sor", "omega=1.5", 9, residual(2e-3), l2(0.1)), results.Inaccurate, "residual 2e-3 is above the tolerance 1e-10"),
		failed(few(run(unit2d, "sor", "omega=2", 9), 0), results.Timeout, "killed after 60 s"),
		run(jump, "multigrid", "cycle=V", 0.5, residual(8e-11)),
		failed(few(run(jump, "fast-poisson", "", 9), 0), results.Unsupported, "coefficients must be constant"),
		run(denoise, "tv", "lambda=0.1", 0.8, image(29.456, 0.9)...),
		run(denoise, "gaussian", "", 0.0000123, image(27.1, 0.81)...),
		run(denoise, "identity", "", 0.00000000123, image(math.Inf(1), math.NaN())...),
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got), accept with go test -update:\n%s", file, diff)
	}
}

func terminal(t *testing.T, runs []results.Run, s Style) string {
	t.Helper()
	var b strings.Builder
	if err := Terminal(&b, rank.Boards(runs, rank.Defaults), s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func markdown(t *testing.T, runs []results.Run) string {
	t.Helper()
	var b strings.Builder
	if err := Markdown(&b, rank.Boards(runs, rank.Defaults), View{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	runs := sample()
	golden(t, "terminal.txt", terminal(t, runs, Style{}))
	golden(t, "narrow.txt", terminal(t, runs, Style{Width: 80}))
	golden(t, "color.txt", terminal(t, runs[:6], Style{Color: true}))
	golden(t, "markdown.md", markdown(t, runs))
	for file, write := range map[string]func(*bytes.Buffer) error{
		"runs.csv":         func(b *bytes.Buffer) error { return RunsCSV(b, runs) },
		"repetitions.csv":  func(b *bytes.Buffer) error { return RepetitionsCSV(b, runs[:2]) },
		"bench.txt":        func(b *bytes.Buffer) error { return Benchfmt(b, runs) },
		"leaderboard.json": func(b *bytes.Buffer) error { return JSON(b, rank.Rows(rank.Boards(runs, rank.Defaults))) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		golden(t, file, b.String())
	}
}

func checkWidth(t *testing.T, text string, width int) {
	t.Helper()
	for _, line := range strings.Split(text, "\n") {
		if w := twwidth.Width(line); w > width {
			t.Errorf("line of %d characters, want at most %d: %s", w, width, line)
		}
	}
}

func TestWidth(t *testing.T) {
	for _, width := range []int{60, 80, 100, 120, 200} {
		checkWidth(t, terminal(t, sample(), Style{Width: width}), width)
	}
}

func TestColorOnlyIfAsked(t *testing.T) {
	plain := terminal(t, sample(), Style{})
	if strings.ContainsRune(plain, '\x1b') {
		t.Error("escape sequences without colour")
	}
	// Colour changes nothing else, alignment included.
	colored := terminal(t, sample(), Style{Color: true})
	for _, code := range []string{"\x1b[0m", "\x1b[1m", "\x1b[31m", "\x1b[1;32m", "\x1b[33m"} {
		if !strings.Contains(colored, code) {
			t.Errorf("no %q", code)
		}
		colored = strings.ReplaceAll(colored, code, "")
	}
	if diff := cmp.Diff(plain, colored); diff != "" {
		t.Errorf("colour changes the text (-plain +coloured):\n%s", diff)
	}
}

func TestNoRuns(t *testing.T) {
	if got := terminal(t, nil, Style{}) + markdown(t, nil); got != "No runs to rank.\nNo runs to rank.\n" {
		t.Errorf("got %q", got)
	}
	var b bytes.Buffer
	if err := JSON[results.Run](&b, nil); err != nil || b.String() != "[]\n" {
		t.Errorf("JSON of no runs: %q, %v", b.String(), err)
	}
}

// hostile is what a plugin could send to deceive a reader or break a table.
const hostile = "ok\x1b[2J\x1b[1;31mroot#\r\n\x00\x07\u202eevil\u200b|`a`| <script>alert(1)</script> " +
	"<!-- solverbench:end leaderboard --> [x](https://e.test) **b** \xff\xfe \x9b31m www.e.test"

func hostileRuns() []results.Run {
	long := strings.Repeat("long-name,", 1000)
	i := &results.Instance{Family: "fam" + hostile, Problem: "p", Label: hostile + long, Primary: hostile, RankBy: hostile, Hash: "h", Tolerance: 1}
	m := results.Measurement{Name: hostile, Value: 1, Unit: hostile, Role: results.Primary, Better: results.Lower}
	a, b := run(i, hostile, "", 1, m), failed(run(i, "cg", "", 1, m), results.Crashed, hostile+"\n"+long+"\n\n### heading\n")
	a.Configuration.Label, a.Configuration.Plugin.Name = hostile+long, hostile
	a.Flags = []string{hostile}
	a.Machine = &results.Machine{Hostname: hostile, CPU: hostile}
	b.Machine = a.Machine
	return []results.Run{a, b}
}

func TestHostileTextIsHarmless(t *testing.T) {
	runs := hostileRuns()
	text := terminal(t, runs, Style{})
	page := markdown(t, runs)
	for name, s := range map[string]string{"terminal": text, "markdown": page} {
		for _, r := range s {
			if r != '\n' && r != ' ' && !unicode.IsPrint(r) {
				t.Errorf("%s output has %U", name, r)
			}
		}
		if len(s) > 30_000 {
			t.Errorf("%s output has %d bytes", name, len(s))
		}
	}
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "root#") || strings.HasPrefix(line, "### heading") {
			t.Errorf("text escaped from its line: %q", line)
		}
	}
	for _, forbidden := range []string{"<script", "<!--", "[x](", "**b**", "https://"} {
		if strings.Contains(page, forbidden) {
			t.Errorf("Markdown output has %q", forbidden)
		}
	}
	// Every row of a table has as many cells as its heading.
	var cells int
	for _, line := range strings.Split(page, "\n") {
		if !strings.HasPrefix(line, "|") {
			cells = 0
			continue
		}
		n := strings.Count(line, "|")
		if cells != 0 && n != cells {
			t.Errorf("row has %d bars, heading %d: %s", n, cells, line)
		}
		cells = n
	}
	var b bytes.Buffer
	if err := RunsCSV(&b, runs); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(bytes.NewReader(b.Bytes())).ReadAll()
	if err != nil || len(records) != 3 {
		t.Errorf("CSV: %d records, %v", len(records), err)
	}
}

func TestBenchfmtIsRead(t *testing.T) {
	runs := append(sample(), hostileRuns()...)
	dpm := run(denoise, "dpm-solver-2", "", 0.5, residual(1)) // "-2" must not be taken for the number of threads
	dpm.Threads = 4
	runs = append(runs, dpm)
	var b bytes.Buffer
	if err := Benchfmt(&b, runs); err != nil {
		t.Fatal(err)
	}
	r := benchfmt.NewReader(bytes.NewReader(b.Bytes()), "test")
	values := make(map[string][]float64)
	for r.Scan() {
		switch rec := r.Result().(type) {
		case *benchfmt.SyntaxError:
			t.Errorf("not understood: %v", rec)
		case *benchfmt.Result:
			if rec.GetConfig("goos") != "linux" && rec.GetConfig("machine") == "box" {
				t.Errorf("goos is %q", rec.GetConfig("goos"))
			}
			seconds, ok := rec.Value("sec/op")
			if !ok || rec.Iters != 4 {
				t.Errorf("%s: %d iterations, sec/op %v", rec.Name, rec.Iters, ok)
			}
			values[rec.Name.String()] = append(values[rec.Name.String()], seconds)
		}
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	solved := 0
	for _, run := range runs {
		if run.Status == results.Solved {
			solved++
		}
	}
	if len(values) != solved {
		t.Errorf("%d benchmarks, want %d", len(values), solved)
	}
	name := "Restoration/instance=denoise[sigma=0.1]/solver=dpm-solver-2-4"
	if got := values[name]; len(got) != 10 || math.Abs(got[5]-0.5) > 1e-9 {
		t.Errorf("%s: %v", name, got)
	}
	base, parts := benchfmt.Name(name).Parts()
	if string(base) != "Restoration" || len(parts) != 3 || string(parts[1]) != "/solver=dpm-solver-2" || string(parts[2]) != "-4" {
		t.Errorf("parts %q %q", base, parts)
	}
}

func TestRunsAsJSON(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b, sample()); err != nil {
		t.Fatal(err)
	}
	var got []struct {
		Status        string
		Configuration struct{ Label string }
		Measurements  []struct {
			Value *float64
			Text  string
		}
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	last := got[len(got)-1]
	if last.Configuration.Label != "identity" || last.Measurements[0].Value != nil || last.Measurements[0].Text != "+Inf" {
		t.Errorf("last run %+v", last)
	}
}

func TestQuantities(t *testing.T) {
	for x, want := range map[float64]string{
		0: "0 s", 1: "1.00 s", 0.9994: "999 ms", 0.9999: "1.00 s", 1.2345e-3: "1.23 ms", 9.999e-3: "10.0 ms",
		99.99e-6: "100 µs", 4.5e-9: "4.50 ns", 1e-12: "0.00100 ns", 12345: "12345 s", 61.25: "61.2 s",
	} {
		if got := seconds(x); got != want {
			t.Errorf("seconds(%v) = %q, want %q", x, got, want)
		}
	}
	for n, want := range map[int64]string{0: "–", 999: "999 B", 1000: "0.977 KiB", 1 << 20: "1.00 MiB", 3 << 40: "3.00 TiB", 1 << 60: "1048576 TiB"} {
		if got := memory(n); got != want {
			t.Errorf("memory(%v) = %q, want %q", n, got, want)
		}
	}
}

func ExampleTerminal() {
	run := results.Run{
		Configuration: &results.Configuration{Solver: "cg", Label: "cg[precond=ic0]"},
		Instance:      &results.Instance{Family: "poisson", Label: "poisson/unit-2d[n=63]", RankBy: results.ByTime},
		Status:        results.Solved,
		Repetitions:   []results.Repetition{{WallSeconds: 0.0125}},
	}
	if err := Terminal(os.Stdout, rank.Boards([]results.Run{run}, rank.Defaults), Style{}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// POISSON
	//
	// poisson/unit-2d[n=63]  ranked by time
	// ┌──────┬─────────────────┬────────────────┬──────────┐
	// │ rank │ solver          │           time │ ×fastest │
	// ├──────┼─────────────────┼────────────────┼──────────┤
	// │    1 │ cg[precond=ic0] │ 12.5 ms once a │     1.00 │
	// └──────┴─────────────────┴────────────────┴──────────┘
	//
	// a too-few-samples: too few repetitions for a 95% confidence interval of the median, which needs 6: there is only their
	//   range. Make more with --reps or a larger --budget.
	//
	// Times are medians a solve, ± their 95% confidence interval, or [least, most] of too few repetitions. ×fastest is the
	// time to that of the fastest solved run. Ranked by time, places are shared where times do not differ significantly
	// (Mann–Whitney, α = 0.05, Holm's correction for all pairs on the instance); by a metric, where values are equal. ◆:
	// nothing is both faster and more accurate.
}

// TestManyRows writes more rows than are drawn in frames: a line each, that says what a drawn row does.
func TestManyRows(t *testing.T) {
	var runs []results.Run
	for i := range mostDrawn + 1 {
		r := run(unit2d, "multigrid", fmt.Sprintf("cycle=V,smoother=red-black-gauss-seidel,sweeps=%d", i), 1+0.1*float64(i), residual(1e-11))
		r.ID = int64(i)
		runs = append(runs, r)
	}
	runs[0].Flags = []string{"noisy"}
	var out strings.Builder
	if err := Terminal(&out, rank.Boards(runs, rank.Defaults), Style{Width: 80}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"3001 rows, written as plain lines: tables are drawn of up to 3000. Selections\nchoose fewer.\n",
		"\n  rank    solver                                                                     time    ×fastest  residual ↓  set-up    memory\n" +
			"     1    multigrid[cycle=V,smoother=red-black-gauss-seidel,sweeps=0]     ★ 999 ms ± 0.7% b      1.00     ◆ 1e-11  143 ms  48.5 MiB\n" +
			"     2 a  multigrid[cycle=V,smoother=red-black-gauss-seidel,sweeps=1]       1.10 s ± 0.7%        1.10       1e-11  157 ms  48.5 MiB\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("got\n%.1200s\nwant\n%s", out.String(), want)
		}
	}
	if n := strings.Count(out.String(), "multigrid["); n != len(runs) {
		t.Errorf("%d rows, expected %d", n, len(runs))
	}
}
