package arrayio

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/solverbench/solverbench/metrics"
)

func TestReadMatrix(t *testing.T) {
	want := &CSR{
		Rows: 3, Cols: 3,
		RowPointers: []int64{0, 2, 4, 5},
		Columns:     []int32{0, 1, 0, 1, 2},
		Values:      []float64{4, -1, -1, 4, 2.5},
	}
	for _, name := range []string{"symmetric.mtx", "symmetric.mtx.gz"} {
		got, err := ReadMatrix(filepath.Join("testdata", name))
		if err != nil {
			t.Error(err)
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

func TestReadDense(t *testing.T) {
	got, err := ReadDense(filepath.Join("testdata", "rhs.mtx"))
	want := metrics.Array{Shape: []int{3, 2}, Values: []float64{1, 2, 3, 4, 5, 6}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v: (-want +got)\n%s", err, diff)
	}
	text := "%%MatrixMarket matrix array integer general\r\n2 1\r\n-3\r\n4"
	if got, err = decodeDense(strings.NewReader(text), int64(len(text))); err != nil || !cmp.Equal(got, metrics.Array{Shape: []int{2}, Values: []float64{-3, 4}}) {
		t.Errorf("one column: %v, %v", got, err)
	}
}

// Any entries in any order, some twice, make the matrix that adding them to a dense one makes.
func TestMatrixProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rows, cols := rapid.IntRange(1, 6).Draw(rt, "rows"), rapid.IntRange(1, 6).Draw(rt, "cols")
		symmetry, field := "general", rapid.SampledFrom([]string{"real", "integer", "pattern"}).Draw(rt, "field")
		if rows == cols && rapid.Bool().Draw(rt, "symmetric") {
			symmetry = "symmetric"
		}
		n := rapid.IntRange(0, 20).Draw(rt, "entries")
		dense := make([]float64, rows*cols)
		var text strings.Builder
		fmt.Fprintf(&text, "%%%%MatrixMarket MATRIX coordinate %s %s\n%% a comment\n\n%d %d %d\n", field, symmetry, rows, cols, n)
		for range n {
			i, j := rapid.IntRange(0, rows-1).Draw(rt, "i"), rapid.IntRange(0, cols-1).Draw(rt, "j")
			if symmetry == "symmetric" && i < j {
				i, j = j, i
			}
			v := 1
			if field == "pattern" {
				fmt.Fprintf(&text, " %d\t%d\n", i+1, j+1)
			} else {
				v = rapid.IntRange(-9, 9).Draw(rt, "v")
				fmt.Fprintf(&text, "%d %d %d\r\n", i+1, j+1, v)
			}
			dense[i*cols+j] += float64(v)
			if symmetry == "symmetric" && i != j {
				dense[j*cols+i] += float64(v)
			}
		}
		m, err := decodeMatrix(strings.NewReader(text.String()), int64(text.Len()))
		if err != nil {
			t.Fatalf("%v in\n%s", err, text.String())
		}
		checkCSR(t, m)
		got := make([]float64, rows*cols)
		for i := range rows {
			for k := m.RowPointers[i]; k < m.RowPointers[i+1]; k++ {
				got[i*cols+int(m.Columns[k])] = m.Values[k]
			}
		}
		if diff := cmp.Diff(dense, got); diff != "" {
			t.Fatalf("(-want +got)\n%s", diff)
		}
	})
}

// checkCSR checks what every CSR promises.
func checkCSR(t *testing.T, m *CSR) {
	t.Helper()
	if len(m.RowPointers) != m.Rows+1 || m.RowPointers[0] != 0 || m.RowPointers[m.Rows] != int64(len(m.Values)) || len(m.Columns) != len(m.Values) {
		t.Fatalf("%d rows, pointers %v, %d columns, %d values", m.Rows, m.RowPointers, len(m.Columns), len(m.Values))
	}
	for i := range m.Rows {
		last := int32(-1)
		for _, j := range m.Columns[m.RowPointers[i]:m.RowPointers[i+1]] {
			if j <= last || int(j) >= m.Cols {
				t.Fatalf("row %d: column %d after %d of %d", i, j, last, m.Cols)
			}
			last = j
		}
	}
}

const general = "%%MatrixMarket matrix coordinate real general\n"

func malformedMatrices() map[string]string {
	symmetric := strings.Replace(general, "general", "symmetric", 1)
	return map[string]string{
		`line 1: "", expected a banner such as "%%MatrixMarket matrix coordinate real general"`: "",
		`line 1: "1 2 3", expected a banner`:                                                    "1 2 3\n",
		`line 1: format: "array", expected coordinate`:                                          strings.Replace(general, "coordinate", "array", 1),
		`line 1: field: "complex", expected real, integer or pattern`:                           strings.Replace(general, "real", "complex", 1),
		`line 1: symmetry: "hermitian", expected general or symmetric`:                          strings.Replace(general, "general", "hermitian", 1),
		`size line: the file ends here, expected rows, columns, entries`:                        general + "% nothing\n",
		`line 2: 2 fields, expected the size: rows, columns, entries`:                           general + "2 2\n",
		`line 2: rows: "-2", expected a whole number`:                                           general + "-2 2 1\n",
		`line 2: columns: "1e3", expected a whole number`:                                       general + "2 1e3 1\n",
		`line 2: entries: 1000000000000, expected at most`:                                      general + "2 2 1000000000000\n",
		`line 2: size: 2000000000×1 with 1 entries, expected`:                                   general + "2000000000 1 1\n",
		`line 2: size: 2×99999999999 with 1 entries, expected`:                                  general + "2 99999999999 1\n",
		`line 2: size: 2×3, expected a square`:                                                  symmetric + "2 3 1\n1 1 1\n",
		`line 4: row: "3", expected 1 to 2`:                                                     general + "2 2 2\n1 1 1\n3 1 1\n",
		`line 3: column: "0", expected 1 to 2`:                                                  general + "2 2 2\n1 0 1\n",
		`line 3: row: "99999999999999999999", expected 1 to 2`:                                  general + "2 2 1\n99999999999999999999 1 1\n",
		`line 3: value: "NaN", expected a finite number`:                                        general + "2 2 1\n1 1 NaN\n",
		`line 3: value: "1e999", expected a finite number`:                                      general + "2 2 1\n1 1 1e999\n",
		`line 3: value: "one", expected a finite number`:                                        general + "2 2 1\n1 1 one\n",
		`line 3: 2 fields, expected 3`:                                                          general + "2 2 1\n1 1\n",
		`line 3: the file ends here after 1 entries, expected 2`:                                general + "2 2 2\n1 1 1\n",
		`line 4: "2", expected the end of the file after 1 entries`:                             general + "2 2 1\n1 1 1\n2 2 1\n",
		`line 3: entry (1, 2) above the diagonal, expected the lower`:                           symmetric + "2 2 1\n1 2 1\n",
		`line 3: longer than 65536 bytes, expected a line of numbers`:                           general + "2 2 1\n" + strings.Repeat("1", 70000),
		`gzip: the file ends here`:                                                              "\x1f\x8b",
		`line 1: "%%matrixmarket vector coordinate real general", expected a`:                   strings.Replace(general, "matrix ", "vector ", 1),
	}
}

func TestMalformedMatrices(t *testing.T) {
	for text, data := range malformedMatrices() {
		path := filepath.Join(t.TempDir(), "A.mtx")
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := ReadMatrix(path)
		wantError(t, err, path+": "+text)
	}
	_, err := ReadMatrix("none.mtx")
	wantError(t, err, "none.mtx: no such file")
}

func TestTruncatedGzip(t *testing.T) {
	whole, err := os.ReadFile(filepath.Join("testdata", "symmetric.mtx.gz"))
	if err != nil {
		t.Fatal(err)
	}
	cut := whole[:len(whole)-20]
	_, err = decodeMatrix(bytes.NewReader(cut), int64(len(cut)))
	wantError(t, err, "the file ends here")
}

func malformedDense() map[string]string {
	const array = "%%MatrixMarket matrix array real general\n"
	return map[string]string{
		`line 1: format: "coordinate", expected array`:                       general,
		`line 1: field: "pattern", expected real or integer`:                 strings.Replace(array, "real", "pattern", 1),
		`line 1: symmetry: "symmetric", expected general`:                    strings.Replace(array, "general", "symmetric", 1),
		`line 2: entries: 1000000000000, expected at most`:                   array + "1000000 1000000\n",
		`line 2: shape: [4294967296 4294967296], expected fewer elements`:    array + "4294967296 4294967296\n",
		`line 3: the file ends here after 1 entries, expected 2`:             array + "2 1\n1\n",
		`line 3: value: "x", expected a finite number`:                       array + "2 1\nx\n",
		`line 5: "3", expected the end of the file after 2 entries`:          array + "2 1\n1\n2\n3\n",
		`line 3: 2 fields, expected 1`:                                       array + "2 1\n1 2\n",
		`line 2: 3 fields, expected the size: rows, columns`:                 array + "2 1 2\n1\n2\n",
		`size line: the file ends here, expected rows, columns`:              array,
		`line 1: "", expected a banner such as "%%MatrixMarket matrix array`: "",
	}
}

func TestMalformedDense(t *testing.T) {
	for text, data := range malformedDense() {
		_, err := decodeDense(strings.NewReader(data), int64(len(data)))
		wantError(t, err, text)
	}
}

func FuzzMatrix(f *testing.F) {
	for _, data := range malformedMatrices() {
		f.Add([]byte(data))
	}
	addFiles(f, "*.mtx*")
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := decodeMatrix(bytes.NewReader(data), int64(len(data))); err == nil {
			checkCSR(t, m)
		}
	})
}

func FuzzDense(f *testing.F) {
	for _, data := range malformedDense() {
		f.Add([]byte(data))
	}
	addFiles(f, "*.mtx*")
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := decodeDense(bytes.NewReader(data), int64(len(data)))
		if err == nil && checkShape(a) != nil {
			t.Fatalf("shape %v, %d values", a.Shape, len(a.Values))
		}
	})
}

func BenchmarkReadMatrix(b *testing.B) {
	const n = 1 << 16
	var text bytes.Buffer
	fmt.Fprintf(&text, "%%%%MatrixMarket matrix coordinate real symmetric\n%d %d %d\n", n, n, 2*n-1)
	for i := range n {
		fmt.Fprintf(&text, "%d %d 4.0123456789\n", i+1, i+1)
		if i > 0 {
			fmt.Fprintf(&text, "%d %d -1.0123456789\n", i+1, i)
		}
	}
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	if _, err := w.Write(text.Bytes()); err != nil {
		b.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	for name, data := range map[string][]byte{"plain": text.Bytes(), "gzip": zipped.Bytes()} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			for b.Loop() {
				if _, err := decodeMatrix(bytes.NewReader(data), int64(len(data))); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
