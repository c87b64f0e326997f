package site

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
	"github.com/solverbench/solverbench/results/report"
)

// mostSeries is how many solvers a figure shows: more could not be told apart.
const mostSeries = styles

// mostFigures is how many figures of single instances a page has before it leaves the others out.
const mostFigures = 3

// profile is the performance profile of Dolan and Moré (2002): for each solver, the share of instances that it solved within a factor of
// the fastest.
func profile(standings []rank.Standing) *figure {
	c := chart{Title: "Performance profile", X: "time, as a multiple of the fastest", Y: "share of instances solved within it", LogX: true, Steps: true}
	for _, s := range standings { // the best first
		if len(s.Profile) == 0 || s.Instances < 2 || len(c.Series) == mostSeries {
			continue
		}
		line := series{Name: displayName(s.Plugin, s.Configuration), Style: len(c.Series)}
		if s.Profile[0].At > 1 {
			line.Points = append(line.Points, point{X: 1, Y: 0})
		}
		for _, step := range s.Profile {
			line.Points = append(line.Points, point{X: step.At, Y: step.Share})
		}
		c.Series = append(c.Series, line)
	}
	if len(c.Series) < 2 {
		return nil
	}
	return newFigure(c, "Performance profile (Dolan and Moré 2002): for each solver, the share of instances that it solved within a multiple of "+
		"the fastest time. Higher and further left is better; where a line begins is how often that solver was the fastest.")
}

func newFigure(c chart, caption string) *figure {
	f := &figure{Caption: caption, SVG: c.svg()}
	table := [][]string{{"solver", c.X, c.Y}}
	for _, s := range c.Series {
		name := report.Clean(s.Name)
		f.Keys = append(f.Keys, figureKey{name, s.Style % styles})
		for _, p := range s.Points {
			table = append(table, []string{name, fmt.Sprintf("%.4g", p.X), fmt.Sprintf("%.4g", p.Y)})
		}
	}
	var text strings.Builder
	w := csv.NewWriter(&text)
	_ = w.WriteAll(table) // which cannot fail into memory
	f.CSV = text.String()
	return f
}

// figures draws those of a problem: cost against size where there are sizes, error against time where there is an error.
func (v *views) figures(p *problemView) {
	for _, m := range p.Machines {
		add := func(f *figure) {
			if f != nil {
				if len(p.Machines) > 1 {
					f.Caption += " " + m.Machine
				}
				f.Anchor = fmt.Sprintf("%s-f%d", p.page, len(p.Figures))
				p.Figures = append(p.Figures, f)
			}
		}
		add(scaling(m.Tables))
		for _, t := range m.Tables {
			add(workPrecision(t))
			add(v.convergence(t))
			if len(p.Figures) >= mostFigures {
				break
			}
		}
	}
}

// scaling is time against the number of unknowns.
func scaling(tables []*tableView) *figure {
	c := chart{Title: "Time against size", X: "unknowns", Y: "seconds", LogX: true, LogY: true, Lines: true}
	sizes := map[int64]bool{}
	for _, t := range tables {
		sizes[t.table.Instance.Unknowns] = true
	}
	if len(sizes) < 3 {
		return nil
	}
	for _, t := range tables {
		for i := range t.table.Rows {
			r := &t.table.Rows[i]
			if r.MedianSeconds == nil || r.Status != results.Solved {
				continue
			}
			c.add(displayName(r.Plugin, r.Configuration), point{X: float64(t.table.Instance.Unknowns), Y: *r.MedianSeconds, Run: r.Run})
		}
	}
	for i := range c.Series {
		slices.SortFunc(c.Series[i].Points, func(a, b point) int { return cmp.Compare(a.X, b.X) })
	}
	return newFigure(c, "Time of a solve against the number of unknowns, medians.")
}

// workPrecision is the primary metric against time, a point for each configuration: those of one solver are joined.
func workPrecision(t *tableView) *figure {
	metric := t.table.Instance.Primary
	c := chart{Title: "Work and precision", X: "seconds", Y: report.Clean(metric), LogX: true, LogY: true, Lines: true}
	points := 0
	for i := range t.table.Rows {
		r := &t.table.Rows[i]
		k := slices.IndexFunc(r.Measurements, func(m results.Measurement) bool { return m.Name == metric })
		if r.MedianSeconds == nil || k < 0 {
			continue
		}
		y := r.Measurements[k].Value
		if r.Measurements[k].Better == results.Higher || y <= 0 || math.IsInf(y, 0) || math.IsNaN(y) {
			c.LogY = c.LogY && r.Measurements[k].Better == results.Lower
			if c.LogY {
				continue
			}
		}
		if c.add(displayName(r.Plugin, r.Solver), point{X: *r.MedianSeconds, Y: y, Run: r.Run}) {
			points++
		}
	}
	if points < 4 {
		return nil
	}
	for i := range c.Series {
		s := &c.Series[i]
		slices.SortFunc(s.Points, func(a, b point) int { return cmp.Compare(a.X, b.X) })
		// Options that trade time for precision make a curve, others a cloud.
		s.Cloud = !slices.IsSortedFunc(s.Points, func(a, b point) int { return cmp.Compare(b.Y, a.Y) })
	}
	direction := "Lower and further left is better."
	if !c.LogY {
		direction = "Further left is faster."
	}
	return newFigure(c, t.Label+": "+c.Y+" against the time of a solve, a point for each configuration; joined where more time bought more precision. "+direction)
}

// convergence is the primary metric along the first solve, from checkpoints.
func (v *views) convergence(t *tableView) *figure {
	metric := t.table.Instance.Primary
	c := chart{Title: "Convergence", X: "seconds since the solve began", Y: report.Clean(metric), LogY: true, Lines: true}
	for i := range t.table.Rows {
		r := &t.table.Rows[i]
		run := v.runs[r.Run]
		if run == nil || len(run.Checkpoints) < 2 || len(c.Series) == mostSeries {
			continue
		}
		s := series{Name: displayName(r.Plugin, r.Configuration), Style: len(c.Series)}
		for _, p := range run.Checkpoints {
			for _, m := range p.Measurements {
				if m.Name == metric && !math.IsNaN(m.Value) && !math.IsInf(m.Value, 0) {
					s.Points = append(s.Points, point{X: p.Seconds, Y: m.Value, Run: r.Run})
					c.LogY = c.LogY && m.Value > 0 && m.Better == results.Lower
				}
			}
		}
		if len(s.Points) > 1 {
			c.Series = append(c.Series, s)
		}
	}
	if len(c.Series) == 0 {
		return nil
	}
	return newFigure(c, t.Label+": "+c.Y+" along the first solve, at its checkpoints.")
}
