package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/metrics"
	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/registry"
	"github.com/solverbench/solverbench/results/plot"
)

// sceneFlags say which solutions are drawn.
type sceneFlags struct {
	dir       string
	solvers   []string
	solutions []string
	index     int
}

// pictureKinds are the figures of solutions.
func pictureKinds() []*cobra.Command {
	return []*cobra.Command{
		newPlotPictures("field", "Solutions as fields beside the truth, on one scale of colours", `A picture a solver, after one of the truth where that is known. Fields of both signs have a diverging map, in which zero is
grey, others a perceptually uniform one. What a solver has beyond the range of the truth has the colour of its end. Fields in one
dimension are space–time pictures if they were asked for at eight times or more (ks/l22[frames=100]), else curves at the last
time; of flows the last time is drawn. Captions have the primary metric, computed by the harness from the solution.`,
			`  solverbench run 'nse/decay' --save out
  solverbench plot field 'nse/decay' --solutions out -o decay.png
  solverbench plot field 'ks/l22' --solution mine.npy --solution theirs.npy -o ks.svg`, plot.Field),
		newPlotPictures("error", "Errors of solutions against the truth, on one scale of colours", `A picture a solver: the distance from the truth at every point, in logarithms. It needs an instance whose solution is known at
points. Captions have the primary metric, computed by the harness from the solution.`,
			`  solverbench plot error 'nse/decay' --solutions out -o errors.png
  solverbench plot error 'ks/l22' --solutions out --solver etdrk4 -o errors.svg`, plot.Errors),
		newPlotPictures("image", "Restored images between the input and the truth, with their errors", `From the left: what solvers were handed, what each made of it, and the truth; below each its distance from the truth, on one
scale. Captions have PSNR and SSIM of the image that is shown, computed by the harness after clipping to [0, 1].`,
			`  solverbench run 'restoration/denoise' --save out
  solverbench plot image 'restoration/denoise' --solutions out -o denoise.png
  solverbench plot image 'restoration/denoise' --solutions out --solver tv --solver nl-means --index 2 -o third.png`, plot.Images),
	}
}

func newPlotPictures(kind, short, long, example string, draw func(plot.Scene) (*plot.Figure, error)) *cobra.Command {
	var f sceneFlags
	var fig figureFlags
	cmd := &cobra.Command{
		Use:   kind + " [INSTANCE] {--solutions DIR | --solution FILE...}",
		Short: short,
		Long: short + ".\n\n" + long + `

Solutions are those that solverbench run --save DIR stored, of which the selection must leave one instance, or files, each
named after itself, that hold one solution of INSTANCE as solverbench score reads them.`,
		Example: example,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			format, size, err := fig.check()
			if err != nil {
				return err
			}
			scene, err := f.scene(cmd.Context(), args, kind == "image")
			if err != nil {
				return err
			}
			figure, err := draw(*scene)
			if err != nil {
				return &harness.UsageError{Err: fmt.Errorf("plot %s: %w", kind, err)}
			}
			return fig.write(cmd, figure, format, size)
		},
	}
	fig.register(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.dir, "solutions", "", "folder that run --save wrote")
	fl.StringArrayVar(&f.solvers, "solver", nil, "solver selection within it (repeatable); all if not given")
	fl.StringArrayVar(&f.solutions, "solution", nil, "file, or folder of images, that holds a solution (repeatable)")
	if kind == "image" {
		fl.IntVar(&f.index, "index", 0, "which image of the instance, from 0")
	}
	registerCompletions(cmd)
	_ = cmd.MarkFlagDirname("solutions")
	return cmd
}

// answer is a solution before it is read.
type answer struct{ name, path string }

// scene reads what is to be drawn, and has the harness judge it.
func (f *sceneFlags) scene(ctx context.Context, args []string, image bool) (*plot.Scene, error) {
	label, answers, err := f.find(args)
	if err != nil {
		return nil, err
	}
	catalog := &harness.Catalog{Families: registry.Families()}
	specs, err := catalog.Instances([]string{label}, 0)
	if err != nil {
		return nil, err
	}
	if len(specs) != 1 {
		return nil, &harness.UsageError{Err: fmt.Errorf("%s stands for %d instances, expected one", label, len(specs))}
	}
	instance, err := specs[0].Build(ctx)
	if err != nil {
		return nil, &harness.UsageError{Err: err}
	}
	family := &catalog.Families[slices.IndexFunc(catalog.Families, func(p problems.Family) bool { return p.Name == specs[0].Family })]
	if image != family.Images {
		return nil, &harness.UsageError{Err: fmt.Errorf("solutions of %s are drawn by %s", label, map[bool]string{true: "plot image", false: "plot field and plot error"}[family.Images])}
	}
	v, err := newView(specs[0].String(), instance, image, f.index)
	if err != nil {
		return nil, &harness.UsageError{Err: err}
	}
	for _, a := range answers {
		array, e, err := judge(ctx, family, instance, a.path)
		if err != nil {
			return nil, err
		}
		if err := v.add(a.name, array, e); err != nil {
			return nil, fmt.Errorf("%s: %w", a.path, err)
		}
	}
	return &v.scene, nil
}

// find names the instance and its solutions.
func (f *sceneFlags) find(args []string) (label string, answers []answer, err error) {
	if (f.dir == "") == (len(f.solutions) == 0) {
		return "", nil, &harness.UsageError{Err: fmt.Errorf("expected either --solutions with a folder that solverbench run --save wrote, or --solution with files")}
	}
	if f.dir != "" {
		return f.findSaved(args)
	}
	if len(args) != 1 {
		return "", nil, &harness.UsageError{Err: fmt.Errorf("--solution: expected an instance that the files are solutions of")}
	}
	for _, path := range f.solutions {
		answers = append(answers, answer{strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)), path})
	}
	return args[0], answers, nil
}

// findSaved looks into the index of a folder of solutions.
func (f *sceneFlags) findSaved(args []string) (label string, answers []answer, err error) {
	path := filepath.Join(f.dir, "index.json")
	text, err := os.ReadFile(path)
	if err != nil {
		return "", nil, &harness.UsageError{Err: fmt.Errorf("--solutions: %w", err)}
	}
	var index []harness.Saved
	if err := json.Unmarshal(text, &index); err != nil {
		return "", nil, &harness.UsageError{Err: fmt.Errorf("--solutions: %s: %w", path, err)}
	}
	problemsAsked, err := parseAll(args)
	if err != nil {
		return "", nil, err
	}
	solvers, err := parseAll(f.solvers)
	if err != nil {
		return "", nil, err
	}
	catalog := &harness.Catalog{Families: registry.Families()}
	var labels []string
	var kept []harness.Saved
	for _, s := range index {
		specs, err := catalog.Instances([]string{s.Instance}, 0)
		if err != nil || len(specs) != 1 {
			return "", nil, &harness.UsageError{Err: fmt.Errorf("--solutions: %s: instance: %q, expected one that this version knows", path, s.Instance)}
		}
		values := map[string]string{problems.SeedParam: fmt.Sprint(specs[0].Seed), problems.ToleranceParam: fmt.Sprint(specs[0].Tolerance)}
		for _, v := range specs[0].Params {
			values[v.Name] = v.Text
		}
		if !matchesAny(problemsAsked, values, s.Family, s.Family+"/"+s.Problem) || !matchesAny(solvers, texts(s.Options), s.Solver, s.Plugin+"/"+s.Solver) {
			continue
		}
		kept = append(kept, s)
		if !slices.Contains(labels, s.Instance) {
			labels = append(labels, s.Instance)
		}
	}
	switch {
	case len(labels) == 0:
		return "", nil, &harness.UsageError{Err: fmt.Errorf("none of the %d solutions in %s matches %s", len(index), f.dir, strings.Join(append(args, f.solvers...), " "))}
	case len(labels) > 1:
		return "", nil, &harness.UsageError{Err: fmt.Errorf("the solutions in %s are of %d instances, expected one: select one of %s", f.dir, len(labels), strings.Join(labels, ", "))}
	}
	names := shortNames(kept)
	for i, s := range kept {
		for _, file := range s.Arrays { // every family has one
			if !filepath.IsLocal(file) {
				return "", nil, &harness.UsageError{Err: fmt.Errorf("--solutions: %s: arrays: %q, expected a file within the folder", path, file)}
			}
			answers = append(answers, answer{names[i], filepath.Join(f.dir, file)})
		}
	}
	slices.SortStableFunc(answers, func(a, b answer) int { return strings.Compare(a.name, b.name) })
	return labels[0], answers, nil
}

// shortNames names solvers with the options in which those of one name differ.
func shortNames(all []harness.Saved) []string {
	names := make([]string, len(all))
	for i, s := range all {
		var differ []string
		plugins := false
		for _, other := range all {
			if other.Solver != s.Solver {
				continue
			}
			plugins = plugins || other.Plugin != s.Plugin
			for k, v := range s.Options {
				if part := fmt.Sprintf("%s=%v", k, v); other.Plugin == s.Plugin && fmt.Sprint(other.Options[k]) != fmt.Sprint(v) && !slices.Contains(differ, part) {
					differ = append(differ, part)
				}
			}
		}
		names[i] = s.Solver
		if len(differ) > 0 {
			slices.Sort(differ)
			names[i] += "[" + strings.Join(differ, ",") + "]"
		}
		if plugins {
			names[i] += " (" + s.Plugin + ")"
		}
	}
	return names
}

// judge reads a solution and computes its metrics as a run would.
func judge(ctx context.Context, family *problems.Family, instance problems.Instance, path string) (metrics.Array, problems.Evaluation, error) {
	array, message, err := readMain(family, instance, path)
	if err != nil {
		return array, problems.Evaluation{}, &harness.UsageError{Err: err}
	}
	e, err := instance.Evaluate(ctx, message)
	if err != nil {
		return array, e, fmt.Errorf("verifying %s: %w", path, err)
	}
	return array, e, nil
}

// readMain reads the main array of a solution, and makes a message of it.
func readMain(family *problems.Family, instance problems.Instance, path string) (metrics.Array, proto.Message, error) {
	array, err := readSolution(path, instance.SolutionShapes())
	if err != nil {
		return array, nil, err
	}
	message, err := family.Solution(map[string]metrics.Array{family.MainArray: array})
	if err == nil {
		err = host.CheckShapes(message, instance.SolutionShapes())
	}
	if err != nil {
		return array, nil, fmt.Errorf("%s: %w", path, err)
	}
	return array, message, nil
}
