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
	"syscall"
	"time"

	"github.com/pressly/goose/v3"
)

// migrate brings the database to the newest version, after a backup unless it is new.
func (s *Store) migrate(ctx context.Context, schema fs.FS) error {
	current, target, err := s.versions(ctx, schema)
	if err != nil || current == target {
		return err
	}
	unlock, err := lockFolder(ctx, filepath.Dir(s.path))
	if err != nil {
		return fail(s.path, "wait for another process that migrates it", err)
	}
	defer unlock()
	// Another process may have migrated it meanwhile.
	if current, target, err = s.versions(ctx, schema); err != nil || current == target {
		return err
	}
	if current > 0 {
		if err := s.backup(ctx, fmt.Sprintf("%s.v%d.bak", s.path, current)); err != nil {
			return fail(s.path, "back up before migrating", err)
		}
	}
	provider, err := newProvider(s.db, schema)
	if err == nil {
		_, err = provider.Up(ctx)
	}
	return fail(s.path, fmt.Sprintf("migrate from version %d to %d", current, target), err)
}

func newProvider(db *sql.DB, schema fs.FS) (*goose.Provider, error) {
	return goose.NewProvider(goose.DialectSQLite3, db, schema, goose.WithDisableGlobalRegistry(true))
}

// versions returns the version of the database, 0 if it is empty, and that of this program, without writing.
func (s *Store) versions(ctx context.Context, schema fs.FS) (current, target int64, err error) {
	provider, err := newProvider(s.db, schema)
	if err != nil {
		return 0, 0, fail(s.path, "read the migrations", err)
	}
	sources := provider.ListSources()
	target = sources[len(sources)-1].Version
	var tables int
	err = s.db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE name = 'goose_db_version'`).Scan(&tables)
	if err == nil && tables > 0 {
		err = s.db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).
			Scan(&current)
	}
	if err == nil && current > target {
		err = fmt.Errorf("%w: its schema has version %d, this program knows versions up to %d: update solverbench",
			ErrNewer, current, target)
	}
	return current, target, fail(s.path, "read the schema version", err)
}

// backup copies the database to path, or to path.2, path.3, … if that exists: a backup is never overwritten.
func (s *Store) backup(ctx context.Context, path string) error {
	free := path
	for i := 2; ; i++ {
		if _, err := os.Lstat(free); errors.Is(err, fs.ErrNotExist) {
			break
		} else if err != nil {
			return err
		}
		free = fmt.Sprintf("%s.%d", path, i)
	}
	// VACUUM INTO takes a consistent snapshot with the write-ahead log, which a copy of the file would miss.
	if _, err := s.db.ExecContext(ctx, `VACUUM INTO ?`, free); err != nil {
		return err
	}
	f, err := os.Open(free)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// migratedCopy opens a temporary copy of an older database, migrated, which is removed on Close.
func (s *Store) migratedCopy(ctx context.Context, schema fs.FS) (*Store, error) {
	folder, err := os.MkdirTemp("", "solverbench-")
	if err != nil {
		return nil, fail(s.path, "migrate a copy", err)
	}
	remove := func() error { return os.RemoveAll(folder) }
	path := filepath.Join(folder, "copy.db")
	// query_only, which guards the original, also forbids writing the copy.
	if _, err := s.db.ExecContext(ctx, `PRAGMA query_only = off; VACUUM INTO ?`, path); err != nil {
		return nil, errors.Join(fail(s.path, "copy to migrate", err), remove())
	}
	t, err := connect(ctx, path, url.Values{})
	if err != nil {
		return nil, errors.Join(err, remove())
	}
	t.close = append(t.close, remove)
	if err := t.migrate(ctx, schema); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	t.path, t.readOnly = s.path, true
	return t, nil
}

// lockFolder takes an advisory lock on the folder, which needs no lock file, for the moment that a migration takes.
// Where the file system has no such locks it does without: SQLite still serialises each migration's transaction.
func lockFolder(ctx context.Context, folder string) (unlock func(), err error) {
	f, err := os.Open(folder)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return func() { f.Close() }, nil
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, fmt.Errorf("%w: %w", ErrBusy, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}
