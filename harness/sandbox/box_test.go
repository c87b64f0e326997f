package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

func TestMain(m *testing.M) {
	Main()
	if len(os.Args) > 2 && os.Args[1] == "program" {
		program(os.Args[2:])
	}
	os.Exit(m.Run())
}

// start starts a box over a new directory; change, if there is one, adapts its configuration.
func start(t testing.TB, change func(*Config), command ...string) (*Box, *output) {
	t.Helper()
	cfg := config(t, command...)
	if change != nil {
		change(&cfg)
	}
	b, err := New(cfg)
	var missing *MissingError
	if errors.As(err, &missing) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := b.Start(w, w, nil); err != nil {
		t.Fatal(err)
	}
	o := &output{done: make(chan struct{})}
	go func() {
		defer close(o.done)
		defer r.Close()
		out, _ := io.ReadAll(r)
		o.text = string(out)
	}()
	return b, o
}

// output is what a program writes.
type output struct {
	text string
	done chan struct{}
}

func (o *output) String() string {
	<-o.done
	return strings.TrimSpace(o.text)
}

// config runs a command, or a program of this test binary's if it begins with a colon.
func config(t testing.TB, command ...string) Config {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if name, ok := strings.CutPrefix(command[0], ":"); ok {
		command = append([]string{self, "program", name}, command[1:]...)
	}
	dir, err := os.MkdirTemp("", "sandbox")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return Config{Command: command, Self: self, Dir: dir, Env: []string{"PATH=/usr/bin:/bin"}}
}

// shell runs a script to its end in a box.
func shell(t testing.TB, change func(*Config), script string) (Exit, string) {
	t.Helper()
	b, out := start(t, change, "/bin/sh", "-c", script)
	exit, err := b.Wait()
	if err != nil {
		t.Fatal(err)
	}
	return exit, out.String()
}

func TestExitsAndSignalsAreReported(t *testing.T) {
	for script, want := range map[string]string{
		"exit 0":        "exit status 0",
		"exit 3":        "exit status 3",
		"kill -9 $$":    "signal: killed",
		"kill -TERM $$": "signal: terminated",
		"kill -SEGV $$": "signal: segmentation fault",
	} {
		if exit, out := shell(t, nil, script); exit.String() != want {
			t.Errorf("%s: %v, expected %s; output %s", script, exit, want, out)
		}
	}
}

// program is what this binary does in a box.
func program(args []string) {
	fmt.Println("unknown program", args)
	os.Exit(99)
}
