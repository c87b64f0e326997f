package install

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/solverbench/solverbench/harness/sandbox"
	"github.com/solverbench/solverbench/plugins/host"
)

// Folder is a user's folder of plugins, one sub-folder each.
type Folder struct {
	// Dir is absolute. It need not be there, and is empty for somebody who has none.
	Dir string
	// Runner is the command that serves a shared library whose path comes last.
	Runner []string
}

// DefaultDir is the user's folder: $SOLVERBENCH_PLUGINS, else solverbench/plugins where the user's data are.
func DefaultDir() (string, error) {
	if dir := os.Getenv("SOLVERBENCH_PLUGINS"); dir != "" {
		return filepath.Abs(dir)
	}
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "solverbench", "plugins"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("the folder of plugins: %w; $SOLVERBENCH_PLUGINS may name it", err)
	}
	return filepath.Join(home, ".local", "share", "solverbench", "plugins"), nil
}

// Found is a plugin that has been found.
type Found struct {
	Program host.Program
	// Manifest is nil for a plugin that is no folder.
	Manifest *Manifest
}

// Resolve finds out how a plugin is launched, which is an executable, a shared library *.so, a script *.py, a folder with a manifest, or
// the name of an installed plugin or, failing that, of a program in $PATH.
func (f *Folder) Resolve(ctx context.Context, plugin string) (*Found, error) {
	path, named := plugin, false
	if !strings.ContainsRune(plugin, os.PathSeparator) && plugin != "." && plugin != ".." {
		if path = f.named(plugin); path == "" {
			return nil, f.unknown(plugin)
		}
		named = true
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	found := &Found{}
	if !info.IsDir() {
		found.Program, err = f.program(ctx, path, "")
	} else if found.Manifest, err = ReadManifest(path); err == nil {
		found.Program, err = f.inFolder(ctx, path, found.Manifest)
	}
	if err != nil && named {
		err = fmt.Errorf("in %s: %w", path, err)
	}
	if err != nil {
		return nil, err
	}
	found.Program.Where = path
	return found, nil
}

// named finds a plugin by its name.
func (f *Folder) named(name string) string {
	if f.Dir != "" && nameForm.MatchString(name) {
		dir := filepath.Join(f.Dir, name)
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return dir
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	return path
}

// unknown says that there is nothing of a name.
func (f *Folder) unknown(name string) error {
	if info, err := os.Stat(name); err == nil {
		if info.Mode().IsRegular() && info.Mode()&0o111 == 0 && !slices.Contains([]string{".so", ".py"}, filepath.Ext(name)) {
			return errors.New("not executable (chmod +x makes it so)")
		}
		return fmt.Errorf("neither an installed plugin nor a program in $PATH: expected ./%s for what is in the current folder", name)
	}
	return errors.New("neither an installed plugin (solverbench plugin list) nor a program in $PATH")
}

// inFolder is what a manifest says of how the plugin in dir is launched.
func (f *Folder) inFolder(ctx context.Context, dir string, m *Manifest) (host.Program, error) {
	run := filepath.Join(dir, m.Run)
	if _, err := os.Stat(run); errors.Is(err, fs.ErrNotExist) {
		hint := "expected it beside " + ManifestName
		if m.Build != "" {
			hint = fmt.Sprintf("has it been built? In the folder: %s", m.Build)
		}
		return host.Program{}, fmt.Errorf("there is no %s; %s", m.Run, hint)
	}
	venv := filepath.Join(dir, venvName)
	if _, err := os.Stat(venv); m.Python != "" && err != nil {
		return host.Program{}, fmt.Errorf("there is no %s; solverbench plugin install makes it, or: python3 -m venv %[1]s && "+
			"%[1]s/bin/pip install SDK -r %s", venvName, m.Python)
	}
	p, err := f.program(ctx, run, dir)
	if err != nil {
		return p, err
	}
	for name, value := range m.Env {
		p.Env = append(p.Env, name+"="+value)
	}
	slices.Sort(p.Env)
	p.Readable = append(p.Readable, m.Readable...)
	if filepath.Dir(dir) == f.Dir {
		p.Files = []string{dir} // nobody else writes there
		return p, nil
	}
	// Where it is being worked on lie databases, answers, notes.
	p.Files = append([]string{run, filepath.Join(dir, ManifestName)}, p.Files[1:]...)
	if m.Python != "" && m.Python != "." {
		p.Files = append(p.Files, filepath.Join(dir, m.Python))
	}
	return p, nil
}

// program is how a file is launched, which belongs to the plugin in the folder dir unless that is empty.
func (f *Folder) program(ctx context.Context, path, dir string) (host.Program, error) {
	p := host.Program{Command: []string{path}, Files: []string{path}}
	root := dir
	if root == "" {
		root = filepath.Dir(path)
	}
	// The executable's own folder is readable anyway.
	if beside, ok := sandbox.Beside(path); ok || dir != "" {
		p.Readable = append(p.Readable, root)
		if dir == "" {
			p.Readable[0] = beside
		}
	}
	switch filepath.Ext(path) {
	case ".so":
		if len(f.Runner) == 0 {
			return p, fmt.Errorf("%s: shared libraries cannot be launched here", path)
		}
		p.Readable = append(p.Readable, path)
		p.Command = append(slices.Clone(f.Runner), path)
	case ".py":
		p.Readable = append(p.Readable, path)
		return p, f.script(ctx, &p, path, root, dir != "")
	default:
		info, err := os.Stat(path)
		if err != nil {
			return p, err
		}
		if info.Mode()&0o111 == 0 {
			return p, fmt.Errorf("%s: not executable (chmod +x makes it so)", path)
		}
	}
	return p, nil
}

const venvName = ".venv"

// script completes how a Python script is launched: by the interpreter of the virtual environment in root, else by that in $PATH. The scripts
// of a folder belong together.
func (f *Folder) script(ctx context.Context, p *host.Program, path, root string, folder bool) error {
	python := filepath.Join(root, venvName, "bin", "python")
	own := true
	if _, err := os.Stat(python); err != nil {
		own = false
		if python, err = exec.LookPath("python3"); err != nil {
			return fmt.Errorf("%s: no %s beside it, and no python3 in $PATH: expected one of them", path, venvName)
		}
	}
	if folder {
		scripts, err := scriptsIn(root)
		if err != nil {
			return err
		}
		p.Files = append(p.Files, slices.DeleteFunc(scripts, func(s string) bool { return s == path })...)
	}
	var err error
	if own {
		if p.Packages, err = packages(filepath.Join(root, venvName)); err != nil {
			return err
		}
	}
	at := &interpreter{Executable: python}
	if own && filepath.Dir(root) == f.Dir {
		at.Paths, err = base(filepath.Join(root, venvName))
	} else {
		at, err = ask(ctx, python)
	}
	if err != nil {
		return err
	}
	p.Command = []string{at.Executable, path}
	p.Readable = append(p.Readable, at.Paths...)
	return nil
}

// scriptsIn are the Python files below a folder but for hidden folders, sorted.
func scriptsIn(dir string) (out []string, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != dir && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case !d.IsDir() && filepath.Ext(path) == ".py":
			out = append(out, path)
		}
		return nil
	})
	return out, err
}

// packages are those of a virtual environment with the checksums of their files, but for what depends on where it is.
func packages(venv string) (string, error) {
	records, err := filepath.Glob(filepath.Join(venv, "lib", "python*", "site-packages", "*.dist-info", "RECORD"))
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, r := range records {
		text, err := os.ReadFile(r)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(&b, filepath.Base(filepath.Dir(r)))
		for line := range strings.Lines(string(text)) {
			// Commands name the interpreter; the others, where it was installed from.
			if strings.Contains(line, ",sha256=") && !strings.HasPrefix(line, "../") && !strings.Contains(line, ".dist-info/") {
				b.WriteString(line)
			}
		}
	}
	return b.String(), nil
}

// interpreter is a Python.
type interpreter struct {
	Executable string   `json:"executable"`
	Paths      []string `json:"paths"` // of what it reads
}

// base are the paths of the installation that a virtual environment was made of.
func base(venv string) ([]string, error) {
	path := filepath.Join(venv, "pyvenv.cfg")
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		key, value, ok := strings.Cut(line, "=")
		if home := strings.TrimSpace(value); ok && strings.TrimSpace(key) == "home" && filepath.IsAbs(home) {
			return []string{filepath.Dir(home)}, nil
		}
	}
	return nil, fmt.Errorf("%s: no line \"home = …\", expected one with the path of an installation", path)
}

// ask asks an interpreter what it is and where its modules are, the SDK among them even if it is being worked on.
func ask(ctx context.Context, python string) (*interpreter, error) {
	const question = `import importlib.util, json, os, sys
sdk = importlib.util.find_spec("solverbench")
paths = [sys.prefix, sys.base_prefix] + [p for p in sys.path if os.path.isdir(p)] + list(sdk and sdk.submodule_search_locations or [])
print(json.dumps({"executable": sys.executable, "paths": list(dict.fromkeys(os.path.abspath(p) for p in paths if p))}))`
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, python, "-c", question)
	cmd.Dir = "/"
	var stderr strings.Builder
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("asking %s for its modules: %w\n%s", python, err, tail(stderr.String()))
	}
	var i interpreter
	if err := json.Unmarshal(text, &i); err != nil || !filepath.IsAbs(i.Executable) {
		return nil, fmt.Errorf("asking %s for its modules: %q, expected JSON", python, text)
	}
	// Modules that lie in somebody's home, or in the root, do not open it.
	i.Paths = slices.DeleteFunc(i.Paths, func(p string) bool {
		_, ok := sandbox.Beside(filepath.Join(p, "x"))
		return !ok
	})
	return &i, nil
}

// tailLines is how much people are shown of what a program has printed.
const tailLines = 20

// tail are the last lines of a text.
func tail(s string) string {
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-tailLines):], "\n")
}
