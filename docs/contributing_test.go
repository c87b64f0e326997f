package docs

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestTenMinutes types what CONTRIBUTING.md tells a stranger to, language by language, with nobody's files and without the network.
func TestTenMinutes(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the whole program, and a plugin in each language")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	bin := buildInClone(t, root)
	scripts := scriptsOf(t, read(t, "CONTRIBUTING.md"))
	needed := map[string][]string{"Go": {"go"}, "Python": nil, "C": {"cc"}, "C++": {"c++"}, "Fortran": {"gfortran"}}
	if len(scripts) != len(needed) {
		t.Errorf("commands for %d languages, expected %d", len(scripts), len(needed))
	}
	for _, language := range slices.Sorted(maps.Keys(scripts)) {
		t.Run(language, func(t *testing.T) {
			programs, known := needed[language]
			if !known {
				t.Fatalf("there are commands in the section %q, of which this test does not know what they need", language)
			}
			for _, p := range append(programs, "make", "bash") {
				if _, err := exec.LookPath(p); err != nil {
					t.Skipf("no %s here: %v", p, err)
				}
			}
			home := t.TempDir()
			telemetry := filepath.Join(home, ".config/go/telemetry") // or the Go tool still writes there while the folder is being removed
			if err := os.MkdirAll(telemetry, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(telemetry, "mode"), []byte("off"), 0o600); err != nil {
				t.Fatal(err)
			}
			env := []string{
				"PATH=" + bin + ":" + os.Getenv("PATH"), "CLONE=" + root, "HOME=" + home, "XDG_DATA_HOME=", "XDG_CACHE_HOME=",
				"SOLVERBENCH_PLUGINS=", "SOLVERBENCH_DB=", "XDG_CONFIG_HOME=", "GOPROXY=off", "GOSUMDB=off", "GOFLAGS=-mod=mod", "GOWORK=off",
			}
			for _, name := range []string{"GOMODCACHE", "GOCACHE"} { // they lie in the home as a rule
				value, err := exec.Command("go", "env", name).Output()
				if err != nil {
					t.Fatal(err)
				}
				env = append(env, name+"="+strings.TrimSpace(string(value)))
			}
			if language == "Python" {
				env = append(env, offline(t, root)...)
			}
			out, err := typed(t, t.TempDir(), scripts[language], env)
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if strings.Count(out, " 0 failed, ") != 1 || !strings.Contains(out, " 0 not solved") {
				t.Errorf("expected a plugin in which no rule failed, whose solver solves:\n%s", out)
			}
		})
	}
}

// typed runs commands as they are typed into a shell, which ends at the first that fails.
func typed(t *testing.T, dir, script string, env []string) (string, error) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-eu", "-o", "pipefail", "-x", "-c", script)
	cmd.Dir, cmd.Env, cmd.WaitDelay = dir, append(os.Environ(), env...), time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// scriptsOf are the commands of blocks of sh below each heading of the third rank, in order.
func scriptsOf(t *testing.T, text string) map[string]string {
	t.Helper()
	block := regexp.MustCompile("(?s)\n```sh\n(.*?)```")
	scripts := map[string]string{}
	for _, section := range strings.Split(text, "\n### ")[1:] {
		heading, body, _ := strings.Cut(section, "\n")
		body, _, _ = strings.Cut(body, "\n## ")
		for _, b := range block.FindAllStringSubmatch(body, -1) {
			scripts[heading] += b[1]
		}
	}
	return scripts
}

// buildInClone builds the program where `make build` would, in the clone that it then knows of, but in a folder of its own.
func buildInClone(t *testing.T, root string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(root, "bin"), 0o777); err != nil {
		t.Fatal(err)
	}
	bin, err := os.MkdirTemp(filepath.Join(root, "bin"), "contributing-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(bin) })
	build := exec.Command("go", "build", "-o", bin, "./cmd/solverbench")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}

// offline has virtual environments be made that see the packages of an interpreter which has all that the SDK, its installation and tests
// need: pip finds them there and has nothing to download.
func offline(t *testing.T, root string) []string {
	t.Helper()
	python := os.Getenv("SOLVERBENCH_PYTHON")
	if python == "" {
		python = filepath.Join(root, "plugins/python/.venv/bin/python")
	}
	packages, err := exec.Command(python, "-c", "import flit_core, google.protobuf, grpc, numpy, pytest; print(numpy.__path__[0])").Output()
	if err != nil {
		t.Skipf("no Python with grpcio, numpy, pytest and flit_core ($SOLVERBENCH_PYTHON may name one): %s: %v", python, err)
	}
	wrapper := filepath.Join(t.TempDir(), "python3")
	script := fmt.Sprintf("#!/bin/sh\n%q \"$@\" && for d in .venv/lib/python3*/site-packages; do echo %q > $d/theirs.pth; done\n",
		python, filepath.Dir(strings.TrimSpace(string(packages))))
	if err := os.WriteFile(wrapper, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return []string{"PYTHON=" + wrapper, "PIP_NO_INDEX=1", "PIP_NO_BUILD_ISOLATION=0", "PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_NO_CACHE_DIR=1"}
}
