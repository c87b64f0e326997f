package harness

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/solverbench/solverbench/problems/registry"
	"github.com/solverbench/solverbench/results"
)

func TestSolutionFiles(t *testing.T) {
	dir, later := t.TempDir(), t.TempDir()
	path := filepath.Join(dir, "u.npy")
	for file, text := range map[string]string{path: "abc", filepath.Join(later, "u.npy"): "abd"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // FIPS 180-2, appendix B.1
	blob := results.Artifact{Name: "log", SHA256: sum}
	saved := results.Artifact{Name: "u", Path: path, SHA256: sum}
	moved := results.Artifact{Name: "u", Path: "/elsewhere/u.npy", SHA256: sum}
	gone := results.Artifact{Name: "v", Path: "/elsewhere/v.npy", SHA256: sum}
	outside := results.Artifact{Name: "u", Path: "..", SHA256: sum} // in a database of somebody else
	for _, c := range []struct {
		name      string
		artifacts []results.Artifact
		folders   []string
		want      string
		problem   string
	}{
		{"where it was saved", []results.Artifact{blob, saved}, []string{""}, path, ""},
		{"moved", []results.Artifact{moved}, []string{"", dir}, path, ""},
		{"the second folder", []results.Artifact{moved}, []string{later, dir}, path, ""},
		{"not saved", []results.Artifact{blob}, []string{dir}, "", ""},
		{"gone", []results.Artifact{gone}, []string{"", dir}, "", "there is no v.npy"},
		{"half gone", []results.Artifact{saved, gone}, []string{"", dir}, "", "there is no v.npy"},
		{"written again", []results.Artifact{saved}, []string{later}, "", "has been written to since"},
		{"out of the folder", []results.Artifact{outside}, []string{dir}, "", "there is no .."},
	} {
		files, err := SolutionFiles(&results.Run{Artifacts: c.artifacts}, c.folders...)
		if files["u"] != c.want || (err != nil) != (c.problem != "") || err != nil && (!errors.Is(err, ErrSolutionLost) || !strings.Contains(err.Error(), c.problem)) {
			t.Errorf("%s: %v, error %v, expected %q, %q", c.name, files, err, c.want, c.problem)
		}
	}
}

func TestBuildStored(t *testing.T) {
	c := &Catalog{Families: registry.Families()}
	spec, err := c.specOf(&results.Instance{Family: "poisson", Problem: "unit-2d", Params: map[string]any{"n": 7}, Seed: 3, Tolerance: 1e-6})
	if err != nil {
		t.Fatal(err)
	}
	stored, err := (&Experiment{Catalog: c}).instance(spec)
	if err != nil {
		t.Fatal(err)
	}
	built, family, err := c.BuildStored(t.Context(), stored)
	if err != nil || family.Name != "poisson" || built.Size() != 49 {
		t.Errorf("%v, %v, error %v, expected the same instance", built, family, err)
	}
	for want, spoil := range map[string]func(*results.Instance){
		"is another instance by now": func(i *results.Instance) { i.Hash = "cafe" },
		"square/ramp":                func(i *results.Instance) { i.Family, i.Problem = "square", "ramp" },
		`unknown parameter "m"`:      func(i *results.Instance) { i.Params = map[string]any{"m": 7} },
	} {
		in := *stored
		spoil(&in)
		if _, _, err := c.BuildStored(t.Context(), &in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected %q", err, want)
		}
	}
}
