package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

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
	Program  host.Program
	SHA256   string // of what it consists of
	Bundled  bool
	Solvers  []Solver

	described *pluginv1.DescribeResponse
	stamp     string // of the program when it was loaded
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
func LoadPlugin(ctx context.Context, program host.Program, bundled bool) (*Plugin, error) {
	p, err := loadPlugin(ctx, program, bundled)
	if err != nil {
		return nil, &PluginError{Command: program.Path(), Err: err}
	}
	return p, nil
}

// locate finds a program's executable and takes its stamp.
func locate(program host.Program) (located host.Program, stamp string, err error) {
	path, err := exec.LookPath(program.Command[0])
	if err != nil {
		return program, "", notExecutable(program.Command[0], err)
	}
	if path, err = filepath.Abs(path); err != nil {
		return program, "", err
	}
	program.Command = append([]string{path}, program.Command[1:]...)
	stamp, err = program.Stamp()
	return program, stamp, err
}

func loadPlugin(ctx context.Context, program host.Program, bundled bool) (*Plugin, error) {
	program, stamp, err := locate(program)
	if err != nil {
		return nil, err
	}
	sum, err := program.Checksum()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	c, err := host.Launch(ctx, program.Config())
	if err != nil {
		return nil, err
	}
	defer c.Close()
	d, err := c.Describe(ctx)
	if err != nil {
		return nil, err
	}
	return newPlugin(program, d, bundled, stamp, sum), nil
}

func newPlugin(program host.Program, d *pluginv1.DescribeResponse, bundled bool, stamp, sum string) *Plugin {
	p := &Plugin{
		Name: d.Name, Version: d.Version, Language: d.Language, License: d.License,
		Program: program, SHA256: sum, Bundled: bundled, described: d, stamp: stamp,
	}
	for _, s := range d.Solvers {
		p.Solvers = append(p.Solvers, Solver{
			Name: s.Name, Doc: s.Doc, Schema: s.Schema, Options: optionSpecs(s.Options),
			Tags: s.Tags, Parallel: s.Parallel, Citation: s.Citation,
		})
	}
	return p
}

// unchanged returns an error if the program is not the one that was loaded.
func (p *Plugin) unchanged() error {
	if stamp, err := p.Program.Stamp(); err == nil && stamp == p.stamp {
		return nil
	}
	sum, err := p.Program.Checksum()
	if err != nil {
		return fmt.Errorf("it can no longer be read: %w", err)
	}
	if sum != p.SHA256 {
		return fmt.Errorf("%s is another than the one that was loaded: %.12s… instead of %.12s…", p.Program.Path(), sum, p.SHA256)
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
