package doctor

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/harness/measure"
	"github.com/solverbench/solverbench/internal/rogue"
)

func TestMain(m *testing.M) {
	rogue.Main()
	os.Exit(m.Run())
}

// fake places plugins on the last of some cores.
func fake(machine int) func(int) measure.Placement {
	return func(threads int) measure.Placement {
		p := measure.Placement{Harness: []int{0}}
		for cpu := max(machine-threads, 0); cpu < machine; cpu++ {
			p.Plugin = append(p.Plugin, cpu)
		}
		if threads >= machine {
			p.Short = "there are too few"
		}
		return p
	}
}

func TestCores(t *testing.T) {
	for machine, want := range map[int][]string{
		1: {"warning: plugins have no core of their own: there are too few"},
		2: {"ok: --threads 1: the plugin is on CPU 1, the harness on 0", "warning: with --threads 2 and more: there are too few"},
		4: {"ok: up to --threads 3 plugins have cores of their own; then they are on CPUs 1,2,3, the harness on 0", "warning: with --threads 4 and more: there are too few"},
	} {
		var got []string
		cores(machine, fake(machine), func(f Finding) { got = append(got, string(f.State)+": "+f.Detail) })
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%d cores: got %q, expected %q", machine, got, want)
		}
	}
}

func TestClock(t *testing.T) {
	for step, want := range map[time.Duration]State{40 * time.Nanosecond: OK, time.Millisecond: Warning} {
		if f := clock(measure.ClockInfo{Resolution: step}); f.State != want || f.Values["resolution_seconds"] != step.Seconds() {
			t.Errorf("a step of %v: %+v, expected %s", step, f, want)
		}
	}
}

func TestFolder(t *testing.T) {
	if f := folder(t.TempDir()); f.Values["write_seconds"] <= 0 || f.Values["free_bytes"] <= 0 {
		t.Errorf("%+v", f)
	}
	if f := folder("/nowhere"); f.State != Warning || !strings.Contains(f.Detail, "no such file") || f.Fix == "" {
		t.Errorf("a folder that is not there: %+v", f)
	}
}

func TestTool(t *testing.T) {
	f := tool(t.Context(), "compiler", "nothing can be compiled", "get one", []string{"no-such-compiler", "--version"})
	if f.State != Warning || f.Detail != "none found: nothing can be compiled" || f.Fix != "get one" {
		t.Errorf("%+v", f)
	}
}

// TestBundledPluginFails examines a machine on which the bundled plugin does not start: all that comes before it is
// told, and the error says which plugin it was.
func TestBundledPluginFails(t *testing.T) {
	var last Finding
	sections := map[string]bool{}
	err := Examine(t.Context(), Config{
		Bundled: []string{"/bin/false"}, Dir: t.TempDir(), Working: func(string) {},
		Found: func(f Finding) { last = f; sections[f.Section] = true },
	})
	var failed *harness.PluginError
	if !errors.As(err, &failed) || failed.Command != "/bin/false" {
		t.Errorf("error %v, expected a *harness.PluginError of /bin/false", err)
	}
	if last.State != Failed || last.Check != "bundled plugin" || last.Detail == "" {
		t.Errorf("the last finding is %+v", last)
	}
	for _, s := range []string{Machine, Measuring, Protection, Plugins} {
		if !sections[s] {
			t.Errorf("nothing was told of %s", s)
		}
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Examine(ctx, Config{Working: func(string) {}, Found: func(Finding) {}}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, expected one about the context", err)
	}
}
