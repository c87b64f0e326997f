package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/plugins"
	"github.com/solverbench/solverbench/plugins/bundled"
	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/plugins/install"
	"github.com/solverbench/solverbench/plugins/null"
	"github.com/solverbench/solverbench/problems/registry"
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
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding this executable: %w", err)
	}
	return &install.Folder{Dir: dir, Runner: []string{self, serveC}}, nil
}

// loadCatalog returns the problems and the solvers of the bundled plugin and the given ones.
func loadCatalog(ctx context.Context, pluginPaths []string) (*harness.Catalog, error) {
	c := &harness.Catalog{Families: registry.Families()}
	folder, err := pluginFolder()
	if err != nil {
		return nil, err
	}
	p, err := harness.LoadPlugin(ctx, host.Program{Command: []string{folder.Runner[0], serveBundled}}, true)
	if err != nil {
		return nil, err
	}
	c.Plugins = append(c.Plugins, p)
	for _, path := range pluginPaths {
		found, err := folder.Resolve(ctx, path)
		if err != nil {
			return nil, &harness.PluginError{Command: path, Err: err}
		}
		p, err := harness.LoadPlugin(ctx, found.Program, false)
		if err != nil {
			return nil, err
		}
		for _, other := range c.Plugins {
			if other.Name == p.Name {
				return nil, &harness.PluginError{Command: path, Err: fmt.Errorf("its name %q is that of %s too", p.Name, other.Program.Path())}
			}
		}
		c.Plugins = append(c.Plugins, p)
	}
	return c, nil
}
