package sandbox

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// mark is a text that only processes of one test have in their command line.
func mark(t testing.TB) string {
	return "mark-" + strconv.Itoa(os.Getpid()) + "-" + strings.Map(func(r rune) rune {
		if r == '/' || r == ' ' || r == '#' {
			return '_'
		}
		return r
	}, t.Name())
}

func gone(t testing.TB, mark string) {
	t.Helper()
	if left := alive(mark); len(left) > 0 {
		t.Errorf("processes %v are left", left)
		for _, pid := range left {
			_ = unix.Kill(pid, unix.SIGKILL)
		}
	}
}

func TestForkBomb(t *testing.T) {
	machines(t, func(t *testing.T, m machine) {
		cfg := config(t, "/bin/sh", "-c", "echo ready; f() { f | f & }; f; sleep 1000 # "+mark(t))
		cfg.Limits.Pids = 50
		r := start(t, m, cfg)
		r.ready()
		if m.groups.has("pids") {
			eventually(t, "forks are refused", func() bool { return r.Events().ForksRefused > 0 })
		} else {
			time.Sleep(300 * time.Millisecond)
		}
		if n := r.Usage().Processes; n > 50 {
			t.Errorf("%d processes", n)
		}
		r.Kill()
		if exit, _ := r.finish(); exit.Signal != unix.SIGKILL && exit.Success() {
			t.Error(exit)
		}
		gone(t, mark(t))
	})
}

func TestForkBombWithoutALimitIsEnded(t *testing.T) {
	// As bad as it can be: nothing holds it but that it gives up by itself after some thousand processes.
	bomb := "n=0; f() { [ $1 -gt 0 ] && { f $(($1-1)) & f $(($1-1)) & }; sleep 1000; }; echo ready; f 7; wait # "
	machines(t, func(t *testing.T, m machine) {
		r := start(t, m, config(t, "/bin/sh", "-c", bomb+mark(t)))
		r.ready()
		r.Kill()
		r.finish()
		gone(t, mark(t))
	})
}

func TestMemoryHogInAChild(t *testing.T) {
	self := must(os.Executable())
	cfg := config(t, "/bin/sh", "-c", self+" program hog 300; echo child: $?")
	cfg.Readable = []string{self}
	cfg.Limits.Memory = 100 << 20
	r := start(t, everything(t), cfg)
	exit, out := r.finish()
	if strings.Contains(out, "survived") {
		t.Errorf("300 MB of 100: %v, %s", exit, out)
	}
	if e := r.Events(); e.OOMKills == 0 {
		t.Errorf("%+v, expected one; %v, %s", e, exit, out)
	}
	// The kernel may let a few pages more pass.
	if peak := r.Usage().PeakMemory; peak > 101<<20 || peak < 50<<20 {
		t.Errorf("peak %d bytes", peak)
	}
	if exit, out := start(t, everything(t), config(t, ":hog", "300")).finish(); out != "survived" {
		t.Errorf("without a limit: %v, %s", exit, out)
	}
}

// daemon is a script that starts a process which has left the group, the session and its parents, with an empty environment.
func daemon(mark string) string {
	return "(setsid env -i sh -c 'sleep 1000 & echo ready; wait # " + mark + "' & ) ; "
}

func TestDaemonIsGoneAfterKill(t *testing.T) {
	machines(t, func(t *testing.T, m machine) {
		r := start(t, m, config(t, "/bin/sh", "-c", daemon(mark(t))+"sleep 1000 # "+mark(t)))
		r.ready()
		r.Kill()
		r.Kill() // again does no harm
		if exit, _ := r.finish(); exit.Signal != unix.SIGKILL {
			t.Error(exit)
		}
		gone(t, mark(t))
	})
}

func TestDaemonIsGoneAfterTheProgramHasEnded(t *testing.T) {
	machines(t, func(t *testing.T, m machine) {
		cfg := config(t, "/bin/sh", "-c", daemon(mark(t))+"while [ ! -e "+"$TMPDIR/go ]; do sleep 0.01; done; exit 5")
		cfg.Command[2] = strings.Replace(cfg.Command[2], "echo ready", "echo ready; touch "+Temp(cfg.Dir)+"/go", 1)
		r := start(t, m, cfg)
		if exit, out := r.finish(); exit.Code != 5 || out != "ready" {
			t.Error(exit, out)
		}
		gone(t, mark(t))
	})
}

func TestIgnoringSignalsAndStoppingItself(t *testing.T) {
	machines(t, func(t *testing.T, m machine) {
		cfg := config(t, ":stubborn", mark(t))
		r := start(t, m, cfg)
		r.ready()
		r.Kill()
		if exit, _ := r.finish(); exit.Signal != unix.SIGKILL {
			t.Error(exit)
		}
		gone(t, mark(t))
	})
}

func TestWhenTheHarnessIsKilledNothingIsLeft(t *testing.T) {
	for _, without := range []string{"", "cgroups", "namespaces", "namespaces cgroups"} {
		for _, freeze := range []string{"", "yes"} {
			t.Run("without "+without+" frozen "+freeze, func(t *testing.T) {
				dir := t.TempDir()
				harness := exec.Command(must(os.Executable()), "program", "harness", dir, "/bin/sh", "-c",
					daemon(mark(t))+"sleep 1000 # "+mark(t))
				harness.Env = append(os.Environ(), "WITHOUT="+without)
				in, err := harness.StdinPipe()
				if err != nil {
					t.Fatal(err)
				}
				out, err := harness.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := harness.Start(); err != nil {
					t.Fatal(err)
				}
				lines := bufio.NewScanner(out)
				if !lines.Scan() || lines.Text() != "ready" {
					t.Fatalf("%q, expected ready", lines.Text())
				}
				if freeze != "" {
					if _, err := in.Write([]byte("freeze\n")); err != nil || !lines.Scan() || lines.Text() != "frozen <nil>" {
						t.Fatalf("%q, %v, expected frozen <nil>", lines.Text(), err)
					}
				}
				if err := harness.Process.Kill(); err != nil {
					t.Fatal(err)
				}
				_ = harness.Wait()
				eventually(t, "no process is left", func() bool { return len(alive(mark(t))) == 0 })
				RemoveLeftovers()
				for _, base := range findControllers().bases() {
					if left, _ := filepath.Glob(filepath.Join(base, "*-"+strconv.Itoa(harness.Process.Pid)+"-*")); len(left) > 0 {
						t.Errorf("cgroups %v are left", left)
					}
				}
			})
		}
	}
}

func TestWritingElsewhereIsRefused(t *testing.T) {
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, "secret"), []byte("password"), 0o644); err != nil {
		t.Fatal(err)
	}
	for dir := home; len(dir) > 1; dir = filepath.Dir(dir) {
		_ = os.Chmod(dir, 0o777) // as careless as can be, for the test with an ordinary user
		if strings.HasSuffix(dir, "001") {
			break
		}
	}
	m := everything(t)
	if m.landlock == 0 {
		t.Skip("the kernel has no Landlock")
	}
	cfg := config(t, "/bin/sh")
	cfg.Command = []string{"/bin/sh", "-c", `
		echo x > ` + home + `/file && echo wrote
		echo x > ` + cfg.Dir + `/file && echo wrote beside
		mkdir ` + home + `/dir && echo made
		cat ` + home + `/secret && echo read
		ls ` + home + ` && echo listed
		rm -f ` + home + `/secret && echo removed
		ln ` + home + `/secret here && echo linked
		ln -s ` + home + `/secret link; cat link && echo followed
		echo x > /dev/shm/file && echo wrote to shm
		cat /etc/shadow && echo read shadow
		echo 0 > /sys/fs/cgroup/memory/cgroup.procs && echo left the cgroup
		echo fine > file && cat file && cat /etc/passwd > /dev/null && echo done`}
	exit, out := start(t, m, cfg).finish()
	for _, bad := range []string{"wrote", "made", "read", "listed", "removed", "linked", "followed", "left", "password"} {
		for line := range strings.Lines(out) {
			if strings.HasPrefix(line, bad) {
				t.Errorf("it %s", line)
			}
		}
	}
	if !exit.Success() || !strings.HasSuffix(out, "fine\ndone") {
		t.Errorf("%v: %s", exit, out)
	}
	if _, err := os.Stat(filepath.Join(home, "file")); err == nil {
		t.Error("the file is there")
	}
}

func TestModesAndTimesOfFilesStay(t *testing.T) {
	m := everything(t)
	if !m.ns.ReadOnly {
		t.Skip("what is mounted cannot be made read-only here")
	}
	outside, at := filepath.Join(t.TempDir(), "a b"), time.Unix(1e9, 0)
	err := os.WriteFile(outside, []byte("#!/bin/sh\n"), 0o640)
	if err == nil {
		err = os.Chtimes(outside, at, at)
	}
	if err != nil {
		t.Fatal(err)
	}
	cfg := config(t, "/bin/sh", "-c", `chmod 777 "`+outside+`"; touch -d @1 "`+outside+`"; echo >mine; chmod 700 mine && touch -d @1 mine && echo done`)
	_, out := start(t, m, cfg).finish()
	info, err := os.Stat(outside)
	if err != nil || info.Mode() != 0o640 || !info.ModTime().Equal(at) || strings.Count(out, "Read-only file system") != 2 || !strings.HasSuffix(out, "done") {
		t.Errorf("%v, %v: %s", info, err, out)
	}
}

func TestADiskLimitIsTheEndOfSpace(t *testing.T) {
	cfg := config(t, "/bin/sh", "-c", "head -c 10000000 /dev/zero > $TMPDIR/a; head -c 10000000 /dev/zero > $TMPDIR/../sockets/b; du -sb $TMPDIR/..")
	cfg.Limits.Disk = 4 << 20
	_, out := start(t, everything(t), cfg).finish()
	if strings.Count(out, "No space left") != 2 {
		t.Error(out)
	}
	if entries := must(os.ReadDir(private(cfg.Dir))); len(entries) != 0 {
		t.Errorf("%v on the disk", entries)
	}
}

func TestOnlyUnixSockets(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip(err)
	}
	defer l.Close()
	abstract, err := net.Listen("unix", "@abstract-of-the-test")
	if err != nil {
		t.Fatal(err)
	}
	defer abstract.Close()
	m := everything(t)
	for _, v := range []machine{m, {seccomp: m.seccomp}, {ns: m.ns}} {
		if !v.seccomp && v.ns.Flags == 0 {
			continue
		}
		_, out := start(t, v, config(t, ":sockets", l.Addr().String())).finish()
		for _, want := range map[bool][]string{
			true:  {"inet permission denied", "inet6 permission denied", "netlink permission denied", "unix <nil>"},
			false: {"unix <nil>"},
		}[v.seccomp] {
			if !strings.Contains(out, want) {
				t.Errorf("%s, expected %s", out, want)
			}
		}
		if strings.Contains(out, "dial <nil>") {
			t.Errorf("it reached the network: %s", out)
		}
		if (v.landlock >= 6 || v.ns.has(unix.CLONE_NEWNET)) && strings.Contains(out, "abstract <nil>") {
			t.Errorf("it reached an abstract socket: %s", out)
		}
	}
	cfg := config(t, ":sockets", l.Addr().String())
	cfg.Network = true
	if _, out := start(t, m, cfg).finish(); !strings.Contains(out, "inet <nil>") || !strings.Contains(out, "dial <nil>") {
		t.Errorf("with the network: %s", out)
	}
}

func TestSignalsDoNotReachOthers(t *testing.T) {
	victim := exec.Command("/bin/sleep", "1000")
	victim.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = victim.Process.Kill()
		_ = victim.Wait()
	}()
	machines(t, func(t *testing.T, m machine) {
		if m.landlock < 6 && m.ns.Flags&unix.CLONE_NEWPID == 0 {
			t.Skip("neither a PID namespace nor Landlock 6")
		}
		pids := []string{"parent", strconv.Itoa(victim.Process.Pid), strconv.Itoa(os.Getpid()), strconv.Itoa(-unix.Getpgrp()), "-1"}
		for _, signal := range []string{"9", "15", "19"} {
			r := start(t, m, config(t, append([]string{":kill", signal}, pids...)...))
			if exit, out := r.finish(); exit.Code != 7 && exit.Signal == 0 {
				t.Errorf("%v: %s", exit, out)
			}
		}
		// Its own group is its own.
		if exit, out := start(t, m, config(t, ":kill", "9", "0")).finish(); exit.Signal != unix.SIGKILL {
			t.Errorf("%v: %s", exit, out)
		}
		if s, ok := readStat(victim.Process.Pid); !ok || s.zombie {
			t.Fatal("the victim is dead")
		}
	})
}

func TestDangerousSystemCallsAreRefused(t *testing.T) {
	m := everything(t)
	if !m.seccomp {
		t.Skip("no seccomp")
	}
	exit, out := start(t, m, config(t, ":calls")).finish()
	for _, call := range []string{"io_uring", "unshare", "clone", "keyctl", "mount", "setuid", "limits", "environ"} {
		found := false
		for line := range strings.Lines(out) {
			rest, ok := strings.CutPrefix(line, call+" ")
			found = found || ok
			if ok && !strings.HasPrefix(rest, "operation not permitted") && !strings.HasPrefix(rest, "permission denied") &&
				!(call == "setuid" && strings.HasPrefix(rest, "invalid argument")) { // in a user namespace without that user
				t.Errorf("%s", line)
			}
		}
		if !found {
			t.Errorf("nothing of %s: %v, %s", call, exit, out)
		}
	}
}

func TestSharedFilesAreSharedAsTheyAre(t *testing.T) {
	m := everything(t)
	if m.landlock < 3 {
		t.Skip("Landlock cannot refuse truncation")
	}
	dir, err := os.MkdirTemp("/dev/shm", "sandbox")
	if err != nil {
		t.Skip(err)
	}
	defer os.RemoveAll(dir)
	segment := filepath.Join(dir, "segment")
	if err := os.WriteFile(segment, make([]byte, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := config(t, ":shared", dir)
	cfg.Shared = []string{dir}
	_, out := start(t, m, cfg).finish()
	for line := range strings.Lines(out) {
		switch name, err, _ := strings.Cut(strings.TrimSpace(line), " "); name {
		case "open", "map":
			if err != "<nil>" {
				t.Error(line)
			}
		case "rename":
			if err != "true" {
				t.Error(line)
			}
		default:
			if err != "permission denied" {
				t.Error(line)
			}
		}
	}
	if b := must(os.ReadFile(segment)); len(b) != 4096 || string(b[:5]) != "hello" {
		t.Errorf("%d bytes, %q; %s", len(b), b[:min(5, len(b))], out)
	}
}

func TestFlooding(t *testing.T) {
	r := start(t, everything(t), config(t, "/bin/sh", "-c", "yes | head -c 5000000; yes | head -c 5000000 >&2; exit 4"))
	if exit, out := r.finish(); exit.Code != 4 || len(out) < 9999990 {
		t.Error(exit, len(out))
	}
}

func TestManyBoxesLeaveNothing(t *testing.T) {
	one := func() {
		b, err := New(config(t, "/bin/true"))
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Start(nil, nil, nil); err != nil {
			t.Fatal(err)
		}
		b.Usage()
		if exit, err := b.Wait(); err != nil || !exit.Success() {
			t.Error(exit, err)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
	one()
	files, mounts, groups := inventory()
	if len(groups) > 0 {
		t.Errorf("cgroups %v are left", groups)
	}
	n := 50
	if testing.Short() {
		n = 10
	}
	for range n {
		one()
	}
	eventually(t, "files, mounts and goroutines are as before", func() bool {
		f, m, g := inventory()
		return f <= files && m <= mounts && len(g) == 0 && !strings.Contains(stacks(), "sandbox.(*")
	})
}
