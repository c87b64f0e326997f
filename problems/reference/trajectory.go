package reference

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// Trajectory is a field at a few times.
type Trajectory struct {
	// Times, ascending.
	Times []float64 `json:"times"`
	// Shape of the field at one time.
	Shape []int `json:"shape"`
	// Accuracy is the relative L2 error to expect at each time; 0 is exact up to rounding.
	Accuracy []float64 `json:"accuracy"`
	// Method says in one line how the trajectory was made.
	Method string `json:"method"`
	// Integrals are further numbers known at each time, such as "energy".
	Integrals map[string][]float64 `json:"integrals,omitempty"`
	// Fields holds one field a time, in C order.
	Fields [][]float64 `json:"-"`
}

// magic starts every encoded trajectory.
const magic = "solverbench trajectory 1\n"

// Encode returns the trajectory as bytes: the line "solverbench trajectory 1", the exported fields as
// JSON on one line, the values of Fields as little-endian float64, and the SHA-256 sum of all that.
func (t *Trajectory) Encode() ([]byte, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	header, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("encode trajectory: %w", err)
	}
	b := append([]byte(magic), header...)
	b = append(b, '\n')
	for _, f := range t.Fields {
		for _, v := range f {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
	}
	sum := sha256.Sum256(b)
	return append(b, sum[:]...), nil
}

// Decode is the inverse of Encode. It fails on bytes that are damaged in any way.
func Decode(b []byte) (*Trajectory, error) {
	body := len(b) - sha256.Size
	if body < len(magic) || !bytes.HasPrefix(b, []byte(magic)) {
		return nil, fmt.Errorf("not a trajectory: it does not start with %q", magic)
	}
	if sum := sha256.Sum256(b[:body]); !bytes.Equal(sum[:], b[body:]) {
		return nil, errors.New("trajectory is damaged: its checksum does not match")
	}
	header, values, _ := bytes.Cut(b[len(magic):body], []byte("\n"))
	t := new(Trajectory)
	if err := json.Unmarshal(header, t); err != nil {
		return nil, fmt.Errorf("trajectory header: %w", err)
	}
	size := t.size()
	if size < 1 || len(values) != 8*size*len(t.Times) {
		return nil, fmt.Errorf("trajectory of shape %v at %d times holds %d bytes, expected %d", t.Shape, len(t.Times), len(values), 8*size*len(t.Times))
	}
	for range t.Times {
		f := make([]float64, size)
		for i := range f {
			f[i] = math.Float64frombits(binary.LittleEndian.Uint64(values[8*i:]))
		}
		values = values[8*size:]
		t.Fields = append(t.Fields, f)
	}
	return t, t.check()
}

func (t *Trajectory) size() int {
	size := 1
	for _, s := range t.Shape {
		size *= s
	}
	return size
}

func (t *Trajectory) check() error {
	n := len(t.Times)
	if n == 0 || len(t.Fields) != n || len(t.Accuracy) != n {
		return fmt.Errorf("trajectory has %d times, %d fields and %d accuracies, expected as many of each", n, len(t.Fields), len(t.Accuracy))
	}
	for name, v := range t.Integrals {
		if len(v) != n {
			return fmt.Errorf("trajectory has %d values of %s, expected %d", len(v), name, n)
		}
	}
	for i, f := range t.Fields {
		if len(f) != t.size() {
			return fmt.Errorf("field %d has %d values, expected shape %v", i, len(f), t.Shape)
		}
	}
	return nil
}

// At returns the part of the trajectory at the given times; false if one of them is missing.
func (t *Trajectory) At(times []float64) (*Trajectory, bool) {
	out := &Trajectory{Times: times, Shape: t.Shape, Method: t.Method, Integrals: map[string][]float64{}}
	for _, want := range times {
		i := 0
		for ; i < len(t.Times) && t.Times[i] != want; i++ {
		}
		if i == len(t.Times) {
			return nil, false
		}
		out.Fields = append(out.Fields, t.Fields[i])
		out.Accuracy = append(out.Accuracy, t.Accuracy[i])
		for name, v := range t.Integrals {
			out.Integrals[name] = append(out.Integrals[name], v[i])
		}
	}
	return out, true
}

// Times returns the marks below end, and end: when a run to end is looked at.
func Times(end float64, marks ...float64) []float64 {
	var times []float64
	for _, m := range marks {
		if m < end {
			times = append(times, m)
		}
	}
	return append(times, end)
}

// Given returns the trajectory of one field that is known otherwise and taken as exact.
func Given(time float64, field []float64, shape ...int) *Trajectory {
	return &Trajectory{Times: []float64{time}, Shape: shape, Accuracy: []float64{0}, Method: "given, taken as exact", Fields: [][]float64{field}}
}
