package results

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/solverbench/solverbench/results/migrations"
)

// world draws databases that tell of the same experiments, each knowing some of the runs, as copies of a database do
// that was resumed and copied again: what is finished is the same wherever it is known, what is cancelled need not be.
type world struct {
	t      *rapid.T
	folder string
	made   int
}

func (w *world) database() string {
	w.made++
	path := filepath.Join(w.folder, fmt.Sprintf("%d.db", w.made))
	ctx := w.t.Context()
	s, err := connect(ctx, path, url.Values{"_foreign_keys": {"on"}, "_journal_mode": {"MEMORY"}, "_synchronous": {"OFF"}})
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	if err := s.migrate(ctx, migrations.FS); err != nil {
		w.t.Fatal(err)
	}
	for e := range 3 {
		if !rapid.Bool().Draw(w.t, "knows the experiment") {
			continue
		}
		x := testExperiment()
		x.UID, x.Started, x.Machine.Hostname = fmt.Sprintf("uid-%d", e), testTime, fmt.Sprintf("box%d", e%2)
		id, err := s.BeginExperiment(ctx, x)
		if err != nil {
			w.t.Fatal(err)
		}
		for n := range 4 {
			r := testRun(n / 2)
			r.Instance.Params["n"], r.Configuration.Plugin.Path = n%2, rapid.SampledFrom([]string{"/a", "/b"}).Draw(w.t, "path")
			r.Configuration.Label, r.Evaluations = rapid.SampledFrom([]string{"l", "m"}).Draw(w.t, "label"), int64(e)
			switch rapid.IntRange(0, 3).Draw(w.t, "run") {
			case 0:
				continue
			case 1:
				r.Status, r.Started = Cancelled, testTime.Add(time.Duration(rapid.IntRange(0, 2).Draw(w.t, "started")))
				r.Repetitions = r.Repetitions[:rapid.IntRange(0, 2).Draw(w.t, "repetitions")]
				r.Events = nil
			}
			if err := s.SaveRun(ctx, id, r); err != nil {
				w.t.Fatal(err)
			}
		}
		for range rapid.IntRange(0, 2).Draw(w.t, "events") {
			if err := s.AddEvent(ctx, id, Event{Time: testTime, Kind: "note", Message: rapid.SampledFrom([]string{"x", "y"}).Draw(w.t, "event")}); err != nil {
				w.t.Fatal(err)
			}
		}
		if err := s.AddNoise(ctx, id, []NoiseProbe{{testTime, float64(rapid.IntRange(1, 2).Draw(w.t, "noise")), 1, 1}}); err != nil {
			w.t.Fatal(err)
		}
		if outcome := rapid.SampledFrom([]Outcome{Running, Interrupted, Finished}).Draw(w.t, "outcome"); outcome != Running {
			if err := s.FinishExperiment(ctx, id, outcome); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	return path
}

func (w *world) merge(sources ...string) string {
	w.made++
	path := filepath.Join(w.folder, fmt.Sprintf("%d.db", w.made))
	if _, err := Merge(w.t.Context(), path, sources, nil); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// dump returns all that a database holds, without row ids and in an order that depends on content alone.
func dump(t interface {
	Helper()
	Fatal(...any)
}, path string) []string {
	t.Helper()
	db, err := connect(context.Background(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var all []string
	ctx := context.Background()
	read := func(query string) {
		rows, err := db.db.QueryContext(ctx, query)
		if err != nil {
			t.Fatal(err, query)
		}
		defer rows.Close()
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err, query)
			}
			all = append(all, line)
		}
	}
	read(`SELECT 'machine ' || identity || hostname || details FROM machine`)
	read(`SELECT 'plugin ' || identity || name || version || path FROM plugin`)
	read(`SELECT 'configuration ' || c.identity || p.identity || label || tags FROM configuration AS c JOIN plugin AS p ON p.id = plugin_id`)
	read(`SELECT 'instance ' || identity || label || unknowns FROM instance`)
	read(`SELECT 'experiment ' || uid || hostname || outcome || coalesce(finished, '') || started || settings FROM experiment JOIN machine ON machine.id = machine_id`)
	read(`SELECT 'event ' || uid || time || level || kind || message FROM event JOIN experiment ON experiment.id = experiment_id WHERE run_id IS NULL`)
	read(`SELECT 'noise ' || uid || time || compute_seconds FROM noise_probe JOIN experiment ON experiment.id = experiment_id`)
	read(`SELECT 'data ' || hex(data) FROM artifact WHERE data IS NOT NULL`)
	runs, err := db.Runs(ctx, Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		r.ID, r.Experiment = 0, 0
		for i := range r.Artifacts {
			r.Artifacts[i].ID = 0
		}
		line, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, "run "+string(line))
	}
	found, err := db.Check(ctx)
	if err != nil || len(found) > 0 {
		t.Fatal(found, err)
	}
	slices.Sort(all)
	return all
}

// TestMergeIsASetUnion: the order of databases, how they are grouped and how often they are merged change nothing.
func TestMergeIsASetUnion(t *testing.T) {
	root := t.TempDir()
	const usual, quick = "100", "20" // each makes a dozen databases: more with -rapid.checks
	if f := flag.Lookup("rapid.checks"); f.Value.String() == usual {
		if err := f.Value.Set(quick); err != nil {
			t.Fatal(err)
		}
		defer f.Value.Set(usual)
	}
	rapid.Check(t, func(t *rapid.T) {
		folder, err := os.MkdirTemp(root, "")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(folder)
		w := &world{t: t, folder: folder}
		a, b, c := w.database(), w.database(), w.database()
		want := dump(t, w.merge(a, b, c))
		same := func(what, path string) {
			if diff := cmp.Diff(want, dump(t, path)); diff != "" {
				t.Fatalf("%s (-a b c):\n%s", what, diff)
			}
		}
		same("c a b", w.merge(c, a, b))
		ab := w.merge(b, a)
		same("c (b a)", w.merge(c, ab))
		if _, err := Merge(t.Context(), ab, []string{ab, c, a}, nil); err != nil { // in place, and a again
			t.Fatal(err)
		}
		same("in place", ab)
		if diff := cmp.Diff(dump(t, a), dump(t, w.merge(a))); diff != "" {
			t.Fatalf("a alone (-before +merged):\n%s", diff)
		}
	})
}

func TestMergeRefusesContradictions(t *testing.T) {
	folder := t.TempDir()
	make := func(name string, change func(*Experiment, *Run)) string {
		path := filepath.Join(folder, name)
		s, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		e, r := testExperiment(), testRun(1)
		e.UID, e.Started = "one", testTime
		change(e, r)
		id, err := s.BeginExperiment(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		save(t, s, id, r)
		return path
	}
	a := make("a.db", func(*Experiment, *Run) {})
	for name, c := range map[string]struct {
		change func(*Experiment, *Run)
		want   []string
	}{
		"status":      {func(_ *Experiment, r *Run) { r.Status = Timeout }, []string{"status: 'solved' / 'timeout'", "multigrid[levels=1,smoother=rbgs] on poisson/unit-2d[n=63]"}},
		"repetition":  {func(_ *Experiment, r *Run) { r.Repetitions[1].WallSeconds = math.Nextafter(0.1, 1) }, []string{"repetitions"}},
		"measurement": {func(_ *Experiment, r *Run) { r.Measurements[3].Value = 1 }, []string{"measurements"}},
		"artifact":    {func(_ *Experiment, r *Run) { r.Artifacts = r.Artifacts[:1] }, []string{"artifacts"}},
		"suite":       {func(e *Experiment, _ *Run) { e.SuiteText = "other" }, []string{"experiment one", "suite_text: 'instances: [ks/l22]"}},
		"machine":     {func(e *Experiment, _ *Run) { e.Machine.Hostname = "other" }, []string{"experiment one", ": machine"}},
	} {
		b := make(name+".db", c.change)
		_, err := Merge(t.Context(), filepath.Join(folder, "c.db"), []string{a, b}, nil)
		var conflicts *ConflictError
		var e *Error
		if !errors.As(err, &conflicts) || !errors.Is(err, ErrConflict) || !errors.As(err, &e) {
			t.Errorf("%s: %v, want a ConflictError", name, err)
			continue
		}
		for _, want := range append(c.want, a, b) {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v\nwant %q in it", name, err, want)
			}
		}
		// In place nothing changes either.
		before := dump(t, a)
		if _, err := Merge(t.Context(), a, []string{a, b}, nil); !errors.Is(err, ErrConflict) || !strings.Contains(err.Error(), b) {
			t.Errorf("%s, in place: %v", name, err)
		}
		if diff := cmp.Diff(before, dump(t, a)); diff != "" {
			t.Errorf("%s, in place, changed:\n%s", name, diff)
		}
		os.Remove(b)
	}
	if got := names(t, folder); got != "a.db" {
		t.Errorf("left behind: %q", got)
	}
}

func TestMergeRefusesAndMigrates(t *testing.T) {
	folder := t.TempDir()
	old, out := v1(t), filepath.Join(folder, "out.db")
	before, err := os.ReadFile(old)
	if err != nil {
		t.Fatal(err)
	}
	s := openTemp(t)
	save(t, s, begin(t, s), testRun(1))
	var seen []string
	m, err := Merge(t.Context(), out, []string{old, s.Path()}, func(source string) { seen = append(seen, source) })
	if err != nil || m.Runs != 5 || m.Experiments != 3 || m.Added != 5 || len(seen) != 2 {
		t.Errorf("%+v, %v, %v", m, seen, err)
	}
	if after, err := os.ReadFile(old); err != nil || string(before) != string(after) {
		t.Errorf("a source of version 1 was changed: %v", err)
	}
	merged, err := Open(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	if n := merged.count(t, `SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'`); n != 1 {
		t.Error("the merged database has no write-ahead log")
	}
	merged.Close()

	// What exists is not replaced, unless it is merged as well.
	if _, err := Merge(t.Context(), out, []string{old}, nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("onto an existing database: %v, want ErrExist", err)
	}
	if m, err := Merge(t.Context(), out, []string{out, old}, nil); err != nil || m.Added != 0 || m.Runs != 5 {
		t.Errorf("in place: %+v, %v", m, err)
	}
	newer, err := open(t.Context(), saved(t), nextSchema(t))
	if err != nil {
		t.Fatal(err)
	}
	newer.Close()
	if _, err := Merge(t.Context(), filepath.Join(folder, "x.db"), []string{old, newer.Path()}, nil); !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), newer.Path()) {
		t.Errorf("newer source: %v, want ErrNewer that names it", err)
	}
	if _, err := Merge(t.Context(), filepath.Join(folder, "x.db"), []string{old, filepath.Join(folder, "none.db")}, nil); !errors.Is(err, ErrNotExist) {
		t.Errorf("missing source: %v", err)
	}
	if got := names(t, folder); got != "out.db" {
		t.Errorf("left behind: %q", got)
	}
}
