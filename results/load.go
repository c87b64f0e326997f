package results

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

// Filter selects runs; its zero value selects all.
type Filter struct {
	Experiments []int64  // by ID; any if empty
	Families    []string // any if empty
	Statuses    []Status // any if empty
	IDs         []int64  // of runs; any if empty
	Bare        bool     // leave out repetitions and all else that hangs on a run

	// Newest selects what leaderboards show: of the runs that the other fields select, the newest of each solver with its
	// options, whatever the version of its plugin, on each instance, machine and number of threads. They lack what ranking
	// has no need of: checkpoints, artifacts, events, limits and standard error, and have [Run.Timings] for repetitions.
	Newest bool

	// Checkpoints has the newest runs with their checkpoints all the same.
	Checkpoints bool
}

// where returns a condition on the table run, empty if all are selected.
func (f Filter) where() (condition string, args []any) {
	var conditions []string
	in(&conditions, &args, "experiment_id", f.Experiments)
	in(&conditions, &args, "(SELECT family FROM instance WHERE instance.id = instance_id)", f.Families)
	in(&conditions, &args, "status", f.Statuses)
	in(&conditions, &args, "id", f.IDs)
	return strings.Join(conditions, " AND "), args
}

// in adds a condition; as JSON, values may be as many as one likes.
func in[T any](conditions *[]string, args *[]any, column string, values []T) {
	if len(values) == 0 {
		return
	}
	text, err := list(values)
	if err != nil {
		panic(err) // numbers and text have a JSON form
	}
	*conditions = append(*conditions, column+" IN (SELECT value FROM json_each(?))")
	*args = append(*args, text)
}

// Runs returns the selected runs with everything in them but the data of artifacts, in the order in which they were
// saved. Many are read by several connections at a time: each run is of one moment, though not all of the same.
func (s *Store) Runs(ctx context.Context, f Filter) (runs []Run, err error) {
	l := loader{filter: f}
	if err := s.read(ctx, "read runs", func(c *sql.Conn) error { return l.choose(ctx, c) }); err != nil {
		return nil, err
	}
	runs = make([]Run, 0, len(l.ids))
	parts := l.split(runs, min(s.db.Stats().MaxOpenConnections, len(l.ids)/worthSplitting+1))
	var all errgroup.Group
	for i := range parts {
		all.Go(func() error {
			return s.read(ctx, "read runs", func(c *sql.Conn) error { return parts[i].load(ctx, c) })
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	for i := range parts {
		runs = append(runs, parts[i].runs...) // in place, but where some have gone meanwhile
	}
	return runs, nil
}

// worthSplitting is how many runs are worth a connection.
const worthSplitting = 2000

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

// loader reads runs, or some of them.
type loader struct {
	filter         Filter
	experiments    map[int64]*Experiment
	configurations map[int64]*Configuration
	instances      map[int64]*Instance
	ids            []int64 // of the runs to read, ascending
	all            bool    // there are no others between the first and the last

	ctx   context.Context
	conn  *sql.Conn
	runs  []Run // in order of ID
	index int   // of the run that a part belonged to last
}

// split shares the runs out among n loaders, each with its part of the room for all.
func (l *loader) split(room []Run, n int) []loader {
	var parts []loader
	begin := 0
	for ids := range slices.Chunk(l.ids, max((len(l.ids)+n-1)/n, 1)) {
		part := *l
		part.ids, part.runs = ids, room[begin:begin:begin+len(ids)]
		begin += len(ids)
		parts = append(parts, part)
	}
	return parts
}

// load reads the runs and what hangs on them, a query a table.
func (l *loader) load(ctx context.Context, c *sql.Conn) error {
	l.ctx, l.conn = ctx, c
	tables := []func() error{l.loadRuns}
	switch {
	case l.filter.Bare:
	case l.filter.Newest:
		tables = append(tables, l.loadTimings)
		if l.filter.Checkpoints {
			tables = append(tables, l.loadCheckpoints)
		}
		tables = append(tables, l.loadMeasurements)
	default: // some measurements are of checkpoints
		tables = append(tables, l.loadRepetitions, l.loadCheckpoints, l.loadArtifacts, l.loadEvents, l.loadMeasurements)
	}
	for _, load := range tables {
		if err := load(); err != nil {
			return err
		}
	}
	return nil
}

// selected returns a query for a part of the runs, in order of runs.
func (l *loader) selected(columns, table, where, order string) (query string, args []any, err error) {
	if l.all {
		return fmt.Sprintf(`SELECT run_id, %s FROM %s WHERE run_id BETWEEN ? AND ? AND %s ORDER BY run_id, %s`, columns, table, where, order),
			[]any{l.ids[0], l.ids[len(l.ids)-1]}, nil
	}
	ids, err := list(l.ids)
	return fmt.Sprintf(`SELECT run_id, %s FROM (SELECT value AS chosen FROM json_each(?)) CROSS JOIN %s ON run_id = chosen
	                     WHERE %s ORDER BY run_id, %s`, columns, table, where, order), []any{ids}, err
}

// part calls f on each row of a part of the runs, and the run it belongs to.
func (l *loader) part(columns, table, where, order string, f func(r *Run, row []driver.Value) error) error {
	l.index = 0
	query, args, err := l.selected(columns, table, where, order)
	if err != nil {
		return err
	}
	return stream(l.ctx, l.conn, func(row []driver.Value) error {
		id, ok := row[0].(int64)
		for ok && l.index < len(l.runs) && l.runs[l.index].ID < id {
			l.index++
		}
		if !ok || l.index == len(l.runs) || l.runs[l.index].ID != id {
			return fmt.Errorf("%s of run %v: %w", table, row[0], ErrNotFound)
		}
		return f(&l.runs[l.index], row[1:])
	}, query, args...)
}

func runColumns() []column[Run] {
	return []column[Run]{
		{"id", true, func(r *Run) any { return &r.ID }},
		{"ordinal", false, func(r *Run) any { return &r.Ordinal }},
		{"status", true, func(r *Run) any { return &r.Status }},
		{"reason", true, func(r *Run) any { return &r.Reason }},
		{"started", true, func(r *Run) any { return &r.Started }},
		{"finished", false, func(r *Run) any { return &r.Finished }},
		{"seed", false, func(r *Run) any { return &r.Seed }},
		{"threads", true, func(r *Run) any { return &r.Threads }},
		{"timeout_seconds", true, func(r *Run) any { return &r.Timeout }},
		{"startup_seconds", true, func(r *Run) any { return &r.StartupSeconds }},
		{"setup_seconds", true, func(r *Run) any { return &r.SetupSeconds }},
		{"first_seconds", true, func(r *Run) any { return &r.FirstSeconds }},
		{"peak_memory_bytes", true, func(r *Run) any { return &r.PeakMemoryBytes }},
		{"peak_memory_source", true, func(r *Run) any { return &r.PeakMemorySource }},
		{"evaluations", true, func(r *Run) any { return &r.Evaluations }},
		{"minor_faults", false, func(r *Run) any { return &r.MinorFaults }},
		{"major_faults", false, func(r *Run) any { return &r.MajorFaults }},
		{"voluntary_switches", false, func(r *Run) any { return &r.VoluntarySwitches }},
		{"involuntary_switches", false, func(r *Run) any { return &r.InvoluntarySwitches }},
		{"null_call_seconds", true, func(r *Run) any { return &r.NullCallSeconds }},
		{"transport_seconds", true, func(r *Run) any { return &r.TransportSeconds }},
		{"background_seconds", true, func(r *Run) any { return &r.BackgroundSeconds }},
		{"checkpoint_seconds", true, func(r *Run) any { return &r.CheckpointSeconds }},
		{"stopped", true, func(r *Run) any { return &r.Stopped }},
		{"precision", true, func(r *Run) any { return &r.Precision }},
		{"answers", true, func(r *Run) any { return &r.Answers }},
		{"verified", true, func(r *Run) any { return &r.Verified }},
		{"noise", true, func(r *Run) any { return &r.Noise }},
		{"attempts", true, func(r *Run) any { return &r.Attempts }},
		{"cpus", true, func(r *Run) any { return &r.CPUs }},
		{"load_before", false, func(r *Run) any { return &r.LoadBefore }},
		{"limits", false, func(r *Run) any { return &r.Limits }},
		{"flags", true, func(r *Run) any { return &r.Flags }},
		{"exit", false, func(r *Run) any { return &r.Exit }},
		{"stderr", false, func(r *Run) any { return &r.Stderr }},
	}
}

// choose reads which runs there are to read, and what they refer to.
func (l *loader) choose(ctx context.Context, c *sql.Conn) error {
	all, err := experiments(ctx, c, "")
	if err != nil {
		return err
	}
	l.experiments = make(map[int64]*Experiment)
	for i := range all {
		l.experiments[all[i].ID] = &all[i]
	}
	if l.configurations, err = configurations(ctx, c); err != nil {
		return err
	}
	if l.instances, err = instances(ctx, c); err != nil {
		return err
	}
	condition, args := l.filter.where()
	l.all = condition == ""
	if l.all {
		condition = "TRUE"
	}
	if l.filter.Newest {
		return l.chooseNewest(ctx, c, condition, args)
	}
	return stream(ctx, c, func(row []driver.Value) error {
		id, _ := row[0].(int64)
		l.ids = append(l.ids, id)
		return nil
	}, `SELECT id FROM run WHERE `+condition+` ORDER BY id`, args...)
}

func (l *loader) loadRuns() error {
	names, columns := named(runColumns(), l.filter.Newest)
	query, args := `SELECT `+names+`, experiment_id, configuration_id, instance_id FROM run `, []any{l.ids[0], l.ids[len(l.ids)-1]}
	if l.all {
		query += `WHERE id BETWEEN ? AND ? ORDER BY id`
	} else {
		ids, err := list(l.ids)
		if err != nil {
			return err
		}
		query, args = query+`WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id`, []any{ids}
	}
	n := len(columns)
	return stream(l.ctx, l.conn, func(row []driver.Value) error {
		experiment, _ := row[n].(int64)
		configuration, _ := row[n+1].(int64)
		instance, _ := row[n+2].(int64)
		e, c, i := l.experiments[experiment], l.configurations[configuration], l.instances[instance]
		if e == nil || c == nil || i == nil {
			return errDangling()
		}
		l.runs = append(l.runs, Run{Experiment: experiment, ExperimentUID: e.UID, Machine: &e.Machine, Configuration: c, Instance: i})
		return fill(&l.runs[len(l.runs)-1], columns, row[:n])
	}, query, args...)
}

func errDangling() error {
	return fmt.Errorf("%w: a run refers to what is not there: solverbench db check says more", ErrDamaged)
}

func configurations(ctx context.Context, conn *sql.Conn) (map[int64]*Configuration, error) {
	all := make(map[int64]*Configuration)
	err := each(ctx, conn, func(rows *sql.Rows) error {
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

func instances(ctx context.Context, conn *sql.Conn) (map[int64]*Instance, error) {
	all := make(map[int64]*Instance)
	err := each(ctx, conn, func(rows *sql.Rows) error {
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
