package sandbox

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Landlock leaves modes, times and extended attributes of all files to their owner, and that is who the program runs as. A mount that is
// read-only does not.

// protectMounts makes all that is mounted read-only in this mount namespace, but the box's own directory and the shared ones.
func (s *spec) protectMounts() error {
	writable := []string{private(s.Dir)}
	for _, dir := range s.Shared {
		path := resolved(dir)
		if err := unix.Mount(path, path, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("keeping %s writable: %w", path, err)
		}
		writable = append(writable, path)
	}
	writable[0] = resolved(writable[0])
	return makeReadOnly(writable)
}

// makeReadOnly does that to all that is mounted but the mounts on the given paths. The kernel's own file systems are left to
// Landlock: the entering stage has yet to write there.
func makeReadOnly(except []string) error {
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return fmt.Errorf("making mounts read-only: %w", err)
	}
	attr := &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	for line := range strings.Lines(string(mounts)) {
		before, after, ok := strings.Cut(line, " - ")
		f, g := strings.Fields(before), strings.Fields(after)
		if !ok || len(f) < 5 || len(g) < 1 || slices.Contains([]string{"proc", "sysfs", "cgroup", "cgroup2"}, g[0]) {
			continue
		}
		path := unescaped(f[4])
		if slices.Contains(except, path) {
			continue
		}
		err := unix.MountSetattr(unix.AT_FDCWD, path, unix.AT_SYMLINK_NOFOLLOW, attr)
		// What is mounted below something that hides it, or that we may not look into, can be reached by nobody in here.
		hidden := errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.ENOTDIR)
		if err != nil && (path == "/" || !hidden) {
			return fmt.Errorf("making %s read-only: %w", path, err)
		}
	}
	return nil
}

// unescaped is a path of mountinfo, in which spaces and the like are octal numbers.
func unescaped(path string) string {
	var out strings.Builder
	for {
		before, after, ok := strings.Cut(path, `\`)
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		if len(after) >= 3 {
			if c, err := strconv.ParseUint(after[:3], 8, 8); err == nil {
				out.WriteByte(byte(c))
				path = after[3:]
				continue
			}
		}
		out.WriteByte('\\')
		path = after
	}
}
