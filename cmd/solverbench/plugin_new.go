package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/plugins/capi"
	"github.com/solverbench/solverbench/plugins/python"
	"github.com/solverbench/solverbench/plugins/skeleton"
	"github.com/solverbench/solverbench/results/report"
)

// newPluginFolder is the JSON of plugin new.
type newPluginFolder struct {
	Plugin string   `json:"plugin"`
	Path   string   `json:"path"`
	Files  []string `json:"files"`
	Next   []string `json:"next"`
}

func newPluginNew() *cobra.Command {
	var (
		c      skeleton.Config
		asJSON bool
	)
	languages, families := strings.Join(skeleton.Languages(), ", "), strings.Join(skeleton.Families(), ", ")
	cmd := &cobra.Command{
		Use:   "new --lang LANGUAGE --family FAMILY NAME [FOLDER]",
		Short: "Start a plugin of your own: a folder with a small solver that works",
		Long: `Start a plugin of your own: a folder with a small solver of a family, which builds and passes plugin check, its test, manifest,
README and CI file. It is for you to change. The folder is NAME unless another is given, and must be empty or not there.

Languages: ` + languages + `
Families:  ` + families + `

A plugin in Go is built against this version of solverbench, or, if this is none that was published, the clone that it was built in;
--sdk names another clone.

Exit codes: 0 written, 2 usage, or the folder is in use.`,
		Example: `  solverbench plugin new --lang go --family poisson my-solver
  solverbench plugin new --lang python --family sampling my-sampler ~/src/my-sampler
  solverbench plugin new --lang c --family ks my-ks && cd my-ks && make && solverbench plugin check .`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			c.Name = args[0]
			dir := args[len(args)-1]
			if c.Language == "go" {
				if err := findSDK(&c.SDK); err != nil {
					return err
				}
			}
			files, err := skeleton.Write(dir, c)
			if err != nil {
				return err
			}
			next := nextCommands(c, dir)
			if asJSON {
				return report.JSON(cmd.OutOrStdout(), []newPluginFolder{{Plugin: c.Name, Path: dir, Files: files, Next: next}})
			}
			fmt.Fprintf(cmd.OutOrStdout(), "Wrote %s: %s\n\nNext:\n", dir, strings.Join(files, ", "))
			for _, line := range next {
				fmt.Fprintln(cmd.OutOrStdout(), "  "+line)
			}
			return nil
		},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringVar(&c.Language, "lang", "", "`language`: "+languages)
	fl.StringVar(&c.Family, "family", "", "`family` of problems: "+families)
	fl.StringVar(&c.SDK.Clone, "sdk", "", "clone of solverbench to build against, in Go: a `folder`")
	fl.BoolVar(&asJSON, "json", false, "print JSON")
	_ = cmd.MarkFlagRequired("lang")
	_ = cmd.MarkFlagRequired("family")
	_ = cmd.RegisterFlagCompletionFunc("lang", cobra.FixedCompletions(skeleton.Languages(), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("family", cobra.FixedCompletions(skeleton.Families(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func newPluginSDK() *cobra.Command {
	writers := map[string]func(string) error{"c": capi.WriteHeaders, "python": python.WriteSDK}
	languages := slices.Sorted(maps.Keys(writers))
	return &cobra.Command{
		Use:   "sdk LANGUAGE FOLDER",
		Short: "Write what plugins in a language are built with into a folder",
		Long: `Write what plugins in a language are built with into a folder: for python a project that pip installs, for c the header
solverbench.h and, for Fortran, solverbench.f90. plugin install needs no such folder: this is for working on a plugin.

Exit codes: 0 written, 2 usage, or the folder cannot be written.`,
		Example: `  solverbench plugin sdk python .sdk && pip install ./.sdk
  solverbench plugin sdk c . && cc -O3 -fPIC -shared -o mine.so mine.c`,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: cobra.FixedCompletions(languages, cobra.ShellCompDirectiveDefault),
		RunE: func(_ *cobra.Command, args []string) error {
			write, ok := writers[args[0]]
			if !ok {
				return fmt.Errorf("language %q, expected one of %s", args[0], strings.Join(languages, ", "))
			}
			if err := os.MkdirAll(args[1], 0o777); err != nil {
				return err
			}
			return write(args[1])
		},
	}
}

// nextCommands are what to type after a plugin was written.
func nextCommands(c skeleton.Config, dir string) []string {
	enter := "cd " + quoted(dir)
	if c.Language == "go" {
		enter += " && go get ."
	}
	return []string{enter, "make test", "make check"}
}

// quoted is a word as a shell takes it.
func quoted(word string) string {
	if regexp.MustCompile(`^[A-Za-z0-9_./~+-]+$`).MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// publishedForm is a version that the Go tool can download.
var publishedForm = regexp.MustCompile(`^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$`)

// findSDK completes which solverbench plugins in Go are built against: the clone that this executable lies in comes first, as what is built
// of a clean clone calls itself by the version that its commit would have if it were published.
func findSDK(sdk *skeleton.SDK) (err error) {
	if sdk.Clone != "" {
		sdk.Clone, err = filepath.Abs(sdk.Clone)
		return err
	}
	if sdk.Clone = ownClone(); sdk.Clone != "" {
		return nil
	}
	if sdk.Version = version(); !publishedForm.MatchString(sdk.Version) {
		return errors.New("this solverbench is of no published version, and not in its clone: --sdk FOLDER says where there is one to build against")
	}
	return nil
}

// ownClone is the folder above this executable that is a clone of solverbench, if there is one.
func ownClone() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if skeleton.IsClone(dir) {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}
