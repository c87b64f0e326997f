package sandbox

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
	Main()
	if len(os.Args) > 2 && os.Args[1] == "program" {
		os.Exit(program(os.Args[2], os.Args[3:]))
	}
	os.Exit(m.Run())
}

// everything is what this machine has.
func everything(t testing.TB) machine {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return thisMachine(self)
}

// machines runs a test with all that this machine has, and with parts of it taken away.
func machines(t *testing.T, test func(t *testing.T, m machine)) {
	all := everything(t)
	none := controllers{}
	for _, v := range []struct {
		name string
		machine
	}{
		{"all", all},
		{"no cgroups", machine{ns: all.ns, groups: none, landlock: all.landlock, seccomp: all.seccomp}},
		{"no namespaces", machine{groups: all.groups, landlock: all.landlock, seccomp: all.seccomp}},
		{"no Landlock", machine{ns: all.ns, groups: all.groups, seccomp: all.seccomp}},
		{"nothing", machine{groups: none}},
	} {
		t.Run(v.name, func(t *testing.T) { test(t, v.machine) })
	}
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
	return Config{Command: command, Dir: dir, Env: []string{"PATH=/usr/bin:/bin"}}
}

// run is a box with a program in it.
type run struct {
	*Box
	t    testing.TB
	text string
	read chan struct{} // closed when text is complete
	line chan string   // the first line
}

// start starts a box on a machine and skips the test if that lacks something.
func start(t testing.TB, m machine, cfg Config) *run {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b, err := newBox(cfg, m, self)
	var missing *MissingError
	if errors.As(err, &missing) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	r := &run{Box: b, t: t, read: make(chan struct{}), line: make(chan string, 1)}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	pr, pw, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pw.Close()
	go func() {
		defer close(r.read)
		defer pr.Close()
		var text []byte
		buf := make([]byte, 4096)
		for {
			n, err := pr.Read(buf)
			text = append(text, buf[:n]...)
			if i := slices.Index(text, '\n'); i >= 0 && len(r.line) == 0 {
				select {
				case r.line <- string(text[:i]):
				default:
				}
			}
			if err != nil {
				r.text = strings.TrimSpace(string(text))
				close(r.line)
				return
			}
		}
	}()
	if err := b.Start(pw, pw, nil); err != nil {
		t.Fatal(err)
	}
	return r
}

// ready waits for the first line of output.
func (r *run) ready() string {
	r.t.Helper()
	select {
	case line := <-r.line:
		return line
	case <-time.After(time.Minute):
		r.t.Fatal("the program prints nothing")
		return ""
	}
}

// finish waits for the end.
func (r *run) finish() (Exit, string) {
	r.t.Helper()
	exit, err := r.Wait()
	if err != nil {
		r.t.Fatal(err)
	}
	<-r.read
	return exit, r.text
}

// shell runs a script to its end.
func shell(t testing.TB, m machine, script string) (Exit, string) {
	t.Helper()
	return start(t, m, config(t, "/bin/sh", "-c", script)).finish()
}

// alive lists the processes with a text in their command line.
func alive(text string) (out []int) {
	paths, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, p := range paths {
		if b, err := os.ReadFile(p); err == nil && strings.Contains(string(b), text) {
			if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(p))); err == nil {
				out = append(out, pid)
			}
		}
	}
	return out
}

// eventually waits for something that must come to be.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for range 3000 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("after 30 s still not: %s", what)
}

func TestExitsAndSignalsAreReported(t *testing.T) {
	machines(t, func(t *testing.T, m machine) {
		for script, want := range map[string]string{
			"exit 0":        "exit status 0",
			"exit 3":        "exit status 3",
			"kill -9 $$":    "signal: killed",
			"kill -TERM $$": "signal: terminated",
			"kill -SEGV $$": "signal: segmentation fault",
		} {
			if exit, out := shell(t, m, script); exit.String() != want || exit.Success() != (script == "exit 0") {
				t.Errorf("%s: %v, expected %s; output %s", script, exit, want, out)
			}
		}
	})
}

func TestWhatCannotBeExecutedIsAnErrorOfStart(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "script")
	if err := os.WriteFile(script, []byte("#!/nonexistent/interpreter\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("text"), 0o644); err != nil {
		t.Fatal(err)
	}
	machines(t, func(t *testing.T, m machine) {
		for command, want := range map[string]string{
			"/nonexistent/program": "no such file", script: "interpreter", text: "permission denied",
		} {
			cfg := config(t, command)
			cfg.Readable = []string{dir}
			b, err := newBox(cfg, m, must(os.Executable()))
			if err != nil {
				t.Fatal(err)
			}
			err = b.Start(nil, nil, nil)
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), command) {
				t.Errorf("%s: %v, expected it named and %q", command, err, want)
			}
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	if _, err := New(Config{Command: []string{"true"}, Dir: dir}); err == nil {
		t.Error("a relative command is accepted")
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestABoxIsStartedOnce(t *testing.T) {
	r := start(t, everything(t), config(t, "/bin/true"))
	if err := r.Start(nil, nil, nil); err == nil {
		t.Error("started twice")
	}
	b := must(New(config(t, "/bin/true")))
	b.Kill()
	if err := b.Start(nil, nil, nil); err == nil {
		t.Error("started after Kill")
	}
	if _, err := b.Wait(); err == nil {
		t.Error("ended well without a start")
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

func TestTheLifelineEndsTheTree(t *testing.T) {
	machines(t, func(t *testing.T, m machine) {
		cfg := config(t, "/bin/sh", "-c", "sleep 1000 & echo ready; exec sleep 1000")
		b, err := newBox(cfg, m, must(os.Executable()))
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Start(nil, nil, r); err != nil {
			t.Fatal(err)
		}
		r.Close()
		w.Close()
		if exit, err := b.Wait(); err != nil || exit.Signal != unix.SIGKILL {
			t.Errorf("%v, %v", exit, err)
		}
	})
}

func TestTheProgramHasTheLifelineAndNothingElseOpen(t *testing.T) {
	leak, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer leak.Close()
	if _, err := unix.FcntlInt(leak.Fd(), unix.F_SETFD, 0); err != nil { // as a careless library would have it
		t.Fatal(err)
	}
	machines(t, func(t *testing.T, m machine) {
		for _, lifeline := range []bool{true, false} {
			b, err := newBox(config(t, "/bin/sh", "-c", "echo /proc/$$/fd/*"), m, must(os.Executable()))
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			r, w, _ := os.Pipe()
			out, outW, _ := os.Pipe()
			want := 3
			var line *os.File
			if lifeline {
				line, want = r, 4
			}
			if err := b.Start(outW, nil, line); err != nil {
				t.Fatal(err)
			}
			outW.Close()
			text, _ := io.ReadAll(out)
			// sh keeps no other file open, but opens the directory while it lists it.
			if got := len(strings.Fields(string(text))); got != want && got != want+1 {
				t.Errorf("lifeline %v: files %s", lifeline, text)
			}
			for _, f := range []*os.File{r, w, out} {
				f.Close()
			}
		}
	})
}

func TestTheHostReachesSocketsOfTheProgramAndItTheHosts(t *testing.T) {
	machines(t, func(t *testing.T, m machine) {
		cfg := config(t, ":echo-on-socket")
		host, err := net.Listen("unix", filepath.Join(cfg.Dir, "host.sock"))
		if err != nil {
			t.Fatal(err)
		}
		defer host.Close()
		path := filepath.Join(Sockets(cfg.Dir), "program.sock")
		cfg.Command = append(cfg.Command, path, host.Addr().String())
		r := start(t, m, cfg)
		if line := r.ready(); line != "listening" {
			t.Fatal(line, r.text)
		}
		conn, err := net.Dial("unix", r.HostPath(path))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Write([]byte("ping")); err != nil {
			t.Fatal(err)
		}
		answer := make([]byte, 4)
		if _, err := io.ReadFull(conn, answer); err != nil || string(answer) != "ping" {
			t.Fatalf("%q, %v", answer, err)
		}
		back, err := host.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer back.Close()
		if exit, out := r.finish(); !exit.Success() {
			t.Error(exit, out)
		}
	})
}

func TestCoresArePinned(t *testing.T) {
	var mine unix.CPUSet
	if err := unix.SchedGetaffinity(0, &mine); err != nil {
		t.Fatal(err)
	}
	last := -1
	for i := range 1024 {
		if mine.IsSet(i) {
			last = i
		}
	}
	cfg := config(t, "/bin/grep", "Cpus_allowed_list", "/proc/self/status")
	cfg.Cores = []int{last}
	if exit, out := start(t, everything(t), cfg).finish(); out != "Cpus_allowed_list:\t"+strconv.Itoa(last) {
		t.Errorf("%v %q, expected core %d", exit, out, last)
	}
}

func TestTheEnvironmentIsTheOneGiven(t *testing.T) {
	cfg := config(t, "/usr/bin/env")
	cfg.Env = []string{"A=1", "HOME=/root", "TMPDIR=/tmp"}
	_, out := start(t, everything(t), cfg).finish()
	want := []string{"A=1", "HOME=" + Temp(cfg.Dir), "TMPDIR=" + Temp(cfg.Dir)}
	if got := strings.Fields(out); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Errorf("environment %q, expected %q", got, want)
	}
}

// inventory is what boxes could leave behind.
func inventory() (files, mounts int, groups []string) {
	mounts = len(strings.Split(string(must(os.ReadFile("/proc/self/mountinfo"))), "\n"))
	for _, base := range findControllers().bases() {
		matches, _ := filepath.Glob(filepath.Join(base, groupPrefix()+"[0-9]*"))
		groups = append(groups, matches...)
	}
	return len(must(os.ReadDir("/proc/self/fd"))), mounts, groups
}

// stacks are those of all goroutines.
func stacks() string {
	buf := make([]byte, 1<<20)
	return string(buf[:runtime.Stack(buf, true)])
}
