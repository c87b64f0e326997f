package install

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Installed is a plugin in the user's folder.
type Installed struct {
	Name string
	Dir  string
	// Found is how it is launched, nil if that cannot be found out for the reason Err.
	Found *Found
	Err   error
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
		i.Found, i.Err = f.Resolve(ctx, dir)
		if i.Err == nil && i.Found.Manifest.Name != i.Name {
			i.Found, i.Err = nil, fmt.Errorf("%s in the folder of %s says that its name is %s: expected the same", ManifestName, i.Name, i.Found.Manifest.Name)
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
