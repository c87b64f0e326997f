package results

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// The test binary runs itself again as a process that writes runs until it is killed.
const writerEnv = "SOLVERBENCH_TEST_WRITER" // path of the database

func TestMain(m *testing.M) {
	if path := os.Getenv(writerEnv); path != "" {
		if err := writer(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if path := os.Getenv(claimEnv); path != "" {
		if err := claimant(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// writer saves runs numbered from its first argument up to its second and prints each number once it is saved. It
// takes up the unfinished experiment if its third argument says so.
func writer(path string) error {
	ctx := context.Background()
	s, err := Open(ctx, path)
	if err != nil {
		return err
	}
	defer s.Close()
	first, _ := strconv.Atoi(os.Args[1])
	last, _ := strconv.Atoi(os.Args[2])
	var id int64
	if os.Args[3] == "resume" {
		e, err := s.LatestUnfinished(ctx)
		if err != nil {
			return err
		}
		id = e.ID
	} else if id, err = s.BeginExperiment(ctx, testExperiment()); err != nil {
		return err
	}
	fmt.Println("ready")
	for n := first; n < last; n++ {
		if err := s.SaveRun(ctx, id, testRun(n)); err != nil {
			return err
		}
		fmt.Println(n)
	}
	return nil
}

func startWriter(t *testing.T, path string, first, last int, mode string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0], strconv.Itoa(first), strconv.Itoa(last), mode)
	cmd.Env = append(os.Environ(), writerEnv+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	return cmd, bufio.NewScanner(out)
}

// checkWhole fails unless the database is sound and every run in it is whole, and returns their numbers.
func checkWhole(t *testing.T, s *Store) map[int]bool {
	t.Helper()
	var verdict string
	if err := s.db.QueryRow(`PRAGMA integrity_check`).Scan(&verdict); err != nil || verdict != "ok" {
		t.Fatalf("integrity check: %q, %v", verdict, err)
	}
	if n := s.count(t, `SELECT count(*) FROM pragma_foreign_key_check`); n != 0 {
		t.Fatalf("%d broken foreign keys", n)
	}
	runs, err := s.Runs(t.Context(), Filter{})
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[int]bool)
	for _, r := range runs {
		if len(r.Repetitions) != 4 || len(r.Measurements) != 4 || len(r.Checkpoints) != 2 ||
			len(r.Artifacts) != 2 || len(r.Events) != 1 {
			t.Fatalf("run %d is not whole: %+v", r.Ordinal, r)
		}
		if found[r.Ordinal] {
			t.Fatalf("run %d is there twice", r.Ordinal)
		}
		found[r.Ordinal] = true
	}
	return found
}

func TestKilledWriterLosesNothingAcknowledged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kill.db")
	random := rand.New(rand.NewPCG(1, 2))
	acknowledged := make(map[int]bool)
	next, mode := 0, "begin"
	for kill := range 8 {
		cmd, lines := startWriter(t, path, next, 1<<30, mode)
		if !lines.Scan() || lines.Text() != "ready" {
			t.Fatalf("writer said %q", lines.Text())
		}
		mode = "resume"
		time.AfterFunc(time.Duration(5+random.IntN(80))*time.Millisecond, func() { cmd.Process.Kill() })
		for lines.Scan() { // ends when the process does
			n, err := strconv.Atoi(lines.Text())
			if err != nil {
				t.Fatalf("writer said %q", lines.Text())
			}
			acknowledged[n] = true
		}
		cmd.Wait()

		s, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		found := checkWhole(t, s)
		for n := range acknowledged {
			if !found[n] {
				t.Fatalf("kill %d: acknowledged run %d is lost", kill, n)
			}
		}
		// At most the last run of each life was saved and not yet acknowledged.
		if extra := len(found) - len(acknowledged); extra > kill+1 {
			t.Fatalf("kill %d: %d runs were never acknowledged", kill, extra)
		}
		next = len(found)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(acknowledged) == 0 {
		t.Fatal("no writer lived long enough to save a run")
	}
	t.Logf("%d runs acknowledged over 8 kills", len(acknowledged))
}

func TestProcessesWriteTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "together.db") // made by whoever comes first
	const each = 40
	var cmds []*exec.Cmd
	for i := range 3 {
		cmd, lines := startWriter(t, path, i*each, (i+1)*each, "begin")
		cmds = append(cmds, cmd)
		go func() {
			for lines.Scan() {
			}
		}()
	}
	for i, cmd := range cmds {
		if err := cmd.Wait(); err != nil {
			t.Errorf("writer %d: %v", i, err)
		}
	}
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if found := checkWhole(t, s); len(found) != 3*each {
		t.Errorf("%d runs, want %d", len(found), 3*each)
	}
	if n := s.count(t, `SELECT count(*) FROM experiment`); n != 3 {
		t.Errorf("%d experiments, want 3", n)
	}
}
