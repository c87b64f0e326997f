//go:build linux

package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

//go:embed shim/io.c
var shimSource []byte

// shim compiles the library that stands between SQLite and the file system.
func (b *bench) shim(ctx context.Context) (string, error) {
	source, library := filepath.Join(b.dir, "io.c"), filepath.Join(b.dir, "io.so")
	cc, err := exec.LookPath("cc")
	if err != nil {
		return "", skipped("there is no C compiler cc")
	}
	if err := os.WriteFile(source, shimSource, 0o600); err != nil {
		return "", err
	}
	out, err := exec.CommandContext(ctx, cc, "-Wall", "-O1", "-shared", "-fPIC", "-o", library, source, "-ldl", "-pthread").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("compiling shim/io.c: %w: %s", err, out)
	}
	return library, nil
}

// shortArgs select a few runs of the bundled plugin alone.
var shortArgs = []string{"poisson/unit-2d[n=3|4|5]", "--solver", "cg[max-iterations=1]", "--no-noise-probes"}

// underJournal runs the harness with the shim, which writes down what it does to the database.
func (b *bench) underJournal(ctx context.Context, library, db, journal string, args []string) (*life, []operation, error) {
	if err := os.WriteFile(journal, nil, 0o600); err != nil {
		return nil, nil, err
	}
	l, code, err := b.run(ctx, db, args, withEnv("LD_PRELOAD="+library, "CRASHTEST_PREFIX="+db, "CRASHTEST_JOURNAL="+journal))
	if err != nil || code != 0 {
		return nil, nil, fmt.Errorf("with %s preloaded: exit code %d, error %v: %s", library, code, err, l.tail())
	}
	text, err := os.ReadFile(journal)
	if err != nil {
		return nil, nil, err
	}
	operations, err := parseJournal(text)
	if err == nil && len(operations) == 0 {
		err = errors.New("nothing the harness does to the database passes the preloaded library: is it linked statically?")
	}
	return l, operations, err
}

// failureScenario lets one operation on the database fail.
func failureScenario(ctx context.Context, b *bench) (string, error) {
	library, err := b.shim(ctx)
	if err != nil {
		return "", err
	}
	db := filepath.Join(b.dir, "calm.db")
	_, operations, err := b.underJournal(ctx, library, db, filepath.Join(b.dir, "journal"), shortArgs)
	if err != nil {
		return "", err
	}
	count := map[byte]int{'o': 6} // most files are there and opening them is not in the journal
	for _, o := range operations {
		if o.kind != 'c' {
			count[o.kind]++
		}
	}
	s, err := b.look(ctx, db)
	if err != nil {
		return "", err
	}
	plan := map[string]string{}
	for i := range s.runs {
		plan[nameOf(&s.runs[i])] = shape(&s.runs[i])
	}
	kinds := []byte{'w', 'w', 's', 's', 'o', 't'}
	ends := map[int]int{}
	for n := range b.failures {
		kind := kinds[n%len(kinds)]
		f := failure{
			kind: kind, nth: 1 + b.random.IntN(max(1, count[kind])), errno: []syscall.Errno{syscall.EIO, syscall.ENOSPC}[b.random.IntN(2)],
			forever: b.random.IntN(2) == 0,
		}
		code, err := b.fail(ctx, library, plan, f)
		if err != nil {
			return "", fmt.Errorf("%v: %w", f, err)
		}
		ends[code]++
		b.progress("io", n+1, b.failures)
	}
	if ends[4] == 0 {
		return "", errors.New("no failure was noticed")
	}
	return fmt.Sprintf("%d failures: %d ended the harness with 4, %d were overcome; of %d writes, %d syncs", b.failures, ends[4], ends[0], count['w'], count['s']), nil
}

// failure is an operation that fails.
type failure struct {
	kind    byte
	nth     int
	errno   syscall.Errno
	forever bool
}

func (f failure) String() string {
	text := fmt.Sprintf("%v at %s %d", f.errno, map[byte]string{'w': "write", 's': "sync", 't': "truncation", 'o': "opening"}[f.kind], f.nth)
	if f.forever {
		text += " and all after it"
	}
	return text
}

func (f failure) env() string {
	forever := 0
	if f.forever {
		forever = 1
	}
	return fmt.Sprintf("CRASHTEST_FAIL=%c,%d,%d,%d", f.kind, f.nth, int(f.errno), forever)
}

// fail runs an experiment with a failure. Either it is overcome and nothing is missing, or the harness says what
// happened, and goes on when it is resumed.
func (b *bench) fail(ctx context.Context, library string, plan map[string]string, f failure) (code int, err error) {
	db := filepath.Join(b.dir, "failing.db")
	if err := removeDatabase(db); err != nil {
		return 0, err
	}
	l, code, err := b.run(ctx, db, shortArgs, withEnv("LD_PRELOAD="+library, "CRASHTEST_PREFIX="+db, f.env()))
	if err != nil {
		return 0, err
	}
	text := l.text()
	b.say("%v: exit code %d after %d runs: %s", f, code, len(l.acks()), l.tail())
	s, err := b.look(ctx, db)
	if err != nil {
		return 0, err
	}
	g := newLedger(plan)
	if err := g.check(s, s.newest(), l.acks()); err != nil {
		return 0, err
	}
	switch code {
	case 0:
		return code, g.complete(s)
	case 4:
		if !strings.Contains(text, "solverbench: "+db) || !says(text, "I/O error", "no space", "unable to open") {
			return 0, fmt.Errorf("the message does not name %s and the cause: %s", db, l.tail())
		}
	default:
		return 0, fmt.Errorf("exit code %d, expected 4: %s", code, l.tail())
	}
	if len(s.experiments) == 0 {
		if l, code, err := b.run(ctx, db, shortArgs); err != nil || code != 0 {
			return 0, fmt.Errorf("the next run: exit code %d, error %v: %s", code, err, l.tail())
		}
	} else if err := b.finish(ctx, db); err != nil {
		return 0, err
	}
	if s, err = b.look(ctx, db); err != nil {
		return 0, err
	}
	return code, g.complete(s)
}

func says(text string, any ...string) bool {
	for _, s := range any {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
}
