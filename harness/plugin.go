package harness

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/plugins/option"
	pluginv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
)

// Plugin is a plugin that has been launched once and described itself.
type Plugin struct {
	Name     string
	Version  string
	Language string
	License  string
	Command  []string
	SHA256   string // of the executable
	Bundled  bool
	Solvers  []Solver

	described *pluginv1.DescribeResponse
	file      unix.Stat_t // the executable's
}

// Solver is what a plugin says of one of its solvers.
type Solver struct {
	Name     string
	Doc      string
	Schema   string
	Options  []option.Spec
	Tags     []string
	Parallel bool
	Citation string
}

// PluginError says that a plugin could not be loaded.
type PluginError struct {
	Command string
	Err     error
}

func (e *PluginError) Error() string { return fmt.Sprintf("plugin %s: %v", e.Command, e.Err) }
func (e *PluginError) Unwrap() error { return e.Err }

// LoadPlugin launches a plugin, asks what it offers and ends it again. Errors are *PluginError.
func LoadPlugin(ctx context.Context, command []string, bundled bool) (*Plugin, error) {
	p, err := loadPlugin(ctx, command, bundled)
	if err != nil {
		return nil, &PluginError{Command: command[0], Err: err}
	}
	return p, nil
}

func loadPlugin(ctx context.Context, command []string, bundled bool) (*Plugin, error) {
	path, err := exec.LookPath(command[0])
	if err != nil {
		return nil, notExecutable(command[0], err)
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	command = append([]string{path}, command[1:]...)
	var file unix.Stat_t
	if err := unix.Stat(path, &file); err != nil {
		return nil, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	sum, err := checksum(path)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	c, err := host.Launch(ctx, host.Config{Command: command})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	d, err := c.Describe(ctx)
	if err != nil {
		return nil, err
	}
	p := &Plugin{
		Name: d.Name, Version: d.Version, Language: d.Language, License: d.License,
		Command: command, SHA256: sum, Bundled: bundled, described: d, file: file,
	}
	for _, s := range d.Solvers {
		p.Solvers = append(p.Solvers, Solver{
			Name: s.Name, Doc: s.Doc, Schema: s.Schema, Options: optionSpecs(s.Options),
			Tags: s.Tags, Parallel: s.Parallel, Citation: s.Citation,
		})
	}
	return p, nil
}

// unchanged returns an error if the executable is not the one that was loaded. A file that looks as it did has not been read again:
// nobody can set the time of its last change.
func (p *Plugin) unchanged() error {
	var now unix.Stat_t
	err := unix.Stat(p.Command[0], &now)
	if err == nil && now.Dev == p.file.Dev && now.Ino == p.file.Ino && now.Size == p.file.Size && now.Mtim == p.file.Mtim && now.Ctim == p.file.Ctim {
		return nil
	}
	sum, err := checksum(p.Command[0])
	if err != nil {
		return fmt.Errorf("its executable can no longer be read: %w", err)
	}
	if sum != p.SHA256 {
		return fmt.Errorf("its executable %s is another than the one that was loaded: %.12s… instead of %.12s…", p.Command[0], sum, p.SHA256)
	}
	return nil
}

// notExecutable says why a file cannot be launched, given what looking for it said.
func notExecutable(name string, err error) error {
	info, e := os.Stat(name)
	switch {
	case e != nil:
		return err
	case info.IsDir():
		return errors.New("a folder, expected an executable file")
	case info.Mode()&0o111 == 0:
		return errors.New("not executable (chmod +x makes it so)")
	}
	return fmt.Errorf("not found in $PATH: expected ./%s for the file in the current folder", name)
}

func optionSpecs(described []*pluginv1.OptionDescription) []option.Spec {
	specs := make([]option.Spec, len(described))
	for i, d := range described {
		specs[i] = option.Spec{
			Name: d.Name, Type: option.Type(d.Type), Default: d.DefaultValue, Doc: d.Doc,
			Min: d.Minimum, Max: d.Maximum, Choices: d.Choices,
		}
	}
	return specs
}

func checksum(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("reading %s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
