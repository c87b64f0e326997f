package install

import (
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/solverbench/solverbench/plugins/capi"
	"github.com/solverbench/solverbench/plugins/python"
)

// job is an installation under way, in a temporary folder.
type job struct {
	Request
	source   source
	dir      string // the temporary folder
	stage    string // the plugin in it
	manifest *Manifest
	revision string
}

// command is a program of this job that works in dir.
func (j *job) command(step, dir string, argv ...string) *command {
	j.Step(step)
	return &command{step: step, dir: dir, log: j.Log, argv: argv}
}

// fetch puts the plugin's files into the stage and finds out what they are.
func (j *job) fetch(ctx context.Context) error {
	switch j.source.kind {
	case fromGit:
		repository := filepath.Join(j.dir, "repository")
		if err := j.clone(ctx, repository); err != nil {
			return err
		}
		return j.copy(ctx, filepath.Join(repository, j.Subfolder))
	case fromGo:
		return j.goInstall(ctx)
	case fromFile:
		return j.file()
	}
	return j.copy(ctx, filepath.Join(j.source.location, j.Subfolder))
}

// copy takes the plugin from a folder.
func (j *job) copy(ctx context.Context, from string) error {
	j.Step("copying")
	if info, err := os.Stat(from); err != nil || !info.IsDir() {
		return fmt.Errorf("%s: there is no folder %s in it", j.source, j.Subfolder)
	}
	m, err := ReadManifest(from)
	if errors.Is(err, errNoManifest) {
		if sources, _ := filepath.Glob(filepath.Join(from, "*.go")); len(sources) > 0 {
			return j.goBuild(ctx, from)
		}
	}
	if err != nil {
		return err
	}
	j.manifest = m
	return copyFolder(from, j.stage, func(path string) bool {
		// A program that is here from an earlier build may be for another machine.
		return path == j.folder || m.Build != "" && (path == filepath.Join(from, m.Run) && isMachineCode(path) || filepath.Base(path) == "node_modules")
	}, ctx.Err)
}

// isMachineCode says whether a file is what a compiler makes.
func isMachineCode(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	var magic [4]byte
	if _, err := f.Read(magic[:]); err != nil {
		return false
	}
	switch string(magic[:]) {
	case "\x7fELF", "\xcf\xfa\xed\xfe", "\xca\xfe\xba\xbe":
		return true
	}
	return false
}

// file takes a single file: an executable, a shared library or a script.
func (j *job) file() error {
	if j.Subfolder != "" {
		return fmt.Errorf("%s: a file, expected a folder with %s in it", j.source.location, j.Subfolder)
	}
	j.Step("copying")
	info, err := os.Stat(j.source.location)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: neither a file nor a folder", j.source.location)
	}
	if err := os.Mkdir(j.stage, 0o755); err != nil {
		return err
	}
	run := filepath.Base(j.source.location)
	if !inside(run) || run == ManifestName {
		return fmt.Errorf("%q, expected an executable, *.so or *.py", run)
	}
	return copyFile(j.source.location, filepath.Join(j.stage, run), info)
}

var (
	// commitForm is what may be the beginning of a commit's name, which servers do not find.
	commitForm = regexp.MustCompile(`^[0-9a-f]{7,40}$`)
	gitOptions = []string{"git", "-c", "core.hooksPath=/dev/null", "-c", "protocol.ext.allow=never", "-c", "advice.detachedHead=false", "-c", "init.defaultBranch=main"}
)

// clone gets the files of a git repository, and no more of its past than need be.
func (j *job) clone(ctx context.Context, to string) error {
	if err := needed("git", "get plugins from repositories", "git"); err != nil {
		return err
	}
	step := "git: fetching " + j.source.location
	git := func(args ...string) (string, error) {
		c := j.command(step, j.dir, append(append([]string{}, gitOptions...), args...)...)
		c.env = []string{"GIT_TERMINAL_PROMPT=0"}
		return c.run(ctx)
	}
	in := func(args ...string) (string, error) { return git(append([]string{"-C", to}, args...)...) }
	if _, err := git("init", "--quiet", "--", to); err != nil {
		return err
	}
	ref := j.source.ref
	if ref == "" {
		ref = "HEAD"
	}
	_, err := in("fetch", "--quiet", "--depth=1", "--", j.source.location, ref)
	target := "FETCH_HEAD"
	if err != nil && ctx.Err() == nil && commitForm.MatchString(ref) {
		if _, e := in("fetch", "--quiet", "--", j.source.location, "+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"); e == nil {
			target, err = ref+"^{commit}", nil
		}
	}
	if err == nil {
		_, err = in("-c", "filter.lfs.required=false", "checkout", "--quiet", "--detach", target)
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(to, ".gitmodules")); err == nil {
		if _, err := in("submodule", "--quiet", "update", "--init", "--recursive", "--depth=1"); err != nil {
			return err
		}
	}
	revision, err := in("rev-parse", "HEAD")
	j.revision = strings.TrimSpace(revision)
	return err
}

// goInstall builds a package of a Go module.
func (j *job) goInstall(ctx context.Context) error {
	if j.Subfolder != "" {
		return fmt.Errorf("%s: a Go package, which has no folder %s to name: it is part of the package's path", j.source, j.Subfolder)
	}
	if err := needed("go", "build plugins in Go", "golang-go"); err != nil {
		return err
	}
	version := j.source.ref
	if version == "" {
		version = "latest"
	}
	name := j.source.location + "@" + version
	c := j.command("go install "+name, j.dir, "go", "install", "-trimpath", "--", name)
	c.env = []string{"GOBIN=" + j.stage, "GOWORK=off"}
	if _, err := c.run(ctx); err != nil {
		return err
	}
	return j.built()
}

// goBuild builds the Go package in a folder, whose module may be around it.
func (j *job) goBuild(ctx context.Context, from string) error {
	if err := needed("go", "build plugins in Go", "golang-go"); err != nil {
		return err
	}
	if _, err := j.command("go build", from, "go", "build", "-trimpath", "-o", j.stage+string(filepath.Separator), ".").run(ctx); err != nil {
		return err
	}
	return j.built()
}

// built notes which version of a module an executable in the stage was built from.
func (j *job) built() error {
	entries, err := os.ReadDir(j.stage)
	if err != nil || len(entries) != 1 {
		return fmt.Errorf("%s: go built no executable, expected a package main", j.source)
	}
	info, err := buildinfo.ReadFile(filepath.Join(j.stage, entries[0].Name()))
	if err != nil {
		return err
	}
	if j.revision == "" && j.source.kind == fromGo {
		j.revision = info.Main.Version
	}
	return nil
}

// build runs the plugin's own build and makes its virtual environment.
func (j *job) build(ctx context.Context) error {
	m := j.manifest
	if m == nil {
		if filepath.Ext(j.source.location) == ".py" {
			return j.venv(ctx, "")
		}
		return nil
	}
	if m.Build != "" {
		include := filepath.Join(j.dir, "include")
		if err := os.Mkdir(include, 0o755); err != nil {
			return err
		}
		if err := capi.WriteHeaders(include); err != nil {
			return err
		}
		c := j.command("the build ("+firstLine(m.Build)+")", j.stage, "/bin/sh", "-c", m.Build)
		c.env = []string{"SOLVERBENCH_INCLUDE=" + include}
		if _, err := c.run(ctx); err != nil {
			return err
		}
	}
	if filepath.Ext(m.Run) == ".py" {
		return j.venv(ctx, m.Python)
	}
	return nil
}

func firstLine(s string) string {
	first, rest, _ := strings.Cut(strings.TrimSpace(s), "\n")
	if rest != "" {
		return first + " …"
	}
	return first
}

// venv makes the plugin's virtual environment with the SDK in it and, if it has any, the requirements of a manifest's field python.
func (j *job) venv(ctx context.Context, requirements string) error {
	if err := needed("python3", "run plugins in Python", "python3 python3-venv"); err != nil {
		return err
	}
	const step = "making a virtual environment"
	if _, err := j.command(step, j.stage, "python3", "-m", "venv", venvName).run(ctx); err != nil {
		hint := ""
		if f := (*Failure)(nil); errors.As(err, &f) && strings.Contains(strings.Join(f.Said, "\n"), "venv") {
			hint = "python3 has no working venv module (on Debian: apt-get install python3-venv)"
		}
		return withHint(err, hint)
	}
	sdk := filepath.Join(j.dir, "sdk")
	if err := python.WriteSDK(sdk); err != nil {
		return fmt.Errorf("writing the Python SDK: %w", err)
	}
	// In one call, so that the versions suit each other.
	argv := []string{
		path.Join(venvName, "bin", "python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-warn-script-location", sdk,
	}
	switch {
	case requirements == "":
	case filepath.Clean(requirements) == ".":
		argv = append(argv, ".")
	default:
		argv = append(argv, "-r", requirements)
	}
	_, err := j.command("pip install", j.stage, argv...).run(ctx)
	return err
}

// missingPackages are those of a manifest's that this Debian lacks, or all where that cannot be known.
func missingPackages(ctx context.Context, m *Manifest) string {
	if m == nil || len(m.Needs.Debian) == 0 {
		return ""
	}
	if _, err := exec.LookPath("dpkg-query"); err != nil {
		return "it needs what Debian calls " + strings.Join(m.Needs.Debian, ", ")
	}
	var absent []string
	for _, p := range m.Needs.Debian {
		state, err := exec.CommandContext(ctx, "dpkg-query", "-W", "-f", "${db:Status-Status}", p).Output()
		if err != nil || string(state) != "installed" {
			absent = append(absent, p)
		}
	}
	if len(absent) == 0 {
		return ""
	}
	return "it needs packages that are missing: apt-get install " + strings.Join(absent, " ")
}
