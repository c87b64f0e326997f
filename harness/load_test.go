package harness

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func TestIncludes(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("sub/a.yaml", "threads: 3\ninclude: [b.yaml]\nruns:\n  - problems: [test/a]\n")
	write("sub/b.yaml", "runs:\n  - problems: [test/b]\n")
	s, err := LoadSuite(write("all.yaml", "threads: 2\ninclude: [sub/a.yaml, sampling]\nruns:\n  - problems: [test/own]\n"))
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, g := range s.Runs {
		order = append(order, g.Problems[0])
	}
	if got := strings.Join(order, " "); !strings.HasPrefix(got, "test/b test/a sampling/") || !strings.HasSuffix(got, " test/own") {
		t.Errorf("%s, expected b, a, sampling, own", got)
	}
	if s.Threads != 2 || s.Name != "all" {
		t.Errorf("%d threads, name %q, expected those of the suite itself", s.Threads, s.Name)
	}
	// What is stored stands alone.
	text, err := yaml.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseSuite(text)
	if err != nil || len(again.Runs) != len(s.Runs) {
		t.Errorf("read again: %v", err)
	}

	write("loop.yaml", "include: [sub/back.yaml]\n")
	write("sub/back.yaml", "include: [../loop.yaml]\n")
	write("swept.yaml", "sweep: [tol=1|2]\nruns:\n  - problems: [test/a]\n")
	for _, tt := range []struct{ text, says string }{
		{"include: [quik]\n", `did you mean "quick"?`},
		{"include: [loop.yaml]\n", "it includes itself"},
		{"name: x\ninclude:\n  - sub/a.yaml\n  - swept.yaml\n", ">  4 |   - swept.yaml"},
		{"include: []\n", "runs: none"},
	} {
		if _, err := LoadSuite(write("x.yaml", tt.text)); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%q: error %v, expected one that says %q", tt.text, err, tt.says)
		}
	}
	// An error in an included suite points there.
	write("sub/wrong.yaml", "runs:\n  - problems: [test/echo, test/ecko]\n")
	s, err = LoadSuite(write("x.yaml", "include: [sub/wrong.yaml]\nruns:\n  - problems: [test/echo]\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := catalog(t).Plan(s); err == nil || !strings.Contains(err.Error(), "suite wrong: runs[0].problems[1]: unknown problem") {
		t.Errorf("error %v, expected one that points into the included suite", err)
	}
	if _, err := ParseSuite([]byte("include: [quick]\n")); err == nil || !strings.Contains(err.Error(), "stands alone") {
		t.Errorf("error %v, expected one that says that it stands alone", err)
	}
}

func TestTags(t *testing.T) {
	s, err := ParseSuite([]byte("runs:\n  - problems: [a/b]\n    tags: [short, direct]\n  - problems: [c/d]\n  - problems: [e/f]\n    tags: [long]\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		tags  []string
		parts int
		says  string
	}{
		{[]string{"short"}, 1, ""},
		{[]string{"long", "direct"}, 2, ""},
		{[]string{"none"}, 0, "no part is tagged none, expected one of direct, long, short"},
	} {
		got, err := s.Tagged(tt.tags)
		if tt.says == "" && (err != nil || len(got.Runs) != tt.parts) || tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)) {
			t.Errorf("%v: %+v, error %v", tt.tags, got, err)
		}
	}
	if len(s.Runs) != 3 {
		t.Error("the suite itself has changed")
	}
}

// The schema knows the fields that suites have, no more, and the built-in ones hold to it.
func TestSuiteSchema(t *testing.T) {
	schema, err := jsonschema.UnmarshalJSON(strings.NewReader(SuiteSchema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("suite.json", schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("suite.json")
	if err != nil {
		t.Fatal(err)
	}
	valid := func(text string) error {
		asJSON, err := yaml.YAMLToJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(asJSON)))
		if err != nil {
			t.Fatal(err)
		}
		return compiled.Validate(v)
	}
	for _, name := range SuiteNames() {
		text, err := SuiteText(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := valid(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, wrong := range []string{"runs: []\nrunz: 1\n", "name: x\n", "timeout: soon\nruns: []\n", "runs:\n  - solvers: [a]\n", "verify: none\nruns: []\n"} {
		if valid(wrong) == nil {
			t.Errorf("%q is valid, expected an error", wrong)
		}
	}
	var text struct {
		Properties map[string]struct {
			Properties map[string]any
			Items      struct{ Properties map[string]any }
		}
	}
	if err := json.Unmarshal([]byte(SuiteSchema), &text); err != nil {
		t.Fatal(err)
	}
	sameKeys(t, "suite", fields(reflect.TypeFor[Suite]()), keys(text.Properties))
	sameKeys(t, "limits", fields(reflect.TypeFor[Limits]()), keys(text.Properties["limits"].Properties))
	sameKeys(t, "runs", fields(reflect.TypeFor[Group]()), keys(text.Properties["runs"].Items.Properties))
}

func fields(t reflect.Type) (out []string) {
	for i := range t.NumField() {
		name, rest, tagged := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		switch {
		case rest == "inline":
			out = append(out, fields(t.Field(i).Type)...)
		case tagged || name != "":
			out = append(out, name)
		}
	}
	return out
}

func keys[V any](m map[string]V) (out []string) {
	for k := range m {
		out = append(out, k)
	}
	return out
}

func sameKeys(t *testing.T, what string, want, got []string) {
	t.Helper()
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("%s: the schema has %v, expected %v", what, got, want)
	}
}
