package install

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/goccy/go-yaml"
	"golang.org/x/sys/unix"

	"github.com/solverbench/solverbench/plugins/host"
	pluginv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
)

// Request says what to install.
type Request struct {
	// Source is a path, a URL of git or a Go package, the latter two perhaps with @ and a version.
	Source string
	// Subfolder is the plugin's folder in there, if it is not all of it.
	Subfolder string
	// Replace takes the place of an installed plugin of the same name.
	Replace bool
	// Only fails for a plugin of another name, unless empty.
	Only string
	// By is the version of this program, for the lock file.
	By string
	// Step is told what is being done.
	Step func(step string)
	// Log gets what compilers, pip, git and go say.
	Log io.Writer

	folder string
}

// Done is what an installation has led to.
type Done struct {
	Name string
	// Dir is where it now is.
	Dir string
	// Now is the plugin's entry in the lock file, Before that of the one it has replaced, nil if there was none.
	Now, Before *Entry
	// Solvers is how many it offers.
	Solvers int
}

// temporaryPrefix begins the names of what is not there to stay.
const temporaryPrefix = ".tmp-"

// Install brings a plugin into the folder, or leaves everything as it was. Two at once take turns.
func (f *Folder) Install(ctx context.Context, r Request) (*Done, error) {
	s, err := parseSource(r.Source)
	if err != nil {
		return nil, err
	}
	if r.Subfolder != "" && !filepath.IsLocal(r.Subfolder) {
		return nil, fmt.Errorf("%q, expected a folder in the source", r.Subfolder)
	}
	if r.Step == nil {
		r.Step = func(string) {}
	}
	r.Log = cmp.Or[io.Writer](r.Log, io.Discard)
	r.folder = f.Dir
	unlock, err := f.lock(ctx, r.Step)
	if err != nil {
		return nil, err
	}
	defer unlock()
	j := &job{Request: r, source: s}
	if j.dir, err = os.MkdirTemp(f.Dir, temporaryPrefix); err != nil {
		return nil, err
	}
	defer removeAll(j.dir)
	j.stage = filepath.Join(j.dir, "plugin")
	if err := j.fetch(ctx); err != nil {
		return nil, err
	}
	if j.manifest != nil {
		if err := f.free(j.manifest.Name, r); err != nil {
			return nil, err
		}
	}
	if err := j.build(ctx); err != nil {
		return nil, withHint(err, missingPackages(ctx, j.manifest))
	}
	d, err := j.start(ctx, f.Runner)
	if err != nil {
		return nil, err
	}
	return f.place(ctx, j, d)
}

// free says whether a plugin of a name may be installed.
func (f *Folder) free(name string, r Request) error {
	if r.Only != "" && r.Only != name {
		return fmt.Errorf("its name is now %s, not %s: solverbench plugin install brings it", name, r.Only)
	}
	if !nameForm.MatchString(name) {
		return fmt.Errorf("its name is %q, expected lower-case letters, digits and dashes, a letter first, at most 64", name)
	}
	if _, err := os.Lstat(filepath.Join(f.Dir, name)); err == nil && !r.Replace {
		return &ExistsError{Name: name, Dir: filepath.Join(f.Dir, name)}
	}
	return nil
}

// ExistsError says that a plugin of the same name is installed.
type ExistsError struct{ Name, Dir string }

func (e *ExistsError) Error() string {
	return fmt.Sprintf("a plugin %s is installed already, in %s", e.Name, e.Dir)
}

// start starts the staged plugin once and returns what it says of itself. One without a manifest gets one.
func (j *job) start(ctx context.Context, runner []string) (*pluginv1.DescribeResponse, error) {
	j.Step("starting it once")
	staged := &Folder{Dir: j.dir, Runner: runner}
	var program host.Program
	if j.manifest == nil {
		run, err := onlyFile(j.stage)
		if err != nil {
			return nil, err
		}
		if program, err = staged.program(ctx, filepath.Join(j.stage, run), j.stage); err != nil {
			return nil, err
		}
		j.manifest = &Manifest{Run: run}
	} else {
		found, err := staged.Resolve(ctx, j.stage)
		if err != nil {
			return nil, err
		}
		program = found.Program
	}
	d, err := describe(ctx, program.Config())
	if err != nil {
		if hint := missingPackages(ctx, j.manifest); hint != "" {
			err = fmt.Errorf("%w; %s", err, hint)
		}
		return nil, fmt.Errorf("it does not start: %w", err)
	}
	if j.manifest.Name == "" {
		return d, j.describeIt(d)
	}
	if d.Name != j.manifest.Name {
		return nil, fmt.Errorf("it says that its name is %q, but %s says %q: expected the same", d.Name, ManifestName, j.manifest.Name)
	}
	return d, nil
}

// onlyFile is the name of the file in a folder that has one beside a virtual environment.
func onlyFile(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return e.Name() == venvName })
	if len(entries) != 1 {
		return "", fmt.Errorf("%s: %d files, expected one", dir, len(entries))
	}
	return entries[0].Name(), nil
}

// describeIt gives a plugin that is a single file the manifest that it should have come with.
func (j *job) describeIt(d *pluginv1.DescribeResponse) error {
	m := j.manifest
	m.Name, m.Version, m.Language, m.License = d.Name, cmp.Or(d.Version, "0"), "other", d.License
	for _, language := range Languages {
		if d.Language == language {
			m.Language = language
		}
	}
	text, err := yaml.Marshal(m)
	if err == nil {
		_, err = ParseManifest(text)
	}
	if err != nil {
		return fmt.Errorf("what it says of itself makes no %s: %w", ManifestName, err)
	}
	return os.WriteFile(filepath.Join(j.stage, ManifestName), text, 0o644)
}

// describe launches a plugin and asks what it is.
func describe(ctx context.Context, cfg host.Config) (*pluginv1.DescribeResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	c, err := host.Launch(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c.Describe(ctx)
}

// place moves the staged plugin to where it belongs.
func (f *Folder) place(ctx context.Context, j *job, d *pluginv1.DescribeResponse) (*Done, error) {
	name := j.manifest.Name
	if err := f.free(name, j.Request); err != nil {
		return nil, err
	}
	lock, err := f.Lock()
	if err != nil {
		return nil, err
	}
	found, err := (&Folder{Dir: j.dir, Runner: f.Runner}).Resolve(ctx, j.stage)
	if err != nil {
		return nil, err
	}
	sum, err := found.Program.Checksum()
	if err != nil {
		return nil, err
	}
	now := Entry{
		Source: j.source.String(), Subfolder: j.Subfolder, Revision: j.revision, Version: j.manifest.Version,
		SHA256: sum, Installed: time.Now().UTC().Truncate(time.Second), By: j.By,
	}
	done := &Done{Name: name, Dir: filepath.Join(f.Dir, name), Now: &now, Solvers: len(d.Solvers)}
	if before, ok := lock.Plugins[name]; ok {
		done.Before = &before
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	old := filepath.Join(j.dir, "old") // goes with the rest
	err = os.Rename(done.Dir, old)
	replaced := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	err = os.Rename(j.stage, done.Dir)
	if err == nil {
		lock.Plugins[name] = now
		if err = f.writeLock(lock); err == nil {
			return done, nil
		}
		err = errors.Join(err, os.Rename(done.Dir, j.stage))
	}
	if replaced {
		err = errors.Join(err, os.Rename(old, done.Dir))
	}
	return nil, err
}

// Remove removes an installed plugin.
func (f *Folder) Remove(ctx context.Context, name string) error {
	if !nameForm.MatchString(name) {
		return fmt.Errorf("%q, expected the name of a plugin", name)
	}
	dir := filepath.Join(f.Dir, name)
	if _, err := os.Lstat(dir); err != nil {
		return fmt.Errorf("no plugin of this name is installed in %s", f.Dir)
	}
	unlock, err := f.lock(ctx, func(string) {})
	if err != nil {
		return err
	}
	defer unlock()
	lock, err := f.Lock()
	if err != nil {
		return err
	}
	aside, err := os.MkdirTemp(f.Dir, temporaryPrefix)
	if err != nil {
		return err
	}
	defer removeAll(aside)
	if err := os.Rename(dir, filepath.Join(aside, name)); err != nil {
		return err
	}
	if _, ok := lock.Plugins[name]; !ok {
		return nil
	}
	delete(lock.Plugins, name)
	return f.writeLock(lock)
}

// lock keeps others from changing the folder, which it makes if need be, and removes what those have left that were ended in the middle.
func (f *Folder) lock(ctx context.Context, step func(string)) (unlock func(), err error) {
	if err := os.MkdirAll(f.Dir, 0o755); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(f.Dir, ".lock"), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	for waiting := false; ; waiting = true {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			break
		}
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			file.Close()
			return nil, &fs.PathError{Op: "lock", Path: file.Name(), Err: err}
		}
		if !waiting {
			step("waiting for another installation")
		}
		select {
		case <-ctx.Done():
			file.Close()
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	leftovers, err := filepath.Glob(filepath.Join(globQuoted(f.Dir), temporaryPrefix+"*"))
	if err != nil {
		file.Close()
		return nil, err
	}
	for _, path := range leftovers {
		removeAll(path)
	}
	return func() { file.Close() }, nil
}

// globQuoted writes a path as a pattern that matches it.
func globQuoted(path string) string {
	var b bytes.Buffer
	for _, c := range []byte(path) {
		if slices.Contains([]byte(`*?[\`), c) {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return b.String()
}

// removeAll removes a folder even if a build has made some of it read-only.
func removeAll(dir string) {
	if os.RemoveAll(dir) == nil {
		return
	}
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			_ = os.Chmod(path, 0o700)
		}
		return nil
	})
	_ = os.RemoveAll(dir)
}
