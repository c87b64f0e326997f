package install

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// ProjectName is the name of the file that says which plugins the folder that it is in works with.
const ProjectName = "solverbench.yaml"

// Project is what solverbench.yaml says.
type Project struct {
	// Plugins are paths, relative to the file's folder, or names of installed plugins.
	Plugins []string `yaml:"plugins,omitempty"`
	// DB is the database of the folder, relative to it.
	DB string `yaml:"db,omitempty"`

	path string
	text []byte
}

// FindProject reads the project file of a folder, which is in it or in the nearest folder above that has one. There may be none: then it is nil.
func FindProject(dir string) (*Project, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	for {
		path := filepath.Join(dir, ProjectName)
		text, err := os.ReadFile(path)
		switch {
		case err == nil && ours(path):
			p, err := ParseProject(text)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			p.path = path
			return p, nil
		case err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission):
			return nil, err
		}
		if dir == filepath.Dir(dir) {
			return nil, nil
		}
		dir = filepath.Dir(dir)
	}
}

// ours says whether a file has been put there by somebody who may: in a folder that everybody writes to, such as /tmp, that is the user.
func ours(path string) bool {
	var dir, file unix.Stat_t
	if unix.Stat(filepath.Dir(path), &dir) != nil || unix.Stat(path, &file) != nil {
		return false
	}
	return dir.Mode&0o002 == 0 || int(file.Uid) == os.Getuid()
}

// ParseProject reads a project file. Errors point at the line.
func ParseProject(text []byte) (*Project, error) {
	p := &Project{text: text}
	if strings.TrimSpace(string(text)) == "" {
		return p, nil
	}
	if err := unmarshal(text, p); err != nil {
		return nil, err
	}
	for i, plugin := range p.Plugins {
		if plugin == "" || !printable(plugin) {
			return nil, p.at(i, fmt.Errorf("%q, expected a plugin's path or name", plugin))
		}
	}
	if !printable(p.DB) {
		return nil, at(text, "db", fmt.Errorf("%q, expected a path", p.DB))
	}
	return p, nil
}

// Path is the absolute path of the project's file.
func (p *Project) Path() string { return p.path }

// at says where the i-th plugin is named in the file.
func (p *Project) at(i int, err error) error {
	return at(p.text, fmt.Sprintf("plugins[%d]", i), err)
}

// At makes an error about the i-th plugin say where it is named.
func (p *Project) At(i int, err error) error {
	return fmt.Errorf("%s: %w", p.path, p.at(i, err))
}

// Plugin is the i-th plugin in a way that does not depend on the current folder: an absolute path, or a name.
func (p *Project) Plugin(i int) string {
	plugin := p.Plugins[i]
	if strings.ContainsRune(plugin, filepath.Separator) || plugin == "." || plugin == ".." {
		return p.rooted(plugin)
	}
	return plugin
}

// Database is the absolute path of the folder's database, empty if the file names none.
func (p *Project) Database() string {
	if p.DB == "" {
		return ""
	}
	return p.rooted(p.DB)
}

func (p *Project) rooted(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(p.path), path)
}
