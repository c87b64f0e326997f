package results

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// owner is what a claim's file says for people; that its lock is held is what counts.
type owner struct {
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
}

func (o *owner) String() string {
	if o.PID == 0 {
		return "another process"
	}
	return fmt.Sprintf("process %d on host %s since %s", o.PID, o.Host, o.Since.Local().Format(time.DateTime))
}

// ownerOf returns who has a claim, nil if nobody.
func ownerOf(path string, experiment int64) *owner {
	path, err := lockFile(path, experiment)
	if err != nil {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	// A shared lock, held for a moment; Claim tries more than once.
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); !errors.Is(err, syscall.EWOULDBLOCK) {
		return nil
	}
	return readOwner(f)
}

func lockFile(path string, experiment int64) (string, error) {
	path, err := filepath.EvalSymlinks(path) // all names of the database lead to one lock
	return fmt.Sprintf("%s.experiment-%d.lock", path, experiment), err
}

// readOwner returns no name if the claim is so new that it is not written yet.
func readOwner(f *os.File) *owner {
	var o owner
	if err := json.NewDecoder(f).Decode(&o); err != nil {
		return &owner{}
	}
	return &o
}

// Claim makes this process the only one that makes runs of an experiment, until release is called or the process ends,
// however it ends: what is held is a kernel lock on the file <database>.experiment-<id>.lock, which release removes.
// It refuses with [ErrClaimed] at once if another has it. Where the file system knows no locks it does without.
func (s *Store) Claim(ctx context.Context, experiment int64) (release func(), err error) {
	if s.readOnly {
		return nil, fail(s.path, "claim", fmt.Errorf("%w: it was opened for reading", ErrReadOnly))
	}
	release, err = claim(ctx, s.path, experiment)
	return release, fail(s.path, "claim", err)
}

func claim(ctx context.Context, path string, experiment int64) (release func(), err error) {
	if path, err = lockFile(path, experiment); err != nil {
		return nil, err
	}
	for tries := 1; ctx.Err() == nil; tries++ {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
		if err != nil {
			return nil, err
		}
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
			by := readOwner(f)
			f.Close()
			if tries < 5 { // somebody may only be looking
				time.Sleep(10 * time.Millisecond)
				continue
			}
			return nil, fmt.Errorf("%w: experiment %d is being run by %s", ErrClaimed, experiment, by)
		}
		if !isStill(path, f) { // its last owner removed it after it was opened here
			f.Close()
			continue
		}
		if err := describe(f); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return func() {
			os.Remove(path) // while the lock is held, so that nobody can have it by this name
			f.Close()
		}, nil
	}
	return nil, ctx.Err()
}

func isStill(path string, f *os.File) bool {
	named, errNamed := os.Stat(path)
	held, errHeld := f.Stat()
	return errNamed == nil && errHeld == nil && os.SameFile(named, held)
}

func describe(f *os.File) error {
	host, _ := os.Hostname() // empty is what unknown looks like
	text, err := json.Marshal(owner{os.Getpid(), host, time.Now().UTC()})
	if err != nil {
		return err
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err = f.WriteAt(append(text, '\n'), 0)
	return err
}
