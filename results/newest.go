package results

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"maps"
	"slices"
)

// contest is what only the newest of several runs is shown of, by the rule of package rank.
type contest struct {
	machine, configuration int
	instance, threads      int64
}

// candidate is a run in a contest.
type candidate struct {
	id      int64
	ended   bool // it was not cancelled
	started string
}

// after says whether a run takes the place of another that was saved before it: times are text that sorts as they do.
func (c candidate) after(other candidate) bool {
	if c.ended != other.ended {
		return c.ended
	}
	return c.started >= other.started
}

// chooseNewest chooses, of the runs that a condition selects, those that leaderboards show.
func (l *loader) chooseNewest(ctx context.Context, conn *sql.Conn, condition string, args []any) error {
	machines, err := numbers(l.experiments, func(e *Experiment) (string, error) { return e.Machine.Identity() })
	if err != nil {
		return err
	}
	configurations, err := numbers(l.configurations, func(c *Configuration) (string, error) {
		return canonical([]any{c.Plugin.Name, c.Solver, object(c.Options)})
	})
	if err != nil {
		return err
	}
	var n int
	if err := conn.QueryRowContext(ctx, `SELECT count(*) FROM run WHERE `+condition, args...).Scan(&n); err != nil {
		return err
	}
	won := make(map[contest]candidate, min(n, len(l.experiments)*len(l.configurations)*len(l.instances)))
	err = stream(ctx, conn, func(row []driver.Value) error {
		id, _ := row[0].(int64)
		experiment, _ := row[1].(int64)
		configuration, _ := row[2].(int64)
		machine, ok := machines[experiment]
		kind, also := configurations[configuration]
		if !ok || !also {
			return errDangling()
		}
		instance, _ := row[3].(int64)
		threads, _ := row[4].(int64)
		key := contest{machine, kind, instance, threads}
		started, _ := row[6].(string)
		c := candidate{id, row[5] == int64(1), started}
		if best, met := won[key]; !met || c.after(best) {
			won[key] = c
		}
		return nil
	}, `SELECT id, experiment_id, configuration_id, instance_id, threads, status <> 'cancelled', started
	      FROM run WHERE `+condition+` ORDER BY id`, args...)
	if err != nil {
		return err
	}
	for c := range maps.Values(won) {
		l.ids = append(l.ids, c.id)
	}
	slices.Sort(l.ids)
	l.all = l.all && len(l.ids) == n
	return nil
}

// numbers gives equal numbers to what has the same identity.
func numbers[T any](all map[int64]*T, identity func(*T) (string, error)) (map[int64]int, error) {
	byID, met := make(map[int64]int, len(all)), make(map[string]int)
	for id, v := range all {
		key, err := identity(v)
		if err != nil {
			return nil, err
		}
		if _, again := met[key]; !again {
			met[key] = len(met)
		}
		byID[id] = met[key]
	}
	return byID, nil
}
