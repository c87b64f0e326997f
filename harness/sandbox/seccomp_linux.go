//go:build linux && (amd64 || arm64)

package sandbox

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The filter refuses little, and each for a reason:
//
//   - system calls by another architecture's table (32 bit, x32): they would bypass the rest;
//   - io_uring: its operations, opening sockets among them, are not seen by filters;
//   - user namespaces: they hand out capabilities, and so much of the kernel;
//   - joining namespaces, and files by handle: ways around the directory tree that was given;
//   - the kernel's key rings: they hold secrets of the user;
//   - limits of other processes: one second of CPU time for the harness, say, and it is ended;
//   - unless the network is allowed, all sockets but Unix ones.
//
// It is data that the kernel interprets for each call, so the calls that programs make all the time come to the end of it quickly.

const (
	refuse  = unix.SECCOMP_RET_ERRNO
	allow   = unix.SECCOMP_RET_ALLOW
	loadAbs = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
	jumpEq  = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
	jumpGe  = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
	jumpSet = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
	give    = unix.BPF_RET | unix.BPF_K

	// Offsets in seccomp_data; both machines are little endian.
	number       = 0
	architecture = 4
	argument0    = 16
)

// filter makes the program.
func filter(network bool) []unix.SockFilter {
	arch := uint32(unix.AUDIT_ARCH_X86_64)
	if runtime.GOARCH == "arm64" {
		arch = unix.AUDIT_ARCH_AARCH64
	}
	ret := func(action uint32) unix.SockFilter { return unix.SockFilter{Code: give, K: action} }
	f := []unix.SockFilter{
		{Code: loadAbs, K: architecture},
		{Code: jumpEq, K: arch, Jt: 1},
		ret(refuse | uint32(unix.ENOSYS)),
		{Code: loadAbs, K: number},
	}
	if runtime.GOARCH == "amd64" {
		const x32 = 0x40000000
		f = append(f, unix.SockFilter{Code: jumpGe, K: x32, Jf: 1}, ret(refuse|uint32(unix.ENOSYS)))
	}
	on := func(call uint32, then ...unix.SockFilter) {
		f = append(f, unix.SockFilter{Code: jumpEq, K: call, Jf: uint8(len(then))})
		f = append(f, then...)
	}
	if !network {
		on(unix.SYS_SOCKET,
			unix.SockFilter{Code: loadAbs, K: argument0},
			unix.SockFilter{Code: jumpEq, K: unix.AF_UNIX, Jf: 1},
			ret(allow),
			ret(refuse|uint32(unix.EACCES)))
	}
	on(unix.SYS_CLONE,
		unix.SockFilter{Code: loadAbs, K: argument0},
		unix.SockFilter{Code: jumpSet, K: unix.CLONE_NEWUSER, Jf: 1},
		ret(refuse|uint32(unix.EPERM)),
		ret(allow))
	// Its arguments are in memory, where a filter cannot look; libraries go back to clone.
	on(unix.SYS_CLONE3, ret(refuse|uint32(unix.ENOSYS)))
	// Libraries read and set their own limits by it, with process 0.
	on(unix.SYS_PRLIMIT64,
		unix.SockFilter{Code: loadAbs, K: argument0},
		unix.SockFilter{Code: jumpEq, K: 0, Jf: 1},
		ret(allow),
		ret(refuse|uint32(unix.EPERM)))
	for _, call := range []uint32{
		unix.SYS_IO_URING_SETUP, unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER,
		unix.SYS_UNSHARE, unix.SYS_SETNS, unix.SYS_OPEN_BY_HANDLE_AT,
		unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY, unix.SYS_KEYCTL,
	} {
		on(call, ret(refuse|uint32(unix.EPERM)))
	}
	return append(f, ret(allow))
}

// filterCalls refuses the calling thread, and what it executes, the system calls. It needs no_new_privs.
func filterCalls(network bool) error {
	f := filter(network)
	prog := unix.SockFprog{Len: uint16(len(f)), Filter: &f[0]}
	_, _, errno := unix.Syscall(unix.SYS_PRCTL, unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&prog)))
	if errno != 0 {
		return fmt.Errorf("filtering system calls: %w", errno)
	}
	return nil
}

// canFilterCalls says whether the kernel takes filters: a null pointer is then a bad address rather than a bad request.
func canFilterCalls() bool {
	return unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, 0, 0, 0) == unix.EFAULT
}
