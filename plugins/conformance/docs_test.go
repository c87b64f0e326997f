package conformance

import (
	"os"
	"strings"
	"testing"
)

// docs/conformance.md has a section for each rule, in their order, that begins with what the rule wants and goes on with why, and what to do.
func TestDocumentation(t *testing.T) {
	text, err := os.ReadFile("../../docs/conformance.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := strings.Split(string(text), "\n### ")[1:]
	rules := Rules()
	if len(sections) != len(rules) {
		t.Errorf("%d sections, expected one for each of %d rules: %s", len(sections), len(rules), strings.Join(names(rules), ", "))
	}
	for i, r := range rules[:min(len(rules), len(sections))] {
		paragraphs := strings.Split(sections[i], "\n\n")
		if paragraphs[0] != r.Name || len(paragraphs) < 4 {
			t.Fatalf("section %d is %q with %d paragraphs, expected %q, what it wants, why, and what to do", i+1, paragraphs[0], len(paragraphs)-1, r.Name)
		}
		if wants := strings.Join(strings.Fields(paragraphs[1]), " "); wants != r.Wants {
			t.Errorf("%s wants %q, expected %q", r.Name, wants, r.Wants)
		}
		if !strings.HasPrefix(paragraphs[2], "Why: ") || !strings.HasPrefix(paragraphs[3], "If it fails: ") {
			t.Errorf("%s: expected paragraphs that begin with Why: and If it fails:", r.Name)
		}
	}
}
