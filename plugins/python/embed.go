// Package python holds the SDK in which solvers are written in Python, so that the harness can install it where there is no registry to
// ask: WriteSDK writes it as a project that pip installs. Its documentation is README.md.
package python

import (
	"embed"
	"io/fs"
	"os"
	"path/filepath"
)

// Version is that of the SDK, as pip knows it.
const Version = "0.1.0"

// Patterns instead of the folder: a folder would bring the caches of an interpreter that has run there.
//
//go:embed pyproject.toml README.md src/solverbench/*.py src/solverbench/py.typed src/solverbench/_proto/*.py src/solverbench/_proto/*.pyi
var sdk embed.FS

// WriteSDK writes the SDK's project into the folder dir, which it makes if need be: pip install DIR installs it.
func WriteSDK(dir string) error {
	return fs.WalkDir(sdk, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		at := filepath.Join(dir, filepath.FromSlash(path))
		if d.IsDir() {
			return os.MkdirAll(at, 0o777)
		}
		text, err := sdk.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(at, text, 0o666)
	})
}
