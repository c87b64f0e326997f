package results

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"
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
	// has no need of: checkpoints, artifacts, events, limits and standard error, warm-up, and of repetitions all but times
	// and batches.
	Newest bool
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
// saved. It makes one query a table, whatever the number of runs.
func (s *Store) Runs(ctx context.Context, f Filter) (runs []Run, err error) {
	err = s.read(ctx, "read runs", func(c *sql.Conn) error {
		l := &loader{ctx: ctx, conn: c, filter: f}
		parts := []func() error{l.loadRuns}
		if !l.filter.Bare {
			parts = append(parts, l.loadRepetitions)
			if !l.filter.Newest {
				parts = append(parts, l.loadCheckpoints, l.loadArtifacts, l.loadEvents)
			}
			parts = append(parts, l.loadMeasurements) // some are of checkpoints
		}
		for _, load := range parts {
			if err := load(); err != nil {
				return err
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
	ctx    context.Context
	conn   *sql.Conn
	filter Filter

	runs  []Run // in order of ID
	all   bool  // there are no other runs in the database
	ids   string
	index int // of the run that a part belonged to last
}

// selected returns a query for a part of the runs, in order of runs.
func (l *loader) selected(columns, table, where, order string) (query string, args []any) {
	if l.all {
		return fmt.Sprintf(`SELECT run_id, %s FROM %s WHERE %s ORDER BY run_id, %s`, columns, table, where, order), nil
	}
	return fmt.Sprintf(`SELECT run_id, %s FROM (SELECT value AS chosen FROM json_each(?)) CROSS JOIN %s ON run_id = chosen
	                     WHERE %s ORDER BY run_id, %s`, columns, table, where, order), []any{l.ids}
}

// part calls f on each row of a part of the runs, and the run it belongs to.
func (l *loader) part(columns, table, where, order string, f func(r *Run, row []driver.Value) error) error {
	l.index = 0
	query, args := l.selected(columns, table, where, order)
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
		{"timeout_seconds", false, func(r *Run) any { return &r.Timeout }},
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
	names, columns := named(runColumns(), l.filter.Newest)
	condition, args := l.filter.where()
	l.all = condition == ""
	if l.all {
		condition = "TRUE"
	}
	order := "id"
	if l.filter.Newest {
		order = "status = 'cancelled', started DESC, id DESC"
	}
	var n int
	if err := l.conn.QueryRowContext(l.ctx, `SELECT count(*) FROM run WHERE `+condition, args...).Scan(&n); err != nil {
		return err
	}
	if !l.filter.Newest {
		l.runs = make([]Run, 0, n)
	}
	shown := newest{make(map[*Experiment]string), make(map[*Configuration]string), make(map[newestKey]bool)}
	err = stream(l.ctx, l.conn, func(row []driver.Value) error {
		experiment, _ := row[0].(int64)
		configuration, _ := row[1].(int64)
		instance, _ := row[2].(int64)
		e, c, i := byID[experiment], configurations[configuration], instances[instance]
		if e == nil || c == nil || i == nil {
			return fmt.Errorf("%w: a run refers to what is not there: solverbench db check says more", ErrDamaged)
		}
		if l.filter.Newest {
			if is, err := shown.first(e, c, i, row[3]); err != nil || !is {
				l.all = false
				return err
			}
		}
		l.runs = append(l.runs, Run{Experiment: experiment, ExperimentUID: e.UID, Machine: &e.Machine, Configuration: c, Instance: i})
		return fill(&l.runs[len(l.runs)-1], columns, row[4:])
	}, `SELECT experiment_id, configuration_id, instance_id, threads, `+names+` FROM run WHERE `+condition+` ORDER BY `+order, args...)
	if err != nil {
		return err
	}
	if l.filter.Newest {
		slices.SortFunc(l.runs, func(a, b Run) int { return cmp.Compare(a.ID, b.ID) })
	}
	ids := make([]int64, len(l.runs))
	for i := range l.runs {
		ids[i] = l.runs[i].ID
	}
	l.ids, err = list(ids)
	return err
}

// newest finds the runs that leaderboards show, by the rule of package rank, where runs come with the newest first, after all
// others those that were cancelled.
type newest struct {
	machines       map[*Experiment]string
	configurations map[*Configuration]string
	met            map[newestKey]bool
}

type newestKey struct {
	machine, configuration string
	instance               *Instance
	threads                any
}

func (n *newest) first(e *Experiment, c *Configuration, i *Instance, threads any) (bool, error) {
	machine, met := n.machines[e]
	if !met {
		var err error
		if machine, err = e.Machine.Identity(); err != nil {
			return false, err
		}
		n.machines[e] = machine
	}
	configuration, met := n.configurations[c]
	if !met {
		var err error
		if configuration, err = canonical([]any{c.Plugin.Name, c.Solver, object(c.Options)}); err != nil {
			return false, err
		}
		n.configurations[c] = configuration
	}
	key := newestKey{machine, configuration, i, threads}
	again := n.met[key]
	n.met[key] = true
	return !again, nil
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
