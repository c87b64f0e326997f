package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/plugins/install"
	"github.com/solverbench/solverbench/results/report"
)

// installedPlugin is the JSON of plugin install and plugin update.
type installedPlugin struct {
	Plugin  string         `json:"plugin"`
	Path    string         `json:"path"`
	Solvers int            `json:"solvers"`
	Changed bool           `json:"changed"` // by an update
	Before  *install.Entry `json:"before"`
	Now     *install.Entry `json:"now"`
}

func newPluginInstall() *cobra.Command {
	var (
		r               install.Request
		verbose, asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "install PATH|GIT-URL|GO-PACKAGE",
		Short: "Install a plugin, so that every command has its solvers",
		Long: `Install a plugin into the user's folder, so that every command has its solvers. It comes from
  a folder with a plugin.yaml       ./my-solvers
  a file                            ./mine.so   ./mine.py   ./mine
  a git repository                  https://example.com/solvers.git   …@v1.2   …@BRANCH   …@COMMIT
  a Go package, in a folder or not  ./my-solvers   example.com/solvers/cmd/mine@latest
It is copied, cloned or built there, gets a virtual environment if it is in Python, and is started once; only then
it takes its place. Nothing stays of an installation that fails or is stopped.

Building runs what the plugin's authors wrote, as you: install what you would run. docs/plugins.md has the whole story.
Exits with 3 if the plugin could not be installed.`,
		Example: `  solverbench plugin install ./my-solvers
  solverbench plugin install https://example.com/solvers.git@v1.2
  solverbench plugin install https://example.com/many.git --subfolder plugins/fast
  solverbench plugin install example.com/solvers/cmd/mine@latest
  solverbench plugin install ./my-solvers --force --verbose`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			folder, err := pluginFolder()
			if err != nil {
				return err
			}
			r.Source = args[0]
			done, err := installPlugin(cmd, folder, r, verbose)
			if err != nil {
				return err
			}
			if asJSON {
				return report.JSON(cmd.OutOrStdout(), []installedPlugin{reportedInstall(done)})
			}
			fmt.Fprintf(cmd.OutOrStdout(), "Installed %s %s: %s in %s\n", done.Name, report.Clean(done.Now.Version), report.Plural(done.Solvers, "solver"), done.Dir)
			return nil
		},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.BoolVar(&r.Replace, "force", false, "take the place of an installed plugin of the same name")
	fl.StringVar(&r.Subfolder, "subfolder", "", "`folder` in the source that is the plugin's")
	fl.BoolVarP(&verbose, "verbose", "v", false, "show what compilers, pip, git and go say, on standard error")
	fl.BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// installPlugin installs a plugin and shows meanwhile what is being done.
func installPlugin(cmd *cobra.Command, folder *install.Folder, r install.Request, verbose bool) (*install.Done, error) {
	stderr := cmd.ErrOrStderr()
	r.By = version()
	r.Log = io.Discard
	steps := newStepPrinter(cmd.Context(), stderr, filepath.Base(r.Source))
	if verbose {
		r.Log = stderr
		r.Step = func(step string) { fmt.Fprintf(stderr, "# %s\n", report.Clean(step)) }
	} else {
		r.Step = steps.step
	}
	done, err := folder.Install(cmd.Context(), r)
	steps.stop()
	var exists *install.ExistsError
	switch {
	case err == nil:
		return done, nil
	case cmd.Context().Err() != nil:
		return nil, &exitError{exitInterrupted, errors.New("interrupted: everything is as it was")}
	case errors.As(err, &exists):
		err = fmt.Errorf("%w: solverbench plugin update %s brings it up to date, --force takes its place", err, exists.Name)
	}
	return nil, &harness.PluginError{Command: r.Source, Err: err}
}

func reportedInstall(d *install.Done) installedPlugin {
	return installedPlugin{
		Plugin: d.Name, Path: d.Dir, Solvers: d.Solvers, Changed: d.Before == nil || d.Before.SHA256 != d.Now.SHA256, Before: d.Before, Now: d.Now,
	}
}

// stepPrinter shows on a terminal what is being done, and for how long.
type stepPrinter struct {
	w     io.Writer
	name  string
	steps chan string
	ended chan struct{}
}

func newStepPrinter(ctx context.Context, w io.Writer, name string) *stepPrinter {
	p := &stepPrinter{w: w, name: report.Clean(name), steps: make(chan string), ended: make(chan struct{})}
	go p.show(ctx)
	return p
}

func (p *stepPrinter) step(step string) { p.steps <- report.Clean(step) }

// show redraws the line each second until there are no more steps.
func (p *stepPrinter) show(ctx context.Context) {
	defer close(p.ended)
	now, since := "", time.Now()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case step, ok := <-p.steps:
			if !ok {
				showWorking(p.w, "")
				return
			}
			now, since = step, time.Now()
		case <-tick.C:
		}
		line := "… " + p.name + ": " + now
		if ctx.Err() != nil {
			line = "… stopping"
		}
		if s := time.Since(since); s > time.Second {
			line += fmt.Sprintf(" %.0fs", s.Seconds())
		}
		showWorking(p.w, line)
	}
}

func (p *stepPrinter) stop() {
	close(p.steps)
	<-p.ended
}

// sourceOf writes where a plugin came from.
func sourceOf(e *install.Entry) string {
	if e == nil {
		return ""
	}
	s := e.Source
	if home, err := os.UserHomeDir(); err == nil && strings.HasPrefix(s, home+"/") {
		s = "~" + strings.TrimPrefix(s, home)
	}
	if e.Subfolder != "" {
		s += " " + e.Subfolder
	}
	return report.Clean(s)
}
