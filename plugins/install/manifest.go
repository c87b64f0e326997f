package install

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
)

// ManifestName is the name of the file in a plugin's folder that says what the plugin is.
const ManifestName = "plugin.yaml"

// Languages are those that a manifest may name.
var Languages = []string{"go", "python", "c", "c++", "fortran", "other"}

// Manifest is what plugin.yaml says. Paths are relative to its folder.
type Manifest struct {
	// Name is that which the plugin tells when it is asked.
	Name        string `yaml:"name"`
	Version     string `yaml:"version"`
	Language    string `yaml:"language"`
	Description string `yaml:"description,omitempty"`
	// License is an SPDX expression.
	License string `yaml:"license,omitempty"`
	// Build is a shell command that is run in the folder when the plugin is installed.
	Build string `yaml:"build,omitempty"`
	// Run is what is launched: an executable, a shared library *.so, or a script *.py.
	Run string `yaml:"run"`
	// Python is the file of requirements, or "." for a project, that goes into a virtual environment of the plugin's own.
	Python string `yaml:"python,omitempty"`
	// Needs are packages of the system, for people.
	Needs Needs `yaml:"needs,omitempty"`
	// Env are variables of the plugin's environment.
	Env map[string]string `yaml:"env,omitempty"`
	// Readable are further paths that the plugin may read.
	Readable []string `yaml:"readable,omitempty"`
}

// Needs are packages of the system by its name.
type Needs struct {
	Debian []string `yaml:"debian,omitempty"`
}

var errNoManifest = errors.New("a folder without " + ManifestName)

// ReadManifest reads the manifest of a plugin's folder.
func ReadManifest(dir string) (*Manifest, error) {
	path := filepath.Join(dir, ManifestName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w, expected a plugin's", dir, errNoManifest)
	}
	if err != nil {
		return nil, err
	}
	m, err := ParseManifest(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// ParseManifest reads a manifest. Errors point at the line.
func ParseManifest(text []byte) (*Manifest, error) {
	m := &Manifest{}
	if err := unmarshal(text, m); err != nil {
		return nil, err
	}
	if field, err := m.invalid(); err != nil {
		return nil, at(text, field, err)
	}
	return m, nil
}

// unmarshal decodes YAML strictly. The decoder panics on some of what is none.
func unmarshal(text []byte, into any) (err error) {
	if !utf8.Valid(text) || bytes.ContainsRune(text, 0) {
		return errors.New("not a text, expected YAML")
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the text cannot be read as YAML (%v)", r)
		}
	}()
	return yaml.UnmarshalWithOptions(text, into, yaml.Strict())
}

// at says where in YAML an error about a field lies: the line, or the field's name where there is none.
func at(text []byte, field string, err error) error {
	place, e := yaml.PathString("$." + field)
	if e != nil {
		return fmt.Errorf("%s: %w", field, err)
	}
	node, e := place.ReadNode(bytes.NewReader(text))
	if e != nil || node == nil || node.GetToken() == nil {
		return fmt.Errorf("%s: %w", field, err)
	}
	source, e := place.AnnotateSource(text, false)
	if e != nil {
		return fmt.Errorf("line %d: %s: %w", node.GetToken().Position.Line, field, err)
	}
	return fmt.Errorf("line %d: %s: %w\n%s", node.GetToken().Position.Line, field, err, bytes.TrimRight(source, "\n"))
}

var (
	nameForm     = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)
	variableForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// theirs are variables that the harness sets, or that would make the plugin another program.
var theirs = []string{
	"GOMAXPROCS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS",
	"PATH", "HOME", "TMPDIR",
}

// invalid returns the first field that is not as it should be.
func (m *Manifest) invalid() (string, error) {
	switch {
	case !nameForm.MatchString(m.Name):
		return "name", fmt.Errorf("%q, expected lower-case letters, digits and dashes, a letter first, at most 64", m.Name)
	case m.Version == "" || !printable(m.Version) || len(m.Version) > 100:
		return "version", fmt.Errorf("%q, expected one such as 0.1.0", m.Version)
	case !slices.Contains(Languages, m.Language):
		return "language", fmt.Errorf("%q, expected one of %s", m.Language, strings.Join(Languages, ", "))
	case !inside(m.Run) || m.Run == ".":
		return "run", fmt.Errorf("%q, expected an executable, *.so or *.py, relative to the folder and in it", m.Run)
	case m.Python != "" && !inside(m.Python):
		return "python", fmt.Errorf("%q, expected a file of requirements, or \".\" for a project, relative to the folder and in it", m.Python)
	case m.Python != "" && filepath.Ext(m.Run) != ".py":
		return "run", fmt.Errorf("%q, expected a script *.py as there is a field python", m.Run)
	case !printable(m.Description):
		return "description", fmt.Errorf("%q, expected a line", m.Description)
	case !printable(m.License):
		return "license", fmt.Errorf("%q, expected an SPDX expression such as MIT", m.License)
	case strings.ContainsRune(m.Build, 0):
		return "build", fmt.Errorf("%q, expected a command", m.Build)
	}
	for i, p := range m.Needs.Debian {
		if !regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]+$`).MatchString(p) {
			return fmt.Sprintf("needs.debian[%d]", i), fmt.Errorf("%q, expected the name of a package", p)
		}
	}
	for name, value := range m.Env {
		switch {
		case !variableForm.MatchString(name) || strings.ContainsRune(value, 0):
			return "env", fmt.Errorf("%q, expected the name of a variable", name)
		case slices.Contains(theirs, name) || strings.HasPrefix(name, "SOLVERBENCH_") || strings.HasPrefix(name, "PLUGIN_"):
			return "env." + name, errors.New("is the harness's to set")
		}
	}
	for i, p := range m.Readable {
		if !filepath.IsAbs(p) || strings.ContainsRune(p, 0) {
			return fmt.Sprintf("readable[%d]", i), fmt.Errorf("%q, expected an absolute path: the plugin's own folder it may read anyway", p)
		}
	}
	return "", nil
}

func inside(path string) bool {
	return path != "" && printable(path) && filepath.IsLocal(path)
}

func printable(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}
