package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/solverbench/solverbench/plugins/conformance"
)

// Ctrl-C ends a check at once, with what was found by then and no plugin left.
func TestCheckIsInterrupted(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a check to be under way")
	}
	c := command(t, t.TempDir(), "plugin", "check", "bundled", "--solver", "cg")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaints bytes.Buffer
	c.Stderr = &complaints
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for line := ""; !strings.Contains(line, "options"); {
		if line, err = lines.ReadString('\n'); err != nil {
			t.Fatalf("%v before the first solver's options were checked", err)
		}
	}
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	told := time.Now()
	rest, err := io.ReadAll(lines)
	if err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := c.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted {
		t.Errorf("%v, expected exit code %d", err, exitInterrupted)
	}
	if complaints.Len() > 0 {
		t.Errorf("standard error has %q, expected nothing", &complaints)
	}
	if took := time.Since(told); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	if !strings.Contains(string(rest), "until it was interrupted") || strings.Contains(string(rest), "✗") {
		t.Errorf("it ended with %q, expected the sum so far, and no failure", rest)
	}
}

// Check's JSON is that of findings.
func TestCheckJSON(t *testing.T) {
	text, err := command(t, t.TempDir(), "plugin", "check", "bundled", "--solver", "cg[max-iterations=500]", "--rule", "sessions", "--quick", "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var found []conformance.Finding
	if err := json.Unmarshal(text, &found); err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || found[0].Solver != "cg" || found[0].Options["max-iterations"] != "500" || found[0].Outcome != conformance.Pass {
		t.Errorf("found %+v, expected that sessions passes with the option", found)
	}
}
