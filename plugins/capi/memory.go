//go:build cgo && linux

package capi

// #include <stdlib.h>
import "C"

import (
	"runtime"
	"unsafe"
)

// memory is a set of allocations that the library may see, freed together.
type memory struct {
	chunks []unsafe.Pointer
	pinner runtime.Pinner
}

// alignment is that of all arrays; see solverbench.h.
const alignment = 64

// alloc returns n zeroed bytes, aligned.
func (m *memory) alloc(n int) unsafe.Pointer {
	size := (n + alignment) / alignment * alignment // at least one, so that no address is NULL
	p := C.aligned_alloc(alignment, C.size_t(size))
	if p == nil {
		panic("capi: out of memory")
	}
	clear(unsafe.Slice((*byte)(p), size))
	m.chunks = append(m.chunks, p)
	return p
}

// text returns a copy of s for C.
func (m *memory) text(s string) *C.char {
	p := m.alloc(len(s) + 1)
	copy(unsafe.Slice((*byte)(p), len(s)), s)
	return (*C.char)(p)
}

// place returns where the elements of an array are, aligned: where they lie if possible, or a copy.
func (m *memory) place(b []byte) unsafe.Pointer {
	p := unsafe.Pointer(unsafe.SliceData(b))
	if len(b) == 0 || uintptr(p)%alignment != 0 {
		p = m.alloc(len(b))
		copy(unsafe.Slice((*byte)(p), len(b)), b)
		return p
	}
	m.pinner.Pin(p) // nothing happens if it is in the segment
	return p
}

func (m *memory) free() {
	for _, p := range m.chunks {
		C.free(p)
	}
	m.chunks = nil
	m.pinner.Unpin()
}
