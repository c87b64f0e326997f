package harness

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/token"
)

// Suite names instances, configurations and settings. It is written in YAML:
//
//	name: quick
//	doc: what it is for
//	timeout: 30s
//	precision: 0.05
//	limits: {memory: 4GB}
//	include: [more.yaml]
//	runs:
//	  - problems: ["poisson/unit-2d[n=255]"]
//	    solvers: [multigrid, "cg[precond=ic0|ssor,omega=1|1.2]"]
//	    tags: [short]
//
// Selections are as in package selection: alternatives multiply, which makes matrices of parameters and of options. Files they name are
// relative to the current folder. Without solvers, all that solve the problems take part; those under optional do if their plugin is
// installed.
type Suite struct {
	Name     string `yaml:"name"`
	Doc      string `yaml:"doc,omitempty"`
	Settings `yaml:",inline"`
	// Sweeps are values to run every configuration with, see Sweep.
	Sweeps []string `yaml:"sweep,omitempty"`
	// Include names suites whose runs come before its own: built-in ones, or files relative to its own folder. Their settings do not count.
	Include []string `yaml:"include,omitempty"`
	Runs    []Group  `yaml:"runs,omitempty"`

	// text is the YAML it was read from, empty for one made otherwise: errors point into it.
	text []byte
}

// Duration is a time.Duration that is written like 30s.
type Duration struct{ time.Duration }

// UnmarshalText reads a duration.
func (d *Duration) UnmarshalText(text []byte) (err error) {
	if d.Duration, err = time.ParseDuration(string(text)); err != nil || d.Duration < 0 {
		return &durationError{string(text)}
	}
	return nil
}

type durationError struct{ text string }

func (e *durationError) Error() string {
	return fmt.Sprintf("%q, expected a duration such as 30s", e.text)
}

// MarshalText writes it.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Group is a set of problems and the solvers to run on each.
type Group struct {
	Problems []string `yaml:"problems"`
	Solvers  []string `yaml:"solvers,omitempty"`
	// Optional solvers take part if their plugin is there.
	Optional []string `yaml:"optional,omitempty"`
	// Tags are words to select the set by, see Suite.Tagged.
	Tags []string `yaml:"tags,omitempty"`

	// suite is the one that it was written in, as its index-th, nil for one made otherwise.
	suite *Suite
	index int
}

// at says where in its suite an error about part of the group lies.
func (g *Group) at(part string, err error) error {
	if g.suite == nil {
		return err
	}
	return usage("suite %s: %w", g.suite.Name, g.suite.at(fmt.Sprintf("runs[%d].%s", g.index, part), err))
}

// ParseSuite reads a suite from YAML that includes none. Errors point at the line.
func ParseSuite(text []byte) (*Suite, error) {
	s, err := parseSuite(text)
	if err != nil {
		return nil, err
	}
	if len(s.Include) > 0 {
		return nil, s.at("include[0]", errors.New("a suite that stands alone cannot include others"))
	}
	return s, nil
}

func parseSuite(text []byte) (*Suite, error) {
	s := &Suite{text: text}
	if !utf8.Valid(text) || bytes.ContainsRune(text, 0) {
		return nil, errors.New("not a text, expected YAML")
	}
	if err := unmarshal(text, s); err != nil {
		return nil, s.decoding(err)
	}
	if len(s.Runs)+len(s.Include) == 0 {
		return nil, fmt.Errorf("runs: none, expected at least one")
	}
	if name, err := s.invalid(); err != nil {
		return nil, s.at(name, err)
	}
	for i, text := range s.Sweeps {
		if _, _, err := parseSweep(text); err != nil {
			return nil, s.at(fmt.Sprintf("sweep[%d]", i), err)
		}
	}
	for i, g := range s.Runs {
		if len(g.Problems) == 0 {
			return nil, s.at(fmt.Sprintf("runs[%d]", i), errors.New("no problems, expected at least one selection"))
		}
		s.Runs[i].suite, s.Runs[i].index = s, i
	}
	s.complete()
	return s, nil
}

// unmarshal decodes YAML. The decoder panics on some of what is none, such as "runs: ! ".
func unmarshal(text []byte, s *Suite) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the text cannot be read as YAML (%v)", r)
		}
	}()
	return yaml.UnmarshalWithOptions(text, s, yaml.Strict())
}

// decoding makes an error of the decoder speak of YAML rather than of Go.
func (s *Suite) decoding(err error) error {
	var (
		wrong    *yaml.TypeError
		large    *yaml.OverflowError
		duration *durationError
		size     *sizeError
	)
	switch {
	case errors.As(err, &duration):
		return s.where(duration.text, duration, "timeout", "budget")
	case errors.As(err, &size):
		return s.where(size.text, size, "limits.memory", "limits.disk")
	case errors.As(err, &wrong):
		return typed(wrong.DstType, wrong.Token, err)
	case errors.As(err, &large):
		return typed(large.DstType, large.Token, err)
	}
	return err
}

// where is at for that of some paths whose value is the given text.
func (s *Suite) where(text string, err error, paths ...string) error {
	for _, path := range paths {
		var value any
		place, e := yaml.PathString("$." + path)
		if e == nil && place.Read(bytes.NewReader(s.text), &value) == nil && fmt.Sprint(value) == text {
			return s.at(path, err)
		}
	}
	return err
}

// typed says what a value should have been, or leaves the decoder's error as it is.
func typed(t reflect.Type, at *token.Token, err error) error {
	kind := map[reflect.Kind]string{
		reflect.Int: "an integer", reflect.Uint64: "an integer of at least 0", reflect.String: "a text", reflect.Slice: "a list",
	}[t.Kind()]
	if kind == "" {
		return err
	}
	return errors.New(yaml.FormatErrorWithToken(fmt.Sprintf("%q, expected %s", at.Value, kind), at, false, true))
}

// at says where in the suite's YAML an error lies, if it was read from any.
func (s *Suite) at(path string, err error) error {
	if len(s.text) == 0 {
		return err
	}
	place, e := yaml.PathString("$." + path)
	if e != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	source, e := place.AnnotateSource(s.text, false)
	if e != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return fmt.Errorf("%s: %w\n%s", path, err, bytes.TrimRight(source, "\n"))
}

// WithSolvers returns the suite with its problems in one group, to be solved by the given solvers where they fit.
func (s *Suite) WithSolvers(solvers []string) *Suite {
	c := *s
	c.Runs, c.text = nil, nil
	var all []string
	for _, g := range s.Runs {
		all = append(all, g.Problems...)
	}
	c.Runs = []Group{{Problems: all, Solvers: solvers}}
	return &c
}

// Tagged returns the suite with those groups only that have one of the tags. Errors are *UsageError.
func (s *Suite) Tagged(tags []string) (*Suite, error) {
	c := *s
	c.Runs = nil
	var known []string
	for _, g := range s.Runs {
		if slices.ContainsFunc(g.Tags, func(t string) bool { return slices.Contains(tags, t) }) {
			c.Runs = append(c.Runs, g)
		}
		known = append(known, g.Tags...)
	}
	slices.Sort(known)
	known = slices.Compact(known)
	switch {
	case len(known) == 0:
		return nil, usage("suite %s: no part has a tag", s.Name)
	case len(c.Runs) == 0:
		return nil, usage("suite %s: no part is tagged %s, expected one of %s", s.Name, strings.Join(tags, " or "), strings.Join(known, ", "))
	}
	return &c, nil
}

// AdHoc is a suite made of selections on a command line.
func AdHoc(problems, solvers []string) *Suite {
	s := &Suite{Name: "command line", Runs: []Group{{Problems: problems, Solvers: solvers}}}
	s.complete()
	return s
}
