//go:build unix && !linux

package shm

import "os"

const populate = 0

// allocate gives a new file its pages by writing them, which works everywhere.
func allocate(f *os.File, size int) error {
	zeros := make([]byte, min(size, 1<<20))
	for at := 0; at < size; at += len(zeros) {
		if _, err := f.Write(zeros[:min(len(zeros), size-at)]); err != nil {
			return err
		}
	}
	return nil
}
