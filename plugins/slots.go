package plugins

import (
	"bytes"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/plugins/internal/wire"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	pluginv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
	"github.com/solverbench/solverbench/plugins/shm"
)

// slots are tasks that differ in their data, each with room for its answer.
type slots struct {
	segment *shm.Segment
	layout  *pluginv1.Segment
	tasks   []proto.Message
	stride  uint64 // from one answer to the next
}

// newSlots maps the slots and decodes their tasks.
func newSlots(req *pluginv1.LoadRequest, decode func([]byte) (proto.Message, error)) (_ *slots, err error) {
	l := req.Segment
	if l == nil || req.Slots == 0 || req.Task == nil {
		return nil, errors.New("loading slots: expected a segment, a task and at least one slot")
	}
	s := &slots{layout: l, stride: req.OutputStride}
	if s.segment, err = shm.Open(l.Path, int(l.Size), int(l.InputEnd)); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	for k := range uint64(req.Slots) {
		task, err := decode(req.Task.Value)
		if err != nil {
			return nil, err
		}
		err = wire.Attach(task, func(offset uint64, n int) ([]byte, error) {
			if offset >= l.SlotsBegin {
				offset += k * req.InputStride
			}
			return s.segment.Bytes(offset, n, 0, int(l.InputEnd))
		})
		if err != nil {
			return nil, fmt.Errorf("task of slot %d: %w", k, err)
		}
		s.tasks = append(s.tasks, task)
	}
	return s, nil
}

// begin returns where slot k's answer starts.
func (s *slots) begin(k int) uint64 { return s.layout.OutputBegin + uint64(k)*s.stride }

// settle sees to it that a solution's arrays lie where the harness looks for them. A solver that built it in Output has
// put them there already.
func (s *slots) settle(solution proto.Message, k int) error {
	at, end := s.begin(k), s.begin(k+1)
	return commonv1.VisitArrays(solution, func(path string, a *commonv1.Array) error {
		b := a.GetInline()
		dst, err := s.segment.Bytes(at, len(b), int(at), int(min(end, s.layout.OutputEnd)))
		if err != nil {
			return fmt.Errorf("solution: %s does not fit its slot: %w", path, err)
		}
		at += uint64(wire.AlignUp(len(b)))
		if len(b) == 0 || &dst[0] == &b[0] {
			return nil
		}
		if _, within := s.segment.Offset(b); within {
			b = bytes.Clone(b) // they may overlap
		}
		copy(dst, b)
		return nil
	})
}

func (s *slots) close() {
	if s != nil {
		_ = s.segment.Close() // the harness has removed the file
	}
}
