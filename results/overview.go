package results

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/solverbench/solverbench/results/migrations"
)

// Overview is what a database holds, at a glance.
type Overview struct {
	Path          string         `json:"path"`
	Bytes         int64          `json:"bytes"`          // of the file and its write-ahead log
	FreeBytes     int64          `json:"free_bytes"`     // that Vacuum would give back
	SchemaVersion int64          `json:"schema_version"` // of the file
	Newest        int64          `json:"newest_version"` // that this program knows
	Journal       string         `json:"journal"`
	Experiments   int            `json:"experiments"`
	Runs          int            `json:"runs"`
	Repetitions   int            `json:"repetitions"`
	Statuses      map[Status]int `json:"statuses"` // runs by how they ended
	Families      map[string]int `json:"families"` // runs by family
	Machines      []string       `json:"machines"` // host and CPU
	First         time.Time      `json:"first,omitzero"`
	Last          time.Time      `json:"last,omitzero"`
	Unfinished    []Unfinished   `json:"unfinished"`
}

// Unfinished is an experiment that is running or was interrupted.
type Unfinished struct {
	ID      int64     `json:"id"`
	UID     string    `json:"uid"`
	Suite   string    `json:"suite"`
	Outcome Outcome   `json:"outcome"`
	Started time.Time `json:"started"`
	Runs    int       `json:"runs"`    // done
	Running string    `json:"running"` // by whom, if somebody is at it
}

// Overview summarises the database.
func (s *Store) Overview(ctx context.Context) (Overview, error) {
	i := Overview{Path: s.path, Statuses: map[Status]int{}, Families: map[string]int{}, Machines: []string{}, Unfinished: []Unfinished{}}
	for _, suffix := range []string{"", "-wal"} {
		if info, err := os.Stat(s.path + suffix); err == nil {
			i.Bytes += info.Size()
		} else if !errors.Is(err, fs.ErrNotExist) {
			return i, fail(s.path, "summarise", err)
		}
	}
	var err error
	if i.SchemaVersion, i.Newest, err = s.versions(ctx, migrations.FS); err != nil {
		return i, err
	}
	if s.migratedFrom != 0 {
		i.SchemaVersion = s.migratedFrom
	}
	err = s.read(ctx, "summarise", func(c *sql.Conn) error { return i.read(ctx, c) })
	for k := range i.Unfinished {
		u := &i.Unfinished[k]
		if o := ownerOf(s.path, u.ID); o != nil {
			u.Running = o.String()
		}
	}
	return i, err
}

func (i *Overview) read(ctx context.Context, c *sql.Conn) error {
	var first, last sql.NullString
	if err := c.QueryRowContext(ctx, `
		SELECT (SELECT journal_mode FROM pragma_journal_mode),
		       (SELECT freelist_count FROM pragma_freelist_count) * (SELECT page_size FROM pragma_page_size),
		       (SELECT count(*) FROM experiment), (SELECT count(*) FROM run), (SELECT count(*) FROM repetition),
		       (SELECT min(started) FROM run), (SELECT max(finished) FROM run)`).
		Scan(&i.Journal, &i.FreeBytes, &i.Experiments, &i.Runs, &i.Repetitions, &first, &last); err != nil {
		return err
	}
	if err := errors.Join(at{&i.First}.Scan(first.String), at{&i.Last}.Scan(last.String)); err != nil {
		return err
	}
	tally := func(into func(string, int), query string) error {
		return each(ctx, c, func(rows *sql.Rows) error {
			var name string
			var n int
			err := rows.Scan(&name, &n)
			into(name, n)
			return err
		}, query)
	}
	return errors.Join(
		tally(func(name string, n int) { i.Statuses[Status(name)] = n }, `SELECT status, count(*) FROM run GROUP BY status`),
		tally(func(name string, n int) { i.Families[name] = n }, `
			SELECT family, sum(n)
			  FROM (SELECT instance_id, count(*) AS n FROM run GROUP BY instance_id) JOIN instance ON instance.id = instance_id
			 GROUP BY family`),
		tally(func(name string, _ int) { i.Machines = append(i.Machines, name) }, `
			SELECT hostname || ', ' || cpu, 0 FROM machine GROUP BY 1 ORDER BY 1`),
		each(ctx, c, func(rows *sql.Rows) error {
			var u Unfinished
			err := rows.Scan(&u.ID, &u.UID, &u.Suite, &u.Outcome, at{&u.Started}, &u.Runs)
			i.Unfinished = append(i.Unfinished, u)
			return err
		}, `
			SELECT id, uid, suite, outcome, started,
			       (SELECT count(*) FROM run WHERE experiment_id = experiment.id AND status <> 'cancelled')
			  FROM experiment WHERE outcome <> 'finished' ORDER BY started DESC, id DESC`))
}

// Vacuum rewrites the database without the room that deleted rows left, and empties the write-ahead log. It refuses
// with [ErrClaimed] while an experiment is being run, whose times it would disturb. Killed at any moment, it leaves the
// database as it was or as it is to be.
func (s *Store) Vacuum(ctx context.Context) error {
	if s.readOnly {
		return fail(s.path, "vacuum", fmt.Errorf("%w: it was opened for reading", ErrReadOnly))
	}
	info, err := s.Overview(ctx)
	if err != nil {
		return err
	}
	for _, u := range info.Unfinished {
		if u.Running != "" {
			return fail(s.path, "vacuum", fmt.Errorf("%w: experiment %d is being run by %s", ErrClaimed, u.ID, u.Running))
		}
	}
	if _, err := s.db.ExecContext(ctx, `VACUUM`); err != nil {
		return fail(s.path, "vacuum", err)
	}
	var busy, pages, moved int
	if err := s.db.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved); err != nil {
		return fail(s.path, "vacuum", err)
	}
	if busy != 0 {
		return fail(s.path, "vacuum", fmt.Errorf("%w, which reads it: the file shrinks once that has ended", ErrBusy))
	}
	return nil
}
