package results

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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
