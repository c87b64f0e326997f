package arrayio

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/solverbench/solverbench/metrics"
)

// The format is specified in NumPy's documentation, numpy.lib.format. It is parsed here and not by a library,
// because a hostile header must be an error: npyio panics on some, and reserves what others claim.

const (
	npyMagic     = "\x93NUMPY"
	maxNPYHeader = 1 << 16
	maxNPYDims   = 32 // NumPy's own limit for long
)

// npyHeader is what a header says.
type npyHeader struct {
	descr   string
	fortran bool
	shape   []int
}

// npyElement decodes one element.
type npyElement struct {
	size   int
	decode func(order binary.ByteOrder, b []byte) float64
}

// npyElements by kind and size, as NumPy names them.
var npyElements = map[string]npyElement{
	"f8": {8, func(o binary.ByteOrder, b []byte) float64 { return math.Float64frombits(o.Uint64(b)) }},
	"f4": {4, func(o binary.ByteOrder, b []byte) float64 { return float64(math.Float32frombits(o.Uint32(b))) }},
	"i8": {8, func(o binary.ByteOrder, b []byte) float64 { return float64(int64(o.Uint64(b))) }},
	"i4": {4, func(o binary.ByteOrder, b []byte) float64 { return float64(int32(o.Uint32(b))) }},
	"i2": {2, func(o binary.ByteOrder, b []byte) float64 { return float64(int16(o.Uint16(b))) }},
	"i1": {1, func(_ binary.ByteOrder, b []byte) float64 { return float64(int8(b[0])) }},
	"u8": {8, func(o binary.ByteOrder, b []byte) float64 { return float64(o.Uint64(b)) }},
	"u4": {4, func(o binary.ByteOrder, b []byte) float64 { return float64(o.Uint32(b)) }},
	"u2": {2, func(o binary.ByteOrder, b []byte) float64 { return float64(o.Uint16(b)) }},
	"u1": {1, func(_ binary.ByteOrder, b []byte) float64 { return float64(b[0]) }},
	"b1": {1, func(_ binary.ByteOrder, b []byte) float64 { return float64(min(b[0], 1)) }},
}

// decodeNPY reads an array of real numbers or truth values from a file of that many bytes. Integers beyond
// 2⁵³ are rounded. Arrays in Fortran order are brought into C order.
func decodeNPY(r io.Reader, size int64) (metrics.Array, error) {
	header, length, err := readNPYHeader(r)
	if err != nil {
		return metrics.Array{}, err
	}
	element, order, err := elementOf(header.descr)
	if err != nil {
		return metrics.Array{}, err
	}
	n, err := elementCount(header.shape)
	if err != nil {
		return metrics.Array{}, err
	}
	have := size - length
	if n > math.MaxInt/element.size || int64(n*element.size) != have {
		return metrics.Array{}, fmt.Errorf("shape: %v of %d-byte elements, expected one for the %d bytes after the header",
			header.shape, element.size, have)
	}
	values, err := readElements(r, n, element, order)
	if err != nil {
		return metrics.Array{}, err
	}
	if header.fortran && len(header.shape) > 1 {
		values = fromFortran(values, header.shape)
	}
	return metrics.Array{Shape: header.shape, Values: values}, nil
}

func readElements(r io.Reader, n int, e npyElement, order binary.ByteOrder) ([]float64, error) {
	values := make([]float64, n)
	buffer := make([]byte, min(n, 1<<13)*e.size)
	for done := 0; done < n; {
		chunk := buffer[:min(len(buffer), (n-done)*e.size)]
		if _, err := io.ReadFull(r, chunk); err != nil {
			return nil, fmt.Errorf("element %d of %d: %w", done, n, noEOF(err))
		}
		for ; len(chunk) > 0; chunk = chunk[e.size:] {
			values[done] = e.decode(order, chunk)
			done++
		}
	}
	return values, nil
}

// noEOF names the end of a file that came too early.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file ends here")
	}
	return err
}

// readNPYHeader also returns how many bytes the header took.
func readNPYHeader(r io.Reader) (header npyHeader, length int64, err error) {
	prefix := make([]byte, len(npyMagic)+2)
	if n, err := io.ReadFull(r, prefix); err != nil {
		return header, 0, fmt.Errorf("magic string: %q: %w", prefix[:n], noEOF(err))
	}
	if string(prefix[:len(npyMagic)]) != npyMagic {
		return header, 0, fmt.Errorf("magic string: %q, expected %q of a .npy file", prefix[:len(npyMagic)], npyMagic)
	}
	major := prefix[len(npyMagic)]
	field := make([]byte, 4)
	switch major {
	case 1:
		field = field[:2]
	case 2, 3:
	default:
		return header, 0, fmt.Errorf("format version: %d, expected 1, 2 or 3", major)
	}
	if _, err := io.ReadFull(r, field); err != nil {
		return header, 0, fmt.Errorf("header length: %w", noEOF(err))
	}
	claimed := binary.LittleEndian.Uint32(append(field, 0, 0)[:4])
	if claimed > maxNPYHeader {
		return header, 0, fmt.Errorf("header length: %d bytes, expected at most %d", claimed, maxNPYHeader)
	}
	text := make([]byte, claimed)
	if n, err := io.ReadFull(r, text); err != nil {
		return header, 0, fmt.Errorf("header: %d bytes, expected %d: %w", n, claimed, noEOF(err))
	}
	header, err = parseNPYHeader(string(text))
	return header, int64(len(prefix) + len(field) + len(text)), err
}

// npyPattern takes the header's Python dictionary apart, with its keys in any order.
var (
	npyDict  = regexp.MustCompile(`^\s*\{((?:\s*'[a-z_]+'\s*:\s*(?:'[^']*'|True|False|\([^()]*\)|\[[^\[\]]*\])\s*,?)*)\s*\}\s*$`)
	npyField = regexp.MustCompile(`'([a-z_]+)'\s*:\s*('[^']*'|True|False|\([^()]*\)|\[[^\[\]]*\])`)
)

func parseNPYHeader(text string) (h npyHeader, err error) {
	dict := npyDict.FindStringSubmatch(text)
	if dict == nil {
		return h, fmt.Errorf("header: %s, expected a dictionary of descr, fortran_order and shape", abbreviate(text))
	}
	fields := map[string]string{}
	for _, m := range npyField.FindAllStringSubmatch(dict[1], -1) {
		fields[m[1]] = m[2]
	}
	for _, key := range []string{"descr", "fortran_order", "shape"} {
		if _, ok := fields[key]; !ok {
			return h, fmt.Errorf("header: %s, expected a field %s", abbreviate(text), key)
		}
	}
	if len(fields) != 3 {
		return h, fmt.Errorf("header: %s, expected no fields but descr, fortran_order and shape", abbreviate(text))
	}
	h.descr = strings.Trim(fields["descr"], "'")
	switch fields["fortran_order"] {
	case "True":
		h.fortran = true
	case "False":
	default:
		return h, fmt.Errorf("fortran_order: %s, expected True or False", abbreviate(fields["fortran_order"]))
	}
	h.shape, err = parseNPYShape(fields["shape"])
	return h, err
}

// parseNPYShape parses (), (3,) or (3, 4).
func parseNPYShape(text string) ([]int, error) {
	if !strings.HasPrefix(text, "(") {
		return nil, fmt.Errorf("shape: %s, expected a tuple of extents", abbreviate(text))
	}
	inner := strings.TrimSpace(text[1 : len(text)-1])
	shape := []int{}
	if inner == "" {
		return shape, nil
	}
	for part := range strings.SplitSeq(strings.TrimSuffix(inner, ","), ",") {
		part = strings.TrimSuffix(strings.TrimSpace(part), "L") // as Python 2 wrote
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("shape: extent %q in %s, expected a whole number that fits 64 bits", part, abbreviate(text))
		}
		shape = append(shape, n)
	}
	if len(shape) > maxNPYDims {
		return nil, fmt.Errorf("shape: %d axes, expected at most %d", len(shape), maxNPYDims)
	}
	return shape, nil
}

// elementCount multiplies extents, without overflow.
func elementCount(shape []int) (int, error) {
	n := 1
	for _, s := range shape {
		if s > 0 && n > math.MaxInt/s {
			return 0, fmt.Errorf("shape: %v, expected fewer elements", shape)
		}
		n *= s
	}
	return n, nil
}

// dtypeNames are for messages.
var dtypeNames = map[string]string{"c8": "complex64", "c16": "complex128", "f2": "float16", "f16": "float128", "O": "object", "O8": "object"}

func elementOf(descr string) (npyElement, binary.ByteOrder, error) {
	var order binary.ByteOrder = binary.LittleEndian
	code := descr
	if descr != "" && strings.ContainsRune("<>|=", rune(descr[0])) {
		code = descr[1:]
		if descr[0] == '>' {
			order = binary.BigEndian
		}
	}
	e, ok := npyElements[code]
	if !ok {
		name := abbreviate(descr)
		if known := dtypeNames[code]; known != "" {
			name = known
		}
		return e, nil, fmt.Errorf("dtype: %s, expected float64, float32, bool or an integer type", name)
	}
	return e, order, nil
}

// abbreviate quotes text of unknown length for a message.
func abbreviate(text string) string {
	const most = 80
	text = strings.TrimSpace(text)
	if len(text) > most {
		text = text[:most] + "…"
	}
	return strconv.Quote(text)
}

// fromFortran reorders values whose first axis is the fastest.
func fromFortran(values []float64, shape []int) []float64 {
	out := make([]float64, len(values))
	strides := make([]int, len(shape)) // in C order
	for i, s := len(shape)-1, 1; i >= 0; i-- {
		strides[i] = s
		s *= shape[i]
	}
	index := make([]int, len(shape))
	at := 0
	for _, v := range values {
		out[at] = v
		for axis := range index {
			index[axis]++
			at += strides[axis]
			if index[axis] < shape[axis] {
				break
			}
			index[axis] = 0
			at -= strides[axis] * shape[axis]
		}
	}
	return out
}

// WriteNPY writes an array as float64 in C order, little-endian.
func WriteNPY(path string, a metrics.Array) error {
	if err := checkShape(a); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return create(path, func(w io.Writer) error { return encodeNPY(w, a) })
}

func checkShape(a metrics.Array) error {
	if n, err := elementCount(a.Shape); err != nil || n != len(a.Values) {
		return fmt.Errorf("shape: %v, expected one for %d values", a.Shape, len(a.Values))
	}
	return nil
}

func encodeNPY(w io.Writer, a metrics.Array) error {
	var shape strings.Builder
	for _, s := range a.Shape {
		fmt.Fprintf(&shape, "%d, ", s)
	}
	tuple := strings.TrimSuffix(shape.String(), " ") // (3,) for one axis
	if len(a.Shape) != 1 {
		tuple = strings.TrimSuffix(tuple, ",")
	}
	header := fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': (%s), }", tuple)
	const prefix = len(npyMagic) + 4
	padding := 64 - (prefix+len(header)+1)%64 // data are aligned to 64 bytes
	header += strings.Repeat(" ", padding) + "\n"

	var b bytes.Buffer
	b.WriteString(npyMagic)
	b.Write([]byte{1, 0})
	b.Write(binary.LittleEndian.AppendUint16(nil, uint16(len(header))))
	b.WriteString(header)
	out := bufio.NewWriterSize(w, 1<<16)
	if _, err := out.Write(b.Bytes()); err != nil {
		return err
	}
	for _, v := range a.Values {
		if _, err := out.Write(binary.LittleEndian.AppendUint64(out.AvailableBuffer(), math.Float64bits(v))); err != nil {
			return err
		}
	}
	return out.Flush()
}
