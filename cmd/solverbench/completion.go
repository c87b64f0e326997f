package main

import (
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/problems/selection"
)

// registerCompletions completes problem selections as arguments, and solvers and suites as flags, where the command has
// them.
func registerCompletions(cmd *cobra.Command) {
	cmd.ValidArgsFunction = func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		return names(cmd, func(c *harness.Catalog) (out []string) {
			for _, p := range listProblems(c, selection.Pattern{Name: "*/*"}) {
				out = append(out, p.Family+"/"+p.Problem+"\t"+p.Summary)
			}
			return out
		})
	}
	solvers := func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		return names(cmd, func(c *harness.Catalog) (out []string) {
			for _, s := range listSolvers(c, selection.Pattern{Name: "*"}) {
				out = append(out, s.Solver+"\t"+s.Doc)
			}
			return out
		})
	}
	// The errors say that a flag does not exist: then there is nothing to complete.
	_ = cmd.RegisterFlagCompletionFunc("solver", solvers)
	_ = cmd.RegisterFlagCompletionFunc("suite", completeSuites)
	_ = cmd.RegisterFlagCompletionFunc("plugin", completePlugins)
}

func names(cmd *cobra.Command, list func(*harness.Catalog) []string) ([]string, cobra.ShellCompDirective) {
	var chosen pluginFlags
	chosen.paths, _ = cmd.Flags().GetStringArray("plugin") // none if there is no such flag
	c, err := loadCatalog(cmd.Context(), io.Discard, chosen, nil)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return list(c), cobra.ShellCompDirectiveNoFileComp
}

// completeRunFlags completes values of run's flags: all that there are, or the usual ones.
func completeRunFlags(cmd *cobra.Command) {
	var threads []string
	for n := range min(runtime.NumCPU(), 64) {
		threads = append(threads, strconv.Itoa(n+1))
	}
	sizes := []string{"1GB", "2GB", "4GB", "8GB", "16GB", "32GB"}
	for flag, values := range map[string][]string{
		"verify":      {"all\tevery answer", "sample\tsome of each repetition, chosen afterwards", "last\tthe last of all"},
		"precision":   {"0.005", "0.01", "0.02", "0.05"},
		"timeout":     {"10s", "60s", "5m", "1h"},
		"budget":      {"5s", "10s", "60s", "5m"},
		"retry-noisy": {"1", "2", "3"},
		"threads":     threads,
		"memory":      sizes, "disk": sizes,
		"cpus": threads, "pids": {"64", "256", "1024"},
	} {
		_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
	_ = cmd.RegisterFlagCompletionFunc("sweep", func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		options, directive := names(cmd, func(c *harness.Catalog) (out []string) {
			for _, p := range c.Plugins {
				for _, s := range p.Solvers {
					for _, o := range s.Options {
						out = append(out, o.Name+"=\t"+o.Doc)
					}
				}
			}
			slices.Sort(out)
			return slices.CompactFunc(out, func(a, b string) bool {
				a, _, _ = strings.Cut(a, "\t")
				return strings.HasPrefix(b, a+"\t")
			})
		})
		return options, directive | cobra.ShellCompDirectiveNoSpace
	})
	_ = cmd.MarkFlagDirname("save")
}
