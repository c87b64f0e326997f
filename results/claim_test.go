package results

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// claimEnv makes the test binary a process that claims an experiment of the database it names, until its standard
// input ends.
const claimEnv = "SOLVERBENCH_TEST_CLAIM"

func claimant(path string) error {
	s, err := Open(context.Background(), path)
	if err != nil {
		return err
	}
	defer s.Close()
	release, err := s.Claim(context.Background(), 3)
	if err != nil {
		fmt.Println(err)
		return nil
	}
	defer release()
	fmt.Println("claimed")
	_, err = bufio.NewReader(os.Stdin).ReadString('\n')
	return err
}

// startClaimant returns the process, what it said and what ends it gently.
func startClaimant(t *testing.T, path string) (cmd *exec.Cmd, said string, end func()) {
	t.Helper()
	cmd = exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), claimEnv+"="+path)
	cmd.Stderr = os.Stderr
	in, errIn := cmd.StdinPipe()
	out, errOut := cmd.StdoutPipe()
	if err := errors.Join(errIn, errOut, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	said, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return cmd, strings.TrimSpace(said), func() {
		fmt.Fprintln(in)
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
}

func TestClaimIsExclusiveBetweenProcesses(t *testing.T) {
	s := openTemp(t)
	link := filepath.Join(filepath.Dir(s.Path()), "link.db")
	if err := os.Symlink("test.db", link); err != nil {
		t.Fatal(err)
	}
	first, said, _ := startClaimant(t, s.Path())
	if said != "claimed" {
		t.Fatalf("first said %q", said)
	}
	_, said, end := startClaimant(t, link) // another name changes nothing
	end()
	host, _ := os.Hostname()
	if want := fmt.Sprintf("experiment 3 is being run by process %d on host %s since 2", first.Process.Pid, host); !strings.Contains(said, want) {
		t.Errorf("second said %q, want %q", said, want)
	}
	if _, err := s.Claim(t.Context(), 3); !errors.Is(err, ErrClaimed) || !strings.Contains(err.Error(), s.Path()) {
		t.Errorf("third: %v, want ErrClaimed that names the database", err)
	}
	other, err := s.Claim(t.Context(), 4)
	if err != nil {
		t.Fatalf("another experiment: %v", err)
	}
	other()

	// An owner that was killed is in nobody's way.
	first.Process.Kill()
	first.Wait()
	_, said, end = startClaimant(t, s.Path())
	if said != "claimed" {
		t.Errorf("after kill -9: %q", said)
	}
	end()
	release, err := s.Claim(t.Context(), 3)
	if err != nil {
		t.Fatalf("after release: %v", err)
	}
	if _, err := s.Claim(t.Context(), 3); !errors.Is(err, ErrClaimed) {
		t.Errorf("twice in one process: %v", err)
	}
	release()
	s.Close()
	if got := names(t, filepath.Dir(s.Path())); got != "link.db test.db" {
		t.Errorf("left behind: %q", got)
	}
}

func TestRunsInFlight(t *testing.T) {
	s := openTemp(t)
	id := begin(t, s)
	a, b := testRun(1), testRun(2)
	a.Repetitions, a.Reason = nil, "in flight since noon"
	if err := s.BeginRuns(t.Context(), id, []*Run{a, b}); err != nil {
		t.Fatal(err)
	}
	if a.Status != Solved || a.ID != 0 {
		t.Errorf("BeginRuns changed its argument: %s, %d", a.Status, a.ID)
	}
	runs, err := s.Runs(t.Context(), Filter{Statuses: []Status{Cancelled}})
	if err != nil || len(runs) != 2 || runs[0].Reason != a.Reason || runs[1].Reason != inFlight {
		t.Fatalf("in flight: %v, %v", runs, err)
	}
	if done, err := s.DoneRuns(t.Context(), id); err != nil || len(done) != 0 {
		t.Errorf("done: %v, %v", done, err)
	}
	a.Reason = ""
	begun := runs[0].ID
	save(t, s, id, a)
	if runs, err = s.Runs(t.Context(), Filter{}); err != nil || len(runs) != 2 || runs[0].Status != Solved || runs[0].ID != begun {
		t.Errorf("after saving one: %v, %v, want the first solved and with its ID", runs, err)
	}
	// All or none: the first is done already.
	if err := s.BeginRuns(t.Context(), id, []*Run{testRun(3), a}); !errors.Is(err, ErrDuplicate) {
		t.Errorf("begin what is done: %v, want ErrDuplicate", err)
	}
	if n := s.count(t, `SELECT count(*) FROM run`); n != 2 {
		t.Errorf("%d runs, want 2", n)
	}
}

func TestNoiseProbes(t *testing.T) {
	s := openTemp(t)
	id := begin(t, s)
	want := []NoiseProbe{{testTime, 0.01, 0.02, 1.1}, {testTime.Add(1e9), 0.011, 0.021, 1.2}}
	if err := s.AddNoise(t.Context(), id, want); err != nil {
		t.Fatal(err)
	}
	got, err := s.Noise(t.Context(), id)
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	if err := s.AddNoise(t.Context(), 99, want); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown experiment: %v", err)
	}
}
