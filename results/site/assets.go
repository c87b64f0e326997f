package site

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"html/template"
	"net/url"
	"regexp"
	"strings"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed assets
var assetFiles embed.FS

func asset(name string) []byte {
	text, err := assetFiles.ReadFile("assets/" + name)
	if err != nil {
		panic(err) // embedded
	}
	return text
}

// sha256Source lets a Content-Security-Policy allow just one inline text.
func sha256Source(text []byte) string {
	sum := sha256.Sum256(text)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// functions are what templates call. Links are made in one place: they differ between many files and one.
func (s *Site) functions() template.FuncMap {
	return template.FuncMap{
		"link": func(page string, anchor ...string) template.URL {
			at := strings.Join(anchor, "")
			switch {
			case s.single && at != "":
				return template.URL("#" + at)
			case s.single:
				return template.URL("#" + page)
			case at != "":
				return template.URL(page + ".html#" + at)
			}
			return template.URL(page + ".html")
		},
		"data":   func(p *problemView) template.JS { return s.views.data(p) },
		"file":   func(name string) template.URL { return template.URL("./" + url.PathEscape(name)) },
		"source": s.source,
		"render": s.render,
		"join":   func(texts []string) string { return strings.Join(texts, ", ") },
	}
}

// render executes the template of a page's body.
func (s *Site) render(p page) (template.HTML, error) {
	var b strings.Builder
	if err := s.templates.ExecuteTemplate(&b, p.body+".html", p.View); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil
}

var unsafeInNames = regexp.MustCompile(`[^a-z0-9]+`)

// name finds a free name for the page of something.
func (s *Site) name(kind, of string) string {
	base := kind + "-" + strings.Trim(unsafeInNames.ReplaceAllString(strings.ToLower(of), "-"), "-")
	if len(base) > 80 {
		h := fnv.New32a()
		h.Write([]byte(of))
		base = fmt.Sprintf("%s-%x", base[:70], h.Sum32())
	}
	name := base
	for n := 2; s.names[name]; n++ {
		name = fmt.Sprintf("%s-%d", base, n)
	}
	s.names[name] = true
	return name
}
