package harness

import (
	"embed"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/solverbench/solverbench/plugins/option"
)

// Suite names instances, configurations and settings. It is written in YAML:
//
//	name: quick
//	doc: what it is for
//	timeout: 30s
//	repetitions: 3
//	runs:
//	  - problems: ["poisson/unit-2d[n=255]"]
//	    solvers: [multigrid, "cg[precond=ic0|ssor]"]
//
// Selections are as in package selection; without solvers, all that solve the problems take part.
type Suite struct {
	Name        string   `yaml:"name"`
	Doc         string   `yaml:"doc"`
	Timeout     Duration `yaml:"timeout"`
	Repetitions int      `yaml:"repetitions"`
	Threads     int      `yaml:"threads"`
	Seed        uint64   `yaml:"seed"`
	Runs        []Group  `yaml:"runs"`

	// Text is the YAML it was read from, empty for one made otherwise.
	Text string `yaml:"-"`
}

// Duration is a time.Duration that is written like 30s.
type Duration struct{ time.Duration }

// UnmarshalText reads a duration.
func (d *Duration) UnmarshalText(text []byte) (err error) {
	if d.Duration, err = time.ParseDuration(string(text)); err != nil || d.Duration < 0 {
		return fmt.Errorf("timeout: %q, expected a duration such as 30s", text)
	}
	return nil
}

// MarshalText writes it.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Group is a set of problems and the solvers to run on each.
type Group struct {
	Problems []string `yaml:"problems"`
	Solvers  []string `yaml:"solvers"`
}

// Defaults of settings that a suite leaves open.
const (
	DefaultTimeout     = 60 * time.Second
	DefaultRepetitions = 6 // the fewest that give the median a 95 % interval
)

//go:embed suites/*.yaml
var builtin embed.FS

// SuiteNames lists the built-in suites.
func SuiteNames() []string {
	entries, err := builtin.ReadDir("suites")
	if err != nil {
		panic(err) // embedded
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	slices.Sort(names)
	return names
}

// LoadSuite reads a built-in suite by name, or a file. Errors are *UsageError.
func LoadSuite(name string) (*Suite, error) {
	text, err := builtin.ReadFile(path.Join("suites", name+".yaml"))
	if err != nil {
		if text, err = os.ReadFile(name); err != nil {
			if near, ok := option.Nearest(name, SuiteNames()); ok {
				return nil, usage("suite %q: neither a built-in suite (did you mean %q?) nor a file: %w", name, near, err)
			}
			return nil, usage("suite %q: neither a built-in suite (%s) nor a file: %w", name, strings.Join(SuiteNames(), ", "), err)
		}
	}
	s, err := ParseSuite(text)
	if err != nil {
		return nil, usage("suite %s: %w", name, err)
	}
	if s.Name == "" {
		s.Name = strings.TrimSuffix(path.Base(name), ".yaml")
	}
	return s, nil
}

// ParseSuite reads a suite from YAML.
func ParseSuite(text []byte) (*Suite, error) {
	s := &Suite{Text: string(text)}
	if err := yaml.UnmarshalWithOptions(text, s, yaml.Strict()); err != nil {
		return nil, err
	}
	switch {
	case len(s.Runs) == 0:
		return nil, fmt.Errorf("runs: none, expected at least one")
	case s.Repetitions < 0:
		return nil, fmt.Errorf("repetitions: %d, expected a positive number", s.Repetitions)
	case s.Threads < 0:
		return nil, fmt.Errorf("threads: %d, expected a positive number", s.Threads)
	}
	for i, g := range s.Runs {
		if len(g.Problems) == 0 {
			return nil, fmt.Errorf("runs[%d].problems: none, expected at least one selection", i)
		}
	}
	s.complete()
	return s, nil
}

// complete sets what has been left open.
func (s *Suite) complete() {
	if s.Timeout.Duration == 0 {
		s.Timeout.Duration = DefaultTimeout
	}
	if s.Repetitions == 0 {
		s.Repetitions = DefaultRepetitions
	}
	if s.Threads == 0 {
		s.Threads = 1
	}
}

// WithSolvers returns the suite with its problems in one group, to be solved by the given solvers where they fit.
func (s *Suite) WithSolvers(solvers []string) *Suite {
	c := *s
	c.Runs = nil
	var all []string
	for _, g := range s.Runs {
		all = append(all, g.Problems...)
	}
	c.Runs = []Group{{Problems: all, Solvers: solvers}}
	return &c
}

// AdHoc is a suite made of selections on a command line.
func AdHoc(problems, solvers []string) *Suite {
	s := &Suite{Name: "command line", Runs: []Group{{Problems: problems, Solvers: solvers}}}
	s.complete()
	return s
}
