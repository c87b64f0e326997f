package install

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestResolve(t *testing.T) {
	withPython := func(t *testing.T) {
		if _, err := exec.LookPath("python3"); err != nil {
			t.Skip("needs python3")
		}
	}
	f := newFolder(t)
	f.Runner = []string{"/bin/runner", "serve-c"}
	dir := files{
		"lib.so": "x", "script.py": "", "helper.py": "", "text": "x", "program": "x",
		"folder/plugin.yaml":  "name: folder\nversion: 1\nlanguage: c\nrun: lib.so\nenv: {B: two, A: one}\nreadable: [/opt/data]\n",
		"folder/lib.so":       "x",
		"scripts/plugin.yaml": "name: scripts\nversion: 1\nlanguage: python\nrun: p.py\n", "scripts/p.py": "", "scripts/deep/q.py": "", "scripts/notes.db": "",
		"unbuilt/plugin.yaml": "name: unbuilt\nversion: 1\nlanguage: c\nrun: lib.so\nbuild: make all\n",
		"no-venv/plugin.yaml": "name: no-venv\nversion: 1\nlanguage: python\nrun: p.py\npython: r.txt\n", "no-venv/p.py": "",
	}.write(t, t.TempDir())
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.Chmod(at("program"), 0o755); err != nil {
		t.Fatal(err)
	}
	files{"fast/plugin.yaml": "name: fast\nversion: 1\nlanguage: c\nrun: lib.so\n", "fast/lib.so": "x"}.write(t, f.Dir)
	for _, tt := range []struct {
		name    string
		command []string // behind the interpreter for a script
		files   []string
	}{
		{at("program"), []string{at("program")}, []string{at("program")}},
		{at("lib.so"), []string{"/bin/runner", "serve-c", at("lib.so")}, []string{at("lib.so")}},
		{at("folder"), []string{"/bin/runner", "serve-c", at("folder/lib.so")}, []string{at("folder/lib.so"), at("folder/plugin.yaml")}},
		{"fast", []string{"/bin/runner", "serve-c", filepath.Join(f.Dir, "fast/lib.so")}, []string{filepath.Join(f.Dir, "fast")}},
		{at("script.py"), []string{at("script.py")}, []string{at("script.py")}},
		{at("scripts"), []string{at("scripts/p.py")}, []string{at("scripts/p.py"), at("scripts/plugin.yaml"), at("scripts/deep/q.py")}},
	} {
		t.Run(filepath.Base(tt.name), func(t *testing.T) {
			script := strings.Contains(tt.name, "script")
			if script {
				withPython(t)
			}
			found, err := f.Resolve(t.Context(), tt.name)
			if err != nil {
				t.Fatal(err)
			}
			command := found.Program.Command
			if script {
				command = command[1:]
			}
			if !slices.Equal(command, tt.command) || !slices.Equal(found.Program.Files, tt.files) {
				t.Errorf("%q of %q, expected %q of %q", command, found.Program.Files, tt.command, tt.files)
			}
			if want := tt.name; filepath.IsAbs(want) && found.Program.Path() != want {
				t.Errorf("it is at %s, expected %s", found.Program.Path(), want)
			}
		})
	}
	found, err := f.Resolve(t.Context(), at("folder"))
	if err != nil || !slices.Equal(found.Program.Env, []string{"A=one", "B=two"}) || !slices.Contains(found.Program.Readable, "/opt/data") {
		t.Errorf("%+v, %v", found, err)
	}
	t.Chdir(dir)
	for name, want := range map[string]string{
		at("nosuch"):  "no such file",
		at("text"):    "not executable (chmod +x makes it so)",
		"text":        "not executable (chmod +x makes it so)",
		"program":     "expected ./program for what is in the current folder",
		"nosuch":      "neither an installed plugin (solverbench plugin list) nor a program in $PATH",
		at("unbuilt"): "there is no lib.so; has it been built? In the folder: make all",
		at("no-venv"): "there is no .venv; solverbench plugin install makes it",
		dir:           "a folder without plugin.yaml",
	} {
		if _, err := f.Resolve(t.Context(), name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, expected %s", name, err, want)
		}
	}
}

func TestInstalled(t *testing.T) {
	f := newFolder(t)
	if list, err := f.Installed(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("a folder that is not there: %v, %v", list, err)
	}
	f.Runner = []string{"/bin/runner"}
	files{
		"fast/plugin.yaml": "name: fast\nversion: 1\nlanguage: c\nrun: lib.so\n", "fast/lib.so": "x", "lock.json": "{}", ".tmp-1/plugin.yaml": "",
		"moved/plugin.yaml": "name: fast\nversion: 1\nlanguage: c\nrun: lib.so\n", "moved/lib.so": "x", "empty/x": "",
	}.write(t, f.Dir)
	list, err := f.Installed(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []struct{ name, err string }{{"empty", "a folder without plugin.yaml"}, {"fast", ""}, {"moved", "says that its name is fast, expected moved"}}
	if len(list) != len(want) {
		t.Fatalf("%+v", list)
	}
	for i, w := range want {
		got := list[i]
		if got.Name != w.name || (got.Err == nil) != (w.err == "") || got.Err != nil && !strings.Contains(got.Err.Error(), w.err) || (got.Manifest == nil) != (w.name == "empty") {
			t.Errorf("%+v, expected %+v", got, w)
		}
	}
	if list, err := (&Folder{}).Installed(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("without a folder: %v, %v", list, err)
	}
}

func TestDefaultDir(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	for _, tt := range []struct{ own, data, want string }{
		{"", "", filepath.Join(home, ".local/share/solverbench/plugins")}, {"", "/data", "/data/solverbench/plugins"}, {"", "data", filepath.Join(home, ".local/share/solverbench/plugins")},
		{"/mine", "/data", "/mine"},
	} {
		t.Setenv("SOLVERBENCH_PLUGINS", tt.own)
		t.Setenv("XDG_DATA_HOME", tt.data)
		if got, err := DefaultDir(); err != nil || got != tt.want {
			t.Errorf("%+v: %s, %v", tt, got, err)
		}
	}
}
