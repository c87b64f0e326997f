package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/plugins/internal/wire"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	pluginv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
	"github.com/solverbench/solverbench/plugins/shm"
)

// ErrNoSlots says that the plugin does not implement Load: all its solves are of one input.
var ErrNoSlots = errors.New("the plugin does not take varied inputs")

// slots are the memory of a session's loaded tasks and their answers.
type slots struct {
	segment        *shm.Segment
	begin, stride  int      // of the data: where slot 0's starts, and from one to the next
	output, answer int      // of the answers: where slot 0's starts, and from one to the next
	copies         [][]byte // of the arrays of an answer
}

// pageSize separates what the plugin may write from what it may not.
const pageSize = 4096

// Load makes room for n tasks that differ from the session's in their data, and for their answers. Put fills the slots;
// from then on Solve is about them. Errors wrap ErrNoSlots if the plugin has no such thing, and are a *NoRoomError if there is no
// memory for as many; those that were loaded before are then still there.
func (s *Session) Load(ctx context.Context, n int) error {
	task := proto.Clone(s.cfg.Task)
	fixed, data := 0, 0
	isData := map[*commonv1.Array]bool{}
	_ = commonv1.VisitData(task, func(_ string, a *commonv1.Array) error {
		isData[a] = true
		data += wire.AlignUp(len(a.GetInline()))
		return nil
	})
	_ = commonv1.VisitArrays(task, func(_ string, a *commonv1.Array) error {
		if !isData[a] && len(a.GetInline()) >= wire.InlineLimit {
			fixed += wire.AlignUp(len(a.GetInline()))
		}
		return nil
	})
	l := &slots{begin: fixed, stride: data, answer: s.solutionBytes()}
	l.output = (fixed + n*l.stride + pageSize - 1) / pageSize * pageSize
	size := max(l.output+n*l.answer, pageSize)
	dirs := s.client.shared
	if n > 1 {
		dirs = dirs[:1] // fewer in memory are better than many on a disk, which is slow and counted as the plugin's memory
	}
	var err error
	if l.segment, err = shm.Create(size, dirs...); err != nil {
		return &NoRoomError{err: err}
	}
	if err := s.place(l, task, isData); err != nil {
		return errors.Join(err, l.segment.Close())
	}
	packed, err := wire.Pack(task, func([]byte) (uint64, bool) { return 0, false })
	if err != nil {
		return errors.Join(fmt.Errorf("encoding the task: %w", err), l.segment.Close())
	}
	resp, err := s.client.rpc.Load(ctx, greased(s.client.grease, &pluginv1.LoadRequest{
		Session: s.name, Slots: uint32(n), InputStride: uint64(l.stride), OutputStride: uint64(l.answer), Task: packed,
		Segment: &pluginv1.Segment{
			Path: l.segment.Path(), Size: uint64(size), InputEnd: uint64(l.output), SlotsBegin: uint64(l.begin),
			OutputBegin: uint64(l.output), OutputEnd: uint64(l.output + n*l.answer),
		},
	}))
	switch {
	case status.Code(err) == codes.Unimplemented:
		err = ErrNoSlots
	case err != nil:
		err = s.client.callError(ctx, "Load", err)
	case resp.Failure != nil:
		err = s.told(ctx, "Load", resp.Failure)
	}
	if err != nil {
		return errors.Join(err, l.segment.Close())
	}
	if err := l.segment.Unlink(); err != nil {
		return fmt.Errorf("unlinking the shared segment: %w", err)
	}
	_ = s.slots.close()
	s.slots = l
	return nil
}

// place writes the arrays of the operator into the segment, and makes the task refer to it: data at slot 0.
func (s *Session) place(l *slots, task proto.Message, isData map[*commonv1.Array]bool) error {
	fixed, data := 0, l.begin
	return commonv1.VisitArrays(task, func(_ string, a *commonv1.Array) error {
		b := a.GetInline()
		at := &fixed
		if isData[a] {
			at = &data
		} else if len(b) < wire.InlineLimit {
			return nil
		}
		dst, err := l.segment.Bytes(uint64(*at), len(b), 0, l.output)
		if err != nil {
			return err
		}
		copy(dst, b)
		a.Place = &commonv1.Array_Offset{Offset: uint64(*at)}
		*at += wire.AlignUp(len(b))
		return nil
	})
}

// Put writes a task's data into slot k. The task must be of the session's kind and size.
func (s *Session) Put(k int, task proto.Message) error {
	return s.slots.each(k, task, func(dst, b []byte) error {
		copy(dst, b)
		return nil
	})
}

// Changed says whether the plugin has changed its input: whether slot k holds something else than the task that was put there.
func (s *Session) Changed(k int, task proto.Message) (changed bool, err error) {
	err = s.slots.each(k, task, func(dst, b []byte) error {
		changed = changed || !bytes.Equal(dst, b)
		return nil
	})
	return changed, err
}

// each calls f with the place in slot k and the bytes of every data array of a task.
func (l *slots) each(k int, task proto.Message, f func(place, b []byte) error) error {
	at := l.begin + k*l.stride
	end := at + l.stride
	return guard(func() error {
		return commonv1.VisitData(task, func(path string, a *commonv1.Array) error {
			b := a.GetInline()
			place, err := l.segment.Bytes(uint64(at), len(b), 0, end)
			if err != nil {
				return fmt.Errorf("task of slot %d: %s: %w", k, path, err)
			}
			at += wire.AlignUp(len(b))
			return f(place, b)
		})
	})
}

// Answer returns a copy of the solution in slot k as the last Solve left it. It is valid until the next call of Answer, which uses
// its memory again: pages that are new cost more than what is copied into them.
func (s *Session) Answer(k int) (proto.Message, error) {
	solution := proto.Clone(s.skeleton)
	at := s.slots.output + k*s.slots.answer
	end := at + s.slots.answer
	i := 0
	err := guard(func() error {
		return commonv1.VisitArrays(solution, func(path string, a *commonv1.Array) error {
			n := arrayBytes(s.cfg.Shapes[i])
			b, err := s.slots.segment.Bytes(uint64(at), n, at, end)
			if err != nil {
				return fmt.Errorf("solution of slot %d: %s: %w", k, path, err)
			}
			at += wire.AlignUp(n)
			a.Place = &commonv1.Array_Inline{Inline: s.slots.copyOf(i, b)}
			i++
			return nil
		})
	})
	return solution, err
}

// copyOf copies the i-th array of an answer to where the last answer's was.
func (l *slots) copyOf(i int, b []byte) []byte {
	if i == len(l.copies) {
		l.copies = append(l.copies, make([]byte, len(b)))
	}
	copy(l.copies[i], b)
	return l.copies[i]
}

// memory is where they are, nil for none.
func (l *slots) memory() *shm.Segment {
	if l == nil {
		return nil
	}
	return l.segment
}

func (l *slots) close() error {
	if l == nil {
		return nil
	}
	return l.segment.Close()
}

// arrayBytes is the size of a float64 array.
func arrayBytes(shape []int) int {
	n := 8
	for _, d := range shape {
		n *= d
	}
	return n
}

// SolutionBytes is the size of a solution's arrays.
func SolutionBytes(shapes [][]int) int {
	total := 0
	for _, shape := range shapes {
		total += arrayBytes(shape)
	}
	return total
}

// DataBytes is the size of a task's data: of what differs between the solves of a session.
func DataBytes(task proto.Message) int {
	total := 0
	_ = commonv1.VisitData(task, func(_ string, a *commonv1.Array) error {
		total += len(a.GetInline())
		return nil
	})
	return total
}
