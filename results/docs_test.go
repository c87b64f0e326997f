package results

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const manual = "../docs/database.md"

// TestManualListsTheSchema compares docs/database.md with the schema: tables, columns, types, and what may be NULL.
func TestManualListsTheSchema(t *testing.T) {
	text, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	documented := make(map[string][]string)
	var table string
	nullable := make(map[string]bool)
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if name, is := strings.CutPrefix(line, "### "); is {
			table = name
		}
		cells := strings.Split(line, "|")
		if len(cells) < 5 || strings.Contains(line, "---") || strings.Contains(line, "| meaning |") {
			continue
		}
		name, kind := strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2])
		documented[table] = append(documented[table], name+" "+kind)
		if strings.Contains(line, "NULL") {
			nullable[table+"."+name] = true
		}
	}
	s := openTemp(t)
	schema := make(map[string][]string)
	rows, err := s.db.Query(`
		SELECT tables.name, columns.name, columns.type, tables.type = 'table' AND NOT columns."notnull" AND columns.pk = 0
		  FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns
		 WHERE tables.type IN ('table', 'view') AND tables.name NOT LIKE 'sqlite_%' AND tables.name <> 'goose_db_version'
		 ORDER BY tables.name, columns.cid`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var table, column, kind string
		var null bool
		if err := rows.Scan(&table, &column, &kind, &null); err != nil {
			t.Fatal(err)
		}
		if kind == "" { // of an expression in a view SQLite does not say it
			kind = "?"
		}
		schema[table] = append(schema[table], column+" "+kind)
		if null && !nullable[table+"."+column] || !null && nullable[table+"."+column] && !strings.HasPrefix(table, "v_") {
			t.Errorf("%s.%s: NULL is allowed: %v, but %s says otherwise", table, column, null, manual)
		}
	}
	for table, columns := range schema { // what the view does not say the manual does
		for i, c := range columns {
			if name, unknown := strings.CutSuffix(c, " ?"); unknown && i < len(documented[table]) && strings.HasPrefix(documented[table][i], name+" ") {
				columns[i] = documented[table][i]
			}
		}
	}
	if diff := cmp.Diff(schema, documented); diff != "" {
		t.Errorf("(-schema +%s):\n%s", manual, diff)
	}
}

// TestManualsQueriesRun runs the queries of docs/database.md, those for the shell and those for pandas.
func TestManualsQueriesRun(t *testing.T) {
	text, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	s := openTemp(t)
	id := begin(t, s)
	save(t, s, id, testRun(1))
	bad := testRun(2)
	bad.Status, bad.Reason = Crashed, "it crashed"
	save(t, s, id, bad)
	if err := s.AddNoise(t.Context(), id, []NoiseProbe{{testTime, 1, 1, 1}}); err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```sql\n(.*?)```").FindSubmatch(text)
	if block == nil {
		t.Fatal("no SQL")
	}
	queries := strings.Split(strings.TrimSpace(string(block[1])), ";")
	queries = queries[:len(queries)-1]
	for _, q := range regexp.MustCompile(`read_sql\("([^"]*)"`).FindAllSubmatch(text, -1) {
		queries = append(queries, string(q[1]))
	}
	if len(queries) < 8 {
		t.Errorf("only %d queries found", len(queries))
	}
	for _, q := range queries {
		if n := s.count(t, "SELECT count(*) FROM ("+strings.TrimSpace(q)+")"); n == 0 {
			t.Errorf("no row for %s", q)
		}
	}
}

// TestHotQueriesUseIndexes looks at the plans of what is asked of a large database: a part of runs is found by its index
// unless all of it is asked for.
func TestHotQueriesUseIndexes(t *testing.T) {
	s := openTemp(t)
	id := begin(t, s)
	for n := range 3 {
		save(t, s, id, testRun(n))
	}
	l := &loader{ids: []int64{1, 2}}
	selected := func(columns, table, where, order string) string {
		q, args, err := l.selected(columns, table, where, order)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range args {
			q = strings.Replace(q, "?", fmt.Sprintf("'%v'", a), 1)
		}
		return q
	}
	repetitions, _ := named(timingColumns(), true)
	queries := []string{
		selected(repetitions, "repetition", "warmup = 0", "idx"),
		selected("name, value", "measurement", "checkpoint IS NULL", "checkpoint, id"),
		selected("seconds", "checkpoint", "TRUE", "idx"),
		selected("name", "artifact", "TRUE", "artifact.id"),
		selected("kind", "event", "run_id IS NOT NULL", "event.id"),
		`SELECT id FROM run WHERE experiment_id IN (SELECT value FROM json_each('[1]'))`,
		`DELETE FROM run WHERE experiment_id = 1 AND configuration_id = 1 AND instance_id = 1 AND status = 'cancelled'`,
		`SELECT time FROM noise_probe WHERE experiment_id = 1`,
	}
	scan := regexp.MustCompile(`SCAN (run|repetition|checkpoint|measurement|artifact|event|noise_probe)\b`)
	for _, q := range queries {
		plan := explain(t, s, q)
		for _, step := range plan {
			if scan.MatchString(step) {
				t.Errorf("%s\nis answered by %s", q, strings.Join(plan, "; "))
			}
		}
	}
	// A whole part, for all runs, is read in the order in which it lies, without sorting.
	l.all = true
	for _, table := range []string{"repetition", "checkpoint"} {
		q := selected("idx", table, "TRUE", "idx")
		if plan := explain(t, s, q); slices.ContainsFunc(plan, func(step string) bool { return strings.Contains(step, "TEMP B-TREE") }) {
			t.Errorf("%s\nis answered by %s", q, strings.Join(plan, "; "))
		}
	}
}

func explain(t *testing.T, s *Store, query string) (plan []string) {
	t.Helper()
	rows, err := s.db.Query("EXPLAIN QUERY PLAN " + query)
	if err != nil {
		t.Fatal(fmt.Errorf("%s: %w", query, err))
	}
	defer rows.Close()
	for rows.Next() {
		var a, b, c int
		var step string
		if err := rows.Scan(&a, &b, &c, &step); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, step)
	}
	return plan
}
