package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/solverbench/solverbench/results/rank"
)

// Document is something that can be written in every format.
type Document struct {
	page func(metrics int) page // with at most so many metrics a table
	csv  func(io.Writer) error
	json func(io.Writer) error
}

// Formats returns the names of the formats of documents.
func Formats() []string { return []string{"table", "markdown", "latex", "csv", "json", "html"} }

// Write writes a document: as tables for a terminal of a style, as Markdown, as LaTeX for a document that uses longtable,
// as CSV, as JSON, or as a page of HTML. A fragment of HTML is to be included in another page.
func (d Document) Write(w io.Writer, format string, s Style, fragment bool) error {
	switch format {
	case "table":
		return s.page(w, d.page(terminalMetrics))
	case "markdown":
		return markdownPage(w, d.page(markdownMetrics))
	case "latex":
		return latexPage(w, d.page(latexMetrics))
	case "csv":
		return d.csv(w)
	case "json":
		return d.json(w)
	case "html":
		return htmlPage(w, d.page(htmlMetrics), fragment)
	}
	return fmt.Errorf("format %q, expected one of %s", format, strings.Join(Formats(), ", "))
}

// Leaderboards is a document of boards. Its JSON and CSV are the rows, or the standings where only the summary is shown.
func Leaderboards(boards []rank.Board, v View) Document {
	d := Document{
		page: func(metrics int) page { return leaderboard(boards, metrics, v) },
		csv:  func(w io.Writer) error { return rowsCSV(w, rank.Rows(boards)) },
		json: func(w io.Writer) error { return JSON(w, rank.Rows(boards)) },
	}
	if v.SummaryOnly {
		d.csv = func(w io.Writer) error { return standingsCSV(w, standingRows(boards)) }
		d.json = func(w io.Writer) error { return JSON(w, standingRows(boards)) }
	}
	return d
}

// Scales is a document of how times grow with a parameter.
func Scales(scales []rank.Scale, s rank.Settings) Document {
	return Document{
		page: func(int) page { return scalesPage(scales, s) },
		json: func(w io.Writer) error { return JSON(w, scales) },
		csv: func(w io.Writer) error {
			return table(w, scales, func(c rank.Scale) ([]field, error) {
				exponent, lo, hi := "", "", ""
				if c.Exponent != nil {
					exponent, lo, hi = float(c.Exponent.Value), float(c.Exponent.Lo), float(c.Exponent.Hi)
				}
				return []field{{"family", c.Family}, {"machine", c.Hostname}, {"instances", c.Instances}, {"param", c.Param}, {"plugin", c.Plugin},
					{"solver", c.Solver}, {"configuration", c.Configuration}, {"threads", whole(int64(c.Threads))}, {"exponent", exponent},
					{"lo", lo}, {"hi", hi}, {"r2", some(c.R2)}, {"points", whole(int64(len(c.Points)))}, {"attempted", whole(int64(c.Attempted))}}, nil
			})
		},
	}
}

func scalesPage(scales []rank.Scale, s rank.Settings) page {
	p := page{empty: "No runs to scale."}
	for i := 0; i < len(scales); {
		c := &scales[i]
		section := section{title: c.Family, about: hostname(c.Hostname)}
		for i < len(scales) && scales[i].Family == c.Family && scales[i].Machine == c.Machine {
			first := i
			for i < len(scales) && scales[i].Instances == scales[first].Instances && scales[i].Machine == c.Machine {
				i++
			}
			section.parts = append(section.parts, scalesPart(scales[first:i]))
		}
		p.sections = append(p.sections, section)
	}
	if len(scales) > 0 {
		p.legend = fmt.Sprintf("Time grows as %s to the power of the exponent: least squares of log time on log %[1]s over the sizes that were solved, with "+
			"Student's %s interval, which needs three. R² below 0.99 says that the law bends: then the exponent is of this range alone.",
			scales[0].Param, percent(s.Confidence))
	}
	return p
}

func hostname(name string) string { return clean(name, longestName) }

func scalesPart(scales []rank.Scale) part {
	p := part{label: clean(scales[0].Instances, longestName), text: "time against " + clean(scales[0].Param, longestName)}
	var b rank.Board
	for i := range scales {
		mention(&b, i, scales[i].Plugin, scales[i].Threads)
	}
	p.grid = grid{columns: []column{{head: "rank"}, {head: "solver", name: true, left: true}, {head: "exponent"}, {head: "interval"}, {head: "R²", drop: 1},
		{head: "solved", drop: -3}, {head: clean(scales[0].Param, longestName), drop: -2}, {head: "time", drop: -1}}}
	for i := range scales {
		c := &scales[i]
		place, exponent, interval, r2, from, time := "–", "–", "–", "–", "–", "–"
		if c.Exponent != nil {
			place, exponent = fmt.Sprint(i+1), fmt.Sprintf("%.2f", c.Exponent.Value)
			interval, r2 = fmt.Sprintf("[%.2f, %.2f]", c.Exponent.Lo, c.Exponent.Hi), fmt.Sprintf("%.3f", *c.R2)
		}
		if n := len(c.Points); n > 0 {
			from = number(c.Points[0].At) + "–" + number(c.Points[n-1].At)
			time = seconds(c.Points[0].Seconds) + "–" + seconds(c.Points[n-1].Seconds)
		}
		p.grid.rows = append(p.grid.rows, []cell{{text: place}, {text: display(c.Configuration, c.Plugin, c.Threads, &b)}, {text: exponent},
			{text: interval}, {text: r2}, {text: fmt.Sprintf("%d/%d", len(c.Points), c.Attempted)}, {text: from}, {text: time}})
	}
	return p
}

// mention tells a board of the i-th of those that a table has, so that its names say what tells them apart.
func mention(b *rank.Board, i int, plugin string, threads int) {
	if !slices.Contains(b.Plugins, plugin) {
		b.Plugins = append(b.Plugins, plugin)
	}
	if i == 0 {
		b.Threads = threads
	} else if b.Threads != threads {
		b.Threads = 0
	}
}

// Ladders is a document of when tolerances were reached.
func Ladders(ladders []rank.Ladder) Document {
	climbs := []rank.Climb{}
	for i := range ladders {
		climbs = append(climbs, ladders[i].Climbs...)
	}
	return Document{
		page: func(int) page { return laddersPage(ladders) },
		json: func(w io.Writer) error { return JSON(w, climbs) },
		csv:  func(w io.Writer) error { return climbsCSV(w, climbs) },
	}
}

// climbsCSV writes a line a rung.
func climbsCSV(w io.Writer, climbs []rank.Climb) error {
	type step struct {
		rank.Climb
		rank.Rung
	}
	var steps []step
	for _, c := range climbs {
		for _, r := range c.Rungs {
			steps = append(steps, step{c, r})
		}
	}
	return table(w, steps, func(s step) ([]field, error) {
		evaluations := ""
		if s.Evaluations != nil {
			evaluations = whole(*s.Evaluations)
		}
		return []field{{"family", s.Family}, {"machine", s.Machine}, {"problem", s.Problem}, {"instance", s.Instance}, {"plugin", s.Plugin}, {"solver", s.Solver},
			{"configuration", s.Configuration}, {"threads", whole(int64(s.Threads))}, {"status", string(s.Status)}, {"metric", s.Metric},
			{"tolerance", float(s.Tolerance)}, {"seconds", some(s.Seconds)}, {"evaluations", evaluations}, {"run", whole(s.Run)}}, nil
	})
}

func laddersPage(ladders []rank.Ladder) page {
	p := page{empty: "No run has checkpoints: run with --checkpoints."}
	for i := 0; i < len(ladders); {
		l := &ladders[i]
		section := section{title: l.Instance.Family}
		if l.Machine != nil {
			section.about = hostname(l.Machine.Hostname)
		}
		for i < len(ladders) && ladders[i].Instance.Family == l.Instance.Family && ladders[i].Machine == l.Machine {
			section.parts = append(section.parts, ladderPart(&ladders[i]))
			i++
		}
		p.sections = append(p.sections, section)
	}
	if len(ladders) > 0 {
		p.legend = "Time from the start of the first solve, with cold caches, to the first checkpoint that meets each tolerance on the primary metric, " +
			"as the harness computed it. Checkpoints are some time apart, so a tolerance may have been met a little earlier."
	}
	return p
}

func ladderPart(l *rank.Ladder) part {
	relation := "≤ "
	if l.Better == "higher" {
		relation = "≥ "
	}
	p := part{label: clean(l.Instance.Label, longestName), text: "time to " + clean(l.Instance.Primary, longestName)}
	p.grid = grid{columns: []column{{head: "rank"}, {head: "solver", name: true, left: true}}}
	for _, r := range l.Rungs {
		p.grid.columns = append(p.grid.columns, column{head: relation + number(r), values: true})
	}
	p.grid.columns = append(p.grid.columns, column{head: "checkpoints", drop: 1})
	var b rank.Board
	least := make([]float64, len(l.Rungs))
	for i := range l.Climbs {
		c := &l.Climbs[i]
		mention(&b, i, c.Plugin, c.Threads)
		for k, r := range c.Rungs {
			if r.Seconds != nil && (least[k] == 0 || *r.Seconds < least[k]) {
				least[k] = *r.Seconds
			}
		}
	}
	for i := range l.Climbs {
		c := &l.Climbs[i]
		row := []cell{{text: fmt.Sprint(i + 1)}, {text: display(c.Configuration, c.Plugin, c.Threads, &b)}}
		for k, r := range c.Rungs {
			reached := cell{text: "–"}
			if r.Seconds != nil {
				reached.text = seconds(*r.Seconds)
				if *r.Seconds == least[k] {
					reached.tone = best
				}
			}
			row = append(row, reached)
		}
		p.grid.rows = append(p.grid.rows, append(row, cell{text: fmt.Sprint(c.Checkpoints)}))
	}
	return p
}
