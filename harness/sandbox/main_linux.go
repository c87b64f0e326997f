package sandbox

import (
	"fmt"
	"os"
	"slices"
)

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

// stray is an error in a program that was started as part of a box and has not called Main: it would start others of its kind, and these
// more.
func stray() error {
	if len(os.Args) == 2 && slices.Contains([]string{superviseArg, enterArg, probeArg}, os.Args[1]) {
		return fmt.Errorf("sandbox: this program was started as %s and has not called sandbox.Main first thing", os.Args[1])
	}
	return nil
}
