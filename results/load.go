package results

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// Filter selects runs; its zero value selects all.
type Filter struct {
	Experiments []int64  // by ID; any if empty
	Families    []string // any if empty
	Statuses    []Status // any if empty
	IDs         []int64  // of runs; any if empty
	Bare        bool     // leave out repetitions and all else that hangs on a run
}

// where returns a subquery for the IDs of the selected runs.
func (f Filter) where() (query string, args []any) {
	conditions := []string{"TRUE"}
	in(&conditions, &args, "run.experiment_id", f.Experiments)
	in(&conditions, &args, "instance.family", f.Families)
	in(&conditions, &args, "run.status", f.Statuses)
	in(&conditions, &args, "run.id", f.IDs)
	return `SELECT run.id FROM run JOIN instance ON instance.id = run.instance_id WHERE ` +
		strings.Join(conditions, " AND "), args
}

func in[T any](conditions *[]string, args *[]any, column string, values []T) {
	if len(values) == 0 {
		return
	}
	*conditions = append(*conditions, column+" IN (?"+strings.Repeat(", ?", len(values)-1)+")")
	for _, v := range values {
		*args = append(*args, v)
	}
}

// Runs returns the selected runs with everything in them but the data of artifacts, in the order in which they were
// saved. It makes one query a table, whatever the number of runs.
func (s *Store) Runs(ctx context.Context, f Filter) (runs []Run, err error) {
	err = s.read(ctx, "read runs", func(c *sql.Conn) error {
		l := loader{ctx: ctx, conn: c, index: make(map[int64]int)}
		l.where, l.args = f.where()
		for _, load := range []func() error{
			l.loadRuns, l.loadRepetitions, l.loadCheckpoints, l.loadMeasurements, l.loadArtifacts, l.loadEvents,
		} {
			if err := load(); err != nil {
				return err
			}
			if f.Bare {
				break
			}
		}
		runs = l.runs
		return nil
	})
	return runs, err
}

// each calls f on every row of a query.
func each(ctx context.Context, c *sql.Conn, f func(*sql.Rows) error, query string, args ...any) error {
	rows, err := c.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

type loader struct {
	ctx   context.Context
	conn  *sql.Conn
	where string
	args  []any
	runs  []Run
	index map[int64]int // of a run's ID in runs
}

// each calls f on the rows of a query in which %s stands for the selected runs.
func (l *loader) each(query string, f func(*sql.Rows) error) error {
	return each(l.ctx, l.conn, f, fmt.Sprintf(query, l.where), l.args...)
}

func (l *loader) run(id int64) *Run { return &l.runs[l.index[id]] }

func (l *loader) loadRuns() error {
	configurations, err := l.configurations()
	if err != nil {
		return err
	}
	instances, err := l.instances()
	if err != nil {
		return err
	}
	all, err := experiments(l.ctx, l.conn, "")
	if err != nil {
		return err
	}
	byID := make(map[int64]*Experiment)
	for i := range all {
		byID[all[i].ID] = &all[i]
	}
	return l.each(`
		SELECT id, experiment_id, configuration_id, instance_id, ordinal, status, reason, started, finished, seed,
		       threads, coalesce(timeout_seconds, 0), coalesce(startup_seconds, 0), coalesce(setup_seconds, 0),
		       coalesce(first_seconds, 0), coalesce(peak_memory_bytes, 0), evaluations, minor_faults, major_faults,
		       voluntary_switches, involuntary_switches, load_before, limits, flags, exit, stderr,
		       coalesce(peak_memory_source, ''), coalesce(null_call_seconds, 0), coalesce(transport_seconds, 0),
		       coalesce(background_seconds, 0), coalesce(checkpoint_seconds, 0), coalesce(stopped, ''),
		       coalesce(precision, 0), coalesce(answers, 0), coalesce(verified, 0), coalesce(noise, 0), attempts, cpus
		  FROM run WHERE id IN (%s) ORDER BY id`,
		func(rows *sql.Rows) error {
			var r Run
			var configuration, instance int64
			if err := rows.Scan(&r.ID, &r.Experiment, &configuration, &instance, &r.Ordinal, &r.Status, &r.Reason,
				at{&r.Started}, at{&r.Finished}, seed{&r.Seed}, &r.Threads, &r.Timeout, &r.StartupSeconds,
				&r.SetupSeconds, &r.FirstSeconds, &r.PeakMemoryBytes, &r.Evaluations, &r.MinorFaults, &r.MajorFaults,
				&r.VoluntarySwitches, &r.InvoluntarySwitches, &r.LoadBefore, jsonText{&r.Limits}, jsonText{&r.Flags},
				&r.Exit, &r.Stderr, &r.PeakMemorySource, &r.NullCallSeconds, &r.TransportSeconds, &r.BackgroundSeconds,
				&r.CheckpointSeconds, &r.Stopped, &r.Precision, &r.Answers, &r.Verified, &r.Noise, &r.Attempts,
				jsonText{&r.CPUs}); err != nil {
				return err
			}
			e := byID[r.Experiment]
			r.ExperimentUID, r.Machine = e.UID, &e.Machine
			r.Configuration, r.Instance = configurations[configuration], instances[instance]
			l.index[r.ID] = len(l.runs)
			l.runs = append(l.runs, r)
			return nil
		})
}

func (l *loader) configurations() (map[int64]*Configuration, error) {
	all := make(map[int64]*Configuration)
	err := each(l.ctx, l.conn, func(rows *sql.Rows) error {
		var id int64
		var c Configuration
		p := &c.Plugin
		err := rows.Scan(&id, &c.Solver, jsonText{&c.Options}, &c.Label, jsonText{&c.Tags},
			&p.Name, &p.Version, &p.Path, &p.SHA256, &p.Language, &p.Licence, &p.Bundled, &p.Protocol)
		all[id] = &c
		return err
	}, `
		SELECT c.id, c.solver, c.options, c.label, c.tags,
		       p.name, p.version, p.path, p.sha256, p.language, p.licence, p.bundled, p.protocol
		  FROM configuration AS c JOIN plugin AS p ON p.id = c.plugin_id`)
	return all, err
}

func (l *loader) instances() (map[int64]*Instance, error) {
	all := make(map[int64]*Instance)
	err := each(l.ctx, l.conn, func(rows *sql.Rows) error {
		var id int64
		var i Instance
		err := rows.Scan(&id, &i.Family, &i.Problem, &i.Label, jsonText{&i.Params}, seed{&i.Seed}, &i.Hash,
			&i.Tolerance, &i.Primary, &i.RankBy, &i.Unknowns)
		all[id] = &i
		return err
	}, `
		SELECT id, family, problem, label, params, seed, hash, tolerance, "primary", rank_by, unknowns
		  FROM instance`)
	return all, err
}

func (l *loader) loadRepetitions() error {
	return l.each(`
		SELECT run_id, idx, warmup, batch, coalesce(started, ''), wall_seconds, coalesce(plugin_seconds, 0),
		       coalesce(user_seconds, 0), coalesce(system_seconds, 0), oracle_seconds,
		       coalesce(peak_memory_bytes, 0), evaluations, bytes_moved, coalesce(minor_faults, 0),
		       coalesce(major_faults, 0), coalesce(voluntary_switches, 0), coalesce(involuntary_switches, 0),
		       coalesce(verified, 0), coalesce(noise, 0)
		  FROM repetition WHERE run_id IN (%s) ORDER BY run_id, idx`,
		func(rows *sql.Rows) error {
			var id int64
			var p Repetition
			err := rows.Scan(&id, &p.Index, &p.Warmup, &p.Batch, at{&p.Started}, &p.WallSeconds, &p.PluginSeconds,
				&p.UserSeconds, &p.SystemSeconds, &p.OracleSeconds, &p.PeakMemoryBytes, &p.Evaluations,
				&p.BytesMoved, &p.MinorFaults, &p.MajorFaults, &p.VoluntarySwitches, &p.InvoluntarySwitches,
				&p.Verified, &p.Noise)
			r := l.run(id)
			r.Repetitions = append(r.Repetitions, p)
			return err
		})
}

func (l *loader) loadCheckpoints() error {
	return l.each(`
		SELECT run_id, idx, seconds, evaluations FROM checkpoint WHERE run_id IN (%s) ORDER BY run_id, idx`,
		func(rows *sql.Rows) error {
			var id int64
			var p Checkpoint
			err := rows.Scan(&id, &p.Index, &p.Seconds, &p.Evaluations)
			r := l.run(id)
			r.Checkpoints = append(r.Checkpoints, p)
			return err
		})
}

func (l *loader) loadMeasurements() error {
	return l.each(`
		SELECT run_id, checkpoint, name, value, text, unit, better, role
		  FROM measurement WHERE run_id IN (%s) ORDER BY run_id, checkpoint, id`,
		func(rows *sql.Rows) error {
			var id int64
			var checkpoint *int
			var value *float64
			var text string
			var m Measurement
			if err := rows.Scan(&id, &checkpoint, &m.Name, &value, &text, &m.Unit, &m.Better, &m.Role); err != nil {
				return err
			}
			var err error
			if m.Value, err = join(value, text); err != nil {
				return fmt.Errorf("measurement %s: %w", m.Name, err)
			}
			r := l.run(id)
			into := &r.Measurements
			if checkpoint != nil {
				for i := range r.Checkpoints {
					if r.Checkpoints[i].Index == *checkpoint {
						into = &r.Checkpoints[i].Measurements
					}
				}
			}
			*into = append(*into, m)
			return nil
		})
}

func (l *loader) loadArtifacts() error {
	return l.each(`
		SELECT run_id, id, name, coalesce(path, ''), sha256, bytes
		  FROM artifact WHERE run_id IN (%s) ORDER BY run_id, id`,
		func(rows *sql.Rows) error {
			var id int64
			var a Artifact
			err := rows.Scan(&id, &a.ID, &a.Name, &a.Path, &a.SHA256, &a.Bytes)
			r := l.run(id)
			r.Artifacts = append(r.Artifacts, a)
			return err
		})
}

func (l *loader) loadEvents() error {
	return l.each(`
		SELECT run_id, time, level, kind, message FROM event WHERE run_id IN (%s) ORDER BY run_id, id`,
		func(rows *sql.Rows) error {
			var id int64
			var e Event
			err := rows.Scan(&id, at{&e.Time}, &e.Level, &e.Kind, &e.Message)
			r := l.run(id)
			r.Events = append(r.Events, e)
			return err
		})
}

// ArtifactData returns the content of an artifact that is kept in the database, nil if it is a file outside.
func (s *Store) ArtifactData(ctx context.Context, id int64) (data []byte, err error) {
	err = s.read(ctx, "read artifact", func(c *sql.Conn) error {
		err := c.QueryRowContext(ctx, `SELECT data FROM artifact WHERE id = ?`, id).Scan(&data)
		if err == sql.ErrNoRows {
			return fmt.Errorf("artifact %d: %w", id, ErrNotFound)
		}
		return err
	})
	return data, err
}

// DoneRuns returns the keys of the runs that an experiment need not repeat: all but the [Cancelled] ones.
func (s *Store) DoneRuns(ctx context.Context, experiment int64) (map[Key]bool, error) {
	done := make(map[Key]bool)
	err := s.read(ctx, "read what is done", func(c *sql.Conn) error {
		return each(ctx, c, func(rows *sql.Rows) error {
			var k Key
			err := rows.Scan(&k.Configuration, &k.Instance)
			done[k] = true
			return err
		}, `
			SELECT configuration.identity, instance.identity
			  FROM run
			  JOIN configuration ON configuration.id = run.configuration_id
			  JOIN instance ON instance.id = run.instance_id
			 WHERE run.experiment_id = ? AND run.status <> 'cancelled'`, experiment)
	})
	return done, err
}
