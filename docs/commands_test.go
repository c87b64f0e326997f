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
			if n := p.quick().run(); n < least {
				t.Errorf("only %d commands, expected at least %d", n, least)
			}
		})
	}
}

// TestFlags: every command of solverbench that a document shows is one that the program has, with the flags that it is given.
func TestFlags(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the whole program")
	}
	commands := map[string]string{} // with the document that shows them
	for _, pattern := range []string{"README.md", "CONTRIBUTING.md", "docs/*.md", "docs/families/*.md"} {
		paths, err := filepath.Glob(filepath.Join("..", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			for _, block := range fenced.FindAllString(read(t, path[len("../"):]), -1) {
				for _, m := range shown.FindAllStringSubmatch(block, -1) {
					commands[strings.TrimSpace(m[1])] = path
				}
			}
		}
	}
	if len(commands) < 150 {
		t.Errorf("only %d commands", len(commands))
	}
	path := program(t)
	for command, document := range commands {
		if out, err := exec.CommandContext(t.Context(), "sh", "-c", path+" "+command+" --help").CombinedOutput(); err != nil {
			t.Errorf("%s: solverbench %s: %v\n%s", document, command, err, out)
		}
	}
}

// shown is a command in a block of code, without what comes after it on its line: comments, other commands, what is left out.
var shown = regexp.MustCompile(`(?m)^ *(?:bin/)?solverbench ((?:'[^'\n]*'|[^'#|&;>…\n])+)`)

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

// quick has commands run once or shortly, where the page has them repeated, and sweep over one value.
func (p page) quick() page {
	for _, r := range []struct{ pattern, short string }{
		{`--reps \d+`, "--reps 1 --no-noise-probes"},
		{`--budget \S+`, "--budget 200ms --no-noise-probes"},
		{`--sweep '?(\w+=[^.| ]+)\S*`, "--sweep $1"},
	} {
		p.text = regexp.MustCompile(r.pattern).ReplaceAllString(p.text, r.short)
	}
	return p
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
