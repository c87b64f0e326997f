package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/plugins/option"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/selection"
	"github.com/solverbench/solverbench/results/report"
)

func newShow() *cobra.Command {
	var plugins pluginFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "show PROBLEM|SOLVER",
		Short:   "Show the definition of a problem, or a solver's options and source",
		Example: "  solverbench show poisson/jump\n  solverbench show ks/l22\n  solverbench show etdrk4\n  solverbench show run 12",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			pattern, err := selection.Parse(args[0])
			if err != nil {
				return err
			}
			catalog, err := loadCatalog(cmd.Context(), cmd.ErrOrStderr(), plugins, args)
			if err != nil {
				return err
			}
			ps, ss := listProblems(catalog, pattern), listSolvers(catalog, pattern)
			if len(ps)+len(ss) == 0 {
				return unknownThing(catalog, args[0])
			}
			out := cmd.OutOrStdout()
			if asJSON {
				return report.JSON(out, []map[string]any{{"problems": ps, "solvers": ss}})
			}
			for _, f := range catalog.Families {
				for _, p := range f.Problems {
					if pattern.MatchName(f.Name, p.Name, f.Name+"/"+p.Name) {
						showProblem(out, catalog, f, p)
					}
				}
			}
			for _, s := range ss {
				showSolver(out, s)
			}
			return nil
		},
	}
	plugins.register(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	registerFlagCompletions(cmd)
	cmd.ValidArgsFunction = completeSelections(problemsOf, solversOf)
	cmd.AddCommand(newShowRun())
	return cmd
}

func unknownThing(c *harness.Catalog, name string) error {
	var names []string
	for _, p := range listProblems(c, selection.Pattern{Name: "*/*"}) {
		names = append(names, p.Family+"/"+p.Problem)
	}
	for _, s := range listSolvers(c, selection.Pattern{Name: "*"}) {
		names = append(names, s.Solver)
	}
	if near, ok := option.Nearest(name, names); ok {
		return &harness.UsageError{Err: fmt.Errorf("no problem or solver %q (did you mean %q?)", name, near)}
	}
	return &harness.UsageError{Err: fmt.Errorf("no problem or solver %q (solverbench list shows them)", name)}
}

func showProblem(out io.Writer, c *harness.Catalog, f problems.Family, p problems.Problem) {
	report.Paragraph(out, "", f.Name+"/"+p.Name+": "+p.Doc.Summary, terminalStyle(out))
	fmt.Fprintln(out)
	for _, line := range [][2]string{
		{"equation", p.Doc.Equation}, {"domain", p.Doc.Domain}, {"truth", p.Doc.Truth}, {"accuracy", p.Doc.Accuracy}, {"source", p.Doc.Source},
	} {
		if line[1] != "" {
			report.Paragraph(out, fmt.Sprintf("  %-10s ", line[0]), line[1], terminalStyle(out))
		}
	}
	fmt.Fprintf(out, "  %-10s %s meets tol\n", "solved if", p.Primary)
	if len(p.Doc.Ladder) > 0 {
		fmt.Fprintf(out, "  %-10s %s\n", "ladder", strings.Trim(fmt.Sprint(p.Doc.Ladder), "[]"))
	}
	fmt.Fprintf(out, "  %-10s %s\n\n", "ranked by", cmp.Or(p.RankBy, f.RankBy))
	var rows [][]string
	for _, s := range p.Params {
		rows = append(rows, optionRow(s.Name, s.Default, s.Expected(), s.Doc))
	}
	rows = append(rows,
		optionRow(problems.SeedParam, "0", "an integer ≥ 0", "which instance, for problems with random parts"),
		optionRow(problems.ToleranceParam, fmt.Sprint(p.Tolerance), "a number", "tolerance on "+p.Primary))
	printColumns(out, rows)
	var solvers []string
	for _, plugin := range c.Plugins {
		for _, s := range plugin.Solvers {
			if s.Schema == f.Schema {
				solvers = append(solvers, s.Name)
			}
		}
	}
	fmt.Fprintln(out)
	report.Paragraph(out, "  solvers of this family: ", strings.Join(solvers, ", "), terminalStyle(out))
	fmt.Fprintln(out)
}

func optionRow(name, value, expected, doc string) []string {
	return []string{name, "default " + selection.Quote(value), expected, doc}
}

func showSolver(out io.Writer, s listedSolver) {
	style := terminalStyle(out)
	report.Paragraph(out, "", fmt.Sprintf("%s (plugin %s; %s): %s", s.Solver, s.Plugin, strings.Join(s.Families, ", "), s.Doc), style)
	fmt.Fprintln(out)
	if s.Citation != "" {
		report.Paragraph(out, "  source     ", s.Citation, style)
	}
	report.Paragraph(out, "  approach   ", strings.Join(s.Tags, ", "), style)
	fmt.Fprintln(out)
	var rows [][]string
	for _, o := range s.Options {
		rows = append(rows, optionRow(o.Name, o.Default, o.Expected, o.Doc))
	}
	printColumns(out, rows)
	fmt.Fprintln(out)
}
