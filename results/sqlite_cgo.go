//go:build cgo

package results

import (
	"errors"

	"github.com/mattn/go-sqlite3"
)

// sqliteSentinel says what a code of SQLite stands for, nil if it is no error of its or stands for nothing.
func sqliteSentinel(err error) error {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return nil
	}
	switch e.Code {
	case sqlite3.ErrNotADB:
		return ErrNotDatabase
	case sqlite3.ErrReadonly, sqlite3.ErrPerm:
		return ErrReadOnly
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return ErrBusy
	case sqlite3.ErrFull:
		return ErrFull
	case sqlite3.ErrCorrupt:
		return ErrDamaged
	case sqlite3.ErrIoErr:
		return ErrIO
	}
	switch e.ExtendedCode {
	case sqlite3.ErrConstraintUnique, sqlite3.ErrConstraintPrimaryKey:
		return ErrDuplicate
	case sqlite3.ErrConstraintForeignKey:
		return ErrNotFound
	case sqlite3.ErrConstraintCheck, sqlite3.ErrConstraintNotNull:
		return ErrInvalid
	}
	return nil
}

// cannotBeOpened says whether SQLite could not open or write a file.
func cannotBeOpened(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrCantOpen || e.Code == sqlite3.ErrReadonly)
}
