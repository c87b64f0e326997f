//go:build !linux

// Command crashtest tries to make solverbench lose a result. It needs Linux.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "crashtest: needs Linux (/proc, mount namespaces, LD_PRELOAD)")
	os.Exit(1)
}
