//go:build !linux

package results

import (
	"os"
	"testing"
)

// unprivileged runs f unless the tests run as root, whom no permission stops.
func unprivileged(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() == 0 {
		t.Skip("a thread cannot drop privileges here: run the tests as another user than root")
	}
	f()
}
