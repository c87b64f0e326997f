package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/plugins"
	"github.com/solverbench/solverbench/plugins/bundled"
	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/plugins/install"
	"github.com/solverbench/solverbench/plugins/null"
	"github.com/solverbench/solverbench/problems/registry"
	"github.com/solverbench/solverbench/results/report"
)

// serveBundled is the hidden subcommand under which this executable is a plugin.
const serveBundled = "serve-bundled"

func newServeBundled() *cobra.Command {
	return &cobra.Command{
		Use:    serveBundled,
		Short:  "Serve the bundled solvers to the harness that launched this process",
		Hidden: true,
		Args:   cobra.NoArgs,
		Run: func(*cobra.Command, []string) {
			plugins.Serve(plugins.Plugin{
				Name: bundled.Name, Version: version(), License: "Apache-2.0", Solvers: bundled.Solvers(),
			})
		},
	}
}

// serveNull is the hidden subcommand under which this executable is the null plugin.
const serveNull = "serve-null"

func newServeNull() *cobra.Command {
	return &cobra.Command{
		Use:    serveNull,
		Short:  "Serve the null solver to the harness that launched this process",
		Hidden: true,
		Args:   cobra.NoArgs,
		Run:    func(*cobra.Command, []string) { null.Serve() },
	}
}

// nullCommand launches the null plugin; it is nil, and the transport not measured, if this executable cannot be found.
func nullCommand() []string {
	self, err := os.Executable()
	if err != nil {
		return nil
	}
	return []string{self, serveNull}
}

// pluginFolder is the user's.
func pluginFolder() (*install.Folder, error) {
	dir, err := install.DefaultDir()
	if err != nil {
		return nil, err
	}
	folder, err := noFolder()
	if err == nil {
		folder.Dir = dir
	}
	return folder, err
}

// noFolder is the folder of somebody who has none, such as a service without a home.
func noFolder() (*install.Folder, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding this executable: %w", err)
	}
	return &install.Folder{Runner: []string{self, serveC}}, nil
}

// loadCatalog returns the problems and the solvers of the bundled plugin, the chosen ones and, unless they are to be alone, those of the
// project and the installed ones. Of these some may be broken, which is told on stderr, unless a solver of theirs is wanted.
func loadCatalog(ctx context.Context, stderr io.Writer, chosen pluginFlags, wanted []string) (*harness.Catalog, error) {
	c := &harness.Catalog{Families: registry.Families()}
	folder, err := pluginFolder()
	if err != nil {
		if folder, err = noFolder(); err != nil {
			return nil, err
		}
	}
	p, err := harness.LoadPlugin(ctx, host.Program{Command: []string{folder.Runner[0], serveBundled}}, true)
	if err != nil {
		return nil, err
	}
	c.Plugins = append(c.Plugins, p)
	for _, path := range chosen.paths {
		found, err := folder.Resolve(ctx, path)
		if err != nil {
			return nil, &harness.PluginError{Command: path, Err: err}
		}
		p, err := harness.LoadPlugin(ctx, found.Program, false)
		if err != nil {
			return nil, err
		}
		c.Plugins = append(c.Plugins, p)
	}
	if !chosen.alone {
		found, err := discover(ctx, folder, c.Plugins)
		if err != nil {
			return nil, err
		}
		for _, d := range found {
			switch {
			case d.err == nil:
				c.Plugins = append(c.Plugins, d.plugin)
			case ctx.Err() != nil:
				return nil, ctx.Err()
			case d.isWanted(wanted):
				return nil, &harness.PluginError{Command: d.path, Err: d.err}
			default:
				fmt.Fprintf(stderr, "warning: plugin %s is left out: %s\n", report.Clean(d.path), report.Clean(d.err.Error()))
			}
		}
	}
	return c, clash(c.Plugins)
}

// clash is an error if two plugins have the same name, and so their solvers.
func clash(plugins []*harness.Plugin) error {
	for i, p := range plugins {
		for _, other := range plugins[:i] {
			if other.Name != p.Name {
				continue
			}
			where := other.Program.Path()
			if other.Bundled {
				where = "the bundled plugin"
			}
			return &harness.PluginError{Command: p.Program.Path(), Err: fmt.Errorf("its name %q is that of %s too: expected one of them "+
				"(--no-plugins leaves out those that are installed or named by %s)", p.Name, where, install.ProjectName)}
		}
	}
	return nil
}
