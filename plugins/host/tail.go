package host

import (
	"strings"
	"sync"
)

// tail keeps the last bytes written to it and, from before them, the last line that says why a process died: a crash is
// often followed by more of a trace than is worth keeping.
type tail struct {
	mu   sync.Mutex
	buf  []byte
	why  string // the line
	left int64  // how many bytes were written after it
}

// tailSize is how much of a plugin's standard error is kept.
const tailSize = 16 << 10

// Write takes a line, or a part of one, at a time: so go-plugin writes.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.left += int64(len(b))
	if line := string(b[:min(len(b), 1024)]); telling(line) {
		t.why, t.left = line, int64(len(b))
	}
	t.buf = append(t.buf, b...)
	if extra := len(t.buf) - tailSize; extra > 0 {
		t.buf = append(t.buf[:0], t.buf[extra:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := string(t.buf)
	if t.why != "" && t.left > tailSize {
		s = t.why + "\n…\n" + s
	}
	return strings.ToValidUTF8(s, "�")
}

// telling says whether a line of standard error most likely says why a process died.
func telling(line string) bool {
	for _, prefix := range []string{"panic:", "fatal error:", "runtime: out of memory", "Error:", "MemoryError", "terminate called"} {
		if strings.HasPrefix(line, prefix) {
			return true
		}
	}
	return false
}
