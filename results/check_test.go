package results

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestCheckFindsDamage does what a disk, a person or another program might do to a database, and looks at what Check
// says of it.
func TestCheckFindsDamage(t *testing.T) {
	for name, c := range map[string]struct{ damage, want string }{
		"nothing":             {``, ``},
		"status":              {`UPDATE run SET status = 'fine' WHERE id = 1`, `run 1, status: 'fine' is not a status`},
		"json":                {`UPDATE run SET flags = '[oops' WHERE id = 1`, `run 1, flags: '[oops' is not JSON`},
		"options":             {`UPDATE configuration SET options = '' WHERE id = 1`, `configuration 1, options: '' is not JSON`},
		"artifact":            {`UPDATE artifact SET data = x'0001' WHERE name = 'log' AND run_id = 1`, `artifact 2, bytes: 3, but its data has 2`},
		"checksum":            {`UPDATE artifact SET data = x'000103' WHERE name = 'log' AND run_id = 1`, `artifact 2, sha256: "ae4b`},
		"repetition lost":     {`DELETE FROM repetition WHERE run_id = 1 AND idx = 1`, `repetition of run 1, idx: 3 rows numbered from 0 to 3`},
		"all repetitions":     {`DELETE FROM repetition WHERE run_id = 1`, `run 1: solved, but has no repetition`},
		"measurement lost":    {`DELETE FROM measurement WHERE run_id = 1 AND checkpoint IS NULL`, `run 1: solved, but has no measurement of 'residual'`},
		"run lost":            {`DELETE FROM run WHERE id = 1`, `repetition of run 1, run_id: refers to a row of run that is not there`},
		"plugin lost":         {`DELETE FROM plugin`, `configuration 1, plugin_id: refers to a row of plugin that is not there`},
		"negative time":       {`UPDATE repetition SET wall_seconds = -1 WHERE run_id = 1 AND idx = 2`, `repetition run 1 idx 2, wall_seconds: -1.0, expected a number that is not negative`},
		"time of day":         {`UPDATE run SET started = 'yesterday' WHERE id = 1`, `run 1, started: 'yesterday', expected a time such as`},
		"seed":                {`UPDATE run SET seed = '-7' WHERE id = 1`, `run 1, seed: '-7', expected a whole number`},
		"finished":            {`UPDATE experiment SET finished = started`, `experiment 1, finished: 20`},
		"more than answers":   {`UPDATE run SET verified = 99 WHERE id = 1`, `run 1, verified: 99 of 12 answers`},
		"event of another":    {`INSERT INTO experiment SELECT 2, 'other', machine_id, started, finished, outcome, command, suite, suite_text, settings, seed, harness_version, revision, go_version FROM experiment; UPDATE event SET experiment_id = 2 WHERE run_id = 1`, `event 1, run_id: run 1 is of experiment 1, the event of 2`},
		"another solver":      {`UPDATE configuration SET solver = 'cg' WHERE id = 1`, `configuration 1, identity: "`},
		"another tolerance":   {`UPDATE instance SET tolerance = 1 WHERE id = 1`, `instance 1, identity: "`},
		"another version":     {`UPDATE plugin SET version = '99' WHERE id = 1`, `plugin 1, identity: "`},
		"another machine":     {`UPDATE machine SET cpu = 'faster' WHERE id = 1`, `machine 1, identity: "`},
		"a view that lies":    {`DROP VIEW v_leaderboard; CREATE VIEW v_leaderboard AS SELECT 1 AS place`, `v_leaderboard: is not the view that solverbench makes`},
		"no view":             {`DROP VIEW v_leaderboard`, `v_leaderboard: is not there, expected a view`},
		"a view of one's own": {`CREATE VIEW mine AS SELECT 1`, ``},
		"number without text": {`UPDATE measurement SET value = NULL WHERE id = 1`, `measurement 1, value: NULL with text ''`},
	} {
		t.Run(name, func(t *testing.T) {
			s := openTemp(t)
			id := begin(t, s)
			for n := range 3 {
				save(t, s, id, testRun(n))
			}
			if c.damage != "" {
				if _, err := s.db.Exec(`PRAGMA foreign_keys = off; PRAGMA ignore_check_constraints = on; ` + c.damage +
					`; PRAGMA ignore_check_constraints = off`); err != nil {
					t.Fatal(err)
				}
			}
			found, err := s.Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if c.want == "" && len(found) > 0 || c.want != "" && !strings.Contains(fmt.Sprintln(found), c.want) {
				t.Errorf("found %v\nwant %s", found, c.want)
			}
		})
	}
}

// TestCheckFindsDamagedPages overwrites pages of the file.
func TestCheckFindsDamagedPages(t *testing.T) {
	s := openTemp(t)
	id := begin(t, s)
	for n := range 50 {
		save(t, s, id, testRun(n))
	}
	path := s.Path()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	silent := 0
	for at := page; at < len(whole); at += 5 * page {
		damaged := append([]byte{}, whole...)
		copy(damaged[at:at+page], strings.Repeat("\xa5\x5a", page/2))
		if err := os.WriteFile(path, damaged, 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := OpenReadOnly(t.Context(), path)
		if err != nil {
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), path) {
				t.Errorf("page %d: %v, want ErrDamaged that names the file", at/page, err)
			}
			continue
		}
		found, err := s.Check(t.Context())
		if err == nil && len(found) == 0 {
			silent++
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if silent > 0 {
		t.Errorf("%d damaged pages were not noticed", silent)
	}
}

func TestOverviewAndVacuum(t *testing.T) {
	s := openTemp(t)
	id := begin(t, s)
	for n := range 60 {
		save(t, s, id, testRun(n))
	}
	failed := testRun(100)
	failed.Status, failed.Repetitions = Crashed, nil
	save(t, s, id, failed)
	if err := s.BeginRuns(t.Context(), id, []*Run{testRun(101)}); err != nil {
		t.Fatal(err)
	}
	o, err := s.Overview(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if o.Experiments != 1 || o.Runs != 62 || o.Statuses[Solved] != 60 || o.Statuses[Crashed] != 1 || o.Statuses[Cancelled] != 1 ||
		o.Families["poisson"] != 62 || len(o.Machines) != 1 || o.SchemaVersion != o.Newest || o.Journal != "wal" ||
		!o.First.Equal(testTime) || len(o.Unfinished) != 1 || o.Unfinished[0].Runs != 61 || o.Unfinished[0].Running != "" {
		t.Errorf("overview %+v", o)
	}
	release, err := s.Claim(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if o, err = s.Overview(t.Context()); err != nil || !strings.Contains(o.Unfinished[0].Running, fmt.Sprint(os.Getpid())) {
		t.Errorf("a claimed experiment: %+v, %v", o.Unfinished, err)
	}
	if err := s.Vacuum(t.Context()); !errors.Is(err, ErrClaimed) {
		t.Errorf("vacuum beside a run: %v, want ErrClaimed", err)
	}
	release()
	if _, err := s.db.Exec(`DELETE FROM run WHERE id > 1`); err != nil {
		t.Fatal(err)
	}
	before, _ := s.Overview(t.Context())
	if err := s.Vacuum(t.Context()); err != nil {
		t.Fatal(err)
	}
	after, err := s.Overview(t.Context())
	if err != nil || after.Bytes >= before.Bytes || after.FreeBytes != 0 || before.FreeBytes == 0 || after.Runs != 1 {
		t.Errorf("before %+v\nafter %+v, %v", before, after, err)
	}

	// Of a database that is read through a migrated copy, the version of the file is told.
	old, err := OpenReadOnly(t.Context(), v1(t))
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	if o, err := old.Overview(t.Context()); err != nil || o.SchemaVersion != 1 || o.Runs != 4 {
		t.Errorf("of version 1: %+v, %v", o, err)
	}
	if err := old.Vacuum(t.Context()); !errors.Is(err, ErrReadOnly) {
		t.Errorf("vacuum of what is read only: %v", err)
	}
	if found, err := old.Check(t.Context()); err != nil || len(found) > 0 {
		t.Errorf("check of version 1: %v, %v", found, err)
	}
}
