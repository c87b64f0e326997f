package arrayio

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/solverbench/solverbench/metrics"
)

// reader reads one format, given its size in bytes. Its errors begin with the field.
type reader func(r io.Reader, size int64) (metrics.Array, error)

// readers by lower-case extension.
func readers() map[string]reader {
	return map[string]reader{
		".npy": decodeNPY,
		".png": decodeImage, ".jpg": decodeImage, ".jpeg": decodeImage, ".tif": decodeImage, ".tiff": decodeImage,
	}
}

// extensions that Read accepts, for messages.
const extensions = ".npy, .png, .jpg, .jpeg, .tif or .tiff"

// Read reads an array from a .npy file or an image, told apart by extension. An image is [H][W][C].
func Read(path string) (metrics.Array, error) {
	read, ok := readers()[strings.ToLower(filepath.Ext(path))]
	if !ok {
		return metrics.Array{}, fmt.Errorf("%s: extension: %q, expected %s", path, filepath.Ext(path), extensions)
	}
	var a metrics.Array
	err := open(path, func(f *os.File, size int64) (err error) {
		a, err = read(f, size)
		return err
	})
	return a, err
}

// open calls f with an open regular file and its size, and names the file in errors.
func open(path string, f func(file *os.File, size int64) error) error {
	info, err := os.Stat(path)
	if err != nil {
		return pathError(path, err)
	}
	if !info.Mode().IsRegular() { // opening a pipe would wait for its writer
		return fmt.Errorf("%s: %s, expected a regular file", path, kindOf(info.Mode()))
	}
	file, err := os.Open(path)
	if err != nil {
		return pathError(path, err)
	}
	defer file.Close()
	if err := f(file, info.Size()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func kindOf(m os.FileMode) string {
	if m.IsDir() {
		return "a folder"
	}
	return "a special file"
}

// pathError puts the path first, as in all other messages.
func pathError(path string, err error) error {
	if pe, ok := errors.AsType[*os.PathError](err); ok {
		err = pe.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}

// ReadSet reads a file as [Read] does, or all the arrays and images of a folder in byte order of their names. Other
// files, hidden files and folders within are passed over; a folder without any array is an error. Names
// of the set's items are those of the files without their folder.
func ReadSet(path string) (metrics.Set, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, pathError(path, err)
	}
	files := []string{path}
	if info.IsDir() {
		if files, err = Files(path); err != nil {
			return nil, err
		}
	}
	var set metrics.Set
	for _, file := range files {
		a, err := Read(file)
		if err != nil {
			return nil, err
		}
		set = append(set, metrics.Item{Name: filepath.Base(file), Array: a})
	}
	return set, nil
}

// Files returns the paths of the arrays and images in a folder, in the order in which [ReadSet] reads them.
func Files(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, pathError(folder, err)
	}
	known := readers()
	var files []string
	for _, e := range entries {
		_, ok := known[strings.ToLower(filepath.Ext(e.Name()))]
		if ok && !e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			files = append(files, filepath.Join(folder, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: %d entries, expected at least one file named %s", folder, len(entries), extensions)
	}
	slices.Sort(files)
	return files, nil
}

// create writes a file through f; a regular file is removed if that fails.
func create(path string, f func(w io.Writer) error) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return pathError(path, err)
	}
	defer func() {
		if cerr := file.Close(); err == nil && cerr != nil {
			err = pathError(path, cerr)
		}
		if info, serr := os.Lstat(path); err != nil && serr == nil && info.Mode().IsRegular() {
			os.Remove(path)
		}
	}()
	if err := f(file); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
