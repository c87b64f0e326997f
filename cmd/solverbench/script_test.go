package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/net/html"

	"github.com/solverbench/solverbench/internal/htmlcheck"
	"github.com/solverbench/solverbench/internal/rogue"
)

// The scripts in testdata/script run this test binary as solverbench, and as the misbehaving plugin rogue.
func TestMain(m *testing.M) {
	rogue.Main()
	if len(os.Args) > 1 && slices.Contains([]string{serveBundled, serveNull, serveC, judgeRuns}, os.Args[1]) {
		os.Exit(Main())
	}
	testscript.Main(m, map[string]func(){
		"solverbench": func() { os.Exit(Main()) },
		"rogue":       rogue.Serve,
		// Others, for plugin check.
		"rogue-zeros":   func() { rogue.ServeAs("plain-zeros") },
		"rogue-garbage": func() { rogue.ServeAs("garbage") },
		"rogue-escapes": func() { rogue.ServeAs("plain-escapes") },
		"rogue-huge":    func() { rogue.ServeAs("huge-describe") },
	})
}

func TestScripts(t *testing.T) {
	dir, files := "testdata/script", []string(nil)
	if testing.Short() { // what the race detector can find something in
		dir, files = "", []string{"testdata/script/run.txtar", "testdata/script/stored.txtar"}
	}
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		Files:               files,
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(env *testscript.Env) error {
			repository, err := filepath.Abs("../..")
			env.Setenv("REPO", repository)
			env.Setenv("XDG_CACHE_HOME", env.WorkDir+"/cache")
			return err
		},
		Condition: condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits,
			"pages": pages,
		},
	})
}

// exits runs a command and checks its exit code, one of those given: exits 2 solverbench run nonsense, exits 0|1 ….
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARG...]")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := "0"
	if err != nil {
		code = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if !slices.Contains(strings.Split(args[0], "|"), code) {
		ts.Fatalf("%v: exit code %s, expected %s", args[1:], code, args[0])
	}
}

// pages fails on what is wrong with the web pages of folders, and with files that stand alone: pages FOLDER|FILE...
func pages(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: pages FOLDER|FILE...")
	}
	for _, arg := range args {
		path := ts.MkAbs(arg)
		checker, fsys := htmlcheck.Checker{Anchor: runAnchor}, os.DirFS(path)
		if filepath.Ext(path) == ".html" {
			text, err := os.ReadFile(path)
			ts.Check(err)
			checker.Inline, fsys = true, fstest.MapFS{filepath.Base(path): {Data: text}}
		}
		found, err := checker.Folder(fsys)
		ts.Check(err)
		if len(found) > 0 {
			ts.Fatalf("%s:\n%s", arg, strings.Join(found, "\n"))
		}
	}
}

// runAnchor is the place of a run, which the pages' script makes of a row.
func runAnchor(n *html.Node) string {
	for _, a := range n.Attr {
		if a.Key == "data-r" {
			return "r" + a.Val
		}
	}
	return ""
}

// condition knows hide-cgroups: whether "unshare -m" can put something in place of the cgroups.
func condition(name string) (bool, error) {
	if name != "hide-cgroups" {
		return false, fmt.Errorf("unknown condition %s", name)
	}
	return exec.Command("unshare", "-m", "mount", "-t", "tmpfs", "none", "/sys/fs/cgroup").Run() == nil, nil
}
