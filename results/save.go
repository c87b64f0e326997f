package results

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"
)

// SaveRun saves a run and everything in it in one transaction, sets r.ID and r.Experiment, and returns once it is on
// the disk. A second run of the same configuration and instance in an experiment is refused with [ErrDuplicate],
// unless the first was [Cancelled], which it then replaces. A context that is cancelled stops the transaction and
// nothing is saved: pass context.WithoutCancel to keep what an interrupted experiment measured last.
func (s *Store) SaveRun(ctx context.Context, experiment int64, r *Run) error {
	if r.Configuration == nil || r.Instance == nil {
		return fail(s.path, "save run", fmt.Errorf("%w: a run needs a configuration and an instance", ErrInvalid))
	}
	op := fmt.Sprintf("save run of %s on %s", r.Configuration.Label, r.Instance.Label)
	var id int64
	err := s.write(ctx, op, func(tx *sql.Tx) (err error) {
		id, err = saveRun(ctx, tx, experiment, r)
		return err
	})
	if err == nil {
		r.ID, r.Experiment = id, experiment
	}
	return err
}

// inFlight is the reason of a run that began and has not ended.
const inFlight = "in flight"

// BeginRuns saves runs that are about to be made as [Cancelled], for their reason or as being in flight: what a killed
// process leaves of them. [Store.SaveRun] replaces each once it is made. It saves all of them or none and leaves the
// runs themselves as they are.
func (s *Store) BeginRuns(ctx context.Context, experiment int64, runs []*Run) error {
	return s.write(ctx, "save runs that begin", func(tx *sql.Tx) error {
		for i, r := range runs {
			if r.Configuration == nil || r.Instance == nil {
				return fmt.Errorf("run %d: %w: a run needs a configuration and an instance", i, ErrInvalid)
			}
			begun := *r
			begun.Status = Cancelled
			if begun.Reason == "" {
				begun.Reason = inFlight
			}
			if _, err := saveRun(ctx, tx, experiment, &begun); err != nil {
				return fmt.Errorf("%s on %s: %w", r.Configuration.Label, r.Instance.Label, err)
			}
		}
		return nil
	})
}

func saveRun(ctx context.Context, tx *sql.Tx, experiment int64, r *Run) (id int64, err error) {
	configuration, err := saveConfiguration(ctx, tx, r.Configuration)
	if err != nil {
		return 0, fmt.Errorf("configuration: %w", err)
	}
	instance, err := saveInstance(ctx, tx, r.Instance)
	if err != nil {
		return 0, fmt.Errorf("instance: %w", err)
	}
	var replaced any // its ID is that of the run that takes its place
	err = tx.QueryRowContext(ctx, `
		DELETE FROM run WHERE experiment_id = ? AND configuration_id = ? AND instance_id = ? AND status = 'cancelled'
		RETURNING id`, experiment, configuration, instance).Scan(&id)
	switch {
	case err == nil:
		replaced = id
	case !errors.Is(err, sql.ErrNoRows):
		return 0, err
	}
	limits, err := canonical(object(r.Limits))
	if err != nil {
		return 0, fmt.Errorf("limits: %w: %w", ErrInvalid, err)
	}
	flags, err := list(r.Flags)
	if err != nil {
		return 0, err
	}
	cpus, err := list(r.CPUs)
	if err != nil {
		return 0, err
	}
	if err := tx.QueryRowContext(ctx, `
		INSERT INTO run (id, experiment_id, configuration_id, instance_id, ordinal, status, reason, started, finished,
		                 seed, threads, timeout_seconds, startup_seconds, setup_seconds, first_seconds,
		                 peak_memory_bytes, evaluations, minor_faults, major_faults, voluntary_switches,
		                 involuntary_switches, load_before, limits, flags, exit, stderr, peak_memory_source,
		                 null_call_seconds, transport_seconds, background_seconds, checkpoint_seconds, stopped,
		                 precision, answers, verified, noise, attempts, cpus)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''),
		        ?, ?, ?, ?, nullif(?, ''), ?, ?, ?, ?, ?, ?) RETURNING id`,
		replaced, experiment, configuration, instance, r.Ordinal, r.Status, r.Reason, timestamp(r.Started),
		timestamp(r.Finished), decimal(r.Seed), r.Threads, known(r.Timeout), known(r.StartupSeconds),
		known(r.SetupSeconds), known(r.FirstSeconds), known(r.PeakMemoryBytes), r.Evaluations, r.MinorFaults,
		r.MajorFaults, r.VoluntarySwitches, r.InvoluntarySwitches, r.LoadBefore, limits, flags, r.Exit,
		r.Stderr, r.PeakMemorySource, known(r.NullCallSeconds), known(r.TransportSeconds), r.BackgroundSeconds,
		r.CheckpointSeconds, r.Stopped, known(r.Precision), r.Answers, r.Verified, known(r.Noise),
		max(r.Attempts, 1), cpus).Scan(&id); err != nil {
		return 0, err
	}
	return id, saveParts(ctx, tx, experiment, id, r)
}

// lookUp finds a shared row: most runs refer to what is there already. It returns 0 if there is none.
func lookUp(ctx context.Context, tx *sql.Tx, table, identity string) (id int64, err error) {
	err = tx.QueryRowContext(ctx, `SELECT id FROM `+table+` WHERE identity = ?`, identity).Scan(&id)
	if err == sql.ErrNoRows {
		err = nil
	}
	return id, err
}

func saveConfiguration(ctx context.Context, tx *sql.Tx, c *Configuration) (id int64, err error) {
	identity, err := c.Identity()
	if err != nil {
		return 0, err
	}
	if id, err := lookUp(ctx, tx, "configuration", identity); err != nil || id != 0 {
		return id, err
	}
	p := &c.Plugin
	plugin, err := p.Identity()
	if err != nil {
		return 0, err
	}
	var pluginID int64
	if err := tx.QueryRowContext(ctx, `
		INSERT INTO plugin (identity, name, version, path, sha256, language, licence, bundled, protocol)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (identity) DO UPDATE SET identity = excluded.identity RETURNING id`,
		plugin, p.Name, p.Version, p.Path, p.SHA256, p.Language, p.Licence, p.Bundled, p.Protocol).
		Scan(&pluginID); err != nil {
		return 0, err
	}
	options, err := canonical(object(c.Options))
	if err != nil {
		return 0, err
	}
	tags, err := list(c.Tags)
	if err != nil {
		return 0, err
	}
	err = tx.QueryRowContext(ctx, `
		INSERT INTO configuration (identity, plugin_id, solver, options, label, tags) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (identity) DO UPDATE SET identity = excluded.identity RETURNING id`,
		identity, pluginID, c.Solver, options, c.Label, tags).Scan(&id)
	return id, err
}

func saveInstance(ctx context.Context, tx *sql.Tx, i *Instance) (id int64, err error) {
	identity, err := i.Identity()
	if err != nil {
		return 0, err
	}
	if id, err := lookUp(ctx, tx, "instance", identity); err != nil || id != 0 {
		return id, err
	}
	params, err := canonical(object(i.Params))
	if err != nil {
		return 0, err
	}
	err = tx.QueryRowContext(ctx, `
		INSERT INTO instance (identity, family, problem, label, params, seed, hash, tolerance, "primary", rank_by,
		                      unknowns)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (identity) DO UPDATE SET identity = excluded.identity RETURNING id`,
		identity, i.Family, i.Problem, i.Label, params, decimal(i.Seed), i.Hash, i.Tolerance, i.Primary, i.rankBy(),
		i.Unknowns).Scan(&id)
	return id, err
}

// saveParts saves what hangs on a run.
func saveParts(ctx context.Context, tx *sql.Tx, experiment, run int64, r *Run) error {
	if err := saveRepetitions(ctx, tx, run, r.Repetitions); err != nil {
		return err
	}
	measurement, err := tx.PrepareContext(ctx, `
		INSERT INTO measurement (run_id, checkpoint, name, value, text, unit, better, role)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer measurement.Close()
	save := func(checkpoint any, all []Measurement) error {
		for _, m := range all {
			value, text := split(m.Value)
			if _, err := measurement.ExecContext(ctx, run, checkpoint, m.Name, value, text, m.Unit, m.Better,
				m.role()); err != nil {
				return fmt.Errorf("measurement %s: %w", m.Name, err)
			}
		}
		return nil
	}
	for _, c := range r.Checkpoints {
		if _, err := tx.ExecContext(ctx, `INSERT INTO checkpoint (run_id, idx, seconds, evaluations) VALUES (?, ?, ?, ?)`,
			run, c.Index, c.Seconds, c.Evaluations); err != nil {
			return fmt.Errorf("checkpoint %d: %w", c.Index, err)
		}
		if err := save(c.Index, c.Measurements); err != nil {
			return fmt.Errorf("checkpoint %d: %w", c.Index, err)
		}
	}
	if err := save(nil, r.Measurements); err != nil {
		return err
	}
	for _, a := range r.Artifacts {
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO artifact (run_id, name, path, data, sha256, bytes)
			VALUES (?, ?, nullif(?, ''), ?, ?, ?)`,
			run, a.Name, a.Path, a.Data, a.SHA256, a.Bytes); err != nil {
			return fmt.Errorf("artifact %s: %w", a.Name, err)
		}
	}
	for _, e := range r.Events {
		if err := saveEvent(ctx, tx, experiment, run, &e); err != nil {
			return err
		}
	}
	return nil
}

func saveRepetitions(ctx context.Context, tx *sql.Tx, run int64, all []Repetition) error {
	insert, err := tx.PrepareContext(ctx, `
		INSERT INTO repetition (run_id, idx, warmup, batch, started, wall_seconds, plugin_seconds, user_seconds,
		                        system_seconds, oracle_seconds, peak_memory_bytes, evaluations, bytes_moved,
		                        minor_faults, major_faults, voluntary_switches, involuntary_switches, verified, noise)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	for _, p := range all {
		if !(p.WallSeconds >= 0) || math.IsInf(p.WallSeconds, 0) {
			return fmt.Errorf("repetition %d: %w: wall seconds are %v, expected a finite number that is not negative",
				p.Index, ErrInvalid, p.WallSeconds)
		}
		var started any
		if !p.Started.IsZero() {
			started = timestamp(p.Started)
		}
		if _, err := insert.ExecContext(ctx, run, p.Index, p.Warmup, max(p.Batch, 1), started, p.WallSeconds,
			known(p.PluginSeconds), known(p.UserSeconds), known(p.SystemSeconds), p.OracleSeconds,
			known(p.PeakMemoryBytes), p.Evaluations, p.BytesMoved, p.MinorFaults, p.MajorFaults, p.VoluntarySwitches,
			p.InvoluntarySwitches, p.Verified, known(p.Noise)); err != nil {
			return fmt.Errorf("repetition %d: %w", p.Index, err)
		}
	}
	return nil
}

func saveEvent(ctx context.Context, tx *sql.Tx, experiment int64, run any, e *Event) error {
	when, level := e.Time, e.Level
	if when.IsZero() {
		when = time.Now()
	}
	if level == "" {
		level = "info"
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO event (experiment_id, run_id, time, level, kind, message) VALUES (?, ?, ?, ?, ?, ?)`,
		experiment, run, timestamp(when), level, e.Kind, e.Message)
	if err != nil {
		return fmt.Errorf("event %s: %w", e.Kind, err)
	}
	return nil
}
