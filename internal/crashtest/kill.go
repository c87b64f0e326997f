//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// seen counts what dying harnesses have left behind.
type seen struct {
	noDatabase, noExperiment, midway, walHot, leftovers int
	experiments, acked                                  int
}

func (s *seen) String() string {
	return fmt.Sprintf("%d experiments, %d runs acknowledged; died without a database %d, before the experiment %d, in it %d; "+
		"unmerged log %d, litter %d times", s.experiments, s.acked, s.noDatabase, s.noExperiment, s.midway, s.walHot, s.leftovers)
}

// killScenario kills harnesses at random moments.
func killScenario(ctx context.Context, b *bench) (string, error) {
	plan, err := b.reference(ctx)
	if err != nil {
		return "", err
	}
	var total seen
	kills := 0
	for n := 1; kills < b.kills; n++ {
		db := filepath.Join(b.dir, fmt.Sprintf("kill-%d.db", n))
		k := &killed{bench: b, db: db, ledger: newLedger(plan), last: &snapshot{}, seen: &total}
		share := min(10+b.random.IntN(21), b.kills-kills)
		for range share {
			if err := k.once(ctx); err != nil {
				return "", fmt.Errorf("kill %d, %s: %w", kills+1, db, err)
			}
			kills++
			b.progress("kill", kills, b.kills)
		}
		if err := k.conclude(ctx); err != nil {
			return "", fmt.Errorf("after %d kills, %s: %w", kills, db, err)
		}
		total.acked += k.ledger.acked
		if err := removeDatabase(db); err != nil {
			return "", err
		}
	}
	// A last one that nobody disturbs clears up after all others.
	left, err := b.leftovers()
	if err != nil {
		return "", err
	}
	if err := age(left); err != nil {
		return "", err
	}
	if err := removeDatabase(filepath.Join(b.dir, "reference.db")); err != nil {
		return "", err
	}
	if _, err := b.reference(ctx); err != nil {
		return "", err
	}
	if left, err = b.leftovers(); err != nil || len(left) > 0 {
		return "", fmt.Errorf("left behind at the end: %s, error %v", strings.Join(left, ", "), err)
	}
	text := fmt.Sprintf("%d kills, %v", kills, &total)
	if !b.private {
		text += "; /dev/shm is shared with others and was not looked at"
	}
	return text, nil
}

// killed is a database whose harnesses are killed.
type killed struct {
	*bench
	db     string
	ledger *ledger
	last   *snapshot // before the present life
	left   []string  // by earlier lives, in TMPDIR and /dev/shm
	seen   *seen
}

// once starts a harness, kills it, and looks.
func (k *killed) once(ctx context.Context) error {
	for {
		args, experiment, err := k.next()
		if err != nil {
			return err
		}
		l, err := k.start(ctx, append(append([]string{k.harness, "run"}, args...), "--db", k.db))
		if err != nil {
			return err
		}
		// While it starts, or around the storing of a run.
		if k.random.IntN(3) == 0 {
			l.until(0, time.Duration(k.random.IntN(150_000))*time.Microsecond)
		} else {
			l.until(1+k.random.IntN(3), time.Duration(k.random.IntN(30_000))*time.Microsecond)
		}
		_ = l.cmd.Process.Kill() // it may have ended
		code := l.wait()
		acks := l.acks()
		k.say("%s: exit code %d after %d runs", strings.Join(args, " "), code, len(acks))
		if code > 0 {
			return fmt.Errorf("exit code %d: %s", code, l.tail())
		}
		if err := k.inspect(ctx, experiment, acks); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if code == -1 {
			return nil
		} // else it had ended by itself: that is no kill
	}
}

// next returns the arguments of the next life, and the experiment it goes on with, 0 for a new one.
func (k *killed) next() (args []string, experiment int64, err error) {
	if id := k.last.unfinished(); id != 0 && (len(k.last.experiments) >= 3 || k.random.IntN(5) > 0) {
		return resume, id, nil
	}
	args, err = k.fresh()
	return args, 0, err
}

// inspect looks at what a life has left.
func (k *killed) inspect(ctx context.Context, experiment int64, acks []string) error {
	if err := k.noOrphans(); err != nil {
		return err
	}
	s, err := k.look(ctx, k.db)
	if err != nil {
		return err
	}
	if experiment == 0 && s.newest() != k.last.newest() {
		experiment = s.newest()
	}
	if err := k.ledger.check(s, experiment, acks); err != nil {
		return err
	}
	if _, err := os.Stat(k.db); err != nil {
		k.seen.noDatabase++
	} else if experiment == 0 {
		k.seen.noExperiment++
	} else {
		k.seen.midway++
	}
	if info, err := os.Stat(k.db + "-wal"); err == nil && info.Size() > 0 {
		k.seen.walHot++
	}
	k.last = s
	if len(acks) > 0 { // it had begun to measure, and cleared up before
		if err := nothingLeft(k.left); err != nil {
			return err
		}
	}
	if k.left, err = k.leftovers(); err != nil {
		return err
	}
	if len(k.left) > 0 {
		k.seen.leftovers++
	}
	return age(k.left)
}

// conclude finishes all experiments of the database.
func (k *killed) conclude(ctx context.Context) error {
	if _, err := os.Stat(k.db); err != nil {
		return nil // none was begun
	}
	if err := k.finish(ctx, k.db); err != nil {
		return err
	}
	s, err := k.look(ctx, k.db)
	if err != nil {
		return err
	}
	k.seen.experiments += len(s.experiments)
	return k.ledger.complete(s)
}

func removeDatabase(db string) error {
	for _, suffix := range suffixes {
		if err := os.Remove(db + suffix); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}
