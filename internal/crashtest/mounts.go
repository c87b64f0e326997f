//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// childEnv says that this process is to run one scenario, withMounts if in a mount namespace of its own.
const (
	childEnv      = "CRASHTEST_CHILD"
	withMounts    = "mounts"
	withoutMounts = "plain"
)

// spawn runs a scenario in a process, with mounts of its own where we may: then /dev/shm is its alone, and it can mount
// small disks.
func (s scenario) spawn(ctx context.Context, o options) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	start := func(mounts string, attr *syscall.SysProcAttr) (*exec.Cmd, error) {
		args := append(os.Args[1:len(os.Args):len(os.Args)], "-only="+s.name, fmt.Sprint("-seed=", o.seed))
		cmd := exec.CommandContext(ctx, self, args...)
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
		cmd.Env = append(os.Environ(), childEnv+"="+mounts)
		cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = os.Stdin, os.Stdout, os.Stderr, attr
		return cmd, cmd.Start()
	}
	attr := &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS}
	if os.Getuid() != 0 {
		// An ordinary user may mount only as the root of other namespaces, which is not how solverbench usually runs.
		attr.Cloneflags |= unix.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	var cmd *exec.Cmd
	err = errors.ErrUnsupported
	if os.Getuid() == 0 || s.mounts {
		cmd, err = start(withMounts, attr)
	}
	if err != nil {
		if cmd, err = start(withoutMounts, nil); err != nil {
			return err
		}
	}
	return cmd.Wait()
}

// privateMounts keeps what we mount to ourselves and gives us a /dev/shm.
func privateMounts() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making mounts private: %w", err)
	}
	return mountTmpfs("/dev/shm", "size=256m,mode=1777")
}

func mountTmpfs(dir, options string) error {
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		return fmt.Errorf("mounting a tmpfs on %s: %w", dir, err)
	}
	return nil
}
