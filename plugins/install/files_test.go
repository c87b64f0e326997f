package install

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const someManifest = `name: fast
version: 0.1.0
language: c
description: fast solvers
license: MIT OR Apache-2.0
build: make
run: fast.so
needs:
  debian: [libfftw3-dev, "g++-12"]
env: {OMPI_MCA_btl: self}
readable: [/opt/data]
`

func TestParseManifest(t *testing.T) {
	m, err := ParseManifest([]byte(someManifest))
	if err != nil || m.Name != "fast" || m.Run != "fast.so" || len(m.Needs.Debian) != 2 || m.Env["OMPI_MCA_btl"] != "self" || m.Readable[0] != "/opt/data" {
		t.Errorf("%+v, %v", m, err)
	}
	for _, tt := range []struct{ old, new, want string }{
		{"name: fast", "name: Fast", `line 1: name: "Fast", expected lower-case letters, digits and dashes`},
		{"name: fast", "name: ../fast", `line 1: name: "../fast"`},
		{"name: fast\n", "", `name: "", expected`},
		{"version: 0.1.0", "version: \"\\e[2J\"", "line 2: version: "},
		{"language: c\n", "language: cobol\n", `line 3: language: "cobol", expected one of go, python, c, c++, fortran, other`},
		{"run: fast.so", "run: /bin/sh", `line 7: run: "/bin/sh", expected an executable, *.so or *.py, relative to the folder and in it`},
		{"run: fast.so", "run: ../x.so", "line 7: run: "},
		{"run: fast.so", "run: fast.so\npython: requirements.txt", `line 7: run: "fast.so", expected a script *.py as there is a field python`},
		{"run: fast.so", "run: p.py\npython: ../r.txt", `line 8: python: "../r.txt", expected a file of requirements`},
		{"run: fast.so", "runs: fast.so", `unknown field "runs"`},
		{"libfftw3-dev", "libfftw3-dev; id", `line 9: needs.debian[0]: "libfftw3-dev; id", expected the name of a package`},
		{"OMPI_MCA_btl", "PATH", "env.PATH: is the harness's to set"},
		{"OMPI_MCA_btl", "OMP_NUM_THREADS", "env.OMP_NUM_THREADS: is the harness's to set"},
		{"OMPI_MCA_btl", "a b", `env: "a b", expected the name of a variable`},
		{"/opt/data", "data", `line 11: readable[0]: "data", expected an absolute path`},
		{"name: fast", "name: [fast", "[2:1]"},
		{"name: fast", "name: fast\nname: fast", "[2:"},
		{"name: fast", "\xff\xfe", "not a text, expected YAML"},
	} {
		text := strings.Replace(someManifest, tt.old, tt.new, 1)
		if _, err := ParseManifest([]byte(text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, expected %s", tt.new, err, tt.want)
		}
	}
}

func FuzzParseManifest(f *testing.F) {
	f.Add([]byte(someManifest))
	f.Add([]byte("name: a\nversion: 1\nlanguage: python\nrun: a.py\npython: .\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ParseManifest(text)
		if err != nil {
			return
		}
		for _, path := range []string{m.Run, m.Python} {
			if path != "" && !filepath.IsLocal(path) {
				t.Errorf("%q leads out of the folder", path)
			}
		}
		if strings.ContainsAny(m.Name, "/. \n") || m.Name == "" {
			t.Errorf("name %q", m.Name)
		}
	})
}

const someLock = `{
  "format": 1,
  "plugins": {
    "fast": {
      "source": "https://example.com/x.git@v1",
      "subfolder": "plugins/fast",
      "revision": "0123",
      "version": "0.1.0",
      "sha256": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
      "installed": "2026-11-28T12:00:00Z",
      "by": "v1.0.0"
    }
  }
}
`

func TestParseLock(t *testing.T) {
	lock, err := ParseLock([]byte(someLock))
	if err != nil || lock.Plugins["fast"].Subfolder != "plugins/fast" || lock.Plugins["fast"].Installed.Year() != 2026 {
		t.Errorf("%+v, %v", lock, err)
	}
	for _, tt := range []struct{ old, new, want string }{
		{`"format": 1`, `"format": 2`, "format: 2, expected 1"},
		{`"fast": {`, `"../fast": {`, `plugins: "../fast", expected the name of a plugin`},
		{`"https://example.com/x.git@v1"`, `""`, "plugins.fast.source: nothing, expected where it came from"},
		{`"plugins/fast"`, `"../fast"`, `plugins.fast.subfolder: "../fast", expected a folder in the source`},
		{`"0123456789`, `"x123456789`, "plugins.fast.sha256: "},
		{`"0.1.0",`, `1,`, "line 8: "},
		{`"0.1.0",`, `"0.1.0"`, "line 9: "},
		{`"version"`, `"versions"`, `unknown field "versions"`},
		{"\n}\n", "\n}\n{}\n", "line 15: more than one value"},
	} {
		text := strings.Replace(someLock, tt.old, tt.new, 1)
		if _, err := ParseLock([]byte(text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, expected %s", tt.new, err, tt.want)
		}
	}
	f := &Folder{Dir: t.TempDir()}
	files{LockName: "{"}.write(t, f.Dir)
	if _, err := f.Lock(); err == nil || !strings.Contains(err.Error(), filepath.Join(f.Dir, LockName)+": line 1: ") {
		t.Errorf("%v", err)
	}
}

func FuzzParseLock(f *testing.F) {
	f.Add([]byte(someLock))
	f.Add([]byte(`{"format": 1}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		lock, err := ParseLock(text)
		if err != nil {
			return
		}
		folder := &Folder{Dir: t.TempDir()}
		if lock.Plugins == nil {
			return
		}
		if err := folder.writeLock(lock); err != nil {
			t.Skip(err) // a year that JSON cannot have
		}
		again, err := folder.Lock()
		if err != nil || len(again.Plugins) != len(lock.Plugins) {
			t.Errorf("%v: written and read, it is another", err)
		}
	})
}

const someProject = `# what we compare
plugins:
  - ./mine
  - /opt/theirs/x.so
  - fftw
db: results/all.db
`

func TestFindProject(t *testing.T) {
	root := files{"solverbench.yaml": someProject, "a/b/x": "", "a/empty/solverbench.yaml": "", "a/bad/solverbench.yaml": "plugin: [x]\n"}.write(t, t.TempDir())
	p, err := FindProject(filepath.Join(root, "a", "b"))
	if err != nil || p == nil {
		t.Fatalf("%v, %v", p, err)
	}
	for i, want := range []string{filepath.Join(root, "mine"), "/opt/theirs/x.so", "fftw"} {
		if got := p.Plugin(i); got != want {
			t.Errorf("plugin %d is %s, expected %s", i, got, want)
		}
	}
	if got, want := p.Database(), filepath.Join(root, "results", "all.db"); got != want {
		t.Errorf("database %s, expected %s", got, want)
	}
	if err := p.At(1, os.ErrNotExist); !strings.HasPrefix(err.Error(), filepath.Join(root, "solverbench.yaml")+": line 4: plugins[1]: ") {
		t.Error(err)
	}
	if p, err := FindProject(filepath.Join(root, "a", "empty")); err != nil || len(p.Plugins) != 0 || p.Database() != "" {
		t.Errorf("an empty file: %+v, %v", p, err)
	}
	if _, err := FindProject(filepath.Join(root, "a", "bad")); err == nil || !strings.Contains(err.Error(), filepath.Join("a", "bad", "solverbench.yaml")+": [1:1] unknown field \"plugin\"") {
		t.Errorf("%v", err)
	}
	if p, err := FindProject("/"); p != nil || err != nil {
		t.Errorf("in the root: %v, %v", p, err)
	}
}

// In a folder that everybody writes to, anybody can have put a file for others to stumble on.
func TestProjectFilesOfOthers(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can give files to others")
	}
	root := files{"solverbench.yaml": someProject, "home/x": ""}.write(t, t.TempDir())
	for _, tt := range []struct {
		mode  os.FileMode
		owner int
		found bool
	}{{0o755, 0, true}, {0o755, 1000, true}, {0o777 | os.ModeSticky, 0, true}, {0o777 | os.ModeSticky, 1000, false}} {
		if err := os.Chmod(root, tt.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(filepath.Join(root, "solverbench.yaml"), tt.owner, 0); err != nil {
			t.Fatal(err)
		}
		if p, err := FindProject(filepath.Join(root, "home")); err != nil || (p != nil) != tt.found {
			t.Errorf("%v, of user %d: %v, %v", tt.mode, tt.owner, p, err)
		}
	}
}

func TestParseProject(t *testing.T) {
	for text, want := range map[string]string{
		"plugins: ./x\n":            "[1:10]",
		"plugins:\n- ./x\n- \"\"\n": `line 3: plugins[1]: "", expected a plugin's path or name`,
		"db: [a]\n":                 "[1:5]",
		"db: \"a\\nb\"\n":           `line 1: db: "a\nb", expected a path`,
		"plugins: []\nplugins: []":  "[2:",
		"\x00":                      "not a text, expected YAML",
	} {
		if _, err := ParseProject([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, expected %s", text, err, want)
		}
	}
}

func FuzzParseProject(f *testing.F) {
	f.Add([]byte(someProject))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ParseProject(text)
		if err != nil {
			return
		}
		p.path = "/project/solverbench.yaml"
		for i := range p.Plugins {
			if got := p.Plugin(i); strings.ContainsRune(got, '/') && !filepath.IsAbs(got) {
				t.Errorf("%q depends on the current folder", got)
			}
		}
	})
}
