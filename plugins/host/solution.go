package host

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
)

// solutionType finds the message Solution beside the message Task.
func solutionType(task proto.Message) (protoreflect.MessageType, error) {
	name := task.ProtoReflect().Descriptor().FullName().Parent().Append("Solution")
	t, err := protoregistry.GlobalTypes.FindMessageByName(name)
	if err != nil {
		return nil, fmt.Errorf("task %s has no solution message: %w", task.ProtoReflect().Descriptor().FullName(), err)
	}
	return t, nil
}

// NewSolution makes a solution to a task whose arrays are of the given shapes, without elements.
func NewSolution(task proto.Message, shapes [][]int) (proto.Message, error) {
	t, err := solutionType(task)
	if err != nil {
		return nil, err
	}
	m := t.New()
	fields := m.Descriptor().Fields()
	i := 0
	for k := range fields.Len() {
		f := fields.Get(k)
		if f.Message() == nil || f.IsList() || f.IsMap() || i == len(shapes) {
			continue
		}
		if a, ok := m.NewField(f).Message().Interface().(*commonv1.Array); ok {
			a.ElementType = commonv1.ElementType_ELEMENT_TYPE_FLOAT64
			for _, d := range shapes[i] {
				a.Shape = append(a.Shape, int64(d))
			}
			m.Set(f, protoreflect.ValueOfMessage(a.ProtoReflect()))
			i++
		}
	}
	return m.Interface(), nil
}

// CheckShapes checks that the arrays of a solution are float64 and, in field order, of the given shapes.
func CheckShapes(solution proto.Message, shapes [][]int) error {
	i := 0
	err := commonv1.VisitArrays(solution, func(path string, a *commonv1.Array) error {
		if i >= len(shapes) {
			return fmt.Errorf("%s: an array too many, expected %d", path, len(shapes))
		}
		if !slices.Equal(a.Dims(), shapes[i]) {
			return fmt.Errorf("%s: shape %v, expected %v", path, a.Dims(), shapes[i])
		}
		if a.ElementType != commonv1.ElementType_ELEMENT_TYPE_FLOAT64 {
			return fmt.Errorf("%s: elements are %v, expected float64", path, a.ElementType)
		}
		i++
		return nil
	})
	if err == nil && i < len(shapes) {
		err = fmt.Errorf("%d arrays, expected %d", i, len(shapes))
	}
	return err
}
