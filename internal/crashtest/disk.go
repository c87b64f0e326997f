//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// diskScenario lets the harness run out of space, on small disks that it mounts.
func diskScenario(ctx context.Context, b *bench) (string, error) {
	if !b.private {
		return "", skipped("nothing can be mounted here, neither by root in this container nor in a user namespace")
	}
	plan, err := b.reference(ctx)
	if err != nil {
		return "", err
	}
	ends := map[int]int{}
	for n := range max(4, b.failures/5) {
		code, err := b.fullDatabase(ctx, plan, n)
		if err != nil {
			return "", err
		}
		ends[code]++
		b.progress("disk", n+1, max(4, b.failures/5))
	}
	if ends[4] == 0 {
		return "", errors.New("no disk was small enough to be full")
	}
	for _, t := range []struct {
		what, options string
		shm, tmp      bool
	}{
		{"no space in TMPDIR", "size=64k", false, true},
		{"no space in /dev/shm", "size=64m", true, false},
		{"no space in TMPDIR and /dev/shm", "size=64k", true, true},
	} {
		if err := b.fullTemporary(ctx, plan, t.what, t.options, t.shm, t.tmp); err != nil {
			return "", fmt.Errorf("%s: %w", t.what, err)
		}
	}
	if err := b.noFolders(ctx); err != nil {
		return "", fmt.Errorf("no more files in TMPDIR: %w", err)
	}
	return fmt.Sprintf("%d full disks, %d large enough; fallbacks for TMPDIR and /dev/shm", ends[4], ends[0]), nil
}

// small mounts a disk of its own for the time of f.
func (b *bench) small(options string, f func(dir string) error) error {
	dir := filepath.Join(b.dir, "s")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := mountTmpfs(dir, options); err != nil {
		return err
	}
	err := f(dir)
	if err != nil {
		err = errors.Join(err, b.keep())
	}
	return errors.Join(err, unix.Unmount(dir, unix.MNT_DETACH))
}

// keep copies the small disk, which goes with our mounts, to where it can be looked at.
func (b *bench) keep() error {
	return os.CopyFS(filepath.Join(b.dir, "kept"), os.DirFS(filepath.Join(b.dir, "s")))
}

// fullDatabase runs an experiment on a disk that may be too small, makes it larger, and resumes.
func (b *bench) fullDatabase(ctx context.Context, plan map[string]string, n int) (code int, err error) {
	size := 4096 * (1 + b.random.IntN(300))
	if n == 0 {
		size = 4096 // nothing fits
	}
	err = b.small(fmt.Sprint("size=", size), func(dir string) error {
		db := filepath.Join(dir, "full.db")
		args, err := b.fresh()
		if err != nil {
			return err
		}
		var l *life
		if l, code, err = b.run(ctx, db, args); err != nil {
			return err
		}
		text := l.text()
		b.say("%d bytes: exit code %d after %d runs: %s", size, code, len(l.acks()), l.tail())
		if code != 0 && (code != 4 || !strings.Contains(text, "solverbench: "+db) || !strings.Contains(text, "no space")) {
			return fmt.Errorf("%d bytes for the database: exit code %d, expected 4 and a message with %s and \"no space\": %s", size, code, db, l.tail())
		}
		s, err := b.look(ctx, db)
		if err != nil {
			return err
		}
		g := newLedger(plan)
		if err := g.check(s, s.newest(), l.acks()); err != nil {
			return fmt.Errorf("%d bytes for the database: %w", size, err)
		}
		if err := unix.Mount("", dir, "", unix.MS_REMOUNT, "size=64m"); err != nil {
			return fmt.Errorf("making the disk larger: %w", err)
		}
		if len(s.experiments) == 0 {
			if l, code, err := b.run(ctx, db, args); err != nil || code != 0 {
				return fmt.Errorf("with space: exit code %d, error %v: %s", code, err, l.tail())
			}
		} else if err := b.finish(ctx, db); err != nil {
			return fmt.Errorf("with space: %w", err)
		}
		if s, err = b.look(ctx, db); err != nil {
			return err
		}
		return g.complete(s)
	})
	return code, err
}

// fill writes a file until its disk is full.
func fill(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for chunk := make([]byte, 1<<20); ; {
		if _, err := f.Write(chunk); errors.Is(err, unix.ENOSPC) {
			if len(chunk) == 1 {
				return nil
			}
			chunk = chunk[:len(chunk)/2]
		} else if err != nil {
			return err
		}
	}
}

// fullTemporary runs an experiment with no space for what goes between harness and plugin: there are other ways.
func (b *bench) fullTemporary(ctx context.Context, plan map[string]string, what, options string, shm, tmp bool) error {
	return b.small(options, func(dir string) error {
		if shm {
			ballast := "/dev/shm/ballast"
			defer os.Remove(ballast)
			if err := fill(ballast); err != nil {
				return err
			}
		}
		if tmp {
			if err := fill(filepath.Join(dir, "ballast")); err != nil {
				return err
			}
		}
		db := filepath.Join(b.dir, strings.NewReplacer(" ", "-", "/", "-").Replace(what)+".db")
		args, err := b.fresh()
		if err != nil {
			return err
		}
		l, code, err := b.run(ctx, db, args, withEnv("TMPDIR="+dir))
		if err != nil {
			return err
		}
		b.say("%s: exit code %d: %s", what, code, l.tail())
		if code != 0 {
			return fmt.Errorf("exit code %d: %s", code, l.tail())
		}
		s, err := b.look(ctx, db)
		if err != nil {
			return err
		}
		g := newLedger(plan)
		if err := g.check(s, s.newest(), l.acks()); err != nil {
			return err
		}
		return g.complete(s)
	})
}

// noFolders has the harness find that it cannot make the folder for a plugin's sockets, at first and later.
func (b *bench) noFolders(ctx context.Context) error {
	return b.small("size=1m,nr_inodes=20", func(dir string) error {
		for n := 0; ; n++ {
			f, err := os.Create(filepath.Join(dir, fmt.Sprint(n)))
			if err != nil {
				break
			}
			f.Close()
		}
		args, err := b.fresh()
		if err != nil {
			return err
		}
		db := filepath.Join(b.dir, "no-folders.db")
		l, code, err := b.run(ctx, db, args, withEnv("TMPDIR="+dir))
		if err != nil {
			return err
		}
		b.say("no more files in TMPDIR: exit code %d: %s", code, l.tail())
		if text := l.text(); code != 3 || !strings.Contains(text, dir) || !strings.Contains(text, "no space") {
			return fmt.Errorf("exit code %d, expected 3 and a message with %s and \"no space\": %s", code, dir, l.tail())
		}
		return nil
	})
}
