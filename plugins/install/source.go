package install

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// kind is what sort of place a plugin is installed from.
type kind string

const (
	fromFile   kind = "file"
	fromFolder kind = "folder"
	fromGit    kind = "git"
	fromGo     kind = "go"
)

// source is a place that a plugin is installed from.
type source struct {
	kind     kind
	location string // a path, a URL, or the path of a Go package
	ref      string // of git, or the version of a Go module; empty means the newest
}

// String writes a source the way that parseSource reads it.
func (s source) String() string {
	if s.ref == "" {
		return s.location
	}
	return s.location + "@" + s.ref
}

var (
	urlForm     = regexp.MustCompile(`^(https?|ssh|git|file)://[^/]`)
	fileURLForm = regexp.MustCompile(`^file:///`)
	scpForm     = regexp.MustCompile(`^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:[^:]+$`)
	goForm      = regexp.MustCompile(`^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(/[A-Za-z0-9._~-]+)+$`)
	refForm     = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._/+-]*$`)
)

// parseSource finds out what people mean by the place of a plugin: a file or a folder if there is one, else a URL of git, else a Go package.
func parseSource(text string) (source, error) {
	if strings.IndexFunc(text, func(r rune) bool { return r < ' ' }) >= 0 || text == "" {
		return source{}, fmt.Errorf("%q, expected a path, a URL of git, or a Go package", text)
	}
	if info, err := os.Stat(text); err == nil {
		path, err := filepath.Abs(text)
		switch {
		case err != nil:
			return source{}, err
		case !info.IsDir():
			return source{kind: fromFile, location: path}, nil
		case isBareRepository(path):
			return source{kind: fromGit, location: path}, nil
		}
		return source{kind: fromFolder, location: path}, nil
	} else if filepath.IsAbs(text) || text[0] == '.' {
		return source{}, err
	}
	location, ref := cutRef(text)
	s := source{location: location, ref: ref}
	switch {
	case urlForm.MatchString(location), fileURLForm.MatchString(location), scpForm.MatchString(location):
		s.kind = fromGit
	case goForm.MatchString(location):
		s.kind = fromGo
	default:
		return source{}, fmt.Errorf("%q: there is no such file; expected a path, a URL of git such as https://example.com/x.git@v1, or a Go package such as example.com/x/cmd/x@latest", text)
	}
	if ref != "" && !refForm.MatchString(ref) || strings.HasSuffix(text, "@") {
		return source{}, fmt.Errorf("%q: %q behind the @, expected a branch, a tag, a commit or a version", text, ref)
	}
	return s, nil
}

// cutRef cuts off what follows the last @ of a URL's path; that in user@host stays.
func cutRef(text string) (location, ref string) {
	at := strings.LastIndexByte(text, '@')
	if at <= 0 {
		return text, ""
	}
	before := text[:at]
	if _, path, isURL := strings.Cut(before, "://"); isURL {
		if !strings.ContainsRune(path, '/') {
			return text, ""
		}
	} else if !strings.ContainsAny(before, "/:") {
		return text, ""
	}
	return before, text[at+1:]
}

// isBareRepository says whether a folder is a git repository without files.
func isBareRepository(dir string) bool {
	for _, name := range []string{"HEAD", "objects", "refs"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}
