package skeleton

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/solverbench/solverbench/harness/sandbox"
	"github.com/solverbench/solverbench/plugins/capi"
	"github.com/solverbench/solverbench/plugins/conformance"
	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/plugins/install"
	"github.com/solverbench/solverbench/problems/registry"
)

// TestMain makes this program the runner of shared libraries, too.
func TestMain(m *testing.M) {
	sandbox.Main()
	if len(os.Args) == 3 && os.Args[1] == "serve-c" {
		if err := capi.Serve(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// quick are the rules that all skeletons are held to here; the first family of each language is held to all of them.
var quick = []string{"handshake", "describe", "options", "solves", "wrong-input", "unsupported", "batch", "checkpoints", "oracle", "stdout"}

// TestChecks builds each plugin as its manifest says, lets it run its own tests, and holds it to the rules of the conformance kit.
func TestChecks(t *testing.T) {
	each(t, func(t *testing.T, language, family string) {
		all := family == families[0].Name
		if testing.Short() && !all {
			t.Skip("one family of each language is enough where time is short")
		}
		if !all {
			t.Parallel() // the rules that are left look at no clock
		}
		dir := write(t, language, family)
		launch := prepare(t, language, dir)
		cfg := conformance.Config{Launch: launch, Families: registry.Families(), Quick: true, Patience: 30 * time.Second, Rules: quick}
		if all {
			cfg.Rules = nil
		}
		found, err := conformance.Check(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			if f.Outcome == conformance.Fail || f.Outcome == conformance.Warn {
				t.Errorf("%s: %s: %s", f.Rule, f.Outcome, f.Message)
			}
		}
	})
}

// prepare builds and tests a plugin, and returns how it is launched.
func prepare(t *testing.T, language, dir string) host.Config {
	t.Helper()
	switch language {
	case "go":
		command(t, dir, "go", "get", ".")
		command(t, dir, "go", "test", ".")
	case "python":
		return preparePython(t, dir)
	case "c":
		needs(t, "make", "cc")
	case "c++":
		needs(t, "make", "c++")
	}
	m, err := install.ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	command(t, dir, "sh", "-c", m.Build)
	folder := install.Folder{Dir: filepath.Join(dir, "none"), Runner: []string{os.Args[0], "serve-c"}}
	found, err := folder.Resolve(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	cfg := found.Program.Config()
	cfg.Env = append(cfg.Env, "GORACE=atexit_sleep_ms=0") // under the race detector the runner, this program, would sleep before it ends
	return cfg
}

// python is an interpreter with what plugins import, and what it reads beside the SDK.
func python(t *testing.T) (executable string, paths []string) {
	t.Helper()
	executable = cmp.Or(os.Getenv("SOLVERBENCH_PYTHON"), "python3")
	if own := filepath.Join(root(t), "plugins/python/.venv/bin/python"); os.Getenv("SOLVERBENCH_PYTHON") == "" {
		if _, err := os.Stat(own); err == nil {
			executable = own
		}
	}
	const question = `import json, sys
import google.protobuf, grpc, numpy
if sys.version_info < (3, 10): sys.exit("Python %d.%d, expected 3.10 or later" % sys.version_info[:2])
print(json.dumps([p for p in [sys.prefix, sys.base_prefix] + sys.path if p]))`
	text, err := exec.Command(executable, "-c", question).Output()
	if err == nil {
		err = json.Unmarshal(text, &paths)
	}
	if err != nil {
		t.Skipf("no Python with grpcio and numpy ($SOLVERBENCH_PYTHON may name one): %s: %v", executable, err)
	}
	return executable, append(paths, sdk(t))
}

// sdk is the folder of the Python SDK's package.
func sdk(t *testing.T) string {
	t.Helper()
	return filepath.Join(root(t), "plugins/python/src")
}

// preparePython tests a plugin in Python with the SDK as it lies here, and returns how it is launched: an installed one has an environment of
// its own, which takes a network to make.
func preparePython(t *testing.T, dir string) host.Config {
	t.Helper()
	executable, paths := python(t)
	if exec.Command(executable, "-c", "import pytest").Run() == nil {
		command(t, dir, executable, "-m", "pytest", "-p", "no:cacheprovider")
	} else {
		t.Log("no pytest: its own tests are not run")
	}
	return host.Config{
		Command: []string{executable, filepath.Join(dir, "plugin.py")}, Env: []string{"PYTHONPATH=" + sdk(t)},
		Readable: append(paths, dir),
	}
}

// Plugins in Python are without a complaint of ruff and mypy.
func TestPythonIsTidy(t *testing.T) {
	if testing.Short() {
		t.Skip("mypy takes its time")
	}
	executable, _ := python(t)
	for _, tool := range []string{"ruff", "mypy"} {
		if err := exec.Command(executable, "-c", "import "+tool).Run(); err != nil {
			t.Skipf("no %s: %v", tool, err)
		}
	}
	cache := t.TempDir()
	for _, f := range Families() {
		dir := write(t, "python", f)
		command(t, dir, executable, "-m", "ruff", "check", "--no-cache", ".")
		command(t, dir, executable, "-m", "ruff", "format", "--check", "--no-cache", ".")
		command(t, dir, executable, "-m", "mypy", "--cache-dir", cache)
	}
}

// needs skips the test where a program is missing.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("no %s here: %v", p, err)
		}
	}
}

// command runs a program in a folder, without the network.
func command(t *testing.T, dir string, argv ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(),
		"GOPROXY=off", "GOSUMDB=off", "GOWORK=off", `GOFLAGS=-mod=mod "-ldflags=-s -w"`, // without what debuggers want it links faster
		"PYTHONPATH="+sdk(t), "MYPYPATH="+sdk(t), "PYTHONDONTWRITEBYTECODE=1")
	cmd.WaitDelay = time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(argv, " "), err, out)
	}
}
