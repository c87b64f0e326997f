//go:build cgo && linux

package capi

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"runtime/cgo"
	"strings"
	"unsafe"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/solverbench/solverbench/plugins"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
)

// The functions below are what shim.c calls for what the harness is needed for.

// oracle is one that the task names; opened when it is first called.
type oracle struct {
	spec   *commonv1.Oracle
	opened *plugins.Oracle
}

func sessionOf(handle C.uintptr_t) *session { return cgo.Handle(handle).Value().(*session) }

// mistake records what the solver has done wrong, which fails the call.
func (s *session) mistake(format string, args ...any) {
	text := C.CString(fmt.Sprintf("solver %s ", C.GoString(s.c.run.solver)) + fmt.Sprintf(format, args...))
	C.shim_mistake(s.c, text)
	C.free(unsafe.Pointer(text))
}

// solverbenchNotFound is told of a field or option that was asked for and is not there, or is not of that kind.
//
//export solverbenchNotFound
func solverbenchNotFound(handle C.uintptr_t, isOption C.int, path *C.char, as, has C.int32_t) {
	s := sessionOf(handle)
	what := "field"
	if isOption != 0 {
		what = "option"
	}
	name := C.GoString(path)
	switch {
	case path == nil:
		s.mistake("asked for the %s NULL", what)
	case has != 0:
		s.mistake("asked for the %s %q as %s, and it is %s", what, name, describeAs(int32(as)), describeAs(int32(has)))
	case isOption != 0:
		var declared []string
		for _, e := range unsafe.Slice(s.c.options.entries, s.c.options.count) {
			declared = append(declared, C.GoString(e.path))
		}
		s.mistake("asked for the option %q, which it has not declared%s", name, suggestion(name, declared))
	default:
		if err := checkPath(s.task, name); err != nil {
			s.mistake("asked for the field %q: %v", name, err)
		}
	}
}

// solverbenchOutput makes an array of the solution.
//
//export solverbenchOutput
func solverbenchOutput(handle C.uintptr_t, index C.int64_t, name *C.char, elementType C.int32_t, rank C.int64_t, shape *C.int64_t) unsafe.Pointer {
	s := sessionOf(handle)
	p, err := s.output(int(index), name, commonv1.ElementType(elementType), int64(rank), shape)
	if err != nil {
		s.mistake("asked for the output %q: %v", C.GoString(name), err)
	}
	return p
}

// mostBytes of an array: what is beyond is a mistake, and not a want of memory.
const mostBytes = 1 << 42

func (s *session) output(index int, name *C.char, t commonv1.ElementType, rank int64, shape *C.int64_t) (unsafe.Pointer, error) {
	switch {
	case s.call.solution == nil:
		return nil, errors.New("that is for solve, and this is prepare")
	case name == nil:
		return nil, errors.New("its name is NULL")
	case index < 0:
		return nil, fmt.Errorf("%s has no such array%s", s.solution.Descriptor().FullName(), suggestion(C.GoString(name), s.outputNames()))
	case rank < 0 || rank > C.SHIM_MAX_RANK:
		return nil, fmt.Errorf("its rank is %d, expected 0 to %d", rank, C.SHIM_MAX_RANK)
	case rank > 0 && shape == nil:
		return nil, errors.New("its shape is NULL")
	}
	dims := make([]int, rank)
	a := &commonv1.Array{ElementType: t}
	for i, extent := range unsafe.Slice(shape, rank) {
		if extent < 1 {
			return nil, fmt.Errorf("extent %d of its shape is %d, expected at least 1", i, extent)
		}
		dims[i] = int(extent)
		a.Shape = append(a.Shape, int64(extent))
	}
	if n, err := a.ByteSize(); err != nil || n > mostBytes {
		return nil, fmt.Errorf("shape %v of elements of type %d: expected sizes that memory can hold, and a type from SB_FLOAT64 to SB_UINT8", dims, t)
	}
	f := s.outputs[index]
	if s.call.solution.Has(f) {
		return nil, fmt.Errorf("shape %v, after another shape or type in the same solve", dims)
	}
	made, b := s.call.run.OutputOf(t, dims...)
	s.call.pinner.Pin(unsafe.SliceData(b)) // nothing happens if it is in the segment
	s.call.solution.Set(f, protoreflect.ValueOfMessage(made.ProtoReflect()))
	s.call.made++
	return unsafe.Pointer(unsafe.SliceData(b)), nil
}

func (s *session) outputNames() []string {
	var names []string
	for _, f := range s.outputs {
		names = append(names, string(f.Name()))
	}
	return names
}

// solverbenchWantCheckpoint says whether it is time for a checkpoint.
//
//export solverbenchWantCheckpoint
func solverbenchWantCheckpoint(handle C.uintptr_t) C.int {
	if sessionOf(handle).call.run.WantCheckpoint() {
		return 1
	}
	return 0
}

// solverbenchCheckpoint sends the solution as it is, and returns how many more may be sent.
//
//export solverbenchCheckpoint
func solverbenchCheckpoint(handle C.uintptr_t) C.int64_t {
	s := sessionOf(handle)
	if s.call.made == 0 {
		s.mistake("sent a checkpoint before it had made an output")
		return 0
	}
	s.call.run.Checkpoint(s.call.solution.Interface())
	return C.int64_t(s.call.run.CheckpointsLeft())
}

// solverbenchProgress tells people how far the solve is.
//
//export solverbenchProgress
func solverbenchProgress(handle C.uintptr_t, fraction C.double, text *C.char) {
	sessionOf(handle).call.run.Progress(float64(fraction), "%s", strings.ToValidUTF8(C.GoString(text), "?"))
}

// solverbenchOracle evaluates an oracle.
//
//export solverbenchOracle
func solverbenchOracle(handle C.uintptr_t, path *C.char, scalars *C.double, scalarCount C.int64_t, x *C.double, batch C.int64_t, result *C.double) C.int {
	s := sessionOf(handle)
	err := s.evaluate(path, scalars, int(scalarCount), x, int(batch), result)
	if err == nil {
		return C.SB_OK
	}
	rc := C.int(C.SB_FAILED)
	if errors.Is(err, context.Canceled) || s.call.ctx.Err() != nil {
		rc = C.SB_CANCELLED
	}
	message := unsafe.Slice((*byte)(unsafe.Pointer(&s.c.message[0])), len(s.c.message))
	n := copy(message[:len(message)-1], err.Error())
	message[n] = 0
	return rc
}

func (s *session) evaluate(path *C.char, scalars *C.double, scalarCount int, x *C.double, batch int, result *C.double) error {
	o := s.oracles[C.GoString(path)]
	switch {
	case o == nil:
		s.mistake("evaluated the oracle %q, and the task has none at that path", C.GoString(path))
		return errors.New("no such oracle")
	case batch < 1 || x == nil || result == nil || scalarCount < 0 || scalarCount > 0 && scalars == nil:
		s.mistake("evaluated the oracle %q on a batch of %d with %d scalars, or on NULL", C.GoString(path), batch, scalarCount)
		return errors.New("bad arguments")
	}
	if o.opened == nil {
		opened, err := s.call.run.Oracle(o.spec)
		if err != nil {
			return err
		}
		o.opened = opened
	}
	in, out := batch*row(o.spec.InputShape), batch*row(o.spec.OutputShape)
	return o.opened.Evaluate(s.call.ctx, unsafe.Slice((*float64)(result), out), unsafe.Slice((*float64)(x), in),
		unsafe.Slice((*float64)(scalars), scalarCount)...)
}

// row is how many elements one entry of a batch has.
func row(shape []int64) int {
	n := 1
	for _, extent := range shape[1:] { // a shape without a batch was refused when the oracle was opened
		n *= int(extent)
	}
	return n
}
