package harness

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/internal/rogue"
	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/plugins/option"
)

// A plugin that has not changed is not launched again to know what it says; whether it is shows in that it can no longer be launched,
// which its stamp does not know of.
func TestDescriptions(t *testing.T) {
	dir := t.TempDir()
	script, marker := filepath.Join(dir, "plugin"), filepath.Join(dir, "marker")
	binary := rogue.Command("")
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	works := func() { write(script, "#!/bin/sh\nexec '"+strings.Join(binary[:2], "' '")+"'\n") }
	fails := func() { write(script, "#!/bin/sh\nexit 7\n") }
	program := host.Program{Command: []string{script}, Readable: []string{filepath.Dir(binary[0])}, Files: []string{marker}}
	d := &Descriptions{Dir: filepath.Join(t.TempDir(), "new"), Reader: "this"}
	load := func(d *Descriptions) *Plugin {
		p, err := d.Load(t.Context(), program)
		if err != nil {
			return nil
		}
		return p
	}

	write(marker, "one")
	works()
	asked := load(d)
	if asked == nil || asked.Name != "rogue" {
		t.Fatalf("%+v", asked)
	}
	fails()
	kept := load(d)
	if kept == nil {
		t.Fatal("launched again")
	}
	if !proto.Equal(kept.described, asked.described) || kept.SHA256 != asked.SHA256 || kept.stamp != asked.stamp || len(kept.Solvers) != len(asked.Solvers) {
		t.Errorf("what was kept is %+v, what was asked %+v", kept, asked)
	}
	if err := kept.unchanged(); err != nil {
		t.Error(err)
	}
	for name, other := range map[string]*Descriptions{"another reader": {Dir: d.Dir, Reader: "that"}, "no folder": {Reader: "this"}} {
		if load(other) != nil {
			t.Errorf("%s: what was kept is used", name)
		}
	}

	files, err := filepath.Glob(filepath.Join(d.Dir, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%q, %v", files, err)
	}
	good, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{
		"nothing": {}, "half": good[:len(good)/2], "no JSON": []byte("x"), "another checksum": bytes.Replace(good, []byte(asked.SHA256[:8]), []byte("00000000"), 1),
		"another description": bytes.Replace(good, []byte(`"description":"C`), []byte(`"description":"D`), 1),
	} {
		if bytes.Equal(bad, good) {
			t.Fatalf("%s: not damaged: %s", name, good)
		}
		write(files[0], string(bad))
		if load(d) != nil {
			t.Errorf("%s: what is damaged is used", name)
		}
	}
	works()
	if load(d) == nil {
		t.Error("not launched again after damage")
	}
	fails()
	if load(d) == nil {
		t.Error("not kept again after damage")
	}
	write(marker, "two and more")
	if load(d) != nil {
		t.Error("what is kept of another version is used")
	}
	works()
	if p := load(d); p == nil || p.SHA256 == asked.SHA256 {
		t.Errorf("another version: %+v", p)
	}
	if load(&Descriptions{Dir: filepath.Join(marker, "x")}) == nil {
		t.Error("that nothing can be kept is an error")
	}
	if err := os.Remove(marker); err != nil {
		t.Fatal(err)
	}
	if load(d) != nil {
		t.Error("what is not there is loaded")
	}
}

// Solvers of one name may have other options in other plugins.
func TestConfigurationsOfSolversOfOneName(t *testing.T) {
	c := &Catalog{Plugins: []*Plugin{
		{Name: "a", Solvers: []Solver{{Name: "cg", Schema: "s"}}},
		{Name: "b", Solvers: []Solver{{Name: "cg", Schema: "s", Options: []option.Spec{{Name: "precond", Type: option.String, Default: "none"}}}}},
	}}
	for text, want := range map[string]string{
		"cg": "a/cg b/cg", "cg[precond=x]": "b/cg[precond=x]", "cg[precond=x|y]": "b/cg[precond=x] b/cg[precond=y]", "*[precond=x]": "b/cg[precond=x]",
		"cg[nosuch=x]": "error", "a/cg[precond=x]": "error", "b/cg": "b/cg",
	} {
		got := "error"
		if configurations, err := c.Configurations(text, "s"); err == nil {
			var names []string
			for _, k := range configurations {
				names = append(names, k.Plugin.Name+"/"+k.String())
			}
			got = strings.Join(names, " ")
		}
		if got != want {
			t.Errorf("%s: %s, expected %s", text, got, want)
		}
	}
}
