package htmlcheck

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// document is a page while its elements are looked at.
type document struct {
	Checker
	page
	found      []string
	ids        map[string]bool
	labelled   map[string]bool // ids of controls that a label is for
	references [][2]string     // attributes with the ids that they name
	controls   []*html.Node
	heading    int // level of the last one
}

func (d *document) add(format string, args ...any) {
	d.found = append(d.found, fmt.Sprintf(format, args...))
}

// attribute returns the value of an attribute, and whether it is there.
func attribute(n *html.Node, key string) (string, bool) {
	k := slices.IndexFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key && a.Namespace == "" })
	if k < 0 {
		return "", false
	}
	return n.Attr[k].Val, true
}

// text is the text of an element as one reads it or hears it.
func text(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		} else if alt, ok := attribute(c, "alt"); ok {
			b.WriteString(alt)
		}
	}
	label, _ := attribute(n, "aria-label")
	return strings.TrimSpace(b.String() + " " + label)
}

func has(n *html.Node, element string) bool {
	for c := range n.Descendants() {
		if c.Type == html.ElementNode && c.Data == element {
			return true
		}
	}
	return false
}

// element checks what a page says of one.
func (d *document) element(n *html.Node) {
	for _, a := range n.Attr {
		d.attribute(n, a)
	}
	if d.Anchor != nil {
		if a := d.Anchor(n); a != "" {
			d.anchors[a] = true
		}
	}
	switch n.Data {
	case "img":
		if _, ok := attribute(n, "alt"); !ok {
			d.add("<img> without alt")
		}
	case "a", "button", "summary", "h1", "h2", "h3", "h4", "h5", "h6":
		if text(n) == "" {
			d.add("<%s> without text", n.Data)
		}
		if len(n.Data) == 2 {
			level := int(n.Data[1] - '0')
			if level > d.heading+1 {
				d.add("<%s> after a heading of level %d: %.60q", n.Data, d.heading, text(n))
			}
			d.heading = level
		}
	case "script", "style":
		if kind, _ := attribute(n, "type"); n.FirstChild != nil && !d.Inline && kind != "application/json" {
			d.add("<%s> within the page", n.Data)
		}
	case "input", "select", "textarea":
		d.controls = append(d.controls, n)
	case "table":
		if !has(n, "th") {
			d.add("<table> without headings")
		}
	}
}

// attribute checks one, and notes what it leads to.
func (d *document) attribute(n *html.Node, a html.Attribute) {
	switch {
	case a.Key == "id":
		if a.Val == "" || strings.ContainsAny(a.Val, " \t\n") {
			d.add("id %q, expected a word", a.Val)
		}
		if d.ids[a.Val] {
			d.add("id %q twice", a.Val)
		}
		d.ids[a.Val], d.anchors[a.Val] = true, true
	case a.Key == "for":
		d.labelled[a.Val] = true
		d.references = append(d.references, [2]string{a.Key, a.Val})
	case slices.Contains([]string{"aria-labelledby", "aria-describedby", "aria-controls", "aria-owns", "aria-details"}, a.Key):
		for _, id := range strings.Fields(a.Val) {
			d.references = append(d.references, [2]string{a.Key, id})
		}
	case a.Key == "href" || a.Key == "src":
		d.links = append(d.links, a.Val)
	case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
		d.add("<%s> with the attribute %s, which a policy forbids", n.Data, a.Key)
	}
}

// whole checks what a page must have.
func (d *document) whole(root *html.Node) {
	for _, r := range d.references {
		if !d.ids[r[1]] {
			d.add("%s=%q, and there is no such id", r[0], r[1])
		}
	}
	for _, n := range d.controls {
		id, _ := attribute(n, "id")
		if !d.labelled[id] && !inLabel(n) && text(n) == "" {
			d.add("<%s> without a label", n.Data)
		}
	}
	one := map[string]*html.Node{}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && one[n.Data] == nil {
			one[n.Data] = n
		}
	}
	if lang, _ := attribute(one["html"], "lang"); lang == "" {
		d.add("<html> without lang")
	}
	if one["title"] == nil || text(one["title"]) == "" {
		d.add("no <title>")
	}
	if one["main"] == nil {
		d.add("no <main>")
	}
	if one["h1"] == nil {
		d.add("no <h1>")
	}
}

func inLabel(n *html.Node) bool {
	for p := range n.Ancestors() {
		if p.Data == "label" && text(p) != "" {
			return true
		}
	}
	return false
}
