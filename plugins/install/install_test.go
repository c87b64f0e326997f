package install

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestInstall(t *testing.T) {
	f := newFolder(t)
	from := goodFiles("0.1.0").write(t, t.TempDir())
	var steps []string
	done, err := f.Install(t.Context(), Request{Source: from, By: "v1", Step: func(s string) { steps = append(steps, s) }})
	if err != nil {
		t.Fatal(err)
	}
	if done.Name != "plug" || done.Dir != filepath.Join(f.Dir, "plug") || done.Solvers != 1 || done.Before != nil || done.Now.Source != from || done.Now.By != "v1" {
		t.Errorf("%+v %+v", done, done.Now)
	}
	if got := content(t, f); got != "lock.json plug" {
		t.Errorf("the folder holds %s", got)
	}
	if got := strings.Join(steps, ", "); got != `copying, the build (cp "$TEST_BINARY" plug), starting it once` {
		t.Errorf("steps %s", got)
	}
	// What is locked is what runs will have.
	found, err := f.Resolve(t.Context(), "plug")
	if err != nil {
		t.Fatal(err)
	}
	sum, err := found.Program.Checksum()
	if err != nil {
		t.Fatal(err)
	}
	lock, err := f.Lock()
	if err != nil {
		t.Fatal(err)
	}
	if why := lock.Changed("plug", sum); why != "" || lock.Plugins["plug"] != *done.Now {
		t.Errorf("%s; lock %+v", why, lock)
	}
	if lock.Changed("plug", strings.Repeat("0", 64)) == "" || lock.Changed("other", sum) == "" {
		t.Error("a change is not seen")
	}

	// Once more is an error, and with Replace the old one gives way.
	var exists *ExistsError
	if _, err := f.Install(t.Context(), Request{Source: from}); !errors.As(err, &exists) || exists.Name != "plug" {
		t.Errorf("once more: %v", err)
	}
	goodFiles("0.2.0").write(t, from)
	done, err = f.Install(t.Context(), Request{Source: from, Replace: true, Only: "plug"})
	if err != nil || done.Before == nil || done.Before.Version != "0.1.0" || done.Now.Version != "0.2.0" {
		t.Errorf("%+v, %v", done, err)
	}
	if _, err := f.Install(t.Context(), Request{Source: from, Replace: true, Only: "other"}); err == nil || !strings.Contains(err.Error(), "its name is now plug") {
		t.Errorf("an update to another name: %v", err)
	}
	if err := f.Remove(t.Context(), "plug"); err != nil {
		t.Fatal(err)
	}
	if got := content(t, f); got != "lock.json" {
		t.Errorf("after the removal the folder holds %s", got)
	}
	if lock, err := f.Lock(); err != nil || len(lock.Plugins) != 0 {
		t.Errorf("after the removal the lock has %+v, %v", lock, err)
	}
	for _, name := range []string{"plug", "../plugins", "", ".lock"} {
		if err := f.Remove(t.Context(), name); err == nil {
			t.Errorf("removing %q is no error", name)
		}
	}
}

// Whatever fails leaves the folder as it was, and says what is wrong in its last line.
func TestWhatCannotBeInstalledLeavesNothing(t *testing.T) {
	with := func(name, text string) files {
		f := goodFiles("0.2.0")
		f[name] = text
		return f
	}
	f := newFolder(t)
	if _, err := f.Install(t.Context(), Request{Source: goodFiles("0.1.0").write(t, t.TempDir())}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		files files
		want  string
	}{
		{"a build that fails", with("plugin.yaml", manifestOf("plug", "1")+"needs:\n  debian: [libnosuch-dev]\n\nenv: {A: b}\n"), ""},
		{"another name", with("says", "plague"), `it says that its name is "plague", but plugin.yaml says "plug"`},
		{"a name with a path", with("plugin.yaml", strings.Replace(manifestOf("plug", "1"), "name: plug", "name: ../plug", 1)), `line 1: name: "../plug", expected lower-case letters`},
		{"a run outside", with("plugin.yaml", strings.Replace(manifestOf("plug", "1"), "run: plug", "run: ../plug", 1)), `line 4: run: "../plug", expected an executable`},
		{"nothing to run", with("plugin.yaml", strings.Replace(manifestOf("plug", "1"), "run: plug", "run: plog", 1)), "there is no plog"},
		{"no plugin", files{"plugin.yaml": "name: plug\nversion: 1\nlanguage: c\nrun: run\nbuild: \"printf '#!/bin/sh\\\\necho hello' > run && chmod +x run\"\n"}, "it does not start: "},
		{"no manifest", files{"x.c": ""}, "a folder without plugin.yaml"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.name == "a build that fails" {
				tt.files["plugin.yaml"] = strings.Replace(tt.files["plugin.yaml"], `cp "$TEST_BINARY" plug`, "\"echo compiling; echo 'x.c:3: error: no good' >&2; exit 7\"", 1)
				tt.want = "not installed: x.c:3: error: no good"
			}
			before := state(t, f)
			_, err := f.Install(t.Context(), Request{Source: tt.files.write(t, t.TempDir()), Replace: true})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, expected %s", err, tt.want)
			}
			if after := state(t, f); after != before {
				t.Errorf("the folder is now\n%s\nand was\n%s", after, before)
			}
		})
	}
}

// state is what a folder holds, and the lock file in it.
func state(t *testing.T, f *Folder) string {
	t.Helper()
	lock, err := os.ReadFile(filepath.Join(f.Dir, LockName))
	if err != nil {
		t.Fatal(err)
	}
	found, err := f.Resolve(t.Context(), "plug")
	if err != nil {
		t.Fatal(err)
	}
	sum, err := found.Program.Checksum()
	if err != nil {
		t.Fatal(err)
	}
	return content(t, f) + "\n" + sum + "\n" + string(lock)
}

func TestAnInstallationThatIsStoppedLeavesNothing(t *testing.T) {
	f := newFolder(t)
	pid := filepath.Join(t.TempDir(), "pid")
	t.Setenv("TEST_PID", pid)
	from := files{"plugin.yaml": "name: plug\nversion: 1\nlanguage: go\nrun: plug\nbuild: mkdir sealed; touch sealed/x; chmod 500 sealed; sleep 600 & echo $! > \"$TEST_PID\"; wait\n"}.write(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, err := f.Install(ctx, Request{Source: from})
		failed <- err
	}()
	child := 0
	for child == 0 {
		text, _ := os.ReadFile(pid)
		child, _ = strconv.Atoi(strings.TrimSpace(string(text)))
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("%v, expected that it was cancelled", err)
	}
	if got := content(t, f); got != "" {
		t.Errorf("the folder holds %s", got)
	}
	for deadline := time.Now().Add(10 * time.Second); alive(child); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("what the build had started runs on")
		}
	}
}

// alive says whether a process runs; one that has ended but has no parent to know it does not.
func alive(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return syscall.Kill(pid, 0) == nil
	}
	return !strings.Contains(string(stat), ") Z ")
}

func TestInstallationsTakeTurns(t *testing.T) {
	f := newFolder(t)
	var group sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		from := goodFiles("0.1.0")
		if i >= 2 {
			from = files{"plugin.yaml": manifestOf("other", "1"), "says": "other"}
		}
		source := from.write(t, t.TempDir())
		group.Go(func() { _, errs[i] = f.Install(t.Context(), Request{Source: source}) })
	}
	group.Wait()
	for i := 0; i < len(errs); i += 2 {
		var exists *ExistsError
		if (errs[i] == nil) == (errs[i+1] == nil) || !errors.As(errors.Join(errs[i], errs[i+1]), &exists) {
			t.Errorf("of two of the same name: %v and %v", errs[i], errs[i+1])
		}
	}
	if got := content(t, f); got != "lock.json other plug" {
		t.Errorf("the folder holds %s", got)
	}
	if lock, err := f.Lock(); err != nil || len(lock.Plugins) != 2 {
		t.Errorf("%+v, %v", lock, err)
	}
}

func TestLeftoversAreRemoved(t *testing.T) {
	f := newFolder(t)
	left := filepath.Join(f.Dir, temporaryPrefix+"1", "plugin")
	if err := os.MkdirAll(left, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Install(t.Context(), Request{Source: goodFiles("1").write(t, t.TempDir())}); err != nil {
		t.Fatal(err)
	}
	if got := content(t, f); got != "lock.json plug" {
		t.Errorf("the folder holds %s", got)
	}
}

func TestAFileIsInstalledWithAManifestOfItsOwn(t *testing.T) {
	f := newFolder(t)
	for name, runner := range map[string][]string{"plug": nil, "solvers.so": {"/bin/sh", "-c", `exec "$0"`}} {
		f.Runner = runner
		from := filepath.Join(t.TempDir(), name)
		if err := copyBinary(from); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Install(t.Context(), Request{Source: from, Replace: true}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		m, err := ReadManifest(filepath.Join(f.Dir, "plug"))
		if err != nil || m.Name != "plug" || m.Version != "0.1.0" || m.Language != "go" || m.License != "MIT" || m.Run != name {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
}

func TestInstallPython(t *testing.T) {
	withPython(t)
	f := newFolder(t)
	for _, tt := range []struct{ python, pip string }{{"python: requirements.txt\n", "-r requirements.txt"}, {"python: .\n", "."}, {"", ""}} {
		from := files{"plugin.yaml": "name: plug\nversion: 1\nlanguage: python\nrun: plugin.py\n" + tt.python, "plugin.py": "", "requirements.txt": "numpy\n"}
		done, err := f.Install(t.Context(), Request{Source: from.write(t, t.TempDir()), Replace: true})
		if err != nil {
			t.Fatal(err)
		}
		found, err := f.Resolve(t.Context(), "plug")
		if err != nil {
			t.Fatal(err)
		}
		if want := "fake-1.dist-info\nfake.py,sha256=" + tt.pip + ",1\n"; found.Program.Packages != want {
			t.Errorf("packages %q, expected %q", found.Program.Packages, want)
		}
		if want := filepath.Join(done.Dir, venvName, "bin", "python"); found.Program.Command[0] != want {
			t.Errorf("launched by %s, expected %s", found.Program.Command[0], want)
		}
	}
	bad := files{"plugin.yaml": "name: plug\nversion: 2\nlanguage: python\nrun: plugin.py\npython: requirements.txt\n", "plugin.py": "", "requirements.txt": "nosuch\n"}.write(t, t.TempDir())
	_, err := f.Install(t.Context(), Request{Source: bad, Replace: true})
	if err == nil || !strings.HasSuffix(err.Error(), "\nnot installed: ERROR: Could not find a version that satisfies the requirement nosuch (from versions: none)") {
		t.Errorf("%v", err)
	}
	t.Setenv("TEST_NO_VENV", "1")
	_, err = f.Install(t.Context(), Request{Source: bad, Replace: true})
	if err == nil || !strings.Contains(err.Error(), "(on Debian: apt-get install python3-venv)") {
		t.Errorf("%v", err)
	}
	t.Setenv("PATH", t.TempDir())
	_, err = f.Install(t.Context(), Request{Source: bad, Replace: true})
	if err == nil || !strings.HasPrefix(err.Error(), "python3 is not in $PATH") {
		t.Errorf("%v", err)
	}
}

func TestInstallFromGit(t *testing.T) {
	f := newFolder(t)
	repository := t.TempDir()
	git(t, repository, "init", "-q")
	commit := func(version string) string {
		goodFiles(version).write(t, filepath.Join(repository, "plugins", "a"))
		files{"shared.h": "common\n"}.write(t, repository)
		if version == "0.1.0" {
			if err := os.Symlink("../../shared.h", filepath.Join(repository, "plugins", "a", "shared.h")); err != nil {
				t.Fatal(err)
			}
		}
		git(t, repository, "add", "-A")
		git(t, repository, "commit", "-q", "-m", version)
		return git(t, repository, "rev-parse", "HEAD")
	}
	first := commit("0.1.0")
	git(t, repository, "tag", "v0.1.0")
	second := commit("0.2.0")
	git(t, repository, "checkout", "-q", "-b", "next")
	third := commit("0.3.0")
	git(t, repository, "checkout", "-q", "main")
	url := "file://" + repository
	for _, tt := range []struct{ ref, version, revision string }{
		{"", "0.2.0", second}, {"@v0.1.0", "0.1.0", first}, {"@next", "0.3.0", third}, {"@" + first, "0.1.0", first}, {"@" + third[:10], "0.3.0", third},
	} {
		done, err := f.Install(t.Context(), Request{Source: url + tt.ref, Subfolder: "plugins/a", Replace: true})
		if err != nil {
			t.Fatalf("%s: %v", tt.ref, err)
		}
		if n := done.Now; n.Version != tt.version || n.Revision != tt.revision || n.Source != url+tt.ref || n.Subfolder != "plugins/a" {
			t.Errorf("%s: %+v", tt.ref, n)
		}
	}
	if text, err := os.ReadFile(filepath.Join(f.Dir, "plug", "shared.h")); err != nil || string(text) != "common\n" {
		t.Errorf("the file behind a link: %q, %v", text, err)
	}
	for source, want := range map[string]string{
		url + "@nosuch":               "fatal: couldn't find remote ref nosuch",
		url + "@--upload-pack=id":     "expected a branch, a tag, a commit or a version",
		"file://" + repository + "/x": "not installed: fatal: ",
	} {
		if _, err := f.Install(t.Context(), Request{Source: source, Subfolder: "plugins/a", Replace: true}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, expected %s", source, err, want)
		}
	}
	for _, sub := range []string{"plugins/b", "../a", "/etc"} {
		if _, err := f.Install(t.Context(), Request{Source: url, Subfolder: sub, Replace: true}); err == nil {
			t.Errorf("the folder %s is none of the repository's", sub)
		}
	}
	if got := content(t, f); got != "lock.json plug" {
		t.Errorf("the folder holds %s", got)
	}
}
