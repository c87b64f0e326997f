package bundle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// What the sources of one plugin may be at most. What is larger is data or was built.
const (
	mostSourceBytes = 32 << 20
	mostSourceFiles = 5_000
)

// Source is a plugin with the folder that its sources lie in, if that is known; else Omitted of the plugin says why not.
type Source struct {
	Plugin
	Dir string
}

// take copies the sources of a plugin below the folder stage, or says why not.
func (s *Source) take(ctx context.Context, stage string) (Plugin, error) {
	p := s.Plugin
	switch {
	case s.Dir == "":
		return p, nil
	case p.Licence == "":
		p.Omitted = "it tells of no licence"
		return p, nil
	case !mayPassOn(p.Licence):
		p.Omitted = fmt.Sprintf("its licence %q is none of those known to permit passing sources on", p.Licence)
		return p, nil
	}
	files, err := sources(ctx, s.Dir)
	var large *tooLargeError
	switch {
	case errors.As(err, &large):
		p.Omitted = large.Error()
		return p, nil
	case err != nil:
		return p, fmt.Errorf("the sources of plugin %s: %w", p.Name, err)
	case !slices.ContainsFunc(files, func(name string) bool { return name != "plugin.yaml" }):
		p.Omitted = "there are no sources in its folder"
		return p, nil
	}
	folder := pluginFolder + "/" + p.Name
	for _, name := range files {
		if err := copyFile(filepath.Join(s.Dir, name), filepath.Join(stage, folder, name)); err != nil {
			return p, fmt.Errorf("the sources of plugin %s: %w", p.Name, err)
		}
	}
	p.Folder = folder
	return p, nil
}

type tooLargeError struct{ what string }

func (e *tooLargeError) Error() string { return e.what }

// generated are folders that tools fill.
var generated = []string{"__pycache__", "node_modules", "build", "dist", "target"}

// sources lists the files in a folder that people have written, as far as one can tell: none that is hidden, a link, or machine code, and
// none that tools have made.
func sources(ctx context.Context, dir string) (files []string, err error) {
	var total int64
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || path == dir {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		hidden := strings.HasPrefix(d.Name(), ".")
		if d.IsDir() {
			if _, err := os.Stat(filepath.Join(path, "pyvenv.cfg")); err == nil || hidden || slices.Contains(generated, d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if hidden || !d.Type().IsRegular() || checkName(pluginFolder+"/x/"+filepath.ToSlash(name)) != nil {
			return nil
		}
		if machine, err := isMachineCode(path); machine || err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		files = append(files, filepath.ToSlash(name))
		if total += info.Size(); total > mostSourceBytes || len(files) > mostSourceFiles {
			return &tooLargeError{fmt.Sprintf("there are more than %d MiB or %d files in its folder", mostSourceBytes>>20, mostSourceFiles)}
		}
		return nil
	})
	return files, err
}

// isMachineCode says whether a file is an ELF executable, library or object, or an archive of such.
func isMachineCode(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	head := make([]byte, 8)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, err
	}
	return bytes.HasPrefix(head[:n], []byte("\x7fELF")) || bytes.HasPrefix(head[:n], []byte("!<arch>\n")), nil
}

// copyFile copies a regular file to a new one, with its folder.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: not a regular file", from)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644|info.Mode().Perm()&0o111)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return fmt.Errorf("copying %s: %w", from, err)
	}
	return out.Close()
}
