package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// format is the version of the layout that this package writes, and the only one that it reads.
const format = 1

// Names within a bundle.
const (
	ManifestName    = "manifest.json"
	DatabaseName    = "runs.db"
	LeaderboardName = "leaderboard.json"
	SiteFolder      = "site"
	suiteFolder     = "suites"
	solutionFolder  = "solutions"
	pluginFolder    = "plugins"
)

// What a bundle may have at most: far more than bundles have, and less than would fill a disk unseen.
const (
	mostFiles    = 100_000
	mostBytes    = 16 << 30
	mostManifest = 64 << 20
	mostName     = 500

	usualBytes = 1 << 30 // that any archive may unpack to; others
	mostRatio  = 200     // to this many times their size
)

// Manifest says what is in a bundle.
type Manifest struct {
	Format    int        `json:"format"`
	Made      time.Time  `json:"made"`
	Version   string     `json:"version"`  // of solverbench
	Revision  string     `json:"revision"` // of solverbench
	Selection Selection  `json:"selection"`
	Site      Site       `json:"site"`
	Plugins   []Plugin   `json:"plugins"`
	Solutions []Solution `json:"solutions"`
	Files     []File     `json:"files"` // all but the manifest, sorted
}

// Selection says which runs of which database were chosen.
type Selection struct {
	Database   string   `json:"database"` // its name, without the folder
	Problems   []string `json:"problems"`
	Solvers    []string `json:"solvers"`
	Experiment int64    `json:"experiment"` // 0 if of any
	All        bool     `json:"all"`        // runs that newer ones took the place of, too
	Runs       int      `json:"runs"`
	LeftOut    int      `json:"left_out"` // runs of the database that were not chosen
}

// Site is what the pages were made from beside the runs.
type Site struct {
	Title   string            `json:"title"`
	Solvers map[string]Solver `json:"solvers"` // by plugin/solver, as the plugin tells it
}

// Solver is what is told of a solver.
type Solver struct {
	Doc      string `json:"doc"`
	Citation string `json:"citation"`
}

// Plugin is one that runs were made with.
type Plugin struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Licence  string `json:"licence"`
	Language string `json:"language"`
	SHA256   string `json:"sha256"` // of what it consists of, as runs have it
	Bundled  bool   `json:"bundled"`
	// Source is where it was installed from, Subfolder the folder in there, Revision the commit or the version; empty if unknown.
	Source    string `json:"source"`
	Subfolder string `json:"subfolder"`
	Revision  string `json:"revision"`
	// Folder is where its sources are in the bundle, or empty; then Omitted says why.
	Folder  string `json:"folder"`
	Omitted string `json:"omitted"`
}

// Solution is an array of the final solution of a run.
type Solution struct {
	Run  int64  `json:"run"`
	Name string `json:"name"` // of the array, which is that of the run's artifact
	File string `json:"file"`
}

// File is one in the archive.
type File struct {
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// parseManifest reads and checks a manifest.
func parseManifest(text []byte) (*Manifest, error) {
	m := &Manifest{}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var version struct{ Format int }
	if err := json.Unmarshal(text, &version); err == nil && version.Format > format {
		return nil, fmt.Errorf("format: %d, expected %d: a newer solverbench made it", version.Format, format)
	}
	if err := d.Decode(m); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one value, expected one")
	}
	return m, m.check()
}

var sumForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

func (m *Manifest) check() error {
	if m.Format != format {
		return fmt.Errorf("format: %d, expected %d", m.Format, format)
	}
	if len(m.Files) > mostFiles {
		return fmt.Errorf("files: %d, expected at most %d", len(m.Files), mostFiles)
	}
	listed, folders := map[string]bool{}, map[string]bool{}
	var total int64
	for i, f := range m.Files {
		field := func(name string) string { return fmt.Sprintf("files[%d].%s", i, name) }
		if err := checkName(f.Path); err != nil {
			return fmt.Errorf("%s: %w", field("path"), err)
		}
		switch {
		case f.Path == ManifestName:
			return fmt.Errorf("%s: %q, expected no entry for the manifest itself", field("path"), f.Path)
		case listed[f.Path]:
			return fmt.Errorf("%s: %q is there twice", field("path"), f.Path)
		case f.Bytes < 0 || f.Bytes > mostBytes-total:
			return fmt.Errorf("%s: %d of %q, expected files of at most %d together", field("bytes"), f.Bytes, f.Path, int64(mostBytes))
		case !sumForm.MatchString(f.SHA256):
			return fmt.Errorf("%s: %q, expected 64 hexadecimal digits", field("sha256"), f.SHA256)
		}
		total += f.Bytes
		listed[f.Path] = true
		for dir := path.Dir(f.Path); dir != "." && !folders[dir]; dir = path.Dir(dir) {
			folders[dir] = true
		}
	}
	for _, f := range m.Files {
		if folders[f.Path] {
			return fmt.Errorf("files: %q is a file and a folder", f.Path)
		}
	}
	for _, name := range []string{DatabaseName, LeaderboardName} {
		if !listed[name] {
			return fmt.Errorf("files: no %s, expected one", name)
		}
	}
	return m.checkContents(listed, folders)
}

// checkContents checks what refers to files.
func (m *Manifest) checkContents(listed, folders map[string]bool) error {
	arrays := map[string]bool{}
	for i, s := range m.Solutions {
		array := fmt.Sprintf("%s of run %d", s.Name, s.Run)
		if arrays[array] {
			return fmt.Errorf("solutions[%d]: %s is there twice", i, shorten(array))
		}
		arrays[array] = true
		if !listed[s.File] || !strings.HasPrefix(s.File, solutionFolder+"/") || path.Ext(s.File) != ".npy" {
			return fmt.Errorf("solutions[%d].file: %q, expected a file *.npy in %s", i, s.File, solutionFolder)
		}
	}
	for i, p := range m.Plugins {
		if p.Folder != "" && (!folders[p.Folder] || !strings.HasPrefix(p.Folder, pluginFolder+"/")) {
			return fmt.Errorf("plugins[%d].folder: %q, expected a folder in %s", i, p.Folder, pluginFolder)
		}
	}
	return nil
}

// checkName says in what way a name is not that of a file in a bundle.
func checkName(name string) error {
	top, below, inFolder := strings.Cut(name, "/")
	switch {
	case !fs.ValidPath(name) || strings.ContainsRune(name, '\\'):
		return fmt.Errorf("%q, expected a path below the folder it is unpacked into", shorten(name))
	case len(name) > mostName || slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool { return len(part) > 255 }):
		return fmt.Errorf("%q, expected a shorter name", shorten(name))
	case strings.IndexFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) >= 0:
		return fmt.Errorf("%q, expected a name that can be printed", name)
	case !inFolder && slices.Contains([]string{ManifestName, DatabaseName, LeaderboardName}, name):
	case inFolder && below != "" && slices.Contains([]string{SiteFolder, suiteFolder, solutionFolder, pluginFolder}, top):
	default:
		return fmt.Errorf("%q, expected one of %s, %s, %s, or a file in %s, %s, %s or %s", name,
			ManifestName, DatabaseName, LeaderboardName, suiteFolder, SiteFolder, solutionFolder, pluginFolder)
	}
	return nil
}

// shorten keeps messages readable.
func shorten(name string) string {
	if len(name) > 200 {
		return name[:200] + "…"
	}
	return name
}
