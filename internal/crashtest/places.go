//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// placesScenario tries databases where there can be none, takes one away, and shares one.
func placesScenario(ctx context.Context, b *bench) (string, error) {
	refused, err := b.unusable(ctx)
	if err != nil {
		return "", err
	}
	plan, err := b.reference(ctx)
	if err != nil {
		return "", err
	}
	for _, t := range []struct {
		what string
		do   func(db string) error
	}{
		{"removed", removeDatabase},
		{"moved away", func(db string) error { return os.Rename(db, db+".moved") }},
		{"replaced by a folder", func(db string) error { return errors.Join(os.Rename(db, db+".moved"), os.Mkdir(db, 0o700)) }},
		{"replaced by another database", func(db string) error {
			return errors.Join(removeDatabase(db), copyFile(db, filepath.Join(b.dir, "reference.db")))
		}},
	} {
		if err := b.takenAway(ctx, t.what, t.do); err != nil {
			return "", fmt.Errorf("database %s while it is in use: %w", t.what, err)
		}
	}
	for range 3 {
		if err := b.together(ctx, plan); err != nil {
			return "", fmt.Errorf("two harnesses with one database: %w", err)
		}
	}
	for range 3 {
		if err := b.resumeTogether(ctx, plan); err != nil {
			return "", fmt.Errorf("two harnesses that resume one experiment: %w", err)
		}
	}
	return fmt.Sprintf("%d unusable places refused, 4 databases taken away in use, 3 shared, 3 resumed by two", refused), nil
}

// unusable runs the harness, without privileges, on databases that it cannot use.
func (b *bench) unusable(ctx context.Context) (int, error) {
	args := []string{"poisson/unit-2d[n=3]", "--solver", "cg[max-iterations=1]"}
	cases := []struct {
		name  string
		cause string // that the message has to say
		make  func(db string) error
		args  []string
	}{
		{"read-only file", "read-only", func(db string) error { return os.Chmod(db, 0o444) }, args},
		{"read-only file, resumed", "read-only", func(db string) error { return os.Chmod(db, 0o444) }, resume},
		{"read-only folder", "read-only", func(db string) error { return os.Chmod(filepath.Dir(db), 0o555) }, args},
		{"unreadable file", "", func(db string) error { return os.Chmod(db, 0) }, args},
		{"folder", "folder", func(db string) error { return errors.Join(os.Remove(db), os.Mkdir(db, 0o777)) }, args},
		{"no folder", "no such", func(db string) error { return os.RemoveAll(filepath.Dir(db)) }, args},
		{"other file", "not a", func(db string) error { return os.WriteFile(db, []byte(strings.Repeat("not SQLite ", 999)), 0o666) }, args},
	}
	for _, c := range cases {
		folder := filepath.Join(b.dir, strings.NewReplacer(" ", "-", ",", "").Replace(c.name))
		db := filepath.Join(folder, "results.db")
		if err := errors.Join(os.Mkdir(folder, 0o777), os.Chmod(folder, 0o777)); err != nil {
			return 0, err
		}
		if l, code, err := b.run(ctx, db, args, asNobody); err != nil || code != 0 {
			return 0, fmt.Errorf("preparing %s: exit code %d, error %v: %s", c.name, code, err, l.tail())
		}
		if err := c.make(db); err != nil {
			return 0, err
		}
		before, _ := os.ReadFile(db) // a folder, or nothing, says so again below
		l, code, err := b.run(ctx, db, c.args, asNobody)
		if err != nil {
			return 0, err
		}
		b.say("%s: exit code %d: %s", c.name, code, l.tail())
		if text := l.text(); code != 4 || !strings.Contains(text, db) || !strings.Contains(text, c.cause) {
			return 0, fmt.Errorf("%s: exit code %d, expected 4 and a message with %s and %q: %s", c.name, code, db, c.cause, l.tail())
		}
		if after, _ := os.ReadFile(db); string(after) != string(before) {
			return 0, fmt.Errorf("%s: %s has been changed", c.name, db)
		}
		if err := os.Chmod(filepath.Dir(db), 0o777); err != nil && c.name != "no folder" {
			return 0, err
		}
	}
	return len(cases), b.noOrphans()
}

// takenAway does something to the database of a harness at work: it must say so and stop. A run that is stored in
// a file without a name is lost, so none may be acknowledged but the one that was being stored.
func (b *bench) takenAway(ctx context.Context, what string, do func(db string) error) error {
	db := filepath.Join(b.dir, "taken-"+strings.ReplaceAll(what, " ", "-")+".db")
	args, err := b.fresh()
	if err != nil {
		return err
	}
	l, err := b.start(ctx, append(append([]string{b.harness, "run"}, args...), "--db", db))
	if err != nil {
		return err
	}
	l.until(2, 0)
	before := len(l.acks())
	if err := do(db); err != nil {
		return err
	}
	code, text := l.wait(), l.text()
	lost := len(l.acks()) - before
	b.say("%s: exit code %d, %d runs acknowledged after it: %s", what, code, lost, l.tail())
	if code != 4 || !strings.Contains(text, "solverbench: "+db) || lost > 1 {
		return fmt.Errorf("exit code %d after %d more runs were acknowledged; expected 4, a message that names %s, and at most 1 run: %s", code, lost, db, l.tail())
	}
	return b.noOrphans()
}

// together starts two harnesses on one new database: each finds all its runs in it.
func (b *bench) together(ctx context.Context, plan map[string]string) error {
	db := filepath.Join(b.dir, fmt.Sprintf("together-%d.db", b.random.Uint32()))
	args, err := b.fresh()
	if err != nil {
		return err
	}
	args = append(append([]string{b.harness, "run"}, args...), "--db", db)
	first, err := b.start(ctx, args)
	if err != nil {
		return err
	}
	time.Sleep(time.Duration(b.random.IntN(50)) * time.Millisecond)
	second, err := b.start(ctx, args)
	if err != nil {
		return err
	}
	if c1, c2 := first.wait(), second.wait(); c1 != 0 || c2 != 0 {
		return fmt.Errorf("exit codes %d and %d:\n%s\n%s", c1, c2, first.tail(), second.tail())
	}
	s, err := b.look(ctx, db)
	if err != nil {
		return err
	}
	if len(s.experiments) != 2 || len(s.runs) != 2*len(plan) {
		return fmt.Errorf("%d experiments with %d runs, expected 2 with %d", len(s.experiments), len(s.runs), 2*len(plan))
	}
	return newLedger(plan).complete(s)
}

// resumeTogether kills a harness and resumes its experiment twice at once: no run may be lost or made in vain twice, and
// at least one of both gets on; the other may do so or say why not.
func (b *bench) resumeTogether(ctx context.Context, plan map[string]string) error {
	db := filepath.Join(b.dir, fmt.Sprintf("resume-%d.db", b.random.Uint32()))
	args, err := b.fresh()
	if err != nil {
		return err
	}
	dead, err := b.start(ctx, append(append([]string{b.harness, "run"}, args...), "--db", db))
	if err != nil {
		return err
	}
	dead.until(3, 0)
	_ = dead.cmd.Process.Kill() // it may have ended
	dead.wait()
	var lives [2]*life
	for i := range lives {
		if lives[i], err = b.start(ctx, []string{b.harness, "run", "--resume", "--db", db}); err != nil {
			return err
		}
		time.Sleep(time.Duration(b.random.IntN(50)) * time.Millisecond)
	}
	finished := 0
	for _, l := range lives {
		switch code, text := l.wait(), l.text(); {
		case code == 0:
			finished++
		case code != 4 || !strings.Contains(text, db):
			return fmt.Errorf("exit code %d, expected 0, or 4 and a message that names %s: %s", code, db, l.tail())
		default:
			b.say("refused: %s", l.tail())
		}
	}
	if finished == 0 {
		return fmt.Errorf("neither finishes:\n%s\n%s", lives[0].tail(), lives[1].tail())
	}
	s, err := b.look(ctx, db)
	if err != nil {
		return err
	}
	g := newLedger(plan)
	acks := append(dead.acks(), append(lives[0].acks(), lives[1].acks()...)...)
	if err := g.check(s, s.newest(), acks); err != nil {
		return err
	}
	return g.complete(s)
}
