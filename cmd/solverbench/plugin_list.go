package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/plugins/install"
	"github.com/solverbench/solverbench/problems/registry"
	"github.com/solverbench/solverbench/problems/selection"
	"github.com/solverbench/solverbench/results/report"
)

// pluginState is how an installed plugin is.
type pluginState string

const (
	stateOK      pluginState = "ok"
	stateChanged pluginState = "changed" // since it was installed
	stateBroken  pluginState = "broken"
)

// listedPlugin is the JSON of plugin list and plugin info.
type listedPlugin struct {
	Plugin      string         `json:"plugin"`
	Version     string         `json:"version"`
	Language    string         `json:"language"`
	Description string         `json:"description"`
	License     string         `json:"license"`
	Path        string         `json:"path"`
	State       pluginState    `json:"state"`
	Reason      string         `json:"reason"`
	SHA256      string         `json:"sha256"`
	Installed   *install.Entry `json:"installed"`
	Solvers     []listedSolver `json:"solvers"`
}

func newPluginList() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the installed plugins",
		Long: `List the installed plugins, and how they are: ok; changed, if they are not what was installed; broken, if they cannot
be loaded.`,
		Example: `  solverbench plugin list
  solverbench plugin list --json | jq -r '.[] | select(.state == "broken") | .plugin'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			folder, err := pluginFolder()
			if err != nil {
				return err
			}
			lock, err := folder.Lock()
			if err != nil {
				return err
			}
			installed, err := folder.Installed(cmd.Context())
			if err != nil {
				return err
			}
			list := []listedPlugin{}
			descriptions := pluginDescriptions(folder)
			for _, i := range installed {
				l := listedPlugin{Plugin: i.Name, Path: i.Dir, Solvers: []listedSolver{}}
				l.of(i.Manifest)
				d := &discovered{name: i.Name, path: i.Dir, program: i.Program, err: i.Err}
				if d.err == nil {
					d.load(cmd.Context(), descriptions, true)
				}
				if err := cmd.Context().Err(); err != nil {
					return err
				}
				l.judge(d, lock)
				list = append(list, l)
			}
			if asJSON {
				return report.JSON(cmd.OutOrStdout(), list)
			}
			return printPlugins(cmd.OutOrStdout(), folder.Dir, list)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// of fills in what a manifest says, if there is one, but for the name: that is in doubt as long as the plugin has not said it.
func (l *listedPlugin) of(m *install.Manifest) {
	if m != nil {
		l.Version, l.Language, l.Description, l.License = m.Version, m.Language, m.Description, m.License
	}
}

// judge fills in how a plugin is that was loaded, or was not.
func (l *listedPlugin) judge(d *discovered, lock *install.Lock) {
	if e, ok := lock.Plugins[d.name]; ok {
		l.Installed = &e
		l.Version = cmp.Or(l.Version, e.Version)
	}
	if d.err != nil {
		l.State, l.Reason = stateBroken, d.err.Error()
		return
	}
	l.describe(d.plugin)
	l.State = stateOK
	if l.Reason = lock.Changed(d.name, l.SHA256); l.Reason != "" {
		l.State = stateChanged
	}
}

// describe fills in what a plugin says of itself.
func (l *listedPlugin) describe(p *harness.Plugin) {
	l.Plugin, l.SHA256 = p.Name, p.SHA256
	l.Version, l.Language, l.License = cmp.Or(l.Version, p.Version), cmp.Or(l.Language, p.Language), cmp.Or(l.License, p.License)
	c := &harness.Catalog{Families: registry.Families(), Plugins: []*harness.Plugin{p}}
	l.Solvers = append([]listedSolver{}, listSolvers(c, selection.Pattern{Name: "*"})...)
}

func printPlugins(out io.Writer, dir string, list []listedPlugin) error {
	if len(list) == 0 {
		_, err := fmt.Fprintf(out, "No plugins are installed in %s; solverbench plugin install brings some.\n", dir)
		return err
	}
	rows := [][]string{{"plugin", "version", "language", "solvers", "state", "source"}}
	for i := range list {
		l := &list[i]
		rows = append(rows, []string{l.Plugin, l.Version, l.Language, fmt.Sprint(len(l.Solvers)), string(l.State), cmp.Or(sourceOf(l.Installed), "–")})
	}
	if err := printColumns(out, rows); err != nil {
		return err
	}
	for i := range list {
		if l := &list[i]; l.Reason != "" {
			fmt.Fprintf(out, "\n%s is %s: %s\n", l.Plugin, l.State, report.Clean(l.Reason))
		}
	}
	return nil
}

func newPluginInfo() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "info NAME|PATH",
		Short:   "Show all about a plugin, installed or not",
		Long:    "Show all about a plugin, installed or not: what it is, where it came from, its checksum, its solvers and their options.",
		Example: "  solverbench plugin info hypre\n  solverbench plugin info ./my-solvers\n  solverbench plugin info hypre --json | jq '.[0].solvers[].solver'",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			folder, err := pluginFolder()
			if err != nil {
				return err
			}
			l, err := pluginInfo(cmd.Context(), folder, args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return report.JSON(cmd.OutOrStdout(), []listedPlugin{*l})
			}
			printPlugin(cmd.OutOrStdout(), l)
			return nil
		},
		ValidArgsFunction: completePlugins,
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func pluginInfo(ctx context.Context, folder *install.Folder, plugin string) (*listedPlugin, error) {
	found, err := folder.Resolve(ctx, plugin)
	if err != nil {
		return nil, &harness.PluginError{Command: plugin, Err: err}
	}
	p, err := harness.LoadPlugin(ctx, found.Program, false)
	if err != nil {
		return nil, err
	}
	l := &listedPlugin{Path: found.Program.Path(), State: stateOK}
	l.of(found.Manifest)
	if folder.Holds(l.Path) {
		lock, err := folder.Lock()
		if err != nil {
			return nil, err
		}
		l.judge(&discovered{name: filepath.Base(l.Path), plugin: p}, lock)
		return l, nil
	}
	l.describe(p)
	return l, nil
}

func printPlugin(out io.Writer, l *listedPlugin) {
	title := l.Plugin + " " + l.Version
	if l.Description != "" {
		title += ": " + l.Description
	}
	fmt.Fprintln(out, report.Clean(title))
	rows := [][]string{{"language", l.Language}, {"licence", cmp.Or(l.License, "not said")}, {"path", l.Path}, {"sha256", l.SHA256}}
	if e := l.Installed; e != nil {
		rows = append(rows, []string{"source", sourceOf(e)})
		if e.Revision != "" {
			rows = append(rows, []string{"revision", e.Revision})
		}
		rows = append(rows, []string{"installed", minute(e.Installed) + " by solverbench " + e.By})
	}
	state := string(l.State)
	if l.Reason != "" {
		state += ": " + l.Reason
	}
	_ = printColumns(out, append(rows, []string{"state", state}))
	for _, s := range l.Solvers {
		fmt.Fprintf(out, "\n%s (%s)", s.Solver, strings.Join(s.Families, " "))
		if s.Doc != "" {
			fmt.Fprintf(out, ": %s", report.Clean(s.Doc))
		}
		fmt.Fprintln(out)
		var options [][]string
		for _, o := range s.Options {
			options = append(options, []string{o.Name + "=" + selection.Quote(o.Default), o.Expected, o.Doc})
		}
		_ = printColumns(out, options)
	}
}
