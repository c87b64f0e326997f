package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/metrics"
	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/arrayio"
	"github.com/solverbench/solverbench/problems/registry"
	"github.com/solverbench/solverbench/results/report"
)

// scored is an entry of the JSON of score. Floats that JSON cannot hold are null.
type scored struct {
	Metric   string         `json:"metric"`
	Value    *float64       `json:"value"`
	Unit     string         `json:"unit"`
	Better   string         `json:"better"`
	N        int            `json:"n,omitempty"`
	M        int            `json:"m,omitempty"`
	Floor    *float64       `json:"floor,omitempty"`
	Warnings []string       `json:"warnings,omitempty"`
	Each     map[string]any `json:"each,omitempty"`

	exact float64 // Value, or what JSON has no number for
}

// scoredSolution is the JSON of score with an instance.
type scoredSolution struct {
	Instance string   `json:"instance"`
	Status   string   `json:"status"`
	Reason   string   `json:"reason"`
	Metrics  []scored `json:"metrics"`
}

type scoreFlags struct {
	solution             string
	evaluations          int
	metrics              []string
	reference, candidate string
	options              metrics.Options
	strict, json         bool
}

func newScore() *cobra.Command {
	var f scoreFlags
	cmd := &cobra.Command{
		Use:   "score [INSTANCE --solution FILE | --metric NAMES --reference A --candidate B]",
		Short: "Verify a solution made elsewhere, or compute metrics on files",
		Long: "Verify a solution made elsewhere as a run would, or compute metrics on .npy files, images or folders of them.\n\nMetrics:\n" +
			metricTable(),
		Example: `  solverbench score 'poisson/unit-2d[n=127]' --solution u.npy
  solverbench score 'restoration/denoise' --solution restored/
  solverbench score --metric psnr,ssim,fd-scattering --reference clean/ --candidate restored/
  solverbench score --metric frechet,kid,swd --reference x.npy --candidate y.npy --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 1 && f.solution != "" && len(f.metrics) == 0:
				return scoreSolution(cmd, args[0], &f)
			case len(args) == 0 && f.solution == "" && len(f.metrics) > 0:
				return scoreFiles(cmd, &f)
			}
			return &harness.UsageError{Err: fmt.Errorf("score: expected an instance with --solution, or --metric with --reference and --candidate")}
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.solution, "solution", "", "file, or folder of images, that holds the solution of the instance")
	fl.IntVar(&f.evaluations, "evaluations", 0, "oracle evaluations the solution took, for problems that count them")
	fl.StringSliceVar(&f.metrics, "metric", nil, "metrics by name, separated by commas")
	fl.StringVar(&f.reference, "reference", "", "file or folder to compare with")
	fl.StringVar(&f.candidate, "candidate", "", "file or folder to judge")
	fl.Float64Var(&f.options.DataRange, "data-range", 1, "largest value of images less their smallest")
	fl.IntVar(&f.options.Projections, "projections", 128, "directions of the sliced Wasserstein distance")
	fl.Uint64Var(&f.options.Seed, "seed", 0, "seed of its directions")
	fl.BoolVar(&f.strict, "strict", false, "exit with 1 if the solution does not solve the instance")
	fl.BoolVar(&f.json, "json", false, "print JSON")
	registerCompletions(cmd)
	return cmd
}

func metricTable() string {
	var b strings.Builder
	var rows [][]string
	for _, m := range metrics.All() {
		rows = append(rows, []string{m.Name, string(m.Kind), m.Better + " is better", m.Doc})
	}
	_ = printColumns(&b, rows) // a strings.Builder does not fail
	return b.String()
}

func scoreFiles(cmd *cobra.Command, f *scoreFlags) error {
	if f.reference == "" || f.candidate == "" {
		return &harness.UsageError{Err: fmt.Errorf("score --metric: expected --reference and --candidate")}
	}
	if f.options.DataRange <= 0 {
		return &harness.UsageError{Err: fmt.Errorf("--data-range: %g, expected more than zero", f.options.DataRange)}
	}
	for _, name := range f.metrics { // before the files are read
		if _, err := metrics.Lookup(name); err != nil {
			return &harness.UsageError{Err: fmt.Errorf("--metric: %w", err)}
		}
	}
	var sets [2]metrics.Set
	for i, path := range []string{f.reference, f.candidate} {
		var err error
		if sets[i], err = arrayio.ReadSet(path); err != nil {
			return &harness.UsageError{Err: err}
		}
	}
	var out []scored
	for _, name := range f.metrics {
		r, err := metrics.Compare(name, sets[0], sets[1], f.options)
		if err != nil {
			return &harness.UsageError{Err: fmt.Errorf("%s of %s against %s: %w", name, f.candidate, f.reference, err)}
		}
		s := scored{
			Metric: name, Value: jsonNumber(r.Value), exact: r.Value, Unit: r.Metric.Unit, Better: r.Metric.Better, N: r.N, M: r.M, Warnings: r.Warnings,
		}
		if r.Floor > 0 {
			s.Floor = jsonNumber(r.Floor)
		}
		if len(r.Each) > 1 {
			s.Each = map[string]any{}
			for _, e := range r.Each {
				s.Each[e.Name] = jsonNumber(e.Value)
			}
		}
		out = append(out, s)
	}
	if f.json {
		return report.JSON(cmd.OutOrStdout(), out)
	}
	return printScores(cmd.OutOrStdout(), out)
}

// jsonNumber is nil for what JSON has no number for.
func jsonNumber(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

func printScores(w io.Writer, scores []scored) error {
	var rows [][]string
	for _, s := range scores {
		value := fmt.Sprintf("%.6g", s.exact)
		var notes []string
		if s.Unit != "" {
			value += " " + s.Unit
		}
		if s.Better != "" {
			notes = append(notes, s.Better+" is better")
		}
		if s.N > 0 {
			notes = append(notes, fmt.Sprintf("N = %d, %d", s.N, s.M))
		}
		if s.Floor != nil {
			notes = append(notes, fmt.Sprintf("halves of the reference differ by %.3g", *s.Floor))
		}
		rows = append(rows, []string{s.Metric, value, strings.Join(append(notes, s.Warnings...), "; ")})
	}
	return printColumns(w, rows)
}

func scoreSolution(cmd *cobra.Command, name string, f *scoreFlags) error {
	catalog := &harness.Catalog{Families: registry.Families()}
	specs, err := catalog.Instances([]string{name}, 0)
	if err != nil {
		return err
	}
	if len(specs) != 1 {
		return &harness.UsageError{Err: fmt.Errorf("%s stands for %d instances, expected one", name, len(specs))}
	}
	instance, err := specs[0].Build(cmd.Context())
	if err != nil {
		return &harness.UsageError{Err: err}
	}
	family := catalog.Families[slices.IndexFunc(catalog.Families, func(p problems.Family) bool { return p.Name == specs[0].Family })]
	array, err := readSolution(f.solution, instance.SolutionShapes())
	if err != nil {
		return &harness.UsageError{Err: err}
	}
	solution, err := family.Solution(map[string]metrics.Array{family.MainArray: array})
	if err == nil {
		err = host.CheckShapes(solution, instance.SolutionShapes())
	}
	if err != nil {
		return &harness.UsageError{Err: fmt.Errorf("%s: %w", f.solution, err)}
	}
	var e problems.Evaluation
	if r, ok := instance.(problems.RunEvaluator); ok && cmd.Flags().Changed("evaluations") {
		e, err = r.EvaluateRun(cmd.Context(), solution, f.evaluations)
	} else {
		e, err = instance.Evaluate(cmd.Context(), solution)
	}
	if err != nil {
		return fmt.Errorf("verifying %s: %w", f.solution, err)
	}
	out := scoredSolution{Instance: specs[0].String(), Status: string(e.Verdict), Reason: e.Reason}
	for _, m := range e.Metrics {
		out.Metrics = append(out.Metrics, scored{Metric: m.Name, Value: jsonNumber(m.Value), exact: m.Value, Unit: m.Unit, Better: string(m.Better)})
	}
	w := cmd.OutOrStdout()
	if f.json {
		err = report.JSON(w, []scoredSolution{out})
	} else {
		line := fmt.Sprintf("%s: %s", out.Instance, out.Status)
		if out.Reason != "" {
			line += ", " + out.Reason
		}
		fmt.Fprintln(w, line)
		err = printScores(w, out.Metrics)
	}
	if err == nil && f.strict && e.Verdict != problems.Solved {
		return &exitError{code: exitUnsolved}
	}
	return err
}

// readSolution reads an array, or a folder of equal ones as a batch, and gives it the shape asked for if only axes of
// length one differ.
func readSolution(path string, shapes [][]int) (metrics.Array, error) {
	info, err := os.Stat(path)
	if err != nil {
		return metrics.Array{}, err
	}
	var array metrics.Array
	if info.IsDir() {
		set, err := arrayio.ReadSet(path)
		if err != nil {
			return metrics.Array{}, err
		}
		array.Shape = append([]int{len(set)}, set[0].Array.Shape...)
		for _, item := range set {
			if !slices.Equal(item.Array.Shape, set[0].Array.Shape) {
				return metrics.Array{}, fmt.Errorf("%s: %s has shape %v, and %s %v; expected equal ones", path, item.Name, item.Array.Shape, set[0].Name, set[0].Array.Shape)
			}
			array.Values = append(array.Values, item.Array.Values...)
		}
	} else if array, err = arrayio.Read(path); err != nil {
		return metrics.Array{}, err
	}
	if len(shapes) == 1 && slices.Equal(squeeze(array.Shape), squeeze(shapes[0])) {
		array.Shape = shapes[0]
	}
	return array, nil
}

// squeeze leaves out the axes of length one.
func squeeze(shape []int) []int {
	return slices.DeleteFunc(slices.Clone(shape), func(n int) bool { return n == 1 })
}
