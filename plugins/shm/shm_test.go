package shm

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// As a child, this program opens a segment and writes where it is told to.
const (
	childPath  = "SOLVERBENCH_TEST_SEGMENT"
	childWrite = "SOLVERBENCH_TEST_WRITE"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		if err := child(path, os.Getenv(childWrite)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(3)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child reads the first byte, tells it, and writes 42 at the given offset of a segment of two pages, one of
// them read-only.
func child(path, offset string) error {
	at, err := strconv.Atoi(offset)
	if err != nil {
		return err
	}
	page := os.Getpagesize()
	s, err := Open(path, 2*page, page)
	if err != nil {
		return err
	}
	b, err := s.Bytes(0, 2*page, 0, 2*page)
	if err != nil {
		return err
	}
	fmt.Println("read", b[0])
	b[at] = 42
	fmt.Println("wrote")
	return s.Close()
}

func create(t *testing.T, size int) *Segment {
	t.Helper()
	s, err := Create(size, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func all(t *testing.T, s *Segment) []byte {
	t.Helper()
	b, err := s.Bytes(0, s.Size(), 0, s.Size())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTwoSides(t *testing.T) {
	const size = 10000 // no multiple of a page
	s := create(t, size)
	if s.Size() != size || !filepath.IsAbs(s.Path()) {
		t.Errorf("size %d in %s", s.Size(), s.Path())
	}
	if b := all(t, s); len(bytes.Trim(b, "\x00")) != 0 {
		t.Error("a new segment is not zero")
	}
	info, err := os.Stat(s.Path())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v), want 0600: what solvers compute is nobody else's", info.Mode(), err)
	}
	other, err := Open(s.Path(), size, 0)
	if err != nil {
		t.Fatal(err)
	}
	all(t, s)[7], all(t, other)[size-1] = 1, 2
	if all(t, other)[7] != 1 || all(t, s)[size-1] != 2 {
		t.Error("what one side writes the other does not read")
	}
	for range 2 { // closing twice is harmless
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(s.Path()); err != nil {
		t.Errorf("the side that opened removed the file: %v", err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(s.Path()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after closing, the file is there (%v)", err)
	}
	if _, err := s.Bytes(0, 1, 0, 1); err == nil {
		t.Error("a closed segment has bytes")
	}
	var none *Segment
	if err := none.Close(); err != nil {
		t.Error(err)
	}
}

// TestReadOnlyInput: a process that writes to the input ends by a fault, and the input is as it was; the output
// is its own.
func TestReadOnlyInput(t *testing.T) {
	page := os.Getpagesize()
	for _, c := range []struct {
		at    int
		fault bool
	}{{0, true}, {page - 1, true}, {page, false}, {2*page - 1, false}} {
		s := create(t, 2*page)
		all(t, s)[0] = 9
		before := bytes.Clone(all(t, s))
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childPath+"="+s.Path(), childWrite+"="+strconv.Itoa(c.at), "GOTRACEBACK=none")
		var out, errs strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &errs
		err := cmd.Run()
		if !strings.HasPrefix(out.String(), "read 9\n") {
			t.Fatalf("the child cannot read its input: %s%s (%v)", out.String(), errs.String(), err)
		}
		var exit *exec.ExitError
		faulted := errors.As(err, &exit) && strings.Contains(errs.String(), "SIGSEGV")
		if faulted != c.fault || strings.Contains(out.String(), "wrote") == c.fault {
			t.Errorf("writing at %d: ended with %v, %q, want a fault: %v", c.at, err, errs.String(), c.fault)
		}
		if !c.fault {
			before[c.at] = 42
		}
		if !bytes.Equal(before, all(t, s)) {
			t.Errorf("after writing at %d the segment holds something else", c.at)
		}
	}
}

// TestReadOnlyWholePages: protection ends with the last whole page, as the documentation says.
func TestReadOnlyWholePages(t *testing.T) {
	page := os.Getpagesize()
	s := create(t, 2*page)
	other, err := Open(s.Path(), 2*page, page-1)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	all(t, other)[0] = 1
	if all(t, s)[0] != 1 {
		t.Error("what one side writes the other does not read")
	}
}

func TestBytesBounds(t *testing.T) {
	s := create(t, 4096)
	for _, c := range []struct {
		offset    uint64
		n, lo, hi int
		ok        bool
	}{
		{0, 4096, 0, 4096, true},
		{64, 128, 64, 192, true},
		{4096, 0, 0, 4096, true},
		{64, 129, 64, 192, false},
		{63, 1, 64, 192, false},
		{192, 1, 64, 192, false},
		{193, 0, 64, 192, false},
		{0, 4097, 0, 4096, false},
		{0, 10, 0, 5000, false}, // a limit beyond the mapping
		{0, -1, 0, 4096, false},
		{math.MaxUint64, 2, 0, 4096, false}, // offset + n overflows
		{math.MaxUint64 - 63, 128, 0, 4096, false},
		{1 << 63, 1, 0, 4096, false},
		{0, math.MaxInt, 0, 4096, false},
	} {
		b, err := s.Bytes(c.offset, c.n, c.lo, c.hi)
		if (err == nil) != c.ok {
			t.Errorf("%d bytes at %d within [%d, %d): error is %v", c.n, c.offset, c.lo, c.hi, err)
		}
		if err == nil && (len(b) != c.n || cap(b) != c.n) {
			t.Errorf("%d bytes at %d: got %d with room for %d", c.n, c.offset, len(b), cap(b))
		}
		if err != nil && !strings.Contains(err.Error(), "outside") {
			t.Errorf("error is %v", err)
		}
	}
}

func TestOffset(t *testing.T) {
	s := create(t, 4096)
	b := all(t, s)
	for _, c := range []struct {
		view []byte
		want uint64
		ok   bool
	}{
		{b, 0, true},
		{b[64:128], 64, true},
		{b[4095:], 4095, true},
		{b[4096:], 0, false}, // nothing lies nowhere
		{nil, 0, false},
		{make([]byte, 64), 0, false},
	} {
		if got, ok := s.Offset(c.view); got != c.want || ok != c.ok {
			t.Errorf("%d bytes lie at %d (%v), want %d (%v)", len(c.view), got, ok, c.want, c.ok)
		}
	}
	var none *Segment
	if _, ok := none.Offset(b); ok {
		t.Error("bytes lie in no segment")
	}
}

func TestOpenErrors(t *testing.T) {
	s := create(t, 4096)
	for _, c := range []struct {
		path           string
		size, readOnly int
	}{
		{filepath.Join(t.TempDir(), "none"), 4096, 0},
		{s.Path(), 4097, 0}, // longer than the file: touching the rest would be a signal
		{s.Path(), 0, 0},
		{s.Path(), -1, 0},
		{s.Path(), 4096, 4097},
		{s.Path(), 4096, -1},
		{t.TempDir(), 4096, 0},
	} {
		if other, err := Open(c.path, c.size, c.readOnly); err == nil {
			t.Errorf("opened %s with %d bytes, %d read-only", c.path, c.size, c.readOnly)
			other.Close()
		} else if !strings.Contains(err.Error(), c.path) {
			t.Errorf("error does not name the file: %v", err)
		}
	}
}

// TestFallback: where the first folder cannot hold the segment the second does, and an error names both.
func TestFallback(t *testing.T) {
	missing, fallback := filepath.Join(t.TempDir(), "missing"), t.TempDir()
	s, err := Create(4096, missing, fallback)
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Dir(s.Path()) != fallback {
		t.Errorf("the segment is %s, want it in %s", s.Path(), fallback)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for _, size := range []int{1 << 60, 0, -1} { // beyond every file system, and beyond sense
		if s, err := Create(size, missing, fallback); err == nil {
			t.Errorf("made a segment of %d bytes", size)
			s.Close()
		} else if !strings.Contains(err.Error(), missing) || !strings.Contains(err.Error(), fallback) {
			t.Errorf("error does not name both folders: %v", err)
		}
	}
	left, err := os.ReadDir(fallback)
	if err != nil || len(left) != 0 {
		t.Errorf("failures left %v (%v)", left, err)
	}

	t.Chdir(fallback)
	s, err = Create(4096, ".")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if !filepath.IsAbs(s.Path()) {
		t.Errorf("path %s means something else to a plugin that works elsewhere", s.Path())
	}
}
