package sandbox

import (
	"os"
	"strings"
	"testing"
)

// A program that forgets Main starts no chain of itself.
func TestStray(t *testing.T) {
	args := os.Args
	defer func() { os.Args = args }()
	for _, arg := range []string{superviseArg, enterArg, probeArg} {
		os.Args = []string{"program", arg}
		if _, err := New(Config{Command: []string{"/bin/true"}, Dir: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "has not called sandbox.Main") {
			t.Errorf("%s: error %v", arg, err)
		}
		if _, err := tryFlags("/bin/true", 0); err == nil {
			t.Errorf("%s: probed", arg)
		}
	}
}
