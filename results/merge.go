package results

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/solverbench/solverbench/results/migrations"
)

// Merged says what a merge made.
type Merged struct {
	Path        string `json:"path"`
	Sources     int    `json:"sources"`
	Experiments int    `json:"experiments"` // now in the database
	Runs        int    `json:"runs"`        // now in the database
	Added       int    `json:"added"`       // runs that were not there before, or only as cancelled ones
}

// Conflict is an experiment or run that two databases tell differently.
type Conflict struct {
	Experiment string   `json:"experiment"` // its UID
	Run        string   `json:"run"`        // configuration and instance; empty if the experiment itself differs
	Sources    []string `json:"sources"`    // the databases
	Differ     []string `json:"differ"`     // what differs: column: value / value, or a table of parts
}

// ConflictError is why databases cannot be merged.
type ConflictError struct{ Conflicts []Conflict }

func (e *ConflictError) Error() string {
	const most = 5
	var b strings.Builder
	fmt.Fprintf(&b, "%v: two databases tell %d times differently of the same", ErrConflict, len(e.Conflicts))
	for i, c := range e.Conflicts {
		if i == most {
			fmt.Fprintf(&b, "\n  and %d more", len(e.Conflicts)-most)
			break
		}
		what := "experiment " + c.Experiment
		if c.Run != "" {
			what = c.Run + " in " + what
		}
		fmt.Fprintf(&b, "\n  %s, in %s: %s", what, strings.Join(c.Sources, " and "), strings.Join(c.Differ, "; "))
	}
	return b.String()
}

func (e *ConflictError) Unwrap() error { return ErrConflict }

// Merge brings everything in the sources together in the database at path. What has the same identity is one:
// experiments by UID; machines, plugins, configurations and instances by content; a run by its experiment,
// configuration and instance. The order of the sources does not matter, nor does merging one again or merging what is
// merged already; only row ids depend on it.
//
// Of one run known twice, a [Cancelled] one gives way to a finished one; two that differ otherwise are a
// [ConflictError], and nothing is merged. An experiment ends as the source says that knows it to have ended best.
//
// A database that is at path already must be among the sources, and then grows in one transaction; otherwise path
// appears when it is complete. Sources are not changed: older ones are migrated in temporary copies, newer ones
// refused. Progress, if not nil, is called before each source.
func Merge(ctx context.Context, path string, sources []string, progress func(source string)) (Merged, error) {
	m := Merged{Path: path, Sources: len(sources)}
	target, errTarget := os.Stat(path)
	if errTarget != nil && !errors.Is(errTarget, fs.ErrNotExist) {
		return m, fail(path, "merge", errTarget)
	}
	var others []string
	for _, source := range sources {
		info, err := os.Stat(source)
		if err != nil {
			return m, fail(source, "merge", err)
		}
		if target == nil || !os.SameFile(target, info) {
			others = append(others, source)
		}
	}
	if target != nil && len(others) == len(sources) {
		return m, fail(path, "merge", fmt.Errorf("%w: name it among the databases to merge, or choose another name", fs.ErrExist))
	}
	folder, err := os.MkdirTemp(filepath.Dir(path), ".merge-") // beside it, so that it can be renamed
	if err != nil {
		return m, fail(path, "merge", err)
	}
	defer os.RemoveAll(folder)
	built := filepath.Join(folder, "merged.db")
	if m.Added, err = build(ctx, built, path, others, progress); err != nil {
		return m, err
	}
	if target == nil {
		err = publish(built, path)
	} else {
		m.Added, err = grow(ctx, path, built, strings.Join(others, " or "))
	}
	if err != nil {
		return m, err
	}
	err = count(ctx, &m)
	return m, err
}

// build merges sources in a new database at built, which messages call path. It need not survive anything before it is
// published.
func build(ctx context.Context, built, path string, sources []string, progress func(string)) (added int, err error) {
	s, err := connect(ctx, built, url.Values{"_foreign_keys": {"on"}, "_journal_mode": {"MEMORY"}, "_synchronous": {"OFF"}, "_txlock": {"immediate"}})
	if err != nil {
		return 0, err
	}
	defer s.Close()
	if err := s.migrate(ctx, migrations.FS); err != nil {
		return 0, err
	}
	s.path = path
	for _, source := range sources {
		if progress != nil {
			progress(source)
		}
		n, err := s.take(ctx, source, source)
		if err != nil {
			return 0, err
		}
		added += n
	}
	// All later openers find it as Open makes databases.
	if _, err := s.db.ExecContext(ctx, `PRAGMA journal_mode = WAL`); err != nil {
		return 0, fail(path, "merge", err)
	}
	return added, s.Close()
}

// publish gives a finished database its name, so that even after power loss it is there whole or not at all.
func publish(built, path string) error {
	err := sync(built)
	if err == nil {
		err = os.Link(built, path) // unlike Rename, it fails if somebody else has made the file meanwhile
	}
	if errors.Is(err, syscall.EPERM) || errors.Is(err, errors.ErrUnsupported) {
		err = os.Rename(built, path) // a file system without links
	}
	if err == nil {
		err = sync(filepath.Dir(path))
	}
	return fail(path, "merge", err)
}

func sync(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// grow merges what was built of the databases called name into an existing database.
func grow(ctx context.Context, path, built, name string) (added int, err error) {
	s, err := Open(ctx, path)
	if err != nil {
		return 0, err
	}
	added, err = s.take(ctx, built, name)
	return added, errors.Join(err, s.Close())
}

func count(ctx context.Context, m *Merged) error {
	s, err := OpenReadOnly(ctx, m.Path)
	if err != nil {
		return err
	}
	err = s.db.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM experiment), (SELECT count(*) FROM run)`).Scan(&m.Experiments, &m.Runs)
	return errors.Join(fail(m.Path, "count", err), s.Close())
}

// take merges the database at source, which messages call name, into this one in one transaction, and returns how many
// runs it gained.
func (s *Store) take(ctx context.Context, source, name string) (added int, err error) {
	from, err := OpenReadOnly(ctx, source)
	if err != nil {
		return 0, err
	}
	defer from.Close()
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return 0, fail(s.path, "merge", err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, `ATTACH ? AS src`, from.uri); err != nil {
		return 0, fail(name, "merge", err)
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), `DETACH src`)
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return 0, fail(s.path, "merge", err)
	}
	defer tx.Rollback()
	m := merger{ctx: ctx, tx: tx, into: s.path, source: name}
	if added, err = m.merge(); err == nil {
		err = tx.Commit()
	}
	return added, fail(name, "merge into "+s.path, err)
}
