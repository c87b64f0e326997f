package results

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"github.com/solverbench/solverbench/results/migrations"
)

// Store is an open results database. Its methods may be called from several goroutines, and several processes may
// have the same database open.
type Store struct {
	db       *sql.DB
	path     string
	readOnly bool
	close    []func() error // what else to undo, in order

	file os.FileInfo // what path was when it was opened for writing

	uri          string // for ATTACH
	migratedFrom int64  // version of the file of which this is a migrated copy, 0 if it is the file itself
}

const (
	// busyTimeout is how long SQLite waits for another process's transaction, which takes milliseconds.
	busyTimeout = 10 * time.Second
	// attempts is how many times a write is tried when even that was not enough.
	attempts = 3
)

// Open opens the database at path for reading and writing, creates it if there is none, and migrates an older one
// after copying it to path.v<N>.bak.
func Open(ctx context.Context, path string) (*Store, error) {
	return open(ctx, path, migrations.FS)
}

func open(ctx context.Context, path string, schema fs.FS) (*Store, error) {
	if err := checkWritable(path); err != nil {
		return nil, fail(path, "open", err)
	}
	s, err := connect(ctx, path, url.Values{
		"_busy_timeout": {fmt.Sprint(busyTimeout.Milliseconds())},
		"_foreign_keys": {"on"},
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		"_txlock":       {"immediate"}, // a write never starts as a read that cannot be upgraded
	})
	if err != nil {
		return nil, err
	}
	if err := s.migrate(ctx, schema); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if s.file, err = os.Stat(path); err != nil {
		return nil, errors.Join(fail(path, "open", err), s.Close())
	}
	return s, nil
}

// OpenReadOnly opens an existing database for reading. It works in folders and on file systems that cannot be
// written. An older database stays as it is: a temporary copy of it is migrated and read.
func OpenReadOnly(ctx context.Context, path string) (*Store, error) {
	return openReadOnly(ctx, path, migrations.FS)
}

func openReadOnly(ctx context.Context, path string, schema fs.FS) (*Store, error) {
	if err := checkFile(path); err != nil {
		return nil, fail(path, "open", err)
	}
	s, err := connectReadOnly(ctx, path)
	if err != nil {
		return nil, err
	}
	current, target, err := s.versions(ctx, schema)
	switch {
	case err != nil:
		return nil, errors.Join(err, s.Close())
	case current == 0:
		err := fmt.Errorf("%w: it is empty", ErrNotDatabase)
		return nil, errors.Join(fail(path, "open", err), s.Close())
	case current == target:
		return s, nil
	}
	old, err := s.migratedCopy(ctx, schema)
	if err == nil {
		old.migratedFrom = current
	}
	return old, errors.Join(err, s.Close())
}

// connectReadOnly avoids mode=ro where it can: such a connection leaves the -wal and -shm files that it had to make.
func connectReadOnly(ctx context.Context, path string) (*Store, error) {
	values := url.Values{
		"_busy_timeout": {fmt.Sprint(busyTimeout.Milliseconds())},
		"_query_only":   {"on"},
		"_mutex":        {"no"}, // a connection is used by one goroutine at a time anyway
		"mode":          {"rw"},
	}
	if checkWritable(path) != nil {
		values.Set("mode", "ro")
	}
	s, err := connect(ctx, path, values)
	if cannotBeOpened(err) {
		// A write-ahead log needs a shared-memory file, which cannot be made here. Nobody else can write here
		// either, so if the log is empty the database may be read as it stands.
		if info, statErr := os.Stat(path + "-wal"); statErr == nil && info.Size() > 0 {
			err := fmt.Errorf("its last runs are still in %s-wal and the folder cannot be written: copy both files"+
				" to a folder that can: %w", filepath.Base(path), err)
			return nil, fail(path, "open", err)
		}
		values.Set("immutable", "1")
		s, err = connect(ctx, path, values)
	}
	if err != nil {
		return nil, err
	}
	s.readOnly = true
	s.db.SetMaxOpenConns(max(2, min(runtime.GOMAXPROCS(0), 4)))
	return s, nil
}

// connect opens the database and checks that it is ours.
func connect(ctx context.Context, path string, values url.Values) (*Store, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fail(path, "open", err)
	}
	uri := "file:" + (&url.URL{Path: absolute}).EscapedPath() + "?" + values.Encode()
	db, err := sql.Open("sqlite3", uri)
	if err != nil {
		return nil, fail(path, "open", err)
	}
	db.SetMaxOpenConns(1) // writers of one process queue here rather than in SQLite's busy handler
	s := &Store{db: db, path: path, uri: uri}
	var application, tables int64
	for deadline := time.Now().Add(busyTimeout); ; time.Sleep(20 * time.Millisecond) {
		err = db.QueryRowContext(ctx,
			`SELECT (SELECT application_id FROM pragma_application_id),
			        (SELECT count(*) FROM sqlite_schema WHERE tbl_name NOT IN ('goose_db_version', 'sqlite_sequence'))`).
			Scan(&application, &tables)
		// Turning on the write-ahead log of a new database does not wait for another process that does the same.
		if !errors.Is(sentinel(err), ErrBusy) || time.Now().After(deadline) || ctx.Err() != nil {
			break
		}
	}
	if err == nil && application != applicationID && tables > 0 {
		err = fmt.Errorf("%w: it is an SQLite database of another program", ErrNotDatabase)
	}
	if err != nil {
		return nil, errors.Join(fail(path, "open", err), db.Close())
	}
	return s, nil
}

// applicationID is "solv", set by the first migration. Until then there may be goose's own table, and nothing else.
const applicationID = 0x736f6c76

// checkFile tells apart what SQLite reports as "unable to open database file". It must not open the file: closing it
// would drop the locks that SQLite holds on it in this process.
func checkFile(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%w: it is a folder", ErrNotDatabase)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%w: it is not a regular file", ErrNotDatabase)
	}
	return nil
}

func checkWritable(path string) error {
	folder := filepath.Dir(path)
	err := checkFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if info, err := os.Stat(folder); err != nil {
			return err
		} else if !info.IsDir() {
			return fmt.Errorf("%w: %s is not a folder", ErrReadOnly, folder)
		}
	case err != nil:
		return err
	case unix.Faccessat(unix.AT_FDCWD, path, unix.W_OK, unix.AT_EACCESS) != nil:
		return fmt.Errorf("%w: the file is read-only", ErrReadOnly)
	}
	if unix.Faccessat(unix.AT_FDCWD, folder, unix.W_OK, unix.AT_EACCESS) != nil {
		return fmt.Errorf("%w: the folder %s is read-only", ErrReadOnly, folder)
	}
	return nil
}

// Path returns the path that the store was opened with.
func (s *Store) Path() string { return s.path }

// Close closes the database. After the last process has closed it, it is one file again.
func (s *Store) Close() error {
	errs := []error{s.db.Close()}
	for _, undo := range s.close {
		errs = append(errs, undo())
	}
	return fail(s.path, "close", errors.Join(errs...))
}

// write runs f in a transaction, again if another process kept the database locked for longer than busyTimeout.
func (s *Store) write(ctx context.Context, op string, f func(*sql.Tx) error) error {
	if s.readOnly {
		return fail(s.path, op, fmt.Errorf("%w: it was opened for reading", ErrReadOnly))
	}
	var err error
	for range attempts {
		if err = s.writeOnce(ctx, f); err == nil || !errors.Is(sentinel(err), ErrBusy) || ctx.Err() != nil {
			break
		}
	}
	if err == nil {
		err = s.inPlace()
	}
	return fail(s.path, op, err)
}

// inPlace fails if the database is no longer where it was opened: SQLite goes on with a file that has lost its name, and
// what is written to that is lost.
func (s *Store) inPlace() error {
	if s.file == nil { // it is not complete yet
		return nil
	}
	info, err := os.Stat(s.path)
	if err == nil && os.SameFile(info, s.file) {
		return nil
	}
	return fmt.Errorf("%w: the file has been removed, moved or replaced while it was in use", ErrGone)
}

func (s *Store) writeOnce(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// read runs f on one snapshot of the database, without taking the write lock that BeginTx takes.
func (s *Store) read(ctx context.Context, op string, f func(*sql.Conn) error) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return fail(s.path, op, err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return fail(s.path, op, err)
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	return fail(s.path, op, f(conn))
}
