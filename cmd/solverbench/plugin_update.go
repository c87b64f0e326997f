package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/plugins/install"
	"github.com/solverbench/solverbench/results/report"
)

func newPluginUpdate() *cobra.Command {
	var verbose, asJSON bool
	cmd := &cobra.Command{
		Use:   "update [NAME...]",
		Short: "Install plugins anew from where they came from, all of them if none is named",
		Long: `Install plugins anew from where they came from, all of them if none is named. What was installed at a tag, a commit or
a version stays at it. One that cannot be installed anew stays as it is.

Exits with 3 if any could not be updated.`,
		Example: `  solverbench plugin update
  solverbench plugin update hypre
  solverbench plugin update --json | jq '.[] | select(.changed) | .plugin'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			folder, err := pluginFolder()
			if err != nil {
				return err
			}
			names, lock, err := toUpdate(cmd, folder, args)
			if err != nil {
				return err
			}
			all := []installedPlugin{}
			var failed []string
			for _, name := range names {
				e := lock.Plugins[name]
				done, err := installPlugin(cmd, folder, install.Request{Source: e.Source, Subfolder: e.Subfolder, Replace: true, Only: name}, verbose)
				if err != nil && cmd.Context().Err() != nil {
					return err
				}
				if err != nil {
					failed = append(failed, name)
					fmt.Fprintf(cmd.ErrOrStderr(), "%s stays as it is: %s\n", name, printable(err.Error()))
					continue
				}
				all = append(all, reportedInstall(done))
				if !asJSON {
					fmt.Fprintln(cmd.OutOrStdout(), updateLine(done))
				}
			}
			if asJSON {
				if err := report.JSON(cmd.OutOrStdout(), all); err != nil {
					return err
				}
			}
			if len(failed) > 0 {
				return &exitError{exitPlugin, fmt.Errorf("not updated: %s", strings.Join(failed, ", "))}
			}
			return nil
		},
		ValidArgsFunction: completeInstalled,
	}
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "show what compilers, pip, git and go say, on standard error")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// toUpdate are the plugins named, or all that have been installed, with what is known of where they came from.
func toUpdate(cmd *cobra.Command, folder *install.Folder, args []string) ([]string, *install.Lock, error) {
	lock, err := folder.Lock()
	if err != nil {
		return nil, nil, err
	}
	for _, name := range args {
		if _, ok := lock.Plugins[name]; !ok {
			return nil, nil, &harness.UsageError{Err: fmt.Errorf("plugin update %q: nothing of this name was installed with solverbench plugin install (solverbench plugin list)", name)}
		}
	}
	if len(args) > 0 {
		return args, lock, nil
	}
	installed, err := folder.Installed(cmd.Context())
	if err != nil {
		return nil, nil, err
	}
	var names []string
	for _, i := range installed {
		if _, ok := lock.Plugins[i.Name]; ok {
			names = append(names, i.Name)
		}
	}
	return names, lock, nil
}

// updateLine says what has changed.
func updateLine(d *install.Done) string {
	before, now := versionOf(d.Before), versionOf(d.Now)
	switch {
	case d.Before != nil && d.Before.SHA256 == d.Now.SHA256:
		return fmt.Sprintf("%s %s: unchanged", d.Name, now)
	case before == now:
		return fmt.Sprintf("%s %s: changed, of the same version", d.Name, now)
	}
	return fmt.Sprintf("%s %s → %s", d.Name, before, now)
}

// versionOf is a version with the beginning of the revision.
func versionOf(e *install.Entry) string {
	if e == nil {
		return "nothing"
	}
	if e.Revision == "" || e.Revision == e.Version {
		return report.Clean(e.Version)
	}
	return report.Clean(e.Version + " (" + e.Revision[:min(12, len(e.Revision))] + ")")
}

// removedPlugin is the JSON of plugin remove.
type removedPlugin struct {
	Plugin string `json:"plugin"`
}

func newPluginRemove() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "remove NAME...",
		Aliases: []string{"uninstall", "rm"},
		Short:   "Remove installed plugins",
		Example: "  solverbench plugin remove hypre\n  solverbench plugin remove scipy pyamg",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			folder, err := pluginFolder()
			if err != nil {
				return err
			}
			removed := []removedPlugin{}
			for _, name := range args {
				if err := folder.Remove(cmd.Context(), name); err != nil {
					if errors.Is(err, cmd.Context().Err()) {
						return err
					}
					return &harness.UsageError{Err: fmt.Errorf("plugin remove %q: %w", name, err)}
				}
				removed = append(removed, removedPlugin{name})
				if !asJSON {
					fmt.Fprintf(cmd.OutOrStdout(), "Removed %s\n", name)
				}
			}
			if asJSON {
				return report.JSON(cmd.OutOrStdout(), removed)
			}
			return nil
		},
		ValidArgsFunction: completeInstalled,
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
