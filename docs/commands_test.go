package docs

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// TestPages types the commands of pages for users, in order, in a folder of the page's own.
func TestPages(t *testing.T) {
	for page, least := range map[string]int{"getting-started.md": 14, "faq.md": 14, "comparison.md": 2} {
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			p := openPage(t, page)
			if n := p.run(); n < least {
				t.Errorf("only %d commands, expected at least %d", n, least)
			}
		})
	}
}

// page is a document with a folder in which its commands are run.
type page struct {
	*testing.T
	text, dir string
	env       []string
}

// openPage reads a document below docs and prepares to run its commands, with nobody's plugins and settings.
func openPage(t *testing.T, path string) page {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the whole program")
	}
	dir := t.TempDir()
	return page{t, read(t, filepath.Join("docs", path)), dir, append(os.Environ(),
		"PATH="+filepath.Dir(program(t))+string(os.PathListSeparator)+os.Getenv("PATH"),
		"SOLVERBENCH_PLUGINS="+filepath.Join(dir, "plugins"), "SOLVERBENCH_DB=")}
}

// run types the lines of all blocks of sh and returns how many there were.
func (p page) run() (commands int) {
	p.Helper()
	for _, block := range regexp.MustCompile("(?s)\n```sh\n(.*?)```").FindAllStringSubmatch(p.text, -1) {
		for line := range strings.Lines(block[1]) {
			commands++
			p.do(shorter.Replace(line))
		}
	}
	return commands
}

// do runs a command and returns what it writes to standard output.
func (p page) do(command string) []byte {
	p.Helper()
	run := exec.CommandContext(p.Context(), "sh", "-c", command)
	var complaint bytes.Buffer
	run.Dir, run.Env, run.Stderr = p.dir, p.env, &complaint
	out, err := run.Output()
	if err != nil {
		p.Fatalf("%s: %v\n%s%s", command, err, out, &complaint)
	}
	return out
}

// checkPictures holds the pictures that the page shows to what its commands draw: each is drawn by one, and what is shown is
// small enough for a repository.
func (p page) checkPictures() {
	p.Helper()
	pictures := regexp.MustCompile(`!\[[^]]+\]\((?:\.\./)?figures/([^)]+)\)`).FindAllStringSubmatch(p.text, -1)
	if len(pictures) == 0 {
		p.Error("there are no pictures")
	}
	for _, m := range pictures {
		name := m[1]
		for _, path := range []string{filepath.Join("figures", name), filepath.Join(p.dir, name)} {
			svg, err := os.ReadFile(path)
			if err != nil {
				p.Errorf("%s: every picture is shown by the page and drawn by its commands: %v", name, err)
			} else if len(svg) > 100_000 || !bytes.Contains(svg, []byte("<title>")) {
				p.Errorf("%s: %d bytes, expected at most 100 kB of an SVG with a title", path, len(svg))
			}
		}
	}
}

// built is the program, built once for all tests that only use it.
var built struct {
	sync.Mutex
	path string
}

// program returns the path of solverbench.
func program(t *testing.T) string {
	t.Helper()
	built.Lock()
	defer built.Unlock()
	if built.path == "" {
		dir, err := os.MkdirTemp("", "solverbench-docs-")
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "solverbench")
		overlay{}.build(t, path, "./cmd/solverbench")
		built.path = path
	}
	return built.path
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.path != "" {
		_ = os.RemoveAll(filepath.Dir(built.path))
	}
	os.Exit(code)
}
