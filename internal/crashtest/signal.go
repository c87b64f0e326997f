//go:build linux

package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// signalScenario interrupts harnesses at random moments.
func signalScenario(ctx context.Context, b *bench) (string, error) {
	plan, err := b.reference(ctx)
	if err != nil {
		return "", err
	}
	var total seen
	interrupted, early, late := 0, 0, 0
	for done := 0; done < b.signals; {
		db := filepath.Join(b.dir, fmt.Sprintf("signals-%d.db", done))
		k := &killed{bench: b, db: db, ledger: newLedger(plan), last: &snapshot{}, seen: &total}
		for range min(12, b.signals-done) {
			code, err := k.interrupt(ctx)
			if err != nil {
				return "", fmt.Errorf("signal %d, %s: %w", done+1, db, err)
			}
			switch code {
			case 130:
				interrupted++
			case 0:
				late++
			default:
				early++
			}
			done++
			b.progress("signals", done, b.signals)
		}
		if err := k.conclude(ctx); err != nil {
			return "", fmt.Errorf("after %d signals, %s: %w", done, db, err)
		}
		total.acked += k.ledger.acked
	}
	if interrupted == 0 {
		return "", fmt.Errorf("none of %d signals came in time", b.signals)
	}
	return fmt.Sprintf("%d interrupted, %d before they listened, %d at their end; %d runs acknowledged in %d experiments",
		interrupted, early, late, total.acked, total.experiments), nil
}

// interrupt starts a harness, sends it a signal, and looks. Every fifth has a plugin that does not answer.
func (k *killed) interrupt(ctx context.Context) (code int, err error) {
	db, hangs := k.db, k.random.IntN(5) == 0
	args, experiment, err := k.next()
	if err != nil {
		return 0, err
	}
	if hangs {
		db = filepath.Join(k.dir, "hangs.db")
		args = []string{"poisson/unit-2d[n=3]", "--solver", pluginName + "[do=hang]", "--plugin", k.plugin}
	}
	l, err := k.start(ctx, append(append([]string{k.harness, "run"}, args...), "--db", db))
	if err != nil {
		return 0, err
	}
	if hangs || k.random.IntN(2) == 0 {
		l.until(0, time.Duration(k.random.IntN(400_000))*time.Microsecond)
	} else {
		l.until(1+k.random.IntN(5), time.Duration(k.random.IntN(60_000))*time.Microsecond)
	}
	sent := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}[k.random.IntN(3)]
	_ = l.cmd.Process.Signal(sent) // it may have ended
	code = l.wait()
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	acks, text := l.acks(), l.text()
	k.say("%v, %s: exit code %d after %d runs", sent, strings.Join(args, " "), code, len(acks))
	switch {
	case code == 0 && !hangs:
	case code == -1 && len(acks) == 0 && !strings.Contains(text, "["): // it did not listen yet
	case code != 130:
		return 0, fmt.Errorf("%v: exit code %d (%v), expected 130: %s", sent, code, l.cmd.ProcessState, l.tail())
	case len(acks) > 0 && !strings.Contains(text, "run --resume --db "+db):
		return 0, fmt.Errorf("%v: it does not say how to go on: %s", sent, l.tail())
	}
	if err := k.noOrphans(); err != nil {
		return 0, fmt.Errorf("%v: %w", sent, err)
	}
	if left, err := k.leftovers(); err != nil || code != -1 && len(left) > 0 {
		return 0, fmt.Errorf("%v: left behind %s, error %v", sent, strings.Join(left, ", "), err)
	}
	if hangs {
		_, err := k.look(ctx, db)
		return code, err
	}
	return code, k.inspect(ctx, experiment, acks)
}
