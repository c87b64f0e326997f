package host

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Program is a plugin as it lies on the disk: how it is launched and what it consists of.
type Program struct {
	// Command, Env and Readable are those of Config.
	Command  []string
	Env      []string
	Readable []string
	// Where it is, for people, and to find it again by; the executable if empty.
	Where string
	// Files are what the plugin is, files and folders; nil means the executable.
	Files []string
	// Packages is what else belongs to it, such as the versions of an interpreter's packages.
	Packages string
}

// Config is how it is launched.
func (p *Program) Config() Config {
	return Config{Command: p.Command, Env: p.Env, Readable: p.Readable}
}

// Path is where it is.
func (p *Program) Path() string { return cmp.Or(p.Where, p.Command[0]) }

func (p *Program) files() []string {
	if len(p.Files) > 0 {
		return p.Files
	}
	return p.Command[:1]
}

// Checksum is the SHA-256 of what the plugin consists of: that of the file if it is one, else that of a list of the files and their
// SHA-256, by names relative to the first. It does not depend on where the plugin lies.
func (p *Program) Checksum() (string, error) {
	files := p.files()
	if info, err := os.Stat(files[0]); err == nil && len(files) == 1 && p.Packages == "" && info.Mode().IsRegular() {
		return FileSum(files[0])
	}
	h := sha256.New()
	err := p.walk(func(path, name string, info fs.FileInfo) error {
		if info.Mode()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(path)
			fmt.Fprintf(h, "link %q %q\n", name, target)
			return err
		}
		sum, err := FileSum(path)
		fmt.Fprintf(h, "file %q %t %s\n", name, info.Mode()&0o111 != 0, sum)
		return err
	})
	if err != nil {
		return "", err
	}
	fmt.Fprintf(h, "packages %q\n", p.Packages)
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Stamp changes whenever the checksum or the way of launching does, and is found without reading files: nobody can set the time of a
// file's last change.
func (p *Program) Stamp() (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q\n", p.Command, p.Env, p.Packages)
	err := p.walk(func(path, _ string, _ fs.FileInfo) error {
		var st unix.Stat_t
		if err := unix.Lstat(path, &st); err != nil {
			return &fs.PathError{Op: "lstat", Path: path, Err: err}
		}
		fmt.Fprintf(h, "%q %d %d %d %o %v %v\n", path, st.Dev, st.Ino, st.Size, st.Mode, st.Mtim, st.Ctim)
		return nil
	})
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// walk calls f for the files in their order, those in folders without what is not the plugin's own: hidden ones, a virtual environment
// among them, and what Python keeps of compiling. Links are followed where they are named in Files.
func (p *Program) walk(f func(path, name string, info fs.FileInfo) error) error {
	files := p.files()
	base := files[0]
	if info, err := os.Stat(base); err == nil && !info.IsDir() {
		base = filepath.Dir(base)
	}
	for _, top := range files {
		resolved, err := filepath.EvalSymlinks(top)
		if err != nil {
			return err
		}
		err = filepath.WalkDir(resolved, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if path != resolved && (strings.HasPrefix(d.Name(), ".") || d.Name() == "__pycache__") {
				if d.IsDir() {
					return fs.SkipDir
				}
				return nil
			}
			if d.IsDir() {
				return nil
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			if !info.Mode().IsRegular() && info.Mode()&fs.ModeSymlink == 0 {
				return fmt.Errorf("%s: neither a file nor a folder, expected nothing else in a plugin", path)
			}
			inside, err := filepath.Rel(resolved, path)
			if err != nil {
				return err
			}
			name, err := filepath.Rel(base, filepath.Join(top, inside))
			if err != nil {
				return err
			}
			return f(path, filepath.ToSlash(name), info)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// FileSum is the SHA-256 of a file.
func FileSum(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("reading %s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
