package harness

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
