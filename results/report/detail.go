package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
)

// Detail is everything that is known of one run. Its JSON form is stable.
type Detail struct {
	Run        *results.Run        `json:"run"`
	Experiment *results.Experiment `json:"experiment"`
	Summary    rank.Row            `json:"summary"` // of the run by itself: without a place and a ratio
}

// NewDetail summarises a run that was loaded whole, of an experiment.
func NewDetail(r *results.Run, e *results.Experiment) Detail {
	return Detail{r, e, rank.NewRow(r, rank.Defaults)}
}

// Run writes a run for people: what was run where, what came out, the reasons to doubt it, every repetition, and what
// the plugin wrote to standard error. Columns for which a line has no room are left out, and named, unless all are asked for by s.Wide.
func Run(w io.Writer, d Detail, s Style) error {
	if s.Width <= 0 {
		s.Width = usualWidth
	}
	out := bufio.NewWriter(w)
	r := d.Run
	title := fmt.Sprintf("Run %d: %s on %s: %s", r.ID, clean(r.Configuration.Label, longestName),
		clean(r.Instance.Label, longestName), r.Status)
	s.lines(out, "", title)
	if r.Reason != "" {
		s.lines(out, s.paint("✗ ", red), clean(r.Reason, longestReason))
	}
	for _, doubt := range d.Summary.Warnings {
		s.lines(out, s.paint("! ", yellow), warning(doubt))
	}
	s.pairs(out, "Result", outcome(&d))
	s.pairs(out, "Measurement", measured(&d))
	s.pairs(out, "Provenance", provenance(&d))
	if len(r.Repetitions) > 0 {
		fmt.Fprintln(out)
		s.lines(out, "", "Repetitions, seconds and counts a solve; faults and switches a call; w is the warm-up")
		g := repetitionsGrid(r)
		all := g.heads()
		s.fit(&g)
		if err := s.grid(out, g, &notes{}); err != nil {
			return err
		}
		if shown := g.heads(); len(shown) < len(all) {
			all = slices.DeleteFunc(all, func(head string) bool { return slices.Contains(shown, head) })
			s.lines(out, "", "No room for "+strings.Join(all, ", ")+"; --json has them.")
		}
	}
	if len(r.Checkpoints) > 0 {
		fmt.Fprintln(out, "\nCheckpoints")
		if err := s.grid(out, checkpointsGrid(r), &notes{}); err != nil {
			return err
		}
	}
	for _, e := range r.Events {
		s.lines(out, "  ", fmt.Sprintf("%s %s %s: %s", date(e.Time), clean(e.Level, longestName), clean(e.Kind, longestName),
			clean(e.Message, longestReason)))
	}
	if r.Stderr != "" {
		fmt.Fprintln(out, "\nEnd of its standard error")
		for line := range strings.Lines(r.Stderr) {
			s.lines(out, "  │ ", clean(strings.TrimRight(line, "\r\n"), longestReason))
		}
	}
	return out.Flush()
}

// pair is a line of facts; it is left out if there is nothing to say.
type pair struct{ name, text string }

func (s Style) pairs(w io.Writer, title string, all []pair) {
	fmt.Fprintln(w, "\n"+title)
	for _, p := range all {
		if p.text != "" && p.text != "–" {
			s.lines(w, fmt.Sprintf("  %-13s ", p.name), p.text)
		}
	}
}

func outcome(d *Detail) []pair {
	row := &d.Summary
	all := []pair{{"time", interval(row, rank.Defaults.Confidence)}}
	if row.MedianSeconds != nil {
		all = append(all, pair{"interval", fmt.Sprintf("%s to %s with %s confidence", seconds(*row.LoSeconds),
			seconds(*row.HiSeconds), percent(row.Confidence))})
	}
	for _, m := range d.Run.Measurements {
		text := number(m.Value)
		if m.Unit != "" {
			text += " " + clean(m.Unit, longestName)
		}
		if m.Name == d.Run.Instance.Primary && d.Run.Instance.Tolerance > 0 {
			text += ", tolerance " + number(d.Run.Instance.Tolerance)
		}
		all = append(all, pair{clean(m.Name, longestName), text})
	}
	return all
}

func measured(d *Detail) []pair {
	r, row := d.Run, &d.Summary
	all := []pair{
		{"start-up", maybe(&r.StartupSeconds, seconds)},
		{"set-up", maybe(&r.SetupSeconds, seconds)},
		{"first solve", maybe(&r.FirstSeconds, seconds)},
		{"CPU", maybe(row.CPUSeconds, seconds)},
		{"repetitions", count(int64(row.Repetitions))},
		{"batch", maybe(row.Batch, batches)},
		{"stopped by", clean(string(r.Stopped), longestName)},
		{"precision", maybe(&r.Precision, percent)},
		{"transport", maybe(&r.TransportSeconds, seconds)},
		{"null call", maybe(&r.NullCallSeconds, seconds)},
		{"share of it", maybe(row.TransportShare, percent)},
		{"background", maybe(&r.BackgroundSeconds, seconds)},
		{"checkpoints", maybe(&r.CheckpointSeconds, seconds)},
		{"memory", memory(r.PeakMemoryBytes)},
		{"measured by", clean(string(r.PeakMemorySource), longestName)},
		{"faults", fmt.Sprintf("%d minor, %d major", r.MinorFaults, r.MajorFaults)},
		{"switches", fmt.Sprintf("%d voluntary, %d involuntary", r.VoluntarySwitches, r.InvoluntarySwitches)},
		{"evaluations", count(r.Evaluations)},
		{"noise", maybe(&r.Noise, ratio)},
		{"attempts", strconv.Itoa(row.Attempts)},
		{"flags", clean(strings.Join(r.Flags, " "), longestReason)},
	}
	if r.Answers > 0 {
		all = append(all, pair{"verified", fmt.Sprintf("%d of %d timed answers", r.Verified, r.Answers)})
	}
	return all
}

func provenance(d *Detail) []pair {
	r, e := d.Run, d.Experiment
	p, m := &r.Configuration.Plugin, r.Machine
	all := []pair{
		{"plugin", clean(strings.TrimSpace(p.Name+" "+p.Version), longestName)},
		{"file", clean(p.Path, longestReason)},
		{"sha256", clean(p.SHA256, longestName)},
		{"options", object(r.Configuration.Options)},
		{"parameters", object(r.Instance.Params)},
		{"seeds", fmt.Sprintf("%d of the run, %d of the instance", r.Seed, r.Instance.Seed)},
		{"started", date(r.Started)},
		{"finished", date(r.Finished)},
		{"threads", strconv.Itoa(r.Threads)},
		{"cores", ranges(r.CPUs)},
		{"time limit", maybe(&r.Timeout, seconds)},
		{"limits", object(r.Limits)},
		{"load before", number(r.LoadBefore)},
		{"exit", clean(r.Exit, longestReason)},
		{"order", fmt.Sprintf("%d in its experiment", r.Ordinal)},
	}
	if m != nil {
		all = append(all, pair{"machine", machine(&rank.Board{Machine: m})})
	}
	if e != nil {
		all = append(all, pair{"experiment", fmt.Sprintf("%d, %s, %s", e.ID, clean(e.UID, longestName), e.Outcome)},
			pair{"suite", clean(e.Suite, longestName)}, pair{"command", clean(strings.Join(e.Command, " "), longestReason)},
			pair{"harness", clean(strings.TrimSpace(e.HarnessVersion+" "+e.Revision+" "+e.GoVersion), longestName)},
			pair{"settings", object(e.Settings)})
	}
	for _, a := range r.Artifacts {
		all = append(all, pair{"artifact", clean(a.Name+" "+a.Path, longestReason) + ", " + memory(a.Bytes)})
	}
	return all
}

// object writes values by name as JSON, nothing if there are none.
func object(values map[string]any) string {
	if len(values) == 0 {
		return ""
	}
	text, err := json.Marshal(values)
	if err != nil {
		return clean(fmt.Sprint(values), longestReason)
	}
	return clean(string(text), longestReason)
}

func repetitionsGrid(r *results.Run) grid {
	g := grid{columns: []column{{head: "no."}, {head: "wall"}, {head: "batch", drop: 4}, {head: "plugin's", drop: 5}, {head: "user", drop: 3},
		{head: "system", drop: 7}, {head: "oracles", drop: 6}, {head: "memory", drop: 2}, {head: "evals", drop: 6}, {head: "moved", drop: 8},
		{head: "faults", drop: 9}, {head: "major", drop: 10}, {head: "switches", drop: 11}, {head: "forced", drop: 12},
		{head: "verified", drop: 4}, {head: "noise", drop: 1}}}
	for i := range r.Repetitions {
		p := &r.Repetitions[i]
		no := strconv.Itoa(p.Index)
		if p.Warmup {
			no += " w"
		}
		var row []cell
		for _, text := range []string{no, seconds(p.WallSeconds), strconv.Itoa(max(p.Batch, 1)), maybe(&p.PluginSeconds, seconds),
			maybe(&p.UserSeconds, seconds), maybe(&p.SystemSeconds, seconds), maybe(&p.OracleSeconds, seconds),
			memory(p.PeakMemoryBytes), count(p.Evaluations), memory(p.BytesMoved), count(p.MinorFaults), count(p.MajorFaults),
			count(p.VoluntarySwitches), count(p.InvoluntarySwitches), count(int64(p.Verified)), maybe(&p.Noise, ratio)} {
			row = append(row, cell{text: text})
		}
		g.rows = append(g.rows, row)
	}
	return g.withoutEmpty()
}

// heads are those of a grid's columns.
func (g *grid) heads() []string {
	heads := make([]string, len(g.columns))
	for i, c := range g.columns {
		heads[i] = c.head
	}
	return heads
}

func checkpointsGrid(r *results.Run) grid {
	g := grid{columns: []column{{head: "no."}, {head: "after"}, {head: "evals", drop: 1}, {head: "metrics", name: true, left: true}}}
	for _, c := range r.Checkpoints {
		var metrics []string
		for _, m := range c.Measurements {
			metrics = append(metrics, clean(m.Name, longestName)+" "+number(m.Value))
		}
		g.rows = append(g.rows, []cell{{text: strconv.Itoa(c.Index)}, {text: seconds(c.Seconds)}, {text: count(c.Evaluations)},
			{text: strings.Join(metrics, ", ")}})
	}
	return g.withoutEmpty()
}
