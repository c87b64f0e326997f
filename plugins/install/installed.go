package install

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/solverbench/solverbench/plugins/host"
)

// Installed is a plugin in the user's folder.
type Installed struct {
	Name string
	Dir  string
	// Manifest is nil if it cannot be read.
	Manifest *Manifest
	Program  host.Program
	// Err is why it cannot be launched, if it cannot.
	Err error
}

// Installed lists the plugins in the folder by their names.
func (f *Folder) Installed(ctx context.Context) ([]Installed, error) {
	entries, err := os.ReadDir(f.Dir) // sorted
	if f.Dir == "" || errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []Installed
	for _, e := range entries {
		dir := filepath.Join(f.Dir, e.Name())
		if info, err := os.Stat(dir); err != nil || !info.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		i := Installed{Name: e.Name(), Dir: dir}
		i.Manifest, i.Err = ReadManifest(dir)
		switch {
		case i.Err != nil:
		case i.Manifest.Name != i.Name:
			i.Err = fmt.Errorf("%s says that its name is %s, expected %s as that of its folder", ManifestName, i.Manifest.Name, i.Name)
		default:
			i.Program, i.Err = f.inFolder(ctx, dir, i.Manifest)
			i.Program.Where = dir
		}
		out = append(out, i)
	}
	return out, nil
}

// Holds says whether a path is that of an installed plugin.
func (f *Folder) Holds(path string) bool {
	return f.Dir != "" && filepath.Dir(path) == filepath.Clean(f.Dir)
}

// Changed says in what way a plugin is not what the lock file says was installed; empty if it is.
func (l *Lock) Changed(name, sha256 string) string {
	e, ok := l.Plugins[name]
	switch {
	case !ok:
		return "it was put there by other means than solverbench plugin install"
	case e.SHA256 != sha256:
		return fmt.Sprintf("its checksum is %.12s…, that of what was installed was %.12s…", sha256, e.SHA256)
	}
	return ""
}
