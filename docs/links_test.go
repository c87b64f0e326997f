package docs

import (
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// TestLinks: each link of a document in the repository to a file, or to a heading, leads to one.
func TestLinks(t *testing.T) {
	documents := 0
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		switch name := entry.Name(); {
		case err != nil:
			return err
		case entry.IsDir() && path != ".." && (strings.HasPrefix(name, ".") || slices.Contains([]string{"bin", "node_modules", "testdata"}, name)):
			return fs.SkipDir
		case entry.IsDir() || filepath.Ext(name) != ".md":
			return nil
		}
		documents++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, link := range links(string(text)) {
			if err := follow(path, link); err != nil {
				t.Errorf("%s: link to %s: %v", path, link, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if documents < 30 {
		t.Errorf("only %d documents", documents)
	}
}

var (
	fenced = regexp.MustCompile("(?ms)^ *```.*?^ *```")
	quoted = regexp.MustCompile("`[^`\n]*`")
	inline = regexp.MustCompile(`\]\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?:\s+"[^"]*")?\)`)
)

// links returns the targets of a document's links and pictures, but not of those in code.
func links(text string) (targets []string) {
	text = quoted.ReplaceAllString(fenced.ReplaceAllString(text, ""), "")
	for _, m := range inline.FindAllStringSubmatch(text, -1) {
		targets = append(targets, m[1])
	}
	return targets
}

// follow says what is wrong with a link in the document at a path; of those that lead elsewhere, only the form is checked.
func follow(path, link string) error {
	to, err := url.Parse(link)
	if err != nil || to.Scheme != "" {
		return err
	}
	file := path
	if to.Path != "" {
		file = filepath.Join(filepath.Dir(path), filepath.FromSlash(to.Path))
	}
	if to.Fragment == "" {
		_, err := os.Stat(file)
		return err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if known := anchors(string(text)); !slices.Contains(known, to.Fragment) {
		return fmt.Errorf("%s has no heading for it; there are %s", file, strings.Join(known, ", "))
	}
	return nil
}

var heading = regexp.MustCompile(`(?m)^#{1,6} +(.+?) *#*$`)

// anchors are the names that GitHub gives the headings of a document.
func anchors(text string) (names []string) {
	seen := map[string]int{}
	for _, m := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		title := regexp.MustCompile(`\[([^]]*)\]\([^)]*\)`).ReplaceAllString(m[1], "$1")
		name := strings.Map(func(r rune) rune {
			switch {
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			case r == ' ':
				return '-'
			}
			return -1
		}, title)
		if n := seen[name]; n > 0 {
			names = append(names, fmt.Sprintf("%s-%d", name, n))
		} else {
			names = append(names, name)
		}
		seen[name]++
	}
	return names
}

func TestAnchors(t *testing.T) {
	got := anchors("# A `b`, c?\n## macOS, Windows\n## Same\n```\n# no heading\n```\n### Same\n## [a link](there.md) on\n## Hoefler and Belli's rules\n")
	want := []string{"a-b-c", "macos-windows", "same", "same-1", "a-link-on", "hoefler-and-bellis-rules"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, expected %q", got, want)
	}
	if got := links("[a](b.md#c) `[no](code.md)` ![p](p.svg \"title\")\n```\n[no](x.md)\n```\n[q](r_(s).md)"); !slices.Equal(got, []string{"b.md#c", "p.svg", "r_(s).md"}) {
		t.Errorf("links: got %q", got)
	}
}
