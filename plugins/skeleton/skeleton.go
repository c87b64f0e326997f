package skeleton

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/solverbench/solverbench/plugins/capi"
	"github.com/solverbench/solverbench/plugins/option"
)

// Config says which plugin is to be written.
type Config struct {
	// Name is that of the plugin and of its solver.
	Name string
	// Language is one of Languages, and Family one of Families.
	Language, Family string
	// SDK is what plugins in Go are built against.
	SDK SDK
}

// SDK is a module of solverbench.
type SDK struct {
	// Version is one that the Go tool can download; empty if there is none.
	Version string
	// Clone is the folder of a clone to be used in its place, empty for none.
	Clone string
}

// Error says which part of a Config is wrong.
type Error struct {
	What, Value, Expected string
}

func (e *Error) Error() string { return fmt.Sprintf("%s %q, expected %s", e.What, e.Value, e.Expected) }

// Languages are those that plugins can be written in.
func Languages() (names []string) {
	for _, l := range languages {
		names = append(names, l.name)
	}
	return names
}

// Families are those that there are solvers of.
func Families() (names []string) {
	for _, f := range families {
		names = append(names, f.Name)
	}
	return names
}

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// check returns what a Config names.
func (c *Config) check() (*language, *family, error) {
	l := slices.IndexFunc(languages, func(l language) bool { return l.name == c.Language })
	f := slices.IndexFunc(families, func(f family) bool { return f.Name == c.Family })
	switch {
	case !nameForm.MatchString(c.Name) || len(c.Name) > 64:
		return nil, nil, &Error{"name", c.Name, "lower-case letters, digits and single dashes, a letter first, at most 64"}
	case c.Name == "bundled":
		return nil, nil, &Error{"name", c.Name, "another: so the solvers are called that come with solverbench"}
	case l < 0:
		return nil, nil, &Error{"language", c.Language, oneOf(c.Language, Languages())}
	case f < 0:
		return nil, nil, &Error{"family", c.Family, oneOf(c.Family, Families())}
	case c.Language == "go" && c.SDK == SDK{}:
		return nil, nil, errors.New("neither a version of solverbench nor a clone of it is given, expected one of them for a plugin in Go")
	case c.SDK.Clone != "" && !IsClone(c.SDK.Clone):
		return nil, nil, &Error{"SDK", c.SDK.Clone, "the folder of a clone of " + module}
	}
	return &languages[l], &families[f], nil
}

const module = "github.com/solverbench/solverbench"

// IsClone says whether a folder is that of a clone of solverbench.
func IsClone(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return err == nil && strings.HasPrefix(string(text), "module "+module+"\n")
}

func oneOf(name string, known []string) string {
	list := "one of " + strings.Join(known, ", ")
	if near, ok := option.Nearest(name, known); ok {
		return fmt.Sprintf("%s (did you mean %q?)", list, near)
	}
	return list
}

// Write writes a new plugin into a folder, which it makes, and which must be empty if it is there. It returns the paths of the files in it,
// sorted.
func Write(dir string, c Config) (paths []string, err error) {
	l, f, err := c.check()
	if err != nil {
		return nil, err
	}
	files, err := render(c, l, f)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case len(entries) > 0:
		return nil, fmt.Errorf("%s: the folder is not empty (%s), expected an empty one or none", dir, entries[0].Name())
	}
	for path, text := range files {
		paths = append(paths, path)
		at := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(at), 0o777); err != nil {
			return nil, err
		}
		if err := os.WriteFile(at, text, 0o666); err != nil {
			return nil, err
		}
	}
	slices.Sort(paths)
	return paths, nil
}

// all: because files whose names begin with a dot or an underscore would be left out.
//
//go:embed all:templates
var templates embed.FS

// subject is what templates are executed on.
type subject struct {
	*family
	Name, Language, Family, License string
	Build, Run                      string
	Defaults                        string
	SDK                             string // a clone of solverbench, or empty
	SDKVersion                      string
	// Source, Reference and Tests are those of the language.
	Source, Reference, Tests string
}

// render makes all files by their paths.
func render(c Config, l *language, f *family) (map[string][]byte, error) {
	s := subject{
		family: f, Name: c.Name, Language: l.name, Family: f.Name, License: "MIT", Build: named(l.build, c.Name), Run: named(l.run, c.Name),
		Defaults: l.defaults[f.Name], SDK: c.SDK.Clone, SDKVersion: c.SDK.Version,
		Source: l.source, Reference: l.reference, Tests: l.tests,
	}
	if s.SDKVersion == "" {
		s.SDKVersion = "v0.0.0" // any will do where a clone is in its place
	}
	// Written <% and %>, actions leave alone the braces of C.
	parts, err := template.New("").Delims("<%", "%>").ParseFS(templates, "templates/*/*.part")
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	for _, part := range slices.Concat(l.files, everywhere) {
		if part.families == nil || slices.Contains(part.families, f.Name) {
			if out[named(part.path, c.Name)], err = part.render(parts, s); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// render executes the template on the subject.
func (f file) render(parts *template.Template, s subject) ([]byte, error) {
	if f.template == header {
		return capi.Header(), nil
	}
	text, err := templates.ReadFile("templates/" + strings.Replace(f.template, "/F/", "/"+s.family.Name+"/", 1) + ".tmpl")
	if err != nil {
		return nil, err
	}
	set, err := parts.Clone()
	if err != nil {
		return nil, err
	}
	t, err := set.New(f.template).Parse(string(text))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, s); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// named puts the plugin's name where %s is.
func named(pattern, name string) string { return strings.ReplaceAll(pattern, "%s", name) }
