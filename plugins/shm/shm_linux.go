package shm

import (
	"os"

	"golang.org/x/sys/unix"
)

// populate maps pages at once instead of one by one when they are first touched.
const populate = unix.MAP_POPULATE

// allocate gives a new file its pages.
func allocate(f *os.File, size int) error {
	for {
		if err := unix.Fallocate(int(f.Fd()), 0, 0, int64(size)); err != unix.EINTR { // a signal: large segments take seconds
			return err
		}
	}
}
