package site

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
	"github.com/solverbench/solverbench/results/report"
)

// views are what the pages show.
type views struct {
	in       *Input
	families []*familyView
	problems []*problemView
	solvers  []*solverView
	machines []machineView

	runs     map[int64]*results.Run
	bySolver map[string]*solverView
	pictures map[string][]byte // by file
}

// familyView is the page of a family: a section for each machine.
type familyView struct {
	Name   string
	Title  string
	page   string
	Boards []*boardView
}

// Page is the name of its page.
func (f *familyView) Page() string { return f.page }

// boardView is the leaderboard of a family on a machine.
type boardView struct {
	Family    *familyView
	Machine   string
	Verdict   string
	Certainty *certainty // of the verdict; nil if there is none
	ByTime    bool
	Instances int
	Metric    string // which decides, if there is one instance and it is not time
	Standings []standingView
	Profile   *figure
	Problems  []*problemLink
	Warnings  []string
}

// standingView is a configuration over all instances of a board.
type standingView struct {
	Name       string
	SolverPage string
	Leads      bool
	Solved     string
	Ratio      string
	PAR2       string
	Place      string // the mean of its ranks
	Value      string // of the metric that decides
	First      string // in how many resamples of the instances it came first
	Ranks      string // the ranks that it had in most of them
	Memory     string
	Groups     string
}

type problemLink struct {
	Name, Page, Summary string

	tables []rank.Table
}

// Instances is how many there are of the problem.
func (l *problemLink) Instances() int { return len(l.tables) }

// Verdict says who is first on the instance, or on how many of them.
func (l *problemLink) Verdict() string {
	if len(l.tables) == 1 {
		return verdict(l.tables[0])
	}
	return firsts(l.tables)
}

// problemView is the page of a problem: its definition and a section for each machine and instance.
type problemView struct {
	Name     string
	page     string
	Family   string
	FamilyAt string
	Doc      Problem
	Known    bool
	Figures  []*figure
	Machines []*problemMachine
}

type problemMachine struct {
	Machine string
	Tables  []*tableView
}

// figure is a chart with its data.
type figure struct {
	Anchor, Caption string
	SVG             template.HTML
	Keys            []figureKey
	CSV             string
}

type figureKey struct {
	Name  string
	Style int
}

type solverView struct {
	Name     string
	page     string
	Plugin   string
	SHA256   string
	Tags     []string
	Families []string
	About    Solver
	Problems []*solverProblem
}

// Page is the name of its page.
func (s *solverView) Page() string { return s.page }

// solverProblem has a solver's runs on the instances of a problem.
type solverProblem struct {
	Name, Page string
	Rows       []solverRow
}

type solverRow struct {
	Instance, Configuration, Outcome, Ratio string
	Run                                     int64
}

type machineView struct {
	Anchor, Name string
	Facts        [][2]string
}

// newViews arranges what is to be shown; name finds a free file name for a page.
func newViews(in *Input, name func(kind, of string) string) *views {
	v := &views{in: in, runs: map[int64]*results.Run{}, bySolver: map[string]*solverView{}, pictures: map[string][]byte{}}
	for i := range in.Runs {
		v.runs[in.Runs[i].ID] = &in.Runs[i]
	}
	families, problems := map[string]*familyView{}, map[string]*problemView{}
	seen := map[*results.Machine]bool{}
	for i := range in.Boards {
		b := &in.Boards[i]
		f := families[b.Family]
		if f == nil {
			f = &familyView{Name: b.Family, Title: in.Families[b.Family], page: name("family", b.Family)}
			families[b.Family] = f
			v.families = append(v.families, f)
		}
		if !seen[b.Machine] {
			seen[b.Machine] = true
			v.machines = append(v.machines, v.machine(b.Machine, len(v.machines)))
		}
		for _, t := range b.Tables {
			key := t.Instance.Family + "/" + t.Instance.Problem
			p := problems[key]
			if p == nil {
				doc, known := in.Problems[key]
				p = &problemView{Name: report.Clean(key), page: name("problem", key), Family: report.Clean(t.Instance.Family), FamilyAt: f.page, Doc: doc, Known: known}
				problems[key] = p
				v.problems = append(v.problems, p)
			}
			v.addTable(p, b, t, name)
		}
		f.Boards = append(f.Boards, v.board(f, b, problems))
	}
	for _, p := range v.problems {
		v.figures(p)
	}
	slices.SortFunc(v.solvers, func(a, b *solverView) int { return strings.Compare(a.Name, b.Name) })
	return v
}

// board is the section of a board on the page of its family.
func (v *views) board(f *familyView, b *rank.Board, problems map[string]*problemView) *boardView {
	out := &boardView{Family: f, Machine: report.Machine(b), Instances: len(b.Tables), ByTime: true}
	links := map[string]int{}
	for _, t := range b.Tables {
		out.ByTime = out.ByTime && (t.Instance.RankBy == results.ByTime || t.Instance.RankBy == "")
		key := t.Instance.Family + "/" + t.Instance.Problem
		p := problems[key]
		at, known := links[key]
		if !known {
			at = len(out.Problems)
			links[key] = at
			out.Problems = append(out.Problems, &problemLink{Name: p.Name, Page: p.page, Summary: p.Doc.Summary})
		}
		out.Problems[at].tables = append(out.Problems[at].tables, t)
	}
	summary := b.Summary()
	if len(b.Tables) == 1 && !out.ByTime {
		out.Metric = report.Clean(b.Tables[0].Instance.RankBy)
	}
	for i, s := range summary.Standings {
		standing := v.standing(&s, i == 0 && s.Solved > 0)
		if out.Metric != "" {
			standing.Value = deciding(&b.Tables[0], &s)
		}
		out.Standings = append(out.Standings, standing)
	}
	out.Verdict = overall(out, b.Tables)
	out.Certainty = sure(summary.Standings)
	if out.ByTime {
		out.Profile = profile(summary.Standings)
	}
	for _, w := range slices.Concat(b.Warnings, summary.Warnings) {
		out.Warnings = append(out.Warnings, w.Text)
	}
	return out
}

func (v *views) standing(s *rank.Standing, leads bool) standingView {
	out := standingView{Name: displayName(s.Plugin, s.Configuration), Leads: leads, Solved: fmt.Sprintf("%d of %d", s.Solved, s.Instances), Groups: s.Groups}
	if page := v.bySolver[s.Plugin+"/"+s.Solver]; page != nil {
		out.SolverPage = page.page
	}
	if s.Ratio != nil {
		out.Ratio = report.Times(*s.Ratio)
	}
	if s.PAR2 != nil {
		out.PAR2 = report.Seconds(*s.PAR2)
	}
	if s.Place != nil {
		out.Place = strconv.FormatFloat(math.Round(*s.Place*10)/10, 'f', -1, 64)
	}
	if s.Memory != nil {
		out.Memory = report.Times(*s.Memory)
	}
	if s.Instances > 1 {
		out.First = report.Percent(s.First)
		out.Ranks = fmt.Sprint(s.RankLo)
		if s.RankHi > s.RankLo {
			out.Ranks = fmt.Sprintf("%d–%d", s.RankLo, s.RankHi)
		}
	}
	return out
}

// deciding is what a configuration made of the metric that an instance is ranked by.
func deciding(t *rank.Table, s *rank.Standing) string {
	for i := range t.Rows {
		r := &t.Rows[i]
		if r.Plugin != s.Plugin || r.Configuration != s.Configuration || r.Threads != s.Threads {
			continue
		}
		for _, m := range r.Measurements {
			if m.Name == t.Instance.RankBy {
				return strings.TrimSpace(report.Number(m.Value) + " " + report.Clean(m.Unit))
			}
		}
	}
	return ""
}

// displayName is a configuration, with its plugin unless that is the bundled one.
func displayName(plugin, configuration string) string {
	if plugin != "bundled" {
		configuration = plugin + "/" + configuration
	}
	return report.Clean(configuration)
}

func (v *views) machine(m *results.Machine, i int) machineView {
	facts := [][2]string{
		{"CPU", m.CPU}, {"cores", fmt.Sprintf("%d physical, %d logical", m.PhysicalCores, m.LogicalCores)},
		{"memory", report.Memory(m.MemoryBytes)}, {"system", strings.Join([]string{m.OS, m.Kernel, m.Arch}, " ")},
		{"governor", m.Governor}, {"virtualisation", m.Virtualisation},
	}
	var names []string
	for name := range m.Details {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		facts = append(facts, [2]string{name, fmt.Sprint(m.Details[name])})
	}
	for k := range facts {
		facts[k][0], facts[k][1] = report.Clean(facts[k][0]), report.Clean(facts[k][1])
	}
	return machineView{fmt.Sprintf("m%d", i), report.Clean(m.Hostname), slices.DeleteFunc(facts, func(f [2]string) bool { return f[1] == "" })}
}

// indexView is the landing page.
type indexView struct {
	Title     string
	Families  []*familyView
	Solvers   []*solverView
	Machine   string // of all boards, if it is one
	Runs      int
	Downloads []Download
}

func (v *views) index() *indexView {
	return &indexView{v.in.Title, v.families, v.solvers, oneMachine(v.in.Boards), len(v.in.Runs), v.in.Downloads}
}

// oneMachine is what all boards were measured on, empty if they were not all on the same.
func oneMachine(boards []rank.Board) string {
	if len(boards) == 0 {
		return ""
	}
	all := boards[0]
	for _, b := range boards[1:] {
		if b.Machine != all.Machine || b.Threads != all.Threads {
			return ""
		}
		if b.Newest.After(all.Newest) {
			all.Newest = b.Newest
		}
		for _, e := range b.Experiments {
			if !slices.Contains(all.Experiments, e) {
				all.Experiments = append(slices.Clip(all.Experiments), e)
			}
		}
	}
	return report.Machine(&all)
}
