package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/sync/errgroup"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/plugins/install"
	"github.com/solverbench/solverbench/problems/selection"
)

// pluginFlags say which plugins are loaded beside the bundled one.
type pluginFlags struct {
	paths []string
	alone bool
}

func (f *pluginFlags) register(fl *pflag.FlagSet) {
	fl.StringArrayVar(&f.paths, "plugin", nil, "`plugin` to load beside the bundled and the installed ones: an executable, *.so, *.py or a folder (repeatable)")
	fl.BoolVar(&f.alone, "no-plugins", false, "leave out plugins that are installed or named by "+install.ProjectName)
}

// discovered is a plugin that was not asked for by name, or the reason why it could not be loaded.
type discovered struct {
	name    string // as its manifest or file has it
	path    string
	program host.Program
	plugin  *harness.Plugin
	err     error
}

// isWanted says whether one of the solver selections is of this plugin.
func (d *discovered) isWanted(selections []string) bool {
	return slices.ContainsFunc(selections, func(text string) bool {
		pattern, err := selection.Parse(text)
		if err != nil {
			return false // is told where it is used
		}
		plugin, _, ok := strings.Cut(pattern.Name, "/")
		return ok && plugin == d.name
	})
}

// discover loads the plugins of the project and the installed ones, but for those that are loaded already, in the order of their paths.
func discover(ctx context.Context, folder *install.Folder, loaded []*harness.Plugin) ([]*discovered, error) {
	all, err := projectPlugins(ctx, folder)
	if err != nil {
		return nil, err
	}
	installed, err := folder.Installed(ctx)
	if err != nil && !errors.Is(err, fs.ErrPermission) { // as with somebody else's home
		return nil, err
	}
	for _, i := range installed {
		all = append(all, &discovered{name: i.Name, path: i.Dir, program: i.Program, err: i.Err})
	}
	seen := map[string]bool{}
	for _, p := range loaded {
		seen[real(p.Program.Path())] = true
	}
	all = slices.DeleteFunc(all, func(d *discovered) bool {
		path := real(d.path)
		known := seen[path]
		seen[path] = true
		return known
	})
	descriptions := pluginDescriptions(folder)
	var group errgroup.Group
	group.SetLimit(runtime.NumCPU())
	for _, d := range all {
		if d.err == nil {
			group.Go(func() error {
				d.load(ctx, descriptions, folder.Holds(d.path))
				return nil
			})
		}
	}
	return all, group.Wait()
}

// load loads a plugin; the name of one that is installed must be that of its folder.
func (d *discovered) load(ctx context.Context, descriptions *harness.Descriptions, installed bool) {
	d.plugin, d.err = descriptions.Load(ctx, d.program)
	var broken *harness.PluginError
	if errors.As(d.err, &broken) {
		d.err = broken.Err // which plugin it is the caller says
	}
	if d.err == nil && installed && d.plugin.Name != d.name {
		d.err = fmt.Errorf("it says that its name is %q, expected %q as that of its folder", d.plugin.Name, d.name)
	}
}

// real is a path without links, or the path if there is nothing.
func real(path string) string {
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		return resolved
	}
	return path
}

// projectPlugins are those that the project file of the current folder names. That one is not there is an error, unlike that it is broken.
func projectPlugins(ctx context.Context, folder *install.Folder) ([]*discovered, error) {
	project, err := currentProject()
	if err != nil || project == nil {
		return nil, err
	}
	var out []*discovered
	for i := range project.Plugins {
		plugin := project.Plugin(i)
		if filepath.IsAbs(plugin) {
			if _, err := os.Stat(plugin); errors.Is(err, fs.ErrNotExist) {
				return nil, &harness.UsageError{Err: project.At(i, fmt.Errorf("there is no %s", plugin))}
			}
		}
		found, err := folder.Resolve(ctx, plugin)
		d := &discovered{name: strings.TrimSuffix(filepath.Base(plugin), filepath.Ext(plugin)), path: plugin, err: err}
		if m, err := install.ReadManifest(plugin); err == nil {
			d.name = m.Name
		}
		switch {
		case err == nil:
			d.path, d.program = found.Program.Path(), found.Program
		case !filepath.IsAbs(plugin):
			return nil, &harness.UsageError{Err: project.At(i, fmt.Errorf("%s: %w", plugin, err))}
		}
		out = append(out, d)
	}
	return out, nil
}

// currentProject is the project of the current folder, nil if there is none.
func currentProject() (*install.Project, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, nil // the folder has been removed
	}
	project, err := install.FindProject(dir)
	if err != nil {
		return nil, &harness.UsageError{Err: err}
	}
	return project, nil
}

// useProjectDB makes the project's database the one that a command uses if it is told of no other.
func useProjectDB(cmd *cobra.Command, _ []string) error {
	flag := cmd.Flags().Lookup("db")
	if flag == nil || flag.Changed {
		return nil
	}
	project, err := currentProject()
	if err != nil || project == nil || project.DB == "" {
		return err
	}
	return flag.Value.Set(project.Database())
}

// pluginDescriptions is where what plugins have said of themselves is kept: in the user's cache folder.
func pluginDescriptions(folder *install.Folder) *harness.Descriptions {
	d := &harness.Descriptions{}
	cache, err := cacheFolder()
	if err != nil {
		return d
	}
	// Another build of this program may understand them in another way.
	if d.Reader, err = (&host.Program{Command: folder.Runner[:1]}).Stamp(); err == nil {
		d.Dir = filepath.Join(cache, "plugins")
	}
	return d
}

// cacheFolder is where what can be made again is kept: what plugins have said of themselves, references of problems.
func cacheFolder() (string, error) {
	dir, err := os.UserCacheDir()
	return filepath.Join(dir, "solverbench"), err
}

// completePlugins completes plugins by the names of those that are installed, and by files.
func completePlugins(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	return installedNames(cmd), cobra.ShellCompDirectiveDefault
}

// completeInstalled completes names of installed plugins that have not been given yet.
func completeInstalled(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	names := slices.DeleteFunc(installedNames(cmd), func(line string) bool {
		name, _, _ := strings.Cut(line, "\t")
		return slices.Contains(args, name)
	})
	return names, cobra.ShellCompDirectiveNoFileComp
}

func installedNames(cmd *cobra.Command) (out []string) {
	folder, err := pluginFolder()
	if err != nil {
		return nil
	}
	installed, err := folder.Installed(cmd.Context())
	if err != nil {
		return nil
	}
	for _, i := range installed {
		doc := ""
		if i.Manifest != nil {
			doc = i.Manifest.Description
		}
		out = append(out, i.Name+"\t"+doc)
	}
	return out
}
