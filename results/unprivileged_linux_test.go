package results

import (
	"os"
	"runtime"
	"syscall"
	"testing"
)

// unprivileged runs f on a thread whose access to files is that of nobody, if the tests run as root, whom no
// permission stops.
func unprivileged(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		f()
		return
	}
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		err := syscall.Setfsuid(65534)
		if err == nil {
			f()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		t.Skipf("cannot drop privileges: %v", err)
	}
}
