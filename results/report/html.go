package report

import (
	"html/template"
	"io"
)

const htmlMetrics = 6

// htmlPage writes a page that needs nothing beside it: no script, no network, readable in light and dark and on paper. As a fragment it
// is what stands in the page's body, to be included in another.
func htmlPage(w io.Writer, p page, fragment bool) error {
	out := htmlDocument{Empty: p.empty, Legend: p.legend}
	for i := range p.sections {
		out.Sections = append(out.Sections, newHTMLSection(&p.sections[i]))
	}
	name := "page"
	if fragment {
		name = "body"
	}
	return htmlTemplate.ExecuteTemplate(w, name, out)
}

type htmlDocument struct {
	Empty, Legend string
	Sections      []htmlSection
}

type htmlSection struct {
	Title, About string
	Warnings     []string
	Parts        []htmlPart
	Notes        []htmlNote
}

type htmlPart struct {
	Label, Text       string
	Head              []htmlCell
	Rows              [][]htmlCell
	Failures          []htmlFailure
	Warnings, Remarks []string
}

type htmlCell struct {
	Text, Marks, Class string
	Name               bool
}

type htmlFailure struct{ Status, Solver, Reason string }

type htmlNote struct{ Mark, Text string }

func newHTMLSection(c *section) htmlSection {
	out := htmlSection{Title: clean(c.title, longestName), About: c.about}
	for _, doubt := range c.warnings {
		out.Warnings = append(out.Warnings, warning(doubt))
	}
	var foot notes
	for i := range c.parts {
		p := &c.parts[i]
		foot.set(&p.grid)
		part := htmlPart{Label: p.label, Text: p.text, Remarks: p.remarks}
		for _, column := range p.grid.columns {
			part.Head = append(part.Head, htmlCell{Text: column.head, Class: alignment(column)})
		}
		for _, row := range p.grid.rows {
			line := make([]htmlCell, len(row))
			for k, c := range row {
				column := p.grid.columns[k]
				line[k] = htmlCell{Text: c.text, Marks: c.marks, Class: alignment(column) + toneClasses[c.tone], Name: column.name}
			}
			part.Rows = append(part.Rows, line)
		}
		for _, f := range p.failures {
			part.Failures = append(part.Failures, htmlFailure{f.status, f.solver, f.reason})
		}
		for _, doubt := range p.warnings {
			part.Warnings = append(part.Warnings, warning(doubt))
		}
		out.Parts = append(out.Parts, part)
	}
	foot.each(func(mark, text string) { out.Notes = append(out.Notes, htmlNote{mark, text}) })
	return out
}

var toneClasses = map[tone]string{best: " best", bad: " bad"}

func alignment(c column) string {
	if c.left {
		return "text"
	}
	return "number"
}

var htmlTemplate = template.Must(template.New("").Parse(`
{{- define "page" -}}
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
<title>Leaderboards</title>
<style>
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
body { max-width: 80rem; margin: 2rem auto; padding: 0 1rem; }
figure { margin: 1.5rem 0; overflow-x: auto; }
figcaption { margin-bottom: .4rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .7rem; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
th { border-bottom-width: 2px; }
.number { text-align: right; white-space: nowrap; }
.text { text-align: left; }
.best { font-weight: 700; }
.bad { font-style: italic; opacity: .75; }
.note { font-size: .87em; }
td:has(code) { min-width: 15rem; }
code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
@media print { body { max-width: none; margin: 0; } figure { break-inside: avoid; } }
</style>
</head>
<body>
{{template "body" .}}</body>
</html>
{{end -}}
{{- define "body"}}{{if not .Sections}}<p>{{.Empty}}</p>
{{end}}{{range .Sections}}<section>
<h2>{{.Title}}</h2>
{{with .About}}<p>{{.}}</p>
{{end}}{{range .Warnings}}<p class="note">{{.}}</p>
{{end}}{{range .Parts}}<figure>
<figcaption>{{with .Label}}<code>{{.}}</code>: {{end}}{{.Text}}</figcaption>
<table>
<thead><tr>{{range .Head}}<th scope="col" class="{{.Class}}">{{.Text}}</th>{{end}}</tr></thead>
<tbody>
{{range .Rows}}<tr>{{range .}}<td class="{{.Class}}">{{if .Name}}<code>{{.Text}}</code>{{else}}{{.Text}}{{end}}{{with .Marks}}<sup>{{.}}</sup>{{end}}</td>{{end}}</tr>
{{end}}</tbody>
</table>
{{if .Failures}}<ul class="note">
{{range .Failures}}<li><code>{{.Solver}}</code> {{.Status}}: {{.Reason}}</li>
{{end}}</ul>
{{end}}{{range .Warnings}}<p class="note">{{.}}</p>
{{end}}{{range .Remarks}}<p class="note">{{.}}</p>
{{end}}</figure>
{{end}}{{if .Notes}}<ul class="note">
{{range .Notes}}<li><sup>{{.Mark}}</sup> {{.Text}}</li>
{{end}}</ul>
{{end}}</section>
{{end}}{{with .Legend}}<p class="note">{{.}}</p>
{{end}}{{end}}`))
