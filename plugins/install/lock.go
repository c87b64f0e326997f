package install

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// LockName is the name of the file in a user's folder that says what was installed.
const LockName = "lock.json"

// lockFormat is that of the lock file.
const lockFormat = 1

// Lock says what was installed into a folder.
type Lock struct {
	Format  int              `json:"format"`
	Plugins map[string]Entry `json:"plugins"`
}

// Entry says what was installed of one plugin.
type Entry struct {
	// Source is the place it came from: a path, a URL of git or a Go package, perhaps with @ and a version.
	Source string `json:"source"`
	// Subfolder is the plugin's folder in there, empty if it is all of it.
	Subfolder string `json:"subfolder,omitempty"`
	// Revision is the commit, or the version of the Go module.
	Revision string `json:"revision,omitempty"`
	Version  string `json:"version"`
	// SHA256 is the checksum of what the plugin consists of, as runs have it.
	SHA256    string    `json:"sha256"`
	Installed time.Time `json:"installed"`
	// By is the version of solverbench that did it.
	By string `json:"by"`
}

var sumForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// ParseLock reads a lock file. Errors point at the line.
func ParseLock(text []byte) (*Lock, error) {
	lock := &Lock{}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(lock); err != nil {
		return nil, fmt.Errorf("line %d: %w", lineOf(text, d, err), err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("line %d: more than one value, expected one", 1+bytes.Count(text[:d.InputOffset()], []byte("\n")))
	}
	if lock.Format != lockFormat {
		return nil, fmt.Errorf("format: %d, expected %d, which this solverbench writes", lock.Format, lockFormat)
	}
	for name, e := range lock.Plugins {
		switch {
		case !nameForm.MatchString(name):
			return nil, fmt.Errorf("plugins: %q, expected the name of a plugin", name)
		case e.Source == "":
			return nil, fmt.Errorf("plugins.%s.source: nothing, expected where it came from", name)
		case e.Subfolder != "" && !filepath.IsLocal(e.Subfolder):
			return nil, fmt.Errorf("plugins.%s.subfolder: %q, expected a folder in the source", name, e.Subfolder)
		case !sumForm.MatchString(e.SHA256):
			return nil, fmt.Errorf("plugins.%s.sha256: %q, expected 64 hexadecimal digits", name, e.SHA256)
		}
	}
	return lock, nil
}

// lineOf is the line of a decoder's error.
func lineOf(text []byte, d *json.Decoder, err error) int {
	offset := d.InputOffset()
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
	}
	return 1 + bytes.Count(text[:min(max(0, int(offset)), len(text))], []byte("\n"))
}

// Lock reads the folder's lock file; one that is not there is empty.
func (f *Folder) Lock() (*Lock, error) {
	path := filepath.Join(f.Dir, LockName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Lock{Format: lockFormat, Plugins: map[string]Entry{}}, nil
	}
	if err != nil {
		return nil, err
	}
	lock, err := ParseLock(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w (without the file the plugins stay, but where they came from is forgotten)", path, err)
	}
	if lock.Plugins == nil {
		lock.Plugins = map[string]Entry{}
	}
	return lock, nil
}

// writeLock puts a lock file in the place of the present one.
func (f *Folder) writeLock(lock *Lock) error {
	text, err := json.MarshalIndent(lock, "", "  ")
	if err != nil {
		return fmt.Errorf("writing %s: %w", LockName, err)
	}
	temporary := filepath.Join(f.Dir, temporaryPrefix+LockName)
	if err := os.WriteFile(temporary, append(text, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(temporary, filepath.Join(f.Dir, LockName))
}
