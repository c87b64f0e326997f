package capi

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/solverbench/solverbench/plugins/option"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
)

// What a value can be read as: the SB_AS_… of solverbench.h. A field that is known to be absent can be read as nothing.
const (
	asInteger = 1 << iota
	asNumber
	asText
	asArray
	asList
	asMessage
	asOracle
)

// asElements says that a value is an array with elements of a type.
func asElements(t commonv1.ElementType) int32 { return 1 << (7 + t) }

// field is a named value of a task.
type field struct {
	path    string
	as      int32
	integer int64
	number  float64
	text    string
	array   *commonv1.Array
	oracle  *commonv1.Oracle
}

// flatten lists the fields of a task, those that are absent included as far as their message is there.
func flatten(m proto.Message) []field {
	var f flattener
	f.message("", m.ProtoReflect())
	return f
}

type flattener []field

func (f *flattener) add(x field) { *f = append(*f, x) }

func (f *flattener) message(prefix string, m protoreflect.Message) {
	d := m.Descriptor()
	for i := range d.Oneofs().Len() {
		if one := d.Oneofs().Get(i); !one.IsSynthetic() {
			set := field{path: prefix + string(one.Name()), as: asText}
			if which := m.WhichOneof(one); which != nil {
				set.text = string(which.Name())
			}
			f.add(set)
		}
	}
	for i := range d.Fields().Len() {
		fd := d.Fields().Get(i)
		path := prefix + string(fd.Name())
		switch {
		case fd.IsMap(): // families have none
		case fd.IsList():
			f.list(path, fd, m.Get(fd).List())
		case fd.HasPresence() && !m.Has(fd):
			f.add(field{path: path})
		default:
			f.value(path, fd, m.Get(fd))
		}
	}
}

func (f *flattener) list(path string, fd protoreflect.FieldDescriptor, list protoreflect.List) {
	if a := numbers(fd, list); a != nil {
		f.add(field{path: path, as: asArray | asElements(a.ElementType), array: a})
		return
	}
	f.add(field{path: path, as: asList, integer: int64(list.Len())})
	for i := range list.Len() {
		f.value(path+"."+strconv.Itoa(i), fd, list.Get(i))
	}
}

// value adds a field, or an entry of a list, that is there.
func (f *flattener) value(path string, fd protoreflect.FieldDescriptor, v protoreflect.Value) {
	x := field{path: path}
	switch fd.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		switch m := v.Message().Interface().(type) {
		case *commonv1.Array:
			x.as, x.array = asArray|asElements(m.ElementType), m
			f.add(x)
			return
		case *commonv1.Oracle:
			x.as, x.oracle = asMessage|asOracle, m
		default:
			x.as = asMessage
		}
		f.add(x)
		f.message(path+".", v.Message())
		return
	case protoreflect.StringKind:
		x.as, x.text = asText, v.String()
	case protoreflect.BytesKind:
		a := commonv1.Uint8(v.Bytes(), len(v.Bytes()))
		x.as, x.array = asArray|asElements(a.ElementType), a
	case protoreflect.DoubleKind, protoreflect.FloatKind:
		x.as, x.number = asNumber, v.Float()
	case protoreflect.EnumKind:
		x.as, x.integer = asInteger|asNumber|asText, int64(v.Enum())
		if named := fd.Enum().Values().ByNumber(v.Enum()); named != nil {
			x.text = string(named.Name())
		}
	default:
		x.as, x.integer = asInteger|asNumber, integer(fd, v)
	}
	if x.as&asInteger != 0 {
		x.number = float64(x.integer)
	}
	f.add(x)
}

func integer(fd protoreflect.FieldDescriptor, v protoreflect.Value) int64 {
	switch fd.Kind() {
	case protoreflect.BoolKind:
		if v.Bool() {
			return 1
		}
		return 0
	case protoreflect.EnumKind:
		return int64(v.Enum())
	case protoreflect.Uint32Kind, protoreflect.Uint64Kind, protoreflect.Fixed32Kind, protoreflect.Fixed64Kind:
		return int64(v.Uint())
	}
	return v.Int()
}

// numbers returns a list of numbers as an array: of float64, or of int64; nil if its entries are something else.
func numbers(fd protoreflect.FieldDescriptor, list protoreflect.List) *commonv1.Array {
	switch fd.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind, protoreflect.StringKind, protoreflect.BytesKind:
		return nil
	case protoreflect.DoubleKind, protoreflect.FloatKind:
		x := make([]float64, list.Len())
		for i := range x {
			x[i] = list.Get(i).Float()
		}
		return commonv1.Float64(x, len(x))
	}
	x := make([]int64, list.Len())
	for i := range x {
		x[i] = integer(fd, list.Get(i))
	}
	return commonv1.Int64(x, len(x))
}

// dataPaths are the paths of the arrays that are the task's data.
func dataPaths(m proto.Message) []string {
	var paths []string
	_ = commonv1.VisitData(m, func(path string, _ *commonv1.Array) error {
		paths = append(paths, strings.NewReplacer("[", ".", "]", "").Replace(path))
		return nil
	})
	return paths
}

// checkPath says what is wrong with a path that was not found: nothing, if the schema has such a field.
func checkPath(d protoreflect.MessageDescriptor, path string) error {
	steps := strings.Split(path, ".")
	for i := 0; i < len(steps); i++ {
		if d.Oneofs().ByName(protoreflect.Name(steps[i])) != nil && i == len(steps)-1 {
			return nil
		}
		fd := d.Fields().ByName(protoreflect.Name(steps[i]))
		if fd == nil {
			return fmt.Errorf("%s has no field %q%s", d.FullName(), steps[i], suggestion(steps[i], names(d)))
		}
		if fd.IsList() && i+1 < len(steps) {
			i++
			if n, err := strconv.Atoi(steps[i]); err != nil || n < 0 || steps[i] != strconv.Itoa(n) {
				return fmt.Errorf("%s is a list, and %q in the path is not the number of an entry: %q", fd.Name(), steps[i], string(fd.Name())+".0")
			}
		}
		if i == len(steps)-1 {
			return nil
		}
		if d = fd.Message(); d == nil || isArray(d) {
			return fmt.Errorf("%s has no fields of its own", strings.Join(steps[:i+1], "."))
		}
	}
	return nil
}

func isArray(d protoreflect.MessageDescriptor) bool {
	return d.FullName() == (*commonv1.Array)(nil).ProtoReflect().Descriptor().FullName()
}

// names are those of a message's fields and oneofs.
func names(d protoreflect.MessageDescriptor) []string {
	var out []string
	for i := range d.Fields().Len() {
		out = append(out, string(d.Fields().Get(i).Name()))
	}
	for i := range d.Oneofs().Len() {
		if o := d.Oneofs().Get(i); !o.IsSynthetic() {
			out = append(out, string(o.Name()))
		}
	}
	return out
}

func suggestion(name string, known []string) string {
	if near, ok := option.Nearest(name, known); ok {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	slices.Sort(known)
	return ", but " + strings.Join(known, ", ")
}

// describeAs says in words what a value can be read as, or was to be read as.
func describeAs(as int32) string {
	for t, name := range elementNames {
		if as&asElements(t) != 0 {
			return "an array of " + name
		}
	}
	switch {
	case as&asArray != 0:
		return "an array"
	case as&asInteger != 0 && as&asText != 0:
		return "an enum"
	case as&asInteger != 0:
		return "an integer"
	case as&asNumber != 0:
		return "a number"
	case as&asText != 0:
		return "text"
	case as&asList != 0:
		return "a list"
	case as&asOracle != 0:
		return "an oracle"
	}
	return "a message"
}

var elementNames = map[commonv1.ElementType]string{
	commonv1.ElementType_ELEMENT_TYPE_FLOAT64: "float64",
	commonv1.ElementType_ELEMENT_TYPE_FLOAT32: "float32",
	commonv1.ElementType_ELEMENT_TYPE_INT32:   "int32",
	commonv1.ElementType_ELEMENT_TYPE_INT64:   "int64",
	commonv1.ElementType_ELEMENT_TYPE_UINT8:   "uint8",
}
