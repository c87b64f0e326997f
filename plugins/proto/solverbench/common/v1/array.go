package commonv1

import (
	"fmt"
	"math"
	"slices"
	"unsafe"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

type element interface {
	float64 | float32 | int32 | int64 | uint8
}

// Float64 returns an array of the given shape whose elements are data itself, not a copy.
// It panics if the shape does not multiply to len(data).
func Float64(data []float64, shape ...int) *Array {
	return newArray(ElementType_ELEMENT_TYPE_FLOAT64, data, shape)
}

// Int32 is Float64 for int32 elements.
func Int32(data []int32, shape ...int) *Array {
	return newArray(ElementType_ELEMENT_TYPE_INT32, data, shape)
}

// Int64 is Float64 for int64 elements.
func Int64(data []int64, shape ...int) *Array {
	return newArray(ElementType_ELEMENT_TYPE_INT64, data, shape)
}

// Uint8 is Float64 for byte elements.
func Uint8(data []uint8, shape ...int) *Array {
	return newArray(ElementType_ELEMENT_TYPE_UINT8, data, shape)
}

func newArray[E element](t ElementType, data []E, shape []int) *Array {
	dims := make([]int64, len(shape))
	for i, s := range shape {
		dims[i] = int64(s)
	}
	inline := asBytes(data)
	x := &Array{ElementType: t, Shape: dims, Place: &Array_Inline{Inline: inline}}
	if size, err := x.ByteSize(); err != nil || size != len(inline) {
		panic(fmt.Sprintf("commonv1: shape %v does not hold the %d elements of data", shape, len(data)))
	}
	return x
}

// Float64s returns the elements as a view where that is possible. A nil array has none.
// It fails if the elements are not float64, or not as many as the shape says.
func (x *Array) Float64s() ([]float64, error) {
	return elements[float64](x, ElementType_ELEMENT_TYPE_FLOAT64)
}

// Float64sOf is Float64s for an array that must be there and have the given shape.
func (x *Array) Float64sOf(shape ...int) ([]float64, error) {
	if x == nil {
		return nil, fmt.Errorf("absent, expected an array of shape %v", shape)
	}
	if got := x.Dims(); !slices.Equal(got, shape) {
		return nil, fmt.Errorf("array of shape %v, expected %v", got, shape)
	}
	return x.Float64s()
}

// Int32s is Float64s for int32 elements.
func (x *Array) Int32s() ([]int32, error) {
	return elements[int32](x, ElementType_ELEMENT_TYPE_INT32)
}

// Int64s is Float64s for int64 elements.
func (x *Array) Int64s() ([]int64, error) {
	return elements[int64](x, ElementType_ELEMENT_TYPE_INT64)
}

// Uint8s is Float64s for byte elements.
func (x *Array) Uint8s() ([]uint8, error) {
	return elements[uint8](x, ElementType_ELEMENT_TYPE_UINT8)
}

func elements[E element](x *Array, t ElementType) ([]E, error) {
	if x == nil {
		return nil, nil
	}
	if x.ElementType != t {
		return nil, fmt.Errorf("array elements are %v, expected %v", x.ElementType, t)
	}
	size, err := x.ByteSize()
	if err != nil {
		return nil, err
	}
	p, ok := x.Place.(*Array_Inline)
	if !ok {
		if x.Place == nil && size == 0 {
			return nil, nil
		}
		return nil, fmt.Errorf("array has no elements in memory (place %T)", x.Place)
	}
	if len(p.Inline) != size {
		return nil, fmt.Errorf("array of shape %v and %v holds %d bytes, expected %d", x.Shape, x.ElementType, len(p.Inline), size)
	}
	return fromBytes[E](p.Inline), nil
}

// Dims returns the shape as ints.
func (x *Array) Dims() []int {
	d := make([]int, len(x.GetShape()))
	for i, s := range x.GetShape() {
		d[i] = int(s)
	}
	return d
}

// ByteSize returns the bytes that the shape and element type call for. It fails on a negative
// extent, an unknown element type, or a product beyond what memory can hold.
func (x *Array) ByteSize() (int, error) {
	w, ok := widths[x.GetElementType()]
	if !ok {
		return 0, fmt.Errorf("array element type %d is unknown", x.GetElementType())
	}
	n := int64(w)
	for _, s := range x.GetShape() {
		if s < 0 {
			return 0, fmt.Errorf("array shape %v has a negative extent", x.Shape)
		}
		if s > 0 && n > math.MaxInt/2/s {
			return 0, fmt.Errorf("array shape %v is beyond any memory", x.Shape)
		}
		n *= s
	}
	return int(n), nil
}

var widths = map[ElementType]int{
	ElementType_ELEMENT_TYPE_FLOAT64: 8,
	ElementType_ELEMENT_TYPE_FLOAT32: 4,
	ElementType_ELEMENT_TYPE_INT32:   4,
	ElementType_ELEMENT_TYPE_INT64:   8,
	ElementType_ELEMENT_TYPE_UINT8:   1,
}

// VisitArrays calls visit for every array in m, at any depth, in field order, with the path of
// field names that leads to it, and stops at the first error. Families hold no arrays in map fields, which it
// passes over.
func VisitArrays(m proto.Message, visit func(path string, a *Array) error) error {
	return visitArrays(m.ProtoReflect(), "", true, visit)
}

// VisitData is VisitArrays for those arrays that the schema marks as the task's data.
func VisitData(m proto.Message, visit func(path string, a *Array) error) error {
	return visitArrays(m.ProtoReflect(), "", false, visit)
}

// visitArrays visits those below m, which is in a field that is wanted or is not. Data is always wanted.
func visitArrays(m protoreflect.Message, path string, wanted bool, visit func(path string, a *Array) error) error {
	if a, ok := m.Interface().(*Array); ok {
		if !wanted {
			return nil
		}
		return visit(path, a)
	}
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.Kind() != protoreflect.MessageKind || f.IsMap() || !m.Has(f) {
			continue
		}
		name := string(f.Name())
		if path != "" {
			name = path + "." + name
		}
		below := wanted || proto.GetExtension(f.Options(), E_Data).(bool)
		if !f.IsList() {
			if err := visitArrays(m.Get(f).Message(), name, below, visit); err != nil {
				return err
			}
			continue
		}
		list := m.Get(f).List()
		for j := range list.Len() {
			if err := visitArrays(list.Get(j).Message(), fmt.Sprintf("%s[%d]", name, j), below, visit); err != nil {
				return err
			}
		}
	}
	return nil
}

func asBytes[E element](data []E) []byte {
	if len(data) == 0 {
		return []byte{}
	}
	var e E
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(data))), len(data)*int(unsafe.Sizeof(e)))
}

func fromBytes[E element](b []byte) []E {
	var e E
	w := int(unsafe.Sizeof(e))
	n := len(b) / w
	if n == 0 {
		return []E{}
	}
	p := unsafe.Pointer(unsafe.SliceData(b))
	if uintptr(p)%unsafe.Alignof(e) != 0 {
		// A decoder may hand out bytes at any address; elements need their alignment.
		out := make([]E, n)
		copy(asBytes(out), b)
		return out
	}
	return unsafe.Slice((*E)(p), n)
}
