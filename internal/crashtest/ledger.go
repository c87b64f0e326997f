//go:build linux

package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/solverbench/solverbench/results"
)

// snapshot is what a database holds.
type snapshot struct {
	experiments []results.Experiment
	runs        []results.Run
}

// look reads a copy of a database: the files stay as the harness has left them, so that it has to recover by itself. What
// is not sound is an error; a database that is not there is an empty one.
func (b *bench) look(ctx context.Context, db string) (*snapshot, error) {
	dir := filepath.Join(b.dir, "look")
	if err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700)); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "copy.db")
	for _, suffix := range suffixes {
		err := copyFile(path+suffix, db+suffix)
		if errors.Is(err, fs.ErrNotExist) {
			if suffix == "" {
				return &snapshot{}, nil
			}
		} else if err != nil {
			return nil, err
		}
	}
	return lookAt(ctx, path)
}

// lookAt reads a database after checking that it is sound.
func lookAt(ctx context.Context, path string) (s *snapshot, err error) {
	if err := sound(ctx, path); err != nil {
		return nil, err
	}
	store, err := results.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	s = &snapshot{}
	if s.experiments, err = store.Experiments(ctx); err != nil {
		return nil, err
	}
	s.runs, err = store.Runs(ctx, results.Filter{})
	return s, err
}

// sound has SQLite check the whole file, and the references between tables.
func sound(ctx context.Context, path string) (err error) {
	db, err := sql.Open("sqlite3", "file:"+path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var verdict string
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check`).Scan(&verdict); err != nil || verdict != "ok" {
		return fmt.Errorf("integrity check: %s %w", verdict, err)
	}
	var broken int
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM pragma_foreign_key_check`).Scan(&broken); err != nil || broken != 0 {
		return fmt.Errorf("%d broken foreign keys %w", broken, err)
	}
	return nil
}

// unfinished is the experiment that --resume goes on with, or 0.
func (s *snapshot) unfinished() int64 {
	id := int64(0)
	for _, e := range s.experiments {
		if e.Outcome != results.Finished {
			id = max(id, e.ID)
		}
	}
	return id
}

// newest is the number of the last experiment, or 0.
func (s *snapshot) newest() int64 {
	id := int64(0)
	for _, e := range s.experiments {
		id = max(id, e.ID)
	}
	return id
}

// ledger remembers what has been stored in a database. From then on it must be there, once and unchanged.
type ledger struct {
	plan   map[string]string           // the shape of each planned run
	stored map[int64]map[string]string // by experiment and run: a digest
	acked  int
}

func newLedger(plan map[string]string) *ledger {
	return &ledger{plan: plan, stored: map[int64]map[string]string{}}
}

func nameOf(r *results.Run) string {
	configuration := r.Configuration.Label
	if p := r.Configuration.Plugin; p.Name != "" && !p.Bundled {
		configuration = p.Name + "/" + configuration
	}
	return r.Instance.Label + "  " + configuration
}

// shape is what two runs of one configuration on one instance have in common, if both are whole.
func shape(r *results.Run) string {
	timed := 0
	for _, p := range r.Repetitions {
		if !p.Warmup {
			timed++
		}
	}
	var names []string
	for _, m := range r.Measurements {
		names = append(names, m.Name)
	}
	slices.Sort(names)
	return fmt.Sprintf("%s, %d timed repetitions, %d checkpoints, %d artifacts, measurements %s",
		r.Status, timed, len(r.Checkpoints), len(r.Artifacts), strings.Join(names, " "))
}

// digest changes if anything of a run does.
func digest(r *results.Run) (string, error) {
	text, err := json.Marshal(r)
	return fmt.Sprintf("%x", sha256.Sum256(text)), err
}

// check compares a database with what is known of it, given what was acknowledged since in one experiment.
func (g *ledger) check(s *snapshot, experiment int64, acked []string) error {
	g.acked += len(acked)
	found := map[int64]map[string]string{}
	for i := range s.runs {
		r := &s.runs[i]
		if r.Status == results.Cancelled {
			continue // it was in flight
		}
		name := nameOf(r)
		whole, planned := g.plan[name]
		if !planned {
			return fmt.Errorf("experiment %d: a run that nobody planned: %s", r.Experiment, name)
		}
		if got := shape(r); got != whole {
			return fmt.Errorf("experiment %d: %s is not whole: %s (%s), expected %s", r.Experiment, name, got, r.Reason, whole)
		}
		if found[r.Experiment] == nil {
			found[r.Experiment] = map[string]string{}
		}
		if found[r.Experiment][name] != "" {
			return fmt.Errorf("experiment %d: %s is there twice", r.Experiment, name)
		}
		sum, err := digest(r)
		if err != nil {
			return err
		}
		found[r.Experiment][name] = sum
	}
	for id, runs := range g.stored {
		for name, sum := range runs {
			switch found[id][name] {
			case sum:
			case "":
				return fmt.Errorf("experiment %d: %s was stored and is lost", id, name)
			default:
				return fmt.Errorf("experiment %d: %s was stored and is another now: it was repeated or changed", id, name)
			}
		}
	}
	for _, name := range acked {
		if found[experiment][name] == "" {
			return fmt.Errorf("experiment %d: %s was acknowledged and is lost", experiment, name)
		}
		if g.stored[experiment][name] != "" {
			return fmt.Errorf("experiment %d: %s was made and acknowledged again", experiment, name)
		}
	}
	g.stored = found
	return nil
}

// complete fails unless all experiments are finished and hold every planned run.
func (g *ledger) complete(s *snapshot) error {
	if err := g.check(s, 0, nil); err != nil {
		return err
	}
	for _, e := range s.experiments {
		if e.Outcome != results.Finished {
			return fmt.Errorf("experiment %d is %s, expected finished", e.ID, e.Outcome)
		}
		for name := range g.plan {
			if g.stored[e.ID][name] == "" {
				return fmt.Errorf("experiment %d is finished, and %s is missing", e.ID, name)
			}
		}
	}
	for i := range s.runs {
		if r := &s.runs[i]; r.Status == results.Cancelled {
			return fmt.Errorf("experiment %d is finished, and %s is %s: %s", r.Experiment, nameOf(r), r.Status, r.Reason)
		}
	}
	return nil
}

// reference runs the suite undisturbed and returns what its runs look like.
func (b *bench) reference(ctx context.Context) (map[string]string, error) {
	args, err := b.fresh()
	if err != nil {
		return nil, err
	}
	db := filepath.Join(b.dir, "reference.db")
	l, code, err := b.run(ctx, db, args)
	if err != nil || code != 0 {
		return nil, fmt.Errorf("an undisturbed run ends with exit code %d, error %v: %s", code, err, l.tail())
	}
	s, err := b.look(ctx, db)
	if err != nil {
		return nil, fmt.Errorf("after an undisturbed run: %w", err)
	}
	plan := map[string]string{}
	for i := range s.runs {
		plan[nameOf(&s.runs[i])] = shape(&s.runs[i])
	}
	if acked := len(l.acks()); acked != len(plan) || acked == 0 {
		return nil, fmt.Errorf("an undisturbed run acknowledges %d runs and stores %d", acked, len(plan))
	}
	return plan, b.noOrphans()
}
