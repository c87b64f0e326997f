package harness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/solverbench/solverbench/plugins/option"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/selection"
)

// Configuration is a solver with every option fixed.
type Configuration struct {
	Plugin *Plugin
	Solver *Solver
	// Options in the solver's order, canonical.
	Options []option.Value
}

// String returns the solver's name with the options that are not the defaults.
func (c Configuration) String() string {
	var parts []string
	for i, v := range c.Options {
		if v.Text != c.Solver.Options[i].Default {
			parts = append(parts, v.Name+"="+selection.Quote(v.Text))
		}
	}
	if len(parts) == 0 {
		return c.Solver.Name
	}
	return c.Solver.Name + "[" + strings.Join(parts, ",") + "]"
}

// Job is one configuration on one instance: a run to be made.
type Job struct {
	Instance      problems.Spec
	Configuration Configuration
}

// Catalog is what can be run: problems and solvers.
type Catalog struct {
	Families []problems.Family
	Plugins  []*Plugin
}

// UsageError is a request that does not make sense: an unknown name, a bad value.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }
func (e *UsageError) Unwrap() error { return e.Err }

func usage(format string, args ...any) error { return &UsageError{fmt.Errorf(format, args...)} }

// Plan lists the jobs of a suite, each once, in the order written: by instance, then by configuration. Errors are
// *UsageError and say which entry of the suite they are about.
func (c *Catalog) Plan(s *Suite) ([]Job, error) {
	var all []Job
	for _, group := range s.Runs {
		made, err := c.planGroup(s, group)
		if err != nil {
			return nil, err
		}
		all = append(all, made...)
	}
	for _, text := range s.Sweeps {
		var err error
		if all, err = c.sweep(all, text); err != nil {
			return nil, err
		}
	}
	var jobs []Job
	seen := map[string]bool{}
	for _, job := range all {
		if key := job.key(); !seen[key] {
			seen[key] = true
			jobs = append(jobs, job)
		}
	}
	return jobs, nil
}

// planGroup lists the jobs of a group.
func (c *Catalog) planGroup(s *Suite, group Group) ([]Job, error) {
	var specs []problems.Spec
	for k, text := range group.Problems {
		found, err := c.Instances([]string{text}, s.Seed)
		if err != nil {
			return nil, group.at(fmt.Sprintf("problems[%d]", k), err)
		}
		specs = append(specs, found...)
	}
	solvers := group.Solvers
	if len(solvers)+len(group.Optional) == 0 {
		solvers = []string{"*"}
	}
	required := len(solvers)
	solvers = slices.Concat(solvers, group.Optional)
	entry := func(k int) string {
		if k < required {
			return fmt.Sprintf("solvers[%d]", k)
		}
		return fmt.Sprintf("optional[%d]", k-required)
	}
	var jobs []Job
	matched := make([]bool, len(solvers))
	for _, spec := range specs {
		for k, text := range solvers {
			configurations, err := c.Configurations(text, c.family(spec.Family).Schema)
			if err != nil {
				return nil, group.at(entry(k), err)
			}
			matched[k] = matched[k] || len(configurations) > 0
			for _, configuration := range configurations {
				jobs = append(jobs, Job{spec, configuration})
			}
		}
	}
	if k := slices.Index(matched[:required], false); k >= 0 {
		return nil, group.at(entry(k), c.unmatchedSolver(solvers[k], specs))
	}
	return jobs, nil
}

// key identifies a job within a plan.
func (j Job) key() string {
	return fmt.Sprintf("%s\x00%d\x00%g\x00%s\x00%s\x00%v", j.Instance, j.Instance.Seed, j.Instance.Tolerance,
		j.Configuration.Plugin.Name, j.Configuration.Solver.Name, j.Configuration.Options)
}

func (c *Catalog) family(name string) *problems.Family {
	i := slices.IndexFunc(c.Families, func(f problems.Family) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return &c.Families[i]
}

// Instances resolves problem selections. A seed other than zero is the default of the parameter seed.
func (c *Catalog) Instances(selections []string, seed uint64) ([]problems.Spec, error) {
	var out []problems.Spec
	for _, text := range selections {
		specs, err := c.instances(text, seed)
		if err != nil {
			return nil, err
		}
		out = append(out, specs...)
	}
	return out, nil
}

func (c *Catalog) instances(text string, seed uint64) ([]problems.Spec, error) {
	pattern, err := selection.Parse(text)
	if err != nil {
		return nil, &UsageError{err}
	}
	if c.family(pattern.Name) != nil {
		pattern.Name += "/*"
	}
	values, err := pattern.Expand()
	if err != nil {
		return nil, &UsageError{err}
	}
	glob := strings.ContainsAny(pattern.Name, "*?[")
	var out []problems.Spec
	named := false
	for i := range c.Families {
		f := &c.Families[i]
		for _, p := range f.Problems {
			if !pattern.MatchName(f.Name + "/" + p.Name) {
				continue
			}
			named = true
			for _, given := range values {
				if seed != 0 && given[problems.SeedParam] == "" {
					given[problems.SeedParam] = fmt.Sprint(seed)
				}
				spec, err := f.Resolve(p.Name, given)
				var bad *option.Error
				if glob && (errors.As(err, &bad) && bad.Unknown || err == nil && needsFile(p, spec)) {
					continue // a glob means those that have the parameter, and need no file
				}
				if err != nil {
					return nil, &UsageError{err}
				}
				out = append(out, spec)
			}
		}
	}
	switch {
	case !named:
		return nil, c.unknownProblem(pattern.Name)
	case len(out) == 0:
		return nil, usage("selection %s: no problem that matches has these parameters", text)
	}
	return out, nil
}

// needsFile says whether a problem lives on a file that has not been named.
func needsFile(p problems.Problem, s problems.Spec) bool {
	for i, v := range s.Params {
		if p.Params[i].Path && v.Text == "" && p.NeedsFile {
			return true
		}
	}
	return false
}

func (c *Catalog) unknownProblem(name string) error {
	var names []string
	for _, f := range c.Families {
		names = append(names, f.Name)
		for _, p := range f.Problems {
			names = append(names, f.Name+"/"+p.Name)
			if p.Name == name {
				return usage("unknown problem %q (did you mean %q?)", name, f.Name+"/"+p.Name)
			}
		}
	}
	if near, ok := option.Nearest(name, names); ok {
		return usage("unknown problem %q (did you mean %q?)", name, near)
	}
	return usage("unknown problem %q (solverbench list problems shows them)", name)
}

// Configurations resolves a solver selection among the solvers of a schema.
func (c *Catalog) Configurations(text, schema string) ([]Configuration, error) {
	pattern, err := selection.Parse(text)
	if err != nil {
		return nil, &UsageError{err}
	}
	values, err := pattern.Expand()
	if err != nil {
		return nil, &UsageError{err}
	}
	glob := strings.ContainsAny(pattern.Name, "*?[")
	var out []Configuration
	// Solvers of the same name may have other options: it is enough if those of one plugin fit.
	fits, refused := make([]bool, len(values)), make([]error, len(values))
	for _, p := range c.Plugins {
		for i := range p.Solvers {
			s := &p.Solvers[i]
			if s.Schema != schema || !pattern.MatchName(s.Name, p.Name+"/"+s.Name) {
				continue
			}
			for k, given := range values {
				options, err := option.Resolve(s.Options, given)
				var bad *option.Error
				if glob && errors.As(err, &bad) && bad.Unknown {
					continue
				}
				if err != nil {
					refused[k] = cmp.Or(refused[k], usage("solver %s: %w", s.Name, err))
					continue
				}
				fits[k] = true
				out = append(out, Configuration{p, s, options})
			}
		}
	}
	for k := range values {
		if refused[k] != nil && (glob || !fits[k]) {
			return nil, refused[k]
		}
	}
	return out, nil
}

// Absent returns the optional solvers of a suite that no plugin offers, each once.
func (c *Catalog) Absent(s *Suite) []string {
	var absent []string
	for _, group := range s.Runs {
		for _, text := range group.Optional {
			pattern, err := selection.Parse(text)
			if err == nil && !c.offers(pattern) && !slices.Contains(absent, pattern.Name) {
				absent = append(absent, pattern.Name)
			}
		}
	}
	return absent
}

// offers says whether any plugin has a solver of such a name.
func (c *Catalog) offers(pattern selection.Pattern) bool {
	for _, p := range c.Plugins {
		if slices.ContainsFunc(p.Solvers, func(s Solver) bool { return pattern.MatchName(s.Name, p.Name+"/"+s.Name) }) {
			return true
		}
	}
	return false
}

// unmatchedSolver explains a solver selection that matched nothing among the solvers for some instances.
func (c *Catalog) unmatchedSolver(text string, specs []problems.Spec) error {
	pattern, err := selection.Parse(text)
	if err != nil {
		return &UsageError{err}
	}
	var fitting []string
	elsewhere := false
	for _, p := range c.Plugins {
		for _, s := range p.Solvers {
			for _, spec := range specs {
				if s.Schema == c.family(spec.Family).Schema && !slices.Contains(fitting, s.Name) {
					fitting = append(fitting, s.Name)
				}
			}
			elsewhere = elsewhere || pattern.MatchName(s.Name, p.Name+"/"+s.Name)
		}
	}
	if len(fitting) == 0 {
		return usage("no solver for %s is loaded", specs[0])
	}
	if elsewhere {
		return usage("solver %q does not solve any of the problems selected (solvers that do: %s)", pattern.Name, strings.Join(fitting, ", "))
	}
	if near, ok := option.Nearest(pattern.Name, fitting); ok {
		return usage("unknown solver %q (did you mean %q?)", pattern.Name, near)
	}
	return usage("unknown solver %q (expected one of %s)", pattern.Name, strings.Join(fitting, ", "))
}

// Check builds, once, the instances that live on the user's files, named or not, so that a mistake is told before
// anything has run.
func (c *Catalog) Check(ctx context.Context, jobs []Job) error {
	done := map[string]bool{}
	for _, j := range jobs {
		if done[j.Instance.String()] || !j.Instance.HasFile() && !needsFile(*j.Instance.Definition(), j.Instance) {
			continue
		}
		done[j.Instance.String()] = true
		if _, err := j.Instance.Build(ctx); err != nil {
			return &UsageError{err}
		}
	}
	return nil
}
