//go:build linux

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	_ "github.com/mattn/go-sqlite3" // the writer's database
)

// powerScenario writes down what the harness does to its database and puts together what a disk may hold after power was
// lost at some moment of that. Then it does the same with a program that does not sync, to show that it would notice.
func powerScenario(ctx context.Context, b *bench) (string, error) {
	library, err := b.shim(ctx)
	if err != nil {
		return "", err
	}
	operations, plan, err := b.recordHarness(ctx, library)
	if err != nil {
		return "", err
	}
	intact := func(ctx context.Context, db string, acked []string) error {
		if _, err := os.Stat(db); err != nil {
			if len(acked) > 0 {
				return fmt.Errorf("the database is lost, with %d runs that were acknowledged", len(acked))
			}
			return nil
		}
		s, err := lookAt(ctx, db)
		if err != nil {
			return err
		}
		return newLedger(plan).check(s, 1, acked)
	}
	if err := b.losses(ctx, operations, b.moments, intact); err != nil {
		return "", err
	}
	text := fmt.Sprintf("%d moments of %d operations and %d acknowledged runs", b.moments, len(operations), acksIn(operations))

	if err := b.writerScenario(ctx, library, max(50, b.moments/3)); err != nil {
		return "", err
	}
	return text + "; without syncs (synchronous=NORMAL, OFF) losses are seen", nil
}

// writerScenario does the same with a program that makes checkpoints all the time, and with two that sync too little, which
// must lose something that they acknowledged.
func (b *bench) writerScenario(ctx context.Context, library string, moments int) error {
	for _, t := range []struct {
		synchronous string
		safe        bool
	}{{"FULL", true}, {"NORMAL", false}, {"OFF", false}} {
		operations, err := b.recordWriter(ctx, library, t.synchronous)
		if err != nil {
			return err
		}
		err = b.losses(ctx, operations, moments, rowsThere)
		var loss *lossError
		switch {
		case t.safe && err != nil:
			return fmt.Errorf("a program with synchronous=%s: %w", t.synchronous, err)
		case !t.safe && err == nil:
			return fmt.Errorf("a program with synchronous=%s loses nothing that it acknowledged: the check sees nothing", t.synchronous)
		case !t.safe && !errors.As(err, &loss):
			return err
		case !t.safe:
			b.say("synchronous=%s: %v", t.synchronous, err)
		}
	}
	return nil
}

func acksIn(operations []operation) int {
	n := 0
	for _, o := range operations {
		if o.kind == 'a' {
			n++
		}
	}
	return n
}

// recordHarness has three harnesses write one experiment, of which the first two are killed, and returns what they did and
// what their runs look like.
func (b *bench) recordHarness(ctx context.Context, library string) ([]operation, map[string]string, error) {
	plan, err := b.reference(ctx)
	if err != nil {
		return nil, nil, err
	}
	args, err := b.fresh()
	if err != nil {
		return nil, nil, err
	}
	db, journal := filepath.Join(b.dir, "power.db"), filepath.Join(b.dir, "journal")
	record, done, err := b.journaled(library, db, journal)
	if err != nil {
		return nil, nil, err
	}
	for n, args := range [][]string{args, resume, resume} {
		l, err := b.start(ctx, append(append([]string{b.harness, "run"}, args...), "--db", db), record...)
		if err != nil {
			return nil, nil, err
		}
		if n < 2 {
			l.until(3+b.random.IntN(4), 0)
			_ = l.cmd.Process.Kill() // it may have ended
		}
		if code := l.wait(); code != 0 && n == 2 {
			return nil, nil, fmt.Errorf("exit code %d: %s", code, l.tail())
		}
	}
	operations, err := done()
	return operations, plan, err
}

// journaled returns what makes a process write down what it does to db, and lets its acknowledgements be written down
// when they arrive here. done reads the whole.
func (b *bench) journaled(library, db, journal string) (record []change, done func() ([]operation, error), err error) {
	f, err := os.OpenFile(journal, os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, nil, err
	}
	var failed error
	record = []change{
		withEnv("LD_PRELOAD="+library, "CRASHTEST_PREFIX="+db, "CRASHTEST_JOURNAL="+journal),
		onAck(func(run string) {
			_, err := f.Write(acknowledgement(run))
			failed = errors.Join(failed, err)
		}),
	}
	done = func() ([]operation, error) {
		text, err := os.ReadFile(journal)
		if err := errors.Join(failed, f.Close(), err); err != nil {
			return nil, err
		}
		return parseJournal(text)
	}
	return record, done, nil
}

// lossError is what is wrong after power was lost at a moment.
type lossError struct {
	moment, of int
	err        error
}

func (e *lossError) Error() string {
	return fmt.Sprintf("power lost after operation %d of %d: %v", e.moment, e.of, e.err)
}

func (e *lossError) Unwrap() error { return e.err }

// losses looks at what the disk may hold at random moments.
func (b *bench) losses(ctx context.Context, operations []operation, moments int, intact func(ctx context.Context, db string, acked []string) error) error {
	dir := filepath.Join(b.dir, "disk")
	if b.private { // much faster
		dir = "/dev/shm/crashtest"
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	at := make([]int, moments)
	for i := range at {
		at[i] = b.random.IntN(len(operations) + 1)
	}
	slices.Sort(at)
	d, next := newDisk(), 0
	var acked []string
	for i, moment := range at {
		for ; next < moment; next++ {
			if o := operations[next]; o.kind == 'a' {
				acked = append(acked, o.name)
			} else {
				d.do(o)
			}
		}
		db := filepath.Join(dir, "results.db")
		files := d.afterPowerLoss(b.random)
		if err := put(db, files); err != nil {
			return err
		}
		if err := intact(ctx, db, acked); err != nil {
			kept := filepath.Join(b.dir, "lost.db")
			return &lossError{moment, len(operations), errors.Join(err, put(kept, files))}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if moments == b.moments { // not the shorter checks of the writer
			b.progress("power", i+1, moments)
		}
	}
	return os.RemoveAll(dir)
}

// writerCommand makes this program one that adds rows to a database: crashtest writer DB SYNCHRONOUS ROWS.
const writerCommand = "writer"

// writer adds rows and says of each when it is stored, as the harness does of runs.
func writer(args []string) (err error) {
	db, err := sql.Open("sqlite3", "file:"+args[0]+"?_journal_mode=WAL&_synchronous="+args[1])
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	rows, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	if _, err := db.Exec(`PRAGMA wal_autocheckpoint = 20; CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT)`); err != nil {
		return err
	}
	for n := range rows {
		if _, err := db.Exec(`INSERT INTO t VALUES (?, ?)`, n, strings.Repeat(strconv.Itoa(n), 700)); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "[%d/%d] %d  writer  stored\n", n+1, rows, n)
	}
	return nil
}

// recordWriter returns what the writer does.
func (b *bench) recordWriter(ctx context.Context, library, synchronous string) ([]operation, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	db := filepath.Join(b.dir, "writer-"+synchronous+".db")
	record, done, err := b.journaled(library, db, filepath.Join(b.dir, "journal-"+synchronous))
	if err != nil {
		return nil, err
	}
	l, err := b.start(ctx, []string{self, writerCommand, db, synchronous, "150"}, record...)
	if err != nil {
		return nil, err
	}
	if code := l.wait(); code != 0 {
		return nil, fmt.Errorf("writer: exit code %d: %s", code, l.tail())
	}
	return done()
}

// rowsThere fails if the writer's database is not sound or a row is missing.
func rowsThere(ctx context.Context, path string, acked []string) (err error) {
	if err := sound(ctx, path); err != nil {
		return err
	}
	db, err := sql.Open("sqlite3", "file:"+path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, run := range acked {
		n, _, _ := strings.Cut(run, " ")
		var text string
		if err := db.QueryRowContext(ctx, `SELECT text FROM t WHERE n = ?`, n).Scan(&text); err != nil || text != strings.Repeat(n, 700) {
			return fmt.Errorf("row %s was acknowledged and is lost: %w", n, err)
		}
	}
	return nil
}
