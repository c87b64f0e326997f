//go:build cgo && linux

package capi

// #cgo CFLAGS: -std=gnu11 -Wall -Wextra -Wno-unused-parameter
// #cgo LDFLAGS: -ldl
// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"unsafe"

	"github.com/solverbench/solverbench/plugins"
	"github.com/solverbench/solverbench/plugins/option"
)

// Serve serves the solvers of a shared library to the harness that launched this process, and returns when that is done
// with it; or says what is wrong with the library.
func Serve(path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	p, err := load(path)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	os.Args[0] = path // what people give to --plugin
	plugins.Serve(p)
	return nil
}

// thread calls functions one after the other on one thread of the operating system: libraries keep things by thread, such as
// OpenMP's pools, and some may be called on one only.
type thread chan func()

func newThread() thread {
	t := make(thread)
	go func() {
		runtime.LockOSThread()
		for f := range t {
			f()
		}
	}()
	return t
}

// do calls f and returns when it has.
func (t thread) do(f func()) {
	done := make(chan struct{})
	t <- func() {
		defer close(done)
		f()
	}
	<-done
}

// library is the shared library. There is one in a process.
type library struct {
	c      *C.shim_library
	thread thread
}

// load loads the library and asks it what it offers.
func load(path string) (p plugins.Plugin, err error) {
	l := &library{c: (*C.shim_library)(C.calloc(1, C.sizeof_shim_library)), thread: newThread()}
	l.c.path = C.CString(path)
	l.thread.do(func() {
		C.shim_watch_crashes()
		if why := C.shim_open(l.c); why != nil {
			defer C.free(unsafe.Pointer(why))
			err = fmt.Errorf("loading the library: %s", C.GoString(why))
			return
		}
		p, err = l.describe(C.shim_describe(l.c))
	})
	return p, err
}

// describe reads and checks what the library says of itself.
func (l *library) describe(c *C.sb_plugin) (plugins.Plugin, error) {
	switch {
	case c == nil:
		return plugins.Plugin{}, fmt.Errorf("solverbench_describe returned NULL, expected an sb_plugin")
	case c.abi != C.SB_ABI:
		return plugins.Plugin{}, fmt.Errorf("solverbench_describe: sb_plugin.abi is %d, expected %d, the version of the C ABI that this solverbench has: "+
			"compile the library against its solverbench.h", c.abi, C.SB_ABI)
	case c.size < C.sizeof_sb_plugin:
		return plugins.Plugin{}, fmt.Errorf("solverbench_describe: sb_plugin.size is %d, expected sizeof(sb_plugin), %d", c.size, C.sizeof_sb_plugin)
	}
	p := plugins.Plugin{Name: C.GoString(c.name), Version: C.GoString(c.version), License: C.GoString(c.license), Language: C.GoString(c.language)}
	if p.Name == "" {
		return p, fmt.Errorf("solverbench_describe: sb_plugin.name is missing")
	}
	if p.Language == "" {
		p.Language = "c"
	}
	if c.solver_count < 1 || c.solvers == nil {
		return p, fmt.Errorf("solverbench_describe: sb_plugin has %d solvers, expected a table of at least one", c.solver_count)
	}
	for i := range c.solver_count {
		// The library's structs may be larger than those we know.
		s := (*C.sb_solver)(unsafe.Add(unsafe.Pointer(c.solvers), i*C.int64_t(c.solvers.size)))
		o, err := l.offer(s)
		if err != nil {
			return p, fmt.Errorf("solverbench_describe: solver %d (%q): %w", i, C.GoString(s.name), err)
		}
		p.Solvers = append(p.Solvers, o)
	}
	return p, nil
}

func (l *library) offer(c *C.sb_solver) (plugins.Offer, error) {
	if c.size < C.sizeof_sb_solver {
		return plugins.Offer{}, fmt.Errorf("sb_solver.size is %d, expected sizeof(sb_solver), %d", c.size, C.sizeof_sb_solver)
	}
	name, schema := C.GoString(c.name), C.GoString(c.schema)
	if name == "" || schema == "" {
		return plugins.Offer{}, fmt.Errorf("sb_solver.name %q and .schema %q, expected both", name, schema)
	}
	if c.option_count < 0 || c.option_count > 0 && c.options == nil {
		return plugins.Offer{}, fmt.Errorf("sb_solver.option_count is %d, expected the length of the table .options", c.option_count)
	}
	var specs []option.Spec
	for i := range c.option_count {
		spec, err := optionSpec((*C.sb_option)(unsafe.Add(unsafe.Pointer(c.options), i*C.int64_t(c.options.size))))
		if err != nil {
			return plugins.Offer{}, fmt.Errorf("option %d: %w", i, err)
		}
		for _, other := range specs {
			if other.Name == spec.Name {
				return plugins.Offer{}, fmt.Errorf("option %d: name %q is taken", i, spec.Name)
			}
		}
		specs = append(specs, spec)
	}
	about := plugins.About{
		Doc: C.GoString(c.doc), Citation: C.GoString(c.citation), Tags: tags(C.GoString(c.tags)), Parallel: c.parallel != 0,
	}
	return plugins.NewDynamic(name, schema, specs, about, func(options []option.Value) (plugins.Dynamic, error) {
		return l.open(name, schema, specs, options)
	}), nil
}

func optionSpec(c *C.sb_option) (option.Spec, error) {
	if c.size < C.sizeof_sb_option {
		return option.Spec{}, fmt.Errorf("sb_option.size is %d, expected sizeof(sb_option), %d", c.size, C.sizeof_sb_option)
	}
	return newSpec(option.Spec{
		Name: C.GoString(c.name), Type: option.Type(c._type), Default: C.GoString(c.default_value), Doc: C.GoString(c.doc),
		Min: C.GoString(c.minimum), Max: C.GoString(c.maximum), Choices: choices(C.GoString(c.choices)),
	})
}
