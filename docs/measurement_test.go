package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/solverbench/solverbench/results/rank"
)

// shorter are what the commands of measurement.md do in a test, where they would take long. Everything else is run as it stands.
var shorter = strings.NewReplacer(
	"make bench-harness", "make -n bench-harness",
	"go test -count=1 ", "go test -short ",
	"-times 5 -budget 1s", "-times 1 -budget 100ms",
	"-budget 1s", "-budget 100ms",
	"--budget 2s", "--budget 300ms",
	"--save out", "--save out --reps 2",
)

// TestMeasurement runs the commands of measurement.md, TestRanking those of ranking.md, and TestBundles those of bundles.md.
func TestMeasurement(t *testing.T) { runCommands(t, "docs/measurement.md", 8) }

func TestRanking(t *testing.T) { runCommands(t, "docs/ranking.md", 20) }

func TestBundles(t *testing.T) { runCommands(t, "docs/bundles.md", 4) }

// runCommands runs the commands of a document, in order: those of the repository's own in its root, the others in a folder of their
// own. Those that are not installed, such as perf, are left out.
func runCommands(t *testing.T, document string, least int) {
	t.Helper()
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the whole program")
	}
	dir := t.TempDir()
	path := filepath.Dir(program(t)) + string(os.PathListSeparator) + os.Getenv("PATH")
	commands := 0
	for _, block := range regexp.MustCompile("(?s)\n```sh\n(.*?)```").FindAllStringSubmatch(read(t, document), -1) {
		for line := range strings.Lines(block[1]) {
			run := exec.Command("sh", "-c", shorter.Replace(line))
			run.Dir, run.Env = dir, append(os.Environ(), "PATH="+path)
			program := strings.Fields(strings.TrimPrefix(line, "GOMAXPROCS=1 "))[0]
			if program != "solverbench" {
				run.Dir = ".."
				if _, err := exec.LookPath(program); err != nil {
					t.Logf("not run: %s", line)
					continue
				}
			}
			commands++
			if out, err := run.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", line, err, out)
			}
		}
	}
	if commands < least {
		t.Errorf("only %d commands", commands)
	}
}

// Every warning is explained, by the code that it has in files.
func TestMeasurementNamesWarnings(t *testing.T) {
	text := read(t, "docs/measurement.md")
	codes := []string{
		rank.NotTimed, rank.TooFewSamples, rank.NoValue, rank.FewVerified, rank.Transport, rank.OtherExperiment, rank.OtherMachine, rank.SetupUnknown,
		rank.ByRange, rank.OneInstance,
	}
	for _, m := range regexp.MustCompile(`(?m)^\tflag\w+ += "([a-z-]+)"`).FindAllStringSubmatch(read(t, "harness/repeat.go"), -1) {
		codes = append(codes, m[1])
	}
	if len(codes) < 17 {
		t.Errorf("only %d codes are known: %v", len(codes), codes)
	}
	for _, code := range codes {
		if !strings.Contains(text, "`"+code+"`") {
			t.Errorf("docs/measurement.md does not explain %s", code)
		}
	}
}
