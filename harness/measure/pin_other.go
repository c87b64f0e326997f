//go:build !linux

package measure

import (
	"errors"
	"fmt"
	"runtime"
)

// Pin fails: this system does not keep threads on cores.
func Pin(cores []int) (restore func(), err error) {
	return nil, fmt.Errorf("pinning to cores %v: %w on %s", cores, errors.ErrUnsupported, runtime.GOOS)
}

// onCore calls f wherever the scheduler puts it.
func onCore(_ int, f func()) error {
	f()
	return nil
}
