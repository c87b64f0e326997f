package commonv1_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"google.golang.org/protobuf/proto"

	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
	samplingv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/sampling/v1"
)

func ExampleFloat64() {
	a := commonv1.Float64([]float64{1, 2, 3, 4, 5, 6}, 2, 3)
	x, err := a.Float64s()
	fmt.Println(a.Dims(), x, err)
	x[5] = 7 // a view, not a copy
	y, _ := a.Float64s()
	fmt.Println(y)
	_, err = a.Int32s()
	fmt.Println(err)
	// Output:
	// [2 3] [1 2 3 4 5 6] <nil>
	// [1 2 3 4 5 7]
	// array elements are ELEMENT_TYPE_FLOAT64, expected ELEMENT_TYPE_INT32
}

func TestElementTypes(t *testing.T) {
	floats, ints, longs, bytes := []float64{math.Pi, math.Copysign(0, -1), math.Inf(1)}, []int32{-1, 2, 3}, []int64{1 << 40, -2, 3}, []uint8{255, 0, 1}
	for _, c := range []struct {
		array *commonv1.Array
		size  int
		same  func(a *commonv1.Array) (bool, error)
	}{
		{commonv1.Float64(floats, 3), 24, func(a *commonv1.Array) (bool, error) { x, err := a.Float64s(); return slices.Equal(x, floats), err }},
		{commonv1.Int32(ints, 1, 3), 12, func(a *commonv1.Array) (bool, error) { x, err := a.Int32s(); return slices.Equal(x, ints), err }},
		{commonv1.Int64(longs, 3, 1), 24, func(a *commonv1.Array) (bool, error) { x, err := a.Int64s(); return slices.Equal(x, longs), err }},
		{commonv1.Uint8(bytes, 3), 3, func(a *commonv1.Array) (bool, error) { x, err := a.Uint8s(); return slices.Equal(x, bytes), err }},
	} {
		if n, err := c.array.ByteSize(); n != c.size || err != nil {
			t.Errorf("%v: %d bytes (%v), want %d", c.array.ElementType, n, err, c.size)
		}
		// As it is, and after a journey through the wire format.
		wire, err := proto.Marshal(c.array)
		if err != nil {
			t.Fatal(err)
		}
		var arrived commonv1.Array
		if err := proto.Unmarshal(wire, &arrived); err != nil {
			t.Fatal(err)
		}
		for _, a := range []*commonv1.Array{c.array, &arrived} {
			if same, err := c.same(a); !same || err != nil {
				t.Errorf("%v: elements differ (%v)", a.ElementType, err)
			}
		}
	}
}

func TestShapes(t *testing.T) {
	for _, shape := range [][]int{nil, {1}, {1, 1, 1}} {
		a := commonv1.Float64([]float64{5}, shape...)
		if x, err := a.Float64s(); err != nil || len(x) != 1 || len(a.Dims()) != len(shape) {
			t.Errorf("shape %v holds %v (%v)", shape, x, err)
		}
	}
	for _, shape := range [][]int{{0}, {3, 0}, {0, 1 << 62}} {
		a := commonv1.Float64(nil, shape...)
		if x, err := a.Float64s(); err != nil || len(x) != 0 {
			t.Errorf("shape %v holds %v (%v)", shape, x, err)
		}
	}
	for _, c := range []struct{ n, rows, cols int }{
		{1, 2, 1}, {2, 1, 1}, {1, 0, 1}, {1, -1, -1}, {0, 1 << 32, 1 << 32}, {0, 1 << 62, 4},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%d elements pass for shape %d×%d", c.n, c.rows, c.cols)
				}
			}()
			commonv1.Float64(make([]float64, c.n), c.rows, c.cols)
		}()
	}
}

// TestHostileArrays are what another program may send.
func TestHostileArrays(t *testing.T) {
	const f64 = commonv1.ElementType_ELEMENT_TYPE_FLOAT64
	inline := func(n int) *commonv1.Array_Inline { return &commonv1.Array_Inline{Inline: make([]byte, n)} }
	for _, c := range []struct {
		array *commonv1.Array
		want  string
	}{
		{&commonv1.Array{ElementType: f64, Shape: []int64{2}, Place: inline(15)}, "shape [2] and ELEMENT_TYPE_FLOAT64 holds 15 bytes, expected 16"},
		{&commonv1.Array{ElementType: f64, Shape: []int64{2}, Place: inline(17)}, "17 bytes, expected 16"},
		{&commonv1.Array{ElementType: f64, Shape: []int64{-1, -2}, Place: inline(16)}, "negative extent"},
		{&commonv1.Array{ElementType: f64, Shape: []int64{1 << 32, 1 << 32}, Place: inline(0)}, "beyond any memory"},
		{&commonv1.Array{ElementType: f64, Shape: []int64{math.MaxInt64}, Place: inline(0)}, "beyond any memory"},
		{&commonv1.Array{ElementType: f64, Shape: []int64{1 << 61}, Place: inline(0)}, "beyond any memory"},
		{&commonv1.Array{ElementType: f64, Shape: []int64{2}}, "no elements in memory"},
		{&commonv1.Array{ElementType: f64, Shape: []int64{2}, Place: &commonv1.Array_Offset{Offset: 64}}, "no elements in memory"},
		{&commonv1.Array{Shape: []int64{2}, Place: inline(16)}, "ELEMENT_TYPE_UNSPECIFIED"},
		{&commonv1.Array{ElementType: 77, Shape: []int64{2}, Place: inline(16)}, "are 77"},
	} {
		if x, err := c.array.Float64s(); err == nil || !strings.Contains(err.Error(), c.want) || x != nil {
			t.Errorf("%v: elements %v, error %v, want %q", c.array, x, err, c.want)
		}
	}
	if _, err := (&commonv1.Array{ElementType: 77}).ByteSize(); err == nil {
		t.Error("an unknown element type has a size")
	}
	var none *commonv1.Array
	if x, err := none.Float64s(); x != nil || err != nil || len(none.Dims()) != 0 {
		t.Errorf("a nil array holds %v (%v) in shape %v", x, err, none.Dims())
	}
	empty := &commonv1.Array{ElementType: f64, Shape: []int64{0}} // as an encoder may leave out empty bytes
	if x, err := empty.Float64s(); len(x) != 0 || err != nil {
		t.Errorf("an empty array holds %v (%v)", x, err)
	}
}

// TestAlignment: aligned bytes are viewed, others copied, and the elements are the same.
func TestAlignment(t *testing.T) {
	want := []float64{1, math.Pi, -3}
	words := make([]float64, 8)
	all := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), 64)
	for shift := range 9 {
		b := all[shift : shift+24]
		copy(b, unsafe.Slice((*byte)(unsafe.Pointer(&want[0])), 24))
		a := &commonv1.Array{
			ElementType: commonv1.ElementType_ELEMENT_TYPE_FLOAT64, Shape: []int64{3}, Place: &commonv1.Array_Inline{Inline: b},
		}
		x, err := a.Float64s()
		if err != nil || !slices.Equal(x, want) {
			t.Errorf("shifted by %d bytes: %v (%v), want %v", shift, x, err, want)
			continue
		}
		if view := unsafe.Pointer(&x[0]) == unsafe.Pointer(&b[0]); view != (shift%8 == 0) {
			t.Errorf("shifted by %d bytes: a view is %v", shift, view)
		}
	}
}

func TestVisitArrays(t *testing.T) {
	one := func() *commonv1.Array { return commonv1.Float64([]float64{1}, 1) }
	task := &poissonv1.Task{
		Axes: []*poissonv1.Axis{
			{LowerValues: one()},
			{},
			{UpperValues: one(), FaceCoefficients: one()},
		},
		Matrix: &poissonv1.CsrMatrix{Columns: commonv1.Int32([]int32{1}, 1)},
		Rhs:    one(),
	}
	var paths []string
	collect := func(path string, a *commonv1.Array) error {
		paths = append(paths, path)
		return nil
	}
	if err := commonv1.VisitArrays(task, collect); err != nil {
		t.Fatal(err)
	}
	want := []string{"axes[0].lower_values", "axes[2].upper_values", "axes[2].face_coefficients", "rhs", "matrix.columns"}
	if !slices.Equal(paths, want) {
		t.Errorf("visited %v, want %v", paths, want)
	}

	stop := errors.New("stop")
	calls := 0
	err := commonv1.VisitArrays(task, func(path string, _ *commonv1.Array) error {
		if calls++; path == "axes[2].upper_values" {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || calls != 2 {
		t.Errorf("stopped with %v after %d calls, want the callback's error after 2", err, calls)
	}

	// What is visited is the message's own, so a visitor may move it.
	err = commonv1.VisitArrays(task, func(_ string, a *commonv1.Array) error {
		a.Place = &commonv1.Array_Offset{Offset: 64}
		return nil
	})
	if err != nil || task.Rhs.GetOffset() != 64 || task.Axes[2].FaceCoefficients.GetOffset() != 64 {
		t.Errorf("the visitor's change is lost: %v (%v)", task, err)
	}

	paths = nil
	for _, m := range []proto.Message{one(), (*poissonv1.Task)(nil), &poissonv1.Task{}, &samplingv1.Solution{}} {
		if err := commonv1.VisitArrays(m, collect); err != nil {
			t.Error(err)
		}
	}
	if !slices.Equal(paths, []string{""}) {
		t.Errorf("visited %q, want the array itself alone", paths)
	}
}

func TestFloat64sOf(t *testing.T) {
	six := []float64{1, 2, 3, 4, 5, 6}
	for _, tt := range []struct {
		array *commonv1.Array
		shape []int
		says  string // empty if it is right
	}{
		{commonv1.Float64(six, 2, 3), []int{2, 3}, ""},
		{commonv1.Float64(six[:1]), nil, ""},
		{commonv1.Float64(six, 2, 3), []int{3, 2}, "array of shape [2 3], expected [3 2]"},
		{commonv1.Float64(six, 2, 3, 1), []int{2, 3}, "array of shape [2 3 1], expected [2 3]"},
		{commonv1.Int32([]int32{1, 2}, 2), []int{2}, "FLOAT64"},
		{nil, []int{2}, "absent, expected an array of shape [2]"},
	} {
		x, err := tt.array.Float64sOf(tt.shape...)
		switch {
		case tt.says == "" && (err != nil || &x[0] != &six[0]):
			t.Errorf("%v: %v, %v; expected the elements themselves", tt.shape, x, err)
		case tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)):
			t.Errorf("%v: error %v, expected one that says %q", tt.shape, err, tt.says)
		}
	}
}
