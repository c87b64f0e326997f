package arrayio

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/solverbench/solverbench/metrics"
)

// The format: Boisvert, Pozo & Remington 1996, The Matrix Market Exchange Formats, NISTIR 5935.

// CSR is a sparse matrix by compressed rows, the columns of each row ascending and distinct. Row i has
// the entries RowPointers[i] to RowPointers[i+1].
type CSR struct {
	Rows, Cols  int
	RowPointers []int64
	Columns     []int32
	Values      []float64
}

// ReadMatrix reads a sparse matrix from a Matrix Market file (.mtx, or compressed by gzip) in coordinate format
// with real, integer or pattern entries (these are 1), general or symmetric. Of a symmetric matrix both
// triangles are stored. Entries that occur twice are added.
func ReadMatrix(path string) (*CSR, error) {
	var m *CSR
	err := open(path, func(f *os.File, size int64) (err error) {
		m, err = decodeMatrix(f, size)
		return err
	})
	return m, err
}

// ReadDense reads a Matrix Market file in array format, a right-hand side for instance. One column becomes [rows],
// more become [rows][columns].
func ReadDense(path string) (metrics.Array, error) {
	var a metrics.Array
	err := open(path, func(f *os.File, size int64) (err error) {
		a, err = decodeDense(f, size)
		return err
	})
	return a, err
}

// mtxScanner reads lines of fields.
type mtxScanner struct {
	r      *bufio.Reader
	line   int
	fields [][]byte
	// capacity is the most bytes of text that the file can hold.
	capacity int64
}

const maxDeflate = 1032 // bytes of text that a byte of deflate can stand for

func newMTXScanner(r io.Reader, size int64) (*mtxScanner, error) {
	const gzipMagic = "\x1f\x8b"
	buffered := bufio.NewReaderSize(r, 1<<16)
	start, err := buffered.Peek(len(gzipMagic))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if string(start) != gzipMagic {
		return &mtxScanner{r: buffered, capacity: size}, nil
	}
	unzipped, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, fmt.Errorf("gzip: %w", noEOF(err))
	}
	capacity := int64(math.MaxInt64)
	if size < math.MaxInt64/maxDeflate {
		capacity = size * maxDeflate
	}
	return &mtxScanner{r: bufio.NewReaderSize(unzipped, 1<<16), capacity: capacity}, nil
}

// next reads the fields of the next line that is neither blank nor a comment; io.EOF ends the file. They are
// valid until the following call.
func (s *mtxScanner) next() error {
	for {
		line, err := s.r.ReadSlice('\n')
		if len(line) > 0 {
			s.line++
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			return s.errorf("longer than %d bytes, expected a line of numbers", s.r.Size())
		}
		if err != nil && !(errors.Is(err, io.EOF) && len(line) > 0) {
			if errors.Is(err, io.EOF) {
				return io.EOF
			}
			return s.errorf("%w", noEOF(err))
		}
		s.fields = splitFields(s.fields[:0], line)
		if len(s.fields) > 0 && (s.fields[0][0] != '%' || s.line == 1) {
			return nil
		}
	}
}

// splitFields is bytes.Fields without its allocation.
func splitFields(fields [][]byte, line []byte) [][]byte {
	start := -1
	for i, c := range line {
		space := c == ' ' || c == '\t' || c == '\r' || c == '\n'
		if space && start >= 0 {
			fields = append(fields, line[start:i])
			start = -1
		} else if !space && start < 0 {
			start = i
		}
	}
	if start >= 0 {
		fields = append(fields, line[start:])
	}
	return fields
}

func (s *mtxScanner) errorf(format string, args ...any) error {
	return fmt.Errorf("line %d: "+format, append([]any{s.line}, args...)...)
}

// banner reads the first line.
func (s *mtxScanner) banner(format string) (field, symmetry string, err error) {
	const start = "%%matrixmarket"
	if err := s.next(); err != nil && !errors.Is(err, io.EOF) {
		return "", "", err
	}
	words := strings.Fields(strings.ToLower(string(bytes.Join(s.fields, []byte(" ")))))
	if len(words) != 5 || words[0] != start || words[1] != "matrix" {
		return "", "", fmt.Errorf("line 1: %s, expected a banner such as %q", abbreviate(strings.Join(words, " ")),
			"%%MatrixMarket matrix "+format+" real general")
	}
	if words[2] != format {
		return "", "", fmt.Errorf("line 1: format: %s, expected %s", abbreviate(words[2]), format)
	}
	return words[3], words[4], nil
}

// size reads the size line, of names for its numbers.
func (s *mtxScanner) size(names ...string) ([]int, error) {
	if err := s.next(); errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("size line: the file ends here, expected %s", strings.Join(names, ", "))
	} else if err != nil {
		return nil, err
	}
	if len(s.fields) != len(names) {
		return nil, s.errorf("%d fields, expected the size: %s", len(s.fields), strings.Join(names, ", "))
	}
	size := make([]int, len(names))
	for i, name := range names {
		n, err := strconv.Atoi(string(s.fields[i]))
		if err != nil || n < 0 {
			return nil, s.errorf("%s: %s, expected a whole number that fits 63 bits", name, abbreviate(string(s.fields[i])))
		}
		size[i] = n
	}
	return size, nil
}

// end makes sure that nothing follows.
func (s *mtxScanner) end(count int) error {
	err := s.next()
	if err == nil {
		return s.errorf("%s, expected the end of the file after %d entries", abbreviate(string(s.fields[0])), count)
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// entry reads the next line, of count fields.
func (s *mtxScanner) entry(done, total, count int) error {
	if err := s.next(); errors.Is(err, io.EOF) {
		return fmt.Errorf("line %d: the file ends here after %d entries, expected %d", s.line, done, total)
	} else if err != nil {
		return err
	}
	if len(s.fields) != count {
		return s.errorf("%d fields, expected %d", len(s.fields), count)
	}
	return nil
}

// index parses a one-based index into a zero-based one.
func (s *mtxScanner) index(name string, field []byte, limit int) (int32, error) {
	var n int
	for i, c := range field {
		if c < '0' || c > '9' || i > 10 {
			n = 0
			break
		}
		n = n*10 + int(c-'0')
	}
	if n < 1 || n > limit {
		return 0, s.errorf("%s: %s, expected 1 to %d", name, abbreviate(string(field)), limit)
	}
	return int32(n - 1), nil
}

func (s *mtxScanner) value(field []byte) (float64, error) {
	v, err := strconv.ParseFloat(string(field), 64)
	if err != nil || v-v != 0 {
		return 0, s.errorf("value: %s, expected a finite number", abbreviate(string(field)))
	}
	return v, nil
}

// checkEntries refuses more entries than the file has room for, each of at least so many bytes.
func (s *mtxScanner) checkEntries(n int, bytesEach int64) error {
	if int64(n) > s.capacity/bytesEach+1 {
		return s.errorf("entries: %d, expected at most %d, for which the file has room", n, s.capacity/bytesEach+1)
	}
	return nil
}

func decodeDense(r io.Reader, size int64) (metrics.Array, error) {
	var a metrics.Array
	s, err := newMTXScanner(r, size)
	if err != nil {
		return a, err
	}
	field, symmetry, err := s.banner("array")
	if err != nil {
		return a, err
	}
	if field != "real" && field != "integer" {
		return a, fmt.Errorf("line 1: field: %s, expected real or integer", abbreviate(field))
	}
	if symmetry != "general" {
		return a, fmt.Errorf("line 1: symmetry: %s, expected general", abbreviate(symmetry))
	}
	extents, err := s.size("rows", "columns")
	if err != nil {
		return a, err
	}
	n, err := elementCount(extents)
	if err != nil {
		return a, s.errorf("%w", err)
	}
	if err := s.checkEntries(n, int64(len("1\n"))); err != nil {
		return a, err
	}
	values := make([]float64, 0, min(n, 1<<16))
	for i := range n {
		if err := s.entry(i, n, 1); err != nil {
			return a, err
		}
		v, err := s.value(s.fields[0])
		if err != nil {
			return a, err
		}
		values = append(values, v)
	}
	if err := s.end(n); err != nil {
		return a, err
	}
	if extents[1] == 1 {
		return metrics.Array{Shape: extents[:1], Values: values}, nil
	}
	return metrics.Array{Shape: extents, Values: fromFortran(values, extents)}, nil
}
