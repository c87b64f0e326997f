package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"gonum.org/v1/plot/vg"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/plot"
	"github.com/solverbench/solverbench/results/report"
)

func newPlot() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "plot KIND [PROBLEM-SELECTION...]",
		Short: "Draw stored runs as figures, and solutions as pictures",
		Long: `Draw stored runs as figures for a paper, SVG, PNG or PDF by the name of the output file. Figures of runs are a column (3.3in)
or a page (6.9in) wide unless --width says otherwise. --data writes the numbers of the figure as CSV beside it.
docs/figures.md shows one of each kind and how it is read.`,
		Example: `  solverbench plot work-precision 'ks/l22' -o ks.svg
  solverbench plot profile 'poisson/*' -o profile.pdf --data
  solverbench plot scaling 'poisson/unit-2d' --by n --solver 'multigrid' --solver cg -o scaling.png
  solverbench plot error 'nse/decay' --solutions out -o errors.png`,
		Args: func(cmd *cobra.Command, args []string) error {
			var known []string
			for _, c := range cmd.Commands() {
				known = append(known, c.Name())
			}
			expected := strings.Join(known, ", ")
			if len(args) == 0 {
				return &harness.UsageError{Err: fmt.Errorf("plot: no kind of figure, expected one of %s", expected)}
			}
			return &harness.UsageError{Err: fmt.Errorf("plot: %q, expected one of %s", args[0], expected)}
		},
		RunE:               func(*cobra.Command, []string) error { return nil }, // Args has refused
		FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true},        // those of kinds: the kind is what is wrong
	}
	for _, k := range plot.Kinds() {
		cmd.AddCommand(newPlotKind(k))
	}
	cmd.AddCommand(pictureKinds()...)
	return cmd
}

// figureFlags say where a figure goes and how large it is.
type figureFlags struct {
	out, width, height string
	data, asJSON       bool
}

// drawn is the JSON of plot.
type drawn struct {
	File  string   `json:"file"`
	Data  string   `json:"data"` // empty without --data
	Notes []string `json:"notes"`
}

func (f *figureFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVarP(&f.out, "output", "o", "", "file to write: "+strings.Join(plot.Formats(), ", ")+" by its ending")
	fl.StringVar(&f.width, "width", "", "of the figure: 3.3in, 84mm, 8.4cm or 240pt")
	fl.StringVar(&f.height, "height", "", "likewise")
	fl.BoolVar(&f.data, "data", false, "write the numbers beside it, as CSV with the same name")
	fl.BoolVar(&f.asJSON, "json", false, "print what was written and what there is to note as JSON")
	_ = cmd.MarkFlagFilename("output", plot.Formats()...)
	for _, flag := range []string{"width", "height"} {
		_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions([]string{"3.3in\ta column", "6.9in\ta page"}, cobra.ShellCompDirectiveNoFileComp))
	}
}

// check reads the flags, before anything is drawn.
func (f *figureFlags) check() (format string, size plot.Size, err error) {
	format = strings.TrimPrefix(strings.ToLower(filepath.Ext(f.out)), ".")
	if !slices.Contains(plot.Formats(), format) {
		return "", size, &harness.UsageError{Err: fmt.Errorf("--output: %q, expected a file that ends in .%s", f.out, strings.Join(plot.Formats(), ", ."))}
	}
	if size.Width, err = length("width", f.width); err == nil {
		size.Height, err = length("height", f.height)
	}
	return format, size, err
}

// Figures smaller than a stamp or larger than a poster are mistakes.
const (
	leastLength = vg.Inch
	mostLength  = 20 * vg.Inch
)

// length reads a length with a unit; nothing is zero.
func length(flag, text string) (vg.Length, error) {
	if text == "" {
		return 0, nil
	}
	for unit, one := range map[string]vg.Length{"in": vg.Inch, "mm": vg.Millimeter, "cm": vg.Centimeter, "pt": 1} {
		if digits, ok := strings.CutSuffix(text, unit); ok {
			if v, err := strconv.ParseFloat(digits, 64); err == nil && vg.Length(v)*one >= leastLength && vg.Length(v)*one <= mostLength {
				return vg.Length(v) * one, nil
			}
		}
	}
	return 0, &harness.UsageError{Err: fmt.Errorf("--%s: %q, expected 1in to 20in, such as 3.3in, 84mm, 8.4cm or 240pt", flag, text)}
}

// write writes the figure, whole or not at all, and its data if asked for; notes go to standard error, or with --json to standard
// output.
func (f *figureFlags) write(cmd *cobra.Command, figure *plot.Figure, format string, size plot.Size) error {
	done := drawn{File: f.out, Notes: []string{}}
	for _, n := range figure.Notes {
		if f.asJSON {
			done.Notes = append(done.Notes, n)
			continue
		}
		fmt.Fprintln(cmd.ErrOrStderr(), "note:", printable(n))
	}
	var b bytes.Buffer
	if err := figure.Write(&b, format, size); err != nil {
		return fmt.Errorf("drawing %s: %w", f.out, err)
	}
	if err := writeWhole(f.out, b.Bytes()); err != nil {
		return &harness.UsageError{Err: fmt.Errorf("--output: %w", err)}
	}
	if f.data {
		done.Data = strings.TrimSuffix(f.out, filepath.Ext(f.out)) + ".csv"
		b.Reset()
		if err := figure.Data.WriteCSV(&b); err != nil {
			return err
		}
		if err := writeWhole(done.Data, b.Bytes()); err != nil {
			return &harness.UsageError{Err: fmt.Errorf("--data: %w", err)}
		}
	}
	if f.asJSON {
		return report.JSON(cmd.OutOrStdout(), []drawn{done})
	}
	return nil
}

// writeWhole replaces a file at once, so that a figure in a paper is never half of one.
func writeWhole(path string, data []byte) error {
	if err := os.WriteFile(path+".new", data, 0o666); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func newPlotKind(kind plot.Kind) *cobra.Command {
	var f filterFlags
	var where []string
	var fig figureFlags
	var o plot.Options
	cmd := &cobra.Command{
		Use:     kind.Name + " [PROBLEM-SELECTION...]",
		Short:   kind.Short,
		Long:    kind.Short + ".\n\n" + kind.Long,
		Example: kind.Example,
		RunE: func(cmd *cobra.Command, args []string) error {
			format, size, err := fig.check()
			if err != nil {
				return err
			}
			runs, err := f.loadNewest(cmd, args)
			if err != nil {
				return err
			}
			if runs, err = having(runs, where); err != nil {
				return err
			}
			if kind.OneExperiment {
				if runs, o.Noise, err = f.oneExperiment(cmd, runs); err != nil {
					return err
				}
			}
			figure, err := kind.Make(runs, o)
			if err != nil {
				return &harness.UsageError{Err: fmt.Errorf("plot %s: %w", kind.Name, err)}
			}
			return fig.write(cmd, figure, format, size)
		},
	}
	fig.register(cmd)
	f.register(cmd)
	cmd.Flags().StringArrayVar(&where, "where", nil, "only runs with a value of such a key: 'tag=direct|spectral' (repeatable)")
	completeBoardFlags(cmd) // before there is --by, which is another than that of leaderboards
	for _, flag := range kind.Flags {
		switch flag {
		case "metric":
			cmd.Flags().StringVar(&o.Metric, flag, "", "metric to show instead of the usual")
		case "x":
			cmd.Flags().StringVar(&o.X, flag, "", "quantity across: time, setup, first, evaluations, memory or a metric")
		case "y":
			cmd.Flags().StringVar(&o.Y, flag, "", "quantity upwards, likewise")
		case "by":
			cmd.Flags().StringVar(&o.By, flag, "", "parameter of the problem to scale with, instead of its unknowns")
		}
	}
	registerCompletions(cmd)
	return cmd
}

// loadNewest reads the runs that leaderboards show, with everything in them.
func (f *filterFlags) loadNewest(cmd *cobra.Command, args []string) ([]results.Run, error) {
	runs, err := f.loadOnly(cmd, args, results.Filter{Newest: true})
	if err != nil || len(runs) == 0 {
		return runs, err
	}
	ids := make([]int64, len(runs))
	for i := range runs {
		ids[i] = runs[i].ID
	}
	return f.loadOnly(cmd, args, results.Filter{IDs: ids})
}

// oneExperiment keeps the runs of the newest experiment among some, and reads its noise.
func (f *filterFlags) oneExperiment(cmd *cobra.Command, runs []results.Run) ([]results.Run, []results.NoiseProbe, error) {
	if len(runs) == 0 {
		return nil, nil, nil
	}
	newest := slices.MaxFunc(runs, func(a, b results.Run) int { return a.Started.Compare(b.Started) }).Experiment
	store, err := results.OpenReadOnly(cmd.Context(), f.db)
	if err != nil {
		return nil, nil, err
	}
	defer store.Close()
	noise, err := store.Noise(cmd.Context(), newest)
	return slices.DeleteFunc(runs, func(r results.Run) bool { return r.Experiment != newest }), noise, err
}
