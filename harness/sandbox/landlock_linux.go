package sandbox

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Landlock is used by its system calls: only the thread that is about to execute the program is to be restricted, with rights
// that differ by directory, and that is three calls.

// landlockABI is the version of Landlock that the kernel offers, or 0.
func landlockABI() int {
	v, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0
	}
	return int(v)
}

// Rights to files, combined.
const (
	readFile = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_EXECUTE
	readTree = readFile | unix.LANDLOCK_ACCESS_FS_READ_DIR
	// device is for using one; TRUNCATE because shells open /dev/null so.
	device = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV |
		unix.LANDLOCK_ACCESS_FS_TRUNCATE
	// sharing is for files that are there, as they are.
	sharing = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE
	// own is for a directory of one's own; everything but making devices.
	own = readTree | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE |
		unix.LANDLOCK_ACCESS_FS_MAKE_DIR | unix.LANDLOCK_ACCESS_FS_MAKE_REG | unix.LANDLOCK_ACCESS_FS_MAKE_SOCK |
		unix.LANDLOCK_ACCESS_FS_MAKE_FIFO | unix.LANDLOCK_ACCESS_FS_MAKE_SYM | unix.LANDLOCK_ACCESS_FS_REFER |
		unix.LANDLOCK_ACCESS_FS_TRUNCATE
	// onFiles are the rights that make sense for what is not a directory; the kernel refuses a rule with others.
	onFiles = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE |
		unix.LANDLOCK_ACCESS_FS_TRUNCATE | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
)

// rule gives rights to a file, or to a directory with everything in it.
type rule struct {
	Path   string
	Rights uint64
}

// landlockAttr are the kernel's landlock_ruleset_attr, which has grown with the versions.
type landlockAttr struct {
	fs, net, scoped uint64
}

// handled are the actions that a version of Landlock can refuse.
func handled(abi int, network bool) landlockAttr {
	a := landlockAttr{fs: unix.LANDLOCK_ACCESS_FS_REFER - 1}
	if abi >= 2 {
		a.fs |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if abi >= 3 {
		a.fs |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if abi >= 4 && !network {
		a.net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
	}
	if abi >= 5 {
		a.fs |= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	if abi >= 6 {
		a.scoped = unix.LANDLOCK_SCOPE_SIGNAL | unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET
	}
	return a
}

// size is that of the attributes as the version knows them.
func (a landlockAttr) size(abi int) uintptr {
	switch {
	case abi >= 6:
		return unsafe.Sizeof(a)
	case abi >= 4:
		return unsafe.Offsetof(a.scoped)
	}
	return unsafe.Offsetof(a.net)
}

// restrictFiles leaves the calling thread, and what it executes, with the rights of the rules. Rules for files that do not exist
// are passed over. It needs no_new_privs.
func restrictFiles(abi int, network bool, rules []rule) error {
	attr := handled(abi, network)
	set, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), attr.size(abi), 0)
	if errno != 0 {
		return fmt.Errorf("making a Landlock rule set: %w", errno)
	}
	defer unix.Close(int(set))
	for _, r := range rules {
		if err := addRule(int(set), attr.fs, r); err != nil {
			return err
		}
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, set, 0, 0); errno != 0 {
		return fmt.Errorf("enforcing the Landlock rules: %w", errno)
	}
	return nil
}

func addRule(set int, handled uint64, r rule) error {
	fd, err := unix.Open(r.Path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.ENOTDIR) {
		return nil
	} else if err != nil {
		return fmt.Errorf("opening %s for a Landlock rule: %w", r.Path, err)
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return fmt.Errorf("looking at %s: %w", r.Path, err)
	}
	rights := r.Rights & handled
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		rights &= onFiles
	}
	if rights == 0 {
		return nil
	}
	// The kernel's struct is packed: 8 bytes, then 4.
	attr := struct {
		rights uint64
		fd     int32
	}{rights, int32(fd)}
	if _, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(set), unix.LANDLOCK_RULE_PATH_BENEATH,
		uintptr(unsafe.Pointer(&attr)), 0, 0, 0); errno != 0 {
		return fmt.Errorf("adding a Landlock rule for %s: %w", r.Path, errno)
	}
	return nil
}
