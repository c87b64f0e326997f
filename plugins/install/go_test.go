package install

import (
	"archive/zip"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// withProxy makes a module example.com/solvers, of the versions given, the only one that there is.
func withProxy(t *testing.T, versions ...string) {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("needs go")
	}
	proxy := t.TempDir()
	const module = "module example.com/solvers\n\ngo 1.24\n"
	at := files{"list": strings.Join(versions, "\n") + "\n"}
	for _, v := range versions {
		at[v+".info"], at[v+".mod"] = `{"Version": "`+v+`", "Time": "2026-11-28T12:00:00Z"}`, module
	}
	dir := at.write(t, filepath.Join(proxy, "example.com", "solvers", "@v"))
	content := files{
		"go.mod": module, "lib/lib.go": "package lib\n",
		"cmd/fast/main.go": "package main\n\nfunc main() { println(\"no plugin\") }\n", "bad/main.go": "package main\n\nfunc main() { nosuch() }\n",
	}
	for _, v := range versions {
		out, err := os.Create(filepath.Join(dir, v+".zip"))
		if err != nil {
			t.Fatal(err)
		}
		z := zip.NewWriter(out)
		for name, text := range content {
			w, err := z.Create("example.com/solvers@" + v + "/" + name)
			if err == nil {
				_, err = w.Write([]byte(text))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(z.Close(), out.Close()); err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range map[string]string{
		"GOPROXY": "file://" + proxy, "GOMODCACHE": t.TempDir(), "GOFLAGS": "-mod=mod -modcacherw", "GOSUMDB": "off", "GOTOOLCHAIN": "local", "GOPRIVATE": "", "GONOPROXY": "none",
	} {
		t.Setenv(name, value)
	}
}

func TestInstallAGoPackage(t *testing.T) {
	withProxy(t, "v1.2.0", "v1.3.0")
	f := newFolder(t)
	for ref, version := range map[string]string{"": "v1.3.0", "@latest": "v1.3.0", "@v1.2.0": "v1.2.0"} {
		s, err := parseSource("example.com/solvers/cmd/fast" + ref)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		j := &job{Request: Request{Step: func(string) {}, Log: os.Stderr}, source: s, dir: dir, stage: filepath.Join(dir, "plugin")}
		if err := j.fetch(t.Context()); err != nil {
			t.Fatal(err)
		}
		if name, err := onlyFile(j.stage); err != nil || name != "fast" || j.revision != version {
			t.Errorf("%s: %s of %s, %v, expected fast of %s", s, name, j.revision, err, version)
		}
	}
	for source, want := range map[string]string{
		"example.com/solvers/cmd/fast":        "it does not start: ",
		"example.com/solvers/bad@v1.2.0":      "main.go:3:15: undefined: nosuch",
		"example.com/solvers/lib":             "lib",
		"example.com/nosuch/x":                "not installed: go: ",
		"example.com/solvers/cmd/fast@v9.0.0": "not installed: go: ",
	} {
		if _, err := f.Install(t.Context(), Request{Source: source}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, expected %s", source, err, want)
		}
	}
	if got := content(t, f); got != "" {
		t.Errorf("the folder holds %s", got)
	}
}

// A folder with a Go program is built where it is, since its module may be around it.
func TestInstallAGoProgramInAFolder(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("needs go")
	}
	if testing.Short() {
		t.Skip("builds a program")
	}
	f := newFolder(t)
	done, err := f.Install(t.Context(), Request{Source: "../../docs/examples/jacobi"})
	if err != nil {
		t.Fatal(err)
	}
	m, err := ReadManifest(done.Dir)
	if err != nil || done.Name != "jacobi" || m.Name != "jacobi" || m.Run != "jacobi" || m.Language != "go" {
		t.Errorf("%+v, %+v, %v", done, m, err)
	}
}
