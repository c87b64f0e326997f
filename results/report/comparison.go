package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/solverbench/solverbench/results/compare"
	"github.com/solverbench/solverbench/results/rank"
	"github.com/solverbench/solverbench/results/stats"
)

// Comparisons is a document of two sides set against each other. Its JSON is the comparisons, its CSV a line a pair.
func Comparisons(all []compare.Comparison, s compare.Settings) Document {
	var pairs []compare.Pair
	for i := range all {
		pairs = append(pairs, all[i].Pairs...)
	}
	return Document{
		page: func(int) page { return comparisonsPage(all, s) },
		json: func(w io.Writer) error { return JSON(w, all) },
		csv: func(w io.Writer) error {
			return table(w, pairs, func(p compare.Pair) ([]field, error) { return pairFields(&p), nil })
		},
	}
}

func pairFields(p *compare.Pair) []field {
	ratio := make([]string, 3)
	if p.Ratio != nil {
		ratio = []string{float(p.Ratio.Value), float(p.Ratio.Lo), float(p.Ratio.Hi)}
	}
	return []field{{"family", p.Family}, {"problem", p.Problem}, {"instance", p.Instance}, {"threads", whole(int64(p.Threads))},
		{"plugin_a", p.A.Plugin}, {"configuration_a", p.A.Configuration}, {"status_a", string(p.A.Status)}, {"median_seconds_a", some(p.A.MedianSeconds)},
		{"plugin_b", p.B.Plugin}, {"configuration_b", p.B.Configuration}, {"status_b", string(p.B.Status)}, {"median_seconds_b", some(p.B.MedianSeconds)},
		{"ratio", ratio[0]}, {"lo", ratio[1]}, {"hi", ratio[2]}, {"margin", known(p.Margin)}, {"p", some(p.P)}, {"p_adjusted", some(p.Adjusted)},
		{"verdict", string(p.Verdict)}, {"run_a", whole(p.A.Run)}, {"run_b", whole(p.B.Run)}}
}

func comparisonsPage(all []compare.Comparison, s compare.Settings) page {
	p := page{empty: "Nothing to compare: no instance was tried by both."}
	for i := range all {
		c := &all[i]
		p.sections = append(p.sections, section{title: c.Family, about: hostname(c.Machine), warnings: c.Warnings, parts: []part{comparisonPart(c)}})
	}
	if len(all) == 0 {
		return p
	}
	if s.By != "" {
		p.legend = fmt.Sprintf("Compared by %s, of which each answer has one value: values that differ are different. Verdicts are about B.", clean(s.By, longestName))
		return p
	}
	p.legend = fmt.Sprintf("B/A is the median of all ratios of a time of B to one of A (Hodges–Lehmann), with the %s interval that inverts the Mann–Whitney test, "+
		"made wider by the margin; above 1, B is slower. Verdicts are about B: better or worse if the difference is significant (α = %s, Holm's correction "+
		"for all pairs) and more than the margin, by which runs of the same program may differ: %s, and for runs of different experiments as much "+
		"as reference kernels beside them were slower than when calm. The geometric mean has a bootstrap interval over repetitions: it is of these instances.",
		percent(s.Confidence), number(s.Alpha), percent(s.Margin))
	return p
}

func comparisonPart(c *compare.Comparison) part {
	counts := fmt.Sprintf("%s, %s, %s of B", Plural(c.Wins, "win"), Plural(c.Ties, "tie"), losses(c.Losses))
	if c.Neither > 0 {
		counts += fmt.Sprintf("; %d solved by neither", c.Neither)
	}
	p := part{text: fmt.Sprintf("A: %s, B: %s", clean(c.A, longestName), clean(c.B, longestName)), grid: pairsGrid(c)}
	verdict := counts + "."
	if c.Mean != nil {
		mean := spread(c.Mean)
		if c.Mean.Confidence == 0 {
			mean = digits(c.Mean.Value, 3) + ", of too few repetitions for an interval"
		}
		verdict += " Geometric mean of B/A: " + mean + "."
	}
	p.remarks = append(p.remarks, verdict)
	if c.OnlyA+c.OnlyB > 0 {
		p.remarks = append(p.remarks, fmt.Sprintf("Not compared, having no counterpart: %s of A, %s of B.", Plural(c.OnlyA, "run"), Plural(c.OnlyB, "run")))
	}
	for i := range c.Pairs {
		q := &c.Pairs[i]
		for _, r := range []*rank.Row{&q.A, &q.B} {
			if r.Status != "solved" {
				p.failures = append(p.failures, failure{string(r.Status), clean(r.Configuration+" on "+r.Instance, longestName), clean(r.Reason, longestReason)})
			}
		}
	}
	return p
}

func losses(n int) string {
	if n == 1 {
		return "1 loss"
	}
	return fmt.Sprintf("%d losses", n)
}

func spread(i *stats.Interval) string {
	return fmt.Sprintf("%s [%s, %s]", digits(i.Value, 3), digits(i.Lo, 3), digits(i.Hi, 3))
}

// pairsGrid says which configuration a line is of, if there are several.
func pairsGrid(c *compare.Comparison) grid {
	g := grid{columns: []column{{head: "instance", name: true, left: true}, {head: "solver", left: true, drop: 1}, {head: "A", drop: -2}, {head: "B", drop: -1}, {head: "B/A"},
		{head: "margin", drop: 4}, {head: "P", drop: 3}, {head: "verdict", left: true}}}
	metrics := c.By != "time"
	several := false
	for i := range c.Pairs {
		p := &c.Pairs[i]
		several = several || p.A.Configuration != c.Pairs[0].A.Configuration || p.Threads != c.Pairs[0].Threads
	}
	for i := range c.Pairs {
		p := &c.Pairs[i]
		ratio, margin, chance, solver := "–", "–", "–", "–"
		if p.Ratio != nil {
			ratio, margin = spread(p.Ratio), percent(p.Margin)
		}
		if p.Adjusted != nil {
			chance = probability(*p.Adjusted)
		}
		if several {
			solver = clean(p.A.Configuration, longestName)
			if p.B.Configuration != p.A.Configuration {
				solver += " / " + clean(p.B.Configuration, longestName)
			}
		}
		verdict := cell{text: strings.TrimSpace(verdictSigns[p.Verdict] + " " + string(p.Verdict))}
		switch p.Verdict {
		case compare.Better, compare.Solved:
			verdict.tone = best
		case compare.Worse, compare.Unsolved:
			verdict.tone = bad
		}
		g.rows = append(g.rows, []cell{{text: clean(strings.TrimPrefix(p.Instance, p.Family+"/"), longestName)}, {text: solver}, sideCell(&p.A, c, metrics), sideCell(&p.B, c, metrics),
			{text: ratio}, {text: margin}, {text: chance}, verdict})
	}
	return g.withoutEmpty()
}

// verdictSigns go with the words, since colour may not be there.
var verdictSigns = map[compare.Verdict]string{compare.Better: "+", compare.Solved: "+", compare.Worse: "−", compare.Unsolved: "−"}

func sideCell(r *rank.Row, c *compare.Comparison, metrics bool) cell {
	if r.Status != "solved" {
		return cell{text: string(r.Status), tone: bad, doubts: doubts(r, rank.Time)}
	}
	if metrics {
		return cell{text: metricValue(r, c.By)}
	}
	return cell{text: interval(r, rank.Defaults.Confidence), doubts: doubts(r, rank.Time)}
}
