package install

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/solverbench/solverbench/harness/sandbox"
	"github.com/solverbench/solverbench/plugins"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

// This test binary becomes, by the name under which it is started, a plugin, a python3 that makes virtual environments with itself in
// them, and the python in such an environment, which installs nothing and serves the plugin as if it were a script.
func TestMain(m *testing.M) {
	sandbox.Main()
	switch filepath.Base(os.Args[0]) {
	case "plug", "solvers.so":
		serve(filepath.Dir(os.Args[0]))
	case "python":
		if len(os.Args) > 2 && os.Args[1] == "-m" {
			os.Exit(fakePip(os.Args[2:]))
		}
		serve(filepath.Dir(os.Args[1]))
	case "python3":
		os.Exit(fakeVenv(os.Args[1:]))
	default:
		os.Exit(m.Run())
	}
	os.Exit(0)
}

type nothing struct {
	Sweeps int `opt:"sweeps,min=1" doc:"number of sweeps"`
}

func (nothing) Solve(context.Context, *plugins.Run, *poissonv1.Task) (*poissonv1.Solution, error) {
	return nil, plugins.ErrUnsupported
}

// serve serves a plugin whose name is in the file "says" of a folder.
func serve(dir string) {
	name, err := os.ReadFile(filepath.Join(dir, "says"))
	if err != nil {
		name = []byte("plug")
	}
	plugins.Serve(plugins.Plugin{
		Name: strings.TrimSpace(string(name)), Version: "0.1.0", License: "MIT", Solvers: []plugins.Offer{plugins.New("nothing", &nothing{Sweeps: 1}, plugins.About{})},
	})
}

func fakeVenv(args []string) int {
	if len(args) != 3 || args[0] != "-m" || args[1] != "venv" {
		fmt.Fprintf(os.Stderr, "python3: %q\n", args)
		return 2
	}
	if os.Getenv("TEST_NO_VENV") != "" {
		fmt.Println("The virtual environment was not created successfully because ensurepip is not\navailable.\n\n    apt install python3.11-venv")
		return 1
	}
	bin := filepath.Join(args[2], "bin")
	err := errors.Join(
		os.MkdirAll(bin, 0o755), copyBinary(filepath.Join(bin, "python")),
		os.WriteFile(filepath.Join(args[2], "pyvenv.cfg"), []byte("home = /usr/bin\nversion = 3.11.2\n"), 0o644),
	)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// fakePip notes what it was to install as the one package that is there then.
func fakePip(args []string) int {
	fmt.Println("Collecting numpy")
	if text, _ := os.ReadFile("requirements.txt"); strings.Contains(string(text), "nosuch") {
		fmt.Fprintln(os.Stderr, "ERROR: Could not find a version that satisfies the requirement nosuch (from versions: none)\nERROR: No matching distribution found for nosuch")
		return 1
	}
	at := slices.IndexFunc(args, func(a string) bool { return filepath.Base(a) == "sdk" })
	if at < 0 {
		return 2
	}
	if _, err := os.Stat(filepath.Join(args[at], "pyproject.toml")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	record := filepath.Join(venvName, "lib", "python3.11", "site-packages", "fake-1.dist-info", "RECORD")
	err := errors.Join(os.MkdirAll(filepath.Dir(record), 0o755), os.WriteFile(record, []byte("fake.py,sha256="+strings.Join(args[at+1:], " ")+",1\n"), 0o644))
	if err != nil {
		return 2
	}
	return 0
}

func copyBinary(to string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	in, err := os.Open(self)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// withPython puts the python3 that is this test binary into the path.
func withPython(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(dir, "python3")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
}

// files are a plugin's.
type files map[string]string

// manifestOf is a manifest of the plugin that is this test binary.
func manifestOf(name, version string) string {
	return "name: " + name + "\nversion: " + version + "\nlanguage: go\nrun: plug\nbuild: cp \"$TEST_BINARY\" plug\n"
}

// goodFiles are those of a plugin that can be installed.
func goodFiles(version string) files {
	return files{"plugin.yaml": manifestOf("plug", version), "notes/README": "read me\n"}
}

// write puts files into a folder, which is made.
func (f files) write(t *testing.T, dir string) string {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(f)) {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(f[name]), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// newFolder is a user's folder that is not there yet.
func newFolder(t *testing.T) *Folder {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TEST_BINARY", self)
	return &Folder{Dir: filepath.Join(t.TempDir(), "plugins")}
}

// content lists what is in a user's folder but for the lock that waits for others.
func content(t *testing.T, f *Folder) string {
	t.Helper()
	entries, err := os.ReadDir(f.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if e.Name() != ".lock" {
			names = append(names, e.Name())
		}
	}
	return strings.Join(names, " ")
}

// git runs git in a folder.
func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("needs git")
	}
	cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main"}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %q: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}
