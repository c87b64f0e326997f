package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
)

// Benchfmt writes the repetitions of solved runs, warm-up apart, in the Go benchmark format
// (https://go.dev/design/14313-benchmark-format), a line each:
//
//	BenchmarkPoisson/instance=unit-2d[n=63]/solver=multigrid[cycle=F]-1 8 1250000 ns/op 0 warnings 1048576 peak-B
//
// with the iterations being the solves in a batch, the number after the hyphen the threads, and then how many warnings
// there are about the run, CPU time, evaluations and the primary metric. The warnings themselves stand above the lines
// they are about, as comments: "# noisy: …". Above them stand the lines goos, goarch, cpu, machine, plugin, plugin-version and experiment,
// repeated where they change. In names "%", "/" and white space are percent-encoded, since the format gives them a
// meaning. Compare solvers by
//
//	benchstat -col /solver -row /instance runs.txt
func Benchfmt(w io.Writer, runs []results.Run) error {
	out := bufio.NewWriter(w)
	var last string
	for i := range runs {
		r := &runs[i]
		if r.Status != results.Solved {
			continue
		}
		if config := benchConfig(r); config != last {
			fmt.Fprint(out, config)
			last = config
		}
		benchRun(out, r)
	}
	return out.Flush()
}

func benchConfig(r *results.Run) string {
	m := r.Machine
	if m == nil {
		m = &results.Machine{}
	}
	p := &r.Configuration.Plugin
	var b strings.Builder
	for _, c := range [][2]string{{"goos", m.OS}, {"goarch", m.Arch}, {"cpu", m.CPU}, {"machine", m.Hostname},
		{"plugin", p.Name}, {"plugin-version", p.Version}, {"experiment", r.ExperimentUID}} {
		fmt.Fprintf(&b, "%s: %s\n", c[0], strings.TrimSpace(clean(c[1], longestName)))
	}
	return b.String() + "\n"
}

func benchRun(w io.Writer, r *results.Run) {
	family := r.Instance.Family
	first, n := utf8.DecodeRuneInString(family)
	instance := strings.TrimPrefix(r.Instance.Label, family+"/")
	name := fmt.Sprintf("Benchmark%s/instance=%s/solver=%s-%d", encode(string(unicode.ToUpper(first))+family[n:]),
		encode(instance), encode(r.Configuration.Label), max(r.Threads, 1))
	warnings := rank.NewRow(r, rank.Defaults).Warnings
	for _, doubt := range warnings {
		fmt.Fprintln(w, "# "+warning(doubt))
	}
	for _, p := range r.Repetitions {
		if p.Warmup {
			continue
		}
		fmt.Fprintf(w, "%s %d %s ns/op %d warnings", name, max(p.Batch, 1), digits(p.WallSeconds*1e9, 6), len(warnings))
		if cpu := p.UserSeconds + p.SystemSeconds; cpu > 0 {
			fmt.Fprintf(w, " %s cpu-ns/op", digits(cpu*1e9, 6))
		}
		if peak := cmp.Or(p.PeakMemoryBytes, r.PeakMemoryBytes); peak > 0 {
			fmt.Fprintf(w, " %d peak-B", peak)
		}
		if evaluations := cmp.Or(p.Evaluations, r.Evaluations); evaluations > 0 {
			fmt.Fprintf(w, " %d evals/op", evaluations)
		}
		for _, m := range r.Measurements {
			if m.Role == results.Primary && !math.IsNaN(m.Value) && !math.IsInf(m.Value, 0) && m.Name != "" {
				fmt.Fprintf(w, " %s %s", float(m.Value), encode(m.Name))
			}
		}
		fmt.Fprintln(w)
	}
}

// encode percent-encodes what would end a name or part it.
func encode(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r == '%' || r == '/' || unicode.IsSpace(r) || !unicode.IsPrint(r) {
			for _, c := range []byte(string(r)) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
