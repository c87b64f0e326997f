package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// withoutJSON are the commands that have no --json, and why.
var withoutJSON = map[string]string{
	"completion bash": "a script", "completion zsh": "a script", "completion fish": "a script", "completion powershell": "a script",
	"suite schema": "JSON anyway", "plugin sdk": "prints nothing",
}

// tried are command lines in a folder with a database of one experiment, and a solution in the folder out.
var tried = map[string]string{
	"run":              "poisson/unit-2d[n=7] --solver fast-poisson --reps 1 --no-noise-probes --db other.db",
	"suite list":       "",
	"suite show":       "quick",
	"suite check":      "poisson --no-plugins",
	"suite init":       "QUIET.yaml",
	"list":             "",
	"list runs":        "",
	"list experiments": "",
	"show":             "poisson/jump",
	"show run":         "1",
	"leaderboard":      "",
	"compare":          "fast-poisson cg",
	"export":           "",
	"merge":            "solverbench.db -o QUIET.db",
	"db check":         "",
	"db vacuum":        "",
	"db info":          "",
	"score":            "poisson/unit-2d[n=7] --solution out/poisson_unit-2d_n=7_--fast-poisson--u.npy",
	"plugin list":      "",
	"plugin new":       "--lang c --family poisson QUIET-c",
	"publish":          "QUIET-site",
	"bundle":           "QUIET.tar.gz",
	"version":          "",
	"plot profile":     "-o profile.svg",
	"plot timeline":    "-o timeline.svg",
}

// Every command that prints something prints it as JSON too, an array; --quiet leaves nothing else, and --verbose adds to it on standard
// error only.
func TestEveryCommandHasJSONQuietAndVerbose(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("many commands")
	}
	dir := t.TempDir()
	at := func(args ...string) *exec.Cmd { // without what is installed here
		c := command(t, dir, args...)
		c.Env = append(os.Environ(), "SOLVERBENCH_PLUGINS="+filepath.Join(dir, "plugins"), "XDG_CACHE_HOME="+dir)
		return c
	}
	run := "run poisson/unit-2d[n=7] --solver fast-poisson --solver cg --reps 2 --no-noise-probes --save out"
	if out, err := at(strings.Fields(run)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	seen := 0
	root := newRoot()
	root.InitDefaultCompletionCmd()
	for _, c := range commands(root) {
		path := strings.TrimPrefix(c.CommandPath(), "solverbench ")
		c.InheritedFlags() // adds them
		for _, flag := range []string{quietFlag, verboseFlag} {
			if c.Flags().Lookup(flag) == nil {
				t.Errorf("%s has no --%s", path, flag)
			}
		}
		if c.Flags().Lookup("json") == nil && withoutJSON[path] == "" {
			t.Errorf("%s has no --json", path)
		}
		args, ok := tried[path]
		if !ok {
			continue
		}
		seen++
		for _, how := range []string{quietFlag, verboseFlag} {
			t.Run(path+" --"+how, func(t *testing.T) {
				words := append(strings.Fields(path), strings.Fields(strings.ReplaceAll(args, "QUIET", how))...)
				c := at(append(words, "--json", "--"+how)...)
				var stdout, stderr bytes.Buffer
				c.Stdout, c.Stderr = &stdout, &stderr
				if err := c.Run(); err != nil {
					t.Fatalf("%v: %s", err, stderr.Bytes())
				}
				var array []any
				if err := json.Unmarshal(stdout.Bytes(), &array); err != nil {
					t.Errorf("no array in JSON (%v): %.300q", err, stdout.Bytes())
				}
				switch says := stderr.String(); {
				case how == quietFlag && says != "":
					t.Errorf("standard error has %q, expected nothing", says)
				case how == verboseFlag && !(strings.Contains(says, "  version ") && strings.Contains(says, "  plugins ")):
					t.Errorf("standard error has %q, expected where things are", says)
				case how == verboseFlag && path == "run" && !(strings.Contains(says, "  database  "+filepath.Join(dir, "other.db")) && strings.Contains(says, `msg="plugin started" pid=`)):
					t.Errorf("standard error has %q, expected the database and what is started", says)
				}
			})
		}
	}
	if seen != len(tried) {
		t.Errorf("%d of %d command lines are of commands that there are", seen, len(tried))
	}
}

// commands lists those below a command that do something and are not hidden.
func commands(c *cobra.Command) (all []*cobra.Command) {
	for _, sub := range c.Commands() {
		if sub.Hidden {
			continue
		}
		if sub.Runnable() && (!sub.HasSubCommands() || sub.Name() == "list" || sub.Name() == "show") {
			all = append(all, sub)
		}
		all = append(all, commands(sub)...)
	}
	return all
}
