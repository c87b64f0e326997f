package install

import (
	"os"
	"regexp"
	"testing"
)

// The files that docs/plugins.md shows are such files.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/plugins.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)\n```(?:yaml|json)\n(.*?)```").FindAllSubmatch(text, -1)
	if len(blocks) != 3 {
		t.Fatalf("%d files are shown, expected 3", len(blocks))
	}
	if p, err := ParseProject(blocks[0][1]); err != nil || len(p.Plugins) != 2 || p.DB == "" {
		t.Errorf("solverbench.yaml: %+v, %v", p, err)
	}
	if m, err := ParseManifest(blocks[1][1]); err != nil || m.Build == "" || len(m.Readable) != 1 {
		t.Errorf("plugin.yaml: %+v, %v", m, err)
	}
	if l, err := ParseLock(blocks[2][1]); err != nil || len(l.Plugins) != 1 {
		t.Errorf("lock.json: %+v, %v", l, err)
	}
}
