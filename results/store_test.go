package results

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func openTemp(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func testExperiment() *Experiment {
	return &Experiment{
		Command: []string{"solverbench", "run", "ks/*"}, Suite: "quick", SuiteText: "instances: [ks/l22]\n",
		Settings: map[string]any{"threads": json.Number("1"), "timeout": "60s"}, Seed: math.MaxUint64,
		HarnessVersion: "0.1.0", Revision: "abc123", GoVersion: "go1.26",
		Machine: Machine{Hostname: "box", OS: "linux", Kernel: "6.1", Arch: "amd64", CPU: "A CPU @ 3 GHz",
			PhysicalCores: 2, LogicalCores: 4, MemoryBytes: 16 << 30, Governor: "performance",
			Details: map[string]any{"l3": "32M"}},
	}
}

var testTime = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

// testRun returns a run with a solver's number n in its options and everything that a run can hold.
func testRun(n int) *Run {
	return &Run{
		Configuration: &Configuration{
			Plugin: Plugin{Name: "bundled", Version: "0.1.0", Path: "/bin/solverbench", SHA256: "ff", Language: "go",
				Licence: "Apache-2.0", Bundled: true, Protocol: 1},
			Solver: "multigrid", Options: map[string]any{"smoother": "rbgs", "levels": json.Number(fmt.Sprint(n))},
			Label: fmt.Sprintf("multigrid[levels=%d,smoother=rbgs]", n), Tags: []string{"iterative"},
		},
		Instance: &Instance{Family: "poisson", Problem: "unit-2d", Label: "poisson/unit-2d[n=63]",
			Params: map[string]any{"n": json.Number("63")}, Seed: 1 << 63, Hash: "cafe", Tolerance: 1e-10,
			Primary: "residual", RankBy: ByTime, Unknowns: 63 * 63},
		Ordinal: n, Status: Solved, Started: testTime, Finished: testTime.Add(time.Second), Seed: 7, Threads: 1,
		Timeout: 60, StartupSeconds: 0.006, SetupSeconds: 0.01, FirstSeconds: 0.1, PeakMemoryBytes: 1 << 20,
		Evaluations: 42, MinorFaults: 1, MajorFaults: 2, VoluntarySwitches: 3, InvoluntarySwitches: 4,
		LoadBefore: 0.25, Limits: map[string]any{"memory": "1GiB"}, Flags: []string{"noisy"}, Exit: "exit status 0",
		Stderr: "a line\n", PeakMemorySource: MemoryCgroup, NullCallSeconds: 5e-5, TransportSeconds: 6e-5,
		BackgroundSeconds: 0.001, CheckpointSeconds: 0.002, Stopped: StopPrecise, Precision: 0.015, Answers: 12, Verified: 5,
		Noise: 1.25, Attempts: 2, CPUs: []int{2, 3},
		Repetitions: []Repetition{
			{Index: 0, Warmup: true, Batch: 1, Started: testTime, WallSeconds: 9},
			{Index: 1, Batch: 4, Started: testTime, WallSeconds: 0.1, PluginSeconds: 0.09, UserSeconds: 0.1,
				SystemSeconds: 0.01, OracleSeconds: 0.02, PeakMemoryBytes: 1 << 20, Evaluations: 42, BytesMoved: 512,
				MinorFaults: 11, MajorFaults: 12, VoluntarySwitches: 13, InvoluntarySwitches: 14, Verified: 4, Noise: 1.25},
			{Index: 2, Batch: 4, WallSeconds: 0.3},
			{Index: 3, Batch: 4, WallSeconds: 0.2},
		},
		Checkpoints: []Checkpoint{
			{Index: 0, Seconds: 0.01, Measurements: []Measurement{{"residual", 1, "", Lower, Primary}}},
			{Index: 1, Seconds: 0.02, Evaluations: 3, Measurements: []Measurement{{"residual", math.NaN(), "", Lower, Primary}}},
		},
		Measurements: []Measurement{
			{"residual", 3e-11, "", Lower, Primary},
			{"psnr", math.Inf(1), "dB", Higher, Secondary},
			{"growth", math.Inf(-1), "", Neither, Info},
			{"drift", math.NaN(), "J", Lower, Info},
		},
		Artifacts: []Artifact{
			{Name: "solution", Path: "out/u.npy", SHA256: "aa", Bytes: 10},
			{Name: "log", Data: []byte{0, 1, 2}, SHA256: "ae4b3280e56e2faf83f414a6e3dabe9d5fbe18976544c05fed121accb85b53fc", Bytes: 3},
		},
		Events: []Event{{Time: testTime, Level: "warn", Kind: "noise", Message: "load is high"}},
	}
}

func begin(t *testing.T, s *Store) int64 {
	t.Helper()
	id, err := s.BeginExperiment(t.Context(), testExperiment())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func save(t *testing.T, s *Store, experiment int64, r *Run) {
	t.Helper()
	if err := s.SaveRun(t.Context(), experiment, r); err != nil {
		t.Fatal(err)
	}
}

func (s *Store) count(t *testing.T, query string) (n int) {
	t.Helper()
	if err := s.db.QueryRow(query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func TestRunRoundTrip(t *testing.T) {
	s := openTemp(t)
	e := testExperiment()
	id, err := s.BeginExperiment(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	want := testRun(5)
	save(t, s, id, want)
	got, err := s.Runs(t.Context(), Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 {
		t.Fatalf("%d runs, want 1", len(got))
	}
	want.ExperimentUID, want.Machine = e.UID, &e.Machine
	ignore := cmp.Options{cmpopts.EquateNaNs(), cmpopts.IgnoreFields(Artifact{}, "ID", "Data")}
	if diff := cmp.Diff(want, &got[0], ignore); diff != "" {
		t.Errorf("run differs after loading (-saved +loaded):\n%s", diff)
	}
	data, err := s.ArtifactData(t.Context(), got[0].Artifacts[1].ID)
	if err != nil || !cmp.Equal(data, []byte{0, 1, 2}) {
		t.Errorf("artifact data %v, %v", data, err)
	}
	if _, err := s.ArtifactData(t.Context(), 99); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown artifact: %v", err)
	}

	// What was loaded has the identity of what was saved.
	a, err := KeyOf(want.Configuration, want.Instance)
	if err != nil {
		t.Fatal(err)
	}
	b, err := KeyOf(got[0].Configuration, got[0].Instance)
	if err != nil || a != b {
		t.Errorf("keys differ after loading: %v, %v, %v", a, b, err)
	}
	done, err := s.DoneRuns(t.Context(), id)
	if err != nil || len(done) != 1 || !done[a] {
		t.Errorf("DoneRuns = %v, %v; want %v", done, err, a)
	}
}

func TestIdentityIsContent(t *testing.T) {
	base := testRun(1)
	key := func(change func(*Run)) Key {
		t.Helper()
		r := testRun(1)
		change(r)
		k, err := KeyOf(r.Configuration, r.Instance)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	same := map[string]func(*Run){
		"path":          func(r *Run) { r.Configuration.Plugin.Path = "/elsewhere" },
		"labels":        func(r *Run) { r.Configuration.Label, r.Instance.Label = "x", "y" },
		"kind of digit": func(r *Run) { r.Configuration.Options["levels"], r.Instance.Params["n"] = 1, int64(63) },
		"default rank":  func(r *Run) { r.Instance.RankBy = "" },
	}
	want, _ := KeyOf(base.Configuration, base.Instance)
	for name, change := range same {
		if got := key(change); got != want {
			t.Errorf("%s: identity changed", name)
		}
	}
	differ := map[string]func(*Run){
		"plugin checksum": func(r *Run) { r.Configuration.Plugin.SHA256 = "00" },
		"solver":          func(r *Run) { r.Configuration.Solver = "cg" },
		"option":          func(r *Run) { r.Configuration.Options["levels"] = 2 },
		"parameter":       func(r *Run) { r.Instance.Params["n"] = 127 },
		"seed":            func(r *Run) { r.Instance.Seed++ },
		"tolerance":       func(r *Run) { r.Instance.Tolerance = 1e-4 },
	}
	for name, change := range differ {
		if got := key(change); got == want {
			t.Errorf("%s: identity did not change", name)
		}
	}
	bad := testRun(1)
	bad.Configuration.Options["levels"] = math.NaN()
	if _, err := KeyOf(bad.Configuration, bad.Instance); !errors.Is(err, ErrInvalid) {
		t.Errorf("option NaN: %v", err)
	}
}

func TestSharedRowsAreSavedOnce(t *testing.T) {
	s := openTemp(t)
	for range 2 {
		id := begin(t, s)
		for n := range 3 {
			save(t, s, id, testRun(n))
		}
	}
	for table, want := range map[string]int{"machine": 1, "plugin": 1, "configuration": 3, "instance": 1, "experiment": 2, "run": 6} {
		if got := s.count(t, "SELECT count(*) FROM "+table); got != want {
			t.Errorf("%d rows in %s, want %d", got, table, want)
		}
	}
}

func TestDuplicateRunIsRefused(t *testing.T) {
	s := openTemp(t)
	id := begin(t, s)
	save(t, s, id, testRun(1))
	again := testRun(1)
	err := s.SaveRun(t.Context(), id, again)
	if !errors.Is(err, ErrDuplicate) {
		t.Fatalf("second save: %v, want ErrDuplicate", err)
	}
	if again.ID != 0 {
		t.Error("a refused run was given an ID")
	}
	for table, want := range map[string]int{"run": 1, "repetition": 4, "measurement": 6} {
		if got := s.count(t, "SELECT count(*) FROM "+table); got != want {
			t.Errorf("%d rows in %s, want %d", got, table, want)
		}
	}
}

func TestCancelledRunIsReplaced(t *testing.T) {
	s := openTemp(t)
	id := begin(t, s)
	r := testRun(1)
	r.Status = Cancelled
	save(t, s, id, r)
	if done, err := s.DoneRuns(t.Context(), id); err != nil || len(done) != 0 {
		t.Errorf("cancelled run counts as done: %v, %v", done, err)
	}
	save(t, s, id, testRun(1))
	runs, err := s.Runs(t.Context(), Filter{})
	if err != nil || len(runs) != 1 || runs[0].Status != Solved || len(runs[0].Repetitions) != 4 {
		t.Errorf("runs after replacing: %v, %v", runs, err)
	}
}

func TestInvalidRunLeavesNoTrace(t *testing.T) {
	s := openTemp(t)
	id := begin(t, s)
	cases := map[string]struct {
		change func(*Run)
		want   error
	}{
		"status":         {func(r *Run) { r.Status = "fine" }, ErrInvalid},
		"wall time":      {func(r *Run) { r.Repetitions[2].WallSeconds = math.NaN() }, ErrInvalid},
		"negative time":  {func(r *Run) { r.Repetitions[2].WallSeconds = -1 }, ErrInvalid},
		"direction":      {func(r *Run) { r.Measurements[3].Better = "up" }, ErrInvalid},
		"same metric":    {func(r *Run) { r.Measurements[3].Name = "residual" }, ErrDuplicate},
		"same index":     {func(r *Run) { r.Repetitions[3].Index = 1 }, ErrDuplicate},
		"limits":         {func(r *Run) { r.Limits["cpu"] = math.Inf(1) }, ErrInvalid},
		"option":         {func(r *Run) { r.Configuration.Options["levels"] = math.NaN() }, ErrInvalid},
		"no instance":    {func(r *Run) { r.Instance = nil }, ErrInvalid},
		"level of event": {func(r *Run) { r.Events[0].Level = "loud" }, ErrInvalid},
	}
	for name, c := range cases {
		r := testRun(1)
		c.change(r)
		err := s.SaveRun(t.Context(), id, r)
		var e *Error
		if !errors.Is(err, c.want) || !errors.As(err, &e) || e.Path != s.Path() {
			t.Errorf("%s: %v, want an *Error with %v", name, err, c.want)
		}
	}
	if err := s.SaveRun(t.Context(), 99, testRun(1)); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown experiment: %v", err)
	}
	for _, table := range []string{"run", "configuration", "instance", "repetition", "measurement", "event"} {
		if n := s.count(t, "SELECT count(*) FROM "+table); n != 0 {
			t.Errorf("%d rows left in %s", n, table)
		}
	}
}

func TestFilter(t *testing.T) {
	s := openTemp(t)
	first, second := begin(t, s), begin(t, s)
	save(t, s, first, testRun(1))
	bad := testRun(2)
	bad.Status, bad.Reason = Timeout, "longer than 60 s"
	save(t, s, first, bad)
	ks := testRun(1)
	ks.Instance.Family = "ks"
	save(t, s, second, ks)
	for _, c := range []struct {
		f    Filter
		want int
	}{
		{Filter{}, 3},
		{Filter{Experiments: []int64{first}}, 2},
		{Filter{Families: []string{"ks", "nse"}}, 1},
		{Filter{Statuses: []Status{Timeout, Crashed}}, 1},
		{Filter{Experiments: []int64{second}, Statuses: []Status{Timeout}}, 0},
		{Filter{IDs: []int64{1, 3, 99}}, 2},
		{Filter{Statuses: []Status{Solved}, Bare: true}, 2},
	} {
		runs, err := s.Runs(t.Context(), c.f)
		if err != nil || len(runs) != c.want {
			t.Errorf("%+v: %d runs, %v; want %d", c.f, len(runs), err, c.want)
		}
		for _, r := range runs {
			if c.f.Bare {
				if len(r.Repetitions)+len(r.Measurements)+len(r.Checkpoints) > 0 || r.Instance == nil || r.Machine == nil {
					t.Errorf("%+v: run %d has parts, or lacks its instance or machine", c.f, r.ID)
				}
				continue
			}
			if len(r.Repetitions) != 4 || len(r.Measurements) != 4 || len(r.Checkpoints) != 2 {
				t.Errorf("%+v: run %d is not whole", c.f, r.ID)
			}
		}
	}
}

func TestExperimentLife(t *testing.T) {
	s := openTemp(t)
	if _, err := s.LatestUnfinished(t.Context()); !errors.Is(err, ErrNotFound) {
		t.Errorf("empty database: %v, want ErrNotFound", err)
	}
	e := testExperiment()
	id, err := s.BeginExperiment(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.FinishExperiment(t.Context(), id, Interrupted); err != nil {
		t.Fatal(err)
	}
	got, err := s.LatestUnfinished(t.Context())
	if err != nil || got.ID != id || got.Outcome != Interrupted || got.Finished.IsZero() {
		t.Fatalf("LatestUnfinished = %+v, %v", got, err)
	}
	ignore := cmpopts.IgnoreFields(Experiment{}, "Outcome", "Started", "Finished")
	if diff := cmp.Diff(e, got, ignore); diff != "" {
		t.Errorf("experiment differs after loading (-saved +loaded):\n%s", diff)
	}
	if d := got.Started.Sub(e.Started); d > time.Microsecond || d < -time.Microsecond {
		t.Errorf("started differs by %v", d)
	}
	for _, outcome := range []Outcome{Running, Finished} {
		if err := s.FinishExperiment(t.Context(), id, outcome); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.LatestUnfinished(t.Context()); !errors.Is(err, ErrNotFound) {
		t.Errorf("all finished: %v, want ErrNotFound", err)
	}
	if err := s.FinishExperiment(t.Context(), id, "done"); !errors.Is(err, ErrInvalid) {
		t.Errorf("unknown outcome: %v", err)
	}
	if err := s.FinishExperiment(t.Context(), 99, Finished); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown experiment: %v", err)
	}
	if _, err := s.BeginExperiment(t.Context(), &Experiment{UID: e.UID}); !errors.Is(err, ErrDuplicate) {
		t.Errorf("same uid: %v", err)
	}
	if err := s.AddEvent(t.Context(), id, Event{Kind: "note", Message: "hello"}); err != nil {
		t.Error(err)
	}
	all, err := s.Experiments(t.Context())
	if err != nil || len(all) != 1 || all[0].Outcome != Finished {
		t.Errorf("Experiments = %+v, %v", all, err)
	}
}

// TestViews reads the database as a person in the sqlite3 shell would.
func TestViews(t *testing.T) {
	s := openTemp(t)
	id := begin(t, s)
	slow := testRun(1)
	save(t, s, id, slow)
	fast := testRun(2)
	for i := range fast.Repetitions {
		fast.Repetitions[i].WallSeconds /= 10
	}
	save(t, s, id, fast)
	failed := testRun(3)
	failed.Status, failed.Reason, failed.Repetitions = Crashed, "signal: segmentation fault", nil
	save(t, s, id, failed)
	for n := 4; n <= 5; n++ { // ranked by a metric, of which more is better
		r := testRun(n)
		r.Instance.Label, r.Instance.RankBy, r.Instance.Primary = "restoration/denoise", "psnr", "psnr"
		r.Measurements = []Measurement{{"psnr", 20 + float64(n), "dB", Higher, Primary}}
		save(t, s, id, r)
	}

	rows, err := s.db.Query(`SELECT coalesce(place, '-'), solver, status, reason, round(median_seconds, 6), metric_value
	                           FROM v_leaderboard`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got []string
	for rows.Next() {
		var place, solver, status, reason string
		var median, metric sql.NullFloat64
		if err := rows.Scan(&place, &solver, &status, &reason, &median, &metric); err != nil {
			t.Fatal(err)
		}
		got = append(got, strings.Join([]string{place, solver, status, reason, fmt.Sprint(median.Float64), fmt.Sprint(metric.Float64)}, " "))
	}
	want := []string{
		"1 multigrid[levels=2,smoother=rbgs] solved  0.02 3e-11",
		"2 multigrid[levels=1,smoother=rbgs] solved  0.2 3e-11",
		"- multigrid[levels=3,smoother=rbgs] crashed signal: segmentation fault 0 3e-11",
		"1 multigrid[levels=5,smoother=rbgs] solved  0.2 25",
		"2 multigrid[levels=4,smoother=rbgs] solved  0.2 24",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("v_leaderboard (-want +got):\n%s", diff)
	}

	// Numbers that are not finite are NULL with their name beside them.
	if n := s.count(t, `SELECT count(*) FROM measurement WHERE value IS NULL AND text IN ('NaN', '+Inf', '-Inf') AND checkpoint IS NULL`); n != 9 {
		t.Errorf("%d measurements are not finite, want 9", n)
	}
	var started string
	if err := s.db.QueryRow(`SELECT started FROM run LIMIT 1`).Scan(&started); err != nil || started != "2026-03-01T12:00:00.123456Z" {
		t.Errorf("started = %q, %v", started, err)
	}
	// An even number of repetitions: the mean of the middle two, as in package rank.
	even := testRun(6)
	even.Repetitions = even.Repetitions[:3]
	save(t, s, id, even)
	var median float64
	if err := s.db.QueryRow(`SELECT median_seconds FROM v_runs WHERE run = ?`, even.ID).Scan(&median); err != nil || math.Abs(median-0.2) > 1e-12 {
		t.Errorf("median of 0.1 and 0.3 = %v, %v", median, err)
	}
}

func TestMeasurementJSON(t *testing.T) {
	b, err := json.Marshal([]Measurement{{"residual", 1e-11, "", Lower, Primary}, {"psnr", math.Inf(1), "dB", Higher, ""}})
	want := `[{"name":"residual","value":1e-11,"unit":"","better":"lower","role":"primary"},` +
		`{"name":"psnr","value":null,"text":"+Inf","unit":"dB","better":"higher","role":"info"}]`
	if err != nil || string(b) != want {
		t.Errorf("got  %s, %v\nwant %s", b, err, want)
	}
}

func TestManyRunsLoadWhole(t *testing.T) {
	s := openTemp(t)
	id := begin(t, s)
	// Written in one transaction, for speed; SaveRun has a sync a run.
	const n = 1000
	err := s.write(t.Context(), "fill", func(tx *sql.Tx) error {
		for i := range n {
			if _, err := saveRun(t.Context(), tx, id, testRun(i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	runs, err := s.Runs(t.Context(), Filter{})
	if err != nil || len(runs) != n {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	for i, r := range runs {
		if r.Ordinal != i || len(r.Repetitions) != 4 || len(r.Measurements) != 4 ||
			len(r.Checkpoints) != 2 || len(r.Checkpoints[1].Measurements) != 1 || len(r.Events) != 1 {
			t.Fatalf("run %d is not whole: %+v", i, r)
		}
	}
	if runs[0].Instance != runs[n-1].Instance {
		t.Error("runs do not share their instance")
	}
}

// BenchmarkBookkeeping is all that the store does for a run, on the disk: one of ten that begin together, and saving it.
func BenchmarkBookkeeping(b *testing.B) {
	s, err := Open(b.Context(), filepath.Join(b.TempDir(), "b.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	id, err := s.BeginExperiment(b.Context(), testExperiment())
	if err != nil {
		b.Fatal(err)
	}
	const block = 10
	var runs []*Run
	for n := 0; b.Loop(); n++ {
		if n%block == 0 {
			runs = runs[:0]
			for k := range block {
				runs = append(runs, testRun(n+k))
			}
			if err := s.BeginRuns(b.Context(), id, runs); err != nil {
				b.Fatal(err)
			}
		}
		if err := s.SaveRun(b.Context(), id, runs[n%block]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSaveRun(b *testing.B) {
	s, err := Open(b.Context(), filepath.Join(b.TempDir(), "b.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	id, err := s.BeginExperiment(b.Context(), testExperiment())
	if err != nil {
		b.Fatal(err)
	}
	for n := 0; b.Loop(); n++ {
		if err := s.SaveRun(b.Context(), id, testRun(n)); err != nil {
			b.Fatal(err)
		}
	}
}
