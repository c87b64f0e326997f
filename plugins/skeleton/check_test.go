package skeleton

import (
	"context"
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
		command(t, dir, "go", "vet", ".")
		command(t, dir, "go", "test", ".")
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
	return found.Program.Config()
}

// command runs a program in a folder, without the network.
func command(t *testing.T, dir string, argv ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOSUMDB=off", "GOFLAGS=-mod=mod", "GOWORK=off")
	cmd.WaitDelay = time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(argv, " "), err, out)
	}
}
