package main

import (
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
	suites := func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return harness.SuiteNames(), cobra.ShellCompDirectiveDefault // files too
	}
	// The errors say that a flag does not exist: then there is nothing to complete.
	_ = cmd.RegisterFlagCompletionFunc("solver", solvers)
	_ = cmd.RegisterFlagCompletionFunc("suite", suites)
}

func names(cmd *cobra.Command, list func(*harness.Catalog) []string) ([]string, cobra.ShellCompDirective) {
	c, err := loadCatalog(cmd.Context(), nil)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return list(c), cobra.ShellCompDirectiveNoFileComp
}
