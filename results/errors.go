package results

import (
	"errors"
	"fmt"
	"io/fs"
)

// Why the store failed, for errors.Is.
var (
	ErrNotExist    = errors.New("no such database")
	ErrNotDatabase = errors.New("not a solverbench database")
	ErrNewer       = errors.New("database was written by a newer solverbench")
	ErrReadOnly    = errors.New("database cannot be written")
	ErrDamaged     = errors.New("database is damaged")
	ErrIO          = errors.New("the disk failed to read or write the database")
	ErrBusy        = errors.New("database is locked by another process")
	ErrFull        = errors.New("no space left for the database")
	ErrGone        = errors.New("database is gone")
	ErrDuplicate   = errors.New("already in the database")
	ErrNotFound    = errors.New("not in the database")
	ErrInvalid     = errors.New("invalid value")
	ErrConflict    = errors.New("databases contradict each other")
	ErrClaimed     = errors.New("another process is at it")
)

// Error is any failure of the store.
type Error struct {
	Path string // of the database
	Op   string // what was being done
	Err  error  // why it failed; wraps one of the sentinel errors where one fits
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %s: %v", e.Path, e.Op, e.Err) }

func (e *Error) Unwrap() error { return e.Err }

// fail wraps err in an *Error for this database, adding the sentinel that its SQLite code stands for.
func fail(path, op string, err error) error {
	if err == nil {
		return nil
	}
	var done *Error
	if errors.As(err, &done) {
		return err
	}
	if reason := sentinel(err); reason != nil && !errors.Is(err, reason) {
		err = fmt.Errorf("%w (%w)", reason, err)
	}
	return &Error{Path: path, Op: op, Err: err}
}

func sentinel(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNotExist
	}
	return sqliteSentinel(err)
}
