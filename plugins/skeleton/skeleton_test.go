package skeleton

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"go/format"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/solverbench/solverbench/plugins/install"
	"github.com/solverbench/solverbench/problems/registry"
	"github.com/solverbench/solverbench/problems/selection"
)

var update = flag.Bool("update", false, "write the golden files")

// root is this module's.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// write writes a plugin into a new folder.
func write(t *testing.T, language, family string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "mine")
	if _, err := Write(dir, Config{Name: "my-solver", Language: language, Family: family, SDK: SDK{Clone: root(t)}}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// each calls test for every language and family.
func each(t *testing.T, test func(t *testing.T, language, family string)) {
	for _, l := range Languages() {
		for _, f := range Families() {
			t.Run(l+"/"+f, func(t *testing.T) { test(t, l, f) })
		}
	}
}

func TestEveryFamilyHasItsSkeletons(t *testing.T) {
	var known []string
	for _, f := range registry.Families() {
		known = append(known, f.Name)
		i := slices.IndexFunc(families, func(s family) bool { return s.Name == f.Name })
		if i < 0 {
			continue // the difference is shown below
		}
		if s := families[i]; s.Schema != f.Schema {
			t.Errorf("%s: schema %s, expected %s", f.Name, s.Schema, f.Schema)
		}
		if p, err := selection.Parse(families[i].Problem); err != nil || !strings.HasPrefix(p.Name, f.Name+"/") {
			t.Errorf("%s: problem %s: %v", f.Name, families[i].Problem, err)
		}
	}
	if diff := cmp.Diff(known, Families()); diff != "" {
		t.Error(diff)
	}
}

func TestFiles(t *testing.T) {
	var b strings.Builder
	each(t, func(t *testing.T, language, family string) {
		paths, err := Write(t.TempDir(), Config{Name: "my-solver", Language: language, Family: family, SDK: SDK{Version: "v1.2.3"}})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s: %s\n", language, family, strings.Join(paths, " "))
	})
	const golden = "testdata/files.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("-update writes %s anew\n%s", golden, diff)
	}
}

// What is written is as people would have written it, whatever the names put in.
func TestTexts(t *testing.T) {
	each(t, func(t *testing.T, language, family string) {
		dir := write(t, language, family)
		if m, err := install.ReadManifest(dir); err != nil || m.Name != "my-solver" || m.Language != language {
			t.Errorf("manifest %+v, error %v", m, err)
		}
		_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if i := bytes.Index(text, []byte("<no value>")); i >= 0 || len(bytes.TrimSpace(text)) == 0 {
				t.Errorf("%s: empty, or a value is missing", path)
			}
			if !bytes.HasSuffix(text, []byte("\n")) || bytes.HasSuffix(text, []byte("\n\n")) || bytes.Contains(text, []byte("\n\n\n\n")) || bytes.Contains(text, []byte(" \n")) {
				t.Errorf("%s: spaces or empty lines at an end", path)
			}
			switch filepath.Ext(path) {
			case ".go":
				if formatted, err := format.Source(text); err != nil || !bytes.Equal(formatted, text) {
					t.Errorf("%s: not as gofmt has it: %v", path, err)
				}
			case ".yml", ".yaml":
				var any map[string]any
				if err := yaml.Unmarshal(text, &any); err != nil {
					t.Errorf("%s: %v", path, err)
				}
			}
			return nil
		})
	})
}

func TestWhatIsRefused(t *testing.T) {
	clone, other := SDK{Clone: root(t)}, t.TempDir()
	for _, tt := range []struct {
		c    Config
		says string
	}{
		{Config{"Mine", "go", "ks", clone}, `name "Mine", expected lower-case letters`},
		{Config{"", "go", "ks", clone}, `name ""`},
		{Config{"1st", "go", "ks", clone}, `name "1st"`},
		{Config{"a--b", "go", "ks", clone}, `name "a--b"`},
		{Config{"../up", "c", "ks", clone}, `name "../up"`},
		{Config{strings.Repeat("a", 65), "c", "ks", clone}, "at most 64"},
		{Config{"bundled", "c", "ks", clone}, `name "bundled", expected another`},
		{Config{"mine", "pyhton", "ks", clone}, `did you mean "python"?`},
		{Config{"mine", "cobol", "ks", clone}, "expected one of " + strings.Join(Languages(), ", ")},
		{Config{"mine", "go", "poison", clone}, `did you mean "poisson"?`},
		{Config{"mine", "go", "", clone}, `family "", expected one of poisson, ks, nse, restoration, sampling`},
		{Config{"mine", "go", "ks", SDK{}}, "neither a version of solverbench nor a clone"},
		{Config{"mine", "go", "ks", SDK{Clone: other}}, "expected the folder of a clone"},
	} {
		dir := filepath.Join(t.TempDir(), "new")
		_, err := Write(dir, tt.c)
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%+v: error %v, expected one that says %q", tt.c, err, tt.says)
		}
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%+v: the folder is there (%v), expected nothing to be written", tt.c, err)
		}
	}
}

func TestFoldersInUseStayAsTheyAre(t *testing.T) {
	dir := t.TempDir()
	kept := filepath.Join(dir, "solver.c")
	if err := os.WriteFile(kept, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := Config{Name: "mine", Language: "go", Family: "ks", SDK: SDK{Version: "v1.0.0"}}
	if _, err := Write(dir, c); err == nil || !strings.Contains(err.Error(), "not empty (solver.c)") {
		t.Errorf("error %v, expected one that says that the folder is not empty", err)
	}
	if _, err := Write(kept, c); err == nil {
		t.Error("a plugin was written into a file")
	}
	if text, err := os.ReadFile(kept); err != nil || string(text) != "mine" {
		t.Errorf("the file is now %q, %v", text, err)
	}
}

func TestGoModule(t *testing.T) {
	for _, tt := range []struct {
		sdk  SDK
		says []string
		not  string
	}{
		{SDK{Version: "v1.2.3"}, []string{"require " + module + " v1.2.3\n"}, "replace"},
		{SDK{Clone: root(t)}, []string{"require " + module + " v0.0.0\n", "replace " + module + " => " + root(t) + "\n"}, "v1"},
	} {
		dir := t.TempDir()
		if _, err := Write(dir, Config{Name: "mine", Language: "go", Family: "ks", SDK: tt.sdk}); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range append(tt.says, "module example.com/mine\n") {
			if !strings.Contains(string(text), want) {
				t.Errorf("%+v: go.mod is\n%s\nexpected %q in it", tt.sdk, text, want)
			}
		}
		if strings.Contains(string(text), tt.not) {
			t.Errorf("%+v: go.mod is\n%s\nexpected no %q in it", tt.sdk, text, tt.not)
		}
		own, err := os.ReadFile("../../go.mod")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(own)) {
			if strings.HasPrefix(line, "go ") && !strings.Contains(string(text), line) {
				t.Errorf("go.mod is\n%s\nexpected the %q of the SDK", text, line)
			}
		}
	}
}
