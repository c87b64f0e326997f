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
)

// Copy writes the database as it is at this moment, with what is still in the write-ahead log, to a new file, in place of any that
// there is. Row ids are kept, space that is free is not. Until the copy is whole, an old file stays.
func (s *Store) Copy(ctx context.Context, path string) error {
	fresh := path + ".copying"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fail(s.path, "copy to "+path, err)
	}
	here, err := os.Stat(s.path)
	if err != nil {
		return fail(s.path, "copy to "+path, err)
	}
	if there, err := os.Stat(path); err == nil && os.SameFile(here, there) {
		return fail(s.path, "copy to "+path, errors.New("it is the same file"))
	}
	if _, err := s.db.ExecContext(ctx, `PRAGMA query_only = off; VACUUM INTO ?`, fresh); err != nil {
		return fail(s.path, "copy to "+path, errors.Join(fmt.Errorf("writing %s: %w", filepath.Base(fresh), err), os.Remove(fresh)))
	}
	// What belonged to the old file would be taken for a part of the new one.
	for _, of := range []string{"-wal", "-shm"} {
		if err := os.Remove(path + of); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fail(s.path, "copy to "+path, err)
		}
	}
	if err := os.Rename(fresh, path); err != nil {
		return fail(s.path, "copy to "+path, err)
	}
	return nil
}

// CopyRuns writes some of the runs, with everything that belongs to them, to a new file, in place of any that there is: one file in
// which nothing is left of other runs. Row ids are kept.
func (s *Store) CopyRuns(ctx context.Context, path string, runs []int64) error {
	if err := s.Copy(ctx, path); err != nil {
		return err
	}
	c, err := connect(ctx, path, url.Values{"_foreign_keys": {"on"}, "_journal_mode": {"DELETE"}, "_txlock": {"immediate"}})
	if err != nil {
		return err
	}
	return errors.Join(c.keep(ctx, runs), c.Close())
}

// keep deletes all but some of the runs and what belongs to them.
func (s *Store) keep(ctx context.Context, runs []int64) error {
	kept, err := list(runs)
	if err != nil {
		return fail(s.path, "choose runs", err)
	}
	err = s.writeOnce(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM run WHERE id NOT IN (SELECT value FROM json_each(?))`, kept); err != nil {
			return err
		}
		for _, query := range []string{
			`DELETE FROM event WHERE experiment_id NOT IN (SELECT experiment_id FROM run)`,
			`DELETE FROM noise_probe WHERE experiment_id NOT IN (SELECT experiment_id FROM run)`,
			`DELETE FROM experiment WHERE id NOT IN (SELECT experiment_id FROM run)`,
			`DELETE FROM machine WHERE id NOT IN (SELECT machine_id FROM experiment)`,
			`DELETE FROM configuration WHERE id NOT IN (SELECT configuration_id FROM run)`,
			`DELETE FROM plugin WHERE id NOT IN (SELECT plugin_id FROM configuration)`,
			`DELETE FROM instance WHERE id NOT IN (SELECT instance_id FROM run)`,
		} {
			if _, err := tx.ExecContext(ctx, query); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		_, err = s.db.ExecContext(ctx, `VACUUM`)
	}
	return fail(s.path, "leave out other runs", err)
}
