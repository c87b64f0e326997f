//go:build cgo && linux

package capi

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"runtime"
	"runtime/cgo"
	"sync"
	"sync/atomic"
	"unsafe"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/solverbench/solverbench/plugins"
	"github.com/solverbench/solverbench/plugins/option"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
)

// session is one solver of the library, opened on a task. It is a plugins.Dynamic.
type session struct {
	library  *library
	c        *C.shim_session
	handle   cgo.Handle
	task     protoreflect.MessageDescriptor
	solution protoreflect.MessageType
	outputs  []protoreflect.FieldDescriptor // the arrays of the solution
	oracles  map[string]*oracle             // by path
	kept     memory                         // until the session ends
	loaded   memory                         // until other tasks are loaded
	data     map[proto.Message]*unsafe.Pointer
	paths    []string        // of the arrays that are data
	absent   *unsafe.Pointer // instead of data, in prepare
	prepared bool            // and to be closed
	cancel   cancellation    // of the call's context
	call     call            // in progress
}

// call is a call of prepare or solve.
type call struct {
	ctx      context.Context
	run      *plugins.Run
	solution protoreflect.Message // nil in prepare
	made     int                  // arrays of it
	pinner   runtime.Pinner       // of outputs that are Go's memory
}

// open makes a session for a solver with options.
func (l *library) open(name, schema string, specs []option.Spec, options []option.Value) (plugins.Dynamic, error) {
	task, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(schema))
	if err != nil {
		return nil, err
	}
	// The solution that belongs to a task is the message of that name beside it.
	solution, err := protoregistry.GlobalTypes.FindMessageByName(task.Descriptor().FullName().Parent().Append("Solution"))
	if err != nil {
		return nil, fmt.Errorf("%w: %s has no Solution beside it: %w", plugins.ErrUnsupported, schema, err)
	}
	s := &session{library: l, task: task.Descriptor(), solution: solution, oracles: map[string]*oracle{}}
	s.handle = cgo.NewHandle(s)
	s.c = (*C.shim_session)(s.kept.alloc(C.sizeof_shim_session))
	s.c.library, s.c.handle = l.c, C.uintptr_t(s.handle)
	s.c.run.solver, s.c.run.schema = s.kept.text(name), s.kept.text(schema)
	C.shim_init(s.c)
	s.cancel.flag = (*int32)(unsafe.Pointer(&s.c.cancelled))
	s.table(&s.c.options, optionFields(specs, options))
	for i := range solution.Descriptor().Fields().Len() {
		if f := solution.Descriptor().Fields().Get(i); f.Message() != nil && !f.IsList() && isArray(f.Message()) {
			s.outputs = append(s.outputs, f)
		}
	}
	outputs := unsafe.Slice((*C.shim_output)(s.kept.alloc(len(s.outputs)*C.sizeof_shim_output)), len(s.outputs))
	for i, f := range s.outputs {
		outputs[i].name = s.kept.text(string(f.Name()))
	}
	s.c.outputs, s.c.output_count = unsafe.SliceData(outputs), C.int64_t(len(outputs))
	return s, nil
}

// table fills a table of values.
func (s *session) table(t *C.shim_table, fields []field) {
	entries := unsafe.Slice((*C.shim_entry)(s.kept.alloc(len(fields)*C.sizeof_shim_entry)), len(fields))
	for i, f := range fields {
		entries[i].path = s.kept.text(f.path)
		v := &entries[i].value
		v.size, v.as, v.integer, v.number, v.text = C.sizeof_sb_value, C.int32_t(f.as), C.int64_t(f.integer), C.double(f.number), s.kept.text(f.text)
		v.array.size = C.sizeof_sb_array
		if a := f.array; a != nil {
			shape := unsafe.Slice((*C.int64_t)(s.kept.alloc(len(a.Shape)*C.sizeof_int64_t)), len(a.Shape))
			count := int64(1)
			for j, extent := range a.Shape {
				shape[j] = C.int64_t(extent)
				count *= extent
			}
			v.array._type, v.array.rank, v.array.shape, v.array.count = C.int32_t(a.ElementType), C.int64_t(len(shape)), unsafe.SliceData(shape), C.int64_t(count)
			v.array.data = s.kept.place(a.GetInline())
		}
		if f.oracle != nil {
			s.oracles[f.path] = &oracle{spec: f.oracle}
		}
	}
	size := 1 << bits.Len(uint(2*len(fields))) // at most half full
	t.entries, t.count = unsafe.SliceData(entries), C.int64_t(len(entries))
	t.buckets, t.mask = (*C.int32_t)(s.kept.alloc(size*C.sizeof_int32_t)), C.uint32_t(size-1)
	C.shim_index(t)
}

// Load makes the fields of the first task known to the library, and of all tasks the places of their data.
func (s *session) Load(tasks []proto.Message) error {
	if s.c.fields.buckets == nil {
		fields := flatten(tasks[0])
		s.table(&s.c.fields, fields)
		s.paths = dataPaths(tasks[0])
		arrays := unsafe.Slice((*C.int32_t)(s.kept.alloc(len(s.paths)*C.sizeof_int32_t)), len(s.paths))
		for i, path := range s.paths {
			for j, f := range fields {
				if f.path == path {
					arrays[i] = C.int32_t(j)
				}
			}
		}
		s.c.arrays, s.c.array_count = unsafe.SliceData(arrays), C.int64_t(len(arrays))
		s.absent = s.addresses(&s.kept, make([][]byte, len(s.paths)))
	}
	s.loaded.free()
	s.data = map[proto.Message]*unsafe.Pointer{}
	for i, task := range tasks {
		var data [][]byte
		_ = commonv1.VisitData(task, func(_ string, a *commonv1.Array) error {
			data = append(data, a.GetInline())
			return nil
		})
		if len(data) != len(s.paths) {
			return fmt.Errorf("task of slot %d: %d arrays of data, expected as many as the session's task has, %d", i, len(data), len(s.paths))
		}
		s.data[task] = s.addresses(&s.loaded, data)
	}
	return nil
}

// addresses puts the places of arrays where C finds them; that of nil is NULL.
func (s *session) addresses(m *memory, arrays [][]byte) *unsafe.Pointer {
	list := unsafe.Slice((*unsafe.Pointer)(m.alloc(len(arrays)*int(unsafe.Sizeof(uintptr(0))))), len(arrays))
	for i, b := range arrays {
		if b != nil {
			list[i] = m.place(b)
		}
	}
	return unsafe.SliceData(list)
}

// Do calls f on the library's thread.
func (s *session) Do(f func()) { s.library.thread.do(f) }

// Prepare has the library prepare. If it has done so before, that is closed first.
func (s *session) Prepare(ctx context.Context, run *plugins.Run) error {
	s.finish()
	s.begin(ctx, run, nil)
	s.c.run.threads, s.c.run.seed = C.int32_t(run.Threads()), C.uint64_t(run.Seed())
	s.prepared = true
	return s.outcome("solverbench_prepare", C.shim_prepare(s.c, s.absent))
}

// Solve has the library solve one of the loaded tasks.
func (s *session) Solve(ctx context.Context, run *plugins.Run, task proto.Message) (proto.Message, error) {
	if !s.prepared {
		if err := s.Prepare(ctx, run); err != nil {
			return nil, err
		}
	}
	data, ok := s.data[task]
	if !ok {
		return nil, errors.New("a task that was not loaded")
	}
	s.begin(ctx, run, s.solution.New())
	s.c.checkpoints_left = C.int(run.CheckpointsLeft())
	err := s.outcome("solverbench_solve", C.shim_solve(s.c, data))
	run.Iterations(int(s.c.run.iterations))
	s.call.pinner.Unpin()
	if err != nil {
		return nil, err
	}
	if s.call.made == 0 && len(s.outputs) > 0 {
		return nil, fmt.Errorf("solverbench_solve of solver %s returned SB_OK without a solution: expected it to make the array %q with sb_output",
			C.GoString(s.c.run.solver), s.outputs[0].Name())
	}
	return s.call.solution.Interface(), nil
}

func (s *session) begin(ctx context.Context, run *plugins.Run, solution protoreflect.Message) {
	s.cancel.watch(ctx)
	s.call.ctx, s.call.run, s.call.solution, s.call.made = ctx, run, solution, 0
}

// outcome makes an error of what a function has returned.
func (s *session) outcome(function string, rc C.int) error {
	if rc == C.SB_OK && s.c.mistake[0] == 0 {
		return nil
	}
	solver := C.GoString(s.c.run.solver)
	if s.c.mistake[0] != 0 {
		return errors.New(C.GoString(&s.c.mistake[0]))
	}
	why := C.GoString(&s.c.message[0])
	if why == "" {
		why = fmt.Sprintf("%s of solver %s gave no reason", function, solver)
	}
	switch rc {
	case C.SB_UNSUPPORTED:
		return fmt.Errorf("%w: %s", plugins.ErrUnsupported, why)
	case C.SB_FAILED:
		return errors.New(why)
	case C.SB_DIVERGED:
		return fmt.Errorf("%w: %s", plugins.ErrDiverged, why)
	case C.SB_INVALID:
		return fmt.Errorf("%w: %s", plugins.ErrInvalid, why)
	case C.SB_CANCELLED:
		return context.Canceled
	}
	return fmt.Errorf("%s of solver %s returned %d, expected SB_OK, or a kind of error from SB_UNSUPPORTED to SB_CANCELLED", function, solver, rc)
}

// finish has the library free what belongs to the session.
func (s *session) finish() {
	if s.prepared {
		C.shim_close(s.c)
		s.c.run.state = nil
		s.prepared = false
	}
}

// Close ends the session.
func (s *session) Close() {
	s.finish()
	s.cancel.end()
	s.handle.Delete()
	s.loaded.free()
	s.kept.free()
}

// optionFields are options as values to be looked up.
func optionFields(specs []option.Spec, options []option.Value) []field {
	fields := make([]field, len(options))
	for i, o := range options {
		fields[i] = optionField(specs[i].Type, o)
	}
	return fields
}

// cancellation sets a flag when a context ends.
type cancellation struct {
	flag *int32
	ctx  context.Context // watched

	mu   sync.Mutex
	stop func() bool
	turn int // of contexts: one that ends late must not set the flag for the next
}

// watch clears the flag and watches ctx, if it does not yet.
func (c *cancellation) watch(ctx context.Context) {
	if ctx == c.ctx {
		return
	}
	c.end()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ctx = ctx
	turn := c.turn
	atomic.StoreInt32(c.flag, 0)
	c.stop = context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.turn == turn {
			atomic.StoreInt32(c.flag, 1)
		}
	})
}

// end watches no longer: the flag may go.
func (c *cancellation) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stop != nil {
		c.stop()
	}
	c.ctx = nil
	c.turn++
}
