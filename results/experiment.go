package results

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strconv"
	"time"
)

// BeginExperiment saves an experiment as running, with its machine, and returns its ID. It fills in e.ID, and e.UID
// and e.Started if they are empty.
func (s *Store) BeginExperiment(ctx context.Context, e *Experiment) (int64, error) {
	if e.UID == "" {
		e.UID = NewUID()
	}
	if e.Started.IsZero() {
		e.Started = time.Now()
	}
	e.Outcome, e.Finished = Running, time.Time{}
	err := s.write(ctx, "begin experiment", func(tx *sql.Tx) error {
		machine, err := saveMachine(ctx, tx, &e.Machine)
		if err != nil {
			return err
		}
		command, err := list(e.Command)
		if err != nil {
			return err
		}
		settings, err := canonical(object(e.Settings))
		if err != nil {
			return fmt.Errorf("settings: %w: %w", ErrInvalid, err)
		}
		return tx.QueryRowContext(ctx, `
			INSERT INTO experiment (uid, machine_id, started, outcome, command, suite, suite_text, settings, seed,
			                        harness_version, revision, go_version)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			e.UID, machine, timestamp(e.Started), Running, command, e.Suite, e.SuiteText, settings, decimal(e.Seed),
			e.HarnessVersion, e.Revision, e.GoVersion).Scan(&e.ID)
	})
	return e.ID, err
}

func saveMachine(ctx context.Context, tx *sql.Tx, m *Machine) (id int64, err error) {
	identity, err := m.Identity()
	if err != nil {
		return 0, err
	}
	details, err := canonical(object(m.Details))
	if err != nil {
		return 0, fmt.Errorf("machine details: %w: %w", ErrInvalid, err)
	}
	// The update changes nothing; without one, RETURNING gives no row for what is already there.
	err = tx.QueryRowContext(ctx, `
		INSERT INTO machine (identity, hostname, os, kernel, arch, cpu, physical_cores, logical_cores, memory_bytes,
		                     governor, virtualisation, details)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (identity) DO UPDATE SET identity = excluded.identity RETURNING id`,
		identity, m.Hostname, m.OS, m.Kernel, m.Arch, m.CPU, m.PhysicalCores, m.LogicalCores, m.MemoryBytes,
		m.Governor, m.Virtualisation, details).Scan(&id)
	return id, err
}

// FinishExperiment records how an experiment ended. With [Running] it takes up an interrupted one again.
func (s *Store) FinishExperiment(ctx context.Context, id int64, outcome Outcome) error {
	var finished any
	if outcome != Running {
		finished = timestamp(time.Now())
	}
	return s.write(ctx, "finish experiment", func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `UPDATE experiment SET outcome = ?, finished = ? WHERE id = ?`,
			outcome, finished, id)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return fmt.Errorf("experiment %d: %w", id, ErrNotFound)
		}
		return nil
	})
}

// AddEvent saves something that happened in an experiment outside its runs.
func (s *Store) AddEvent(ctx context.Context, experiment int64, e Event) error {
	return s.write(ctx, "save event", func(tx *sql.Tx) error {
		return saveEvent(ctx, tx, experiment, nil, &e)
	})
}

// AddNoise saves runs of the reference kernels.
func (s *Store) AddNoise(ctx context.Context, experiment int64, probes []NoiseProbe) error {
	return s.write(ctx, "save noise probes", func(tx *sql.Tx) error {
		for _, p := range probes {
			if _, err := tx.ExecContext(ctx, `
				INSERT INTO noise_probe (experiment_id, time, compute_seconds, memory_seconds, ratio)
				VALUES (?, ?, ?, ?, ?)`,
				experiment, timestamp(p.Time), p.Compute, p.Memory, p.Ratio); err != nil {
				return err
			}
		}
		return nil
	})
}

// Noise returns the runs of the reference kernels in an experiment, in order of time.
func (s *Store) Noise(ctx context.Context, experiment int64) (probes []NoiseProbe, err error) {
	err = s.read(ctx, "read noise probes", func(c *sql.Conn) error {
		return each(ctx, c, func(rows *sql.Rows) error {
			var p NoiseProbe
			err := rows.Scan(at{&p.Time}, &p.Compute, &p.Memory, &p.Ratio)
			probes = append(probes, p)
			return err
		}, `
			SELECT time, compute_seconds, memory_seconds, ratio
			  FROM noise_probe WHERE experiment_id = ? ORDER BY time, id`, experiment)
	})
	return probes, err
}

// Experiments returns every experiment, oldest first.
func (s *Store) Experiments(ctx context.Context) (all []Experiment, err error) {
	err = s.read(ctx, "read experiments", func(c *sql.Conn) error {
		all, err = experiments(ctx, c, "")
		return err
	})
	return all, err
}

// LatestUnfinished returns the newest experiment that is not [Finished], or an error that wraps [ErrNotFound].
func (s *Store) LatestUnfinished(ctx context.Context) (e *Experiment, err error) {
	err = s.read(ctx, "look for an unfinished experiment", func(c *sql.Conn) error {
		found, err := experiments(ctx, c, `WHERE e.id = (SELECT id FROM experiment WHERE outcome <> 'finished'
		                                                  ORDER BY started DESC, id DESC LIMIT 1)`)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return ErrNotFound
		}
		e = &found[0]
		return nil
	})
	return e, err
}

func experiments(ctx context.Context, c *sql.Conn, where string) ([]Experiment, error) {
	rows, err := c.QueryContext(ctx, `
		SELECT e.id, e.uid, e.started, coalesce(e.finished, ''), e.outcome, e.command, e.suite, e.suite_text,
		       e.settings, e.seed, e.harness_version, e.revision, e.go_version,
		       m.hostname, m.os, m.kernel, m.arch, m.cpu, m.physical_cores, m.logical_cores, m.memory_bytes,
		       m.governor, m.virtualisation, m.details
		  FROM experiment AS e JOIN machine AS m ON m.id = e.machine_id `+where+`
		 ORDER BY e.started, e.id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Experiment
	for rows.Next() {
		var e Experiment
		m := &e.Machine
		if err := rows.Scan(&e.ID, &e.UID, at{&e.Started}, at{&e.Finished}, &e.Outcome, jsonText{&e.Command}, &e.Suite,
			&e.SuiteText, jsonText{&e.Settings}, seed{&e.Seed}, &e.HarnessVersion, &e.Revision, &e.GoVersion,
			&m.Hostname, &m.OS, &m.Kernel, &m.Arch, &m.CPU, &m.PhysicalCores, &m.LogicalCores, &m.MemoryBytes,
			&m.Governor, &m.Virtualisation, jsonText{&m.Details}); err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, rows.Err()
}

// timeLayout is ISO 8601 in UTC with as many digits for every time, so that text sorts by time.
const timeLayout = "2006-01-02T15:04:05.000000Z"

func timestamp(t time.Time) string { return t.UTC().Format(timeLayout) }

func decimal(seed uint64) string { return strconv.FormatUint(seed, 10) }

// list returns a JSON array, [] for nil.
func list[T any](items []T) (string, error) {
	if items == nil {
		items = []T{}
	}
	return canonical(items)
}

// known returns x, or NULL if it was not measured.
func known[T int64 | float64](x T) any {
	if x == 0 || math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
		return nil
	}
	return x
}

// The types below scan the text that the functions above make.
type (
	at       struct{ *time.Time }
	seed     struct{ *uint64 }
	jsonText struct{ into any }
)

func (t at) Scan(v any) (err error) {
	text, ok := v.(string)
	if ok && text != "" {
		*t.Time, err = time.Parse(timeLayout, text)
	}
	return err
}

func (s seed) Scan(v any) (err error) {
	text, _ := v.(string)
	*s.uint64, err = strconv.ParseUint(text, 10, 64)
	return err
}

func (j jsonText) Scan(v any) error {
	text, _ := v.(string)
	return parse(text, j.into)
}
