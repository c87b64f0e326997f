package harness

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/solverbench/solverbench/plugins/option"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/selection"
)

// Sweep makes the suite run every configuration once for each value of a parameter of the problems or, where they have none of
// that name, an option of the solvers. It is written as in a selection: tol=1e-2..1e-12, steps=10|20|40.
func (s *Suite) Sweep(text string) error {
	if _, _, err := parseSweep(text); err != nil {
		return err
	}
	s.Sweeps = append(s.Sweeps, text)
	return nil
}

func parseSweep(text string) (name string, values []string, err error) {
	p, err := selection.Parse("x[" + text + "]")
	if err != nil || len(p.Params) != 1 {
		return "", nil, usage("sweep %q: expected a name with values, such as tol=1e-2..1e-12 or steps=10|20|40", text)
	}
	all, err := p.Expand()
	if err != nil {
		return "", nil, usage("sweep %q: %w", text, err)
	}
	name = p.Params[0].Name
	for _, m := range all {
		values = append(values, m[name])
	}
	return name, values, nil
}

// sweep multiplies jobs by the values of a sweep. Jobs that have neither such a parameter nor such an option stay; it is a mistake if
// that are all.
func (c *Catalog) sweep(jobs []Job, text string) ([]Job, error) {
	name, values, err := parseSweep(text)
	if err != nil {
		return nil, err
	}
	var out []Job
	swept := false
	for _, j := range jobs {
		isOption := slices.ContainsFunc(j.Configuration.Solver.Options, func(s option.Spec) bool { return s.Name == name })
		isParam := name == problems.SeedParam || name == problems.ToleranceParam ||
			slices.ContainsFunc(j.Instance.Definition().Params, func(s option.Spec) bool { return s.Name == name })
		if !isOption && !isParam {
			out = append(out, j)
			continue
		}
		swept = true
		for _, v := range values {
			made := j
			if isParam {
				made.Instance, err = c.family(j.Instance.Family).Resolve(j.Instance.Problem, changed(instanceValues(j.Instance), name, v))
			} else {
				made.Configuration.Options, err = option.Resolve(j.Configuration.Solver.Options, changed(optionValues(j.Configuration.Options), name, v))
			}
			if err != nil {
				return nil, usage("sweep %q: %w", text, err)
			}
			out = append(out, made)
		}
	}
	if !swept && len(jobs) > 0 {
		return nil, usage("sweep %q: none of the problems has a parameter %s, and none of the solvers such an option", text, name)
	}
	return out, nil
}

func optionValues(values []option.Value) map[string]string {
	given := map[string]string{}
	for _, v := range values {
		given[v.Name] = v.Text
	}
	return given
}

func instanceValues(s problems.Spec) map[string]string {
	given := optionValues(s.Params)
	given[problems.SeedParam] = fmt.Sprint(s.Seed)
	given[problems.ToleranceParam] = strconv.FormatFloat(s.Tolerance, 'g', -1, 64)
	return given
}

func changed(values map[string]string, name, value string) map[string]string {
	values[name] = value
	return values
}
