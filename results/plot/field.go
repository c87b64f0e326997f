package plot

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Scene is what is known of an instance whose solutions are drawn.
type Scene struct {
	Instance string
	// X and Y are what columns and rows of the pictures stand for. A Y without a label makes fields of one row curves.
	X, Y    Span
	Input   *Picture // what solvers were handed, if it is a picture
	Truth   *Picture // nil if it is not known
	Answers []Picture
}

// Span is the range of an axis.
type Span struct {
	Label    string
	Min, Max float64
}

// Picture is values on a grid, row by row.
type Picture struct {
	Name    string
	Metrics []Value // what the harness says of it, the first in its caption
	Columns int
	Rows    int
	Values  []float64 // Rows × Columns × channels
}

// Value is a number with its name.
type Value struct {
	Name  string
	Value float64
	Unit  string
}

func (v Value) String() string {
	text := strings.TrimSuffix(fmt.Sprintf("%#.3g", v.Value), ".")
	if mantissa, exponent, ok := strings.Cut(text, "e"); ok {
		text = mantissa + "·10^{" + minus(strings.Replace(strings.TrimPrefix(exponent, "+"), "-0", "-", 1)) + "}"
	}
	return strings.TrimSpace(text + " " + clean(v.Unit))
}

// caption is a picture's name with so many of its metrics, on lines of their own.
func (p *Picture) caption(most int) string {
	lines := []string{clean(p.Name)}
	for _, m := range p.Metrics[:min(most, len(p.Metrics))] {
		lines = append(lines, clean(m.Name)+" "+m.String())
	}
	return strings.Join(lines, "\n")
}

// channels is how many values a place of the grid has.
func (p *Picture) channels() int { return len(p.Values) / (p.Rows * p.Columns) }

func (p *Picture) check() error {
	if p.Rows < 1 || p.Columns < 1 || len(p.Values) == 0 || len(p.Values)%(p.Rows*p.Columns) != 0 {
		return fmt.Errorf("%s: %d values, expected some for each of %d×%d places", p.Name, len(p.Values), p.Rows, p.Columns)
	}
	return nil
}

// all returns truth and answers, after checks.
func (s *Scene) all() ([]*Picture, error) {
	var all []*Picture
	if s.Truth != nil {
		all = append(all, s.Truth)
	}
	for i := range s.Answers {
		all = append(all, &s.Answers[i])
	}
	if len(all) == 0 {
		return nil, noData("there are no solutions to draw", "store some with solverbench run --save DIR")
	}
	for _, p := range all {
		if err := p.check(); err != nil {
			return nil, err
		}
		if p.Rows != all[0].Rows || p.Columns != all[0].Columns {
			return nil, fmt.Errorf("%s: %d×%d values, expected %d×%d as %s has", p.Name, p.Rows, p.Columns, all[0].Rows, all[0].Columns, all[0].Name)
		}
	}
	return all, tooMany("pictures", len(all), mostPanels)
}

// data is the table of a scene: what the harness says of each picture.
func (s *Scene) data() Table {
	t := Table{Head: []string{"instance", "picture", "metric", "value", "unit"}}
	for _, a := range s.Answers {
		for _, m := range a.Metrics {
			t.add(s.Instance, a.Name, m.Name, m.Value, m.Unit)
		}
	}
	return t
}

// Field draws truth and answers on one scale: pictures, or curves where they have one row.
func Field(s Scene) (*Figure, error) {
	all, err := s.all()
	if err != nil {
		return nil, err
	}
	p, err := fieldPaint(all[0])
	if err != nil {
		return nil, err
	}
	if all[0].Rows == 1 {
		return s.curves(all).figure(), nil
	}
	return s.pictures("Field", all, p, "", func(q *Picture, k int) float64 { return q.Values[k] }), nil
}

// fieldPaint gives a field its colours: fields of both signs have a map in which zero is neither.
func fieldPaint(p *Picture) (paint, error) {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range p.Values {
		if finite(v) {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	switch {
	case lo > hi:
		return paint{}, errors.New(p.Name + ": no value is finite")
	case lo < 0 && hi > 0:
		m := max(-lo, hi)
		return paint{diverging, -m, m, false}, nil
	case lo == hi:
		hi = lo + 1
	}
	return paint{viridis, lo, hi, false}, nil
}

// Errors draws how far answers are from the truth, in logarithms on one scale.
func Errors(s Scene) (*Figure, error) {
	if _, err := s.all(); err != nil {
		return nil, err
	}
	if s.Truth == nil {
		return nil, noData("the solution of "+s.Instance+" is not known at points, only its residual", "draw it with plot field")
	}
	if len(s.Answers) == 0 {
		return nil, noData("there are no solutions to draw", "store some with solverbench run --save DIR")
	}
	answers := make([]*Picture, len(s.Answers))
	for i := range s.Answers {
		answers[i] = &s.Answers[i]
	}
	if s.Truth.Rows == 1 {
		return s.errorCurves(answers, s.apart).figure(), nil
	}
	return s.pictures("Errors", answers, s.errorPaint(), "|error|", s.apart), nil
}

// apart is how far a value is from the truth.
func (s *Scene) apart(p *Picture, k int) float64 { return math.Abs(p.Values[k] - s.Truth.Values[k]) }

// errorPaint gives the errors of all answers their colours, in logarithms.
func (s *Scene) errorPaint() paint {
	most, least := 0.0, math.Inf(1)
	for i := range s.Answers {
		a := &s.Answers[i]
		var errors []float64
		for k := range a.Values {
			if e := s.apart(a, k); finite(e) && e > 0 {
				errors = append(errors, e)
			}
		}
		if len(errors) > 0 {
			slices.Sort(errors)
			most, least = max(most, errors[len(errors)-1]), min(least, errors[len(errors)/20])
		}
	}
	if most == 0 {
		most, least = 1, .1 // all answers are exact
	}
	return paint{viridis, min(max(least, most*1e-12), most/10), most, true}
}

// pictures lays pictures out on one scale of colours.
func (s *Scene) pictures(what string, all []*Picture, p paint, label string, value func(q *Picture, k int) float64) *Figure {
	sheet := &sheet{title: what + " of " + s.Instance, data: s.data(), caption: printable(s.Instance, longestLabel), bar: &colourBar{p, label}, aspect: 1}
	sheet.columns = min(len(all), 4)
	if len(all) == 5 || len(all) == 6 {
		sheet.columns = 3
	}
	if s.square() {
		sheet.aspect = float64(all[0].Rows) / float64(all[0].Columns)
	}
	for _, q := range all {
		n := &panel{title: q.caption(1), small: true}
		n.x = axis{label: s.X.Label, fixed: true, min: s.X.Min, max: s.X.Max}
		n.y = axis{label: s.Y.Label, fixed: true, min: s.Y.Min, max: s.Y.Max}
		picture(n, p.raster(q.Columns, q.Rows, func(column, row int) float64 {
			return value(q, (q.Rows-1-row)*q.Columns+column) // upwards
		}))
		sheet.panels = append(sheet.panels, n)
	}
	return sheet.figure()
}

// square says whether both axes are of space, so that lengths compare.
func (s *Scene) square() bool { return s.Y.Label != timeLabel }

// timeLabel is the label of an axis of time.
const timeLabel = "t"

// curves draws fields of one row.
func (s *Scene) curves(all []*Picture) *sheet {
	return s.lines("Field", all, axis{label: "u"}, func(q *Picture, k int) float64 { return q.Values[k] })
}

// errorCurves draws errors of fields of one row.
func (s *Scene) errorCurves(all []*Picture, far func(q *Picture, k int) float64) *sheet {
	return s.lines("Errors", all, axis{label: "|error|", log: true}, far)
}

// mostVertices is how many points a curve of values has about at most.
const mostVertices = 4096

func (s *Scene) lines(what string, all []*Picture, y axis, value func(q *Picture, k int) float64) *sheet {
	sheet := &sheet{title: what + " of " + s.Instance, data: s.data()}
	p := &panel{title: printable(s.Instance, longestLabel), y: y, x: axis{label: s.X.Label, fixed: true, min: s.X.Min, max: s.X.Max}}
	var names []string
	for _, q := range all {
		if q != s.Truth {
			names = append(names, q.Name)
		}
	}
	styles := looks(names)
	for _, q := range all {
		c := curve{look: styles[q.Name], marks: 8}
		if q == s.Truth {
			c = curve{look: look{colour: faded(black, .35)}, marks: -1}
		}
		for k := 0; k < q.Columns; k += 1 + q.Columns/mostVertices {
			x := s.X.Min + (s.X.Max-s.X.Min)*float64(k)/float64(q.Columns)
			c.points = append(c.points, point{x: x, y: value(q, k)})
		}
		c.on(p)
		sheet.legend = append(sheet.legend, entry{c.sample, strings.ReplaceAll(q.caption(1), "\n", ": ")})
	}
	sheet.panels = []*panel{p}
	return sheet
}
