// Package shm maps one file-backed segment into the harness and a plugin, so that arrays
// travel between them without being copied through the transport.
//
// The segment lies in the first of the given folders that has room. Its pages are reserved when it is created: a full file system is an error then
// and not a signal later.
package shm

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Segment is a mapped file. The part below the boundary given to Open is read-only.
type Segment struct {
	path   string
	mapped []byte
	named  *os.File // of the side that created it, until the name is removed
}

// Dir is where segments should lie: files there are memory.
const Dir = "/dev/shm"

// pattern is that of the names of segments in their folder.
const pattern = "solverbench-*.segment"

// Create makes and maps a segment of size bytes, readable and writable in full, in the first folder that can hold it. It
// is removed when closed.
func Create(size int, dirs ...string) (*Segment, error) {
	var errs []error
	for _, dir := range dirs {
		s, err := createIn(dir, size)
		if err == nil {
			return s, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

func createIn(dir string, size int) (*Segment, error) {
	dir, err := filepath.Abs(dir) // the other side may work elsewhere
	if err != nil {
		return nil, fmt.Errorf("creating a shared segment: %w", err)
	}
	f, err := os.CreateTemp(dir, pattern)
	if err != nil {
		return nil, fmt.Errorf("creating a shared segment: %w", err)
	}
	mapped, err := reserve(f, size)
	if err != nil {
		f.Close()
		os.Remove(f.Name())
		return nil, err
	}
	return &Segment{path: f.Name(), mapped: mapped, named: f}, nil
}

// reserve gives the new file its pages and maps it.
func reserve(f *os.File, size int) ([]byte, error) {
	if err := allocate(f, size); err != nil {
		return nil, fmt.Errorf("reserving %d bytes for a shared segment in %s: %w", size, filepath.Dir(f.Name()), err)
	}
	mapped, err := unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("mapping %s: %w", f.Name(), err)
	}
	return mapped, nil
}

// Open maps an existing segment of size bytes. The first readOnly bytes, rounded down to whole
// pages, cannot be written through the mapping: a solver that tries to change its input faults.
func Open(path string, size, readOnly int) (*Segment, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("opening the shared segment: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("opening the shared segment: %w", err)
	}
	if size <= 0 || info.Size() < int64(size) || readOnly < 0 || readOnly > size {
		return nil, fmt.Errorf("shared segment %s has %d bytes, expected %d with %d read-only", path, info.Size(), size, readOnly)
	}
	mapped, err := unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|populate)
	if err != nil {
		return nil, fmt.Errorf("mapping %s: %w", path, err)
	}
	if n := readOnly &^ (os.Getpagesize() - 1); n > 0 {
		if err := unix.Mprotect(mapped[:n], unix.PROT_READ); err != nil {
			unix.Munmap(mapped)
			return nil, fmt.Errorf("protecting the input of %s: %w", path, err)
		}
	}
	return &Segment{path: path, mapped: mapped}, nil
}

// Path returns the absolute path of the file.
func (s *Segment) Path() string { return s.path }

// Size returns the bytes mapped.
func (s *Segment) Size() int { return len(s.mapped) }

// Bytes returns a view of n bytes at offset, after checking that they lie in [lo, hi).
func (s *Segment) Bytes(offset uint64, n, lo, hi int) ([]byte, error) {
	if n < 0 || hi > len(s.mapped) || offset < uint64(lo) || offset > uint64(hi) || uint64(n) > uint64(hi)-offset {
		return nil, fmt.Errorf("%d bytes at offset %d are outside [%d, %d) of the shared segment", n, offset, lo, hi)
	}
	return s.mapped[offset : offset+uint64(n) : offset+uint64(n)], nil
}

// Offset returns where b starts in the segment, if it lies in it.
func (s *Segment) Offset(b []byte) (uint64, bool) {
	if s == nil || len(b) == 0 || len(s.mapped) == 0 {
		return 0, false
	}
	base := uintptr(unsafe.Pointer(unsafe.SliceData(s.mapped)))
	p := uintptr(unsafe.Pointer(unsafe.SliceData(b)))
	if p < base || p+uintptr(len(b)) > base+uintptr(len(s.mapped)) {
		return 0, false
	}
	return uint64(p - base), true
}

// Unlink removes the file's name on the side that created it. Those who have the segment mapped keep it, and nothing is
// left of it once they have ended, however they end.
func (s *Segment) Unlink() error {
	if s == nil || s.named == nil {
		return nil
	}
	err := errors.Join(os.Remove(s.path), s.named.Close())
	s.named = nil
	return err
}

// Close unmaps the segment and, on the side that created it, removes the file. Views of it must
// no longer be used.
func (s *Segment) Close() error {
	if s == nil || s.mapped == nil {
		return nil
	}
	err := unix.Munmap(s.mapped)
	s.mapped = nil
	return errors.Join(err, s.Unlink())
}
