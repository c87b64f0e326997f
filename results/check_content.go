package results

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/solverbench/solverbench/results/migrations"
)

// schemaObject is what a schema consists of: a table, an index, a view.
type schemaObject struct{ kind, sql string }

// checkSchema compares tables, indexes and views with those that the migrations make: a view of the same name may tell anything. What
// people have added is theirs.
func checkSchema(ctx context.Context, c *sql.Conn) (found []Damage, err error) {
	want, err := freshSchema(ctx)
	if err != nil {
		return nil, fmt.Errorf("making a database to compare with: %w", err)
	}
	have, err := schemaOf(ctx, c)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		switch h, ok := have[name]; {
		case !ok:
			found = append(found, Damage{Table: name, Problem: "is not there, expected a " + want[name].kind})
		case h != want[name]:
			found = append(found, Damage{Table: name, Problem: "is not the " + want[name].kind + " that solverbench makes"})
		}
	}
	return found, nil
}

// freshSchema is that of a new database.
func freshSchema(ctx context.Context) (all map[string]schemaObject, err error) {
	folder, err := os.MkdirTemp("", "solverbench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	s, err := open(ctx, filepath.Join(folder, "fresh.db"), migrations.FS)
	if err != nil {
		return nil, err
	}
	err = s.read(ctx, "read the schema", func(c *sql.Conn) (err error) {
		all, err = schemaOf(ctx, c)
		return err
	})
	return all, errors.Join(err, s.Close())
}

// schemaOf reads a schema, without what SQLite keeps for itself.
func schemaOf(ctx context.Context, c *sql.Conn) (map[string]schemaObject, error) {
	all := map[string]schemaObject{}
	err := each(ctx, c, func(rows *sql.Rows) error {
		var o schemaObject
		var name string
		err := rows.Scan(&o.kind, &name, &o.sql)
		all[name] = o
		return err
	}, `SELECT type, name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT GLOB 'sqlite_*'`)
	return all, err
}

// checkIdentities computes the identities from the contents that they are of.
func checkIdentities(ctx context.Context, c *sql.Conn) (found []Damage, err error) {
	for _, i := range identified() {
		err := each(ctx, c, func(rows *sql.Rows) error {
			id, stored, content, err := i.read(rows)
			if err != nil {
				return nil // a value that cannot be read breaks another rule
			}
			now, err := content.Identity()
			if err == nil && now != stored {
				found = append(found, Damage{i.table, fmt.Sprint(id), "identity", fmt.Sprintf("%.12q, but that of its content is %.12q", stored, now)})
			}
			return err
		}, i.query)
		if err != nil {
			return found, fmt.Errorf("%s identity: %w", i.table, err)
		}
	}
	return found, nil
}

// withIdentity is what has an identity that follows from its content.
type withIdentity interface{ Identity() (string, error) }

// identities are those of a table: a query for what they are of, and how a row of it is read.
type identities struct {
	table, query string
	read         func(*sql.Rows) (id int64, stored string, content withIdentity, err error)
}

func identified() []identities {
	return []identities{
		{"machine", `
			SELECT id, identity, hostname, os, kernel, arch, cpu, physical_cores, logical_cores, memory_bytes, governor, virtualisation, details
			  FROM machine ORDER BY id`, func(rows *sql.Rows) (id int64, stored string, content withIdentity, err error) {
			m := &Machine{}
			err = rows.Scan(&id, &stored, &m.Hostname, &m.OS, &m.Kernel, &m.Arch, &m.CPU, &m.PhysicalCores, &m.LogicalCores, &m.MemoryBytes,
				&m.Governor, &m.Virtualisation, jsonText{&m.Details})
			return id, stored, m, err
		}},
		{"plugin", `
			SELECT id, identity, name, version, path, sha256, language, licence, bundled, protocol
			  FROM plugin ORDER BY id`, func(rows *sql.Rows) (id int64, stored string, content withIdentity, err error) {
			p := &Plugin{}
			err = rows.Scan(&id, &stored, &p.Name, &p.Version, &p.Path, &p.SHA256, &p.Language, &p.Licence, &p.Bundled, &p.Protocol)
			return id, stored, p, err
		}},
		{"configuration", `
			SELECT c.id, c.identity, c.solver, c.options, p.name, p.version, p.path, p.sha256, p.language, p.licence, p.bundled, p.protocol
			  FROM configuration AS c JOIN plugin AS p ON p.id = c.plugin_id
			 ORDER BY c.id`, func(rows *sql.Rows) (id int64, stored string, content withIdentity, err error) {
			c := &Configuration{}
			p := &c.Plugin
			err = rows.Scan(&id, &stored, &c.Solver, jsonText{&c.Options},
				&p.Name, &p.Version, &p.Path, &p.SHA256, &p.Language, &p.Licence, &p.Bundled, &p.Protocol)
			return id, stored, c, err
		}},
		{"instance", `
			SELECT id, identity, family, problem, params, seed, hash, tolerance, "primary", rank_by
			  FROM instance ORDER BY id`, func(rows *sql.Rows) (id int64, stored string, content withIdentity, err error) {
			i := &Instance{}
			err = rows.Scan(&id, &stored, &i.Family, &i.Problem, jsonText{&i.Params}, seed{&i.Seed}, &i.Hash, &i.Tolerance, &i.Primary, &i.RankBy)
			return id, stored, i, err
		}},
	}
}
