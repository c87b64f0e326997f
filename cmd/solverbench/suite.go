package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/results/report"
)

// listedSuite is the JSON of suite list.
type listedSuite struct {
	Suite string `json:"suite"`
	Doc   string `json:"doc"`
}

func newSuite() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "suite",
		Short: "List, show, check and begin suites",
		Long: `A suite is a YAML file that names problems, the solvers to run on them, and settings: what an experiment consists of.
solverbench run --suite takes a file or the name of a built-in one.`,
		Args: cobra.NoArgs,
	}
	cmd.AddCommand(newSuiteList(), newSuiteShow(), newSuiteCheck(), newSuiteInit(), newSuiteSchema())
	return cmd
}

// writtenSuite is the JSON of suite init.
type writtenSuite struct {
	File string `json:"file"`
}

func newSuiteList() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the built-in suites",
		Example: "  solverbench suite list\n  solverbench suite list --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asJSON {
				return report.JSON(cmd.OutOrStdout(), listSuites())
			}
			printSuites(cmd.OutOrStdout())
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func listSuites() []listedSuite {
	var out []listedSuite
	for _, name := range harness.SuiteNames() {
		if s, err := harness.LoadSuite(name); err == nil { // a test reads them all
			out = append(out, listedSuite{name, s.Doc})
		}
	}
	return out
}

func printSuites(out io.Writer) {
	var rows [][]string
	for _, s := range listSuites() {
		rows = append(rows, []string{s.Suite, s.Doc})
	}
	_ = printColumns(out, rows)
}

func newSuiteShow() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:               "show SUITE",
		Short:             "Print a suite as it is written",
		Example:           "  solverbench suite show quick\n  solverbench suite show poisson > mine.yaml\n  solverbench suite show quick --json | jq '.[0].runs[].problems'",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeSuites,
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := harness.SuiteText(args[0])
			if err != nil {
				return err
			}
			if !asJSON {
				_, err = io.WriteString(cmd.OutOrStdout(), text)
				return err
			}
			if _, err := harness.LoadSuite(args[0]); err != nil { // what is wrong with it is told as elsewhere
				return err
			}
			var suite map[string]any
			if err := yaml.Unmarshal([]byte(text), &suite); err != nil {
				return err
			}
			return writeJSON(cmd, suite)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// plannedRun is the JSON of suite check.
type plannedRun struct {
	Instance string `json:"instance"`
	Solver   string `json:"solver"`
}

func newSuiteCheck() *cobra.Command {
	var plugins pluginFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check SUITE",
		Short: "Say what is wrong with a suite, or what it would run",
		Long: `Read a suite with all it includes, and find the problems and solvers that it names, with their parameters and options.
What is wrong is told with its line, and the exit code is 2. Nothing is run.`,
		Example:           "  solverbench suite check mine.yaml\n  solverbench suite check mine.yaml --plugin ./mine\n  solverbench suite check full --json",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeSuites,
		RunE: func(cmd *cobra.Command, args []string) error {
			suite, err := harness.LoadSuite(args[0])
			if err != nil {
				return err
			}
			catalog, err := loadCatalog(cmd.Context(), cmd.ErrOrStderr(), plugins, nil)
			if err != nil {
				return err
			}
			jobs, err := catalog.Plan(suite)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			if asJSON {
				runs := []plannedRun{}
				for _, j := range jobs {
					runs = append(runs, plannedRun{j.Instance.String(), planned(j)})
				}
				return report.JSON(out, runs)
			}
			printPlan(out, jobs)
			if absent := catalog.Absent(suite); len(absent) > 0 {
				report.Paragraph(out, "left out: ", "the plugin of "+strings.Join(absent, ", ")+" is not here", terminalStyle(out))
			}
			return nil
		},
	}
	plugins.register(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// printPlan prints the configurations that would be run on each instance.
func printPlan(out io.Writer, jobs []harness.Job) {
	var rows [][]string
	for _, j := range jobs {
		instance := j.Instance.String()
		if len(rows) == 0 || rows[len(rows)-1][0] != instance {
			rows = append(rows, []string{instance, planned(j)})
			continue
		}
		rows[len(rows)-1][1] += ", " + planned(j)
	}
	_ = printColumns(out, rows)
	fmt.Fprintf(out, "%d runs on %d instances\n", len(jobs), len(rows))
}

//go:embed suite.yaml
var firstSuite string

func newSuiteInit() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "init [FILE]",
		Short:   "Begin a suite of your own: write a short one with comments",
		Example: "  solverbench suite init\n  solverbench suite init nightly.yaml && solverbench run --suite nightly.yaml",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			path := "suite.yaml"
			if len(args) > 0 {
				path = args[0]
			}
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if errors.Is(err, fs.ErrExist) {
				return &harness.UsageError{Err: fmt.Errorf("%s: there is such a file, which is left as it is", path)}
			}
			if err != nil {
				return &harness.UsageError{Err: err}
			}
			if _, err = f.WriteString(firstSuite); err != nil {
				f.Close()
				return err
			}
			if err := f.Close(); err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd, writtenSuite{path})
			}
			fmt.Fprintf(cmd.OutOrStdout(), "wrote %s; now:\n  solverbench suite check %[1]s\n  solverbench run --suite %[1]s\n", path)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func newSuiteSchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of suites, for editors",
		Long: `Print the JSON Schema of suites. Editors with a YAML language server complete and check suites by it: a first line
  # yaml-language-server: $schema=suite.schema.json
names the file that it has been written to.`,
		Example: "  solverbench suite schema > suite.schema.json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := io.WriteString(cmd.OutOrStdout(), harness.SuiteSchema)
			return err
		},
	}
}

func completeSuites(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var out []string
	for _, s := range listSuites() {
		out = append(out, s.Suite+"\t"+s.Doc)
	}
	return out, cobra.ShellCompDirectiveDefault // files too
}
