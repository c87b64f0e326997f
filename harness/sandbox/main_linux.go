package sandbox

import "os"

// Main becomes a supervisor or another of the processes that a box needs, and then never returns, if the executable was started as
// one. Otherwise it returns at once. Call it first thing in main, and in TestMain of tests that make boxes.
//
// Those processes leave by syscall.Exit, at once: os.Exit has hooks that write and wait when the executable was built for coverage or
// race detection.
func Main() {
	if len(os.Args) != 2 {
		return
	}
	switch os.Args[1] {
	case superviseArg:
		supervise()
	case enterArg:
		enter()
	case probeArg:
		probe()
	}
}
