package results

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"strings"
)

// Damage is something in a database that cannot be so.
type Damage struct {
	Table   string `json:"table"`
	Row     string `json:"row"`   // its id, or run and idx
	Field   string `json:"field"` // empty if the row as a whole
	Problem string `json:"problem"`
}

func (d Damage) String() string {
	where := d.Table
	if d.Row != "" {
		where += " " + d.Row
	}
	if d.Field != "" {
		where += ", " + d.Field
	}
	return strings.TrimPrefix(where+": "+d.Problem, ": ")
}

// Check looks at everything in the database: SQLite's own structures and constraints, references between rows, and what
// only this package knows. Files outside the database that artifacts name are not read.
func (s *Store) Check(ctx context.Context) (found []Damage, err error) {
	err = s.read(ctx, "check", func(c *sql.Conn) error {
		for _, check := range []func(context.Context, *sql.Conn) ([]Damage, error){
			checkFileOf, checkSchema, checkReferences, checkRows, checkIdentities, checkArtifacts,
		} {
			some, err := check(ctx, c)
			if err != nil {
				return err
			}
			found = append(found, some...)
		}
		return nil
	})
	return found, err
}

func checkFileOf(ctx context.Context, c *sql.Conn) (found []Damage, err error) {
	err = each(ctx, c, func(rows *sql.Rows) error {
		var text string
		err := rows.Scan(&text)
		if text != "ok" {
			found = append(found, Damage{Problem: text})
		}
		return err
	}, `PRAGMA integrity_check`)
	return found, err
}

func checkReferences(ctx context.Context, c *sql.Conn) (found []Damage, err error) {
	err = each(ctx, c, func(rows *sql.Rows) error {
		var d Damage
		var parent string
		err := rows.Scan(&d.Table, &d.Row, &d.Field, &parent)
		d.Problem = "refers to a row of " + parent + " that is not there"
		found = append(found, d)
		return err
	}, `
		SELECT broken."table", coalesce(broken.rowid, ''), coalesce(key."from", ''), broken.parent
		  FROM pragma_foreign_key_check AS broken
		  LEFT JOIN pragma_foreign_key_list(broken."table") AS key ON key.id = broken.fkid AND key.seq = 0
		 WHERE broken.rowid IS NOT NULL -- the others, which have none, are among the rules below`)
	return found, err
}

// rule is a query for rows that break it: an identification, and what was found.
type rule struct {
	table, field, query string
}

// rowRules are what the schema's own constraints do not say, or say without naming row and field.
func rowRules() []rule {
	rules := []rule{
		{"run", "status", `SELECT id, quote(status) || ' is not a status' FROM run WHERE status NOT IN (` + statuses() + `)`},
		{"run", "verified", `SELECT id, verified || ' of ' || answers || ' answers' FROM run WHERE verified > answers`},
		{"run", "", `
			SELECT run.id, 'solved, but has no repetition' FROM run
			 WHERE status = 'solved' AND NOT EXISTS (SELECT 1 FROM repetition WHERE run_id = run.id)`},
		{"run", "", `
			SELECT run.id, 'solved, but has no measurement of ' || quote("primary")
			  FROM run JOIN instance ON instance.id = run.instance_id
			 WHERE status = 'solved' AND "primary" <> '' AND NOT EXISTS (
			       SELECT 1 FROM measurement WHERE run_id = run.id AND checkpoint IS NULL AND name = "primary")`},
		{"repetition", "wall_seconds", `
			SELECT 'run ' || run_id || ' idx ' || idx, quote(wall_seconds) || ', expected a number that is not negative'
			  FROM repetition WHERE typeof(wall_seconds) <> 'real' OR wall_seconds < 0`},
		{"measurement", "value", `
			SELECT id, quote(value) || ' with text ' || quote(text) FROM measurement
			 WHERE (value IS NULL) <> (text IN ('NaN', '+Inf', '-Inf'))`},
		{"experiment", "outcome", `
			SELECT id, quote(outcome) || ', expected running, finished or interrupted' FROM experiment
			 WHERE outcome NOT IN ('running', 'finished', 'interrupted')`},
		{"experiment", "finished", `
			SELECT id, coalesce(finished, 'NULL') || ', but its outcome is ' || outcome FROM experiment
			 WHERE (finished IS NULL) <> (outcome = 'running')`},
		{"event", "run_id", `
			SELECT event.id, 'run ' || run_id || ' is of experiment ' || run.experiment_id || ', the event of ' || event.experiment_id
			  FROM event JOIN run ON run.id = event.run_id WHERE run.experiment_id <> event.experiment_id`},
	}
	for _, table := range []string{"repetition", "checkpoint"} {
		rules = append(rules, rule{table, "run_id", `
			SELECT DISTINCT 'of run ' || run_id, 'refers to a row of run that is not there'
			  FROM ` + table + ` WHERE run_id NOT IN (SELECT id FROM run)`})
		rules = append(rules, rule{table, "idx", `
			SELECT 'of run ' || run_id, count(*) || ' rows numbered from ' || min(idx) || ' to ' || max(idx)
			  FROM ` + table + ` GROUP BY run_id HAVING min(idx) <> 0 OR max(idx) <> count(*) - 1`})
	}
	each := func(format string, columns map[string][]string) {
		for _, table := range []string{"machine", "experiment", "configuration", "instance", "run", "repetition", "event", "noise_probe"} {
			for _, column := range columns[table] {
				row := "id"
				if table == "repetition" {
					row = "'run ' || run_id || ' idx ' || idx"
				}
				rules = append(rules, rule{table, column, strings.NewReplacer("{row}", row, "{table}", table, "{column}", column).Replace(format)})
			}
		}
	}
	each(`SELECT {row}, quote(substr({column}, 1, 60)) || ' is not JSON' FROM {table} WHERE NOT json_valid({column})`, map[string][]string{
		"machine": {"details"}, "experiment": {"command", "settings"}, "configuration": {"options", "tags"},
		"instance": {"params"}, "run": {"limits", "flags", "cpus"},
	})
	each(`SELECT {row}, quote({column}) || ', expected a time such as 2026-03-01T12:00:00.000000Z' FROM {table}
	       WHERE {column} NOT GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'`,
		map[string][]string{
			"experiment": {"started", "finished"}, "run": {"started", "finished"}, "repetition": {"started"}, "event": {"time"},
			"noise_probe": {"time"},
		})
	each(`SELECT {row}, quote({column}) || ', expected a whole number' FROM {table} WHERE {column} = '' OR {column} GLOB '*[^0-9]*'`,
		map[string][]string{"experiment": {"seed"}, "instance": {"seed"}, "run": {"seed"}})
	return rules
}

func statuses() string {
	var quoted []string
	for _, s := range Statuses() {
		quoted = append(quoted, "'"+string(s)+"'")
	}
	return strings.Join(quoted, ", ")
}

func checkRows(ctx context.Context, c *sql.Conn) (found []Damage, err error) {
	for _, r := range rowRules() {
		err := each(ctx, c, func(rows *sql.Rows) error {
			d := Damage{Table: r.table, Field: r.field}
			err := rows.Scan(&d.Row, &d.Problem)
			found = append(found, d)
			return err
		}, r.query)
		if err != nil {
			return found, fmt.Errorf("%s %s: %w", r.table, r.field, err)
		}
	}
	return found, nil
}

func checkArtifacts(ctx context.Context, c *sql.Conn) (found []Damage, err error) {
	err = each(ctx, c, func(rows *sql.Rows) error {
		var data sql.RawBytes
		var sum string
		var size int64
		d := Damage{Table: "artifact"}
		if err := rows.Scan(&d.Row, &data, &sum, &size); err != nil {
			return err
		}
		if got := sha256.Sum256(data); hex.EncodeToString(got[:]) != sum {
			d.Field, d.Problem = "sha256", fmt.Sprintf("%q, but that of its data is %x", sum, got)
			found = append(found, d)
		}
		if int64(len(data)) != size {
			d.Field, d.Problem = "bytes", fmt.Sprintf("%d, but its data has %d", size, len(data))
			found = append(found, d)
		}
		return nil
	}, `SELECT id, data, sha256, bytes FROM artifact WHERE data IS NOT NULL`)
	return found, err
}
