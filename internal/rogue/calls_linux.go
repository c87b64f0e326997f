package rogue

import "golang.org/x/sys/unix"

func trace(pid int) error { return unix.PtraceSeize(pid) }

func mountCgroups(dir string) error { return unix.Mount("none", dir, "cgroup2", 0, "") }
