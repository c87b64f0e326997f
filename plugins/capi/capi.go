// Package capi runs solvers that are written in C, or in any language that can export C functions: a shared library with
// the four functions of solverbench.h, whose comments are the documentation. README.md says how to write one in ten minutes.
//
// Serve makes this process the plugin: it loads the library and is its side of the protocol. It knows no family: it
// hands over the fields of any message by their paths, and builds any solution by name.
package capi

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
)

//go:embed solverbench.h
var header []byte

//go:embed fortran/solverbench.f90
var fortran []byte

// Header returns solverbench.h, which all that a library in C or C++ needs is in.
func Header() []byte { return bytes.Clone(header) }

// WriteHeaders writes what libraries are compiled against into a folder: solverbench.h, and solverbench.f90 for Fortran.
func WriteHeaders(dir string) error {
	for name, text := range map[string][]byte{"solverbench.h": header, "solverbench.f90": fortran} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return fmt.Errorf("writing the C headers: %w", err)
		}
	}
	return nil
}
