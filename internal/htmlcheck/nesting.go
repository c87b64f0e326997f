package htmlcheck

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Elements by the rules of the HTML standard, section 13.1.2.
var (
	void = words("area base br col embed hr img input link meta source track wbr")
	// closedBy are elements whose end tag may be left out, with what begins after them then.
	closedBy = map[string]map[string]bool{
		"li": words("li"), "dt": words("dt dd"), "dd": words("dt dd"), "option": words("option optgroup"),
		"td": words("td th tr tbody tfoot"), "th": words("td th tr tbody tfoot"), "tr": words("tr tbody tfoot"),
		"thead": words("tbody tfoot"), "tbody": words("tbody tfoot"),
	}
	// notInParagraph end a paragraph that is open, so that its end tag is one too many.
	notInParagraph = words(`address article aside blockquote details div dl fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header
		hr main menu nav ol p pre section table ul`)
	// active elements are those that one uses, and they cannot be in each other.
	active = words("a button select textarea label")
	// parents are those in which elements must stand directly.
	parents = map[string]map[string]bool{
		"li": words("ul ol menu"), "dt": words("dl div"), "dd": words("dl div"), "tr": words("table thead tbody tfoot"), "td": words("tr"), "th": words("tr"),
		"thead": words("table"), "tbody": words("table"), "tfoot": words("table"), "figcaption": words("figure"), "summary": words("details"),
		"option": words("select datalist optgroup"), "caption": words("table"),
	}
)

func words(text string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(text) {
		set[w] = true
	}
	return set
}

// stack is the elements that are open.
type stack struct {
	open  []string
	found []string
}

// nesting reads the tags of a page as they are written.
func nesting(text []byte) []string {
	var s stack
	z := html.NewTokenizer(bytes.NewReader(text))
	first := true
	for {
		kind := z.Next()
		if kind == html.ErrorToken { // the end
			break
		}
		raw := z.Raw()
		t := z.Token()
		if kind == html.TextToken && strings.TrimSpace(t.Data) == "" || kind == html.CommentToken {
			continue
		}
		if first && (kind != html.DoctypeToken || t.Data != "html") {
			s.add("it does not begin with <!doctype html>")
		}
		first = false
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken:
			s.start(t, kind == html.SelfClosingTagToken)
		case html.EndTagToken:
			s.end(t.Data)
		case html.TextToken:
			s.text(raw)
		}
	}
	for _, name := range s.open {
		if closedBy[name] == nil {
			s.add("<%s> is not closed", name)
		}
	}
	return s.found
}

func (s *stack) add(format string, args ...any) {
	s.found = append(s.found, fmt.Sprintf(format, args...))
}

func (s *stack) top() string {
	if len(s.open) == 0 {
		return ""
	}
	return s.open[len(s.open)-1]
}

// start opens an element; in drawings, elements may close themselves.
func (s *stack) start(t html.Token, closed bool) {
	if slices.Contains(s.open, "svg") {
		if !closed {
			s.open = append(s.open, t.Data)
		}
		return
	}
	for closedBy[s.top()][t.Data] {
		s.open = s.open[:len(s.open)-1]
	}
	if notInParagraph[t.Data] && slices.Contains(s.open, "p") {
		s.add("<%s> within <p>", t.Data)
	}
	if active[t.Data] {
		for _, outer := range s.open {
			if active[outer] {
				s.add("<%s> within <%s>", t.Data, outer)
			}
		}
	}
	if allowed := parents[t.Data]; allowed != nil && !allowed[s.top()] {
		s.add("<%s> within <%s>", t.Data, s.top())
	}
	if closed && !void[t.Data] && t.Data != "svg" {
		s.add("<%s/> is no element that closes itself", t.Data)
	}
	if !void[t.Data] && !closed {
		s.open = append(s.open, t.Data)
	}
}

// end closes an element, with those in it whose end tags were left out.
func (s *stack) end(name string) {
	if void[name] {
		s.add("</%s>, which has no end", name)
		return
	}
	k := len(s.open) - 1
	for k >= 0 && s.open[k] != name && closedBy[s.open[k]] != nil {
		k--
	}
	switch {
	case k >= 0 && s.open[k] == name:
		s.open = s.open[:k]
	case slices.Contains(s.open, name):
		s.add("</%s> where <%s> is open", name, s.top())
		for s.top() != name {
			s.open = s.open[:len(s.open)-1]
		}
		s.open = s.open[:len(s.open)-1]
	default:
		s.add("</%s> without a beginning", name)
	}
}

// text is what stands between tags.
func (s *stack) text(raw []byte) {
	switch top := s.top(); top {
	case "table", "thead", "tbody", "tr", "ul", "ol", "dl", "select":
		s.add("text within <%s>: %.60q", top, raw)
	case "script", "style":
	default:
		if k := bytes.IndexByte(raw, 0); k >= 0 {
			s.add("a null character in <%s>", top)
		}
	}
}
