package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/selection"
	"github.com/solverbench/solverbench/results/report"
)

// listedProblem and listedSolver are the JSON of list.
type listedProblem struct {
	Family  string         `json:"family"`
	Problem string         `json:"problem"`
	Summary string         `json:"summary"`
	Params  []listedOption `json:"params"`
	Primary string         `json:"primary"`
	Tol     float64        `json:"tol"`
}

type listedSolver struct {
	Plugin   string         `json:"plugin"`
	Solver   string         `json:"solver"`
	Families []string       `json:"families"`
	Tags     []string       `json:"tags"`
	Doc      string         `json:"doc"`
	Citation string         `json:"citation"`
	Options  []listedOption `json:"options"`
}

type listedOption struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Default  string `json:"default"`
	Expected string `json:"expected"`
	Doc      string `json:"doc"`
}

func newList() *cobra.Command {
	var plugins pluginFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list [problems|solvers|suites] [SELECTION]",
		Short:   "List problems, solvers and suites, or what is stored",
		Example: "  solverbench list\n  solverbench list problems 'ks/*'\n  solverbench list solvers --json\n  solverbench list runs --status timeout",
		Args:    cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			what, pattern := "", selection.Pattern{Name: "*"}
			if len(args) > 0 {
				what = args[0]
			}
			if what != "" && !slices.Contains([]string{"problems", "solvers", "suites"}, what) {
				return &harness.UsageError{Err: fmt.Errorf("list %q: expected problems, solvers, suites, runs or experiments", what)}
			}
			if len(args) > 1 {
				var err error
				if pattern, err = selection.Parse(args[1]); err != nil {
					return err
				}
			}
			catalog, err := loadCatalog(cmd.Context(), cmd.ErrOrStderr(), plugins, args[min(1, len(args)):])
			if err != nil {
				return err
			}
			ps, ss := listProblems(catalog, pattern), listSolvers(catalog, pattern)
			if len(args) > 1 && (what == "problems" && len(ps) == 0 || what == "solvers" && len(ss) == 0) {
				return &harness.UsageError{Err: fmt.Errorf("list: %q matches none of the %s", args[1], what)}
			}
			out := cmd.OutOrStdout()
			if asJSON {
				return listJSON(cmd, what, ps, ss)
			}
			printLists(out, what, ps, ss)
			return nil
		},
	}
	plugins.register(cmd.Flags())
	registerFlagCompletions(cmd)
	cmd.ValidArgsFunction = completeLists
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.AddCommand(newListRuns(), newListExperiments())
	return cmd
}

// completeLists completes what is listed, and then which of it.
func completeLists(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	switch {
	case len(args) == 0:
		return []string{"problems", "solvers", "suites"}, cobra.ShellCompDirectiveNoFileComp
	case len(args) == 1 && args[0] == "problems":
		return completeSelections(problemsOf)(cmd, args, toComplete)
	case len(args) == 1 && args[0] == "solvers":
		return completeSelections(solversOf)(cmd, args, toComplete)
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

func listJSON(cmd *cobra.Command, what string, ps []listedProblem, ss []listedSolver) error {
	switch out := cmd.OutOrStdout(); what {
	case "problems":
		return report.JSON(out, ps)
	case "solvers":
		return report.JSON(out, ss)
	case "suites":
		return report.JSON(out, listSuites())
	}
	return writeJSON(cmd, map[string]any{"problems": ps, "solvers": ss, "suites": listSuites()})
}

func listProblems(c *harness.Catalog, pattern selection.Pattern) []listedProblem {
	var out []listedProblem
	for _, f := range c.Families {
		for _, p := range f.Problems {
			if !pattern.MatchName(f.Name, p.Name, f.Name+"/"+p.Name) {
				continue
			}
			l := listedProblem{Family: f.Name, Problem: p.Name, Summary: p.Doc.Summary, Primary: p.Primary, Tol: p.Tolerance, Params: []listedOption{}}
			for _, s := range p.Params {
				l.Params = append(l.Params, listedOption{s.Name, s.Type.String(), s.Default, s.Expected(), s.Doc})
			}
			out = append(out, l)
		}
	}
	return out
}

func listSolvers(c *harness.Catalog, pattern selection.Pattern) []listedSolver {
	var out []listedSolver
	for _, p := range c.Plugins {
		for _, s := range p.Solvers {
			if !pattern.MatchName(s.Name, p.Name+"/"+s.Name) {
				continue
			}
			l := listedSolver{
				Plugin: p.Name, Solver: s.Name, Families: familiesOf(c.Families, s.Schema), Tags: s.Tags, Doc: s.Doc, Citation: s.Citation,
				Options: []listedOption{},
			}
			for _, o := range s.Options {
				l.Options = append(l.Options, listedOption{o.Name, o.Type.String(), o.Default, o.Expected(), o.Doc})
			}
			out = append(out, l)
		}
	}
	return out
}

func familiesOf(families []problems.Family, schema string) []string {
	out := []string{}
	for _, f := range families {
		if f.Schema == schema {
			out = append(out, f.Name)
		}
	}
	return out
}

func printLists(out io.Writer, what string, ps []listedProblem, ss []listedSolver) {
	if what == "" || what == "problems" {
		var rows [][]string
		for _, p := range ps {
			rows = append(rows, []string{p.Family + "/" + p.Problem, summarise(p.Params), p.Summary})
		}
		fmt.Fprintln(out, "Problems (solverbench show PROBLEM tells all about one)")
		printColumns(out, rows)
	}
	if what == "" || what == "solvers" {
		var rows [][]string
		for _, s := range ss {
			rows = append(rows, []string{s.Solver, strings.Join(s.Families, " "), s.Plugin, summarise(s.Options)})
		}
		fmt.Fprintln(out, "\nSolvers (solverbench show SOLVER tells all about one)")
		printColumns(out, rows)
	}
	if what == "" || what == "suites" {
		fmt.Fprintln(out, "\nSuites (solverbench suite show SUITE prints one)")
		printSuites(out)
	}
}

// summarise shows options with their defaults, as many as fit beside a description.
func summarise(options []listedOption) string {
	const widest = 40
	text := ""
	for i, o := range options {
		part := o.Name + "=" + selection.Quote(o.Default)
		if i > 0 {
			part = "," + part
		}
		if len(text)+len(part) > widest {
			text += ",…"
			break
		}
		text += part
	}
	if text == "" {
		return ""
	}
	return "[" + text + "]"
}
