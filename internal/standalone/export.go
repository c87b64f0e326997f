package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
)

// export writes n inputs, or as many as there is memory for, for programs that know neither the protocol nor Go: a folder 0, 1, … for each,
// with task.txt, a line `path value` for each scalar of the task ("axes.0.points 1023", enums as numbers), and the raw little-endian
// elements of each array in PATH.bin, of which task.txt has the lines `PATH.shape 1023 1023` and `PATH.type float64`. Repeated
// numbers are both.
func (in *inputs) export(ctx context.Context, dir string, n int) error {
	tasks, err := in.draw(ctx, n)
	if err != nil {
		return err
	}
	for k, task := range tasks {
		into := filepath.Join(dir, fmt.Sprint(k))
		if err := os.MkdirAll(into, 0o755); err != nil {
			return err
		}
		w := taskWriter{dir: into}
		if err := w.message("", task.ProtoReflect()); err != nil {
			return fmt.Errorf("writing input %d: %w", k, err)
		}
		if err := os.WriteFile(filepath.Join(into, "task.txt"), w.text.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

type taskWriter struct {
	dir  string
	text bytes.Buffer
}

func (w *taskWriter) message(path string, m protoreflect.Message) error {
	if a, ok := m.Interface().(*commonv1.Array); ok {
		return w.array(path, a)
	}
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.IsMap() || f.HasPresence() && !m.Has(f) {
			continue
		}
		at := strings.TrimPrefix(path+"."+string(f.Name()), ".")
		if !f.IsList() {
			if err := w.value(at, f, m.Get(f)); err != nil {
				return err
			}
			continue
		}
		list := m.Get(f).List()
		fmt.Fprintf(&w.text, "%s.count %d\n", at, list.Len())
		if f.Kind() == protoreflect.DoubleKind { // an array too
			numbers := make([]float64, list.Len())
			for k := range numbers {
				numbers[k] = list.Get(k).Float()
			}
			if err := w.array(at, commonv1.Float64(numbers, len(numbers))); err != nil {
				return err
			}
		}
		for k := range list.Len() {
			if err := w.value(fmt.Sprintf("%s.%d", at, k), f, list.Get(k)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *taskWriter) value(path string, f protoreflect.FieldDescriptor, v protoreflect.Value) error {
	switch f.Kind() {
	case protoreflect.MessageKind:
		return w.message(path, v.Message())
	case protoreflect.EnumKind:
		fmt.Fprintf(&w.text, "%s %d\n", path, v.Enum())
	case protoreflect.DoubleKind:
		fmt.Fprintf(&w.text, "%s %.17g\n", path, v.Float())
	default:
		fmt.Fprintf(&w.text, "%s %v\n", path, v.Interface())
	}
	return nil
}

func (w *taskWriter) array(path string, a *commonv1.Array) error {
	kind := strings.ToLower(strings.TrimPrefix(a.ElementType.String(), "ELEMENT_TYPE_"))
	fmt.Fprintf(&w.text, "%s.type %s\n%s.shape%s\n", path, kind, path, strings.TrimSuffix(" "+strings.Trim(fmt.Sprint(a.Shape), "[]"), " "))
	return os.WriteFile(filepath.Join(w.dir, path+".bin"), a.GetInline(), 0o644)
}
