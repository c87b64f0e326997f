//go:build !cgo || !linux

package capi

import "fmt"

// Serve says why shared libraries cannot be plugins of this program.
func Serve(path string) error {
	return fmt.Errorf("%s: this solverbench was built without cgo or not for Linux, and cannot load shared libraries; build it with a C compiler there, CGO_ENABLED=1", path)
}
