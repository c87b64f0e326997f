// Package htmlcheck finds what is wrong with pages that are written by templates: what the parsers of browsers put right in silence, each in
// its own way, and what people who do not see a page would miss. It knows the rules of HTML that templates break, not all there are.
package htmlcheck

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"slices"

	"golang.org/x/net/html"
)

// Checker checks pages; its zero value is ready.
type Checker struct {
	// Anchor returns what links may lead to on a page because of an element, beside its id; nil for nothing.
	Anchor func(*html.Node) string
	// Inline allows scripts and styles within pages, as in a file that stands alone.
	Inline bool
}

// page is what links are checked against.
type page struct {
	anchors map[string]bool
	links   []string
}

// Folder checks the pages of a folder, and that what they lead to within it is there. It returns what it found, a line each.
func (c Checker) Folder(fsys fs.FS) ([]string, error) {
	pages := map[string]*page{}
	var found []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".html" {
			return err
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		p, problems := c.page(text)
		pages[name] = p
		for _, problem := range problems {
			found = append(found, name+": "+problem)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for name, p := range pages {
		for _, link := range p.links {
			if problem := follow(fsys, pages, name, link); problem != "" {
				found = append(found, fmt.Sprintf("%s: link to %.200q: %s", name, link, problem))
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}

// follow says why a link leads nowhere.
func follow(fsys fs.FS, pages map[string]*page, from, link string) string {
	u, err := url.Parse(link)
	switch {
	case err != nil:
		return "it cannot be parsed"
	case u.Scheme == "data":
		return ""
	case u.Scheme != "" || u.Host != "":
		return "it leaves the folder"
	}
	target := from
	if u.Path != "" {
		target = path.Join(path.Dir(from), u.Path)
		if info, err := fs.Stat(fsys, target); err != nil || info.IsDir() {
			return "there is no such file"
		}
	}
	if p := pages[target]; u.Fragment != "" && p != nil && !p.anchors[u.Fragment] {
		return "there is no such place"
	}
	return ""
}

// page checks one page for itself.
func (c Checker) page(text []byte) (*page, []string) {
	found := nesting(text)
	root, err := html.Parse(bytes.NewReader(text))
	if err != nil {
		return &page{}, append(found, err.Error())
	}
	d := document{Checker: c, page: page{anchors: map[string]bool{}}, found: found, ids: map[string]bool{}, labelled: map[string]bool{}}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			d.element(n)
		}
	}
	d.whole(root)
	return &d.page, d.found
}
