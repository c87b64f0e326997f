package rogue

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// NewMark returns a number that no other test uses, by which the children of a solver with it as the option mark are found.
func NewMark() int { return 1_000_000_000 + rand.IntN(1_000_000_000) }

// Marked lists the living processes that solvers with this mark have started.
func Marked(mark int) []int {
	paths, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		panic(err) // the pattern is right
	}
	var pids []int
	for _, path := range paths {
		text, err := os.ReadFile(path) // empty for a process that has ended and waits to be reaped
		if err != nil || !bytes.HasPrefix(text, []byte("sleep\x00"+strconv.Itoa(mark)+"\x00")) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// Gone says whether none of them is left, waiting a little for it.
func Gone(mark int) bool {
	for range 200 {
		if len(Marked(mark)) == 0 {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}
