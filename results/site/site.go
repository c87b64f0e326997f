package site

import (
	"fmt"
	"html/template"
	"io"
	"time"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
)

// Input is what a site is made of.
type Input struct {
	Title       string
	Boards      []rank.Board
	Runs        []results.Run                  // those of the boards, whole
	Experiments map[string]*results.Experiment // by UID
	Families    map[string]string              // titles, by name
	Problems    map[string]Problem             // by family/problem; those that are not known have no definition on their page
	Solvers     map[string]Solver              // by plugin/solver
	Database    string                         // its file's name, for the commands that reproduce
	Version     string                         // of the program
	Made        time.Time
	Downloads   []Download
	Galleries   map[string]*Gallery // by the label of an instance
	Events      string              // address of server-sent events, at which pages reload themselves; none if empty
}

// Problem is the definition of a problem for people.
type Problem struct {
	Summary, Equation, Domain, Truth, Accuracy, Source string
}

// Solver is what is told of a solver beside its results.
type Solver struct {
	Doc, Citation string
}

// Download is a file beside the pages.
type Download struct {
	Name, Doc string
	Bytes     int64
}

// Site is a set of pages.
type Site struct {
	in     Input
	pages  []page
	names  map[string]bool // of pages, taken
	views  *views
	single bool

	templates *template.Template
}

// page is one file of a site.
type page struct {
	Name  string // of the file, without .html
	Title string
	body  string // the template of what is in it
	View  any
}

// New makes the pages of a site.
func New(in Input) *Site {
	s := &Site{in: in, names: map[string]bool{}}
	s.templates = template.Must(template.New("site").Funcs(s.functions()).ParseFS(templateFiles, "templates/*.html"))
	s.views = newViews(&s.in, s.name)
	s.add("index", in.Title, "index", s.views.index())
	for _, f := range s.views.families {
		s.add(f.page, f.Name, "family", f)
	}
	for _, p := range s.views.problems {
		s.add(p.page, p.Name, "problem", p)
	}
	for _, v := range s.views.solvers {
		s.add(v.page, v.Name, "solver", v)
	}
	s.add("machines", "Machines", "machines", s.views.machines)
	return s
}

func (s *Site) add(name, title, body string, view any) {
	s.pages = append(s.pages, page{name, title, body, view})
}

// WriteSingle writes all pages as one file that stands alone.
func (s *Site) WriteSingle(w io.Writer) error {
	s.single = true
	defer func() { s.single = false }()
	return s.execute(w, &shell{Title: s.in.Title, Pages: s.pages})
}

// WritePage writes the page of a name such as index, without .html, and says whether there is one.
func (s *Site) WritePage(w io.Writer, name string) (bool, error) {
	for i := range s.pages {
		if s.pages[i].Name == name {
			return true, s.writePage(w, &s.pages[i])
		}
	}
	return false, nil
}

func (s *Site) writePage(w io.Writer, p *page) error {
	title := p.Title
	if p.Name != "index" {
		title += " – " + s.in.Title
	}
	return s.execute(w, &shell{Title: title, Pages: []page{*p}})
}

// shell is what is around pages.
type shell struct {
	Title string
	Pages []page
	site  *Site
}

func (s *Site) execute(w io.Writer, sh *shell) error {
	sh.site = s
	return s.templates.ExecuteTemplate(w, "shell.html", sh)
}

// Policy is the Content-Security-Policy of the pages.
func (sh *shell) Policy() string {
	script, style, images := "'self'", "'self'", "'self'"
	if sh.site.single {
		script, style, images = sha256Source(asset("site.js")), sha256Source(asset("site.css")), "data:"
	}
	connect := "'none'"
	if sh.site.in.Events != "" {
		connect = "'self'"
	}
	return fmt.Sprintf("default-src 'none'; script-src %s; style-src %s; img-src %s; connect-src %s; base-uri 'none'; form-action 'none'",
		script, style, images, connect)
}

// Single says whether all pages are in one file.
func (sh *shell) Single() bool { return sh.site.single }

// Events is where the page hears of more, to reload itself.
func (sh *shell) Events() string { return sh.site.in.Events }

// Markers are the shapes that figures use.
func (sh *shell) Markers() []marker { return markerList() }

// Families are those for the navigation.
func (sh *shell) Families() []*familyView { return sh.site.views.families }

// About is the line at the foot of every page.
func (sh *shell) About() string {
	return fmt.Sprintf("solverbench %s, %s", sh.site.in.Version, sh.site.in.Made.UTC().Format("2006-01-02 15:04 UTC"))
}

// Style and Script are the assets for a single file.
func (sh *shell) Style() template.CSS { return template.CSS(asset("site.css")) }
func (sh *shell) Script() template.JS { return template.JS(asset("site.js")) }
