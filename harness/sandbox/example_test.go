package sandbox_test

import (
	"fmt"
	"os"

	"github.com/solverbench/solverbench/harness/sandbox"
)

// A program runs in a box, which says how it ended. The executable calls sandbox.Main first thing; in a test TestMain does.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	box, err := sandbox.New(sandbox.Config{
		Command: []string{"/bin/sh", "-c", "echo in a box; (sleep 1000 &) ; exit 3"},
		Dir:     dir,
		Env:     []string{"PATH=/usr/bin:/bin"},
	})
	if err != nil {
		panic(err)
	}
	defer box.Close()
	if err := box.Start(os.Stdout, os.Stderr, nil); err != nil {
		panic(err)
	}
	exit, err := box.Wait() // until the sleeping child has been ended too
	fmt.Println(exit, err)
	// Output:
	// in a box
	// exit status 3 <nil>
}
