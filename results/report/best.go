package report

import (
	"math"
	"strconv"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
)

// Columns of a ranking, see leading.
const timeColumn, firstMetric = 2, 4

// byTime says whether places are by time.
func byTime(t *rank.Table) bool {
	return t.Instance.RankBy == "" || t.Instance.RankBy == results.ByTime
}

// bestSign marks the best values of a column on terminals, which may have neither colours nor bold letters.
const bestSign = "★"

// markBest gives the best values of a ranking their tone: where it is by time the times that share the first place, otherwise the
// shortest; and of each metric with a direction the best. Only what was solved counts, and what is better than something.
func markBest(g *grid, t *rank.Table, metrics []results.Measurement) {
	g.mark(timeColumn, t, results.Lower, func(r *rank.Row) float64 {
		switch {
		case r.MedianSeconds == nil:
			return math.NaN()
		case byTime(t) && r.Rank != nil: // what shares a place does not differ
			return float64(*r.Rank)
		}
		return rounded(*r.MedianSeconds, 3)
	})
	for i, m := range metrics {
		g.mark(firstMetric+i, t, m.Better, func(r *rank.Row) float64 {
			for _, v := range r.Measurements {
				if v.Name == m.Name {
					return rounded(v.Value, 4)
				}
			}
			return math.NaN()
		})
	}
}

// rounded is what is shown of a value: what looks the same is as good.
func rounded(x float64, digits int) float64 {
	shown, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', digits, 64), 64) // it has just been written
	return shown
}

// mark gives the best of a column's values their tone.
func (g *grid) mark(column int, t *rank.Table, better results.Better, value func(*rank.Row) float64) {
	sign := 1.0
	switch better {
	case results.Lower:
	case results.Higher:
		sign = -1
	default:
		return
	}
	least, most := math.Inf(1), math.Inf(-1)
	values := make([]float64, len(t.Rows))
	for i := range t.Rows {
		values[i] = math.NaN()
		if r := &t.Rows[i]; r.Status == results.Solved {
			values[i] = sign * value(r)
		}
		if !math.IsNaN(values[i]) {
			least, most = min(least, values[i]), max(most, values[i])
		}
	}
	if !(least < most) {
		return
	}
	for i, v := range values {
		if v == least {
			g.rows[i][column].tone = best
		}
	}
}

// sign puts a sign before the best values.
func (g *grid) sign() {
	for _, row := range g.rows {
		for c := range row {
			if row[c].tone == best && g.columns[c].values {
				row[c].text = bestSign + " " + row[c].text
			}
		}
	}
}

// hasBest says whether a page has values that are marked as the best.
func (p *page) hasBest() bool {
	for i := range p.sections {
		for k := range p.sections[i].parts {
			g := &p.sections[i].parts[k].grid
			for _, row := range g.rows {
				for c := range row {
					if row[c].tone == best && g.columns[c].values {
						return true
					}
				}
			}
		}
	}
	return false
}
