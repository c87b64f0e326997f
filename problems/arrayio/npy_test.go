package arrayio

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sbinet/npyio/npy"
	"pgregory.net/rapid"

	"github.com/solverbench/solverbench/metrics"
)

func counting(n int, f func(i int) float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = f(i)
	}
	return out
}

func identity(i int) float64 { return float64(i) }

func TestReadNPY(t *testing.T) {
	cube := metrics.Array{Shape: []int{2, 3, 4}, Values: counting(24, identity)}
	want := map[string]metrics.Array{
		"bool": {Shape: []int{2, 3, 4}, Values: counting(24, func(i int) float64 {
			if i%3 == 0 {
				return 1
			}
			return 0
		})},
		"scalar": {Shape: []int{}, Values: []float64{2.5}},
		"vector": {Shape: []int{3}, Values: []float64{1.5, -2, math.Inf(1)}},
		"empty":  {Shape: []int{0, 3}, Values: []float64{}},
	}
	for _, name := range []string{"float64", "float64-big", "float32", "int64", "int32-big", "int16", "int8", "uint64", "uint32",
		"uint16-big", "uint8", "fortran", "version2"} {
		want[name] = cube
	}
	for name, w := range want {
		got, err := Read(filepath.Join("testdata", name+".npy"))
		if err != nil {
			t.Error(err)
		} else if diff := cmp.Diff(w, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

// Shapes and values survive, bit by bit, and another implementation reads the same.
func TestWriteNPY(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npy")
	rapid.Check(t, func(rt *rapid.T) {
		shape := rapid.SliceOfN(rapid.IntRange(0, 5), 0, 4).Draw(rt, "shape")
		n, err := elementCount(shape)
		if err != nil {
			t.Fatal(err)
		}
		a := metrics.Array{Shape: slices.Clone(shape), Values: rapid.SliceOfN(rapid.Float64(), n, n).Draw(rt, "values")}
		if err := WriteNPY(path, a); err != nil {
			t.Fatal(err)
		}
		got, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Shape, a.Shape) || !slices.Equal(got.Values, a.Values) {
			t.Fatalf("wrote %v, read %v", a, got)
		}
		if n == 0 {
			return // the other implementation does not read empty arrays
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		r, err := npy.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		var values []float64
		if err := r.Read(&values); err != nil || !slices.Equal(values, a.Values) || !slices.Equal(r.Header.Descr.Shape, a.Shape) {
			t.Fatalf("wrote %v, npyio reads %v %v, %v", a, r.Header.Descr.Shape, values, err)
		}
	})
}

// npyBytes makes a file of a header and data.
func npyBytes(header string, data int) []byte {
	b := append([]byte(npyMagic), 1, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(header)))
	return append(append(b, header...), make([]byte, data)...)
}

func npyDictText(descr, order, shape string) string {
	return fmt.Sprintf("{'descr': %s, 'fortran_order': %s, 'shape': %s, }\n", descr, order, shape)
}

// malformedNPY maps files to what their error says.
func malformedNPY() map[string][]byte {
	file := func(descr, order, shape string, data int) []byte {
		return npyBytes(npyDictText(descr, order, shape), data)
	}
	return map[string][]byte{
		`magic string: "": the file ends here`:                                                             {},
		`magic string: "PK\x03\x04\x00\x00"`:                                                               []byte("PK\x03\x04\x00\x00\x00\x00\x00"),
		`format version: 9, expected 1, 2 or 3`:                                                            append([]byte(npyMagic), 9, 0, 0, 0),
		`header length: the file ends here`:                                                                append([]byte(npyMagic), 1, 0, 0),
		`header length: 4294967295 bytes, expected at most`:                                                append([]byte(npyMagic), 2, 0, 255, 255, 255, 255),
		`header: 2 bytes, expected 16: the file ends here`:                                                 append([]byte(npyMagic), 1, 0, 16, 0, '{', '}'),
		`header: "no dictionary", expected a dictionary`:                                                   npyBytes("no dictionary\n", 0),
		`header: "{'descr': '<f8', 'fortran_order': False}", expected a field shape`:                       npyBytes("{'descr': '<f8', 'fortran_order': False}", 8),
		`header: "{'descr': '<f8', 'fortran_order': False, 'shape': (), 'x': ()}", expected no fields but`: npyBytes("{'descr': '<f8', 'fortran_order': False, 'shape': (), 'x': ()}", 8),
		`dtype: complex128, expected float64, float32`:                                                     file("'<c16'", "False", "(2,)", 32),
		`dtype: object, expected float64`:                                                                  file("'|O'", "False", "(2,)", 16),
		`dtype: "[('a', '<f8')]", expected float64`:                                                        file("[('a', '<f8')]", "False", "(2,)", 16),
		`dtype: "", expected float64`:                                                                      file("''", "False", "(2,)", 16),
		`fortran_order: "()", expected True or False`:                                                      file("'<f8'", "()", "(2,)", 16),
		`shape: "True", expected a tuple`:                                                                  file("'<f8'", "False", "True", 16),
		`shape: extent "-2" in "(-2,)", expected a whole`:                                                  file("'<f8'", "False", "(-2,)", 16),
		`shape: extent "x" in "(2, x)"`:                                                                    file("'<f8'", "False", "(2, x)", 16),
		`shape: extent "99999999999999999999" in`:                                                          file("'<f8'", "False", "(99999999999999999999,)", 16),
		`shape: [1000000000000] of 8-byte elements, expected`:                                              file("'<f8'", "False", "(1000000000000,)", 16),
		`shape: [4611686018427387904] of 8-byte elements`:                                                  file("'<f8'", "False", "(4611686018427387904,)", 16),
		`shape: [4294967296 4294967296], expected fewer`:                                                   file("'<f8'", "False", "(4294967296, 4294967296)", 16),
		`shape: [3] of 8-byte elements, expected one for the 8`:                                            file("'<f8'", "False", "(3,)", 8),
		`shape: [] of 8-byte elements, expected one for the 9 `:                                            file("'<f8'", "False", "()", 9),
		`shape: 33 axes, expected at most 32`:                                                              file("'<f8'", "False", "("+strings.Repeat("1, ", 33)+")", 8),
	}
}

func TestMalformedNPY(t *testing.T) {
	for text, data := range malformedNPY() {
		path := filepath.Join(t.TempDir(), "u0.npy")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Read(path)
		wantError(t, err, path+": "+text)
	}
	if t.Failed() {
		return
	}
	err := WriteNPY("x.npy", metrics.Array{Shape: []int{2}, Values: []float64{1}})
	wantError(t, err, "x.npy: shape: [2], expected one for 1 values")
}

func wantError(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("error: %v\nwant one with: %s", err, text)
	}
}

func FuzzNPY(f *testing.F) {
	for _, data := range malformedNPY() {
		f.Add(data)
	}
	addFiles(f, "*.npy")
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := decodeNPY(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := encodeNPY(&b, a); err != nil {
			t.Fatal(err)
		}
		again, err := decodeNPY(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if !slices.Equal(a.Shape, again.Shape) || !slices.EqualFunc(a.Values, again.Values, sameNumber) {
			t.Fatalf("read %v, after writing %v", a, again)
		}
	})
}

func sameNumber(a, b float64) bool { return a == b || a != a && b != b }

// addFiles seeds a fuzz target with files of testdata.
func addFiles(f *testing.F, pattern string) {
	f.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(files) == 0 {
		f.Fatalf("%s: %d files, %v", pattern, len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
}

func BenchmarkReadNPY(b *testing.B) {
	const n = 1 << 20
	var file bytes.Buffer
	if err := encodeNPY(&file, metrics.Array{Shape: []int{n}, Values: counting(n, identity)}); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(8 * n)
	for b.Loop() {
		if _, err := decodeNPY(bytes.NewReader(file.Bytes()), int64(file.Len())); err != nil {
			b.Fatal(err)
		}
	}
}
