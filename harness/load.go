package harness

import (
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/solverbench/solverbench/plugins/option"
)

//go:embed suites/*.yaml
var builtin embed.FS

// SuiteSchema is the JSON Schema of suites, for editors.
//
//go:embed suite.schema.json
var SuiteSchema string

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

// SuiteText returns the YAML of a built-in suite, or of a file. Errors are *UsageError.
func SuiteText(name string) (string, error) {
	text, err := builtin.ReadFile("suites/" + name + ".yaml")
	if err == nil {
		return string(text), nil
	}
	if text, err = os.ReadFile(name); err == nil {
		return string(text), nil
	}
	if near, ok := option.Nearest(filepath.Base(name), SuiteNames()); ok {
		return "", usage("suite %q: neither a built-in suite (did you mean %q?) nor a file: %w", name, near, err)
	}
	return "", usage("suite %q: neither a built-in suite (%s) nor a file: %w", name, strings.Join(SuiteNames(), ", "), err)
}

// LoadSuite reads a built-in suite by name, or a file, with all it includes. Errors are *UsageError.
func LoadSuite(name string) (*Suite, error) {
	return loadSuite(name, nil)
}

// loadSuite reads a suite that is included by others, the outermost first.
func loadSuite(name string, by []string) (*Suite, error) {
	if slices.Contains(by, name) {
		return nil, errors.New("it includes itself: " + strings.Join(append(by, name), " includes "))
	}
	text, err := SuiteText(name)
	if err != nil {
		return nil, err
	}
	s, err := parseSuite([]byte(text))
	if err != nil {
		return nil, usage("suite %s: %w", name, err)
	}
	if s.Name == "" {
		s.Name = strings.TrimSuffix(filepath.Base(name), ".yaml")
	}
	by = append(slices.Clip(by), name)
	var runs []Group
	for i, include := range s.Include {
		if !slices.Contains(SuiteNames(), include) && !filepath.IsAbs(include) {
			include = filepath.Join(filepath.Dir(name), include)
		}
		included, err := loadSuite(include, by)
		if err == nil && len(included.Sweeps) > 0 {
			err = errors.New("it has a sweep, which runs all of a suite: that cannot be included")
		}
		if err != nil {
			return nil, usage("suite %s: %w", name, s.at(fmt.Sprintf("include[%d]", i), err))
		}
		runs = append(runs, included.Runs...)
	}
	s.Runs, s.Include = append(runs, s.Runs...), nil
	return s, nil
}
