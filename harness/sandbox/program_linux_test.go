package sandbox

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// program is what the test binary does in a box; some of it is hostile.
func program(name string, args []string) int {
	switch name {
	case "echo-on-socket":
		return echoOnSocket(args[0], args[1])
	case "hog":
		hog(must(strconv.Atoi(args[0])))
		fmt.Println("survived")
	case "burn":
		hog(must(strconv.Atoi(args[0])))
		burn(time.Duration(must(strconv.Atoi(args[1]))) * time.Millisecond)
	case "spin":
		fmt.Println("spinning")
		for {
			burn(time.Second)
		}
	case "stubborn":
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
		fmt.Println("ready")
		for {
			_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		}
	case "kill":
		return kill(args[0], args[1:])
	case "sockets":
		sockets(args[0])
	case "calls":
		calls()
	case "shared":
		shared(args[0])
	case "harness":
		return standInHarness(args[0], args[1:])
	default:
		fmt.Println("unknown program", name)
		return 99
	}
	return 0
}

func echoOnSocket(path, host string) int {
	l, err := net.Listen("unix", path)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("listening")
	c, err := l.Accept()
	if err == nil {
		_, err = io.CopyN(c, c, 4)
	}
	if err == nil {
		_, err = net.Dial("unix", host)
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

var held []byte

// hog touches some megabytes.
func hog(megabytes int) {
	held = make([]byte, megabytes<<20)
	for i := 0; i < len(held); i += 4096 {
		held[i] = 1
	}
}

// burn uses up CPU time.
func burn(d time.Duration) {
	used := func() time.Duration {
		var r unix.Rusage
		_ = unix.Getrusage(unix.RUSAGE_SELF, &r)
		return time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	for begin := used(); used()-begin < d; {
		for i := range held {
			held[i]++
			if i > 1<<20 {
				break
			}
		}
	}
}

// kill sends a signal to process ids, which may be 0, -1 or "parent".
func kill(signal string, pids []string) int {
	for _, p := range pids {
		pid := os.Getppid()
		if p != "parent" {
			pid = must(strconv.Atoi(p))
		}
		fmt.Println(p, syscall.Kill(pid, syscall.Signal(must(strconv.Atoi(signal)))))
	}
	return 7
}

// sockets tries to make and use some.
func sockets(address string) {
	for name, family := range map[string]int{"inet": unix.AF_INET, "inet6": unix.AF_INET6, "netlink": unix.AF_NETLINK, "unix": unix.AF_UNIX} {
		_, err := unix.Socket(family, unix.SOCK_DGRAM, 0)
		fmt.Println(name, err)
	}
	_, err := net.Dial("tcp", address)
	fmt.Println("dial", err)
	_, err = net.Dial("unix", "@abstract-of-the-test")
	fmt.Println("abstract", err)
}

// calls tries what the filter refuses.
func calls() {
	_, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, 1, 0, 0)
	fmt.Println("io_uring", errno)
	fmt.Println("unshare", unix.Unshare(unix.CLONE_NEWUSER|unix.CLONE_FS))
	cmd := exec.Command("/bin/true")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER}
	fmt.Println("clone", errors.Unwrap(cmd.Run()))
	_, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_SESSION_KEYRING, false)
	fmt.Println("keyctl", err)
	fmt.Println("mount", unix.Mount("x", "/tmp", "tmpfs", 0, ""))
	fmt.Println("setuid", unix.Setuid(os.Getuid()+1))
	fmt.Println("own limits", unix.Prlimit(0, unix.RLIMIT_CORE, nil, &unix.Rlimit{}))
	fmt.Println("limits", unix.Prlimit(os.Getppid(), unix.RLIMIT_CPU, &unix.Rlimit{Cur: 3600, Max: 3600}, nil))
	_, err = os.ReadFile("/proc/1/environ")
	fmt.Println("environ", errors.Unwrap(err))
}

// shared does what may and what may not be done in a shared directory.
func shared(dir string) {
	path := filepath.Join(dir, "segment")
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	fmt.Println("open", err)
	if err == nil {
		b, err := unix.Mmap(int(f.Fd()), 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
		fmt.Println("map", err)
		if err == nil {
			copy(b, "hello")
		}
		fmt.Println("ftruncate", unix.Ftruncate(int(f.Fd()), 0))
	}
	fmt.Println("truncate", errors.Unwrap(os.Truncate(path, 0)))
	_, err = os.OpenFile(path, os.O_RDWR|os.O_TRUNC, 0)
	fmt.Println("O_TRUNC", errors.Unwrap(err))
	fmt.Println("create", errors.Unwrap(os.WriteFile(filepath.Join(dir, "other"), nil, 0o600)))
	fmt.Println("remove", errors.Unwrap(os.Remove(path)))
	fmt.Println("rename", os.Rename(path, path+"2") != nil)
}

// standInHarness makes a box, says that it is there, freezes it when told to, and waits to be killed.
func standInHarness(dir string, command []string) int {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	m := thisMachine(self)
	if strings.Contains(os.Getenv("WITHOUT"), "namespaces") {
		m.ns = namespaces{}
	}
	if strings.Contains(os.Getenv("WITHOUT"), "cgroups") {
		m.groups = controllers{}
	}
	b, err := newBox(Config{Command: command, Dir: dir, Env: []string{"PATH=/usr/bin:/bin"}}, m, self)
	if err == nil {
		err = b.Start(os.Stdout, os.Stderr, nil)
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	if n, _ := os.Stdin.Read(make([]byte, 100)); n > 0 {
		fmt.Println("frozen", b.Freeze())
	}
	select {}
}
