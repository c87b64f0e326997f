package site

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// listName is the file that has the names of the pages and pictures of a folder, a line each: when a site is written over another, those
// that it no longer has go.
const listName = "assets/files.txt"

// ownFile are the names that pages and pictures can have. Whatever else a list holds is somebody else's.
var ownFile = regexp.MustCompile(`^([a-z0-9-]+\.html|images/[0-9a-f]{16}\.png)$`)

// WriteDir writes a file a page into a folder, which is made if it is not there, with pictures, the style sheet and the script. Pages and
// pictures of a site that was written there before are replaced; other files are left alone.
func (s *Site) WriteDir(ctx context.Context, dir string) error {
	before, err := readList(dir)
	if err != nil {
		return err
	}
	for _, folder := range []string{"assets", "images"} {
		if folder == "images" && len(s.views.pictures) == 0 {
			continue
		}
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			return err
		}
	}
	files := map[string][]byte{"assets/site.css": asset("site.css"), "assets/site.js": asset("site.js")}
	maps.Copy(files, s.views.pictures)
	var names []string
	for _, p := range s.pages {
		names = append(names, p.Name+".html")
	}
	names = append(names, slices.Sorted(maps.Keys(s.views.pictures))...)
	// Whoever is interrupted has a list of all that may be there.
	union := slices.Compact(slices.Sorted(slices.Values(slices.Concat(before, names))))
	if err := writeList(dir, union); err != nil {
		return err
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	for i := range s.pages {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.writeFile(filepath.Join(dir, s.pages[i].Name+".html"), &s.pages[i]); err != nil {
			return err
		}
	}
	for _, name := range before {
		if slices.Contains(names, name) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return writeList(dir, names)
}

func (s *Site) writeFile(path string, p *page) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := s.writePage(f, p); err != nil {
		f.Close()
		return fmt.Errorf("%s: %w", path, err)
	}
	return f.Close()
}

// readList returns the pages and pictures that a folder has of a site, none if there was none.
func readList(dir string) ([]string, error) {
	text, err := os.ReadFile(filepath.Join(dir, listName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(strings.Fields(string(text)), func(name string) bool { return !ownFile.MatchString(name) }), nil
}

func writeList(dir string, names []string) error {
	return os.WriteFile(filepath.Join(dir, listName), []byte(strings.Join(names, "\n")+"\n"), 0o644)
}
