package wire

import (
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
)

// Attach turns every array of m that is placed by offset into a view of the segment, which view
// returns after checking its bounds.
func Attach(m proto.Message, view func(offset uint64, n int) ([]byte, error)) error {
	return commonv1.VisitArrays(m, func(path string, a *commonv1.Array) error {
		n, err := a.ByteSize()
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		switch p := a.Place.(type) {
		case *commonv1.Array_Offset:
			b, err := view(p.Offset, n)
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			a.Place = &commonv1.Array_Inline{Inline: b}
		case *commonv1.Array_Inline:
			if len(p.Inline) != n {
				return fmt.Errorf("%s: %d bytes inline, shape %v of %v needs %d", path, len(p.Inline), a.Shape, a.ElementType, n)
			}
		default:
			if n > 0 {
				return fmt.Errorf("%s: the array has neither inline bytes nor an offset", path)
			}
			a.Place = &commonv1.Array_Inline{Inline: []byte{}}
		}
		return nil
	})
}

// Pack marshals m with the arrays for which place returns an offset sent by that offset. The
// message itself is left as it was.
func Pack(m proto.Message, place func(b []byte) (uint64, bool)) (*anypb.Any, error) {
	type moved struct {
		array *commonv1.Array
		was   *commonv1.Array_Inline
	}
	var undo []moved
	defer func() {
		for _, u := range undo {
			u.array.Place = u.was
		}
	}()
	err := commonv1.VisitArrays(m, func(_ string, a *commonv1.Array) error {
		p, ok := a.Place.(*commonv1.Array_Inline)
		if !ok {
			return nil
		}
		if offset, ok := place(p.Inline); ok {
			undo = append(undo, moved{a, p})
			a.Place = &commonv1.Array_Offset{Offset: offset}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return anypb.New(m)
}
