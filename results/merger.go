package results

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// merger merges one attached database, src, into main. Row ids differ between the two: the temporary tables id_* hold
// which id of main stands for which of src, pair the runs that both have, and origin where main has an experiment (run 0)
// or run from, for messages.
type merger struct {
	ctx          context.Context
	tx           *sql.Tx
	into, source string
}

func (m *merger) exec(query string, args ...any) (rows int64, err error) {
	r, err := m.tx.ExecContext(m.ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("%w, in %s", err, strings.Join(strings.Fields(query), " "))
	}
	return r.RowsAffected()
}

func (m *merger) all(queries ...string) error {
	for _, q := range queries {
		if _, err := m.exec(q); err != nil {
			return err
		}
	}
	return nil
}

func (m *merger) merge() (added int, err error) {
	if err := m.all(`CREATE TEMP TABLE IF NOT EXISTS origin (uid TEXT, run INTEGER, source TEXT, PRIMARY KEY (uid, run))`); err != nil {
		return 0, err
	}
	for _, step := range []func() error{m.shared, m.experiments, m.pair} {
		if err := step(); err != nil {
			return 0, err
		}
	}
	if added, err = m.runs(); err != nil {
		return 0, err
	}
	_, err = m.exec(`
		INSERT OR REPLACE INTO temp.origin
		SELECT uid, id_run.main, ?1 FROM id_run JOIN main.run ON run.id = id_run.main JOIN main.experiment ON experiment.id = experiment_id
		 UNION ALL
		SELECT uid, 0, ?1 FROM src.experiment WHERE uid NOT IN (SELECT uid FROM temp.origin WHERE run = 0)`, m.source)
	if err != nil {
		return 0, err
	}
	return added, m.happenings()
}

// shared adds what runs refer to. Where rows of the same identity differ, it is in what does not belong to the content:
// where a plugin was first seen, labels, and what was derived. The least of both is kept, whatever the order.
func (m *merger) shared() error {
	free := map[string][]string{"plugin": {"path"}, "configuration": {"label", "tags"}, "instance": {"label", "unknowns"}}
	for _, table := range []string{"machine", "plugin", "configuration", "instance"} {
		columns, err := m.columns(table)
		if err != nil {
			return err
		}
		update := []string{"identity = excluded.identity"}
		for _, c := range free[table] {
			update = append(update, fmt.Sprintf("%[1]s = min(%[1]s, excluded.%[1]s)", c))
		}
		values, join := columns, ""
		if table == "configuration" {
			values = replace(columns, "plugin_id", "id_plugin.main")
			join = ` JOIN id_plugin ON id_plugin.src = plugin_id`
		}
		if err := m.all(
			fmt.Sprintf(`INSERT INTO main.%[1]s (%[2]s) SELECT %[3]s FROM src.%[1]s%[4]s WHERE TRUE ORDER BY src.%[1]s.id
			             ON CONFLICT (identity) DO UPDATE SET %[5]s`,
				table, strings.Join(columns, ", "), strings.Join(values, ", "), join, strings.Join(update, ", ")),
			`DROP TABLE IF EXISTS temp.id_`+table,
			fmt.Sprintf(`CREATE TEMP TABLE id_%[1]s AS SELECT a.id AS src, b.id AS main
			               FROM src.%[1]s AS a JOIN main.%[1]s AS b ON b.identity = a.identity`, table),
			fmt.Sprintf(`CREATE UNIQUE INDEX temp.id_%[1]s_src ON id_%[1]s (src)`, table),
		); err != nil {
			return err
		}
	}
	return nil
}

// experiments adds experiments. One that both have must be the same but for how it ended, which is what the one says
// that knows of more: finished, interrupted, running, and of two the later.
func (m *merger) experiments() error {
	columns, err := m.columns("experiment")
	if err != nil {
		return err
	}
	fixed := slices.DeleteFunc(slices.Clone(columns), func(c string) bool { return c == "machine_id" || c == "outcome" || c == "finished" })
	var conflicts []Conflict
	err = m.rows(`SELECT uid, (SELECT source FROM origin WHERE origin.uid = a.uid AND run = 0), `+differences(fixed)+` AS differ
	                FROM src.experiment AS a JOIN main.experiment AS b USING (uid) JOIN id_machine ON id_machine.src = a.machine_id
	               WHERE differ <> '' OR id_machine.main <> b.machine_id`, func(rows *sql.Rows) error {
		var c Conflict
		var differ string
		var from *string
		err := rows.Scan(&c.Experiment, &from, &differ)
		c.Sources = m.sources(from)
		if c.Differ = lines(differ); len(c.Differ) == 0 {
			c.Differ = []string{"machine"}
		}
		conflicts = append(conflicts, c)
		return err
	})
	if err != nil {
		return err
	}
	if len(conflicts) > 0 {
		return &ConflictError{conflicts}
	}
	return m.all(
		fmt.Sprintf(`INSERT INTO main.experiment (%s) SELECT %s FROM src.experiment JOIN id_machine ON id_machine.src = machine_id
		              WHERE TRUE ORDER BY src.experiment.id
		             ON CONFLICT (uid) DO UPDATE SET outcome = excluded.outcome, finished = excluded.finished
		              WHERE (excluded.outcome = 'finished', excluded.outcome = 'interrupted', coalesce(excluded.finished, ''))
		                  > (outcome = 'finished', outcome = 'interrupted', coalesce(finished, ''))`,
			strings.Join(columns, ", "), strings.Join(replace(columns, "machine_id", "id_machine.main"), ", ")),
		`DROP TABLE IF EXISTS temp.id_experiment`,
		`CREATE TEMP TABLE id_experiment AS SELECT a.id AS src, b.id AS main
		   FROM src.experiment AS a JOIN main.experiment AS b ON b.uid = a.uid`,
		`CREATE UNIQUE INDEX temp.id_experiment_src ON id_experiment (src)`,
	)
}

// sources names where main has something from, if that is known, and this source.
func (m *merger) sources(from *string) []string {
	if from == nil {
		from = &m.into
	}
	return []string{*from, m.source}
}

// pair finds the runs that both have, says what differs, and decides which of the two stays.
func (m *merger) pair() error {
	if err := m.all(
		`DROP TABLE IF EXISTS temp.pair`,
		`CREATE TEMP TABLE pair AS
		 SELECT a.id AS src, b.id AS main, a.status = 'cancelled' AS src_cancelled, b.status = 'cancelled' AS main_cancelled,
		        a.started AS src_started, b.started AS main_started
		   FROM src.run AS a
		   JOIN id_experiment    AS e ON e.src = a.experiment_id
		   JOIN id_configuration AS c ON c.src = a.configuration_id
		   JOIN id_instance      AS i ON i.src = a.instance_id
		   JOIN main.run AS b ON b.experiment_id = e.main AND b.configuration_id = c.main AND b.instance_id = i.main`,
		`CREATE UNIQUE INDEX temp.pair_src ON pair (src)`,
	); err != nil {
		return err
	}
	differ, err := m.runDifferences()
	if err != nil {
		return err
	}
	replaced, err := m.decide(differ)
	if err != nil {
		return err
	}
	for _, src := range replaced {
		if err := m.all(
			fmt.Sprintf(`DELETE FROM main.run WHERE id = (SELECT main FROM pair WHERE src = %d)`, src),
			fmt.Sprintf(`DELETE FROM pair WHERE src = %d`, src),
		); err != nil {
			return err
		}
	}
	return nil
}

// pairing is a run that both have with different content.
type pairing struct {
	src, main                    int64
	srcCancelled, mainCancelled  bool
	from                         *string
	experiment, run, differences string
	srcContent, mainContent      string // of cancelled ones: for want of anything better, the greater stays
}

func (m *merger) runDifferences() (found []pairing, err error) {
	columns, err := m.columns("run")
	if err != nil {
		return nil, err
	}
	columns = slices.DeleteFunc(columns, func(c string) bool { return strings.HasSuffix(c, "_id") })
	parts := []string{differences(columns)}
	var contents []func(schema, run string) string
	for _, p := range partsOfRuns() {
		content, err := m.content(p)
		if err != nil {
			return nil, err
		}
		contents = append(contents, content)
		parts = append(parts, fmt.Sprintf(`CASE WHEN (%s) IS NOT (%s) THEN '%s' || char(10) ELSE '' END`,
			content("src", "a.id"), content("main", "b.id"), p.table+"s"))
	}
	whole := func(alias, schema string) string {
		all := []string{alias + ".started"}
		for _, c := range columns {
			all = append(all, "quote("+alias+"."+c+")")
		}
		for _, content := range contents {
			all = append(all, "coalesce(("+content(schema, alias+".id")+"), '')")
		}
		return strings.Join(all, " || ',' || ")
	}
	err = m.rows(`SELECT pair.src, pair.main, src_cancelled, main_cancelled,
	                     (SELECT source FROM origin WHERE origin.uid = experiment.uid AND origin.run = pair.main), experiment.uid, configuration.label || ' on ' || instance.label,
	                     `+strings.Join(parts, " || ")+` AS differ,
	                     CASE WHEN src_cancelled THEN `+whole("a", "src")+` ELSE '' END, CASE WHEN main_cancelled THEN `+whole("b", "main")+` ELSE '' END
	                FROM pair
	                JOIN src.run AS a ON a.id = pair.src
	                JOIN main.run AS b ON b.id = pair.main
	                JOIN main.experiment ON experiment.id = b.experiment_id
	                JOIN main.configuration ON configuration.id = b.configuration_id
	                JOIN main.instance ON instance.id = b.instance_id
	               WHERE differ <> '' ORDER BY pair.main`, func(rows *sql.Rows) error {
		var p pairing
		err := rows.Scan(&p.src, &p.main, &p.srcCancelled, &p.mainCancelled, &p.from, &p.experiment, &p.run, &p.differences, &p.srcContent, &p.mainContent)
		found = append(found, p)
		return err
	})
	return found, err
}

// decide returns the runs of src that take the place of those of main, or a [ConflictError].
func (m *merger) decide(differ []pairing) (replaced []int64, err error) {
	var conflicts []Conflict
	for _, p := range differ {
		switch {
		case !p.srcCancelled && !p.mainCancelled:
			conflicts = append(conflicts, Conflict{Experiment: p.experiment, Run: p.run, Sources: m.sources(p.from), Differ: lines(p.differences)})
		case p.mainCancelled && (!p.srcCancelled || p.srcContent > p.mainContent):
			replaced = append(replaced, p.src)
		}
	}
	if len(conflicts) > 0 {
		slices.SortFunc(conflicts, func(a, b Conflict) int {
			return cmp.Or(cmp.Compare(a.Experiment, b.Experiment), cmp.Compare(a.Run, b.Run))
		})
		return nil, &ConflictError{conflicts}
	}
	return replaced, nil
}

// runs adds the runs of src that main has not, with all their parts.
func (m *merger) runs() (added int, err error) {
	columns, err := m.columns("run")
	if err != nil {
		return 0, err
	}
	values := replace(replace(replace(columns, "experiment_id", "e.main"), "configuration_id", "c.main"), "instance_id", "i.main")
	n, err := m.exec(fmt.Sprintf(`
		INSERT INTO main.run (%s)
		SELECT %s
		  FROM src.run
		  JOIN id_experiment    AS e ON e.src = experiment_id
		  JOIN id_configuration AS c ON c.src = configuration_id
		  JOIN id_instance      AS i ON i.src = instance_id
		 WHERE src.run.id NOT IN (SELECT src FROM pair)
		 ORDER BY src.run.id`, strings.Join(columns, ", "), strings.Join(values, ", ")))
	if err != nil {
		return 0, err
	}
	if err := m.all(
		`DROP TABLE IF EXISTS temp.id_run`,
		`CREATE TEMP TABLE id_run AS
		 SELECT a.id AS src, b.id AS main
		   FROM src.run AS a
		   JOIN id_experiment    AS e ON e.src = a.experiment_id
		   JOIN id_configuration AS c ON c.src = a.configuration_id
		   JOIN id_instance      AS i ON i.src = a.instance_id
		   JOIN main.run AS b ON b.experiment_id = e.main AND b.configuration_id = c.main AND b.instance_id = i.main
		  WHERE a.id NOT IN (SELECT src FROM pair)
		  ORDER BY a.id`,
		`CREATE UNIQUE INDEX temp.id_run_src ON id_run (src)`,
	); err != nil {
		return 0, err
	}
	for _, p := range partsOfRuns() {
		columns, err := m.columns(p.table)
		if err != nil {
			return 0, err
		}
		values, join := replace(columns, "run_id", "r.main"), ""
		if p.table == "event" {
			values = replace(values, "experiment_id", "e.main")
			join = ` JOIN id_experiment AS e ON e.src = part.experiment_id`
		}
		if err := m.all(fmt.Sprintf(`
			INSERT INTO main.%[1]s (%[2]s) SELECT %[3]s FROM id_run AS r JOIN src.%[1]s AS part ON part.run_id = r.src%[4]s
			 ORDER BY r.src, part.%[5]s`,
			p.table, strings.Join(columns, ", "), strings.Join(values, ", "), join, p.stored)); err != nil {
			return 0, err
		}
	}
	return int(n), nil
}

// happenings adds events and noise probes of experiments. They have no identity: what happened twice in one database
// happened twice, what is in both databases happened once.
func (m *merger) happenings() error {
	for _, h := range []struct{ table, columns, where string }{
		{"event", "time, level, kind, message", "run_id IS NULL"},
		{"noise_probe", "time, compute_seconds, memory_seconds, ratio", "TRUE"},
	} {
		numbered := func(schema, experiment, join string) string {
			return fmt.Sprintf(`SELECT %[1]s AS experiment_id, %[2]s, row_number() OVER (PARTITION BY %[1]s, %[2]s) AS nth
			                      FROM %[3]s.%[4]s AS h %[5]s WHERE %[6]s`, experiment, h.columns, schema, h.table, join, h.where)
		}
		if err := m.all(fmt.Sprintf(`
			INSERT INTO main.%[1]s (experiment_id, %[2]s)
			SELECT experiment_id, %[2]s FROM (%[3]s EXCEPT %[4]s) ORDER BY experiment_id, time`,
			h.table, h.columns,
			numbered("src", "e.main", "JOIN id_experiment AS e ON e.src = h.experiment_id"), numbered("main", "h.experiment_id", ""),
		)); err != nil {
			return err
		}
	}
	return nil
}

// part is a table of what hangs on runs: the order in which rows were stored, and one that depends on content alone.
type part struct{ table, stored, content string }

func partsOfRuns() []part {
	return []part{
		{"repetition", "idx", "idx"},
		{"checkpoint", "idx", "idx"},
		{"measurement", "id", "checkpoint, name"},
		{"artifact", "id", "name"},
		{"event", "id", "time, level, kind, message"},
	}
}

// content returns what makes a query for everything in a run's part as one text.
func (m *merger) content(p part) (func(schema, run string) string, error) {
	columns, err := m.columns(p.table)
	if err != nil {
		return nil, err
	}
	var quoted []string
	for _, c := range columns {
		if c != "run_id" && c != "experiment_id" {
			quoted = append(quoted, "quote("+c+")")
		}
	}
	return func(schema, run string) string {
		return fmt.Sprintf(`SELECT group_concat(line, char(10)) FROM (SELECT %s AS line FROM %s.%s WHERE run_id = %s ORDER BY %s)`,
			strings.Join(quoted, " || ',' || "), schema, p.table, run, p.content)
	}, nil
}

// columns returns the columns of a table but its id, quoted. Both databases have the newest schema.
func (m *merger) columns(table string) (names []string, err error) {
	err = m.rows(`SELECT name FROM pragma_table_info('`+table+`') WHERE name <> 'id' ORDER BY cid`, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		if name == "primary" {
			name = `"primary"`
		}
		names = append(names, name)
		return err
	})
	return names, err
}

func (m *merger) rows(query string, f func(*sql.Rows) error) error {
	rows, err := m.tx.QueryContext(m.ctx, query)
	if err != nil {
		return fmt.Errorf("%w, in %s", err, strings.Join(strings.Fields(query), " "))
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// differences is an expression for the columns in which rows a, of src, and b, of main, differ, a line each.
func differences(columns []string) string {
	var all []string
	for _, c := range columns {
		all = append(all, fmt.Sprintf(`CASE WHEN a.%[1]s IS NOT b.%[1]s
			THEN '%[1]s: ' || substr(quote(b.%[1]s), 1, 60) || ' / ' || substr(quote(a.%[1]s), 1, 60) || char(10) ELSE '' END`, c))
	}
	return strings.Join(all, " || ")
}

func lines(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
}

// replace returns columns with one of them read from elsewhere.
func replace(columns []string, column, by string) []string {
	out := slices.Clone(columns)
	if i := slices.Index(out, column); i >= 0 {
		out[i] = by
	}
	return out
}
