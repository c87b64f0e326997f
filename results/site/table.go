package site

import (
	"fmt"
	"slices"
	"strings"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
	"github.com/solverbench/solverbench/results/report"
)

// tableView is the ranking on an instance.
type tableView struct {
	Anchor, Label, About, Verdict string
	Columns                       []string
	Rows                          []rowView // ranked or not, those that solved
	Failed                        []rowView
	Notes                         []string
	Gallery                       *galleryView

	table rank.Table
}

// rowView is a run in a table. Cells go with the columns after the solver's.
type rowView struct {
	Run    int64
	Place  string
	Name   string
	Cells  []string
	Marks  string // letters of the notes
	Best   bool
	Status string
	Reason string
}

// addTable puts a table onto the page of its problem, and its rows onto those of their solvers.
func (v *views) addTable(p *problemView, b *rank.Board, t rank.Table, name func(kind, of string) string) {
	machine := report.Machine(b)
	if len(p.Machines) == 0 || p.Machines[len(p.Machines)-1].Machine != machine {
		p.Machines = append(p.Machines, &problemMachine{Machine: machine})
	}
	section := p.Machines[len(p.Machines)-1]
	view := newTableView(t)
	view.Anchor = fmt.Sprintf("%s-%d-%d", p.page, len(p.Machines), len(section.Tables)+1)
	view.Gallery = v.gallery(view)
	section.Tables = append(section.Tables, view)
	for i := range t.Rows {
		v.addSolverRow(p, &t.Rows[i], name)
	}
}

func newTableView(t rank.Table) *tableView {
	i := t.Instance
	view := &tableView{Label: report.Clean(i.Label), Verdict: verdict(t), table: t}
	about := []string{fmt.Sprintf("%d unknowns", i.Unknowns)}
	if i.Tolerance > 0 {
		about = append(about, fmt.Sprintf("tolerance %s on %s", report.Number(i.Tolerance), report.Clean(i.Primary)))
	}
	by := i.RankBy
	if by == "" {
		by = results.ByTime
	}
	view.About = strings.Join(append(about, "ranked by "+report.Clean(by)), ", ")
	metrics := shownMetrics(t)
	view.Columns = []string{"time", "× best"}
	for _, m := range metrics {
		view.Columns = append(view.Columns, strings.TrimSpace(report.Clean(m.Name)+" "+arrow(m.Better)))
	}
	view.Columns = append(view.Columns, "evaluations", "set-up", "memory")
	var notes noteLetters
	for k := range t.Rows {
		r := &t.Rows[k]
		row := rowView{Run: r.Run, Name: displayName(r.Plugin, r.Configuration), Best: r.Rank != nil && *r.Rank == 1,
			Status: string(r.Status), Reason: report.Clean(r.Reason)}
		if r.Status != results.Solved {
			view.Failed = append(view.Failed, row)
			continue
		}
		if r.Rank != nil {
			row.Place = fmt.Sprint(*r.Rank)
		}
		row.Cells = cells(r, metrics)
		row.Marks = notes.of(r.Warnings)
		view.Rows = append(view.Rows, row)
	}
	view.Notes = notes.texts
	view.dropEmpty()
	return view
}

func cells(r *rank.Row, metrics []results.Measurement) []string {
	out := []string{report.Interval(r), ""}
	if r.Ratio != nil {
		out[1] = report.Times(*r.Ratio)
	}
	for _, m := range metrics {
		text := ""
		if k := slices.IndexFunc(r.Measurements, func(o results.Measurement) bool { return o.Name == m.Name }); k >= 0 {
			text = report.Number(r.Measurements[k].Value)
		}
		out = append(out, text)
	}
	evaluations, setup, memory := "", "", ""
	if r.Evaluations > 0 {
		evaluations = fmt.Sprint(r.Evaluations)
	}
	if r.SetupSeconds > 0 {
		setup = report.Seconds(r.SetupSeconds)
	}
	if r.PeakMemoryBytes > 0 {
		memory = report.Memory(r.PeakMemoryBytes)
	}
	return append(out, evaluations, setup, memory)
}

// dropEmpty leaves out the columns in which nothing stands.
func (t *tableView) dropEmpty() {
	for c := len(t.Columns) - 1; c >= 0; c-- {
		if !slices.ContainsFunc(t.Rows, func(r rowView) bool { return r.Cells[c] != "" && r.Cells[c] != "–" }) {
			t.Columns = slices.Delete(t.Columns, c, c+1)
			for i := range t.Rows {
				t.Rows[i].Cells = slices.Delete(t.Rows[i].Cells, c, c+1)
			}
		}
	}
}

// mostMetrics is how many of them a table has, so that it is as wide as a page; the page of a run has all.
const mostMetrics = 3

// shownMetrics are the primary metric and the secondary ones of a table's rows, in their order there.
func shownMetrics(t rank.Table) (out []results.Measurement) {
	for _, r := range t.Rows {
		for _, m := range r.Measurements {
			shown := m.Role == results.Primary || m.Role == results.Secondary || m.Name == t.Instance.RankBy || m.Name == t.Instance.Primary
			if shown && !slices.ContainsFunc(out, func(o results.Measurement) bool { return o.Name == m.Name }) {
				out = append(out, m)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b results.Measurement) int { return order(a, t) - order(b, t) })
	return out[:min(len(out), mostMetrics)]
}

func order(m results.Measurement, t rank.Table) int {
	switch m.Name {
	case t.Instance.RankBy:
		return 0
	case t.Instance.Primary:
		return 1
	}
	return 2
}

func arrow(b results.Better) string {
	switch b {
	case results.Lower:
		return "↓"
	case results.Higher:
		return "↑"
	}
	return ""
}

// verdict says in a sentence who is first on an instance, and how sure that is.
func verdict(t rank.Table) string {
	var first, rest []*rank.Row
	for i := range t.Rows {
		if r := &t.Rows[i]; r.Rank != nil && *r.Rank == 1 {
			first = append(first, r)
		} else if r.Rank != nil {
			rest = append(rest, r)
		}
	}
	name := func(r *rank.Row) string { return displayName(r.Plugin, r.Configuration) }
	switch {
	case len(first) == 0:
		return "Nobody solved it."
	case len(first) > 1:
		all := make([]string, len(first))
		for k, r := range first {
			all[k] = name(r)
		}
		return names(all, 3) + " share the first place: no significant difference."
	}
	byTime := first[0].RankBy == results.ByTime || first[0].RankBy == ""
	switch {
	case len(rest) == 0:
		return name(first[0]) + " alone solved it."
	case byTime && rest[0].Ratio != nil:
		return fmt.Sprintf("%s is fastest, the next takes %s times as long.", name(first[0]), report.Times(*rest[0].Ratio))
	case byTime:
		return name(first[0]) + " is fastest."
	}
	return fmt.Sprintf("%s has the best %s.", name(first[0]), report.Clean(first[0].RankBy))
}

// firsts says who is first on how many instances, at most three of them, those of most first.
func firsts(tables []rank.Table) string {
	var names []string
	on := map[string]int{}
	for _, t := range tables {
		for i := range t.Rows {
			if r := &t.Rows[i]; r.Rank != nil && *r.Rank == 1 {
				name := displayName(r.Plugin, r.Configuration)
				if on[name] == 0 {
					names = append(names, name)
				}
				on[name]++
			}
		}
	}
	if len(names) == 0 {
		return "Nobody solved any."
	}
	slices.SortStableFunc(names, func(a, b string) int { return on[b] - on[a] })
	var parts []string
	for _, name := range names[:min(len(names), 3)] {
		parts = append(parts, fmt.Sprintf("%s on %d", name, on[name]))
	}
	if more := len(names) - len(parts); more > 0 {
		parts = append(parts, fmt.Sprintf("%d more", more))
	}
	return strings.Join(parts, ", ") + "."
}

// noteLetters give each warning of a table a letter.
type noteLetters struct{ texts []string }

func (n *noteLetters) of(warnings []rank.Warning) string {
	var marks []string
	for _, w := range warnings {
		text := report.Clean(w.Text)
		k := slices.Index(n.texts, text)
		if k < 0 {
			k = len(n.texts)
			n.texts = append(n.texts, text)
		}
		marks = append(marks, letter(k))
	}
	slices.Sort(marks)
	return strings.Join(slices.Compact(marks), " ")
}

func letter(k int) string {
	if k < 26 {
		return string(rune('a' + k))
	}
	return letter(k/26-1) + letter(k%26)
}

// addSolverRow notes a run on the page of its solver.
func (v *views) addSolverRow(p *problemView, r *rank.Row, name func(kind, of string) string) {
	key := r.Plugin + "/" + r.Solver
	s := v.bySolver[key]
	if s == nil {
		s = &solverView{Name: report.Clean(key), page: name("solver", key), About: v.in.Solvers[key]}
		if run := v.runs[r.Run]; run != nil {
			p := run.Configuration.Plugin
			s.Plugin = strings.Join(slices.DeleteFunc(cleanAll([]string{p.Name + " " + p.Version, p.Language, p.Licence}), func(t string) bool { return t == "" }), ", ")
			s.SHA256, s.Tags = report.Clean(p.SHA256), cleanAll(run.Configuration.Tags)
		}
		v.bySolver[key] = s
		v.solvers = append(v.solvers, s)
	}
	if !slices.Contains(s.Families, p.Family) {
		s.Families = append(s.Families, p.Family)
	}
	if len(s.Problems) == 0 || s.Problems[len(s.Problems)-1].Page != p.page {
		s.Problems = append(s.Problems, &solverProblem{Name: p.Name, Page: p.page})
	}
	on := s.Problems[len(s.Problems)-1]
	row := solverRow{Instance: report.Clean(strings.TrimPrefix(r.Instance, r.Family+"/")), Configuration: report.Clean(r.Configuration), Outcome: string(r.Status), Run: r.Run}
	if r.Rank != nil {
		row.Outcome = fmt.Sprint(*r.Rank)
	}
	if r.Ratio != nil {
		row.Ratio = report.Times(*r.Ratio)
	}
	on.Rows = append(on.Rows, row)
}
