package host

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// guard calls f, which touches memory shared with the plugin, and makes of a fault there an error. A plugin that cuts
// the file short takes its pages away: without this the harness would end by SIGBUS.
func guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		fault, ok := r.(interface {
			runtime.Error
			Addr() uintptr
		})
		if !ok {
			panic(r)
		}
		err = protocolError("the plugin took away the shared memory: fault at %#x", fault.Addr())
	}()
	if err := f(); err != nil {
		return fmt.Errorf("shared memory: %w", err)
	}
	return nil
}
